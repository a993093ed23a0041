"""Levels in the database follow every change, and a preview changes nothing."""

import asyncio
from datetime import date

import pytest
import sqlalchemy as sa

from bluezone.server.casework.cases import CaseData, change_case, report_case
from bluezone.server.casework.contacts import ContactData, add_contact, remove_contact
from bluezone.server.casework.errors import PreviewStale
from bluezone.server.casework.people import PersonData, add_person
from bluezone.server.casework.standing import fingerprint, settle_all
from bluezone.server.casework.tables import contacts, persons, transfers
from bluezone.server.casework.terms import Level
from tests.server.casework.support import make, outbreak

DAY = date(2020, 8, 2)


def levels(core):
    def read(connection):
        return {row.name: row.level for row in connection.execute(sa.select(persons))}

    return core.database.read_now(read)


async def people(casework, *names, unit="11950"):
    return [await casework.write(add_person, "323", PersonData(name=name, unit=unit)) for name in names]


def met(first=DAY, last=DAY):
    return ContactData(first_day=first, last_day=last, closeness="close", origin="interview")


def ill(onset=DAY, **more):
    return CaseData(status="confirmed", onset=onset, **more)


def test_a_contact_who_falls_ill_moves_everybody_one_step(play, core, me):
    async def story(casework):
        an, binh, chi = await people(casework, "An", "Binh", "Chi")
        await make(casework, me, lambda g, c, a: report_case(g, c, a, an, ill()))
        await make(casework, me, lambda g, c, a: add_contact(g, c, a, an, binh, met()))
        await make(casework, me, lambda g, c, a: add_contact(g, c, a, binh, chi, met()))
        assert levels(core) == {"An": 0, "Binh": 1, "Chi": 2}

        changes = await casework.preview(me, lambda g, c, a: report_case(g, c, a, binh, ill()))
        assert [(one.name, one.before, one.after) for one in changes] == [
            ("Binh", Level.F1, Level.F0),
            ("Chi", Level.F2, Level.F1),
        ]
        assert levels(core) == {"An": 0, "Binh": 1, "Chi": 2}

        seen = fingerprint(changes)
        await make(casework, me, lambda g, c, a: report_case(g, c, a, binh, ill()), seen=seen)
        assert levels(core) == {"An": 0, "Binh": 0, "Chi": 1}
        told = core.database.read_now(lambda c: c.execute(sa.select(transfers)).all())
        assert [(row.level_before, row.level_after) for row in told if row.person == chi] == [(None, 2), (2, 1)]

    play(story)


def test_what_was_shown_and_is_not_so_any_more_is_not_done(play, core, me):
    async def story(casework):
        an, binh, chi = await people(casework, "An", "Binh", "Chi")
        await make(casework, me, lambda g, c, a: add_contact(g, c, a, an, binh, met()))
        seen = fingerprint(await casework.preview(me, lambda g, c, a: report_case(g, c, a, an, ill())))
        await make(casework, me, lambda g, c, a: add_contact(g, c, a, binh, chi, met()))
        with pytest.raises(PreviewStale) as stale:
            await make(casework, me, lambda g, c, a: report_case(g, c, a, an, ill()), seen=seen)
        assert [one.name for one in stale.value.changes] == ["An", "Binh", "Chi"]
        assert levels(core) == {"An": None, "Binh": None, "Chi": None}

    play(story)


def test_taking_a_contact_back_and_correcting_days_take_levels_back(play, core, me):
    async def story(casework):
        an, binh = await people(casework, "An", "Binh")
        case, _ = await make(casework, me, lambda g, c, a: report_case(g, c, a, an, ill()))
        contact, _ = await make(casework, me, lambda g, c, a: add_contact(g, c, a, an, binh, met()))
        assert levels(core)["Binh"] == 1
        await make(
            casework,
            me,
            lambda g, c, a: change_case(g, c, a, case, 1, ill(date(2020, 7, 20), isolated_on=date(2020, 7, 25))),
        )
        assert levels(core)["Binh"] is None
        await make(casework, me, lambda g, c, a: change_case(g, c, a, case, 2, ill()))
        assert levels(core)["Binh"] == 1
        await make(casework, me, lambda g, c, a: remove_contact(g, c, a, contact, 1))
        assert levels(core)["Binh"] is None

    play(story)


def test_step_by_step_and_all_at_once_agree(casework, core, me):
    found = outbreak(core, ill=12, exposed_each=5, beyond_each=3)

    def removed_one_by_one(connection):
        for row in connection.execute(sa.select(contacts).order_by(contacts.c.id).limit(25)).all():
            remove_contact(casework.ground, connection, me, row.id, 1)
        by_steps = connection.execute(sa.select(persons.c.id, persons.c.level, persons.c.exposed_last)).all()
        assert settle_all(connection) == []
        assert connection.execute(sa.select(persons.c.id, persons.c.level, persons.c.exposed_last)).all() == by_steps

    assert {0, 1, 2} <= set(levels(core).values())
    assert len(found.others) > 60
    core.database.write_now(removed_one_by_one)


def test_a_case_and_a_contact_that_are_reported_at_once_are_both_counted(play, core, me):
    """Neither touches the other's people, and yet the level of the third comes from both."""

    async def story(casework):
        threes = [await people(casework, *(f"{name} {at:02}" for name in ("An", "Binh", "Chi"))) for at in range(8)]
        for an, binh, _ in threes:
            await make(casework, me, lambda g, c, a, an=an, binh=binh: add_contact(g, c, a, an, binh, met()))
        cases = [make(casework, me, lambda g, c, a, an=an: report_case(g, c, a, an, ill())) for an, _, _ in threes]
        meetings = [
            make(casework, me, lambda g, c, a, binh=binh, chi=chi: add_contact(g, c, a, binh, chi, met()))
            for _, binh, chi in threes
        ]
        await asyncio.gather(*(one for both in zip(cases, meetings, strict=True) for one in both))
        assert set(levels(core).items()) >= {
            (f"{name} {at:02}", level) for at in range(8) for name, level in (("An", 0), ("Binh", 1), ("Chi", 2))
        }

    play(story)
