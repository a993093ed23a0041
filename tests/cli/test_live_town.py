"""A town to be lived in, from both sides: the desk in real time, the phones six hundred times as fast."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx
import msgspec

from bluezone.cli.listening import listen
from bluezone.cli.live_town import LiveTown, live_town
from bluezone.cli.rehearsal import rehearsal_settings
from bluezone.clock import RealClock
from bluezone.phone import StatusLevel
from bluezone.randomness import SeededRandomness
from bluezone.server import list_stored
from bluezone.server.accounts.tables import IDLE_SECONDS
from bluezone.server.database import Database
from bluezone.town import STORY_START, PacedClock, run_paced
from tests.server.accounts.browser import Browser
from tests.server.casework.codes_support import code_on, told
from tests.server.casework.forms import send

T = TypeVar("T")
HURRY = 600.0


class Officer(Browser):
    """The officer's browser; they know what the board tells everybody."""

    def __init__(self, town: LiveTown, client: httpx.AsyncClient) -> None:
        super().__init__(client)
        self._town = town

    async def post(self, path: str, fields: dict[str, str], status: int = 303, **_: str) -> httpx.Response:
        return await super().post(path, fields, status, origin=self._town.server)

    async def sign_in(self, page: str, digits: str) -> None:
        """With what stands on the board's page."""
        user, password = re.findall(r"<dd>([^<]+)</dd>", page)[:2]
        await self.get("/console/sign-in")
        await self.send("/console/sign-in", login=user, password=password)
        await self.get("/console/second-step")
        answer = await self.send("/console/second-step", code=digits)
        assert answer.headers["location"].startswith("/console")

    async def person(self, name: str) -> str:
        """The path of somebody's page, as the list's search finds it."""
        await self.get("/console/cases", 200)
        answer = await self.client.get("/console/cases", params={"q": name})
        return re.findall(r"/console/persons/[0-9a-f]{32}", answer.text)[0]


@dataclass(frozen=True)
class Lived:
    town: LiveTown
    clock: PacedClock
    officer: Officer
    folder: Path

    async def board(self) -> dict[str, object]:
        """What the board's page is told now."""
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{self.town.page}state", params={"lang": "en"})
        return answer.json()

    async def publish(self, key: str, code: str) -> None:
        phone = self.town.board.town.phone(key)
        publication = await phone.begin_publication(code)
        phone.consent(publication.id)
        await phone.agree(publication.id)


def live(folder: Path, body: Callable[[Lived], Awaitable[T]]) -> T:
    async def main(clock: PacedClock) -> T:
        settings = msgspec.structs.replace(rehearsal_settings(folder), sync_hours=1.0)
        async with (
            live_town(
                folder,
                settings,
                listen("127.0.0.1", 0),
                clock=clock,
                randomness=SeededRandomness("live"),
                language="en",
            ) as town,
            httpx.AsyncClient(base_url=town.server, headers={"Accept-Language": "en"}) as client,
        ):
            return await body(Lived(town, clock, Officer(town, client), folder))

    return run_paced(main, start=STORY_START.timestamp() + 3600, rate=HURRY)


def test_the_newcomer_takes_the_officers_side(tmp_path: Path) -> None:
    async def body(lived: Lived) -> None:
        officer, clock, board = lived.officer, lived.clock, lived.town.board
        state = await lived.board()
        assert re.fullmatch(r"\d{3} \d{3}", str(state["digits"]))
        async with httpx.AsyncClient() as client:
            page = (await client.get(lived.town.page)).text
        await officer.sign_in(page, str(state["digits"]))
        assert (clock.rate, board.waits_for_the_desk) == (1, True)
        assert "while you work" in str((await lived.board())["desk"])

        # Hours of the town are seconds of whoever sits at the desk: the session goes on.
        board.set_rate(HURRY)
        await clock.sleep(IDLE_SECONDS + 60)
        an = await officer.person("nguyen van an")
        await officer.get(an)
        assert "Suspected" in told(officer.page)
        case = re.findall(r"/console/cases/[0-9a-f]{32}", officer.page)[0]
        await officer.get(case)
        await send(officer, case, 200, status="confirmed")
        shown = told(officer.page)
        assert "Nguyễn Văn An (#1) no level F0, case" in shown
        assert "Lê Thị Bích no level F1, contact of a case" in shown
        await send(officer, case)
        await _publish(lived, an, "A")
        assert clock.rate == HURRY  # the board hurries again once keys are published

        bich = await officer.person("le thi bich")
        await officer.get(f"{bich}/case")
        await send(officer, f"{bich}/case", 200, status="confirmed", test_date="hôm nay")
        assert "Đỗ Thị Én F2 F1, contact of a case" in told(officer.page)
        await send(officer, f"{bich}/case")
        await _publish(lived, bich, "B")
        await board.look()
        assert {key: board.status(key).level for key in "AB"} == {"A": StatusLevel.F0, "B": StatusLevel.F0}
        await _keeps_secrets_and_both_times(lived)

    live(tmp_path, body)


async def _publish(lived: Lived, person: str, key: str) -> None:
    await lived.officer.get(f"{person}/codes")
    await send(lived.officer, f"{person}/codes", 200, channel="aloud")
    await lived.town.board.look()
    assert lived.clock.rate == 1
    await lived.publish(key, code_on(lived.officer.page))
    await lived.clock.sleep(1.1)
    await lived.town.board.look()


async def _keeps_secrets_and_both_times(lived: Lived) -> None:
    """The open ledger shows no secret and no name; the audit log tells real time, the records the town's."""
    stored = (await lived.officer.client.get("/stored", params={"lang": "en"})).text
    cookie, officer = lived.officer.client.cookies["bluezone-session"], lived.town.officer
    assert not [
        secret for secret in (cookie, officer.secret.hex(), officer.password, "Nguyễn Văn An") if secret in stored
    ]
    database = Database(rehearsal_settings(lived.folder).database)
    tables = {table.name: table for table in await database.read(list_stored)}
    await database.close()
    audit, people, now = tables["audit_entries"], tables["persons"], RealClock().now()
    assert all(now - 600 < row[audit.columns.index("at")] <= now for row in audit.rows)
    assert all(0 <= lived.clock.now() - row[people.columns.index("created_at")] < 86400 for row in people.rows)
