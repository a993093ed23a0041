"""An official in a real browser: link, password, codes by phone, a passkey, and the pages of their duties."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from bluezone.cli.listening import listen, serve
from bluezone.server import (
    Accounts,
    Audit,
    Core,
    Role,
    Settings,
    create_app,
    create_core,
    find_unit,
    load_units,
    read_units,
    shipped_units,
)
from tests.e2e.chromium import NARROW, Watch, axe, context_of, sideways, small_targets

PASSWORD = "con trâu đi trước cái cày"
PAGES = ("", "/account", "/account/password", "/people", "/units", "/units/33", "/units/323/invite", "/audit?check=1",
         "/privacy",
         "/second-step/new", "/account/passkey", "/prove", "/sign-in", "/nothing")  # fmt: skip
SIZES = NARROW, {"width": 1280, "height": 800}
"""On a phone a finger touches; at a desk a mouse points, and rows are dense."""


@dataclass(frozen=True)
class Served:
    """A server on a port of this machine."""

    core: Core
    url: str

    def link(self, login: str, name: str, role: Role, unit: str) -> str:
        """An invitation's address."""
        staff = Accounts(self.core, Audit(self.core)).staff

        def invite(connection):
            at = find_unit(connection, unit)
            return staff.invite_now(connection, login=login, name=name, role=role, unit=at)

        return f"{self.url}/invitation/{self.core.database.write_now(invite).token}"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings = Settings(data_dir=Path(tmp_path_factory.mktemp("server")), run_jobs=False)
    core = create_core(settings)
    core.database.migrate()
    core.database.write_now(lambda c: load_units(c, read_units(shipped_units()), date(2020, 8, 3)))
    socket = listen("127.0.0.1", 0)
    started, ended = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        async with serve(create_app(settings), socket):
            started.set()
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=[run()])
    thread.start()
    assert started.wait(60)
    yield Served(core, f"http://localhost:{socket.getsockname()[1]}/console")
    loop.call_soon_threadsafe(ended.set)
    thread.join()
    core.database.close_now()


@contextmanager
def desk(served: Served, browser: Browser, **options: Any) -> Iterator[tuple[BrowserContext, Watch]]:
    """A browser of its own; passkeys need a name, so this server is asked as localhost and not by its number."""
    with context_of(browser, **options) as (context, watch):
        yield context, watch
        origin = served.url.removesuffix("console")
        watch.foreign[:] = [address for address in watch.foreign if not address.startswith(origin)]


def enter(page: Page, link: str) -> None:
    """From a link to the first page, with codes by phone."""
    page.goto(link)
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("main button")
    page.click("main summary")
    key = page.inner_text("code.key").replace(" ", "")
    page.fill("#code", pyotp.TOTP(key).now())
    page.click("main form button")
    assert page.locator(".codes li").count() == 10
    page.click("main a.button")


def test_an_official_joins_adds_a_passkey_and_signs_in_with_it(served: Served, browser: Browser) -> None:
    with desk(served, browser) as (context, _watch):
        page = context.new_page()
        devices = context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        devices.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        enter(page, served.link("thu.ha", "Phạm Thị Thu Hà", Role.DEPARTMENT, "33"))
        page.goto(f"{served.url}/account/passkey")
        page.fill("#name", "office laptop")
        page.click("main form button")
        page.wait_for_url("**/account?done=passkey")
        assert "office laptop" in page.inner_text("main")
        page.click("header form button")
        page.wait_for_url("**/sign-in?*")
        page.click("[data-passkey] button")
        page.wait_for_url(served.url)
        assert "Phạm Thị Thu Hà" in page.inner_text("h1")


def test_signing_in_works_without_scripts(served: Served, browser: Browser) -> None:
    with desk(served, browser, java_script_enabled=False) as (context, _watch):
        page = context.new_page()
        enter(page, served.link("binh", "Trần Văn Bình", Role.MANAGER, "323"))
        assert "Trần Văn Bình" in page.inner_text("h1")
        page.goto(f"{served.url}/account/passkey")
        assert "needs scripts" in page.inner_text("noscript")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_can_be_read_and_touched(served: Served, browser: Browser, language: str) -> None:
    with desk(served, browser, locale=language) as (context, watch):
        watch.expect("404")
        page = context.new_page()
        enter(page, served.link(f"chi.{language}", "Lê Thị Quỳnh Chi", Role.OPERATOR, "33"))
        faults = []
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for size in SIZES:
                page.set_viewport_size(size)
                for path in PAGES:
                    page.goto(served.url + path)
                    found = [*axe(page), *sideways(page), *(small_targets(page) if size is NARROW else [])]
                    faults += [f"{path} {scheme} {size['width']}: {one}" for one in found]
        assert faults == []
