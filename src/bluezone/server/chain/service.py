"""The pictures of chains for the pages, and their leaving as files."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from markupsafe import Markup

from bluezone.materials import svg_to_png
from bluezone.server.accounts.access import Account, Action, require_somewhere, roots
from bluezone.server.casework.service import Casework, Ground
from bluezone.server.chain.asked import Asked
from bluezone.server.chain.draw import Frame, Links, alone, draw
from bluezone.server.chain.errors import PictureReasonMissing
from bluezone.server.chain.forest import Forest, plant
from bluezone.server.chain.layout import called_after, days_of, lay_out
from bluezone.server.chain.plan import Choice, Group, plan
from bluezone.server.chain.records import choosable_units, read_scene
from bluezone.server.chain.scene import Meeting, Someone
from bluezone.server.chain.speech import Naming, Speech
from bluezone.server.chain.timeline import MOST_LANES, draw_timeline
from bluezone.server.units.service import Unit, find_unit, units_of

SHORTEST_REASON = 10
LONGEST_REASON = 500
_PNG_SCALE = 2
_PNG_PIXELS = 36_000_000
_PNG_SIDE = 13_000


class Kind(StrEnum):
    """The two pictures."""

    CHAIN = "chain"
    TIMELINE = "timeline"


class Format(StrEnum):
    """What a picture leaves as."""

    SVG = "svg"
    PNG = "png"


@dataclass(frozen=True, slots=True)
class TableRow:
    """The same in words: a person, through whom they were exposed, and how the two met."""

    person: Someone
    source: Someone | None
    meeting: Meeting | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture and what is said around it; `clusters` are its own: somebody of each in reach, and its name."""

    svg: Markup
    title: str
    lines: tuple[str, ...]
    notes: tuple[str, ...]
    clusters: tuple[tuple[str, str], ...]
    rows: tuple[TableRow, ...]
    people: int


class Chain:
    """The room's service. It keeps nothing: each picture is drawn from the records as they are."""

    def __init__(self, casework: Casework) -> None:
        self._casework = casework

    async def units(self, account: Account) -> list[Unit]:
        """Those that the account may choose from."""
        return await self._casework.read(choosable_units, account)

    async def picture(self, account: Account, kind: Kind, asked: Asked, speech: Speech, links: Links) -> Drawn:
        """For a page. Raises AccessDenied for a person or unit that the account does not reach."""
        now, today = self._casework.ground.core.clock.now(), self._casework.ground.today()
        return await self._casework.read(_drawn, account, kind, asked, speech, today, now, links=links)

    async def export(
        self, account: Account, kind: Kind, asked: Asked, speech: Speech, kept_as: Format, reason: str
    ) -> bytes:
        """The picture as a file, written down in the audit log.

        Raises AccessDenied, PictureReasonMissing when names leave without a reason, or PictureRefused when the picture
        is too large for this form.
        """
        require_somewhere(account, Action.EXPORT_CASES)
        reason = " ".join(reason.split())[:LONGEST_REASON]
        if speech.naming is Naming.NAMES and len(reason) < SHORTEST_REASON:
            raise PictureReasonMissing("Say in ten characters or more why names leave the system.")
        now, today = self._casework.ground.core.clock.now(), self._casework.ground.today()

        def write(ground: Ground, connection: sa.Connection) -> Drawn:
            drawn = _drawn(connection, account, kind, asked, speech, today, now)
            told = {"picture": kind.value, "format": kept_as.value, "people": str(drawn.people)}
            told |= {"names": "yes", "reason": reason} if speech.naming is Naming.NAMES else {"names": "no"}
            ground.note(connection, account, "chain_exported", unit=account.unit.code, **told)
            return drawn

        drawn = await self._casework.write(write)
        if kept_as is Format.SVG:
            return alone(drawn.svg, fonts=True).encode()
        svg = alone(drawn.svg, fonts=False)
        return await asyncio.get_running_loop().run_in_executor(None, _png, svg)


def _drawn(
    connection: sa.Connection,
    account: Account,
    kind: Kind,
    asked: Asked,
    speech: Speech,
    today: date,
    now: float,
    *,
    links: Links | None = None,
) -> Drawn:
    scene = read_scene(connection, account, asked.wanted)
    forest = plant(scene)
    days = [today, *days_of(scene.people.values())]
    choice = _choice(asked, len(scene.people))
    sections = plan(forest, choice)
    place = _place(connection, account, asked)
    clusters = [[scene.people[key] for key in section.people] for section in sections if section.group is Group.CLUSTER]
    if kind is Kind.CHAIN:
        layout = lay_out(forest, sections, speech, today)
        title = speech.title(place)
        notes = speech.notes(more=scene.more, households=layout.households, folded=layout.folded, others=forest.others)
    else:
        title = speech.timeline_title(place)
        notes = speech.notes(more=scene.more, households=0, folded=0, others=0)
        if len(scene.people) > MOST_LANES:
            notes.append(speech.lanes_left_out(MOST_LANES))
    period = speech.period(asked.wanted.first or min(days), asked.wanted.last or max(days))
    lines = (f"{period} · {speech.tally(scene.people.values())}", *notes)
    frame = None
    if links is None:
        mark = speech.watermark(now, account.name)
        frame = Frame(title, lines, speech.drawn(now, account.name), mark)
    svg = (
        draw(layout, speech, links=links, frame=frame)
        if kind is Kind.CHAIN
        else draw_timeline(scene, asked.by, speech, today, links=links, frame=frame)
    )
    return Drawn(
        svg,
        title,
        (lines[0], speech.drawn(now, account.name)),
        tuple(notes),
        tuple(_choosable(clusters, speech)),
        tuple(_rows(forest)),
        len(scene.people),
    )


def _choosable(clusters: list[list[Someone]], speech: Speech) -> Iterator[tuple[str, str]]:
    for members in clusters:
        named = called_after(members)
        reached = named if named.reached else next((one for one in members if one.reached), None)
        if reached is not None:
            yield reached.id, f"{speech.head(named) or speech.name(named)} ({speech.tally(members)})"


def _choice(asked: Asked, count: int) -> Choice:
    if asked.detail is None:
        return Choice.for_people(count, households=asked.households, opened=asked.opened)
    return Choice(asked.detail, False, asked.households, asked.opened)


def _place(connection: sa.Connection, account: Account, asked: Asked) -> str:
    """Of where the picture is: the unit asked for, else the highest that the account reaches."""
    unit = find_unit(connection, asked.wanted.unit) if asked.wanted.unit else None
    units = [unit] if unit is not None else units_of(connection, roots(account, Action.SEE_CASES))
    return ", ".join(one.title for one in units)


def _rows(forest: Forest) -> list[TableRow]:
    """Everybody below whoever they were exposed through, cluster by cluster."""
    people = forest.scene.people
    rows = []
    for cluster in forest.scene.clusters():
        for root in forest.roots(cluster):
            for key in (root, *forest.below(root)):
                source, meeting = forest.through.get(key, (None, None))
                rows.append(TableRow(people[key], people[source] if source else None, meeting))
    return rows


def _png(svg: str) -> bytes:
    """Twice as large as on the page, where that is not too large."""
    size = svg.split('viewBox="0 0 ', 1)[1].split('"', 1)[0]
    wide, high = (float(part) for part in size.split())
    scale = min(_PNG_SCALE, _PNG_SIDE / max(wide, high), (_PNG_PIXELS / (wide * high)) ** 0.5)
    return svg_to_png(svg, width=int(wide * scale))
