"""F0, F1 and F2 as a rule of days and meetings."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bluezone.server.casework.levels import Met, Standing, Window, standings
from bluezone.server.casework.terms import Level

DAY = date(2020, 8, 10)


def day(offset):
    return DAY + timedelta(days=offset)


def window(onset=0, isolated=5):
    return Window.of(
        onset=day(onset), test_date=None, reported=DAY, isolated_on=None if isolated is None else day(isolated)
    )


def test_the_window_opens_three_days_before_onset_else_before_the_test_else_before_the_report():
    days = {"onset": day(0), "test_date": day(2), "reported": day(4), "isolated_on": None}
    assert Window.of(**days).opens == day(-3)
    assert Window.of(**days | {"onset": None}).opens == day(-1)
    assert Window.of(**days | {"onset": None, "test_date": None}).opens == day(1)


def test_who_met_a_case_within_the_window_is_f1_and_outside_nothing():
    for offset, inside in ((-4, False), (-3, True), (5, True), (6, False)):
        found = standings({"an": window()}, [Met("an", "binh", day(offset), day(offset))])
        assert ("binh" in found) is inside, offset


def test_a_meeting_over_many_days_is_cut_to_the_window():
    found = standings({"an": window()}, [Met("binh", "an", day(-9), day(9))])
    assert found["binh"] == Standing(Level.F1, day(-3), day(5), "an")


def test_the_latest_of_several_exposures_counts_for_the_days_to_follow():
    met = [Met("an", "chi", day(-1), day(-1)), Met("binh", "chi", day(3), day(3))]
    found = standings({"an": window(), "binh": window(2)}, met)
    assert found["chi"] == Standing(Level.F1, day(-1), day(3), "binh")


def test_who_met_an_f1_before_they_were_exposed_is_no_f2():
    met = [Met("an", "binh", day(1), day(1)), Met("binh", "chi", day(0), day(0)), Met("binh", "dung", day(1), day(2))]
    found = standings({"an": window()}, met)
    assert found["dung"] == Standing(Level.F2, day(1), day(2), "binh")
    assert "chi" not in found


def test_an_f1_who_falls_ill_makes_their_contacts_f1():
    met = [Met("an", "binh", day(0), day(0)), Met("binh", "chi", day(2), day(2))]
    assert standings({"an": window()}, met)["chi"].level is Level.F2
    assert standings({"an": window(), "binh": window(3)}, met)["chi"].level is Level.F1


PEOPLE = st.sampled_from("abcdefgh")
MEETINGS = st.lists(
    st.builds(
        lambda one, other, first, length: Met(one, other, day(first), day(first + length)),
        PEOPLE,
        PEOPLE,
        st.integers(-8, 8),
        st.integers(0, 3),
    ).filter(lambda met: met.one != met.other),
    max_size=20,
)
ILL = st.dictionaries(PEOPLE, st.builds(window, st.integers(-3, 3), st.sampled_from([None, 1, 4])), max_size=3)


@given(ILL, MEETINGS, st.randoms())
def test_neither_the_order_of_meetings_nor_who_named_whom_makes_a_difference(ill, meetings, dice):
    turned = [Met(one.other, one.one, one.first, one.last) if dice.random() < 0.5 else one for one in meetings]
    dice.shuffle(turned)
    assert standings(ill, turned) == standings(ill, meetings)


@given(ILL, MEETINGS)
def test_more_meetings_never_make_anybody_less_exposed(ill, meetings):
    before, after = standings(ill, meetings[:-1]), standings(ill, meetings)
    for person, standing in before.items():
        assert after[person].level <= standing.level
