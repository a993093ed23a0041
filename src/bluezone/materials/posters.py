"""The poster at a door: one code that is scanned from two metres, what to do with it, and whom to ask about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

import segno

from bluezone.materials.colours import colours, standalone
from bluezone.materials.errors import CodeUnprintable
from bluezone.materials.moments import VIETNAM, Language, day_text
from bluezone.materials.press import press, say, words

_LONGEST_LINK = 900
_DENSEST = 15
"""The largest QR version whose squares still scan at two metres when the code is 150 mm wide."""
_QUIET = 4


@dataclass(frozen=True, slots=True)
class PlacePoster:
    """What stands on one poster; `link` is the place code, which a log line does not show.

    `zone` is empty for a whole place, `valid_until` None for a sheet without an end; `host` is the short address.
    """

    name: str
    zone: str
    address: str
    unit: str
    short_id: str
    sheet_version: int
    issued: date
    valid_until: date | None
    link: str = field(repr=False)
    host: str
    hotline: str


def place_poster(poster: PlacePoster, *, language: Language, paper: Literal["a4", "a5"] = "a4") -> bytes:
    """One poster as PDF. Raises CodeUnprintable, PaperTooSmall."""
    return place_posters([poster], language=language, paper=paper)


def place_posters(posters: Sequence[PlacePoster], *, language: Language, paper: Literal["a4", "a5"] = "a4") -> bytes:
    """Posters as one PDF, a page each, dated by the latest issue. Raises CodeUnprintable, PaperTooSmall."""
    codes = [_code(poster.link) for poster in posters]
    texts = {
        "paper": paper,
        "title": words("place_poster")[language]["title"],
        "posters": [_texts(poster, code, language) for poster, code in zip(posters, codes, strict=True)],
    }
    drawn = {str(number): _svg(code) for number, code in enumerate(codes)}
    issued = max((poster.issued for poster in posters), default=date(1970, 1, 1))
    at = datetime(issued.year, issued.month, issued.day, tzinfo=VIETNAM).timestamp()
    return press().pdf("place_poster", texts, language=language, at=at, pictures=drawn)


def place_code_svg(link: str) -> str:
    """The link as a QR code with its quiet zone: level Q, or M where Q would make its squares too small.

    Raises CodeUnprintable for a link that no poster carries.
    """
    return _svg(_code(link))


def _svg(code: segno.QRCode) -> str:
    return standalone(code.svg_inline(border=_QUIET, omitsize=True, dark=colours()["ink"], light=colours()["paper"]))


def _code(link: str) -> segno.QRCode:
    if not (0 < len(link) <= _LONGEST_LINK and link.isascii() and link.isprintable()):
        raise CodeUnprintable(f"A poster carries a link of 1 to {_LONGEST_LINK} plain characters.")
    strong = segno.make_qr(link, error="q", boost_error=False)
    return strong if int(strong.version) <= _DENSEST else segno.make_qr(link, error="m", boost_error=False)


def _texts(poster: PlacePoster, code: segno.QRCode, language: Language) -> dict[str, Any]:
    until = "" if poster.valid_until is None else day_text(poster.valid_until)
    said = words("place_poster")[language]
    squares = code.symbol_size(border=0)[0]
    return {
        "name": poster.name,
        "zone": poster.zone,
        "address": poster.address,
        # The code itself is as wide as the template says; what is drawn has the quiet zone around it.
        "share": round((squares + 2 * _QUIET) / squares, 5),
        "words": say(
            {name: sentence for name, sentence in said.items() if name not in {"title", "until", "no_end"}},
            unit=poster.unit,
            short_id=poster.short_id,
            version=str(poster.sheet_version),
            issued=day_text(poster.issued),
            host=poster.host,
            hotline=poster.hotline.replace(" ", "\N{NO-BREAK SPACE}"),
            until=said["until"].format(day=until) if until else said["no_end"],
        ),
    }
