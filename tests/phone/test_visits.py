from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bluezone.clock import FixedClock
from bluezone.phone import Phone, VisitTimesWrong, VisitUnknown
from bluezone.protocol.place import PlaceCode, PlaceKind
from bluezone.protocol.scan_errors import PlaceCodeEarly, PlaceCodeExpired
from bluezone.randomness import SeededRandomness
from tests.phone.conftest import START

MINUTES = 60.0
DAY = 86400.0
SCHOOL = PlaceCode(
    name="Trường THPT Hưng Yên",
    address="Quang Trung, TP Hưng Yên",
    unit="11983",
    kind=PlaceKind.SCHOOL,
    valid_from=date(2020, 8, 1),
    valid_until=date(2020, 8, 31),
    default_stay_minutes=120,
    seed=bytes(16),
    server_key=bytes(32),
    issued=date(2020, 8, 1),
)
MARKET = replace(SCHOOL, name="Chợ Phố Hiến", kind=PlaceKind.MARKET, default_stay_minutes=30)


@pytest.fixture
def phone(clock: FixedClock) -> Phone:
    return Phone(":memory:", object(), clock, SeededRandomness("visits"), None)  # type: ignore[arg-type]


def test_visit_lasts_until_its_owner_leaves(phone: Phone, clock: FixedClock) -> None:
    visit = phone.check_in(SCHOOL)
    assert (visit.place, visit.started_at, visit.ended_at) == (SCHOOL, START, None)
    assert visit.leaves_at == START + 120 * MINUTES
    clock.advance(20 * MINUTES)
    ended = phone.check_out(visit.id)
    assert (ended.ended_at, ended.automatic) == (START + 20 * MINUTES, False)
    assert phone.visits() == [ended]


def test_visit_that_nobody_ends_ends_by_itself_after_the_default_stay(phone: Phone, clock: FixedClock) -> None:
    visit = phone.check_in(SCHOOL)
    clock.advance(120 * MINUTES - 1)
    assert phone.visit(visit.id).ended_at is None
    clock.advance(1)
    ended = phone.visit(visit.id)
    assert (ended.ended_at, ended.automatic) == (START + 120 * MINUTES, True)


def test_same_place_scanned_twice_is_one_visit(phone: Phone, clock: FixedClock) -> None:
    first = phone.check_in(SCHOOL)
    clock.advance(10 * MINUTES)
    assert phone.check_in(SCHOOL).id == first.id
    clock.advance(120 * MINUTES)
    assert phone.check_in(SCHOOL).id != first.id


def test_next_place_ends_the_visit_before(phone: Phone, clock: FixedClock) -> None:
    first = phone.check_in(SCHOOL)
    clock.advance(10 * MINUTES)
    second = phone.check_in(MARKET)
    assert phone.visit(first.id).ended_at == START + 10 * MINUTES
    assert [visit.id for visit in phone.visits()] == [second.id, first.id]


def test_times_can_be_corrected(phone: Phone, clock: FixedClock) -> None:
    visit = phone.check_in(SCHOOL)
    clock.advance(DAY)
    edited = phone.edit_visit(visit.id, started_at=START + 5 * MINUTES, ended_at=START + 65 * MINUTES)
    assert (edited.started_at, edited.ended_at, edited.automatic) == (START + 300, START + 65 * MINUTES, False)
    again = phone.edit_visit(visit.id, started_at=START, ended_at=None)
    assert again.automatic


@pytest.mark.parametrize(
    ("started_at", "ended_at"),
    [
        (START + DAY + 120, None),
        (START - 14 * DAY, None),
        (START, START),
        (START, START - 60),
        (START, START + DAY + 1),
    ],
)
def test_impossible_times_are_refused_and_change_nothing(
    phone: Phone, clock: FixedClock, started_at: float, ended_at: float | None
) -> None:
    visit = phone.check_in(SCHOOL)
    clock.advance(DAY)
    before = phone.visit(visit.id)
    with pytest.raises(VisitTimesWrong):
        phone.edit_visit(visit.id, started_at=started_at, ended_at=ended_at)
    assert phone.visit(visit.id) == before


def test_code_counts_on_the_owners_days_alone(phone: Phone) -> None:
    with pytest.raises(PlaceCodeEarly):
        phone.check_in(replace(SCHOOL, valid_from=date(2020, 8, 4)))
    with pytest.raises(PlaceCodeExpired):
        phone.check_in(replace(SCHOOL, valid_until=date(2020, 8, 2)))
    assert phone.visits() == []


def test_deleted_visit_is_gone(phone: Phone) -> None:
    visit = phone.check_in(SCHOOL)
    phone.delete_visit(visit.id)
    assert phone.visits() == []
    for action in (phone.visit, phone.check_out, phone.delete_visit):
        with pytest.raises(VisitUnknown):
            action(visit.id)


def test_visit_is_destroyed_two_weeks_after_its_end(phone: Phone, clock: FixedClock) -> None:
    visit = phone.check_in(SCHOOL)
    clock.advance(30 * MINUTES)
    ended = phone.check_out(visit.id)
    assert ended.destroy_at == START + 30 * MINUTES + 14 * DAY
    phone._store.destroy_due(ended.destroy_at - 1)
    assert phone.visits() == [ended]
    phone._store.destroy_due(ended.destroy_at)
    assert phone.visits() == []


def test_diary_counts_places_by_day(phone: Phone, clock: FixedClock) -> None:
    phone.check_in(SCHOOL)
    clock.advance(3600)
    phone.check_in(MARKET)
    clock.advance(DAY)
    phone.check_in(MARKET)
    assert [day.visits for day in phone.diary()[:3]] == [1, 2, 0]
