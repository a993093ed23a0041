"""Every form of the console, filled in as no page would: taken or refused in a sentence, and nothing invalid stays.

Fields, choices and files are read from the pages themselves, so that a new form is covered as soon as it is there.
"""

from __future__ import annotations

import asyncio
import io
import itertools
from html.parser import HTMLParser

import httpx
import sqlalchemy as sa
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from bluezone.server.accounts.access import Role
from bluezone.server.accounts.console import FORM_TOKEN
from bluezone.server.casework.contacts import contact_faults
from bluezone.server.casework.service import (
    CaseData,
    Casework,
    ContactData,
    Ground,
    PersonData,
    cases,
    checked_case,
    checked_person,
    contacts,
    persons,
    settle_all,
)
from bluezone.server.database import metadata
from bluezone.server.followup.service import followups
from bluezone.server.followup.terms import Result
from tests.server.accounts.browser import ORIGIN, browser
from tests.server.accounts.test_routes import CONSOLE, World, as_officer, plant_casework
from tests.server.casework.forms import forms_of

EXAMPLES = 8  # for each form
NOBODY = "0" * 32
NOWHERE = dict.fromkeys(("sheet", "import"), NOBODY)
"""Ids of what is not planted, for addresses."""

PLAUSIBLE = {
    "name": "Trần Văn Mới", "unit": "11950", "birth_year": "1990", "onset": "1/8", "test_date": "2/8",
    "name_0": "Lê Thị Cúc", "unit_0": "phường Lam Sơn", "first_day_0": "1/8", "place": "Chợ Phố Hiến",
    "first_day": "1/8", "last_day": "2/8", "from_at": "7h00 1/8", "to_at": "8h 1/8",
    "reason": "Diễn tập với số liệu giả.", "temperature": "36,8", "result": "seen",
}  # fmt: skip
"""What somebody types into fields that are empty."""

DEEP = {f"/console/{path}" for path in (
    "cases/new", "cases/{case}", "cases/{case}/landmarks", "persons/{person}/contacts", "persons/{person}/edit",
    "contacts/{contact}", "landmarks/{landmark}", "exchange/import",
)}  # fmt: skip
"""Forms of which some must have been taken, else they were not tried in earnest."""


class Forms(HTMLParser):
    """The forms of pages: by where they go, each field with what it holds and its choices; `files` are fields too."""

    def __init__(self) -> None:
        super().__init__()
        self.actions: dict[str, dict[str, set[str]]] = {}
        self.files: set[str] = set()
        self._form: dict[str, set[str]] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        name = held.get("name", "")
        if tag == "form":
            self._form = self.actions.setdefault(held.get("action", ""), {}) if held.get("method") == "post" else {}
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            self._form.setdefault(self._select, set()).add(held.get("value", ""))
        elif tag in {"input", "textarea", "button"} and name and name != FORM_TOKEN:
            self._form.setdefault(name, set()).add(held.get("value", ""))
            if held.get("type") == "file":
                self.files.add(name)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""


TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ("", "hôm nay", "31/7", "1/8/2020", "32/13/2020", "4/8/2021", "0001-01-01", "-1", "0", "1" * 30, "٣", "38,5",
         "NaN", "=1+1", "<b>", "a\x00b", "\ud7ff", "🦠" * 300, "x" * 5000,
         "0912345678", "+84 912 345 678", "11950", "323",
         "phường Lam Sơn", NOBODY, "confirmed", "seen", "s 37,2")
    ),
)  # fmt: skip


def workbook(rows: list[list[str]]) -> bytes:
    book, held = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(held)
    return held.getvalue()


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12)
FILES = st.one_of(
    st.binary(max_size=200),
    st.lists(st.lists(CELLS, max_size=4), max_size=5).map(workbook),
    st.lists(st.lists(TEXTS, max_size=4), max_size=6).map(
        lambda rows: "\n".join(map(";".join, rows)).encode("utf-8", "replace")
    ),
    st.just(
        "STT,Họ và tên,Năm sinh,Địa chỉ,Ngày tiếp xúc cuối,Tiếp xúc với\n1,Trần A,1990,Lam Sơn,31/7,Lê Chi\n".encode()
    ),
)


def invalid(connection: sa.Connection, ground: Ground) -> list[str]:
    """What is in the tables and would not have been taken."""
    today, found = ground.today(), []

    def rows(one: sa.Table, kind: type) -> list[object]:
        fields = [one.c[name] for name in kind.__dataclass_fields__ if name in one.c]
        return [kind(**row._mapping) for row in connection.execute(sa.select(*fields))]

    found += [str(one) for one in rows(persons, PersonData) if checked_person(connection, one, today) != one]
    found += [str(one) for one in rows(cases, CaseData) if checked_case(one, today) != one]
    met = sa.select(contacts)
    for row in connection.execute(met):
        data = ContactData(row.first_day, row.last_day, row.closeness, row.origin, place=row.place)
        if contact_faults(data, today) or row.source == row.exposed:
            found.append(str(row))
    for row in connection.execute(sa.select(followups)):
        if row.result not in list(Result) or not (row.temperature is None or 330 <= row.temperature <= 430):
            found.append(str(row))
    found += [f"not settled: {change}" for change in settle_all(connection)]
    return found


def test_no_form_fails_and_nothing_invalid_stays(play, app):
    async def story(accounts):
        world = await World.make(accounts, Role.HEALTH_OFFICER)
        return world, await _read_forms(world, app)

    world, (forms, sources) = play(story)
    ground = Casework(world.accounts.ground.core, world.accounts.audit).ground
    before = _of_the_neighbour(world)
    names = sorted({name for fields in forms.actions.values() for name in fields})
    choices = sorted({value for fields in forms.actions.values() for held in fields.values() for value in held})
    ids = sorted({*world.ours.values(), *world.theirs.values()})
    values = st.one_of(TEXTS, st.sampled_from(ids), st.sampled_from(choices))
    taken = set()

    for tried in (one for one in CONSOLE if one.method == "POST"):
        source = sources.get(tried.path)
        own = sorted({name for action, held in forms.actions.items() if _like(tried.path, action) for name in held})
        some = st.sampled_from(own or names) | st.sampled_from(names) | st.text(max_size=10)
        changes = st.dictionaries(some, values | st.none(), max_size=3)
        wanted = forms.files.intersection(own)
        files = st.dictionaries(st.sampled_from(sorted(wanted or forms.files)), FILES, min_size=len(wanted), max_size=1)
        patient = _Patient(world)

        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(changes, files)
        def fill_in(changed, sent):
            note(str(tried))  # noqa: B023 - called within this turn
            answer = asyncio.run(_send(world, app, tried, source, own, patient, changed, sent))  # noqa: B023
            assert answer.status_code < 500
            if answer.status_code < 400:
                taken.add(tried.path)  # noqa: B023

        fill_in()
        assert ground.core.database.read_now(lambda connection: invalid(connection, ground)) == [], tried
    assert _of_the_neighbour(world) == before
    assert taken >= DEEP


def _of_the_neighbour(world) -> set[str]:
    """The rows that are the neighbour's or hang on them; what somebody types as a text is nobody's."""
    ids = {value for name, value in world.theirs.items() if name not in {"unit", "token", "rest", "form"}}

    def read(connection: sa.Connection) -> set[str]:
        found = set()
        for table in metadata.sorted_tables:
            bound = [
                column
                for column in table.c
                if (column.primary_key or column.foreign_keys) and isinstance(column.type, sa.String)
            ]
            if bound and table.name != "audit_entries":
                rows = connection.execute(sa.select(table).where(sa.or_(*(column.in_(ids) for column in bound))))
                found |= {f"{table.name}: {tuple(row)}" for row in rows}
        return found

    return world.accounts.ground.core.database.read_now(read)


def _like(path: str, action: str) -> bool:
    """Whether a form's action is an address of this route."""
    wanted, there = path.split("/"), action.partition("?")[0].split("/")
    return len(wanted) == len(there) and all(a == b or a.startswith("{") for a, b in zip(wanted, there, strict=True))


async def _read_forms(world, app) -> tuple[Forms, dict[str, str]]:
    """All forms, and for each route that takes one the route of a page that has it."""
    forms, sources = Forms(), {}
    posts = [tried.path for tried in CONSOLE if tried.method == "POST"]
    for tried in CONSOLE:
        if tried.method == "GET":
            answer = await world.call(app, tried, tried.address(NOWHERE | world.ours))
            if answer.headers["content-type"].startswith("text/html"):
                forms.feed(answer.text)
                for action in forms_of(answer.text):
                    sources |= {path: tried.path for path in posts if _like(path, action)}
    return forms, sources


_SEEDS = itertools.count(1000)


class _Patient:
    """Somebody on record with everything that forms are about; another one when the form has taken them away."""

    def __init__(self, world) -> None:
        self._world = world
        self.renew()

    def renew(self) -> None:
        world = self._world
        planted = plant_casework(world.accounts, as_officer(world.me), "Lê Chi", "11950", next(_SEEDS))
        self.ids = NOWHERE | world.ours | planted

    def address(self, path: str) -> str:
        for name, value in self.ids.items():
            path = path.replace(f"{{{name}}}", value)
        return path


async def _send(world, app, tried, source, own, patient, changed, files) -> httpx.Response:
    """The page's own form with a few fields changed, left out (None) or added."""
    token = world.token()
    session = await world.accounts.session(token)
    async with browser(app, token) as page:
        shown = await page.client.get(patient.address(source or "/console"))
        if shown.status_code >= 400:
            patient.renew()
            shown = await page.client.get(patient.address(source or "/console"))
        address = patient.address(tried.path)
        forms = {action.partition("?")[0]: held for action, held in forms_of(shown.text).items()}
        form = {name: PLAUSIBLE[name] for name in own if name in PLAUSIBLE}
        form |= {name: value for name, value in forms.get(address, {}).items() if value or name not in form}
        data = {name: value for name, value in (form | changed).items() if value is not None}
        data[FORM_TOKEN] = world.accounts.form_token(session)
        sent = {name: ("a.xlsx" if held[:2] == b"PK" else "a.csv", held) for name, held in files.items()}
        return await page.client.post(address, data=data, files=sent or None, headers={"Origin": ORIGIN})
