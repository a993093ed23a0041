"""Whole numbers as addresses and forms name them: anything can stand there."""

from __future__ import annotations


def whole_number(text: str, *, digits: int, otherwise: int = 0) -> int:
    """The number of at most so many digits 0 to 9; `otherwise` for any other text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= digits else otherwise


def page_number(text: str, *, digits: int, last: int) -> int:
    """A page from 1 to `last`; the first for what names none in so many digits."""
    return max(1, min(whole_number(text, digits=digits, otherwise=1), last))
