"""Notices: made from a landmark, published with the next window among fillers, taken back the same way."""

from dataclasses import replace

import pytest

from bluezone.protocol.notices import LEAST_VALUES, hours_between, notice_value
from bluezone.server.accounts.access import Role
from bluezone.server.accounts.errors import AccessDenied
from bluezone.server.places import notices, register
from bluezone.server.places.errors import NoticeOver, PlaceInvalid
from tests.server.casework.support import officer
from tests.server.places.support import NEIGHBOUR, SCHOOL, add, change, plant_landmark, publish, warn


def expected(core, sheets, *, ago=3, hours=2, over=False):
    begin = core.clock.now() - ago * 3600
    return {
        notice_value(sheet.code.seed, hour, over=over)
        for sheet in sheets
        for hour in hours_between(int(begin), int(begin) + hours * 3600)
    }


@pytest.fixture
def school(core, places, head):
    return add(core, places, head)


@pytest.fixture
def landmark(core, places, me):
    return plant_landmark(core, places, me)


def test_a_notice_tells_the_hours_of_every_sheet_and_fillers_hide_them(core, places, me, school, landmark):
    wanted = expected(core, school.sheets)
    warn(core, places, me, landmark, school.row.id)
    values = publish(core, places)
    assert wanted < values
    assert len(wanted) == 3
    assert len(values) == LEAST_VALUES


def test_who_scanned_an_earlier_sheet_is_warned_too(core, places, head, me, school, landmark):
    change(core, places, head, school.row.id, 1, replace(SCHOOL, address="Chu Mạnh Trinh"))
    wanted = expected(core, school.sheets)
    warn(core, places, me, landmark, school.row.id)
    assert wanted < publish(core, places)


def test_one_door_alone_can_be_warned(core, places, head, me, landmark):
    place = add(core, places, head, replace(SCHOOL, zones=("Căng tin", "Nhà A")))
    canteen, building = place.current
    inside, outside = expected(core, [canteen]), expected(core, [building])
    warn(core, places, me, landmark, place.row.id, zone="Căng tin")
    values = publish(core, places)
    assert inside < values
    assert not outside & values


def test_there_is_a_file_for_every_window_and_none_tells_whether_anybody_was_warned(core, places, me, school, landmark):
    empty = publish(core, places)
    assert len(empty) == LEAST_VALUES
    warn(core, places, me, landmark, school.row.id, from_at=int(core.clock.now()) - 7200, to_at=int(core.clock.now()))
    assert len(publish(core, places)) == len(empty)
    assert len(core.database.read_now(notices.file_names)) == 2


def test_before_the_first_place_there_is_nothing_to_fetch(core, places, me):
    assert publish(core, places) is None


def test_a_notice_is_published_once(core, places, me, school, landmark):
    wanted = expected(core, school.sheets)
    warn(core, places, me, landmark, school.row.id)
    assert wanted < publish(core, places)
    assert not wanted & publish(core, places)


def test_taken_back_in_time_it_was_never_there(core, places, me, school, landmark):
    wanted = expected(core, school.sheets) | expected(core, school.sheets, over=True)
    notice = warn(core, places, me, landmark, school.row.id)
    core.database.write_now(lambda c: notices.take_back(places.ground, c, me, notice))
    assert not wanted & publish(core, places)


def test_taken_back_later_phones_are_told_so(core, places, me, school, landmark):
    over = expected(core, school.sheets, over=True)
    notice = warn(core, places, me, landmark, school.row.id)
    publish(core, places)
    core.database.write_now(lambda c: notices.take_back(places.ground, c, me, notice))
    with pytest.raises(NoticeOver):
        core.database.write_now(lambda c: notices.take_back(places.ground, c, me, notice))
    assert over < publish(core, places)


def test_hours_that_another_notice_tells_stay(core, places, me, school, landmark):
    """The same place was visited by two; only one of the notices is wrong."""
    over = expected(core, school.sheets, over=True)
    shared = expected(core, school.sheets, ago=3, hours=1, over=True)
    now = int(core.clock.now())
    wrong = warn(core, places, me, landmark, school.row.id)
    warn(core, places, me, landmark, school.row.id, from_at=now - 3 * 3600, to_at=now - 2 * 3600)
    publish(core, places)
    core.database.write_now(lambda c: notices.take_back(places.ground, c, me, wrong))
    values = publish(core, places)
    assert over - shared < values
    assert not shared & values


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"place": ""}, "place"),
        ({"zone": "Nhà Z"}, "place"),
        ({"owner_name": " "}, "owner_name"),
        ({"owner_phone": "hotline"}, "owner_phone"),
        ({"to_at": 0}, "to_at"),
        ({"from_at": 1596412800 - 20 * 86400, "to_at": 1596412800 - 20 * 86400 + 60}, "from_at"),
    ],
)
def test_a_notice_needs_a_place_hours_and_an_officer_who_answers(core, places, me, school, landmark, changed, field):
    with pytest.raises(PlaceInvalid) as refused:
        warn(core, places, me, landmark, **({"place": school.row.id} | changed))
    assert field in refused.value.faults


def test_only_who_works_on_the_case_may_warn(core, places, head, me, school, landmark):
    notice = warn(core, places, me, landmark, school.row.id)
    for account in (head, officer(core, role=Role.RECORDER), officer(core, "331", account="d" * 32)):
        with pytest.raises(AccessDenied):
            warn(core, places, account, landmark, school.row.id)
        with pytest.raises(AccessDenied):
            core.database.read_now(lambda c, a=account: notices.find_notice(c, a, notice))
        assert core.database.read_now(lambda c, a=account: notices.list_notices(c, a)) == []


def test_a_neighbours_place_cannot_be_warned_about(core, places, me, landmark):
    there = officer(core, "331", Role.MANAGER, account="c" * 32)
    theirs = add(core, places, there, replace(SCHOOL, unit=NEIGHBOUR))
    with pytest.raises(AccessDenied):
        warn(core, places, me, landmark, theirs.row.id)


def test_the_audit_log_names_the_place_and_never_the_case(core, places, me, school, landmark):
    warn(core, places, me, landmark, school.row.id)
    entries = core.database.read_now(
        lambda c: places.ground.audit.about(c, school.row.id, [school.row.unit, "323"], most=10)
    )
    assert "notice_made" in {entry.event.action for entry in entries}
    assert landmark not in repr(entries)


def test_guessing_finds_nobody(core, places, me, school, landmark):
    """Whoever has no sheet compares 512 random numbers with whatever they like: names, ids, places, all are others."""
    warn(core, places, me, landmark, school.row.id)
    values = publish(core, places)
    begin = int(core.clock.now()) // 3600
    (sheet,) = school.current
    public = [school.row.id.encode(), sheet.short_id.encode(), sheet.code.place_id, sheet.code.server_key]
    guesses = {notice_value(one, hour) for one in public for hour in range(begin - 30, begin)}
    assert not guesses & values


def test_what_is_due_is_destroyed_with_all_that_hangs_on_it(core, places, head, me, school, landmark, clock):
    warn(core, places, me, landmark, school.row.id)
    publish(core, places)
    core.database.write_now(lambda c: register.withdraw_place(places.ground, c, head, school.row.id, 1))
    clock.set(clock.now() + 31 * 86400)

    class Held:
        def check(self, connection):
            pass

    core.database.write_now(lambda c: notices.destroy_due(places.ground, c, Held()))
    assert core.database.read_now(notices.file_names) == []
    assert core.database.read_now(lambda c: notices.list_notices(c, me)) == []
    with pytest.raises(AccessDenied):
        core.database.read_now(lambda c: register.read_place(c, head, school.row.id))
