"""Scenes of any shape, and what a picture must hold of them."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import combinations

from defusedxml.ElementTree import fromstring
from hypothesis import strategies as st

from bluezone.server.casework.service import Closeness, Origin
from bluezone.server.chain.forest import plant
from bluezone.server.chain.layout import lay_out
from bluezone.server.chain.plan import Choice, Detail, plan
from bluezone.server.chain.scene import Illness, Meeting, Scene, Someone

TODAY = date(2020, 8, 13)
DAYS = st.dates(TODAY - timedelta(days=40), TODAY)
NAMES = st.text(st.characters(codec="utf-8", categories=["L", "M", "N", "P", "S", "Zs"]), min_size=1, max_size=80)


def ill(number, onset, isolated=None, *, reference=""):
    return Illness(
        f"case{number}", number, reference, onset, None, onset, isolated, onset - timedelta(days=3), isolated
    )


def someone(key, level=None, *, name="Nguyễn Văn An", onset=None, met=None, via=None, household=None, reached=True):
    illness = ill(int(key) if key.isdigit() else 1, onset) if onset else None
    return Someone(key, level, name if reached else "", "xã Liên Phương", reached, household, via, met, met, illness)


def met(source, exposed, first=TODAY, *, closeness=Closeness.CLOSE, origin=Origin.INTERVIEW):
    return Meeting(source, exposed, first, first, closeness, origin, True)


def scene(*people, meetings=()):
    return Scene({one.id: one for one in people}, tuple(meetings))


@st.composite
def scenes(draw):
    """Anybody with any level, days or none, and meetings in circles, with oneself, twice, against time."""
    count = draw(st.integers(0, 16))
    keys = [f"{number:032x}" for number in range(count)]
    people = {}
    for number, key in enumerate(keys):
        level = draw(st.sampled_from([0, 0, 1, 1, 1, 2, None]))
        reached = draw(st.booleans())
        onset = draw(st.none() | DAYS) if level == 0 and reached else None
        people[key] = Someone(
            id=key,
            level=level,
            name=draw(NAMES) if reached else "",
            place=draw(NAMES),
            reached=reached,
            household=draw(st.sampled_from([None, "a" * 32, "b" * 32])) if reached else None,
            via=draw(st.none() | st.sampled_from(keys)),
            exposed_first=draw(st.none() | DAYS) if level else None,
            exposed_last=draw(st.none() | DAYS) if level else None,
            illness=ill(number, onset, draw(st.none() | DAYS), reference=draw(st.sampled_from(["", 'BN<1>&"'])))
            if onset
            else None,
        )
    meeting = st.builds(
        Meeting,
        source=st.sampled_from(keys or [""]),
        exposed=st.sampled_from(keys or [""]),
        first=DAYS,
        last=DAYS,
        closeness=st.sampled_from(list(Closeness)),
        origin=st.sampled_from(list(Origin)),
        confirmed=st.booleans(),
    )
    return Scene(people, tuple(draw(st.lists(meeting, max_size=40))) if keys else (), draw(st.booleans()))


CHOICES = st.builds(
    Choice,
    detail=st.sampled_from(list(Detail)),
    fold_f2=st.booleans(),
    households=st.booleans(),
    opened=st.frozensets(st.sampled_from([f"{number:032x}" for number in range(16)] + ["a" * 32]), max_size=3),
)


def laid_out(shown, choice, speech, today=TODAY):
    forest = plant(shown)
    sections = plan(forest, choice)
    return sections, lay_out(forest, sections, speech, today)


def times_shown(sections, layout):
    """How often each person is drawn or counted."""
    drawn = Counter(key for mark in layout.marks for key in mark.people)
    return drawn + Counter(key for section in sections for row in section.rows for key in row.folded)


def overlapping(layout):
    """Pairs of labels that meet."""

    def apart(one, other):
        return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]

    boxes = [(label.box, label) for label in layout.labels]
    return [(a, b) for (one, a), (other, b) in combinations(boxes, 2) if not apart(one, other)]


def words_of(svg):
    """The texts of a picture, read as XML."""
    return ["".join(one.itertext()) for one in fromstring(str(svg)).iter("{http://www.w3.org/2000/svg}text")]
