import contextlib
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.server.desk.errors import (
    DateInFuture,
    DateMalformed,
    DateMissing,
    DateTooOld,
    DeskError,
    TestTypeUnknown,
)
from bluezone.server.desk.rules import Test, read_test

START = datetime(2020, 8, 10, 5, 0, tzinfo=UTC).timestamp()  # noon in Vietnam
TODAY = date(2020, 8, 10)


def test_a_case_is_read_with_its_days():
    test = read_test("confirmed", "2020-08-08", "2020-08-10", now=START)
    assert test == Test("confirmed", date(2020, 8, 8), TODAY)


@pytest.mark.parametrize("test_type", ["confirmed", "likely"])
def test_a_case_needs_one_of_the_two_days(test_type):
    with pytest.raises(DateMissing):
        read_test(test_type, None, None, now=START)
    assert read_test(test_type, "", "2020-08-10", now=START).symptom_date is None


def test_a_contact_needs_no_day():
    assert read_test("recursive", None, None, now=START) == Test("recursive", None, None)


@pytest.mark.parametrize("test_type", ["", "negative", "user-report", "Confirmed"])
def test_unknown_test_types_are_refused(test_type):
    with pytest.raises(TestTypeUnknown, match="confirmed, likely, recursive"):
        read_test(test_type, None, "2020-08-10", now=START)


@given(st.integers(-400, 400))
def test_days_from_a_fortnight_ago_until_today_are_believed(age):
    day = TODAY - timedelta(days=age)
    if age < 0:
        with pytest.raises(DateInFuture):
            read_test("confirmed", day.isoformat(), None, now=START)
    elif age > 14:
        with pytest.raises(DateTooOld):
            read_test("confirmed", None, day.isoformat(), now=START)
    else:
        assert read_test("confirmed", day.isoformat(), None, now=START).symptom_date == day


def test_today_is_the_day_in_vietnam_not_in_greenwich():
    one_in_the_morning = datetime(2020, 8, 9, 18, 0, tzinfo=UTC).timestamp()
    assert read_test("confirmed", None, "2020-08-10", now=one_in_the_morning).test_date == TODAY


@pytest.mark.parametrize(
    "text", ["10/08/2020", "2020-8-1", "20200810", "2020-02-30", "2020-W33-1", "yesterday", "２０２０-08-10"]
)
def test_other_spellings_of_a_day_are_refused(text):
    with pytest.raises(DateMalformed, match="YYYY-MM-DD"):
        read_test("confirmed", text, None, now=START)


@given(st.text(), st.text() | st.none(), st.text() | st.none())
def test_nothing_but_desk_errors_comes_of_any_text(test_type, symptom, tested):
    for kind in (test_type, "confirmed"):
        with contextlib.suppress(DeskError):
            read_test(kind, symptom, tested, now=START)
