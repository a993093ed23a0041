"""What stands on paper is what the fonts draw: one line of composed letters without anything invisible."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"
SANS, OFFICIAL = "be-vietnam-pro", "texgyretermes"
MISSING = "?"
"""Stands for a character that the font does not draw."""

_LONGEST_WORD = 16  # the longest syllable of Vietnamese has seven letters; a cell must be able to break what is longer
_WORD = re.compile(rf"\S{{{_LONGEST_WORD + 1},}}")
_SPACES = re.compile(r"[^\S\N{NO-BREAK SPACE}]+")
_BREAK = "\u200b"


@cache
def letters(family: str) -> frozenset[str]:
    """The characters that all weights of a family draw; private ones have no meaning that a reader could copy."""
    lines = (FONTS / f"{family}-letters.txt").read_text("ascii").splitlines()
    ranges = (line.split() for line in lines)
    points = (point for start, end in ranges for point in range(int(start, 16), int(end, 16) + 1))
    return frozenset(c for c in map(chr, points) if unicodedata.category(c) not in {"Cc", "Cf", "Co"})


def printable(text: str, family: str) -> str:
    """The text as it is printed: NFC, single spaces, no control or direction marks, `?` for what no font here draws.

    A word of more than 16 characters may be broken anywhere, so that it wraps instead of running out of its cell.
    """
    composed = unicodedata.normalize("NFC", text)
    spaced = _SPACES.sub(" ", composed)
    line = "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cf"})
    known = letters(family)
    drawn = "".join(c if c in known else MISSING for c in line)
    return _WORD.sub(lambda word: _BREAK.join(word.group()), drawn)
