"""The profiles that ship."""

from __future__ import annotations

import json
from pathlib import Path

import bluezone
from bluezone.risk import PROFILES, decode_config

VECTORS = Path(__file__).parents[1] / "vectors" / "exposure_window_risk.json"
PUBLISHED = Path(bluezone.__file__).parent / "server" / "keys" / "profiles" / "bluezone.json"


def test_what_the_server_publishes_is_the_profile_that_the_phone_knows() -> None:
    assert decode_config(PUBLISHED.read_bytes()) == PROFILES["bluezone"]


def test_cwa_v2_is_the_configuration_of_the_published_android_cases() -> None:
    config = decode_config(json.loads(VECTORS.read_text())["sets"]["android"]["defaultRiskCalculationConfiguration"])
    ours = PROFILES["cwa-v2"]

    assert config.minutes_at_attenuation_weights == ours.minutes_at_attenuation_weights
    assert config.window_levels[0] == ours.window_levels[0]
    assert config.day_levels == ours.day_levels
    assert config.transmission_risk_value_mapping == ours.transmission_risk_value_mapping
    assert config.trl_encoding == ours.trl_encoding
    assert (config.trl_filters, config.minutes_at_attenuation_filters) == ((), ())
