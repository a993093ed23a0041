"""Which people get a row of their own, which a dot behind a case, and which are told by number alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bluezone.server.casework.service import Level
from bluezone.server.chain.forest import Forest

MOST_NAMED = 60
"""People up to whom everybody has a row."""
MOST_NAMED_FOLDED = 120
"""People up to whom everybody but F2 has a row."""
MOST_DOTS = 900
"""People up to whom everybody has a dot."""


class Detail(StrEnum):
    """How those who are no cases are drawn."""

    NAMES = "names"
    DOTS = "dots"
    COUNTS = "counts"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is drawn how; `opened` are people and households that are drawn in full all the same."""

    detail: Detail
    fold_f2: bool = False
    households: bool = True
    opened: frozenset[str] = frozenset()

    @classmethod
    def for_people(cls, count: int, *, households: bool, opened: frozenset[str]) -> Choice:
        """What stays readable for so many people."""
        if count <= MOST_NAMED:
            return cls(Detail.NAMES, False, households, opened)
        if count <= MOST_NAMED_FOLDED:
            return cls(Detail.NAMES, True, households, opened)
        return cls(Detail.DOTS if count <= MOST_DOTS else Detail.COUNTS, True, households, opened)


@dataclass(frozen=True, slots=True)
class Token:
    """One dot behind a row's label: a person, or the people of a household with all below them."""

    people: tuple[str, ...]
    household: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the picture: a person (`key`), or several people drawn as one mark (`group`).

    `strip` are the dots behind the label, `folded` those told by number; `opens` is what a link to open it names.
    """

    key: str | None
    parent: str | None = None
    group: tuple[str, ...] = ()
    household: str | None = None
    strip: tuple[Token, ...] = ()
    folded: tuple[str, ...] = ()
    opens: str = ""


class Group(StrEnum):
    """What a section of the picture holds."""

    CLUSTER = "cluster"
    AWAY = "away"
    """Contacts whose case is not in the picture."""
    ALONE = "alone"
    """Whoever has no meeting with anybody in the picture."""


@dataclass(frozen=True, slots=True)
class Section:
    """Some people and their rows; of a cluster all its people, the first case first."""

    group: Group
    people: tuple[str, ...]
    rows: tuple[Row, ...]


def plan(forest: Forest, choice: Choice) -> list[Section]:
    """The sections of the picture from the top; every person is in exactly one place."""
    people = forest.scene.people
    sections: list[Section] = []
    away: list[str] = []
    alone: list[str] = []
    for cluster in forest.scene.clusters():
        if len(cluster) == 1:
            alone += cluster
        elif people[cluster[0]].level == Level.F0:
            rows = tuple(_rows(forest, choice, forest.roots(cluster)))
            sections.append(Section(Group.CLUSTER, tuple(cluster), rows))
        else:
            away += cluster
    if away:
        roots = _by_day(forest, forest.roots(away))
        sections.append(Section(Group.AWAY, tuple(away), tuple(_rows(forest, choice, roots))))
    if alone:
        sections.append(Section(Group.ALONE, tuple(alone), tuple(_alone(forest, choice, _by_day(forest, alone)))))
    return sections


def folded_counts(sections: Sequence[Section]) -> Counter[str]:
    """What was drawn as one: people in `households`, `folded` to a number."""
    told: Counter[str] = Counter()
    for section in sections:
        for row in section.rows:
            told["folded"] += len(row.folded)
            told["households"] += len(row.group)
            told["households"] += sum(len(token.people) for token in row.strip if token.household)
    return told


def _by_day(forest: Forest, keys: list[str]) -> list[str]:
    people = forest.scene.people
    return sorted(keys, key=lambda key: (people[key].day or date.max, key))


def _alone(forest: Forest, choice: Choice, keys: list[str]) -> Iterator[Row]:
    """A row for each case; the others as the choice has contacts."""
    others = [key for key in keys if forest.scene.people[key].level != Level.F0]
    for key in keys:
        if choice.detail is Detail.NAMES or key not in others:
            yield Row(key)
    if others and choice.detail is Detail.DOTS:
        yield Row(None, strip=tuple(Token((key,)) for key in others))
    elif others and choice.detail is Detail.COUNTS:
        yield Row(None, folded=tuple(others))


def _rows(forest: Forest, choice: Choice, roots: list[str]) -> Iterator[Row]:
    people = forest.scene.people
    waiting: list[Row] = []
    if choice.detail is Detail.COUNTS:
        loose = [key for key in roots if people[key].level != Level.F0 and key not in choice.opened]
        roots = [key for key in roots if key not in loose]
        if loose:
            waiting.append(Row(None, folded=tuple(every for key in loose for every in (key, *forest.below(key)))))
    waiting += [Row(key) for key in reversed(roots)]
    while waiting:
        row = waiting.pop()
        if row.key is None:
            yield row
            continue
        children = forest.children.get(row.key, [])
        contacts = [key for key in children if people[key].level != Level.F0]
        cases = [key for key in children if people[key].level == Level.F0]
        below: list[Row] = []
        strip: tuple[Token, ...] = ()
        folded: tuple[str, ...] = ()
        opens = row.key if contacts and row.key not in choice.opened else ""
        if _is_folded(forest, choice, row.key):
            folded = tuple(every for key in contacts for every in (key, *forest.below(key)))
        elif choice.detail is Detail.NAMES or row.key in choice.opened:
            opens = ""
            below = [
                Row(keys[0], row.key) if household is None else Row(None, row.key, keys, household, opens=household)
                for household, keys in _households(forest, choice, contacts)
            ]
        else:
            strip = tuple(
                token
                for household, keys in _households(forest, choice, contacts)
                for token in (
                    [Token((key,)) for key in (keys[0], *forest.below(keys[0]))]
                    if household is None
                    else [Token(keys, household)]
                )
            )
        yield Row(row.key, row.parent, strip=strip, folded=folded, opens=opens)
        waiting += reversed(below + [Row(key, row.key) for key in cases])


def _is_folded(forest: Forest, choice: Choice, key: str) -> bool:
    """Whether the contacts of somebody are told by number alone."""
    if key in choice.opened:
        return False
    if choice.detail is Detail.NAMES:
        return choice.fold_f2 and forest.scene.people[key].level != Level.F0
    return choice.detail is Detail.COUNTS


def _households(forest: Forest, choice: Choice, contacts: list[str]) -> Iterator[tuple[str | None, tuple[str, ...]]]:
    """The contacts one by one, those of one household together with all below them; in the order of their days."""
    homes: dict[str, list[str]] = {}
    for key in contacts:
        home = forest.scene.people[key].household
        if home and choice.households and home not in choice.opened:
            homes.setdefault(home, []).append(key)
    for key in contacts:
        home = forest.scene.people[key].household
        members = homes.get(home, []) if home else []
        if home is None or len(members) < 2:
            yield None, (key,)
        elif members[0] == key:
            yield home, tuple(every for one in members for every in (one, *forest.below(one)))
