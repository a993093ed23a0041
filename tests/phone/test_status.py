from __future__ import annotations

import pytest

from bluezone.clock import FixedClock
from bluezone.phone import Fault, FaultName, StatusLevel
from bluezone.phone.faults import Faults
from bluezone.phone.status import exposures, overall_level
from bluezone.phone.store import Store
from bluezone.protocol import ReportType
from bluezone.risk import PROFILES, Closeness, ExposureWindow, Infectiousness, ScanInstance, assess
from tests.phone.conftest import START

FAULT = [Fault(FaultName.RADIO_GONE, START, "The radio is gone.")]


def window(attenuation: int, minutes: int, report_type: ReportType, day: int = int(START)) -> ExposureWindow:
    scans = tuple(ScanInstance(attenuation, attenuation, 300) for _ in range(minutes // 5))
    return ExposureWindow(day, report_type, Infectiousness.HIGH, 0, scans)


def heard(*windows: ExposureWindow):
    return assess(windows, PROFILES["bluezone"], today=START)


CASE = heard(window(45, 30, ReportType.CONFIRMED_TEST))
CONTACT = heard(window(45, 30, ReportType.RECURSIVE))
NOBODY = heard()


@pytest.mark.parametrize(
    ("assessment", "published", "faults", "level"),
    [
        (NOBODY, [], [], StatusLevel.SAFE),
        (None, [], [], StatusLevel.SAFE),
        (NOBODY, [], FAULT, StatusLevel.NOT_PROTECTING),
        (CONTACT, [], FAULT, StatusLevel.F2),
        (CONTACT, [], [], StatusLevel.F2),
        (CASE, [], FAULT, StatusLevel.F1),
        (NOBODY, ["recursive"], FAULT, StatusLevel.F1),
        (CONTACT, ["recursive"], [], StatusLevel.F1),
        (CASE, ["recursive", "confirmed"], [], StatusLevel.F0),
        (NOBODY, ["likely"], FAULT, StatusLevel.F0),
    ],
)
def test_the_gravest_level_is_said_and_a_fault_only_instead_of_safe(assessment, published, faults, level) -> None:
    assert overall_level(assessment, published, faults) is level


def test_days_are_listed_without_telling_people_apart() -> None:
    near, far = window(45, 30, ReportType.CONFIRMED_TEST), window(90, 30, ReportType.CONFIRMED_TEST)
    later = window(45, 30, ReportType.RECURSIVE, int(START) + 86400)
    by_key = [[near], [far], [later]]
    days = exposures(heard(near, far, later), by_key)
    assert [(day.day.isoformat(), day.closeness, day.level) for day in days] == [
        ("2020-08-03", Closeness.NEAR, StatusLevel.F1),
        ("2020-08-04", Closeness.NEAR, StatusLevel.F2),
    ]


def test_gravest_fault_comes_first_and_keeps_its_beginning(store: Store) -> None:
    clock = FixedClock(START)
    faults = Faults(store, clock, keep_days=14)
    faults.begin(FaultName.SERVER_UNREACHABLE, "a")
    clock.advance(60)
    faults.begin(FaultName.RADIO_GONE, "b")
    faults.begin(FaultName.SERVER_UNREACHABLE, "c")
    assert [(fault.name, fault.since) for fault in faults.current()] == [
        (FaultName.RADIO_GONE, START + 60),
        (FaultName.SERVER_UNREACHABLE, START),
    ]
    faults.end(FaultName.RADIO_GONE)
    assert [fault.name for fault in faults.current()] == [FaultName.SERVER_UNREACHABLE]


def test_faults_are_remembered_with_their_end_and_a_kill_ends_them(store: Store) -> None:
    clock = FixedClock(START)
    faults = Faults(store, clock, keep_days=14)
    faults.begin(FaultName.RADIO_GONE, "a")
    clock.advance(60)
    faults.end(FaultName.RADIO_GONE)
    faults.begin(FaultName.CLOCK_WRONG, "b")
    clock.advance(60)
    assert Faults(store, clock, keep_days=14).current() == []
    rows = store.rows("SELECT name, since, until FROM faults ORDER BY id")
    assert rows == [("radio_gone", START, START + 60), ("clock_wrong", START + 60, START + 120)]
