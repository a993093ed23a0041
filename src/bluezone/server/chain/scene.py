"""What a picture is drawn from: people as far as an account may see them, and how they met."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date


@dataclass(frozen=True, slots=True)
class Illness:
    """The days of a case that was confirmed or is clinical; `window_opens` to `window_closes` it could infect."""

    id: str
    number: int
    reference: str
    onset: date | None
    test_date: date | None
    reported: date
    isolated_on: date | None
    window_opens: date
    window_closes: date | None

    @property
    def day(self) -> date:
        """Where the case stands on an axis of days."""
        return self.onset or self.test_date or self.reported


@dataclass(frozen=True, slots=True)
class Someone:
    """Somebody in the picture. Of whom the account does not reach, `name` and `household` are empty.

    `level` is 0, 1, 2 or None; `place` the commune as people say it.
    """

    id: str
    level: int | None
    name: str
    place: str
    reached: bool
    household: str | None = None
    via: str | None = None
    exposed_first: date | None = None
    exposed_last: date | None = None
    illness: Illness | None = None

    @property
    def day(self) -> date | None:
        """Onset of a case, first exposure of a contact; None where neither is known."""
        return self.illness.day if self.illness is not None else self.exposed_first

    @property
    def opens(self) -> date | None:
        """The first day on which they could infect others."""
        return self.illness.window_opens if self.illness is not None else self.exposed_first


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two people and the days on which they met, as the desk wrote it down: `source` was named as the one ill."""

    source: str
    exposed: str
    first: date
    last: date
    closeness: str
    origin: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """All that one picture may show; `more` when there were more people than a picture takes."""

    people: Mapping[str, Someone]
    meetings: tuple[Meeting, ...]
    more: bool = False

    def only(self, kept: Collection[str]) -> Scene:
        """The scene with these people alone."""
        keep = set(kept)
        people = {key: one for key, one in self.people.items() if key in keep}
        met = tuple(one for one in self.meetings if one.source in people and one.exposed in people)
        return replace(self, people=people, meetings=met)

    def down_to(self, level: int) -> Scene:
        """The scene without those who stand further from a case than `level`."""
        return self.only([key for key, one in self.people.items() if (3 if one.level is None else one.level) <= level])

    def neighbours(self) -> dict[str, list[tuple[str, Meeting]]]:
        """Of each person whom they met, in a fixed order."""
        found: defaultdict[str, list[tuple[str, Meeting]]] = defaultdict(list)
        for one in self.meetings:
            if one.source != one.exposed:
                found[one.source].append((one.exposed, one))
                found[one.exposed].append((one.source, one))
        return {key: sorted(met, key=lambda pair: (pair[0], pair[1].first, pair[1].last)) for key, met in found.items()}

    def clusters(self) -> list[list[str]]:
        """Those who are connected by meetings, largest number of cases first; each cluster in the order of its days."""
        found = sorted(self._components(), key=self._cluster_order)
        return found

    def _cluster_order(self, cluster: list[str]) -> tuple[int, int, date, str]:
        cases = sum(self.people[key].illness is not None for key in cluster)
        first = self.people[cluster[0]]
        return (-cases, -len(cluster), first.opens or date.max, first.id)

    def _components(self) -> Iterator[list[str]]:
        met = self.neighbours()
        seen: set[str] = set()
        for start in sorted(self.people):
            if start in seen:
                continue
            seen.add(start)
            component, edge = [start], [start]
            while edge:
                for other, _meeting in met.get(edge.pop(), ()):
                    if other not in seen:
                        seen.add(other)
                        component.append(other)
                        edge.append(other)
            yield sorted(component, key=lambda key: rank(self.people[key]))


def rank(one: Someone) -> tuple[int, date, int, str]:
    """An order in which whoever infected somebody comes before them."""
    level = 3 if one.level is None else one.level
    return (level, one.opens or date.max, one.illness.number if one.illness is not None else 0, one.id)
