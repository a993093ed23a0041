"""Per-model calibration in the columns of Google's published table."""

from __future__ import annotations

import pytest

from bluezone.risk import Calibration, CalibrationInvalid, read_calibrations

HEAD = "oem,device,model,rssi_correction_db,tx_power_dbm,confidence\n"


def test_models_are_found_by_maker_and_model_in_lower_case() -> None:
    table = read_calibrations(HEAD + "Bphone,B86,B86,5,-24,3\nBphone,B40,B40,-2,-30,1\n")

    assert table["bphone", "b86"] == Calibration(5, -24, 3)
    assert table["bphone", "b40"] == Calibration(-2, -30, 1)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(CalibrationInvalid, match="lacks the column confidence"):
        read_calibrations("oem,model,rssi_correction_db,tx_power_dbm\n")


@pytest.mark.parametrize("value", ["", "loud", "4.5", "400"])
def test_an_absurd_value_is_named_with_its_line(value: str) -> None:
    with pytest.raises(CalibrationInvalid, match=f"Line 3 .* has '{value}' as tx_power_dbm"):
        read_calibrations(HEAD + f"a,b,c,0,0,0\na,b,d,0,{value},0\n")
