from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.sheets import BadCell, Note, neutralise, read_sheet, restore
from bluezone.sheets.neutral import is_formula_like

TEXT = "Họ tên;Ghi chú\nNguyễn Văn Nam;ho, sốt\n"


@pytest.mark.parametrize(
    ("data", "notes"),
    [
        (TEXT.encode(), ()),
        (b"\xef\xbb\xbf" + TEXT.encode(), ()),
        (TEXT.encode("utf-16"), (Note("encoding", ("utf-16-le",)),)),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), (Note("encoding", ("utf-16-be",)),)),
        (TEXT.encode("utf-16-le"), (Note("encoding", ("utf-16-le",)),)),
        (TEXT.replace("\n", "\r\n").encode(), ()),
        (TEXT.replace("\n", "\r").encode(), ()),
    ],
)
def test_encodings_of_today(data: bytes, notes: tuple[Note, ...]) -> None:
    sheet = read_sheet(data, name="ds.csv")
    assert sheet.title == "ds.csv"
    assert [row.cells for row in sheet.rows] == [("Họ tên", "Ghi chú"), ("Nguyễn Văn Nam", "ho, sốt")]
    assert sheet.notes == notes


def test_old_encoding_is_converted_and_told() -> None:
    sheet = read_sheet("Hä tªn;X·\nNguyÔn V¨n Hïng;Liªn Ph­¬ng\n".encode("latin-1"))
    assert [row.cells for row in sheet.rows] == [("Họ tên", "Xã"), ("Nguyễn Văn Hùng", "Liên Phương")]
    assert sheet.notes == (Note("encoding", ("TCVN3",)),)


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("a,b\nc,d\n", ("c", "d")),
        ("a;b\n1,5;2,5\n", ("1,5", "2,5")),
        ("a\tb\nc;d,e\tf\n", ("c;d,e", "f")),
        ("DANH SÁCH, đợt 1\n\na;b;c\nd;e;f\n", ("d", "e", "f")),
        ("sep=;\na;b\n1,2;3,4\n", ("1,2", "3,4")),
        ("a\nb\n", ("b",)),
        ('a,b\n"x, y\n""z""",w\n', ('x, y\n"z"', "w")),
    ],
)
def test_delimiter_is_found(text: str, cells: tuple[str, ...]) -> None:
    assert read_sheet(text.encode()).rows[-1].cells == cells


def test_rows_keep_their_number_past_empty_rows_and_lines_inside_cells() -> None:
    sheet = read_sheet(b'a,b\n\n"c\nd",e\n,,\nf,g\n')
    assert [row.number for row in sheet.rows] == [1, 3, 5]
    assert read_sheet(b"sep=;\na;b\n").rows[0].number == 2


def test_texts_are_composed() -> None:
    assert read_sheet("Nguye\u0302\u0303n,a\n".encode()).rows[0].cells[0] == "Nguyễn"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("=1+1", BadCell("formula", "=1+1")),
        (" =cmd|' /C calc'!A0", BadCell("formula", " =cmd|' /C calc'!A0")),
        ('="0912"', "0912"),
        ("'=1+1", "=1+1"),
        ("'+84912", "+84912"),
        ("+84912", "+84912"),
        ("-5", "-5"),
        ("'tis", "'tis"),
        ("a\x07b", BadCell("unprintable", "a\ufffdb")),
    ],
)
def test_cells_of_text_files(cell: str, value: object) -> None:
    quoted = '"' + cell.replace('"', '""') + '"'
    assert read_sheet(f"x,y\n{quoted},z\n".encode()).rows[1].cells[0] == value


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+84 912", "-x", "@sum(a)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＋1", "－1", "＠a", "﹢1",
        "\u200b=1", "\ufeff=1", "'=1", "''+1", "−1",
    ],
)  # fmt: skip
def test_what_a_program_could_compute_is_neutralised(text: str) -> None:
    assert is_formula_like(text)
    assert neutralise(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Nguyễn", "a=b", "'tis", "3-4", "x@y.vn", "0912"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert neutralise(text) == text


@given(st.text(st.sampled_from("=+-@'\t\r\n ＝ab\u200b"), max_size=8) | st.text())
def test_neutralisation_is_taken_off_exactly(text: str) -> None:
    assert restore(neutralise(text)) == text
    assert not is_formula_like(text) or neutralise(text).startswith("'")
