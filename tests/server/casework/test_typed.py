import contextlib
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bluezone.server.casework.typed import (
    NotUnderstood,
    day_text,
    moment_text,
    read_birth_year,
    read_day,
    read_moment,
    read_unit,
    unit_text,
)
from bluezone.server.language import VIETNAM
from bluezone.server.units.service import units_below
from tests.server.casework.support import plant_province

TODAY = date(2020, 8, 3)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("5/7/2020", date(2020, 7, 5)),
        ("05.07.20", date(2020, 7, 5)),
        ("5-7", date(2020, 7, 5)),
        ("3/8", TODAY),
        ("4/8", date(2019, 8, 4)),
        ("29/2", date(2020, 2, 29)),
        ("2020-07-05", date(2020, 7, 5)),
        ("hôm qua", date(2020, 8, 2)),
        ("  Hôm  Nay ", TODAY),
        ("hom kia", date(2020, 8, 1)),
        ("Yesterday", date(2020, 8, 2)),
        ("", None),
    ],
)
def test_days_are_read_as_people_write_them(typed, day):
    assert read_day(typed, TODAY) == day


@pytest.mark.parametrize("typed", ["32/8", "31/4/2020", "5/13", "8", "5/8/2020 7h", "mai", "0/0", "5/8/202", "٥/٨"])
def test_what_is_no_day_is_told(typed):
    with pytest.raises(NotUnderstood) as refused:
        read_day(typed, TODAY)
    assert refused.value.fault == "day_malformed"


@pytest.mark.parametrize(
    ("typed", "hour", "minute", "day"),
    [
        ("7h30 2/8", 7, 30, date(2020, 8, 2)),
        ("2/8 19:05", 19, 5, date(2020, 8, 2)),
        ("hôm qua 19h", 19, 0, date(2020, 8, 2)),
        ("7 giờ 30 1/8/2020", 7, 30, date(2020, 8, 1)),
        ("9g, 2/8", 9, 0, date(2020, 8, 2)),
    ],
)
def test_moments_are_read_in_either_order(typed, hour, minute, day):
    at = datetime.fromtimestamp(read_moment(typed, TODAY), VIETNAM)
    assert (at.hour, at.minute, at.date()) == (hour, minute, day)


@given(st.dates(date(1990, 1, 1), TODAY))
def test_a_day_reads_back_as_it_is_shown(day):
    assert read_day(day_text(day), TODAY) == day
    assert read_day(day.isoformat(), TODAY) == day
    if day > TODAY - timedelta(days=365):
        assert read_day(f"{day.day}/{day.month}", TODAY) == day


@given(st.integers(0, 4_000_000_000))
def test_a_moment_reads_back_as_it_is_shown(at):
    assert read_moment(moment_text(at - at % 60), TODAY) == at - at % 60


@given(st.text() | st.from_regex(r"[0-9/ h:.\-]{0,14}"))
def test_any_text_is_read_or_refused(text):
    for read in (read_day, read_moment, read_birth_year):
        try:
            read(text, TODAY)
        except NotUnderstood:
            continue


def test_years_may_be_ages():
    assert read_birth_year("1985", TODAY) == 1985
    assert read_birth_year("35 tuổi", TODAY) == 1985
    assert read_birth_year("35t", TODAY) == 1985
    with pytest.raises(NotUnderstood):
        read_birth_year("85", TODAY)


def test_communes_are_found_by_name_with_and_without_marks(core):
    plant_province(core)

    def find(text):
        return core.database.read_now(lambda connection: read_unit(connection, text)).code

    assert find("xã Liên Phương") == find("xa lien phuong") == find("LIÊN PHƯƠNG") == find("11974") == "11974"
    assert find("xã Liên Phương (11974)") == find("lien phuong, thành phố Hưng Yên") == "11974"
    assert find("Hưng Yên") == "323"  # of the same name the one further down
    for text, fault in {"": "unit_missing", "xyz": "unit_unknown", "phường": "unit_ambiguous"}.items():
        with pytest.raises(NotUnderstood) as refused:
            find(text)
        assert refused.value.fault == fault
    for unit in core.database.read_now(lambda connection: units_below(connection, "323")):
        assert find(unit_text(unit)) == unit.code


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=40))
def test_any_text_is_a_commune_or_refused(shared_core, text):
    with contextlib.suppress(NotUnderstood):
        assert shared_core.database.read_now(lambda connection: read_unit(connection, text)).code
