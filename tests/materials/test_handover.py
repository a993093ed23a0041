"""The letter has every part that Nghị định 30/2020 asks of an official letter."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from bluezone.materials import handover_note
from bluezone.materials.letters import OFFICIAL, printable
from bluezone.materials.moments import Language
from tests.materials.papers import MARKUP, NASTY, NOTE
from tests.materials.reader import Run, read_pages, squeezed

POINTS_PER_MM = 72 / 25.4


def run_with(text: str, data: bytes) -> Run:
    (page,) = read_pages(data)
    return next(run for run in page.runs if text in run.text)


def test_the_letter_has_its_parts_in_their_places() -> None:
    data = handover_note(NOTE, language="vi")
    (page,) = read_pages(data)
    for part in (
        "SỞ Y TẾ TỈNH HƯNG YÊN",
        "TRUNG TÂM Y TẾ HUYỆN VĂN LÂM",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Số: 412/TTYT-KSBT",
        "V/v bàn giao",
        "Văn Lâm, ngày 04 tháng 02 năm 2020",
        "Kính gửi: Trạm Y tế xã Tân Quang",
        "Trần Thị Hằng Nga",
        "F1 (tiếp xúc gần với ca bệnh)",
        "14/2/2020",
        "Trân trọng./.",
        "Nơi nhận:-Như trên;-UBND xã Tân Quang (để phối hợp);-Lưu: VT.",
        "KT. GIÁM ĐỐC",
        "Đỗ Thị Ngữ",
    ):
        assert squeezed(part) in page.text, part
    assert page.overlaps() == []
    nation, agency = run_with("CỘNG HÒA", data), run_with("TRUNG TÂM", data)
    assert nation.x > page.width / 2 > agency.end
    assert 30 <= round(min(run.x for run in page.runs) / POINTS_PER_MM, 2) <= 35
    assert 15 <= round((page.width - max(run.end for run in page.runs)) / POINTS_PER_MM, 2) <= 20
    assert 13 <= run_with("bàn giao Trạm", data).size <= 14
    assert run_with("Nơi nhận", data).x < page.width / 2 < run_with("Đỗ Thị Ngữ", data).x


@pytest.mark.parametrize(("day", "month"), [("ngày 04 tháng 02", 2), ("ngày 04 tháng 3", 3)])
def test_the_day_is_written_as_the_decree_writes_it(day: str, month: int) -> None:
    (page,) = read_pages(handover_note(replace(NOTE, day=NOTE.day.replace(month=month)), language="vi"))
    assert squeezed(day) in page.text


@pytest.mark.parametrize("paper", ["a4", "a5"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_letter_of_little_known_is_whole(language: Language, paper: str) -> None:
    bare = replace(
        NOTE,
        authority="",
        number="",
        birth_year=None,
        address="",
        phone="",
        last_exposure=None,
        copies=(),
        office=("TRẠM TRƯỞNG",),
    )
    pages = read_pages(handover_note(bare, language=language, paper="a4" if paper == "a4" else "a5"))
    text = "".join(page.text for page in pages)
    assert text.count(squeezed("chưa rõ" if language == "vi" else "not known")) == 4
    assert "None" not in text
    assert [pair for page in pages for pair in page.overlaps()] == []


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("text", NASTY)
def test_nasty_names_are_printed_as_they_are(text: str, language: Language) -> None:
    note = replace(NOTE, name=text, address=text, note=text, recipient=text, signer=text)
    pages = read_pages(handover_note(note, language=language))
    assert squeezed(printable(text, OFFICIAL)) in "".join(page.text for page in pages)
    assert [pair for page in pages for pair in page.overlaps()] == []
    assert [run for page in pages for run in page.outside(40)] == []


@settings(max_examples=20, deadline=None)
@given(MARKUP)
def test_markup_is_printed_as_it_is(text: str) -> None:
    note = replace(NOTE, name=text, agency=text, number=text, copies=(text,), office=(text,), place=text)
    pages = read_pages(handover_note(note, language="vi"))
    assert squeezed(printable(text, OFFICIAL)) in "".join(page.text for page in pages)


def test_a_long_letter_goes_on_and_its_second_page_bears_a_number() -> None:
    pages = read_pages(handover_note(replace(NOTE, note="Gọi sau 17 giờ. " * 150), language="vi"))
    assert len(pages) == 2
    assert pages[0].runs[0].text != "1"
    assert any(run.text == "2" and run.y < 20 * POINTS_PER_MM for run in pages[1].runs)
    assert [squeezed(NOTE.signer) in page.text for page in pages] == [False, True]
    assert squeezed("Trân trọng./.") in pages[1].text


def test_the_person_stays_out_of_logs() -> None:
    assert not any(part in repr(NOTE) for part in (NOTE.name, NOTE.address, NOTE.phone, "1988"))
