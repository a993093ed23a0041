"""Trees out of a graph: for each person the one through whom they most likely were exposed.

Meetings form circles and people are met twice; a picture of a chain needs one line to each person. Whoever is drawn as
the source stands earlier in the order of levels and days, so there are no circles; the other meetings are only counted.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from bluezone.server.casework.service import Closeness, Level
from bluezone.server.chain.scene import Meeting, Scene, Someone, rank

_NEARNESS: dict[str, int] = {kind: at for at, kind in enumerate(Closeness)}


@dataclass(frozen=True, slots=True)
class Forest:
    """Whom each person's line comes from and by which meeting; children in the order of their days."""

    scene: Scene
    through: dict[str, tuple[str, Meeting]]
    children: dict[str, list[str]]
    others: int
    """Meetings that no line is drawn for."""

    def roots(self, cluster: list[str]) -> list[str]:
        """Those of a cluster to whom no line leads."""
        return [key for key in cluster if key not in self.through]

    def below(self, key: str) -> list[str]:
        """Everybody under somebody in the tree, without themselves, parents before children."""
        found: list[str] = []
        edge = [key]
        while edge:
            children = self.children.get(edge.pop(), [])
            found += children
            edge += reversed(children)
        return found


def plant(scene: Scene) -> Forest:
    """The trees of a scene; the same scene gives the same trees."""
    met = scene.neighbours()
    through: dict[str, tuple[str, Meeting]] = {}
    children: defaultdict[str, list[str]] = defaultdict(list)
    for key in sorted(scene.people, key=lambda key: rank(scene.people[key])):
        one = scene.people[key]
        found = [pair for pair in met.get(key, ()) if _may_be_source(scene.people[pair[0]], one)]
        if found:
            through[key] = min(found, key=lambda pair: _likely(scene.people[pair[0]], one, pair[1]))
            children[through[key][0]].append(key)
    meetings = sum(one.source != one.exposed for one in scene.meetings)
    return Forest(scene, through, dict(children), meetings - len(through))


def _may_be_source(source: Someone, one: Someone) -> bool:
    """A case comes from an earlier case, a contact from somebody nearer to a case."""
    if rank(source) >= rank(one):
        return False
    return source.level != one.level or one.level in {Level.F0, None}


def _likely(source: Someone, one: Someone, meeting: Meeting) -> tuple[bool, bool, bool, int, int, str]:
    """Smaller is likelier: through whom the level was computed, met before the onset, named as ill, nearest, latest."""
    return (
        one.level != Level.F0 and source.id != one.via,
        one.level == Level.F0 and one.day is not None and meeting.first > one.day,
        meeting.exposed != one.id,
        _NEARNESS.get(meeting.closeness, len(_NEARNESS)),
        -meeting.last.toordinal(),
        source.id,
    )
