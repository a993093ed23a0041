"""The rehearsal as `make run` opens it: a newcomer goes from the board to the desk, and back with a code to a phone."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from bluezone.cli.listening import listen
from bluezone.cli.live_town import live_town
from bluezone.cli.rehearsal import rehearsal_settings
from bluezone.randomness import SeededRandomness
from bluezone.town import STORY_START, PacedClock, run_paced
from tests.e2e.chromium import axe, context_of

WIDE = {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a fresh town's board."""
    folder = tmp_path_factory.mktemp("town")
    opened, addresses = threading.Event(), []
    ends: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def main(clock: PacedClock) -> None:
        settings = msgspec.structs.replace(rehearsal_settings(folder), sync_hours=1.0)
        randomness = SeededRandomness("officer")
        async with live_town(
            folder, settings, listen("127.0.0.1", 0), clock=clock, randomness=randomness, language="en"
        ) as town:
            ends.append((asyncio.get_running_loop(), town.stopped))
            addresses.append(town.page)
            opened.set()
            await town.stopped.wait()

    thread = threading.Thread(target=run_paced, args=[main], kwargs={"start": STORY_START.timestamp(), "rate": 60})
    thread.start()
    assert opened.wait(120)
    yield addresses[0]
    loop, stopped = ends[0]
    loop.call_soon_threadsafe(stopped.set)
    thread.join()


def fact(page: Page, name: str) -> str:
    """What stands on the board's desk card beside this name."""
    return page.locator(".officer dl > div", has_text=name).locator("dd").inner_text()


def test_a_newcomer_takes_the_officers_side(board: str, browser: Browser) -> None:
    with context_of(browser, viewport=WIDE) as (context, _):
        page = context.new_page()
        page.goto(f"{board}?lang=en")
        page.locator(".next summary").click()
        expect(page.locator(".next li")).to_have_count(3)
        assert axe(page) == []

        with context.expect_page() as opened:
            page.get_by_role("link", name="Sign in").click()
        desk = opened.value
        desk.fill("#login", fact(page, "User name"))
        desk.fill("#password", fact(page, "Password"))
        desk.click("main form button")
        desk.fill("#code", page.locator("#digits").inner_text())
        desk.click("main form button")
        desk.wait_for_url("**/console/cases")
        expect(page.locator("#desk-says")).to_contain_text("The clock runs at 1×")

        desk.get_by_role("link", name="Nguyễn Văn An").click()
        desk.locator(".case-card").get_by_role("link", name="Change").click()
        desk.select_option("#status", "confirmed")
        desk.get_by_role("button", name="Change the case").click()
        expect(desk.locator(".preview tbody tr", has_text="Lê Thị Bích")).to_contain_text("F1")
        desk.get_by_role("button", name="Apply").click()
        desk.get_by_role("button", name="Code to read aloud").click()
        code = desk.locator(".code-digits").inner_text()

        page.bring_to_front()
        expect(page.locator("#steps > li").nth(1)).to_contain_text("The clock runs at 1×")
        page.locator("[data-open=A]").click()
        phone = page.frame_locator("#phone-A iframe")
        phone.get_by_role("link", name=re.compile("code", re.IGNORECASE)).first.click()
        phone.get_by_label("Code", exact=True).fill(code)
        phone.get_by_role("button", name="Check the code").click()
        phone.get_by_role("button", name="Agree and send").click()
        expect(phone.get_by_role("heading", level=1)).to_have_text("It is sent. Thank you.")
        expect(page.locator("[data-rate='60']")).to_have_attribute("aria-pressed", "true")
        expect(page.locator("[data-puck=A]")).to_have_attribute("data-level", "f0")
        expect(page.locator("#tables")).to_contain_text("6 people in casework")

        desk.bring_to_front()
        desk.get_by_role("link", name="Done, to the record").click()
        expect(desk.locator("#codes")).to_contain_text("Opened on a phone")
