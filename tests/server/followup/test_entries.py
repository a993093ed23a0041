"""Entering results, correcting and taking them back, alone and with others."""

import asyncio
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bluezone.server.accounts.access import Role
from bluezone.server.accounts.errors import AccessDenied
from bluezone.server.casework.errors import RecordClosed, UndoImpossible
from bluezone.server.casework.tables import persons
from bluezone.server.followup.entries import Entry, entries_since, find_entry, insert_entries
from bluezone.server.followup.errors import FollowUpChanged, FollowUpDayImpossible, NoteTooLong, ResultUnknown
from bluezone.server.followup.tables import followup_history, followups
from bluezone.server.followup.terms import Result, Source
from tests.server.casework.support import officer
from tests.server.followup.support import LAM_SON, NEIGHBOUR, plant, rows

TODAY = date(2020, 8, 3)
LAST = TODAY - timedelta(days=3)


@pytest.fixture
def person(core, casework):
    return plant(core, 1, last=LAST)


def enter(follow_up, account, entry, version=0):
    return asyncio.run(follow_up.enter(account, entry, version))


def undo(follow_up, account, person, version):
    return asyncio.run(follow_up.undo(account, person, TODAY, version))


def test_a_result_is_kept_with_who_and_when_and_the_record_stays_longer(core, clock, follow_up, me, person):
    clock.advance(3600)
    made = enter(follow_up, me, Entry(person, TODAY, "seen", 368, "  khỏe \n mạnh "))
    assert (made.result, made.temperature, made.note, made.by, made.version) == ("seen", 368, "khỏe mạnh", me.id, 1)
    assert rows(core, persons)[0].changed_at == made.at == int(clock.now())


def test_the_same_again_changes_nothing(core, follow_up, me, person):
    entry = Entry(person, TODAY, "seen")
    assert enter(follow_up, me, entry) == enter(follow_up, me, entry, 0)
    assert rows(core, followup_history) == []


def test_two_officers_at_the_same_person_the_second_sees_what_the_first_entered(core, follow_up, me, person):
    other = officer(core, name="Lê Hai", account="b" * 32)
    enter(follow_up, me, Entry(person, TODAY, "seen"))
    with pytest.raises(FollowUpChanged) as refused:
        enter(follow_up, other, Entry(person, TODAY, "symptoms"))
    assert (refused.value.now.result, refused.value.now.version) == ("seen", 1)
    assert enter(follow_up, other, Entry(person, TODAY, "symptoms"), 1).result == "symptoms"
    with pytest.raises(FollowUpChanged):
        enter(follow_up, me, Entry(person, TODAY, "tested"), 1)
    assert [(row.result, row.version) for row in rows(core, followup_history)] == [("seen", 1)]


def test_of_two_at_the_same_moment_one_is_kept(core, follow_up, me, person):
    other = officer(core, name="Lê Hai", account="b" * 32)

    async def both():
        return await asyncio.gather(
            follow_up.enter(me, Entry(person, TODAY, "seen"), 0),
            follow_up.enter(other, Entry(person, TODAY, "lost"), 0),
            return_exceptions=True,
        )

    first, second = asyncio.run(both())
    refused = [one for one in (first, second) if isinstance(one, FollowUpChanged)]
    assert len(refused) == 1, (first, second)
    assert len(rows(core, followups)) == 1


def test_undo_brings_back_what_was_there_and_somebody_elses_is_not_undone(core, follow_up, me, person):
    other = officer(core, name="Lê Hai", account="b" * 32)
    enter(follow_up, me, Entry(person, TODAY, "seen", 366))
    enter(follow_up, other, Entry(person, TODAY, "symptoms", 385), 1)
    with pytest.raises(UndoImpossible):
        undo(follow_up, me, person, 2)
    with pytest.raises(FollowUpChanged):
        undo(follow_up, other, person, 1)
    left = undo(follow_up, other, person, 2)
    assert (left.result, left.temperature, left.by, left.version) == ("seen", 366, me.id, 3)
    assert undo(follow_up, me, person, 3) is None
    assert rows(core, followups) == []


def test_what_was_taken_back_is_not_there_for_a_later_undo(core, follow_up, me, person):
    enter(follow_up, me, Entry(person, TODAY, "seen"))
    assert undo(follow_up, me, person, 1) is None
    made = enter(follow_up, me, Entry(person, TODAY, "lost"))
    assert made.version == 2
    assert undo(follow_up, me, person, 2) is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(list(Result)) | st.none(), max_size=12))
def test_undo_is_the_way_back_of_every_entry(core, follow_up, me, person, steps):
    """None takes back; a list of what there was says what has to be there."""
    expected: list[str] = []
    for step in steps:
        now = core.database.read_now(lambda c: find_entry(c, person, TODAY))
        version = 0 if now is None else now.version
        if step is not None:
            enter(follow_up, me, Entry(person, TODAY, step), version)
            if not expected or expected[-1] != step:
                expected.append(str(step))
        elif now is not None:
            undo(follow_up, me, person, version)
            expected.pop()
        now = core.database.read_now(lambda c: find_entry(c, person, TODAY))
        assert (now and now.result) == (expected[-1] if expected else None)
    versions = [row.version for row in (*rows(core, followup_history), *rows(core, followups))]
    assert len(versions) == len(set(versions))
    core.database.write_now(lambda c: [c.execute(sa.delete(table)) for table in (followups, followup_history)])


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        ({"result": "well"}, ResultUnknown),
        ({"result": ""}, ResultUnknown),
        ({"day": TODAY + timedelta(days=1)}, FollowUpDayImpossible),
        ({"day": TODAY - timedelta(days=90)}, FollowUpDayImpossible),
        ({"note": "x" * 501}, NoteTooLong),
    ],
)
def test_what_cannot_be_is_refused(core, follow_up, me, person, entry, error):
    with pytest.raises(error):
        enter(follow_up, me, Entry(**({"person": person, "day": TODAY, "result": "seen"} | entry)))
    assert rows(core, followups) == []


def test_the_neighbours_people_are_as_if_they_were_not_there(core, follow_up, me):
    theirs = plant(core, 1, last=LAST, unit=NEIGHBOUR)
    for person in (theirs, "f" * 32, "", "'"):
        with pytest.raises(AccessDenied):
            enter(follow_up, me, Entry(person, TODAY, "seen"))
        with pytest.raises(AccessDenied):
            undo(follow_up, me, person, 1)
        with pytest.raises(AccessDenied):
            asyncio.run(follow_up.assign(me, [person], me.id))
    viewer = officer(core, LAM_SON, Role.VIEWER)
    with pytest.raises(AccessDenied):
        enter(follow_up, viewer, Entry(plant(core, 2, last=LAST), TODAY, "seen"))


def test_a_closed_record_takes_no_result(core, follow_up, me):
    with pytest.raises(RecordClosed):
        enter(follow_up, me, Entry(plant(core, 1, last=LAST, closed=5), TODAY, "seen"))


def test_many_are_put_in_never_over_what_is_there(core, follow_up, me, person):
    plants = [plant(core, number, last=LAST) for number in range(2, 5)]
    enter(follow_up, me, Entry(person, TODAY, "seen"))
    entries = [Entry(person, TODAY, "lost"), *(Entry(one, TODAY, "tested") for one in plants)]

    def put(connection):
        return insert_entries(follow_up.ground, connection, me, entries, source=Source.IMPORT)

    first = core.database.write_now(put)
    assert (first.added, first.same, first.differing) == (3, 0, [entries[0]])
    again = core.database.write_now(put)
    assert (again.added, again.same, again.differing) == (0, 3, [entries[0]])
    since = core.database.read_now(lambda c: list(entries_since(c, persons.c.unit == LAM_SON)))
    assert [row.result for row in since] == ["seen", "tested", "tested", "tested"]
    assert core.database.read_now(lambda c: list(entries_since(c, sa.true(), int(core.clock.now()) + 1))) == []


def test_results_go_with_the_person(core, follow_up, me, person):
    enter(follow_up, me, Entry(person, TODAY, "seen"))
    enter(follow_up, me, Entry(person, TODAY, "lost"), 1)
    core.database.write_now(lambda c: c.execute(sa.delete(persons)))
    assert rows(core, followups) == rows(core, followup_history) == []


def test_the_log_names_nobody_and_tells_no_result(core, follow_up, me, person):
    enter(follow_up, me, Entry(person, TODAY, "symptoms", 391, "ho"))
    [entry] = core.database.read_now(lambda c: follow_up.ground.audit.entries(c, ["/33/323/"]))
    assert (entry.event.action, entry.event.subject, dict(entry.event.detail)) == (
        "followed_up",
        person,
        {"day": "2020-08-03"},
    )
