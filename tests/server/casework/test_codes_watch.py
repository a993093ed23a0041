"""The alarm when far more codes are given out than usual."""

import dataclasses

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from bluezone.protocol import DAY_SECONDS
from bluezone.server.casework.codes import Codes
from bluezone.server.casework.codes_watch import ALWAYS_FINE, alarms, is_unusual, usual
from bluezone.server.casework.tables import case_codes
from bluezone.server.desk import Desk
from bluezone.server.jobs import JobRunner
from bluezone.server.messages import MessagesService
from tests.server.casework.codes_support import patient, rows, told
from tests.server.support import START

DAYS = st.dictionaries(st.integers(-20, 0), st.integers(0, 60), max_size=20)


def test_eleven_are_unusual_where_there_were_none_and_ten_never():
    assert not is_unusual({0: 10}, 0)
    assert is_unusual({0: 11}, 0)
    busy = {-back: 20 for back in range(1, 15)}
    assert not is_unusual(busy | {0: 60}, 0)
    assert is_unusual(busy | {0: 61}, 0)


@given(DAYS)
def test_one_bad_day_among_the_last_14_hardly_moves_what_is_usual(days):
    before = usual(days, 0)
    moved = usual(days | {-3: 10**6}, 0)
    counts = sorted(days.get(-back, 0) for back in range(1, 15))
    assert before <= moved <= counts[7] + (counts[8] - counts[7])


@given(DAYS, st.integers(0, 60))
def test_more_codes_are_never_less_unusual(days, more):
    if is_unusual(days, 0):
        assert is_unusual(days | {0: days[0] + more}, 0)
        assert days[0] > ALWAYS_FINE


@pytest.fixture
def codes(core, casework):
    own = dataclasses.replace(core, registry=CollectorRegistry())  # beside the application's
    return Codes(own, casework, Desk(own), MessagesService(own))


def plant(core, person, unit, count, day=0):
    """Rows of codes that a unit issued some days ago."""
    values = [
        {
            "uuid": f"{unit}-{day}-{number}",
            "person": person,
            "case": None,
            "unit": unit,
            "test_type": "confirmed",
            "channel": "aloud",
            "issued_at": int(START) - day * DAY_SECONDS,
            "issued_by": "",
            "message": None,
            "revoked_at": None,
        }
        for number in range(count)
    ]
    core.database.write_now(lambda c: c.execute(sa.insert(case_codes), values))


def test_the_alarm_is_told_to_those_in_reach_noted_once_a_day_and_measured(play, seat, me, core, clock, codes):
    async def story(casework):
        person = await patient(casework, me)
        for day in range(1, 15):
            plant(core, person, "323", 20, day)
        plant(core, person, "323", 60)
        plant(core, person, "330", 11)
        assert [one.unit for one in core.database.read_now(lambda c: alarms(c, START))] == ["330"]
        plant(core, person, "11950", 12)

        runner = JobRunner(codes.core, codes.jobs())
        for _ in range(2):
            await runner.run_due(runner.jobs[0], even_if_not_due=True)
        audit = casework.ground.audit

        def noted():
            entries = core.database.read_now(lambda c: audit.entries(c, ["/"]))
            return [(one.event.unit, dict(one.event.detail)) for one in entries if one.event.action == "codes_alarm"]

        today = [("330", {"today": "11", "usual": "0"}), ("11950", {"today": "12", "usual": "0"})]
        assert noted() == today
        assert codes.core.registry.get_sample_value("bluezone_codes_alarms") == 2.0

        async with seat() as an:
            await an.get("/console/codes")
            assert "phường Lam Sơn: 12 codes today, 0 on a usual day" in told(an.page)
            assert "Kim Động" not in told(an.page)
            assert "Your units today 72" in told(an.page)

        clock.advance(DAY_SECONDS)
        await runner.run_due(runner.jobs[0], even_if_not_due=True)
        assert codes.core.registry.get_sample_value("bluezone_codes_alarms") == 0.0
        assert noted() == today

    play(story)


def test_codes_that_programs_asked_for_count_for_the_whole_server(play, seat, me, core, codes):
    async def story(casework):
        for _ in range(11):
            await codes.desk.issue("confirmed", test_date="2020-08-02")
        assert rows(core) == []
        async with seat() as an:
            await an.get("/console/codes")
            assert "The whole server: 11 codes today, 0 on a usual day" in told(an.page)
            assert "Whole server today 11" in told(an.page)

    play(story)


def test_a_day_begins_at_seven_in_vietnam_as_the_quota_does(play, me, core, clock):
    async def story(casework):
        person = await patient(casework, me)
        plant(core, person, "323", 11)  # at 17:30 in Vietnam
        clock.advance(13.4 * 3600)
        assert core.database.read_now(lambda c: alarms(c, clock.now()))
        clock.advance(0.2 * 3600)
        assert not core.database.read_now(lambda c: alarms(c, clock.now()))

    play(story)
