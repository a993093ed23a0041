"""Undo: whatever an officer did, undoing it leaves everything as it was, levels included."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bluezone.server.accounts.errors import AccessDenied
from bluezone.server.casework import cases as work
from bluezone.server.casework import contacts as meeting
from bluezone.server.casework import people as keeping
from bluezone.server.casework.errors import UndoImpossible
from bluezone.server.casework.journal import rows_of
from bluezone.server.casework.service import (
    CaseData,
    ContactData,
    LandmarkData,
    Outcome,
    PersonData,
    cases,
    contacts,
    persons,
    settle_all,
    transfers,
)
from tests.server.accounts.support import join
from tests.server.casework.support import outbreak


@pytest.fixture
def an(casework, accounts):
    """An officer with an account."""

    async def story():
        return (await (await join(accounts, "an", "health_officer", "323")).session()).account

    return asyncio.run(story())


def everything(core):
    """All rows of casework but for their versions and when they were changed."""

    def read(connection):
        people = connection.execute(sa.select(persons.c.id)).scalars().all()
        return {
            key: {name: value for name, value in row.items() if name not in {"version", "changed_at"}}
            for key, row in rows_of(connection, people).items()
        }

    return core.database.read_now(read)


def some_change(draw, core, ground, everybody):
    """What an officer may do next: whose records it touches, and the change."""
    person = draw(st.sampled_from(everybody))
    day = ground.today() - timedelta(days=draw(st.integers(0, 9)))
    kind = draw(
        st.sampled_from(["report", "case", "close", "meet", "meet new", "part", "record", "landmark", "officer"])
    )
    other = draw(st.sampled_from(everybody))
    edges = sa.select(contacts.c.exposed).where(contacts.c.source == person)
    people = [person, other, *core.database.read_now(lambda c: c.execute(edges).scalars().all())]

    def change(ground, connection, account):
        open_case = sa.select(cases).where(cases.c.person == person, cases.c.closed_at.is_(None))
        case = connection.execute(open_case).first()
        edge = connection.execute(sa.select(contacts).where(contacts.c.source == person)).first()
        row = keeping.find_person(connection, account, "cases.work", person)
        met = ContactData(day, day, "close", "interview")
        if kind == "report" and case is None:
            return work.report_case(ground, connection, account, person, CaseData("confirmed", onset=day))
        if kind == "case" and case is not None:
            data = CaseData("discarded" if day.day % 2 else "clinical", onset=day, isolated_on=ground.today())
            return work.change_case(ground, connection, account, case.id, case.version, data)
        if kind == "close" and case is not None:
            return work.close_case(ground, connection, account, case.id, case.version, Outcome.NO_CASE)
        if kind == "meet" and other != person:
            return meeting.add_contact(ground, connection, account, person, other, met)
        if kind == "meet new":
            added = keeping.add_person(ground, connection, "323", PersonData(name="Người Mới", unit="11950"))
            people.append(added)
            return meeting.add_contact(ground, connection, account, person, added, met)
        if kind == "part" and edge is not None:
            return meeting.remove_contact(ground, connection, account, edge.id, edge.version)
        if kind == "landmark" and case is not None:
            work.add_landmark(ground, connection, account, case.id, LandmarkData("Chợ", 10, 20))
        elif kind == "officer":
            keeping.assign_officer(ground, connection, account, [person], account.id)
        else:
            data = PersonData(name="Tên Khác", unit="11953", phone="0900000000")
            keeping.change_person(ground, connection, account, person, row.version, data)
        return []

    return people, change


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_undoing_a_change_leaves_everything_as_it_was(core, casework, an, data):
    everybody = sorted(row for table, row in everything(core) if table == "persons")
    if not everybody:
        found = outbreak(core, ill=4, exposed_each=3)
        everybody = sorted(found.ill + found.others)
    before = everything(core)

    async def story():
        people, change = some_change(data.draw, core, casework.ground, everybody)
        made = await casework.make(an, "case", people, change)
        if made.undo is None:
            return
        assert everything(core) != before
        await casework.undo(an, made.undo)

    asyncio.run(story())
    assert everything(core) == before
    assert core.database.write_now(settle_all) == []


def test_changes_are_undone_latest_first(core, casework, an):
    found = outbreak(core, ill=2, exposed_each=2)

    def named(name):
        def change(ground, connection, account):
            row = keeping.find_person(connection, account, "cases.work", found.ill[0])
            data = PersonData(name=name, unit="11950")
            keeping.change_person(ground, connection, account, found.ill[0], row.version, data)
            return []

        return change

    async def story():
        first = await casework.make(an, "person-changed", [found.ill[0]], named("Tên Một"))
        before = everything(core)
        second = await casework.make(an, "person-changed", [found.ill[0]], named("Tên Hai"))
        with pytest.raises(UndoImpossible):
            await casework.undo(an, first.undo)
        await casework.undo(an, second.undo)
        assert everything(core) == before
        with pytest.raises(AccessDenied):
            await casework.undo(an, second.undo)

    asyncio.run(story())


def test_what_was_told_to_communes_is_taken_back_unless_they_took_over(core, casework, an):
    found = outbreak(core, ill=1, exposed_each=1, beyond_each=0)
    day = casework.ground.today()

    def meet(ground, connection, account):
        added = keeping.add_person(ground, connection, "323", PersonData(name="Người Mới", unit="12280"))
        people.append(added)
        met = ContactData(day - timedelta(days=14), day, "close", "interview")
        return meeting.add_contact(ground, connection, account, found.ill[0], added, met)

    def told():
        return core.database.read_now(lambda c: c.execute(sa.select(transfers)).all())

    async def story():
        made = await casework.make(an, "contacts", people, meet)
        assert [row.unit for row in told()] == ["12280"]
        await casework.undo(an, made.undo)
        assert told() == []
        made = await casework.make(an, "contacts", people, meet)
        core.database.write_now(lambda c: c.execute(sa.update(transfers).values(taken_at=1)))
        with pytest.raises(UndoImpossible):
            await casework.undo(an, made.undo)

    people = [found.ill[0]]
    asyncio.run(story())


def test_a_person_to_whom_something_was_added_does_not_vanish(core, casework, an):
    """Not even when it is another room's: whatever would be deleted along with them."""
    found = outbreak(core, ill=1, exposed_each=1, beyond_each=0)
    people = [found.ill[0]]
    day = casework.ground.today()

    def meet(ground, connection, account):
        added = keeping.add_person(ground, connection, "323", PersonData(name="Người Mới", unit="11950"))
        people.append(added)
        met = ContactData(day, day, "close", "interview")
        return added, meeting.add_contact(ground, connection, account, found.ill[0], added, met)[1]

    async def story():
        made = await casework.make(an, "contacts", people, meet)
        await casework.write(
            lambda ground, c: meeting.add_contact(
                ground, c, an, made.result[0], found.others[0], ContactData(day, day, "close", "interview")
            )
        )
        with pytest.raises(UndoImpossible):
            await casework.undo(an, made.undo)

    asyncio.run(story())
