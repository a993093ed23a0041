"""An officer follows up in a real browser: by keys, by taps, without scripts, with the server gone for a while."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from scripts.console_pictures import served
from tests.e2e.chromium import NARROW, axe, context_of, sideways, small_targets

DESK = {"width": 1280, "height": 800}
LIST = "/console/follow-up"


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    with served(Path(tmp_path_factory.mktemp("console"))) as found:
        yield found


@contextmanager
def opened(
    console: tuple[str, str], browser: Browser, path: str = LIST, *, complaints: str = "", **options: Any
) -> Iterator[Page]:
    address, token = console
    with context_of(browser, **({"viewport": DESK} | options)) as (context, watch):
        context.add_cookies([{"name": "bluezone-session", "value": token, "url": address}])
        if complaints:
            watch.expect(complaints)
        page = context.new_page()
        page.goto(address + path)
        yield page
        watch.foreign[:] = [one for one in watch.foreign if not one.startswith(address)]


def waiting(page: Page) -> Locator:
    """Rows without a result, as they were when the page came."""
    return page.locator("tr[data-person][data-result='']")


def row(page: Page, at: int = 0) -> Locator:
    """A row of its own, whatever becomes of its result."""
    person = waiting(page).nth(at).get_attribute("data-person")
    return page.locator(f"#p-{person}")


def kept(one: Locator, said: str) -> None:
    """The server has it: who entered it and when stands there."""
    expect(one.locator(".answer")).to_have_text(re.compile(rf"{said}.*Trần Thị Bàn, \d\d:\d\d"))


def test_one_key_a_result_and_on_to_the_next(console: tuple[str, str], browser: Browser) -> None:
    with opened(console, browser) as page:
        first, second, third = row(page), row(page, 1), row(page, 2)
        expect(first.locator("th a")).to_be_focused()
        page.keyboard.press("s")
        page.keyboard.press("2")
        kept(first, "Seen, well")
        kept(second, "No reply")
        expect(third.locator("th a")).to_be_focused()
        page.keyboard.press("n")
        page.keyboard.type("38,4t")
        kept(third, "Unwell 38.4 °C")
        expect(page.locator("#alerts")).to_contain_text("Call now:")
        page.keyboard.press("u")
        expect(third.locator(".answer")).to_have_text("")
        expect(page.locator("#alerts p")).to_have_count(0)
        page.keyboard.press("u")
        expect(second.locator(".answer")).to_have_text("")
        page.reload()
        kept(first, "Seen, well")


def test_a_tap_on_a_phone(console: tuple[str, str], browser: Browser) -> None:
    with opened(console, browser, viewport=NARROW, has_touch=True) as page:
        one = row(page)
        one.locator("button[value=tested]").tap()
        kept(one, "Test taken")
        expect(page.locator("#toast")).to_contain_text("Test taken")
        page.locator("#toast button").tap()
        expect(one.locator(".answer")).to_have_text("")


def test_what_is_entered_while_the_server_is_gone_is_kept_and_sent(console: tuple[str, str], browser: Browser) -> None:
    with opened(console, browser, complaints="ERR_FAILED") as page:
        one, other = row(page), row(page, 1)
        page.route("**/follow-up/result*", lambda route: route.abort())
        one.locator("button[value=seen]").click()
        expect(page.locator("#trouble")).to_contain_text("The server does not answer. 1 results are kept")
        other.locator("button[value=lost]").click()
        one.locator("button[value=no_answer]").click()
        expect(one.locator(".answer")).to_contain_text("No reply kept here")
        page.unroute("**/follow-up/result*")
        kept(one, "No reply")
        kept(other, "Lost")
        expect(page.locator("#trouble")).to_be_hidden()


def test_an_answer_that_got_lost_on_its_way_is_kept_once(console: tuple[str, str], browser: Browser) -> None:
    def swallow(route: Route) -> None:
        route.fetch()
        route.abort()

    with opened(console, browser, complaints="ERR_FAILED") as page:
        one = row(page)
        page.route("**/follow-up/result*", swallow, times=1)
        one.locator("button[value=done]").click()
        kept(one, "Done")


def test_a_session_that_ended_keeps_what_was_entered(console: tuple[str, str], browser: Browser) -> None:
    address, token = console
    with opened(console, browser) as page:
        one = row(page)
        page.context.clear_cookies()
        one.locator("button[value=seen]").click()
        expect(page.locator("#trouble")).to_contain_text("Your session has ended. 1 results are kept")
        expect(page.locator("#trouble a")).to_be_visible()
        page.context.add_cookies([{"name": "bluezone-session", "value": token, "url": address}])
        kept(one, "Seen, well")


def test_what_somebody_else_entered_is_shown_before_it_is_overwritten(
    console: tuple[str, str], browser: Browser
) -> None:
    with opened(console, browser, complaints="409") as page, opened(console, browser) as other:
        one = row(page)
        there = other.locator(f"#{one.get_attribute('id')}")
        there.locator("button[value=seen]").click()
        kept(there, "Seen, well")
        one.locator("button[value=lost]").click()
        expect(one.locator(".refusal")).to_contain_text("Somebody else entered")
        kept(one, "Seen, well")
        one.locator("button[value=lost]").click()
        kept(one, "Lost")


def test_a_paper_sheet_is_typed_in_by_keyboard_alone(console: tuple[str, str], browser: Browser) -> None:
    with opened(console, browser, complaints="40[09]") as page:
        page.get_by_role("button", name="Print sheets").click()
        page.locator("tbody th a").first.click()
        codes = page.locator(".sheet-rows tr[data-missing] .code").all_inner_texts()
        expect(page.locator("#line")).to_be_focused()
        page.keyboard.type(f"{codes[0].lower()} s 36,6")
        page.keyboard.press("Enter")
        expect(page.locator("#typed-lines li")).to_have_count(1)
        expect(page.locator("#missing-title")).to_have_text(re.compile(rf"^({len(codes) - 1}|One) rows? without"))
        page.keyboard.type("AA s")
        page.keyboard.press("Enter")
        expect(page.locator("#line-state")).to_contain_text("Type the row's code")
        page.keyboard.type(f"{codes[0]} m")
        page.keyboard.press("Enter")
        expect(page.locator("#line-state")).to_contain_text("already has: Seen, well")
        page.keyboard.press("Enter")
        expect(page.locator("#typed-lines li")).to_have_count(2)
        page.locator("#typed-lines button").first.click()
        expect(page.locator(f".sheet-rows tr[data-code={codes[0]}] .answer")).to_contain_text("Seen, well")


def test_without_scripts_a_result_is_a_form(console: tuple[str, str], browser: Browser) -> None:
    with opened(console, browser, java_script_enabled=False) as page:
        one = row(page)
        one.locator("button[value=handed_over]").click()
        kept(one, "Passed on")
        page.locator("#toast button").click()
        expect(one.locator(".answer")).to_have_text("")


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("path", [LIST, f"{LIST}/sheets", f"{LIST}/figures", "/console"])
def test_the_pages_can_be_read_and_touched(
    console: tuple[str, str], browser: Browser, path: str, language: str
) -> None:
    with opened(console, browser, path, locale=language) as page:
        faults = []
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for size in (NARROW, DESK):
                page.set_viewport_size(size)
                found = [*axe(page), *sideways(page)]
                if size is NARROW:
                    found += small_targets(page)
                faults += [f"{scheme} {size['width']}: {one}" for one in found]
        assert faults == []
