"""What a text message costs: its parts, and Vietnamese without marks."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The default alphabet, 3GPP TS 23.038 section 6.2.1."""
_EXTENDED = frozenset("\f^{}\\[~]|€")
"""Behind an escape, so of two septets each: section 6.2.1.1."""
_PLAIN = str.maketrans({"đ": "d", "Đ": "D", "“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "..."})


def parts(text: str) -> int:
    """How many short messages a text takes: of 160 septets or 70 UTF-16 units; 153 or 67 when there are several.

    No character is cut in two (3GPP TS 23.040 section 9.2.3.24.1).
    """
    fits = set(text) <= _BASIC | _EXTENDED
    alone, joined = (160, 153) if fits else (70, 67)
    sizes = list(_septets(text) if fits else _units(text))
    if sum(sizes) <= alone:
        return 1
    count, room = 1, joined
    for size in sizes:
        if size > room:
            count, room = count + 1, joined
        room -= size
    return count


def without_marks(text: str) -> str:
    """A Vietnamese text in letters of the default alphabet; signs of other kinds stay as they are."""
    marked = unicodedata.normalize("NFD", text.translate(_PLAIN))
    return unicodedata.normalize("NFC", "".join(letter for letter in marked if not unicodedata.combining(letter)))


def outgoing(text: str, *, marks: bool) -> str:
    """A text as it is sent, with its Vietnamese marks or without."""
    return unicodedata.normalize("NFC", text) if marks else without_marks(text)


def _septets(text: str) -> Iterator[int]:
    return (2 if letter in _EXTENDED else 1 for letter in text)


def _units(text: str) -> Iterator[int]:
    return (2 if ord(letter) > 0xFFFF else 1 for letter in text)
