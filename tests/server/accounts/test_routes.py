"""Every route of the application, tried by nobody, by every role, and with a neighbour's ids.

The routes are read from the application: a new page is covered as soon as it is there. What it needs to be tried with
(a new kind of id in its address) has to be told here, else the test fails.
"""

from __future__ import annotations

import dataclasses
import random
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from litestar.routes import HTTPRoute

from bluezone.protocol.place import PlaceKind
from bluezone.server import Settings, create_app
from bluezone.server.accounts.access import MAY, Action, Holding, Role
from bluezone.server.accounts.console import FORM_TOKEN, Door, console_router
from bluezone.server.accounts.sessions import Stage
from bluezone.server.casework.cases import add_landmark
from bluezone.server.casework.drafts import keep_draft
from bluezone.server.casework.journal import remember, rows_of
from bluezone.server.casework.service import (
    CaseData,
    Casework,
    ContactData,
    LandmarkData,
    PersonData,
    add_contact,
    add_person,
    case_codes,
    report_case,
    tell_communes,
    transfers,
)
from bluezone.server.database import metadata
from bluezone.server.exchange.columns import ListKind
from bluezone.server.exchange.entries import Entry
from bluezone.server.exchange.imports import Said, keep
from bluezone.server.exchange.merging import merge
from bluezone.server.followup.tables import followup_sheets
from bluezone.server.gates.service import gates
from bluezone.server.places.register import PlaceData, checked_place, insert_place
from bluezone.server.places.service import place_notices, place_sheets
from tests.server.accounts.browser import browser
from tests.server.accounts.support import DEVICE, HOST, Authenticator, join, unit_of

MARK = "Vũ Hàng Xóm"
"""The neighbour's name, which nobody else's page may hold."""


@dataclass(frozen=True)
class Tried:
    """One method of one route."""

    method: str
    path: str
    may: Door | Action | None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def address(self, ids: dict[str, str]) -> str:
        filled = self.path
        for name, value in ids.items():
            filled = filled.replace(f"{{{name}}}", value)
        assert "{" not in filled, f"Say in this test with what {self} is to be tried."
        return filled


def routes(app) -> list[Tried]:
    return [
        Tried(method, route.path_format, handler.opt.get("may"))
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in sorted(handler.http_methods - {"HEAD", "OPTIONS"})
    ]


with tempfile.TemporaryDirectory() as folder:
    ALL = routes(create_app(Settings(data_dir=Path(folder))))
CONSOLE = [tried for tried in ALL if tried.path.startswith("/console")]
OTHERS = [tried for tried in ALL if not tried.path.startswith("/console")]


async def invite(accounts, login, name, code) -> str:
    at = unit_of(accounts.ground.core, code)
    invited = await accounts.ground.write(
        lambda c: accounts.staff.invite_now(c, login=login, name=name, role=Role.RECORDER, unit=at)
    )
    return invited.invitation.id


def as_officer(account):
    """The same account as one who may plant health records."""
    return dataclasses.replace(account, holdings=(Holding(Role.HEALTH_OFFICER, account.unit),))


def plant_gate(accounts, home, label, number) -> dict[str, str]:
    """A gate of a unit that waits for its device."""
    now = int(accounts.ground.core.clock.now())
    row = {"id": f"{number:016x}", "unit": home, "label": label, "registered_at": now, "sequence": 0}
    accounts.ground.core.database.write_now(lambda connection: connection.execute(sa.insert(gates).values(row)))
    return {"gate": row["id"]}


def plant_sheet(accounts, officer, name, home, number) -> dict[str, str]:
    """A paper sheet of follow-up for a commune."""
    ground = Casework(accounts.ground.core, accounts.audit).ground
    row = {"number": number, "unit": home, "day": ground.today(), "officer": name, "printed_by": officer.id}
    sheet = sa.insert(followup_sheets).values(printed_at=ground.now(), **row)
    accounts.ground.core.database.write_now(lambda connection: connection.execute(sheet))
    return {"sheet": number}


def plant_place(accounts, officer, name, home, landmark) -> dict[str, str]:
    """A place with a door and a notice about it."""
    ground = Casework(accounts.ground.core, accounts.audit).ground
    now = int(ground.core.clock.now())

    def write(connection):
        data = PlaceData(name, home, PlaceKind.SHOP)
        data = checked_place(connection, data, ground.today())
        place = insert_place(ground, connection, officer, data)
        door = connection.execute(sa.select(place_sheets.c.id).where(place_sheets.c.place == place)).scalar_one()
        told = {"place": place, "landmark": landmark, "unit": home, "from_at": now - 3600, "to_at": now}
        owner = {"owner_name": name, "owner_phone": "0912345678", "made_at": now, "made_by": officer.id}
        notice = ground.id()
        connection.execute(sa.insert(place_notices).values(id=notice, **told, **owner))
        return {"place": place, "door": door, "notice": notice}

    return ground.core.database.write_now(write)


def plant_casework(accounts, officer, name, home, seed) -> dict[str, str]:
    """Somebody ill with everything that hangs on them, by the names that addresses have for each."""
    core = accounts.ground.core
    room = Casework(core, accounts.audit)
    dice = random.Random(seed)

    def write(connection):
        ground, today = room.ground, room.ground.today()
        source, exposed = [
            add_person(ground, connection, home, PersonData(name=name, unit=home, note=str(dice.random())))
            for _ in range(2)
        ]
        case, _ = report_case(ground, connection, officer, source, CaseData("confirmed", onset=today))
        now = int(core.clock.now())
        landmark = add_landmark(ground, connection, officer, case, LandmarkData(name, now - 3600, now))
        met = ContactData(today, today, "close", "interview", place=name)
        contact, changes = add_contact(ground, connection, officer, source, exposed, met)
        transfer = tell_communes(ground, connection, officer, changes)[0]
        connection.execute(sa.update(transfers).values(taken_at=None, told_by_name=name))
        undo = remember(ground, connection, officer, "case", {}, rows_of(connection, [source]))
        code = str(uuid.UUID(int=dice.getrandbits(128)))
        issued = {"test_type": "confirmed", "channel": "aloud", "issued_at": now, "issued_by": officer.id}
        connection.execute(sa.insert(case_codes).values(uuid=code, person=source, case=case, unit=home, **issued))
        keep_draft(ground, connection, officer, f"person-{source}", {"name": name})
        return {
            "person": source,
            "case": case,
            "landmark": landmark,
            "contact": contact,
            "transfer": transfer,
            "undo": undo,
            "code": code,
            "form": f"person-{source}",
        }

    return core.database.write_now(write)


def plant_exchange(accounts, officer, name, home) -> dict[str, str]:
    """A list that waits to be put on record, and two records made one."""
    room = Casework(accounts.ground.core, accounts.audit)

    def write(connection):
        ground, entries = room.ground, [Entry(2, name=name, unit=home)]
        listed = keep(ground, connection, officer, ListKind.CONTACTS, name, Said(home), entries)
        one, other = [add_person(ground, connection, home, PersonData(name=name, unit=home)) for _ in range(2)]
        merged, _ = merge(ground, connection, officer, one, other, versions=(1, 1), take=())
        return {"import": listed, "merge": merged}

    return accounts.ground.core.database.write_now(write)


class World:
    """Somebody of a role at one unit, a colleague below them, and a neighbour whom they must not reach."""

    @classmethod
    async def make(cls, accounts, role):
        world = cls()
        world.accounts, world.role = accounts, role
        key = Authenticator()
        neighbour = await join(accounts, "hangxom", "manager", "330", name=MARK)
        options = await accounts.own.passkey_options(await neighbour.session(), HOST)
        neighbour.token = (
            await accounts.own.add_passkey(await neighbour.session(), HOST, key.create(options), MARK)
        ).entered.token
        colleague = await join(accounts, "binh", "recorder", "11950", name="Trần Bình")
        world.me = (await (await join(accounts, "an", role.value, "323")).session()).account
        await join(accounts, "dau", "operator", "33", name="Đỗ Đầu")
        session = await neighbour.session()
        own = await accounts.own.look(session)
        theirs, ours = [
            await invite(accounts, login, name, code)
            for login, name, code in (("hangxom2", MARK, "12280"), ("chi", "Lê Chi", "11950"))
        ]
        world.theirs = {
            "account": session.account.id,
            "unit": "330",
            "invitation": theirs,
            "passkey": own.passkeys[0].id,
            "session": session.id,
            "token": "a-link-that-nobody-has",
            "rest": "nowhere",
        }
        world.theirs |= plant_casework(accounts, as_officer(session.account), MARK, "12280", 1)
        world.theirs |= plant_gate(accounts, "12280", MARK, 1)
        world.theirs |= plant_place(accounts, as_officer(session.account), MARK, "12280", world.theirs["landmark"])
        world.theirs |= plant_sheet(accounts, as_officer(session.account), MARK, "12280", "100001")
        world.theirs |= plant_exchange(accounts, as_officer(session.account), MARK, "12280")
        world.ours = world.theirs | {
            "account": (await colleague.session()).account.id,
            "unit": "11950",
            "invitation": ours,
        }
        world.ours |= plant_casework(accounts, as_officer(world.me), "Lê Chi", "11950", 2)
        world.ours |= plant_gate(accounts, "11950", "Cổng chính", 2)
        world.ours |= plant_place(accounts, as_officer(world.me), "Lê Chi", "11950", world.ours["landmark"])
        world.ours |= plant_sheet(accounts, as_officer(world.me), "Lê Chi", "11950", "100002")
        world.ours |= plant_exchange(accounts, as_officer(world.me), "Lê Chi", "11950")
        return world

    def token(self) -> str:
        """A session of their own for each try, since some end it."""
        ground = self.accounts.ground
        return ground.core.database.write_now(
            lambda connection: ground.begin(connection, self.me.id, Stage.FULL, DEVICE)
        ).token

    def rows_of_the_neighbour(self) -> set[str]:
        ids = {value for name, value in self.theirs.items() if name not in {"token", "rest"}} | {"12280", MARK}

        def read(connection):
            tables = [table for table in metadata.sorted_tables if table.name != "audit_entries"]
            rows = (row for table in tables for row in connection.execute(sa.select(table)))
            return {str(tuple(row)) for row in rows if ids & {value for value in row if isinstance(value, str)}}

        return self.accounts.ground.core.database.read_now(read)

    async def call(self, app, tried, address, **fields):
        token = self.token()
        async with browser(app, token) as page:
            session = await self.accounts.session(token)
            body = fields | {FORM_TOKEN: self.accounts.form_token(session)}
            return await page.client.request(
                tried.method,
                address,
                data=body if tried.method != "GET" else None,
                headers={"Origin": "http://localhost:8787"},
            )


THEIR_FORM = {  # every field that a form may have, with what belongs to the neighbour
    "unit": "330",
    "role": "viewer",
    "login": "moi",
    "name": "Người Mới",
    "q": "hang xom",
    "code": "000000",
}


def test_the_console_has_pages_of_every_kind():
    assert {tried.may for tried in CONSOLE} >= {*Door, *MAY[Role.MANAGER]} - {Action.SEE_FIGURES}
    assert len(CONSOLE) > 30


def test_a_page_that_does_not_say_for_whom_it_is_cannot_be_served(accounts):
    from litestar import get

    @get("/open")
    async def forgotten() -> None: ...

    with pytest.raises(TypeError, match="for whom it is"):
        console_router(accounts, [forgotten], client_address=lambda peer, _forwarded, _proxies: peer)


def test_nobody_gets_in_without_signing_in(play, app):
    async def story(accounts):
        world = await World.make(accounts, Role.OPERATOR)
        before = world.rows_of_the_neighbour()
        for tried in CONSOLE:
            async with browser(app) as page:
                answer = await page.client.request(
                    tried.method,
                    tried.address(world.theirs),
                    data=THEIR_FORM,
                    headers={"Origin": "http://localhost:8787"},
                )
            assert MARK not in answer.text, tried
            if tried.may is not Door.ANYBODY:
                assert answer.status_code == 303, tried
                assert answer.headers["location"].startswith("/console/sign-in"), tried
        assert world.rows_of_the_neighbour() == before

    play(story)


@pytest.mark.parametrize("role", list(Role))
def test_no_role_reaches_a_neighbour(play, app, role):
    async def story(accounts):
        world = await World.make(accounts, role)
        before = world.rows_of_the_neighbour()
        for tried in CONSOLE:
            for ids in (world.theirs, world.ours):
                answer = await world.call(app, tried, tried.address(ids), **THEIR_FORM)
                assert answer.status_code < 500, tried
                assert MARK not in answer.text, tried
                if ids is world.theirs and "{" in tried.path and tried.may is not Door.ANYBODY:
                    assert answer.status_code in {403, 404}, (tried, answer.status_code)
                assert world.rows_of_the_neighbour() == before, tried

    play(story)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_the_pages_of_its_duties_and_no_others(play, app, role):
    async def story(accounts):
        world = await World.make(accounts, role)
        for tried in CONSOLE:
            if tried.method != "GET" or not isinstance(tried.may, Action):
                continue
            answer = await world.call(app, tried, tried.address(world.ours))
            assert answer.status_code == (200 if tried.may in MAY[role] else 403), tried

    play(story)


def test_a_session_opens_nothing_outside_the_console(play, app):
    """Phones and the desk's programs prove themselves otherwise; an official's cookie is worth nothing there."""

    async def story(accounts):
        world = await World.make(accounts, Role.OPERATOR)
        ids = dict.fromkeys(("file_name", "name", "part", "version", "version:int", "uuid", "path", "region"), "1")
        for tried in OTHERS:
            assert tried.may is None, tried
            async with browser(app) as nobody, browser(app, world.token()) as operator:
                answers = [
                    await page.client.request(tried.method, tried.address(ids), headers={"Accept": "application/json"})
                    for page in (nobody, operator)
                ]
            assert answers[0].status_code == answers[1].status_code, tried
            assert MARK not in answers[1].text, tried

    play(story)
