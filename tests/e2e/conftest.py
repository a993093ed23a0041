"""One world for a test run and one browser for a module; every test has phones and browser profiles of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.e2e.chromium import WAIT, Watch, context_of, launch
from tests.e2e.world import Handset, Household, World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("world"))
    yield world
    world.close()


@pytest.fixture(scope="session")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the browser's camera sees."""
    return tmp_path_factory.mktemp("camera") / "camera.y4m"


@pytest.fixture(scope="module")
def browser(camera: Path) -> Iterator[Browser]:
    """Ends with its module: while Playwright lives, its event loop counts as this thread's, and `asyncio.run` fails."""
    expect.set_options(timeout=WAIT)
    with sync_playwright() as playwright:
        browser = launch(playwright, camera)
        yield browser
        browser.close()


@pytest.fixture
def household(world: World, request: pytest.FixtureRequest) -> Iterator[Household]:
    """A room for this test's phones."""
    household = world.household(request.node.nodeid)
    yield household
    household.close()


class Holder:
    """Opens phones' pages, each in a browser profile of its own; `watch` saw what they all did."""

    def __init__(self, browser: Browser, stack: ExitStack) -> None:
        self._browser = browser
        self._stack = stack
        self.watches: list[Watch] = []

    def context(self, **options: object) -> BrowserContext:
        context, watch = self._stack.enter_context(context_of(self._browser, **options))
        self.watches.append(watch)
        return context

    def open(self, handset: Handset, path: str = "", **options: object) -> Page:
        page = self.context(**options).new_page()
        page.goto(handset.url + path)
        return page

    def expect(self, *expressions: str) -> None:
        """Complaints that the test provokes are no failure."""
        for watch in self.watches:
            watch.expect(*expressions)


@pytest.fixture
def holder(browser: Browser) -> Iterator[Holder]:
    with ExitStack() as stack:
        yield Holder(browser, stack)
