"""The town board lived by hand: drag two together, hurry, publish on one phone, see the other one warned."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from bluezone.cli.listening import listen, serve
from bluezone.phone.pages import serve_pages
from bluezone.randomness import SeededRandomness
from bluezone.town import Town
from bluezone.town.board import SPOTS, WALLS, ArchiveSchedule, Board, Casework, Ledger, create_board
from tests.e2e.chromium import axe, context_of, sideways
from tests.e2e.world import ARCHIVE_MINUTES, MINUTE, World

WIDE = {"width": 1280, "height": 800}
SECRET = "5ec7e7"


@pytest.fixture(scope="module")
def board(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a board over a town of six phones, their pages served beside it."""
    house = AsyncExitStack()
    yield world.run(_build(world, house, tmp_path_factory.mktemp("town")))
    world.do(lambda: world.clock.set_rate(1))
    world.run(house.aclose())


async def _build(world: World, house: AsyncExitStack, folder: Path) -> str:
    transport = httpx.AsyncHTTPTransport(retries=1)
    town = Town(
        folder, clock=world.clock, randomness=SeededRandomness("board"), server=world.server, transport=transport,
        homes=SPOTS, walls=WALLS,
    )  # fmt: skip
    house.push_async_callback(town.close)
    await town.start()
    schedule = ArchiveSchedule(ARCHIVE_MINUTES * MINUTE, ARCHIVE_MINUTES * MINUTE)
    board = Board(town, world.clock, Casework(world.desk, world.clock), Ledger(world.server, transport, schedule))
    house.push_async_callback(board.close)
    listener = listen("127.0.0.1", 0)
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    frames = {
        key: (await house.enter_async_context(serve_pages(one.phone, frame_ancestors=(origin,)))).url
        for key, one in town.residents.items()
    }
    pages = create_board(board, frames, secret=SECRET, origin=origin, server=world.server)
    await house.enter_async_context(serve(pages, listener))
    return f"{origin}/{SECRET}/"


def phone(page: Page, key: str) -> FrameLocator:
    return page.frame_locator(f"#phone-{key} iframe")


def drag(page: Page, key: str, beside: str) -> None:
    """Take a puck and lay it beside another one."""
    taken, other = (page.locator(f"[data-puck={one}] .body").bounding_box() for one in (key, beside))
    assert taken is not None
    assert other is not None
    page.mouse.move(taken["x"] + taken["width"] / 2, taken["y"] + taken["height"] / 2)
    page.mouse.down()
    page.mouse.move(other["x"] + 1.6 * other["width"], other["y"] + other["height"] / 2, steps=8)
    page.mouse.up()


def test_a_newcomer_lives_the_story_by_hand(board: str, browser: Browser) -> None:
    with context_of(browser, viewport=WIDE) as (context, _):
        page = context.new_page()
        page.goto(f"{board}?lang=en")
        for key in "AB":  # their own first run, inside the frames
            page.locator(f"[data-open={key}]").click()
            inside = phone(page, key)
            for _ in range(3):
                inside.get_by_role("link", name="Next").click()
            inside.get_by_role("button", name="Begin").click()
            expect(inside.locator(".status-card")).to_have_attribute("data-level", "safe")

        steps = page.locator("#steps > li")
        drag(page, "B", beside="A")
        expect(page.locator("#links .link[data-near=true]")).to_have_count(1)
        page.locator("[data-rate='600']").click()
        expect(steps.nth(0)).to_have_attribute("data-done", "true")

        page.locator("form[data-kind=f0] select").select_option("A")
        page.locator("form[data-kind=f0] button").click()
        case = page.locator("#cases > li").first
        code = case.locator(".code")
        expect(code).to_have_text(re.compile(r"^\d{4} \d{4}$"))
        case.locator(".open").click()
        ill = phone(page, "A")
        ill.get_by_label("Code", exact=True).fill(code.inner_text())
        ill.get_by_role("button", name="Check the code").click()
        ill.get_by_role("button", name="Agree and send").click()
        expect(ill.get_by_role("heading", level=1)).to_have_text("It is sent. Thank you.")
        expect(steps.nth(1)).to_have_attribute("data-done", "true")

        # The clock hurries again by itself; the other phone finds out from the archive.
        expect(page.locator("[data-rate='600']")).to_have_attribute("aria-pressed", "true")
        expect(steps.nth(2)).to_have_attribute("data-done", "true", timeout=120_000)
        expect(page.locator("[data-puck=B]")).to_have_attribute("data-level", "f1")
        expect(phone(page, "B").locator(".status-card")).to_have_attribute("data-level", "f1")
        page.locator("[data-rate='0']").click()

        page.locator("[data-table=published_keys]").click()
        expect(page.locator("#rows tbody tr").first).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#rows")).to_be_hidden()


def test_pucks_are_moved_with_the_keyboard(board: str, browser: Browser) -> None:
    with context_of(browser, viewport=WIDE) as (context, _):
        page = context.new_page()
        page.goto(f"{board}?lang=en")
        puck = page.locator("[data-puck=F]")
        puck.focus()
        before = puck.get_attribute("transform")
        page.keyboard.press("Shift+ArrowUp")
        expect(puck).not_to_have_attribute("transform", before or "")
        expect(page.locator("#spoken")).to_have_text(puck.get_attribute("aria-label") or "")
        page.keyboard.press("Shift+ArrowDown")
        expect(puck).to_have_attribute("transform", before or "")


@pytest.mark.parametrize(("language", "light"), [("vi", "light"), ("en", "dark")])
def test_the_board_can_be_read_by_everybody(board: str, browser: Browser, language: str, light: str) -> None:
    with context_of(browser, viewport=WIDE, color_scheme=light) as (context, _):
        page = context.new_page()
        page.goto(f"{board}?lang={language}")
        assert axe(page) == []
        page.set_viewport_size({"width": 412, "height": 915})
        assert sideways(page, "100%") == []
        assert axe(page) == []
