from datetime import date, timedelta

from hypothesis import given

from bluezone.server.casework.service import WATCH_DAYS, Level
from bluezone.server.chain.draw import Links
from bluezone.server.chain.speech import Speech
from bluezone.server.chain.timeline import MOST_LANES, By, count_days, draw_timeline, lanes
from tests.server.chain.support import TODAY, scene, scenes, someone, words_of

LINKS = Links(person=lambda one: f"/console/persons/{one}", opened=lambda one: one)


def test_cases_are_counted_by_the_day_that_is_asked_for():
    people = [someone("1", 0, onset=date(2020, 8, 1)), someone("2", 0, onset=date(2020, 8, 1))]
    assert count_days(people, By.ONSET).counts[Level.F0] == {date(2020, 8, 1): 2}
    tested = count_days(people, By.TEST)
    assert (tested.counts[Level.F0], tested.without) == ({}, 2)


def test_contacts_are_counted_by_their_latest_exposure():
    assert count_days([someone("1", 1, met=TODAY)], By.ONSET).counts[Level.F1] == {TODAY: 1}


def test_too_many_people_leave_lanes_to_cases():
    contacts = [someone(f"k{number}", 1, met=TODAY) for number in range(MOST_LANES + 1)]
    assert [one.id for one in lanes(scene(someone("1", 0, onset=TODAY), *contacts))] == ["1"]


def test_the_days_of_following_are_in_the_picture():
    until = TODAY + timedelta(days=WATCH_DAYS)
    svg = draw_timeline(scene(someone("1", 1, met=TODAY)), By.ONSET, Speech("vi"), TODAY)
    assert f"{until.day - 1}/{until.month}" in words_of(svg) or f"{until.day}/{until.month}" in words_of(svg)


@given(scenes())
def test_any_people_are_drawn(shown):
    for by in By:
        assert words_of(draw_timeline(shown, by, Speech("en"), TODAY, links=LINKS))
