"""Row codes lead back to their rows; slips of the pen lead nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.materials import MOST_ROWS, RowCodeUnknown, SheetTooLong, row_code, row_position

ALIKE = ["BDPR", "CG", "EF", "MNH", "UVY", "VWU", "KXH", "QG", "ST", "SJ", "FP", "AR", "TJ", "ZS", "FT"]


@given(st.integers(0, MOST_ROWS - 1), st.text(), st.booleans())
def test_a_code_leads_back_to_its_row(position: int, sheet: str, lower: bool) -> None:
    code = row_code(position, sheet)
    typed = f" {code[:2].lower() if lower else code[:2]} {code[2]}"
    assert row_position(typed, sheet) == position


@given(st.text(max_size=5))
def test_any_other_text_is_refused(text: str) -> None:
    try:
        position = row_position(text, "VL-2408-03")
    except RowCodeUnknown:
        return
    assert row_code(position, "VL-2408-03") == "".join(text.split()).upper()


def test_a_sheet_has_room_for_five_hundred_people() -> None:
    assert len({row_code(position, "VL-2408-03") for position in range(500)}) == 500
    with pytest.raises(SheetTooLong):
        row_code(MOST_ROWS, "VL-2408-03")


def test_a_letter_read_as_another_that_looks_like_it_is_noticed() -> None:
    missed = []
    for position in range(MOST_ROWS):
        code = row_code(position, "VL-2408-03")
        for alike in ALIKE:
            for at in (0, 1):
                for other in alike.replace(code[at], "") if code[at] in alike else "":
                    wrong = code[:at] + other + code[at + 1 :]
                    try:
                        row_position(wrong, "VL-2408-03")
                        missed.append((code, wrong))
                    except RowCodeUnknown:
                        pass
    assert missed == []


def test_most_rows_of_another_sheet_are_noticed() -> None:
    same = sum(row_code(at, "VL-2408-03")[2] == row_code(at, "VL-2308-03")[2] for at in range(MOST_ROWS))
    assert same == 0
