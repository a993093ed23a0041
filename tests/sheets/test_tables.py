from __future__ import annotations

import io
from datetime import date
from typing import Any

import openpyxl
import pytest

from bluezone.sheets import (
    Column,
    Fault,
    Heading,
    Note,
    Sheet,
    SheetHeaderMissing,
    Table,
    read_sheet,
    read_table,
)

COLUMNS = (
    Column("name", ("Họ và tên", "Họ tên", "Full name"), required=True, longest=60),
    Column("year", ("Năm sinh", "NS"), "year"),
    Column("phone", ("Số điện thoại", "SĐT", "Điện thoại"), "phone"),
    Column("onset", ("Ngày khởi phát",), "date"),
    Column("sex", ("Giới tính", "Giới"), "choice", choices={"male": ("Nam", "M"), "female": ("Nữ", "F")}),
    Column("result", ("Kết quả",), "choice", choices={"positive": ("Dương tính", "+"), "negative": ("Âm tính", "-")}),
)


def sheet(*rows: list[Any], merged: tuple[str, ...] = ()) -> Sheet:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append(row)
    for one in merged:
        page.merge_cells(one)
    packed = io.BytesIO()
    book.save(packed)
    return read_sheet(packed.getvalue())


def table(*rows: list[Any], merged: tuple[str, ...] = ()) -> Table:
    return read_table(sheet(*rows, merged=merged), COLUMNS)


def test_header_is_found_below_what_officials_write_above() -> None:
    found = table(
        ["SỞ Y TẾ HƯNG YÊN", None, None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
        ["TRUNG TÂM KIỂM SOÁT BỆNH TẬT", None, None, "Độc lập - Tự do - Hạnh phúc"],
        [],
        ["DANH SÁCH NGƯỜI TIẾP XÚC GẦN"],
        ["TT", "HỌ VÀ TÊN:", "năm  sinh", "SDT", "Ngày khởi phát (d/m/y)", "Ghi chú"],
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"],
        [1, "Nguyễn Thị Hoa", 1985, 912_345_678, "3/8/2020", "x"],
        merged=("A1:C1", "D1:F1", "A4:F4"),
    )
    assert found.header_row == 5
    assert {key: heading.place for key, heading in found.found.items()} == {
        "name": "B5", "year": "C5", "phone": "D5", "onset": "E5",
    }  # fmt: skip
    assert found.unknown == (Heading("A5", "TT"), Heading("F5", "Ghi chú"))
    assert (found.missing, found.ambiguous) == ((), {})
    (record,) = found.records
    assert record.row == 7
    assert record.values == {
        "name": "Nguyễn Thị Hoa", "year": 1985, "phone": "0912345678", "onset": date(2020, 8, 3),
    }  # fmt: skip
    assert Note("number_row", ("6",)) in found.notes


def test_every_fault_of_a_row_is_told_with_its_place_and_what_stands_there() -> None:
    found = table(
        ["Họ tên", "NS", "SĐT", "Ngày khởi phát", "Giới", "Kết quả"],
        [None, 85, "115", "31/2/2020", "khác", "=1+1"],
        ["x" * 61, 1985, None, None, "nữ", "+"],
    )
    first, second = found.records
    assert first.values == dict.fromkeys(["name", "year", "phone", "onset", "sex", "result"])
    assert first.faults == (
        Fault("required", "A2", "name", ""),
        Fault("year_two_digits", "B2", "year", "85"),
        Fault("phone_unclear", "C2", "phone", "115"),
        Fault("date_impossible", "D2", "onset", "31/2/2020"),
        Fault("choice_unknown", "E2", "sex", "khác"),
        Fault("formula", "F2", "result", "=1+1"),
    )
    assert second.values == {
        "name": None, "year": 1985, "phone": None, "onset": None, "sex": "female", "result": "positive",
    }  # fmt: skip
    assert [fault.code for fault in second.faults] == ["too_long"]


def test_two_columns_of_one_meaning_are_told_and_neither_is_read() -> None:
    found = table(["Họ tên", "SĐT", "Điện thoại"], ["Hoa", "0912345678", "0987654321"])
    assert found.ambiguous == {"phone": (Heading("B1", "SĐT"), Heading("C1", "Điện thoại"))}
    assert found.records[0].values == {"name": "Hoa"}


def test_one_column_merged_out_of_two_is_one_column() -> None:
    found = table(
        ["Họ tên", None, "SĐT"], ["Hoa", None, "0912345678"], ["Nam", None, None], merged=("A1:B1", "A2:B2", "A3:B3")
    )
    assert [record.values["name"] for record in found.records] == ["Hoa", "Nam"]


def test_name_in_two_columns_below_one_title_is_ambiguous() -> None:
    found = table(["Họ tên", None, "SĐT"], ["Nguyễn Thị", "Hoa", "0912345678"], merged=("A1:B1",))
    assert list(found.ambiguous) == ["name"]


def test_missing_required_column_is_told() -> None:
    assert table(["Năm sinh", "SĐT"], [1985, "0912345678"]).missing == ("name",)


def test_header_in_two_rows_is_read_by_the_lower() -> None:
    found = table(
        ["Họ tên", "Liên hệ", None, "Năm sinh"],
        [None, "SĐT", "Địa chỉ", None],
        ["Hoa", "0912345678", "Liên Phương", 1985],
        merged=("A1:A2", "B1:C1", "D1:D2"),
    )
    assert found.header_row == 2
    assert found.records[0].values == {"name": "Hoa", "phone": "0912345678", "year": 1985}


def test_rows_that_only_name_a_section_are_left_out_and_told() -> None:
    found = table(
        ["Họ tên", "Năm sinh", "SĐT"],
        ["I. Xã Liên Phương"],
        ["Hoa", 1985, None],
        merged=("A2:C2",),
    )
    assert [record.row for record in found.records] == [3]
    assert Note("section_rows", ("2",)) in found.notes


def test_days_and_months_that_a_program_may_have_swapped_are_told() -> None:
    swapped = table(["Họ tên", "Ngày khởi phát"], ["Hoa", date(2020, 3, 8)], ["Nam", "25/8/2020"])
    assert Note("dates_maybe_swapped", ("B1", "Ngày khởi phát")) in swapped.notes
    plain = table(["Họ tên", "Ngày khởi phát"], ["Hoa", date(2020, 8, 23)], ["Nam", "25/8/2020"])
    assert plain.notes == ()


@pytest.mark.parametrize("title", ["Họ và tên (Full name)", "Họ và tên\nFull name", "Ho va ten", "HỌ TÊN / Full name"])
def test_titles_in_two_languages_are_known(title: str) -> None:
    assert "name" in table([title, "SĐT"], ["Hoa", None]).found


def test_sheet_without_the_titles_is_refused() -> None:
    with pytest.raises(SheetHeaderMissing):
        table(["Họ tên", "x"], ["Hoa", "y"])


def test_columns_that_claim_one_title_are_a_programming_error() -> None:
    with pytest.raises(ValueError, match="two columns"):
        read_table(sheet(["a"]), [Column("one", ("Ngày",)), Column("two", ("NGÀY:",))])
