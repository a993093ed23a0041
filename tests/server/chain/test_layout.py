from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from bluezone.server.chain.draw import Frame, Links, alone, draw
from bluezone.server.chain.layout import CONTACT_ROW, ROW
from bluezone.server.chain.plan import MOST_DOTS, MOST_NAMED, Choice, Detail
from bluezone.server.chain.speech import Naming, Speech
from tests.server.chain.support import (
    CHOICES,
    TODAY,
    laid_out,
    met,
    overlapping,
    scene,
    scenes,
    someone,
    times_shown,
    words_of,
)

LINKS = Links(person=lambda one: f"/console/persons/{one}", opened=lambda one: f"/console/chain?open={one}&detail=dots")
FRAME = Frame("Ai <lây> ai & khi nào", ("một dòng",), "vẽ lúc nào", "Trần Thị Bàn")
NAMED = Choice(Detail.NAMES)


@given(scenes(), CHOICES)
def test_any_graph_is_drawn_with_everybody_once_and_no_label_on_another(shown, choice):
    speech = Speech("vi")
    sections, layout = laid_out(shown, choice, speech)
    assert times_shown(sections, layout) == dict.fromkeys(shown.people, 1)
    assert overlapping(layout) == []
    assert all(box[0] >= 0 and box[2] <= layout.width for box in (label.box for label in layout.labels))
    words_of(draw(layout, speech, links=LINKS))
    words_of(alone(draw(layout, speech, frame=FRAME), fonts=True))


@given(scenes(), CHOICES)
def test_the_order_in_which_records_were_read_makes_no_difference(shown, choice):
    turned = replace(shown, people=dict(reversed(shown.people.items())), meetings=shown.meetings[::-1])
    (_, one), (_, other) = laid_out(shown, choice, Speech("en")), laid_out(turned, choice, Speech("en"))
    assert one.items == other.items


@given(scenes())
def test_without_names_no_name_is_in_the_picture(shown):
    secret = {key: replace(one, name="Lê Bí Mật" * one.reached) for key, one in shown.people.items()}
    speech = Speech("vi", Naming.CODES)
    _, layout = laid_out(replace(shown, people=secret), NAMED, speech)
    assert "Bí Mật" not in alone(draw(layout, speech, frame=FRAME), fonts=False)


def test_names_are_text_and_never_markup():
    name = "<script>&\"' var(--nothing) {0}"
    _, layout = laid_out(scene(someone("1", 0, name=name, onset=TODAY)), NAMED, Speech("vi"))
    svg = draw(layout, Speech("vi"), links=LINKS)
    assert name in words_of(svg)
    assert name in words_of(alone(svg, fonts=True))
    assert "<script" not in svg


def test_people_beyond_reach_have_no_name_and_lead_nowhere():
    people = [someone("1", 0, onset=TODAY), someone("2", 1, met=TODAY, reached=False)]
    _, layout = laid_out(scene(*people, meetings=[met("1", "2")]), NAMED, Speech("vi"))
    svg = draw(layout, Speech("vi"), links=LINKS)
    assert "xã Liên Phương" in words_of(svg)
    assert "/console/persons/1" in svg
    assert "/console/persons/2" not in svg


def test_a_household_is_one_mark_until_it_is_opened():
    home = "a" * 32
    family = [someone(str(number), 1, met=TODAY, household=home) for number in range(2, 6)]
    shown = scene(someone("1", 0, onset=TODAY), *family, meetings=[met("1", one.id) for one in family])
    _, closed = laid_out(shown, NAMED, Speech("vi"))
    assert [mark.kind for mark in closed.marks] == ["f0", "home"]
    assert f"open={home}" in draw(closed, Speech("vi"), links=LINKS)
    _, opened = laid_out(shown, replace(NAMED, opened=frozenset({home})), Speech("vi"))
    assert [mark.kind for mark in opened.marks] == ["f0", "f1", "f1", "f1", "f1"]


def test_many_dots_go_on_below_their_label():
    homes = [f"{number // 3:032x}" for number in range(30)] + [None] * 40
    family = [someone(str(at), 1, met=TODAY, household=home) for at, home in enumerate(homes, start=2)]
    case = someone("1", 0, onset=TODAY, name="Nguyễn Thị Hoàng Phương Uyên Thảo Nguyên Quỳnh")
    shown = scene(case, *family, meetings=[met("1", one.id) for one in family])
    sections, layout = laid_out(shown, Choice(Detail.DOTS), Speech("vi"))
    assert len({mark.y for mark in layout.marks}) > 2
    assert overlapping(layout) == []
    assert times_shown(sections, layout) == dict.fromkeys(shown.people, 1)


def test_contacts_of_contacts_fold_under_their_contact():
    people = [someone("1", 0, onset=TODAY), someone("2", 1, met=TODAY), someone("3", 2, met=TODAY, via="2")]
    shown = scene(*people, meetings=[met("1", "2"), met("2", "3")])
    _, layout = laid_out(shown, replace(NAMED, fold_f2=True), Speech("vi"))
    assert "+ 1 F2" in words_of(draw(layout, Speech("vi")))
    assert layout.folded == 1


def test_generations_stand_from_left_to_right():
    people = [someone(str(n), 0, onset=TODAY - timedelta(days=12 - 4 * n)) for n in range(4)]
    meetings = [met(str(n), str(n + 1), TODAY - timedelta(days=11 - 4 * n)) for n in range(3)]
    _, layout = laid_out(scene(*people, meetings=meetings), NAMED, Speech("vi"))
    assert [mark.people[0] for mark in layout.marks] == ["0", "1", "2", "3"]
    assert [mark.x for mark in layout.marks] == sorted(mark.x for mark in layout.marks)
    assert all(line.x <= line.to_x for line in layout.lines)


@pytest.mark.parametrize(
    ("people", "detail"), [(MOST_NAMED, Detail.NAMES), (500, Detail.DOTS), (MOST_DOTS + 1, Detail.COUNTS)]
)
def test_more_people_are_drawn_smaller(people, detail):
    assert Choice.for_people(people, households=True, opened=frozenset()).detail is detail


def test_a_chain_of_two_thousand_generations_is_drawn():
    people = [someone(str(n), 0, onset=TODAY) for n in range(2000)]
    meetings = [met(str(n), str(n + 1)) for n in range(1999)]
    sections, layout = laid_out(scene(*people, meetings=meetings), Choice(Detail.COUNTS), Speech("vi"))
    assert len(times_shown(sections, layout)) == 2000
    assert layout.height >= 2000 * min(ROW, CONTACT_ROW)


def test_a_file_stands_alone():
    _, layout = laid_out(scene(someone("1", 0, onset=TODAY)), NAMED, Speech("vi"))
    file = alone(draw(layout, Speech("vi"), frame=FRAME), fonts=True)
    assert "var(" not in file
    assert "font/woff2;base64," in file
    assert FRAME.title in words_of(file)
    assert words_of(file).count(FRAME.watermark) >= 1
