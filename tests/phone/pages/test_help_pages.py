"""Help: the questions, the six sentences, and setting up somebody else's phone."""

from __future__ import annotations

import html
import re

import pytest

from bluezone.phone.pages.help_words import MOTHER, RELATIVE_STEPS
from tests.phone.pages.conftest import Visit, Visitor


@pytest.mark.parametrize("language", ["vi", "en"])
def test_there_are_22_questions_each_with_an_answer_and_a_place(visit: Visit, language: str) -> None:
    async def story(visitor: Visitor) -> None:
        page = html.unescape(await visitor.text("help"))
        questions = re.findall(r'<details class="question" id="(\w+)">(.*?)</details>', page, re.DOTALL)
        assert len({name for name, _ in questions}) == 22
        for name, question in questions:
            asked, answer = re.sub("<[^>]+>", "", question).strip().split("\n", 1)
            assert asked.strip(), name
            assert len(answer.split()) > 10, name

    visit(story, language=language, seconds=0.0)


def test_answers_say_the_phones_own_numbers(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        page = html.unescape(await visitor.text("help"))
        duty = visitor.phone._settings.duty
        assert (duty.scan_seconds, duty.scan_gap, duty.rotation) == (4.0, (150.0, 300.0), (600.0, 1200.0))
        assert "about 4 seconds every 2½ to 5 minutes" in page
        assert "every 10 to 20 minutes" in page
        assert visitor.phone._settings.keep_days == 14
        assert "destroyed after 14 days" in page
        assert visitor.phone._settings.unreachable_after == 2 * 86400
        assert "Without it for two days" in page

    visit(story, language="en", seconds=0.0)


def test_mother_gets_six_short_sentences(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        page = html.unescape(await visitor.text("help/mother"))
        assert len(MOTHER) == 6
        assert all(sentence in page and len(sentence.split()) <= 16 for sentence in MOTHER)

    visit(story, language="en", seconds=0.0)


def test_a_relatives_phone_is_set_up_step_by_step_and_the_name_forgotten(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        assert "Whose phone is this?" in await visitor.text("help/relative")
        response = await visitor.send("help/relative", name="  Mẹ  ")
        assert response.headers["location"].endswith("help/relative/explain")
        assert visitor.phone.preferences().helping == "Mẹ"
        for name in RELATIVE_STEPS[1:]:
            assert "Mẹ's phone" in html.unescape(await visitor.text(f"help/relative/{name}"))
        await visitor.send("help/size", text_size="largest")
        await visitor.send("help/size", text_size="gigantic")
        assert visitor.phone.preferences().text_size == "largest"
        await visitor.send("help/done")
        assert visitor.phone.preferences().helping == ""

    visit(story, language="en", seconds=0.0)


def test_the_test_hears_the_phone_beside_it(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        assert "It hears 1 device. It works." in await visitor.text("help/relative/test")
        assert "It hears 1 device. It works." in await visitor.text("live/help/relative")

    visit(story, language="en")


def test_a_phone_without_bluetooth_shows_the_way_in_its_step(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        assert "Bluetooth is on" in await visitor.text("help/relative/radio")
        visitor.controller.unplug()
        await visitor.air.clock.sleep(600)
        assert "Try Bluetooth again" in await visitor.text("help/relative/radio")

    visit(story, language="en")


def test_an_unknown_step_is_no_page(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        assert (await visitor.get("help/relative/nothing")).status_code == 404

    visit(story, seconds=0.0)
