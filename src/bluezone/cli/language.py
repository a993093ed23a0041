"""The language of the command line: Vietnamese unless the reader's environment or `--lang` says English."""

from __future__ import annotations

import gettext
import os
import sys
from pathlib import Path
from typing import Literal

import click

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")
_METAVARS = {"text": "CHỮ", "integer": "SỐ", "integer range": "SỐ", "float": "SỐ", "float range": "SỐ"}
"""What stands for an option's value in its help, by the name of its type; click translates files and folders itself."""


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


def teach_click() -> None:
    """Let click's own words ("Usage", "Missing argument") follow the language of this run; called before any is said.

    Click asks gettext's default domain, and gettext knows no other way to be told a language than the environment.
    """
    if _language == "vi":
        os.environ["LANGUAGE"] = "vi"
        gettext.bindtextdomain("click", Path(__file__).with_name("locale"))
        gettext.textdomain("click")


def speaking(command: click.Command) -> click.Command:
    """The command and those below it with placeholders in the language of this run; click does not translate these."""
    if _language == "vi":
        command.options_metavar = "[TÙY CHỌN]"
        for option in command.params:
            if isinstance(option, click.Option) and option.metavar is None:
                option.metavar = _METAVARS.get(option.type.name)
        if isinstance(command, click.Group):
            command.subcommand_metavar = "LỆNH [THAM SỐ]..."
            for child in command.commands.values():
                speaking(child)
    return command
