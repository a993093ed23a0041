"""Who is on a day's list, against the rule said in plain words."""

import asyncio
from datetime import date, timedelta

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bluezone.server.casework.tables import persons
from bluezone.server.followup.lists import MINE, NOBODY, Chosen, due
from bluezone.server.followup.tables import followups
from bluezone.server.followup.terms import Result
from tests.server.casework.support import officer, plant_province
from tests.server.followup.support import HIEN_NAM, LAM_SON, NEIGHBOUR, plant

TODAY = date(2020, 8, 3)
RESULTS = st.sampled_from(list(Result))


def is_due(level, closed, last, answers, day, levels):
    """Followed from the day after the latest exposure for 14 days, until somebody says that it is over."""
    if level not in levels or closed or last is None or not 1 <= (day - last).days <= 14:
        return False
    since = [result for at, result in sorted(answers.items()) if last < at < day]
    return not since or since[-1] not in {"handed_over", "lost", "done"}


PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "level": st.sampled_from([0, 1, 2, None]),
            "closed": st.sampled_from([None, None, 1]),
            "last": st.none() | st.integers(0, 20),
            "answers": st.dictionaries(st.integers(0, 20), RESULTS, max_size=6),
        }
    ),
    max_size=5,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE, levels=st.sampled_from([(1,), (1, 2), (2,)]), back=st.integers(0, 3))
def test_the_list_follows_the_rule(core, people, levels, back):
    day = TODAY - timedelta(days=back)

    def run(connection):
        if not connection.execute(sa.text("SELECT count(*) FROM units")).scalar():
            raise LookupError
        values = []
        expected = set()
        for number, one in enumerate(people):
            key = f"{number:032x}"
            last = None if one["last"] is None else TODAY - timedelta(days=one["last"])
            answers = {TODAY - timedelta(days=ago): str(result) for ago, result in one["answers"].items()}
            connection.execute(sa.insert(persons).values(person_row(key, one["level"], one["closed"], last)))
            values += [answer(key, at, result) for at, result in answers.items()]
            if is_due(one["level"], one["closed"], last, answers, day, levels):
                expected.add(key)
        if values:
            connection.execute(sa.insert(followups), values)
        found = set(connection.execute(sa.select(persons.c.id).where(due(day, levels))).scalars())
        connection.execute(sa.delete(persons))
        assert found == expected

    try:
        core.database.write_now(run)
    except LookupError:
        plant_province(core)
        core.database.write_now(run)


def person_row(key, level, closed, last):
    return {
        "id": key, "name": "A", "sort_key": b"a", "folded": "a", "sex": "", "phone": "", "unit": LAM_SON,
        "address": "", "work": "", "desk": LAM_SON, "note": "", "level": level, "exposed_first": last,
        "exposed_last": last, "version": 1, "created_at": 0, "changed_at": 0, "closed_at": closed,
    }  # fmt: skip


def answer(key, day, result):
    return {
        "person": key, "day": day, "result": result, "temperature": None, "note": "", "by": "", "at": 0,
        "source": "screen", "version": 1, "corrects": None,
    }  # fmt: skip


def names(follow_up, account, **chosen):
    daily = asyncio.run(follow_up.day_list(account, Chosen(**({"day": TODAY} | chosen))))
    assert daily.total == len(daily.people)
    return [one.row.name for one in daily.people]


def test_an_account_sees_the_people_of_its_units_and_filters_them(core, follow_up, me):
    last = TODAY - timedelta(days=3)
    plant(core, 1, last=last, name="Đặng Thị Ánh")
    plant(core, 2, last=last, name="Nguyễn Văn Bình", unit=HIEN_NAM, level=2)
    plant(core, 3, last=last, name="Vũ Hàng Xóm", unit=NEIGHBOUR)
    assert names(follow_up, me) == ["Đặng Thị Ánh", "Nguyễn Văn Bình"]
    assert names(follow_up, officer(core, LAM_SON)) == ["Đặng Thị Ánh"]
    assert names(follow_up, me, unit=HIEN_NAM) == ["Nguyễn Văn Bình"]
    assert names(follow_up, me, level="f1") == ["Đặng Thị Ánh"]
    assert names(follow_up, me, level="f2") == ["Nguyễn Văn Bình"]
    assert names(follow_up, me, officer=NOBODY) == ["Đặng Thị Ánh", "Nguyễn Văn Bình"]
    assert names(follow_up, me, officer=MINE) == []
    assert names(follow_up, me, unit="nowhere") == []
    assert names(follow_up, me, unit="330") == []


def test_who_has_an_answer_comes_last_and_who_feels_ill_is_to_be_called(core, follow_up, me):
    last = TODAY - timedelta(days=3)
    first, second, third = (plant(core, at, last=last, name=name) for at, name in enumerate(["An", "Bình", "Cúc"]))

    def enter(connection):
        connection.execute(sa.insert(followups), [answer(first, TODAY, "seen"), answer(second, TODAY, "symptoms")])
        fever = sa.update(followups).where(followups.c.person == first).values(temperature=380)
        connection.execute(fever)

    core.database.write_now(enter)
    daily = asyncio.run(follow_up.day_list(me, Chosen(TODAY)))
    assert [one.row.id for one in daily.people] == [third, first, second]
    assert {one.row.id for one in daily.alerts} == {first, second}
    assert daily.results == {"seen": 1, "symptoms": 1}
    assert [one.number for one in daily.people] == [3, 3, 3]


def test_a_list_of_a_day_gone_by_keeps_whoever_has_an_answer_of_that_day(core, follow_up, me):
    """Somebody exposed again since, or a case by now, was asked all the same."""
    again = plant(core, 1, last=TODAY, name="Gặp Lại")
    core.database.write_now(
        lambda c: c.execute(sa.insert(followups).values(answer(again, TODAY - timedelta(days=1), "seen")))
    )
    assert names(follow_up, me, day=TODAY - timedelta(days=1)) == ["Gặp Lại"]
    assert names(follow_up, me) == []
