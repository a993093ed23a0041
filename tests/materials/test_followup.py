"""A day's list holds every person whole, on rows that are not cut."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from bluezone.materials import MOST_ROWS, PaperTooSmall, SheetTooLong, follow_up_sheet, row_code
from bluezone.materials.letters import SANS, printable
from bluezone.materials.moments import Language
from tests.materials.papers import MARKUP, NASTY, ROW, many_rows, sheet
from tests.materials.reader import curves, read_pages, squeezed


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("count", [0, 1, 30, 500])
def test_everybody_is_on_the_list_once_and_whole(count: int, language: Language) -> None:
    rows = many_rows(count)
    pages = read_pages(follow_up_sheet(sheet(*rows), language=language))
    text = "".join(page.text for page in pages)
    assert [row.name for row in rows if squeezed(printable(row.name, SANS)) not in text] == []
    assert [row.address for row in rows if squeezed(printable(row.address, SANS)) not in text] == []
    codes = [row_code(at, "VL-2408-03") for at in range(count)]
    shown = [[run.text for run in page.runs if run.text in set(codes)] for page in pages]
    assert [code for page in shown for code in page] == codes
    assert max(map(len, shown)) <= 30
    assert [pair for page in pages for pair in page.overlaps()] == []
    assert [run for page in pages for run in page.outside(25)] == []


@pytest.mark.parametrize(
    ("language", "numbers", "destroy"),
    [
        ("vi", "Trang {}/{}", "Hủy tờ này trước ngày 21/9/2020."),
        ("en", "Page {}/{}", "Destroy this sheet before 21/9/2020."),
    ],
)
def test_every_page_says_whose_it_is_and_when_it_is_destroyed(language: Language, numbers: str, destroy: str) -> None:
    pages = read_pages(follow_up_sheet(sheet(*many_rows(60)), language=language))
    assert len(pages) > 2
    for at, page in enumerate(pages, 1):
        assert squeezed(numbers.format(at, len(pages))) in page.text
        assert squeezed(destroy) in page.text
        for part in ("Trạm Y tế xã Tân Quang", "Nguyễn Thị Ngữ", "VL-2408-03", "24/8/2020"):
            assert squeezed(part) in page.text
        assert sum("nguyen.ngu" in run.text for run in page.runs if not run.upright) == 4


def test_a_level_is_told_by_its_word_and_its_shape() -> None:
    f1, f2 = (follow_up_sheet(sheet(replace(ROW, level=level)), language="vi") for level in ("f1", "f2"))
    assert [read_pages(data)[0].text.count(word) for data in (f1, f2) for word in ("F1", "F2")] == [1, 0, 0, 1]
    assert curves(f1) > curves(f2)  # two rings, one ring


def test_what_is_not_known_stays_empty() -> None:
    (page,) = read_pages(
        follow_up_sheet(sheet(replace(ROW, birth_year=None, address="", phone="", last_exposure=None)), language="vi")
    )
    assert "None" not in page.text
    assert "4/14" in page.text


@settings(max_examples=30, deadline=None)
@given(MARKUP, MARKUP)
def test_markup_is_printed_as_it_is(name: str, note: str) -> None:
    row = replace(ROW, name=name, address=note, phone=note[:12], note=note)
    (page,) = read_pages(follow_up_sheet(sheet(row, unit=name, officer=note, printed_by=name), language="vi"))
    for text in (name, note):
        assert squeezed(printable(text, SANS)) in page.text
    assert page.overlaps() == []


@pytest.mark.parametrize("text", NASTY)
def test_a_note_wraps_in_its_column(text: str) -> None:
    (page,) = read_pages(follow_up_sheet(sheet(replace(ROW, note=text, phone=text[:30])), language="vi"))
    assert squeezed(printable(text, SANS)) in page.text
    assert page.overlaps() == []


@pytest.mark.parametrize("field", ["name", "address", "phone", "note"])
def test_a_text_that_would_fill_a_page_is_refused(field: str) -> None:
    with pytest.raises(PaperTooSmall, match=r"the [a-z ]+ in row AA\d;"):
        follow_up_sheet(sheet(replace(ROW, **{field: "Thôn Ngọc Loan " * 100})), language="vi")


def test_more_people_than_row_codes_need_two_sheets() -> None:
    with pytest.raises(SheetTooLong):
        follow_up_sheet(sheet(*[ROW] * (MOST_ROWS + 1)), language="vi")


def test_people_stay_out_of_logs() -> None:
    assert not any(part in repr(ROW) for part in (ROW.name, ROW.address, ROW.phone, "1988"))
