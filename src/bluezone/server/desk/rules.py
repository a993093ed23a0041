"""How long everything lives, and which days of symptoms and tests are believed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from bluezone.protocol import DAY_SECONDS
from bluezone.protocol.verification import CERTIFICATE_SECONDS, TOKEN_SECONDS
from bluezone.protocol.wire import TEST_RECURSIVE, TEST_TYPES
from bluezone.server.desk.errors import DateInFuture, DateMalformed, DateMissing, DateTooOld, TestTypeUnknown

HOUR_SECONDS = 3600
SHORT_SECONDS = 15 * 60
LONG_SECONDS = 24 * HOUR_SECONDS
CASE_SECONDS = LONG_SECONDS + TOKEN_SECONDS + CERTIFICATE_SECONDS
"""After this nothing that was issued for a case can be used any more."""

OLDEST_DAYS = 14
"""Phones forget what they heard after 14 days."""

VIETNAM = timezone(timedelta(hours=7))  # one zone, no summer time; the desk speaks of its own calendar days

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Test:
    """What the desk reports: one of the protocol's test types and the days that it knows."""

    __test__ = False  # not a test case, whatever its name

    test_type: str
    symptom_date: date | None
    test_date: date | None


def read_test(test_type: str, symptom_date: str | None, test_date: str | None, *, now: float) -> Test:
    """The test as the desk wrote it, believed at the time `now`.

    A confirmed or likely case needs one of the two days; a contact (`recursive`) may have neither.
    Raises TestTypeUnknown, DateMissing, DateMalformed, DateInFuture or DateTooOld.
    """
    if test_type not in TEST_TYPES:
        raise TestTypeUnknown(f"The test type is one of {', '.join(TEST_TYPES)}; correct it.")
    symptom, tested = (
        _read_day("first symptoms", symptom_date, now),
        _read_day("the test", test_date, now),
    )
    if symptom is None and tested is None and test_type != TEST_RECURSIVE:
        raise DateMissing("Give the day of the first symptoms or the day of the test; phones count from it.")
    return Test(test_type, symptom, tested)


def utc_day(now: float) -> int:
    """The number of the UTC day that holds the time `now`."""
    return int(now // DAY_SECONDS)


def utc_date(now: float) -> date:
    """The UTC day that holds the time `now`."""
    return datetime.fromtimestamp(now, UTC).date()


def _read_day(name: str, text: str | None, now: float) -> date | None:
    if text is None or text == "":
        return None
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        day = date.fromisoformat(text)
    except ValueError as error:
        raise DateMalformed(f"The day of {name} must be written as YYYY-MM-DD and exist; correct it.") from error
    age = (datetime.fromtimestamp(now, VIETNAM).date() - day).days
    if age < 0:
        raise DateInFuture(f"The day of {name} lies in the future; correct it.")
    if age > OLDEST_DAYS:
        raise DateTooOld(f"The day of {name} is more than {OLDEST_DAYS} days ago, too long for any phone to remember.")
    return day
