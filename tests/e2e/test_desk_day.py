"""An officer's day at the desk in a real browser, and whoever else sits there: a colleague, a commune, a viewer."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import argon2
import httpx
import msgspec
import openpyxl
import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from bluezone.cli.listening import listen, serve
from bluezone.protocol.wire import PATH_VERIFY
from bluezone.server import Accounts, Audit, Settings, create_core
from bluezone.server.accounts.proofs import base32
from bluezone.server.app import assemble
from bluezone.server.desk import Desk
from bluezone.server.keys import Keys
from bluezone.server.language import VIETNAM
from tests.e2e.chromium import Watch, axe, context_of, sideways
from tests.server.accounts.support import PASSWORD, Member, join
from tests.server.casework.support import plant_province

DISTRICT, COMMUNE = "323", "11950"  # thành phố Hưng Yên, phường Lam Sơn
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
NAMED = (
    "/console/cases", "/console/cases/new", "/console/transfers", "/console/codes", "/console/codes/bulk",
    "/console/follow-up", "/console/follow-up/sheets", "/console/chain", "/console/chain/timeline",
    "/console/exchange/import", "/console/exchange/export",
)  # fmt: skip
"""Pages that may hold names."""

PEOPLE = {
    "canbo": ("health_officer", DISTRICT, "Trần Thị Bàn"),
    **dict.fromkeys(("canbo2", "canbo3", "doc.vi", "doc.en"), ("health_officer", DISTRICT, "Bùi Văn Khác")),
    "dongnghiep": ("health_officer", DISTRICT, "Lê Văn Cùng"),
    "phuong": ("health_officer", COMMUNE, "Đỗ Thị Phường"),
    "xem": ("viewer", DISTRICT, "Phạm Văn Xem"),
    "moi": ("health_officer", DISTRICT, "Vũ Thị Mới"),
}


def day(ago: int) -> str:
    """A day as officials type it."""
    local = datetime.now(VIETNAM) - timedelta(days=ago)
    return f"{local.day}/{local.month}/{local.year}"


@dataclass(frozen=True)
class Office:
    """A server on a port of this machine, and who may sign in."""

    url: str
    members: dict[str, Member]

    def code(self, login: str) -> str:
        """Six digits that were not used yet: those of half a minute ahead, which the server takes too."""
        codes = pyotp.TOTP(base32(self.members[login].totp))
        return codes.at(datetime.now(VIETNAM) + timedelta(seconds=30))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    settings = Settings(data_dir=Path(tmp_path_factory.mktemp("office")), run_jobs=False)
    core = create_core(settings)
    core.database.migrate()
    plant_province(core)
    quick = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    accounts, desk = Accounts(core, Audit(core), hasher=quick), Desk(core)
    keys = Keys(core, verifier=desk.certificate_verifier, note_published=desk.note_published)
    socket = listen("127.0.0.1", 0)
    started, ended = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    members: dict[str, Member] = {}

    async def run() -> None:
        for login, (role, unit, name) in PEOPLE.items():
            members[login] = await join(accounts, login, role, unit, name=name)
        async with serve(assemble(core, desk=desk, keys=keys, accounts=accounts), socket):
            started.set()
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=[run()])
    thread.start()
    assert started.wait(60)
    yield Office(f"http://localhost:{socket.getsockname()[1]}", members)
    loop.call_soon_threadsafe(ended.set)
    thread.join()


@contextmanager
def seated(office: Office, browser: Browser, login: str, **options: Any) -> Iterator[tuple[Page, Watch]]:
    """A browser in which somebody has signed in with password and six digits."""
    with context_of(browser, **({"viewport": DESKTOP} | options)) as (context, watch):
        page = context.new_page()
        sign_in(page, office, login)
        yield page, watch
        watch.foreign[:] = [address for address in watch.foreign if not address.startswith(office.url)]


def sign_in(page: Page, office: Office, login: str, code: str = "") -> None:
    page.goto(f"{office.url}/console/sign-in")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("main form button")
    page.fill("#code", code or office.code(login))
    page.click("main form button")
    page.wait_for_url(re.compile("/console$"))


def report(page: Page, office: Office, name: str, **fields: str) -> str:
    """Put a case on record by hand; the address of the person's page."""
    page.goto(f"{office.url}/console/cases")
    page.keyboard.press("n")
    page.wait_for_url("**/cases/new")
    page.fill("#name", name)
    page.fill("#unit", "phuong lam son")
    for field, value in fields.items():
        page.fill(f"#{field}", value)
    page.get_by_role("button", name="Put on record").click()
    page.wait_for_url("**/persons/*")
    return page.url.partition("?")[0]


def name_contacts(page: Page, *people: tuple[str, str, str]) -> None:
    """Whom somebody met, with commune and day, typed line by line on their page."""
    page.keyboard.press("c")
    page.wait_for_url("**/contacts")
    for at, (name, unit, met) in enumerate(people):
        page.fill(f"#name_{at}", name)
        page.fill(f"#unit_{at}", unit)
        page.fill(f"#first_day_{at}", met)
        page.check(f"[name=confirmed_{at}]")
    page.get_by_role("button", name="Put on record").click()
    page.wait_for_url("**/persons/*")


def verify(office: Office, code: str) -> httpx.Response:
    """What a phone is answered that brings this code."""
    return httpx.post(office.url + PATH_VERIFY, content=msgspec.json.encode({"code": code}))


def test_an_officers_day(office: Office, browser: Browser) -> None:
    with seated(office, browser, "canbo") as (page, _watch):
        mai = report(
            page, office, "Nguyễn Thị Mai", birth_year="1985", onset=day(2), test_date=day(1), reference="BN1046"
        )
        expect(page.locator(".standing h2")).to_have_text("F0, case")
        name_contacts(page, ("Trần Văn Bình", "phường Lam Sơn", day(2)), ("Lê Thị Cúc", "phường Hiến Nam", day(1)))
        expect(page.locator("#contacts tbody tr")).to_have_count(2)

        page.get_by_role("button", name="Code to read aloud").click()
        code = re.sub(r"\D", "", page.locator(".code-digits").inner_text())
        taken = verify(office, code)
        assert (taken.status_code, taken.json()["testtype"]) == (200, "confirmed")
        page.goto(mai)
        expect(page.locator("#codes")).to_contain_text("Opened on a phone")
        assert code not in page.content()

        with page.expect_navigation():
            page.get_by_role("link", name="Trần Văn Bình").first.click()
        name_contacts(page, ("Phạm Thị Én", "phường Hiến Nam", day(1)))
        expect(page.locator(".standing h2")).to_contain_text("F1")

        page.goto(f"{office.url}/console/follow-up")
        rows = page.locator("#list tr[data-person]")
        expect(rows).to_have_count(3)
        page.locator("tr[data-person]", has_text="Bình").locator("th a").focus()
        page.keyboard.press("t")
        expect(page.locator("#alerts")).to_contain_text("Call now: Trần Văn Bình")
        page.locator("tr[data-person]", has_text="Cúc").locator("th a").focus()
        page.keyboard.press("s")
        expect(page.locator("#progress")).to_have_text("2 of 3 answered")

        page.locator("#alerts").get_by_role("link", name="Mark as positive").click()
        page.fill("#onset", day(1))
        page.fill("#test_date", day(0))
        page.get_by_role("button", name="See what changes").click()
        preview = page.locator(".preview tbody tr")
        expect(preview).to_have_count(2)
        expect(preview.filter(has_text="Phạm Thị Én")).to_contain_text("F1")
        page.get_by_role("button", name="Apply").click()
        page.wait_for_url("**/persons/*")
        expect(page.locator(".standing h2")).to_have_text("F0, case")
        binh = page.url.partition("?")[0]

        with seated(office, browser, "phuong") as (theirs, _):
            theirs.goto(f"{office.url}/console/transfers")
            expect(theirs.locator("tbody tr").filter(has_text="Trần Văn Bình").first).to_be_visible()
            assert "Lê Thị Cúc" not in theirs.content()
            theirs.get_by_role("button", name="Take over those ticked").click()
            theirs.goto(binh)
            expect(theirs.locator("h1")).to_contain_text("Trần Văn Bình")

        page.goto(binh)
        expect(page.locator("main")).to_contain_text("Đỗ Thị Phường")

        page.goto(f"{office.url}/console/exchange/export")
        with page.expect_download() as kept:
            page.get_by_role("button", name="Take out").click()
        book = openpyxl.load_workbook(BytesIO(kept.value.path().read_bytes()))
        cells = [str(cell) for sheet in book for row in sheet.values for cell in row if cell is not None]
        assert any("Trần Thị Bàn" in cell for cell in cells)
        assert not any("Mai" in cell or "Bình" in cell for cell in cells)

        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in?*")
        page.goto(mai)
        assert "/sign-in" in page.url


def test_two_officers_on_one_record_see_each_others_words(office: Office, browser: Browser) -> None:
    with (
        seated(office, browser, "canbo2") as (mine, watch),
        seated(office, browser, "dongnghiep") as (theirs, _),
    ):
        watch.expect("409")
        person = report(mine, office, "Hoàng Văn Đôi", onset=day(1))
        mine.goto(f"{person}/edit")
        theirs.goto(f"{person}/edit")
        theirs.fill("#phone", "0912 000 111")
        theirs.get_by_role("button", name="Change the record").click()
        theirs.wait_for_url("**/persons/*")
        mine.fill("#phone", "0912 000 222")
        mine.fill("#address", "Số 5, phố Hiến")
        mine.get_by_role("button", name="Change the record").click()
        expect(mine.locator("h1")).to_have_text("Two versions")
        expect(mine.locator(".versions", has_text="0912000111")).to_contain_text("0912 000 222")
        mine.get_by_role("button", name="Keep what is chosen").click()
        expect(mine.locator(".facts").first).to_contain_text("0912000222")
        expect(mine.locator(".facts").first).to_contain_text("phố Hiến")


def test_a_viewer_sees_figures_and_nobodys_name(office: Office, browser: Browser) -> None:
    with seated(office, browser, "canbo3") as (page, _):
        person = report(page, office, "Ngô Thị Kín", onset=day(1))
    with seated(office, browser, "xem") as (page, watch):
        watch.expect("403")
        expect(page.get_by_role("heading", name="Tracing and follow-up on")).to_be_visible()
        page.goto(f"{office.url}/console/follow-up/figures")
        assert "Ngô Thị Kín" not in page.content()
        for address in (person, *(office.url + path for path in NAMED)):
            answer = page.goto(address)
            assert answer is not None
            assert (address, answer.status) == (address, 403)
            assert "Ngô Thị Kín" not in page.content()


def test_what_was_typed_outlives_the_session(office: Office, browser: Browser) -> None:
    with seated(office, browser, "moi") as (page, watch):
        watch.expect("403")
        page.goto(f"{office.url}/console/cases/new")
        page.fill("#name", "Đặng Thị Nháp")
        expect(page.locator(".draft-state")).to_contain_text("Draft kept at")
        other = page.context.new_page()
        other.goto(f"{office.url}/console")
        other.get_by_role("button", name="Sign out").click()
        other.wait_for_url("**/sign-in?*")
        page.fill("#address", "Số 7, phố Hiến")
        expect(page.locator(".draft-state")).to_contain_text("Your session has ended")
        sign_in(other, office, "moi", code=office.members["moi"].recovery[0])
        expect(page.locator(".draft-state")).to_contain_text("You are signed in again")
        page.fill("#unit", "lam son")
        page.get_by_role("button", name="Put on record").click()
        page.wait_for_url("**/persons/*")
        expect(page.locator("h1")).to_have_text("Đặng Thị Nháp")
        expect(page.locator(".facts").first).to_contain_text("Số 7, phố Hiến")

        other.goto(f"{office.url}/console/cases/new")
        other.fill("#name", "Lý Văn Dở")
        expect(other.locator(".draft-state")).to_contain_text("Draft kept at")
        other.goto(f"{office.url}/console/cases/new")
        other.get_by_role("link", name="Restore").click()
        expect(other.locator("#name")).to_have_value("Lý Văn Dở")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_of_the_desk_can_be_read(office: Office, browser: Browser, language: str) -> None:
    with seated(office, browser, f"doc.{language}", locale=language) as (page, _):
        page.goto(f"{office.url}/console/cases")
        page.locator("tbody th a").first.click()
        person = page.url.removeprefix(office.url)
        paths = [*NAMED, *(f"{person}{rest}" for rest in ("", "/edit", "/contacts", "/codes"))]
        paths += ["/console", "/console/follow-up/figures"]
        faults = []
        for path in paths:
            page.goto(office.url + path)
            for size in (DESKTOP, PHONE):
                page.set_viewport_size(size)
                found = [*axe(page), *sideways(page, "100%")]
                faults += [f"{path} {size['width']}: {one}" for one in found]
        assert faults == []
