"""An extract as the two tables that R's epicontacts makes its graphs of: people, and who may have infected whom.

`make_epicontacts(linelist, contacts, directed = TRUE)` takes the first column of the first table as identifier and the
first two of the second as from and to. Days are ISO, texts UTF-8; what a spreadsheet could compute is neutralised.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from bluezone.server.exchange.extract import BAND_YEARS, Extract
from bluezone.server.language import VIETNAM
from bluezone.sheets import neutralise

LINELIST, CONTACTS = "linelist.csv", "contacts.csv"

_PEOPLE = ("id", "level", "status", "onset", "test_date", "isolated_on", "reported", "known_contact", "sex", "born",
           "unit", "unit_name", "exposed_first", "exposed_last", "name", "phone")  # fmt: skip
_EDGES = ("from", "to", "first_day", "last_day", "closeness", "origin", "confirmed")

Cell = str | int | bool | date | None


def tables(extract: Extract) -> dict[str, bytes]:
    """Both files by name; of several cases of somebody the latest is told."""
    latest = {case.person: case for case in sorted(extract.cases, key=lambda one: one.number)}
    people: list[Sequence[Cell]] = []
    for one in extract.persons:
        case = latest.get(one.id)
        reported = None if case is None else datetime.fromtimestamp(case.reported_at, VIETNAM).date()
        told = (case.status, case.onset, case.test_date, case.isolated_on, reported, case.known_contact) if case else ()
        born = f"{one.born}-{one.born + BAND_YEARS - 1}" if one.born is not None and not extract.named else one.born
        unit = extract.units[one.unit]
        people.append(
            (one.id, None if one.level is None else f"F{one.level}", *(told or (None,) * 6), one.sex, born, unit.code,
             unit.title, one.exposed_first, one.exposed_last, one.name, one.phone)
        )  # fmt: skip
    edges = [
        (one.source, one.exposed, one.first_day, one.last_day, one.closeness, one.origin, one.confirmed)
        for one in extract.contacts
    ]
    return {LINELIST: _csv(_PEOPLE, people), CONTACTS: _csv(_EDGES, edges)}


def _csv(titles: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    kept = io.StringIO(newline="")
    writer = csv.writer(kept, lineterminator="\n")
    writer.writerow(titles)
    for row in rows:
        writer.writerow([_told(cell) for cell in row])
    return kept.getvalue().encode()


def _told(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case date():
            return cell.isoformat()
        case _:
            return neutralise(str(cell))
