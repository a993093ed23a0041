"""The manual's examples are settings that a server starts with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bluezone.server import Settings

EXAMPLES = re.compile(r"^```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MANUAL = Path(__file__).parents[3] / "docs" / "en" / "sms.md"


@pytest.mark.parametrize("example", EXAMPLES.findall(MANUAL.read_text("utf-8")))
def test_examples_of_the_manual_can_be_used(tmp_path: Path, example: str) -> None:
    (tmp_path / "bluezone.toml").write_text(example, "utf-8")
    settings = Settings.load(tmp_path / "bluezone.toml", {"BLUEZONE_SMS": "nothing"})
    assert settings.sms.gateway
