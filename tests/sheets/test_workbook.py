from __future__ import annotations

import io
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest
import python_calamine
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from bluezone.sheets import BadCell, Note, SheetEmpty, read_sheet
from bluezone.sheets.cells import parse_place, place
from bluezone.sheets.workbook import from_serial
from tests.sheets.books import inline, parts, relations, zipped


def cells(rows: str, **more: Any) -> tuple[Any, ...]:
    return read_sheet(zipped(parts(f'<row r="1">{rows}</row>', **more))).rows[0].cells


def saved(book: openpyxl.Workbook) -> bytes:
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def test_cells_keep_their_type_and_place() -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "Ca bệnh"
    page["B3"] = "Nguyễn Thị Hoa"
    page["C3"] = 1985
    page["D3"] = 36.6
    page["E3"] = date(2020, 8, 1)
    page["F3"] = datetime.fromisoformat("2020-08-01T07:30")
    page["G3"] = True
    page["H3"] = time(6, 15)
    page["B7"] = "Trần Văn Nam"
    sheet = read_sheet(saved(book))
    assert sheet.title == "Ca bệnh"
    first, second = sheet.rows
    assert (first.number, second.number) == (3, 7)
    assert first.cells == (
        None, "Nguyễn Thị Hoa", 1985, 36.6, date(2020, 8, 1), datetime.fromisoformat("2020-08-01T07:30"), True,
        time(6, 15),
    )  # fmt: skip


def test_numbers_of_days_count_from_1904_where_the_workbook_says_so() -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    page = book.active
    assert page is not None
    page["A1"] = date(2020, 8, 1)
    sheet = read_sheet(saved(book))
    assert sheet.epoch_1904
    assert sheet.rows[0].cells == (date(2020, 8, 1),)


@pytest.mark.parametrize(
    ("number", "epoch_1904", "day"),
    [
        (1, False, date(1900, 1, 1)),
        (59, False, date(1900, 2, 28)),
        (60, False, None),
        (61, False, date(1900, 3, 1)),
        (44_046, False, date(2020, 8, 3)),
        (44_046.75, False, datetime.fromisoformat("2020-08-03T18:00")),
        (42_584, True, date(2020, 8, 3)),
        (0.5, False, time(12)),
        (-1, False, None),
        (2_958_466, False, None),
    ],
)
def test_serial_numbers_of_both_systems(number: float, epoch_1904: bool, day: date | None) -> None:
    assert from_serial(number, epoch_1904=epoch_1904) == day


def test_extension_of_the_same_name_does_not_change_the_epoch() -> None:
    styles = '<cellXfs><xf numFmtId="14"/></cellXfs>'
    told = (
        '<workbookPr date1904="1"/><extLst><ext xmlns:x15="x"><x15:workbookPr chartTrackingRefBase="1"/></ext></extLst>'
    )
    assert cells('<c s="0"><v>1</v></c>', styles=styles, book=told) == (date(1904, 1, 2),)


def test_text_beside_another_value_counts_only_where_the_cell_says_so() -> None:
    rows = '<c t="inlineStr"><v>1</v><is><t>một</t></is></c><c><v>2</v><is><t>hai</t></is></c>'
    assert cells(rows) == ("một", 2)


def test_parts_named_with_backslashes_are_found() -> None:
    made = parts(f'<row r="1">{inline("A1", "a")}</row>')
    assert read_sheet(zipped({name.replace("/", "\\"): part for name, part in made.items()})).rows[0].cells == ("a",)


def test_texts_are_composed_and_their_escapes_undone() -> None:
    assert cells(inline("A1", "Nguye\u0302\u0303n") + inline("B1", "a_x000A_b _x005F_x0041_")) == (
        "Nguyễn",
        "a\nb _x0041_",
    )


def test_shared_texts_leave_out_how_they_sound() -> None:
    texts = "<si><r><t>Hưng </t></r><r><t>Yên</t></r><rPh><t>hung yen</t></rPh></si><si><t>x</t></si>"
    assert cells('<c r="A1" t="s"><v>0</v></c><c t="s"><v>1</v></c>', texts=texts) == ("Hưng Yên", "x")


def test_formula_is_a_bad_cell_and_its_result_is_not_used() -> None:
    rows = '<c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f t="shared" si="0"/><v>ok</v></c>'
    assert cells(rows) == (BadCell("formula", "=1+1"), BadCell("formula", "="))


def test_errors_zeros_and_impossible_numbers_are_bad_cells() -> None:
    rows = '<c r="A1" t="e"><v>#REF!</v></c>' + inline("B1", "a_x0000_b") + '<c r="C1"><v>nan</v></c>'
    assert cells(rows) == (
        BadCell("cell_error", "#REF!"),
        BadCell("unprintable", "a\ufffdb"),
        BadCell("cell_error", "nan"),
    )


def test_merged_cells_are_filled_from_the_top_left_and_told() -> None:
    commune = {2: inline("A2", "Xã Liên Phương")}
    rows = "".join(
        f'<row r="{row}">{commune.get(row, "")}{inline(f"B{row}", f"người {row}")}</row>' for row in (2, 3, 5)
    )
    sheet = read_sheet(zipped(parts(rows, after='<mergeCells><mergeCell ref="A2:A9"/></mergeCells>')))
    assert [(row.number, row.cells) for row in sheet.rows] == [
        (2, ("Xã Liên Phương", "người 2")),
        (3, ("Xã Liên Phương", "người 3")),
        (5, ("Xã Liên Phương", "người 5")),
    ]
    assert sheet.notes == (Note("merged", ("A2:A9",)),)


def test_row_of_one_wide_merged_cell_is_a_section() -> None:
    rows = f'<row r="1">{inline("A1", "I. Xã Liên Phương")}</row><row r="2">{inline("A2", "x")}</row>'
    sheet = read_sheet(zipped(parts(rows, after='<mergeCells><mergeCell ref="A1:D1"/></mergeCells>')))
    assert [row.section for row in sheet.rows] == [True, False]


def test_texts_in_old_fonts_are_read_as_the_fonts_show_them() -> None:
    styles = (
        '<fonts><font><name val="Arial"/></font><font><name val=".VnTime"/></font><font><name val=".VnArialH"/></font>'
        '<font><name val="VNI-Times"/></font></fonts>'
        '<cellXfs><xf fontId="0"/><xf fontId="1"/><xf fontId="2"/><xf fontId="3"/></cellXfs>'
    )
    rows = "".join(
        f'<c t="inlineStr" s="{style}"><is><t>{text}</t></is></c>'
        for style, text in enumerate(["Ô kìa", "NguyÔn V¨n Hïng", "NguyÔn", "Nguyeãn Vaên Huøng"])
    )
    sheet = read_sheet(zipped(parts(f"<row>{rows}</row>", styles=styles)))
    assert sheet.rows[0].cells == ("Ô kìa", "Nguyễn Văn Hùng", "NGUYỄN", "Nguyễn Văn Hùng")
    assert sheet.notes == (Note("old_font", (".VnArialH", ".VnTime", "VNI-Times")),)


def test_own_formats_of_dates_are_told_from_those_of_numbers() -> None:
    styles = (
        '<numFmts><numFmt numFmtId="164" formatCode="[$-42A]dd/mm/yyyy;@"/>'
        '<numFmt numFmtId="165" formatCode="0&quot; ngày&quot;"/>'
        '<numFmt numFmtId="166" formatCode="[Red]#,##0"/></numFmts>'
        '<cellXfs><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/></cellXfs>'
    )
    rows = "".join(f'<c s="{style}"><v>44046</v></c>' for style in range(3))
    assert cells(rows, styles=styles) == (date(2020, 8, 3), 44_046, 44_046)


def test_hidden_rows_and_columns_and_other_sheets_are_told() -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["a", "b"])
    page.append(["c", "d"])
    page.row_dimensions[2].hidden = True
    page.column_dimensions["B"].hidden = True
    page.column_dimensions["F"].hidden = True
    book.create_sheet("Cũ").append(["x"])
    book.create_sheet("Giải thích").append(["x"])
    assert read_sheet(saved(book)).notes == (
        Note("hidden_rows", ("1",)),
        Note("hidden_columns", ("B",)),
        Note("other_sheets", ("Cũ",)),
    )


def test_first_visible_sheet_with_anything_in_it_is_read() -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Ẩn").append(["hidden"])
    book["Ẩn"].sheet_state = "hidden"
    book.create_sheet("Hai").append(["two"])
    assert read_sheet(saved(book)).title == "Hai"


def test_workbook_without_a_filled_cell_is_empty() -> None:
    with pytest.raises(SheetEmpty):
        read_sheet(saved(openpyxl.Workbook()))


def test_parts_are_found_by_their_relations_and_prefixes_do_not_matter() -> None:
    made = parts(f'<row r="1">{inline("A1", "a")}</row>')
    sheet = str(made.pop("xl/worksheets/sheet1.xml")).replace("<", "<x:").replace("<x:/", "</x:").replace("<x:?", "<?")
    made["xl/Tables/One.xml"] = sheet.replace("xmlns=", "xmlns:x=")
    made["xl/_rels/workbook.xml.rels"] = relations(("worksheet", "/xl/tables/one.xml"))
    assert read_sheet(zipped(made)).rows[0].cells == ("a",)


@given(st.integers(1, 1_048_576), st.integers(0, 16_383))
def test_places_read_back(row: int, column: int) -> None:
    assert parse_place(place(row, column)) == (row, column)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**14), 10**14),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.dates(date(1901, 1, 1), date(2100, 1, 1)),
    st.text("aăâbcdđeêgh xyỹ<&>\"'\n\t0=_é", max_size=20).filter(lambda text: text == text.strip() and text[:1] != "="),
)


@given(st.lists(st.lists(VALUES, max_size=6), max_size=8))
def test_reads_what_an_independent_reader_reads(rows: list[list[Any]]) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page["A1"] = "first"
    for row in rows:
        page.append([value or None if isinstance(value, str) else value for value in row])
    data = saved(book)
    expected = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    sheet = read_sheet(data)
    width = max(len(row.cells) for row in sheet.rows)
    found = {row.number: [*row.cells, *[None] * (width - len(row.cells))] for row in sheet.rows}
    read = [
        ["" if cell is None else cell for cell in found.get(number + 1, [None] * width)]
        for number in range(len(expected))
    ]
    assert [row[:width] for row in expected] == read
