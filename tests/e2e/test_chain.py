"""An officer reads a chain in a real browser: by mouse, by keyboard, on a phone, without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from scripts.console_pictures import served
from tests.e2e.chromium import NARROW, axe, context_of, sideways, small_targets

DESK = {"width": 1280, "height": 800}
IN_PICTURE = re.compile(r"aria-label|[?&;]open=")
"""Marks are as small as many people make them; the table below has the same links in full size."""


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    with served(Path(tmp_path_factory.mktemp("console"))) as found:
        yield found


@contextmanager
def opened(console: tuple[str, str], browser: Browser, path: str, **options: Any) -> Iterator[Page]:
    address, token = console
    with context_of(browser, **options) as (context, watch):
        context.add_cookies([{"name": "bluezone-session", "value": token, "url": address}])
        page = context.new_page()
        page.goto(address + path)
        yield page
        watch.foreign[:] = [one for one in watch.foreign if not one.startswith(address)]


def width(picture: Locator) -> float:
    return float(picture.get_attribute("width") or 0)


def test_the_keyboard_zooms_and_goes_from_mark_to_record(console: tuple[str, str], browser: Browser) -> None:
    with opened(console, browser, "/console/chain", viewport=DESK) as page:
        frame, picture = page.locator(".chain-frame"), page.locator(".chain-frame > svg")
        frame.focus()
        before = width(picture)
        page.keyboard.press("+")
        assert width(picture) == pytest.approx(before * 1.25)
        page.keyboard.press("0")
        assert width(picture) == pytest.approx(frame.evaluate("one => one.clientWidth"))
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        expect(focused).to_have_attribute("href", re.compile(r"^/console/persons/[0-9a-f]{32}$"))
        expect(focused).to_have_attribute("aria-label", re.compile(r"^BN900 [^,]+, F0, "))


def test_the_days_stay_in_sight_and_a_mouse_moves_the_picture(console: tuple[str, str], browser: Browser) -> None:
    with opened(console, browser, "/console/chain?detail=names", viewport=DESK) as page:
        frame = page.locator(".chain-frame")
        frame.scroll_into_view_if_needed()
        box = frame.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 700, box["y"] + 300)
        page.mouse.down()
        page.mouse.move(box["x"] + 700, box["y"] + 100, steps=4)
        page.mouse.up()
        assert frame.evaluate("one => one.scrollTop") == pytest.approx(200, abs=2)
        days = page.locator(".chain-days").bounding_box()
        assert days is not None
        assert days["y"] == pytest.approx(box["y"], abs=3)
        assert page.url.endswith("detail=names")


def test_two_fingers_zoom(console: tuple[str, str], browser: Browser) -> None:
    with opened(console, browser, "/console/chain", viewport=NARROW, has_touch=True) as page:
        picture = page.locator(".chain-frame > svg")
        picture.scroll_into_view_if_needed()
        before = width(picture)
        page.locator(".chain-frame").evaluate("""
          (frame) => {
            const box = frame.getBoundingClientRect();
            const touch = (type, id, x) => frame.dispatchEvent(new PointerEvent(type, {
              pointerId: id, pointerType: "touch", clientX: box.x + x, clientY: box.y + 50, bubbles: true }));
            touch("pointerdown", 1, 100); touch("pointerdown", 2, 150);
            touch("pointermove", 2, 200);
            touch("pointerup", 1, 100); touch("pointerup", 2, 200);
          }
        """)
        assert width(picture) == pytest.approx(before * 2)


def test_without_scripts_the_picture_scrolls_and_opens(console: tuple[str, str], browser: Browser) -> None:
    with opened(console, browser, "/console/chain", viewport=NARROW, java_script_enabled=False) as page:
        assert not page.locator(".chain-tools").is_visible()
        page.locator(".chain-frame a[href*='open=']").first.click()
        assert "open=" in page.url


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("path", ["/console/chain", "/console/chain?detail=names", "/console/chain/timeline"])
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
                    found += [one for one in small_targets(page) if not IN_PICTURE.search(one)]
                faults += [f"{scheme} {size['width']}: {one}" for one in found]
        assert faults == []
