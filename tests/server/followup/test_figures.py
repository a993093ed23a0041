"""The five indicators, and what is hidden of few people."""

from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bluezone.server.accounts.access import Account, Holding, Role
from bluezone.server.casework.tables import cases
from bluezone.server.followup.figures import FEWEST, Indicator, Share, _hidden, _sum
from bluezone.server.followup.tables import followups
from tests.server.casework.support import officer, unit_of
from tests.server.followup.support import HIEN_NAM, LAM_SON, NEIGHBOUR, plant
from tests.server.followup.test_lists import TODAY, answer

DAY = 86400
LONG_AGO = 0


def day(ago):
    return TODAY - timedelta(days=ago)


def told(core, follow_up, account, on=TODAY):
    return core.database.read_now(lambda c: follow_up.figures_of(c, account, on))


def shares(found):
    return {one: (share.numerator, share.denominator) for one, share in found.items()}


def put(core, table, rows):
    core.database.write_now(lambda c: c.execute(sa.insert(table), rows))


def case(number, person, *, reported, traced=None, known=False, status="confirmed"):
    return {
        "id": f"{number:032x}", "number": number, "reference": "", "person": person, "status": status, "onset": None,
        "test_date": None, "isolated_on": None, "reported_at": reported, "traced_at": traced, "known_contact": known,
        "outcome": "", "note": "", "version": 1, "created_at": reported, "changed_at": reported, "closed_at": None,
    }  # fmt: skip


def test_cases_count_in_seven_days_by_when_they_were_reported_and_traced(core, clock, follow_up, me):
    now = int(clock.now())
    people = [plant(core, number, level=0) for number in range(7)]
    put(
        core,
        cases,
        [
            case(1, people[0], reported=now - 2 * DAY, traced=now - 2 * DAY + 3600, known=True),
            case(2, people[1], reported=now - 2 * DAY, traced=now - 1, known=True),  # too late
            case(3, people[2], reported=now - 3 * DAY),
            case(4, people[3], reported=now - 3600),  # new, with time left to be traced
            case(5, people[4], reported=now - 9 * DAY, traced=now - 9 * DAY + 1, known=True),  # long ago
            case(6, people[5], reported=now - 2 * DAY, status="discarded"),
            case(7, plant(core, 8, level=0, unit=NEIGHBOUR), reported=now - 2 * DAY),
        ],
    )
    found = told(core, follow_up, me)
    assert shares(found.today)[Indicator.TRACED] == (1, 3)
    assert shares(found.today)[Indicator.KNOWN] == (2, 4)
    assert shares(found.yesterday)[Indicator.TRACED] == (1, 3)
    assert shares(found.yesterday)[Indicator.KNOWN] == (2, 3)
    early = told(core, follow_up, me, day(2))
    assert shares(early.today)[Indicator.TRACED] == (1, 2)


def test_people_count_by_the_days_list(core, follow_up, me):
    steady, missed, lost, late, _first = (
        plant(core, number, last=day(ago), registered=registered, unit=unit)
        for number, ago, registered, unit in (
            (1, 4, LONG_AGO, LAM_SON),
            (2, 4, LONG_AGO, LAM_SON),
            (3, 4, LONG_AGO, HIEN_NAM),
            (4, 4, int(datetime(2020, 8, 1, 20, tzinfo=UTC).timestamp()), LAM_SON),  # already the 2nd in Việt Nam
            (5, 1, LONG_AGO, LAM_SON),
        )
    )
    put(
        core,
        followups,
        [
            *(answer(steady, day(ago), "seen") for ago in (3, 2, 1, 0)),
            *(answer(missed, day(ago), "seen") for ago in (3, 1)),
            answer(missed, day(2), "no_answer"),
            answer(missed, day(0), "symptoms"),
            answer(lost, day(1), "lost"),
            *(answer(late, day(ago), "tested") for ago in (0,)),
        ],
    )
    found = told(core, follow_up, me)
    assert shares(found.today)[Indicator.SEEN] == (3, 4)  # the lost one is not on the list any more
    assert shares(found.yesterday)[Indicator.SEEN] == (2, 4)  # nor was the first one yet
    assert shares(found.today)[Indicator.LOST] == (1, 5)
    # `late` is on record since the 2nd, so that no day before today counts for them; `first` has none at all.
    assert shares(found.today)[Indicator.EVERY_DAY] == (1, 2)
    parts = {part.unit.code: shares(part.today) for part in found.parts}
    assert parts[LAM_SON][Indicator.LOST] == (0, 4)
    assert parts[HIEN_NAM][Indicator.LOST] == (1, 1)


def test_a_new_exposure_starts_the_days_anew(core, follow_up, me):
    again = plant(core, 1, last=day(1), registered=LONG_AGO)
    put(core, followups, [answer(again, day(5), "no_answer"), answer(again, day(1), "lost")])
    found = told(core, follow_up, me)
    assert shares(found.today)[Indicator.SEEN] == (0, 1)
    assert shares(found.today)[Indicator.LOST] == (0, 1)
    assert shares(found.today)[Indicator.EVERY_DAY] == (0, 0)


def test_whoever_sees_no_records_is_told_nothing_of_few_people(core, follow_up, me):
    for number in range(12):
        plant(core, number, last=day(1), unit=LAM_SON)
    for number in range(12, 15):
        plant(core, number, last=day(1), unit=HIEN_NAM)
    viewer = officer(core, role=Role.VIEWER)
    assert not any(share.hidden for share in told(core, follow_up, me).today.values())
    found = told(core, follow_up, viewer)
    assert found.fewest == FEWEST
    assert shares(found.today)[Indicator.SEEN] == (0, 15)
    parts = {part.unit.code: part.today[Indicator.SEEN] for part in found.parts}
    assert parts[HIEN_NAM] == parts[LAM_SON] == Share(hidden=True)
    assert told(core, follow_up, officer(core, HIEN_NAM, Role.VIEWER)).today[Indicator.SEEN] == Share(hidden=True)


def test_an_officer_elsewhere_is_a_viewer_like_others_here(core, follow_up):
    plant(core, 1, last=day(1), unit=LAM_SON)
    district, commune = unit_of(core, "323"), unit_of(core, HIEN_NAM)
    holdings = (Holding(Role.VIEWER, district), Holding(Role.HEALTH_OFFICER, commune))
    both = Account("a" * 32, "an", "An", district, holdings)
    assert told(core, follow_up, both).today[Indicator.SEEN] == Share(hidden=True)


@given(st.lists(st.integers(0, 40), max_size=8), st.integers(0, 12))
def test_what_is_hidden_cannot_be_reckoned(sizes, elsewhere):
    parts = [dict.fromkeys(Indicator, Share(0, size)) for size in sizes]
    whole = _sum([*parts, dict.fromkeys(Indicator, Share(0, elsewhere))])
    shown = _hidden(whole, parts, FEWEST)
    for one in Indicator:
        left = [part[one].denominator for part in shown if not part[one].hidden]
        assert all(size == 0 or size >= FEWEST for size in left)
        rest = whole[one].denominator - sum(left)
        assert rest == 0 or rest >= FEWEST or not any(left)


def test_nobody_at_all_is_no_share(core, follow_up, me):
    found = told(core, follow_up, me, date(2020, 8, 1))
    assert {share.percent for share in (*found.today.values(), *found.yesterday.values())} == {None}
