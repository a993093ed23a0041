"""Keeps the pages' translations together: English stands in the source, Vietnamese in a catalogue beside it.

`update` extracts every sentence and merges it into the catalogues (sentences are never guessed from similar ones),
`missing` lists those without a translation and exits with 1 if there are any, `compile` writes the .mo files.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

SOURCE = Path(__file__).parents[1] / "src" / "bluezone"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("templates/**.html", "jinja2")]
OPTIONS = {
    pattern: {"newstyle_gettext": "true", "trimmed": "true", "silent": "false"}
    for pattern, method in METHODS
    if method == "jinja2"
}
EPOCH = datetime(2020, 8, 3, tzinfo=UTC)
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}


@dataclass(frozen=True)
class Pages:
    """Whose sentences one catalogue holds: those below a folder, which for a library's words is not where it lies."""

    domain: str
    folder: Path
    about: str
    source: Path | None = None

    @property
    def catalogue(self) -> Path:
        """The file of the Vietnamese sentences."""
        return self.folder / "locale" / "vi" / "LC_MESSAGES" / f"{self.domain}.po"


PHONE = Pages("phone", SOURCE / "phone" / "pages", "What the phone's pages say")
SERVER = Pages("server", SOURCE / "server", "What the server's pages say")
CLICK = Pages(
    "click", SOURCE / "cli", "What the library of the command line says by itself", Path(click.__file__).parent
)
ALL = (PHONE, SERVER, CLICK)


def extracted(pages: Pages) -> Catalog:
    """Every sentence of the source, with the files that say it."""
    catalogue = Catalog()
    for file, _line, message, comments, context in extract_from_dir(
        pages.source or pages.folder, METHODS, OPTIONS, KEYWORDS
    ):
        # Files without line numbers: a catalogue then changes only when sentences do.
        catalogue.add(message, None, [(file, 0)], auto_comments=comments, context=context)
    return catalogue


def current(pages: Pages) -> Catalog:
    """The catalogue as it lies in the folder."""
    if not pages.catalogue.exists():
        return Catalog(locale="vi")
    with pages.catalogue.open("rb") as file:
        return read_po(file, locale="vi")


def merged(pages: Pages) -> Catalog:
    """The catalogue with exactly the sentences of the source."""
    catalogue = current(pages)
    catalogue.update(extracted(pages), no_fuzzy_matching=True)
    catalogue.project, catalogue.version = "Bluezone", pages.domain
    catalogue.header_comment = f"# {pages.about} in Vietnamese; the English stands in their source."
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


def main(command: str, domain: str = "") -> int:
    """Exit code of one command, on one catalogue or on all."""
    chosen = [pages for pages in ALL if domain in {"", pages.domain}]
    if command == "update":
        for pages in chosen:
            target = io.BytesIO()
            write_po(target, merged(pages), sort_output=True, include_lineno=False, width=120)
            pages.catalogue.parent.mkdir(parents=True, exist_ok=True)
            pages.catalogue.write_bytes(target.getvalue())
        return 0
    if command == "compile":
        for pages in chosen:
            pages.catalogue.with_suffix(".mo").write_bytes(compiled(current(pages)))
        return 0
    if command == "missing":
        found = [sentence for pages in chosen for sentence in missing(merged(pages))]
        print("\n".join(found))
        return 1 if found else 0
    print("Say one of: update, missing, compile.", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3] or [""]))
