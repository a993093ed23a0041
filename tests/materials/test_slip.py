"""A slip tells the code, until when, and what happens; its stub names nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from bluezone.materials import CodeUnprintable, PaperTooSmall, code_slip, code_slips
from bluezone.materials.letters import SANS, printable
from bluezone.materials.moments import Language
from tests.materials.papers import MARKUP, NASTY, SLIP
from tests.materials.reader import read_pages, squeezed

LONG = "7K3MQ0XV9TDA2WHB"


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("vi", ["4821 7390", "Dùng đến 10 giờ 05, thứ Ba 4/8/2020", "Mã QR dùng đến 9 giờ 50, 5/8/2020", "…90"]),
        (
            "en",
            ["4821 7390", "Good until 10:05, Tuesday 4/8/2020", "QR code good until 9:50, 5/8/2020", "…90"],
        ),
    ],
)
def test_a_slip_says_everything_once(language: Language, sentences: list[str]) -> None:
    (page,) = read_pages(code_slip(SLIP, language=language))
    assert [page.text.count(squeezed(sentence)) for sentence in sentences] == [1] * len(sentences)
    assert squeezed(SLIP.unit) in page.text
    assert page.text.count("VL-0412") == 1
    assert LONG not in page.text
    assert page.overlaps() == []
    assert page.outside(19) == []
    assert (round(page.width), round(page.height)) == (298, 420)


def test_the_stub_shows_the_end_of_the_code_alone() -> None:
    (page,) = read_pages(code_slip(SLIP, language="vi"))
    stub = [run.text for run in page.runs if run.y > page.height - 68]
    assert "VL-0412" in " ".join(stub)
    assert not any(part in text for text in stub for part in ("4821", "7390"))


def test_a_long_code_stands_alone_while_short_ones_are_paused() -> None:
    (page,) = read_pages(code_slip(replace(SLIP, code=LONG), language="vi"))
    assert LONG in page.text
    assert squeezed("Dùng đến 9 giờ 50, thứ Tư 5/8/2020") in page.text
    assert page.overlaps() == []


def test_four_slips_share_a_sheet_and_seven_need_two() -> None:
    slips = [replace(SLIP, code=f"{number}" * 8, link=f"{SLIP.link}{number}") for number in range(7)]
    pages = read_pages(code_slips(slips, language="vi"))
    assert [sum(str(number) * 8 in page.text for number in range(7)) for page in pages] == [4, 3]
    assert all(page.overlaps() == [] for page in pages)
    assert len(read_pages(code_slips(slips, language="vi", paper="a6"))) == 7


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("text", NASTY)
def test_nasty_names_are_printed_as_they_are_or_refused(text: str, language: Language) -> None:
    for changed in (replace(SLIP, unit=text), replace(SLIP, unit=text, code=LONG)):
        (page,) = read_pages(code_slip(changed, language=language))
        assert squeezed(printable(text, SANS)) in page.text
        assert page.overlaps() == []


@settings(max_examples=30, deadline=None)
@given(MARKUP)
def test_markup_is_printed_as_it_is(text: str) -> None:
    (page,) = read_pages(code_slip(replace(SLIP, unit=text, case_number=text[:12], hotline=text[:12]), language="vi"))
    assert squeezed(printable(text, SANS)) in page.text


def test_what_does_not_fit_is_named_and_refused() -> None:
    with pytest.raises(PaperTooSmall, match="the unit's name on a slip"):
        code_slip(replace(SLIP, unit="Trung tâm " * 80), language="vi")
    with pytest.raises(PaperTooSmall, match="the case number on a slip"):
        code_slip(replace(SLIP, case_number="Ca " * 200), language="vi")


@pytest.mark.parametrize(
    "code", ["", "1234567", "123456789", "1234 5678", "٤٨٢١٧٣٩٠", "7K3M-Q0XV-9TDA-2WH", "a" * 15 + "é"]
)
def test_anything_else_than_a_code_is_refused(code: str) -> None:
    with pytest.raises(CodeUnprintable):
        code_slip(replace(SLIP, code=code), language="vi")


@pytest.mark.parametrize("link", ["", "https://example/" + "a" * 300, "https://example/\ud800"])
def test_a_link_that_fits_no_square_is_refused(link: str) -> None:
    with pytest.raises(CodeUnprintable):
        code_slip(replace(SLIP, link=link), language="vi")


def test_code_and_link_stay_out_of_logs() -> None:
    assert SLIP.code not in repr(SLIP)
    assert LONG not in repr(SLIP)
