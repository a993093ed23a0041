"""Where everything stands: days from left to right, each case on a line of its own below the one it came from.

A line of descent leaves a case where its window opens, three days before onset, so all that came of it lies to the
right of it: labels, which stand right of their marks and one a line, can neither meet each other nor be crossed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from bluezone.server.casework.service import Closeness, Level, Origin
from bluezone.server.chain.axis import Axis
from bluezone.server.chain.forest import Forest
from bluezone.server.chain.letters import cut, width
from bluezone.server.chain.plan import Group, Row, Section, Token, folded_counts
from bluezone.server.chain.scene import Meeting, Someone
from bluezone.server.chain.speech import Speech

LEFT = 20.0
LABEL = 12.5
SMALL = 11.5
HEAD = 14.0
ROW = 25.0
CONTACT_ROW = 21.0
STRIP_LINE = 15.0
STRIP_ROOM = 330.0
"""Room for labels and dots beyond the last day."""
LONGEST_NAME = 230.0
_GAP = 7.0
_SECTION_HEAD = 34.0
_SECTION_GAP = 14.0


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a label in one style: `head`, `strong`, `plain` or `muted`; `opens` names what a link on it opens."""

    text: str
    style: str
    opens: str = ""

    @property
    def size(self) -> float:
        return {"muted": SMALL, "head": HEAD}.get(self.style, LABEL)

    @property
    def width(self) -> float:
        return width(self.text, self.size, strong=self.style in {"strong", "head"})


@dataclass(frozen=True, slots=True)
class Label:
    """Text from `x` on, of at least one part; `y` is the middle of its line."""

    x: float
    y: float
    parts: tuple[Part, ...]

    @property
    def width(self) -> float:
        return sum(part.width for part in self.parts) + _GAP * max(len(self.parts) - 1, 0)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        half = 0.6 * max(part.size for part in self.parts)
        return (self.x, self.y - half, self.x + self.width, self.y + half)


@dataclass(frozen=True, slots=True)
class Mark:
    """One person, or those of a household; `kind` is f0, f1, f2, none or home, `opens` what a link to open it names."""

    kind: str
    x: float
    y: float
    people: tuple[str, ...]
    spoken: str
    small: bool = False
    reached: bool = True
    opens: str = ""
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """The days on which a case could infect others; `open` while it is not isolated."""

    x: float
    y: float
    width: float
    open: bool


@dataclass(frozen=True, slots=True)
class Line:
    """From a case down to whoever it exposed; `kind` is close, far or told."""

    kind: str
    x: float
    y: float
    to_x: float
    to_y: float


@dataclass
class Layout:
    """A picture in pixels, without its head and foot."""

    axis: Axis
    width: float
    height: float = 0.0
    items: list[Mark | Label] = field(default_factory=list)
    """In reading order: marks with their labels, and labels without a mark."""
    bars: list[Bar] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    households: int = 0
    folded: int = 0

    @property
    def marks(self) -> list[Mark]:
        return [item for item in self.items if isinstance(item, Mark)]

    @property
    def labels(self) -> list[Label]:
        found = (item.label if isinstance(item, Mark) else item for item in self.items)
        return [label for label in found if label is not None]


def days_of(people: Iterable[Someone]) -> Iterator[date]:
    """Every day that a picture of these people has a sign for."""
    for one in people:
        closes = one.illness.window_closes if one.illness is not None else None
        yield from (day for day in (one.day, one.opens, closes) if day is not None)


def called_after(members: Sequence[Someone]) -> Someone:
    """After whom a cluster is called: its first case in reach, else its first person."""
    return next((one for one in members if one.illness is not None), members[0])


def lay_out(forest: Forest, sections: Sequence[Section], speech: Speech, today: date) -> Layout:
    """Everything at its place. The same people give the same picture."""
    axis = Axis.over(days_of(forest.scene.people.values()), today, LEFT)
    layout = Layout(axis, axis.right + STRIP_ROOM)
    told = folded_counts(sections)
    layout.households, layout.folded = told["households"], told["folded"]
    desk = _Drawing(forest, speech, today, layout)
    for section in sections:
        desk.section(section)
    layout.height = desk.y
    ends = [*(label.box[2] for label in layout.labels), *(mark.x + 10 for mark in layout.marks)]
    layout.width = max([layout.width, *(end + LEFT for end in ends)])
    return layout


class _Drawing:
    """Goes down the page."""

    def __init__(self, forest: Forest, speech: Speech, today: date, layout: Layout) -> None:
        self.people = forest.scene.people
        self.through = forest.through
        self.speech = speech
        self.today = today
        self.layout = layout
        self.y = 0.0
        self._stems: dict[str, tuple[float, float]] = {}

    def section(self, section: Section) -> None:
        members = [self.people[key] for key in section.people]
        name = self.speech.cluster(called_after(members))
        if section.group is not Group.CLUSTER:
            name = self.speech.away() if section.group is Group.AWAY else self.speech.alone()
        self.y += _SECTION_GAP if self.y else 0
        parts = (Part(name, "head"), Part(self.speech.tally(members), "muted"))
        self.layout.items.append(Label(LEFT, self.y + _SECTION_HEAD / 2, parts))
        self.y += _SECTION_HEAD
        for row in section.rows:
            self._row(row)

    def _row(self, row: Row) -> None:
        if row.key is None:
            self._group(row)
            return
        one = self.people[row.key]
        middle = self.y + (ROW if one.level == Level.F0 else CONTACT_ROW) / 2
        at = self._x(one)
        start = at + 11
        stem = at
        if one.illness is not None:
            closes = one.illness.window_closes or self.today
            left, right = self.layout.axis.edges(one.illness.window_opens, max(closes, one.illness.window_opens))
            self.layout.bars.append(Bar(left, middle, right - left, one.illness.window_closes is None))
            start, stem = max(start, right + 7), left + 2
        self._stems[row.key] = (stem, middle)
        self._join(row, at - (8 if one.level == Level.F0 else 5), middle)
        parts = [Part(self.speech.head(one), "strong")] if self.speech.head(one) else []
        if name := self.speech.name(one):
            parts.append(Part(cut(name, LABEL, LONGEST_NAME), "plain" if one.reached else "muted"))
        self._end_row(row, ROW if one.level == Level.F0 else CONTACT_ROW, start, parts, self._mark(one, at, middle))

    def _group(self, row: Row) -> None:
        """Several people as one mark, or behind one label."""
        middle = self.y + CONTACT_ROW / 2
        if not row.group:
            self._end_row(row, CONTACT_ROW, LEFT, [], None)
            return
        at = self._x(self.people[row.group[0]])
        self._join(row, at - 7, middle)
        mark = self._home(row.group, row.household, at, middle)
        members = [self.people[key] for key in row.group]
        parts = [Part(self.speech.household(len(members)), "plain"), Part(self.speech.tally(members), "muted")]
        self._end_row(row, CONTACT_ROW, at + 13, parts, mark)

    def _end_row(self, row: Row, height: float, start: float, parts: list[Part], mark: Mark | None) -> None:
        middle = self.y + height / 2
        told = row.folded or tuple(key for token in row.strip if row.opens for key in token.people)
        if told:
            text = self.speech.tally(self.people[key] for key in told)
            parts = [*parts, Part(f"+ {text}" if parts else text, "muted", row.opens)]
        label = Label(start, middle, tuple(parts))
        if mark is not None:
            self.layout.items.append(replace(mark, label=label if parts else None))
        elif parts:
            self.layout.items.append(label)
        lines = self._strip(row.strip, start, start + label.width + _GAP * bool(parts), middle)
        self.y += height + (lines - 1) * STRIP_LINE

    def _strip(self, strip: Sequence[Token], indent: float, x: float, middle: float) -> int:
        """The dots behind a label, on as many lines as they need."""
        widths = [20 + _count(token).width if token.household else 12.5 for token in strip]
        most = max(self.layout.width - LEFT, indent + STRIP_ROOM)
        lines = 1
        if strip and x + sum(widths) > most and x > indent:
            lines, x, middle = 2, indent, middle + STRIP_LINE
        for token, wide in zip(strip, widths, strict=True):
            if x + wide > most:
                lines, x, middle = lines + 1, indent, middle + STRIP_LINE
            if token.household:
                mark = self._home(token.people, token.household, x + 6, middle)
                self.layout.items.append(replace(mark, small=True, label=Label(x + 14, middle, (_count(token),))))
            else:
                one = self.people[token.people[0]]
                self.layout.items.append(replace(self._mark(one, x + wide / 2, middle), small=True))
            x += wide
        return lines

    def _mark(self, one: Someone, x: float, y: float) -> Mark:
        kind = "none" if one.level is None else f"f{one.level}"
        return Mark(kind, x, y, (one.id,), self.speech.spoken(one), reached=one.reached)

    def _home(self, people: tuple[str, ...], household: str | None, x: float, y: float) -> Mark:
        members = [self.people[key] for key in people]
        said = f"{self.speech.household(len(members))}: {self.speech.tally(members)}"
        return Mark("home", x, y, people, said, opens=household or "")

    def _join(self, row: Row, to_x: float, to_y: float) -> None:
        if row.parent is None:
            return
        x, y = self._stems[row.parent]
        first = row.key or row.group[0]
        self.layout.lines.append(Line(_kind(self.through[first][1]), x, y, max(to_x, x), to_y))

    def _x(self, one: Someone) -> float:
        day = one.day
        source = self.through.get(one.id)
        while day is None and source is not None:
            day = self.people[source[0]].day
            source = self.through.get(source[0])
        return self.layout.axis.x(day or self.layout.axis.first)


def _kind(meeting: Meeting) -> str:
    if meeting.origin == Origin.BLUEZONE:
        return "told"
    return "close" if meeting.closeness in {Closeness.HOUSEHOLD, Closeness.CLOSE} else "far"


def _count(token: Token) -> Part:
    """How many a household's house stands for."""
    return Part(str(len(token.people)), "muted")
