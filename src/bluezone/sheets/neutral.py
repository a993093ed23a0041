"""Texts that a spreadsheet program would take for a formula, made harmless and made themselves again."""

from __future__ import annotations

import re

# Plain, full-width and small forms, after blanks and marks that programs drop.
_FORMULA = re.compile(
    "'*[\\s\u200b-\u200d\u2060\ufeff]*[=+@\uff1d\uff0b\uff0d\uff20\u207a\u207b\u208a\u208b\ufe62\ufe63\ufe66\ufe6b\u2212-]|'*[\t\r\n]"
)


def is_formula_like(text: str) -> bool:
    """Whether a spreadsheet program may compute the text when it opens it."""
    return _FORMULA.match(text) is not None


def neutralise(text: str) -> str:
    """The text with an apostrophe before it where a program may compute it; `restore` takes exactly that off."""
    return f"'{text}" if is_formula_like(text) else text


def restore(text: str) -> str:
    """The text that `neutralise` was given."""
    return text[1:] if text.startswith("'") and is_formula_like(text) else text
