"""The days of an outbreak: how many fell ill and were exposed each day, and below it a lane for each person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from markupsafe import Markup

from bluezone.server.casework.service import WATCH_DAYS, Level
from bluezone.server.chain.axis import Axis
from bluezone.server.chain.draw import HALO, MIDDLE, Frame, Links, picture, text
from bluezone.server.chain.layout import LEFT, days_of
from bluezone.server.chain.letters import cut
from bluezone.server.chain.scene import Scene, Someone
from bluezone.server.chain.speech import Speech
from bluezone.server.language import N_

MOST_LANES = 80
_LABELS = 190.0
_WHOLE = 760.0
_LANE = 20.0
_CURVES = ((Level.F0, 96.0, "var(--f0)"), (Level.F1, 56.0, "var(--muted)"), (Level.F2, 56.0, "var(--edge)"))
_CURVE_HEAD = 26.0
_NAME = N_("Cases and contacts by day; the table below says the same")
_LEGEND = (
    ("f0", N_("onset")),
    ("tested", N_("test")),
    ("bar", N_("days on which a case could infect, until isolation")),
    ("exposed", N_("days of exposure")),
    ("watched", N_("followed until")),
)


class By(StrEnum):
    """Which day of a case the curve counts."""

    ONSET = "onset"
    TEST = "test"
    REPORT = "report"


BY: dict[By, str] = {By.ONSET: N_("day of onset"), By.TEST: N_("day of test"), By.REPORT: N_("day of report")}


@dataclass(frozen=True, slots=True)
class Days:
    """How many cases, F1 and F2 have a day each, and how many cases have none of the kind asked for."""

    counts: dict[Level, Counter[date]]
    without: int


def count_days(people: Iterable[Someone], by: By) -> Days:
    """Cases by the day asked for, contacts by their latest exposure."""
    counts: dict[Level, Counter[date]] = {level: Counter() for level in Level}
    without = 0
    for one in people:
        if one.level is None:
            continue
        day = one.exposed_last or one.exposed_first
        if one.illness is not None:
            ill = one.illness
            day = {By.ONSET: ill.onset, By.TEST: ill.test_date, By.REPORT: ill.reported}[by]
        if day is not None:
            counts[Level(one.level)][day] += 1
        elif one.level == Level.F0:
            without += 1
    return Days(counts, without)


def lanes(scene: Scene) -> list[Someone]:
    """Who gets a lane: everybody, the cases alone where that is too many, or the latest cases."""
    ordered = [scene.people[key] for cluster in scene.clusters() for key in cluster]
    if len(ordered) > MOST_LANES:
        ordered = [one for one in ordered if one.level == Level.F0]
        latest = {one.id for one in sorted(ordered, key=lambda one: (one.day or date.min, one.id))[-MOST_LANES:]}
        ordered = [one for one in ordered if one.id in latest]
    return ordered


def draw_timeline(
    scene: Scene, by: By, speech: Speech, today: date, *, links: Links | None = None, frame: Frame | None = None
) -> Markup:
    """The whole picture."""
    shown = lanes(scene)
    days = count_days(scene.people.values(), by)
    axis = _axis(days, shown, today)
    parts: list[Markup] = []
    y = 0.0
    for level, height, colour in _CURVES:
        if level == Level.F0 or days.counts[level]:
            parts += _curve(days.counts[level], axis, y, height, colour, _curve_title(level, by, days, speech))
            y += _CURVE_HEAD + height + 10
    y += 12
    for one in shown:
        parts += _lane(one, axis, y + _LANE / 2, today, speech, links)
        y += _LANE
    body = Markup().join(parts)
    return picture(body, axis, axis.right + LEFT, y, speech, _LEGEND, frame=frame, name=speech.say(_NAME))


def _axis(days: Days, shown: Sequence[Someone], today: date) -> Axis:
    until = [day for one in shown if (day := _watched_until(one)) is not None]
    counted = [day for count in days.counts.values() for day in count]
    return Axis.over([*counted, *days_of(shown), *until], today, LEFT + _LABELS, whole=_WHOLE)


def _curve_title(level: Level, by: By, days: Days, speech: Speech) -> str:
    if level != Level.F0:
        return speech.exposed(level, days.counts[level].total())
    return speech.cases_by(speech.say(BY[by]), days.counts[level].total(), days.without)


def _curve(count: Counter[date], axis: Axis, y: float, height: float, colour: str, title: str) -> Iterable[Markup]:
    """Columns on a line, the number on top where there is room for it."""
    yield text(LEFT, y + 12, title, "head", 12.5)
    base = y + _CURVE_HEAD + height
    most = max(count.values(), default=1)
    gap = 1.0 if axis.step < 12 else 2.0
    for day, value in sorted(count.items()):
        left, right = axis.edges(day, day)
        tall = (height - 14) * value / most
        yield Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"/>').format(
            left + gap / 2, base - tall, right - left - gap, tall, colour
        )
        if axis.step >= 16:
            yield text((left + right) / 2, base - tall - 7, str(value), "muted", 10.5, more=MIDDLE + HALO)
    yield Markup('<path d="M{:.1f} {y:.1f}H{:.1f}" stroke="var(--edge)"/>').format(axis.left, axis.right, y=base)


def _lane(one: Someone, axis: Axis, y: float, today: date, speech: Speech, links: Links | None) -> Iterable[Markup]:
    head, name = speech.head(one), speech.name(one)
    said = [text(LEFT, y, head, "strong", 12)] if head else []
    room = _LABELS - 12 - (62 if head else 0)
    if name:
        said.append(text(LEFT + (62 if head else 0), y, cut(name, 12, room), "plain" if one.reached else "muted", 12))
    shapes = [Markup("<title>{}</title>").format(speech.spoken(one))] if links is not None else []
    shapes += _case_days(one, axis, y, today) if one.illness is not None else _contact_days(one, axis, y)
    inside = Markup(" ").join([*shapes, *said])
    if links is not None and one.reached:
        yield Markup('<a href="{}" aria-label="{}">{}</a>').format(links.person(one.id), speech.spoken(one), inside)
    else:
        yield Markup("<g>{}</g>").format(inside)


def _case_days(one: Someone, axis: Axis, y: float, today: date) -> list[Markup]:
    ill = one.illness
    assert ill is not None
    left, right = axis.edges(ill.window_opens, max(ill.window_closes or today, ill.window_opens))
    edge = Markup(' stroke="var(--f0)" stroke-dasharray="2 3"') if ill.window_closes is None else ""
    shapes = [
        Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="8" rx="4" fill="var(--f0-tint)"{}/>').format(
            left, y - 4, right - left, edge
        )
    ]
    if ill.test_date is not None and ill.test_date != ill.onset:
        shapes.append(_sign("tested", axis.x(ill.test_date), y))
    shapes.append(_sign("f0", axis.x(ill.day), y))
    return shapes


def _sign(kind: str, x: float, y: float) -> Markup:
    return Markup('<use href="#chain-{}" transform="translate({:.1f} {:.1f})"/>').format(kind, x, y)


def _contact_days(one: Someone, axis: Axis, y: float) -> list[Markup]:
    first = one.exposed_first
    if first is None:
        return []
    left, right = axis.edges(first, one.exposed_last or first)
    shapes = []
    until = _watched_until(one)
    if until is not None:
        end = axis.edges(until, until)[1]
        shapes.append(
            Markup(
                '<path d="M{:.1f} {y:.1f}H{x:.1f}M{x:.1f} {:.1f}v8" fill="none" stroke="var(--edge)"'
                ' stroke-width="1.25"/>'
            ).format(right, y - 4, y=y, x=end)
        )
    sign = "none" if one.level is None else f"f{one.level}"
    if not one.reached:
        return [_sign(f"{sign}-beyond", axis.x(first), y)]
    colour = "var(--muted)" if one.level == Level.F1 else "var(--edge)"
    shapes.append(
        Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="5" rx="2.5" fill="{}"/>').format(
            left, y - 2.5, right - left, colour
        )
    )
    shapes.append(_sign(sign, left - 8, y))
    return shapes


def _watched_until(one: Someone) -> date | None:
    if one.illness is not None or one.exposed_last is None or one.level is None:
        return None
    return one.exposed_last + timedelta(days=WATCH_DAYS)
