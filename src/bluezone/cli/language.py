"""The language of the command line: Vietnamese unless the reader's environment or `--lang` says English."""

from __future__ import annotations

import os
import sys
from typing import Literal

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")


def chosen_language(arguments: list[str], environment: dict[str, str]) -> Language:
    """The language that `--lang`, else BLUEZONE_LANG, else the locale asks for; Vietnamese when none says English."""
    for at, argument in enumerate(arguments):
        value = argument.removeprefix("--lang=") if argument.startswith("--lang=") else None
        if argument == "--lang" and at + 1 < len(arguments):
            value = arguments[at + 1]
        for known in LANGUAGES:
            if value == known:
                return known
    for name in ("BLUEZONE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return "en" if value.lower().startswith("en") else "vi"
    return "vi"


_language = chosen_language(sys.argv[1:], dict(os.environ))


def language() -> Language:
    """The language of this run of the command."""
    return _language


def t(vi: str, en: str) -> str:
    """The one of two equal sentences that the reader understands."""
    return vi if _language == "vi" else en
