from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bluezone.sheets import (
    ENGLISH,
    BadCell,
    Column,
    Mark,
    Sheet,
    WrittenColumn,
    WrittenSheet,
    read_sheet,
    read_table,
    write_csv,
    write_workbook,
)

HERE = timezone(timedelta(hours=7))
MARK = Mark("Trần Văn Hòa & tổ truy vết", datetime(2020, 8, 3, 7, 5, tzinfo=HERE), "truy vết", {"unit": "33"})
COLUMNS = (
    WrittenColumn("Họ và tên", meaning="Như trên giấy tờ"),
    WrittenColumn("Ngày khởi phát", "date"),
    WrittenColumn("SĐT"),
    WrittenColumn("Số ngày", "number"),
    WrittenColumn("Gọi lúc", "moment"),
)
ROW = ('=HYPERLINK("http://x.example")', date(2020, 8, 1), "0912345678", 14, datetime(2020, 8, 3, 0, 30, tzinfo=UTC))


def ca_benh(*rows: tuple[Any, ...]) -> WrittenSheet:
    return WrittenSheet("Ca bệnh: 8/2020", COLUMNS, rows, ("DANH SÁCH CA BỆNH",))


def opened(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def test_workbook_reads_back_with_types_and_texts() -> None:
    data = write_workbook([ca_benh(ROW)], mark=MARK)
    sheet = read_sheet(data)
    assert sheet.title == "Ca bệnh  8 2020"
    assert sheet.notes == ()
    assert sheet.rows[-1].cells == (
        '=HYPERLINK("http://x.example")', date(2020, 8, 1), "0912345678", 14,
        datetime.fromisoformat("2020-08-03T07:30"),
    )  # fmt: skip
    columns = [Column("name", ("Họ và tên",)), Column("phone", ("SĐT",), "phone")]
    (record,) = read_table(sheet, columns).records
    assert record.values == {"name": '=HYPERLINK("http://x.example")', "phone": "0912345678"}


def test_texts_that_could_be_computed_are_text_cells_with_a_quote_prefix() -> None:
    page = opened(write_workbook([ca_benh(ROW)], mark=MARK)).worksheets[0]
    cell = page["A5"]
    assert (cell.data_type, cell.quotePrefix, cell.value) == ("s", True, '=HYPERLINK("http://x.example")')
    assert not page["C5"].quotePrefix
    assert (page["B5"].number_format, page["C5"].number_format) == ("d/m/yyyy", "@")


def test_page_is_ready_to_use_and_to_print() -> None:
    page = opened(write_workbook([ca_benh(ROW, ROW)], mark=MARK)).worksheets[0]
    assert page["A1"].value == "Trần Văn Hòa & tổ truy vết xuất lúc 07:05 3/8/2020, để: truy vết"
    assert page["A2"].value == "DANH SÁCH CA BỆNH"
    assert [cell.value for cell in page[4]] == [column.title for column in COLUMNS]
    assert (page.freeze_panes, page.auto_filter.ref) == ("A5", "A4:E6")
    assert page.print_title_rows == "$4:$4"
    assert page.page_setup.orientation == "landscape"
    assert page.oddFooter.left.text == "Trần Văn Hòa && tổ truy vết xuất lúc 07:05 3/8/2020, để: truy vết"
    assert page.column_dimensions["A"].width == 22


def test_explanations_and_properties_tell_columns_and_origin() -> None:
    book = opened(write_workbook([ca_benh()], mark=MARK, words=ENGLISH))
    assert [[cell.value for cell in row] for row in book["Explanations"].iter_rows(max_row=2)] == [
        ["Column", "Meaning"],
        ["Họ và tên", "Như trên giấy tờ"],
    ]
    assert {one.name: one.value for one in book.custom_doc_props} == {
        "bluezone.who": MARK.who,
        "bluezone.when": "2020-08-03T07:05:00+07:00",
        "bluezone.purpose": "truy vết",
        "bluezone.unit": "33",
    }
    assert book.properties.creator == MARK.who


def test_same_table_gives_the_same_bytes() -> None:
    first, second = (write_workbook([ca_benh(ROW)], mark=MARK) for _ in range(2))
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_sheets_of_one_title_get_titles_of_their_own() -> None:
    book = opened(write_workbook([ca_benh(), ca_benh(), WrittenSheet("Giải thích", COLUMNS, ())], mark=None))
    assert len({title.casefold() for title in book.sheetnames}) == 4
    assert all(len(title) <= 31 for title in book.sheetnames)


def test_rows_are_taken_one_at_a_time() -> None:
    taken = []

    def rows() -> Iterator[tuple[int]]:
        for number in range(3):
            taken.append(number)
            yield (number,)

    sheet = read_sheet(write_workbook([WrittenSheet("a", [WrittenColumn("số", "number")], rows())], mark=None))
    assert taken == [0, 1, 2]
    assert [row.cells for row in sheet.rows] == [("số",), (0,), (1,), (2,)]


def test_row_of_another_width_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        write_workbook([ca_benh(("a",))], mark=None)


def test_csv_is_what_spreadsheet_programs_expect() -> None:
    data = write_csv(ca_benh(ROW), mark=MARK)
    assert data.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert lines[0] == ["Trần Văn Hòa & tổ truy vết xuất lúc 07:05 3/8/2020, để: truy vết"]
    assert lines[3] == ['\'=HYPERLINK("http://x.example")', "1/8/2020", "0912345678", "14", "3/8/2020 07:30"]
    assert data.count(b"\r\n") == data.count(b"\n") == 4


def test_what_was_refused_as_a_formula_is_told_without_being_one() -> None:
    sheet = WrittenSheet("a", [WrittenColumn("ô"), WrittenColumn("số", "number")], [(BadCell("formula", "=1+1"), -5)])
    assert b"\r\n'=1+1,-5\r\n" in write_csv(sheet, mark=None)
    assert opened(write_workbook([sheet], mark=None)).worksheets[0]["A2"].data_type == "s"


# A cell holds no control characters; a text is composed, and ends its lines with \n.
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Mn", "Lo", "So"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("=+-@'\t\n_x0041ﬀễ"),
    min_size=1,
    max_size=30,
).filter(str.strip)


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def last(sheet: Sheet) -> list[Any]:
    return [*sheet.rows[-1].cells]


@settings(max_examples=60)
@given(st.lists(TEXTS, min_size=2, max_size=2))
def test_texts_come_back_from_both_kinds_of_file(texts: list[str]) -> None:
    sheet = WrittenSheet("a", [WrittenColumn("một"), WrittenColumn("hai")], [texts])
    assert last(read_sheet(write_workbook([sheet], mark=None))) == [nfc(text) for text in texts]
    assert last(read_sheet(write_csv(sheet, mark=None))) == [nfc(text) for text in texts]


@given(st.text(st.characters(), max_size=20))
def test_any_text_can_be_written_and_computes_nothing(text: str) -> None:
    sheet = WrittenSheet(text, [WrittenColumn(text)], [[text]], (text,))
    mark = Mark(text, MARK.when, text)
    page = opened(write_workbook([sheet], mark=mark)).worksheets[0]
    assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"s", "n"}
    assert isinstance(write_csv(sheet, mark=mark), bytes)
