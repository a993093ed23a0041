"""The slip that brings a verification code to one person, with a stub for the desk that names nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import segno

from bluezone.materials.colours import colours, standalone
from bluezone.materials.errors import CodeUnprintable
from bluezone.materials.moments import Language, day_text, hour_text, local, moment_text
from bluezone.materials.press import press, say, words

SHORT, LONG = 8, 16
_LONGEST_LINK = 200
"""A longer link makes the squares of its code too small for a cheap camera at 31 mm."""


@dataclass(frozen=True, slots=True)
class CodeSlip:
    """What stands on one slip; times are Unix seconds. The code and the link do not show in a log line.

    `code` has eight digits or, while codes to read aloud are paused, sixteen characters; `link` carries the long code
    and may live longer.
    """

    code: str = field(repr=False)
    valid_until: float
    link: str = field(repr=False)
    link_valid_until: float
    unit: str
    hotline: str
    case_number: str
    issued_at: float


def code_slip(slip: CodeSlip, *, language: Language) -> bytes:
    """One slip of A6 as PDF. Raises CodeUnprintable, PaperTooSmall."""
    return code_slips([slip], language=language, paper="a6")


def code_slips(slips: Sequence[CodeSlip], *, language: Language, paper: Literal["a6", "a4"] = "a4") -> bytes:
    """Several slips as PDF, dated by the latest issue: four on a sheet of A4 to be cut, or each on its own A6.

    Raises CodeUnprintable, PaperTooSmall.
    """
    said = words("slip")[language]
    texts = {"paper": paper, "title": said["title"], "slips": [_texts(slip, language) for slip in slips]}
    pictures = {str(number): qr_svg(slip.link) for number, slip in enumerate(slips)}
    at = max((slip.issued_at for slip in slips), default=0)
    return press().pdf("slip", texts, language=language, at=at, pictures=pictures)


def code_groups(code: str) -> list[str]:
    """The code in groups of four, as it is printed and read. Raises CodeUnprintable."""
    digits = code.isascii() and code.isdigit()
    if not (len(code) == SHORT and digits) and not (len(code) == LONG and code.isascii() and code.isalnum()):
        raise CodeUnprintable("A slip carries eight digits or sixteen letters and digits, written without spaces.")
    return [code[at : at + 4] for at in range(0, len(code), 4)]


def qr_svg(link: str) -> str:
    """The link as a QR code of level M with its quiet zone. Raises CodeUnprintable for what is no short link."""
    if not (0 < len(link) <= _LONGEST_LINK and link.isascii() and link.isprintable()):
        raise CodeUnprintable(f"A slip carries a link of 1 to {_LONGEST_LINK} plain characters.")
    drawn = segno.make_qr(link, error="m").svg_inline(border=4, dark=colours()["ink"], light=colours()["paper"])
    return standalone(drawn)


def _texts(slip: CodeSlip, language: Language) -> dict[str, Any]:
    groups = code_groups(slip.code)
    valid_until = slip.valid_until if len(groups) == 2 else slip.link_valid_until
    return {
        "unit": slip.unit,
        "groups": groups,
        "case_number": slip.case_number,
        "last": slip.code[-2:],
        "issued": moment_text(slip.issued_at, language),
        "words": say(
            words("slip")[language],
            until=moment_text(valid_until, language),
            link_until=f"{hour_text(slip.link_valid_until, language)}, {day_text(local(slip.link_valid_until).date())}",
            hotline=slip.hotline,
        ),
    }
