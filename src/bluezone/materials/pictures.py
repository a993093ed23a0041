"""Drawings of the pages (the chain of a case) as files: PNG and PDF, with our own fonts.

Only what a drawing needs is let through: no pictures inside it, no filters, no reference to anything outside it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bluezone.materials.colours import with_colours
from bluezone.materials.errors import PictureRefused, PrintingFailed
from bluezone.materials.letters import MISSING, SANS, letters
from bluezone.materials.moments import Language
from bluezone.materials.press import press

MOST_BYTES = 4 * 1024 * 1024
MOST_ELEMENTS = 100_000
"""With every `use` counted as what it repeats."""
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 14_000
"""Points; a PDF page can have 14,400."""

_SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS = {
    "a", "circle", "clipPath", "defs", "desc", "ellipse", "g", "line", "linearGradient", "marker", "path", "polygon",
    "polyline", "radialGradient", "rect", "stop", "style", "svg", "symbol", "text", "title", "tspan", "use",
}  # fmt: skip
_REFERENCE = re.compile(r"url\(\s*[\"']?\s*([^)\"']*)|@import", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,6}(?:\.\d+)?(?=(?:px)?\Z)")


def svg_to_png(svg: str, *, width: int) -> bytes:
    """The drawing as PNG, `width` pixels wide; what it does not paint stays transparent. Raises PictureRefused.

    The drawing brings its styles with it (attributes or a `style` element); the look's `var(--name)` are known.
    """
    return _draw(svg, "png", width, "", "vi", 0)


def svg_to_pdf(svg: str, *, width: int, title: str, language: Language, made_at: float) -> bytes:
    """The drawing as PDF/A of one page, `width` points wide, dated `made_at` (Unix seconds). Raises PictureRefused.

    `title` names it to who cannot see it.
    """
    return _draw(svg, "pdf", width, title, language, made_at)


def _draw(svg: str, kind: Literal["pdf", "png"], width: int, title: str, language: Language, at: float) -> bytes:
    if len(svg.encode("utf-8", "replace")) > MOST_BYTES:
        raise PictureRefused(f"A drawing has at most {MOST_BYTES >> 20} MiB; leave something out.")
    try:
        root = fromstring(svg, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise PictureRefused("This is no drawing: it cannot be read as SVG.") from error
    if root.tag != f"{_SVG}svg":
        raise PictureRefused("This is no drawing: its outermost element is not an SVG.")
    _refuse_strangers(root)
    if _drawn_elements(root) > MOST_ELEMENTS:
        raise PictureRefused(f"A drawing has at most {MOST_ELEMENTS} elements; leave something out.")
    wide, high = _size(root)
    height = high * width / wide
    if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE) or width * height > MOST_PIXELS:
        raise PictureRefused(f"A drawing of {width} by {height:.0f} points is too large; choose a smaller width.")
    known = letters(SANS)
    drawn = unicodedata.normalize("NFC", with_colours(svg))
    drawn = "".join(c if c in known or c.isspace() else MISSING for c in drawn)
    try:
        return press().picture(drawn, kind, width=width, title=title, language=language, at=at)
    except PrintingFailed as error:
        raise PictureRefused("This drawing cannot be drawn; simplify it.") from error


def _refuse_strangers(root: Element) -> None:
    for element in root.iter():
        name = str(element.tag).removeprefix(_SVG)
        if name not in _ELEMENTS:
            raise PictureRefused(f"A drawing cannot hold the element {name!r}.")
        if any(not target.startswith("#") for target in _references(element)):
            raise PictureRefused("A drawing cannot refer to anything outside itself.")


def _references(element: Element) -> Iterator[str]:
    for name, value in element.attrib.items():
        if name.rpartition("}")[2] == "href" and element.tag != f"{_SVG}a":
            yield value
        yield from (found[1] or "" for found in _REFERENCE.finditer(value))
    if element.tag == f"{_SVG}style":
        yield from (found[1] or "" for found in _REFERENCE.finditer(element.text or ""))


def _drawn_elements(root: Element) -> int:
    """How many elements are drawn when every `use` is replaced by its target; stops counting past the limit."""
    named = {element.get("id"): element for element in root.iter() if element.get("id")}
    waiting, count = [root], 0
    while waiting and count <= MOST_ELEMENTS:
        element = waiting.pop()
        count += 1
        waiting.extend(element)
        if element.tag == f"{_SVG}use":
            target = element.get("href") or element.get("{http://www.w3.org/1999/xlink}href") or ""
            if (repeated := named.get(target[1:])) is not None:
                waiting.append(repeated)
    return count


def _size(root: Element) -> tuple[float, float]:
    view = re.split(r"[ ,]+", (root.get("viewBox") or "").strip())
    texts = view[2:] if len(view) == 4 else [root.get("width") or "", root.get("height") or ""]
    sizes = [float(found[0]) for text in texts if (found := _NUMBER.match(text))]
    if len(sizes) != 2 or not all(sizes):
        raise PictureRefused("A drawing says how large it is: give it a viewBox, or width and height.")
    return sizes[0], sizes[1]
