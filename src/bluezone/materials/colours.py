"""The look's colours by day, for paper: drawings get them in place of the properties that only a browser knows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from bluezone.look import static_folder

_DAY = re.compile(r"^:root \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_COLOUR = re.compile(r"^ *--([\w-]+): (#[0-9A-F]{6});", re.MULTILINE)
_USE = re.compile(r"var\(--([\w-]+)(?:,\s*([^()]*))?\)")


@cache
def colours() -> Mapping[str, str]:
    """Every opaque colour of the token sheet by name, as `#RRGGBB`."""
    sheet = (static_folder() / "tokens.css").read_text("utf-8")
    return {name: colour for block in _DAY.findall(sheet) for name, colour in _COLOUR.findall(block)}


def with_colours(svg: str, **named: str) -> str:
    """The drawing with colours in place of `var(--name)` and `currentColor`.

    `named` gives the colour of a property that stands in no sheet (`tint`, `tone`) and of `current`; what nobody gives
    a colour is drawn in ink.
    """
    ink = colours()["ink"]
    known = {**colours(), **named}
    drawn = _USE.sub(lambda use: known.get(use[1], use[2] or ink), svg)
    return drawn.replace("currentColor", known.get("current", ink))


def standalone(inline: str) -> str:
    """A drawing made to stand inside a page, as a document of its own."""
    return str(inline).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
