"""A layout as SVG: for a page in the page's own colours, or a file that stands alone."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from markupsafe import Markup

from bluezone import look
from bluezone.server.chain.axis import Axis
from bluezone.server.chain.layout import LEFT, Label, Layout, Line, Mark, Part
from bluezone.server.chain.letters import width as text_width
from bluezone.server.chain.speech import Speech
from bluezone.server.language import N_

AXIS = 26.0
_VARIABLE = re.compile(r"var\(--([a-z0-9-]+)\)")
_TOKEN = re.compile(r"--([a-z0-9-]+): (#[0-9A-F]{6});")
_SHIELD = (
    "M24 3.5c5.2 4.2 10.6 6.2 17 6.6v12.6c0 10.4-6.6 17.6-17 21.8C13.6 40.3 7 33.1 7 22.7V10.1c6.4-.4 11.8-2.4 17-6.6z"
)
_MARKS = {
    # The same signs as the shields': a cross for a case, two rings for F1, one for F2.
    "f0": f'<g transform="translate(-9 -9) scale(.375)"><path fill="{{ink}}" d="{_SHIELD}"/>'
    '<path fill="none" stroke="var(--paper)" stroke-width="6" stroke-linecap="round" d="M24 14v18M15 23h18"/></g>',
    "f1": '<circle r="4.6" fill="var(--paper)" stroke="{ink}" stroke-width="1.6"/><circle r="1.9" fill="{ink}"/>',
    "f2": '<circle r="3.8" fill="var(--paper)" stroke="{ink}" stroke-width="1.6"/>',
    "none": '<circle r="2" fill="{ink}"/>',
    "tested": '<path d="M0-4.5 4.5 0 0 4.5-4.5 0z" fill="var(--paper)" stroke="{ink}" stroke-width="1.6"/>',
    "home": '<path fill="{ink}" d="M0-6 6.6 0H4.6V5.6H-4.6V0H-6.6z"/>',
}
_INKS = {
    "f0": "var(--f0)",
    "f1": "var(--muted)",
    "f2": "var(--muted)",
    "none": "var(--edge)",
    "tested": "var(--f0)",
    "home": "var(--muted)",
}
_BEYOND = "var(--edge)"
_TEXTS = {
    "title": Markup('fill="var(--ink)" font-weight="700"'),
    "head": Markup('fill="var(--ink)" font-weight="600"'),
    "strong": Markup('fill="var(--f0)" font-weight="600"'),
    "plain": Markup('fill="var(--ink)"'),
    "muted": Markup('fill="var(--muted)"'),
    "link": Markup('fill="var(--blue)"'),
}
_NOTHING = Markup("")
HALO = Markup(' stroke="var(--paper)" stroke-width="3" stroke-linejoin="round" paint-order="stroke"')
"""Keeps lines that pass behind a label from touching its letters."""
MIDDLE = Markup(' text-anchor="middle"')
_LINES = {
    "close": Markup('stroke-width="1.75"'),
    "far": Markup('stroke-width="1"'),
    "told": Markup('stroke-width="1.25" stroke-dasharray="4 3"'),
}
_STROKE = 'fill="none" stroke="var(--edge)"'
_KEYS: dict[str, str] = {kind: f'<path d="M1 0h22" {_STROKE} {style}/>' for kind, style in _LINES.items()} | {
    "bar": '<rect y="-4" width="24" height="8" rx="4" fill="var(--f0-tint)"/>',
    "exposed": '<rect y="-2.5" width="24" height="5" rx="2.5" fill="var(--edge)"/>',
    "watched": '<path d="M0 0h23M23-4v8" fill="none" stroke="var(--edge)" stroke-width="1.25"/>',
}
"""The signs of a legend that are no marks; the same as in the pictures."""
LEGEND: tuple[tuple[str, str], ...] = (
    ("f0", N_("case (F0)")),
    ("f1", N_("contact (F1)")),
    ("f2", N_("contact's contact (F2)")),
    ("home", N_("a household")),
    ("beyond", N_("beyond your units")),
    ("bar", N_("days on which a case could infect")),
    ("close", N_("same household or close")),
    ("far", N_("near, in passing")),
    ("told", N_("known by Bluezone")),
)


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a picture that leaves the console; `watermark` is laid over it."""

    title: str
    lines: tuple[str, ...]
    foot: str
    watermark: str


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses that a picture on a page leads to."""

    person: Callable[[str], str]
    opened: Callable[[str], str]


def text(x: float, y: float, said: str, style: str, size: float, *, more: Markup = _NOTHING) -> Markup:
    """One line of text whose middle is at `y`."""
    return Markup('<text x="{:.1f}" y="{:.1f}" font-size="{}" {}{}>{}</text>').format(
        x, y + size * 0.36, f"{size:g}", _TEXTS[style], more, said
    )


def draw(layout: Layout, speech: Speech, *, links: Links | None = None, frame: Frame | None = None) -> Markup:
    """The whole picture. With `links` marks lead on; with `frame` it has its title, foot and watermark."""
    body = Markup().join(_body(layout, links))
    return picture(body, layout.axis, layout.width, layout.height, speech, LEGEND, frame=frame, name=speech.say(_NAME))


_NAME = N_("Picture of the chains; the table below says the same")


def picture(
    body: Markup,
    axis: Axis,
    width: float,
    height: float,
    speech: Speech,
    legend: Iterable[tuple[str, str]],
    *,
    frame: Frame | None,
    name: str,
) -> Markup:
    """A body between two axes of days, with its legend, and its frame where it has one."""
    width = max(width, 480.0)
    parts: list[Markup] = []
    top = 0.0
    if frame is not None:
        texts = [text_width(frame.title, 20, strong=True), text_width(frame.foot, 11.5)]
        width = max(width, 2 * LEFT + max([*texts, *(text_width(line, 12.5) for line in frame.lines)]))
        parts.append(text(LEFT, 30, frame.title, "title", 20))
        for at, line in enumerate(frame.lines):
            parts.append(text(LEFT, 54 + 18 * at, line, "muted", 12.5))
        top = 50 + 18 * len(frame.lines)
    keys, below = _legend(legend, speech, width, top + 14)
    parts += keys
    body_top = below + AXIS
    parts.append(Markup('<g transform="translate(0 {:.1f})">').format(body_top))
    parts += _grid(axis, height)
    parts += [body, Markup("</g>")]
    parts.append(_days(axis, speech, below, width, moves=True))
    parts.append(_days(axis, speech, body_top + height, width))
    total = body_top + height + AXIS + 8
    if frame is not None:
        parts.append(text(LEFT, total + 8, frame.foot, "muted", 11.5))
        total += 26
        parts.append(_watermark(frame.watermark, width, total))
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="chain-picture" width="{w:.0f}" height="{h:.0f}"'
        ' viewBox="0 0 {w:.0f} {h:.0f}" role="group" aria-label="{name}"'
        ' font-family="Be Vietnam Pro, sans-serif">{defs}{back}{parts}</svg>'
    ).format(
        w=width,
        h=total,
        name=name,
        defs=_definitions(),
        back=Markup('<rect width="100%" height="100%" fill="var(--paper)"/>') if frame is not None else "",
        parts=Markup().join(parts),
    )


def alone(svg: Markup, *, fonts: bool) -> str:
    """The picture as a file of its own: in the light colours and, with `fonts`, with its letters in it."""
    colours = _light()
    inked = _VARIABLE.sub(lambda found: colours.get(found[1], found[0]), str(svg))
    return inked.replace("<defs>", f"<defs>{_font_faces()}", 1) if fonts else inked


def _body(layout: Layout, links: Links | None) -> Iterable[Markup]:
    yield Markup('<g fill="none" stroke="var(--edge)">')
    for line in layout.lines:
        yield _line(line)
    yield Markup("</g>")
    for bar in layout.bars:
        yield Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="8" rx="4" fill="var(--f0-tint)"{}/>').format(
            bar.x, bar.y - 4, bar.width, Markup(' stroke="var(--f0)" stroke-dasharray="2 3"') if bar.open else ""
        )
    for item in layout.items:
        yield from _mark(item, links) if isinstance(item, Mark) else _parts(item, links)


def _line(line: Line) -> Markup:
    bend = min(6.0, abs(line.to_y - line.y), max(line.to_x - line.x, 0.0))
    return Markup('<path d="M{:.1f} {:.1f}V{:.1f}q0 {b:.1f} {b:.1f} {b:.1f}H{:.1f}" {}/>').format(
        line.x, line.y, line.to_y - bend, max(line.to_x, line.x + bend), _LINES[line.kind], b=bend
    )


def _mark(mark: Mark, links: Links | None) -> Iterable[Markup]:
    """A mark with its label: one link, so that the keyboard stops once."""
    shape = Markup('<use href="#chain-{}{}" transform="translate({:.1f} {:.1f}){}"/>').format(
        mark.kind, "" if mark.reached else "-beyond", mark.x, mark.y, " scale(.88)" if mark.small else ""
    )
    address = None
    if links is not None:
        if mark.opens:
            address = links.opened(mark.opens)
        elif mark.reached and len(mark.people) == 1:
            address = links.person(mark.people[0])
    own = [part for part in mark.label.parts if not part.opens] if mark.label is not None else []
    said = Markup(" ").join(_text_of(mark.label, own)) if mark.label is not None else Markup()
    title = Markup("<title>{}</title>").format(mark.spoken) if links is not None else ""
    if address is None:
        yield Markup("<g>{}{}{}</g>").format(title, shape, said)
    else:
        reach = Markup('<circle cx="{:.1f}" cy="{:.1f}" r="{}" fill="transparent"/>').format(
            mark.x, mark.y, 6.2 if mark.small else 10
        )
        yield Markup('<a href="{}" aria-label="{}">{}{}{}{}</a>').format(
            address, mark.spoken, title, reach, shape, said
        )
    if mark.label is not None:
        yield from _opening(mark.label, links)


def _parts(label: Label, links: Links | None) -> Iterable[Markup]:
    yield from _text_of(label, [part for part in label.parts if not part.opens])
    yield from _opening(label, links)


def _opening(label: Label, links: Links | None) -> Iterable[Markup]:
    for part in label.parts:
        if part.opens:
            said = _text_of(label, [part], "muted" if links is None else "link")
            if links is None:
                yield from said
            else:
                yield Markup('<a href="{}">{}</a>').format(links.opened(part.opens), Markup().join(said))


def _text_of(label: Label, wanted: list[Part], style: str = "") -> Iterable[Markup]:
    x = label.x
    for part in label.parts:
        if part in wanted:
            yield text(x, label.y, part.text, style or part.style, part.size, more=HALO)
        x += part.width + 7


def _grid(axis: Axis, height: float) -> Iterable[Markup]:
    yield Markup('<g stroke="var(--line)" stroke-width="1">')
    for day in axis.labelled():
        x = axis.x(day)
        dash = Markup(' stroke-dasharray="2 4"') if day != axis.today else Markup(' stroke="var(--edge)"')
        yield Markup('<path d="M{:.1f} 0V{:.1f}"{}/>').format(x, height, dash)
    yield Markup("</g>")


def _days(axis: Axis, speech: Speech, y: float, width: float, *, moves: bool = False) -> Markup:
    """A line of days; the upper one may be kept in sight by the page's script."""
    said = Markup().join(
        text(
            axis.x(day),
            y + AXIS / 2,
            speech.short_day(day),
            "head" if day == axis.today else "muted",
            11.5,
            more=MIDDLE,
        )
        for day in axis.labelled()
    )
    back = Markup('<rect x="0" y="{:.1f}" width="{:.1f}" height="{}" fill="var(--paper)"/>').format(y, width, AXIS)
    edge = Markup('<path d="M{:.1f} {y:.1f}H{:.1f}" stroke="var(--edge)"/>').format(
        LEFT, axis.right, y=y + AXIS if moves else y
    )
    return Markup("<g{}>{}{}{}</g>").format(Markup(' class="chain-days"') if moves else "", back, said, edge)


def _legend(legend: Iterable[tuple[str, str]], speech: Speech, width: float, y: float) -> tuple[list[Markup], float]:
    """The keys in lines that fit, and where they end."""
    parts: list[Markup] = []
    x = LEFT
    for kind, sentence in legend:
        said = speech.say(sentence)
        wide = 30 + text_width(said, 11.5) + 16
        if x > LEFT and x + wide > width:
            x, y = LEFT, y + 20
        parts.append(_key(kind, x, y))
        parts.append(text(x + 30, y, said, "muted", 11.5))
        x += wide
    return parts, y + 16


def _key(kind: str, x: float, y: float) -> Markup:
    shape = _KEYS.get(kind)
    if shape is None:
        shape = f'<use href="#chain-{"f1-beyond" if kind == "beyond" else kind}" transform="translate(12 0)"/>'
    return Markup('<g transform="translate({:.1f} {:.1f})">{}</g>').format(x, y, Markup(shape))  # noqa: S704


@cache
def _definitions() -> Markup:
    shapes = ""
    for kind, shape in _MARKS.items():
        shapes += f'<g id="chain-{kind}">{shape.replace("{ink}", _INKS[kind])}</g>'
        faint = shape.replace("{ink}", _BEYOND).replace(
            'stroke-width="1.6"', 'stroke-width="1.6" stroke-dasharray="2 2"'
        )
        shapes += f'<g id="chain-{kind}-beyond">{faint}</g>'
    return Markup(f"<defs>{shapes}</defs>")  # noqa: S704 - the shapes above


def _watermark(said: str, width: float, height: float) -> Markup:
    """Who took the picture and when, faintly across all of it."""
    lines = []
    apart = 360
    for row, y in enumerate(range(160, max(int(height), 161), apart)):
        x = 60 + (row % 2) * 140
        while x < width:
            lines.append(Markup('<text transform="translate({} {}) rotate(-24)">{}</text>').format(x, y, said))
            x += 420
    return Markup(
        '<g fill="var(--ink)" fill-opacity=".07" font-size="20" font-weight="600" aria-hidden="true">{}</g>'
    ).format(Markup().join(lines))


@cache
def _light() -> Mapping[str, str]:
    """The light colours by their token's name; the first that the sheet says of each."""
    sheet = (look.static_folder() / "tokens.css").read_text("utf-8")
    found: dict[str, str] = {}
    for name, colour in _TOKEN.findall(sheet):
        found.setdefault(name, colour)
    return found


@cache
def _font_faces() -> str:
    faces = ""
    for weight in (400, 600, 700):
        data = (look.static_folder() / "fonts" / f"be-vietnam-pro-{weight}.woff2").read_bytes()
        source = f"url(data:font/woff2;base64,{base64.b64encode(data).decode()})"
        faces += f'@font-face{{font-family:"Be Vietnam Pro";font-weight:{weight};src:{source} format("woff2")}}'
    return f"<style>{faces}</style>"
