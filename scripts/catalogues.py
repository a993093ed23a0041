"""Keeps the pages' translations together: English stands in the source, Vietnamese in a catalogue beside it.

`update` extracts every sentence and merges it into the catalogue (sentences are never guessed from similar ones),
`missing` lists those without a translation and exits with 1 if there are any, `compile` writes the .mo file.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PAGES = Path(__file__).parents[1] / "src" / "bluezone" / "phone" / "pages"
CATALOGUE = PAGES / "locale" / "vi" / "LC_MESSAGES" / "phone.po"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"newstyle_gettext": "true", "trimmed": "true", "silent": "false"}}
EPOCH = datetime(2020, 8, 3, tzinfo=UTC)
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}


def extracted() -> Catalog:
    """Every sentence of the source, with the files that say it."""
    catalogue = Catalog()
    for file, _line, message, comments, context in extract_from_dir(PAGES, METHODS, OPTIONS, KEYWORDS):
        # Files without line numbers: a catalogue then changes only when sentences do.
        catalogue.add(message, None, [(file, 0)], auto_comments=comments, context=context)
    return catalogue


def current() -> Catalog:
    """The catalogue as it lies in the folder."""
    if not CATALOGUE.exists():
        return Catalog(locale="vi")
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="vi")


def merged() -> Catalog:
    """The catalogue with exactly the sentences of the source."""
    catalogue = current()
    catalogue.update(extracted(), no_fuzzy_matching=True)
    catalogue.project, catalogue.version = "Bluezone", "phone"
    catalogue.header_comment = "# What the phone's pages say in Vietnamese; the English stands in their source."
    # No dates: a catalogue changes when sentences do.
    catalogue.creation_date = catalogue.revision_date = EPOCH
    catalogue.last_translator = catalogue.language_team = catalogue.msgid_bugs_address = "Bluezone"
    catalogue.fuzzy = False
    return catalogue


def missing(catalogue: Catalog) -> list[str]:
    """The sentences that have no translation or only a guessed one."""
    return [
        str(message.id)
        for message in catalogue
        if message.id and (message.fuzzy or not all(_forms(message.string)))
    ]  # fmt: skip


def compiled(catalogue: Catalog) -> bytes:
    """What the program reads."""
    target = io.BytesIO()
    write_mo(target, catalogue)
    return target.getvalue()


def _forms(string: str | Sequence[str] | None) -> tuple[str, ...]:
    return (string or "",) if string is None or isinstance(string, str) else tuple(string)


def main(command: str) -> int:
    """Exit code of one command."""
    if command == "update":
        target = io.BytesIO()
        write_po(target, merged(), sort_output=True, include_lineno=False, width=120)
        CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
        CATALOGUE.write_bytes(target.getvalue())
        return 0
    if command == "compile":
        CATALOGUE.with_suffix(".mo").write_bytes(compiled(current()))
        return 0
    if command == "missing":
        found = missing(merged())
        print("\n".join(found))
        return 1 if found else 0
    print("Say one of: update, missing, compile.", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or [""]))
