from __future__ import annotations

import re
from datetime import date

import pytest

from bluezone.phone.faults import FaultName
from bluezone.phone.pages.language import Speech, preferred
from bluezone.phone.pages.stored_words import PROTECTION, STORED_NAMES, STORED_RULES
from bluezone.phone.protection import PlainReason
from bluezone.phone.retention import TABLES
from scripts import catalogues
from tests.phone.conftest import START
from tests.phone.pages.conftest import Visit, Visitor

VIETNAM = 7 * 3600
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def test_vietnamese_catalogue_has_exactly_the_sentences_of_the_source() -> None:
    current = {str(message.id) for message in catalogues.current(catalogues.PHONE) if message.id}
    extracted = {str(message.id) for message in catalogues.extracted(catalogues.PHONE) if message.id}
    assert extracted - current == set()
    assert current - extracted == set()


def test_every_sentence_is_translated_and_none_is_a_guess() -> None:
    assert catalogues.missing(catalogues.current(catalogues.PHONE)) == []


def test_translations_keep_what_is_filled_in() -> None:
    for message in catalogues.current(catalogues.PHONE):
        if message.id:
            source = message.id[0] if isinstance(message.id, tuple) else message.id
            target = message.string[0] if isinstance(message.string, tuple | list) else message.string
            assert sorted(PLACEHOLDER.findall(source)) == sorted(PLACEHOLDER.findall(target)), source


def test_compiled_catalogue_is_that_of_the_source() -> None:
    assert catalogues.PHONE.catalogue.with_suffix(".mo").read_bytes() == catalogues.compiled(
        catalogues.current(catalogues.PHONE)
    )


def test_every_table_of_the_store_has_words() -> None:
    names = {table.name for table in TABLES}
    assert set(STORED_NAMES) == names
    assert set(STORED_RULES) == names
    assert set(PROTECTION) == {None, *PlainReason}


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "vi"), ("vi-VN,vi;q=0.9,en;q=0.8", "vi"), ("en-US,en;q=0.9", "en"), ("fr,en;q=0.5", "en"), ("de", "vi")],
)
def test_browser_says_the_first_language(header: str, language: str) -> None:
    assert preferred(header) == language


def test_times_are_said_as_people_say_them() -> None:
    vi, en = Speech("vi", VIETNAM), Speech("en", VIETNAM)
    evening = START + 6 * 86400 + 12.5 * 3600  # Sunday 9 August 2020, 19:30 in Vietnam
    assert vi.moment(evening) == "Chủ nhật 9/8, 7 giờ 30 tối"
    assert en.moment(evening) == "Sunday 9 Aug, 7:30 pm"
    assert vi.clock(START) == "7 giờ sáng"
    assert vi.clock(START + 5 * 3600) == "12 giờ trưa"
    assert vi.clock(START + 17 * 3600 + 300) == "12 giờ 5 đêm"
    assert vi.day(date(2020, 8, 3)) == "Thứ Hai 3/8"
    assert vi.length(24) == "24 phút"
    assert vi.length(552) == "9 giờ 12 phút"
    assert en.length(61) == "1 hour 1 minute"
    assert vi.number(1250) == "1.250"


def test_language_is_switched_on_any_page_and_remembered(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        assert "Nhật ký" in await visitor.text("diary")
        response = await visitor.send("settings/language", language="en", back="diary")
        assert response.headers["location"].endswith("/diary")
        assert "Diary" in await visitor.text("diary")
        assert visitor.phone.preferences().language == "en"
        assert '<html lang="en"' in await visitor.text("settings")

    visit(story)


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/x", "\\evil", "../up", "javascript:x"])
def test_a_form_leads_back_to_our_own_pages_alone(visit: Visit, back: str) -> None:
    async def story(visitor: Visitor) -> None:
        response = await visitor.send("settings/language", language="en", back=back)
        assert response.headers["location"].count("/") == 2  # the first page

    visit(story)


def test_every_fault_has_a_walk_in_both_languages(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        for language in ("vi", "en"):
            await visitor.send("settings/language", language=language)
            await visitor.phone.stop()
            for name in FaultName:
                visitor.phone._faults.begin(name, "Told in a test.")
                html = await visitor.text(f"repair/{name.value}")
                assert html.count("<li>") >= 2
                assert "<form" in html

    visit(story)


@pytest.mark.parametrize(
    ("number", "said"),
    [("19009095", "1900 9095"), ("0912345678", "0912 345 678"), ("115", "115"), ("+84 24 3736", "+84 24 3736")],
)
def test_a_telephone_number_is_shown_in_the_groups_people_say(number: str, said: str) -> None:
    assert Speech.telephone(number).replace("\N{NO-BREAK SPACE}", " ") == said
