"""Takes the pictures of the console's pages from an application over an invented outbreak.

`python -m scripts.console_pictures [NAME...]` writes docs/pictures/console-NAME.LANGUAGE.png for the pages of `PAGES`,
and of `SCENES`, which somebody has to come to by doing something.
"""

from __future__ import annotations

import asyncio
import io
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

import argon2
import sqlalchemy as sa
import uvicorn
from PIL import Image
from playwright.sync_api import FilePayload, Page, sync_playwright

from bluezone.clock import FixedClock
from bluezone.protocol.place import PlaceKind
from bluezone.randomness import SeededRandomness
from bluezone.server import Accounts, Audit, Core, Settings, create_core
from bluezone.server.accounts.access import Account
from bluezone.server.app import assemble
from bluezone.server.casework import Casework
from bluezone.server.casework.cases import add_landmark
from bluezone.server.casework.service import LandmarkData, cases, contacts, persons
from bluezone.server.desk import Desk
from bluezone.server.followup.service import Entry, FollowUp, Source, insert_entries, on_list
from bluezone.server.places.register import PlaceData, checked_place, insert_place
from scripts import chromium
from tests.server.accounts.support import join
from tests.server.casework.support import DISTRICT, outbreak, plant_province
from tests.server.support import START, keys_room

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
LANGUAGES = ("vi", "en")
PAGES = {
    "cases": "/console/cases",
    "chain": "/console/chain",
    "days": "/console/chain/timeline",
    "figures": "/console/follow-up/figures",
    "places": "/console/places",
}
LIST_OF_CASES = "Mã ca;Điện thoại;Hình thức\n#22;;\n#21;;Phiếu\n#20;0999999999;\nBN7777;;\n#19;;\n#19;;\n"
SIZE, SCALE, COLOURS = {"width": 1280, "height": 960}, 1.5, 64
_COOKIE = "bluezone-session"
_FRESH = count()
_LANDMARK: list[str] = []
PLACES = (
    PlaceData("Chợ Phố Hiến", "11950", PlaceKind.MARKET, "Phố Hiến, phường Lam Sơn", zones=("Cổng chính", "Hàng ăn")),
    PlaceData("Trường THPT Hưng Yên", "11950", PlaceKind.SCHOOL, "Chu Mạnh Trinh, phường Lam Sơn", 240),
    PlaceData("Bến xe Hưng Yên", "11953", PlaceKind.STATION, "Nguyễn Văn Linh, phường Hiến Nam", zones=("Phòng chờ",)),
    PlaceData("Quán phở Bà Thìn", "11953", PlaceKind.RESTAURANT, "12 Điện Biên 1, phường Hiến Nam"),
)


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, str]]:
    """The address of a console and the session of an officer who is signed in."""
    settings = Settings(data_dir=folder, run_jobs=False)
    core = create_core(settings, clock=FixedClock(START + 10 * 86400), randomness=SeededRandomness("pictures"))
    core.database.migrate()
    plant_province(core)
    outbreak(core, ill=22, exposed_each=5)
    _live_together(core)
    quick = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    accounts = Accounts(core, Audit(core), hasher=quick)
    officer = asyncio.run(join(accounts, "ban", "health_officer", DISTRICT, name="Trần Thị Bàn"))
    _asked(core, asyncio.run(officer.session()).account)
    _LANDMARK.append(_at_places(core, asyncio.run(officer.session()).account))
    app = assemble(core, desk=Desk(core), keys=keys_room(core), accounts=accounts)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://localhost:{port}", officer.token
    finally:
        server.should_exit = True
        thread.join()


def _asked(core: Core, account: Account) -> None:
    """Results of the four days before today, so that today is still to be done."""
    follow_up = FollowUp(Casework(core, Audit(core)))
    today = follow_up.ground.today()
    said = [*["seen"] * 14, "no_answer", "no_answer", "tested", "no_answer", "handed_over", "lost"]

    def write(connection: sa.Connection) -> None:
        connection.execute(sa.update(persons).values(created_at=persons.c.created_at - 10 * 86400))
        for ago in range(4, 0, -1):
            day = today - timedelta(days=ago)
            people = connection.execute(on_list(day, follow_up.levels)).scalars()
            entries = [
                Entry(one, day, said[int(one[:4], 16) * ago % len(said)], 365 + int(one[5], 16)) for one in people
            ]
            insert_entries(follow_up.ground, connection, account, entries, source=Source.SCREEN)

    core.database.write_now(write)


def _at_places(core: Core, account: Account) -> str:
    """Places on record, and a case that was at the first of them yesterday morning: its landmark."""
    ground = Casework(core, Audit(core)).ground

    def write(connection: sa.Connection) -> str:
        for data in PLACES:
            insert_place(ground, connection, account, checked_place(connection, data, ground.today()))
        case = connection.execute(sa.select(cases.c.id).order_by(cases.c.number.desc())).scalars().first()
        begin = int(START + 9 * 86400 - 7200) // 3600 * 3600
        was = LandmarkData(PLACES[0].name, begin, begin + 2 * 3600)
        return add_landmark(ground, connection, account, str(case), was)

    return core.database.write_now(write)


def _place(page: Page, address: str) -> None:
    page.goto(f"{address}/console/places")
    page.locator("tbody th a").nth(1).click()
    page.locator("tbody").first.wait_for()


def _place_warn(page: Page, address: str) -> None:
    """A notice being made, not sent."""
    page.goto(f"{address}/console/landmarks/{_LANDMARK[-1]}/warn")
    page.locator("#owner_phone").fill("0912 345 678")
    page.locator("h1").click()


def _follow_up(page: Page, address: str) -> None:
    """A list being worked on: some seen, one to be called now."""
    page.goto(f"{address}/console/follow-up")
    for keys in ("s", "k", "n384t", "s", "x"):
        page.keyboard.type(keys)
    page.locator(".answer .degrees").first.wait_for()
    page.wait_for_function("() => document.querySelectorAll('.said').length >= 5")


def _sheet(page: Page, address: str) -> None:
    """A paper sheet being typed in."""
    page.goto(f"{address}/console/follow-up")
    page.locator("form[action*='/follow-up/sheets'] button").click()
    page.locator("tbody th a").first.click()
    codes = page.locator(".sheet-rows .code").all_inner_texts()
    for number, typed in enumerate((f"{codes[0]} s 36,6", f"{codes[1]} k", f"{codes[2]} t 38,2 ho"), start=1):
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        page.locator("#typed-lines li").nth(number - 1).wait_for()
    page.keyboard.type(f"{codes[3]} ")


def _live_together(core: Core) -> None:
    """Whom a case met at home has a household with the others."""

    def write(connection: sa.Connection) -> None:
        home = sa.select(contacts.c.exposed, contacts.c.source).where(contacts.c.closeness == "household")
        for row in connection.execute(home).all():
            connection.execute(sa.update(persons).where(persons.c.id == row.exposed).values(household=row.source))

    core.database.write_now(write)


def _code(page: Page, address: str, channel: str = "aloud") -> None:
    """A code of a case that has none yet, while it is shown."""
    page.goto(f"{address}/console/cases")
    page.locator("tbody th a").nth(next(_FRESH)).click()
    page.locator(f"#codes button[value={channel}]").click()
    page.locator(".code-left").wait_for()


def _codes(page: Page, address: str) -> None:
    for channel in ("slip", "aloud"):
        _code(page, address, channel)
    page.goto(f"{address}/console/codes")


def _codes_bulk(page: Page, address: str) -> None:
    page.goto(f"{address}/console/codes/bulk")
    file: FilePayload = {"name": "ca-benh.csv", "mimeType": "text/csv", "buffer": LIST_OF_CASES.encode()}
    page.locator("#file").set_input_files(file)
    page.locator("form[enctype] button").click()
    page.locator("tbody").wait_for()


def _person(page: Page, address: str) -> None:
    page.goto(f"{address}/console/cases?order=onset&page=1")
    page.locator("tbody th a").last.click()
    page.locator("#contacts").wait_for()


def _contacts(page: Page, address: str) -> None:
    """Three contacts being typed, none sent."""
    _person(page, address)
    page.goto(f"{page.url}/contacts")
    typed = (
        ("Lê Văn Tám", "1978", "phường Lam Sơn (11950)"),
        ("Đỗ Thị Nhàn", "1981", "phường Lam Sơn (11950)"),
        ("Bùi Quang Huy", "2004", "phường Hiến Nam (11953)"),
    )
    for at, (name, year, unit) in enumerate(typed):
        line = page.locator("[data-line]").nth(at)
        line.locator("[name^=name_]").fill(name)
        line.locator("[name^=birth_year_]").fill(year)
        line.locator("[name^=unit_]").fill(unit)
        line.locator("[name^=first_day_]").fill("31/7")
        line.locator("[name^=place_]").fill("Chợ Phố Hiến")
    page.locator("h1").click()


def _preview(page: Page, address: str) -> None:
    """What changes when somebody F1 whom others met turns positive."""
    page.goto(f"{address}/console/cases?q=09")
    for at in range(page.locator("tbody [data-level=f1]").count()):
        page.goto(f"{address}/console/cases?q=09")
        page.locator("tr:has([data-level=f1]) th a").nth(at).click()
        page.goto(f"{page.url}/case")
        page.locator("#onset").fill("11/8")
        page.locator("main form button.button-main").click()
        page.locator(".preview, #contacts").first.wait_for()
        if page.locator(".preview tbody tr").count() > 2:
            return


SCENES: dict[str, Callable[[Page, str], None]] = {
    "person": _person,
    "contacts": _contacts,
    "preview": _preview,
    "codes": _codes,
    "code": _code,
    "codes-bulk": _codes_bulk,
    "follow-up": _follow_up,
    "sheet": _sheet,
    "place": _place,
    "place-warn": _place_warn,
}


def main(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (address, token), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium.program(), args=list(chromium.ARGUMENTS))
        for language in LANGUAGES:
            profile = browser.new_context(
                viewport=SIZE,  # type: ignore[arg-type]
                device_scale_factor=SCALE,
                locale=language,
                reduced_motion="reduce",
                color_scheme="light",
            )
            profile.add_cookies([{"name": _COOKIE, "value": token, "url": address}])
            for name in names or (*PAGES, *SCENES):
                page = profile.new_page()
                if name in SCENES:
                    SCENES[name](page, address)
                else:
                    page.goto(f"{address}{PAGES[name]}?lang={language}")
                page.evaluate("document.fonts.ready.then(() => true)")
                taken = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide")))
                few = taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
                few.save(PICTURES / f"console-{name}.{language}.png", optimize=True)
                page.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
