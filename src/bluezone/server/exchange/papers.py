"""The workbooks around an import: the lists to fill in, and the report of what became of every row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Action
from bluezone.server.casework.service import Ground, home_desk, people_named
from bluezone.server.exchange import words
from bluezone.server.exchange.columns import COLUMNS, TITLES, ListKind
from bluezone.server.exchange.imports import decode, find_import
from bluezone.server.exchange.matching import parts
from bluezone.server.exchange.tables import import_rows
from bluezone.server.language import N_, Language, translations
from bluezone.server.units.service import every_unit
from bluezone.sheets import ENGLISH, VIETNAMESE, Mark, Value, WrittenColumn, WrittenSheet, write_workbook

_LEFT_OUT = {"age", "male", "female", "province"}
"""Columns that are read where a list has them, and not asked for."""
_MEANINGS = {
    "birth_year": N_("Four digits: 1985"),
    "sex": N_("male or female"),
    "phone": N_("One number with the 0 in front: 0912 345 678"),
    "commune": N_("As xã Liên Phương; add the district where several communes are called so"),
    "level": N_("Compared with the computed level and not kept"),
    "reference": N_("As BN1046, when there is one"),
    "status": N_("positive, clinical, suspected or negative; empty means positive"),
    "onset": N_("Day of the first symptom: 5/8/2020; empty without symptoms"),
    "test_date": N_("Day of the sample: 5/8/2020"),
    "isolated_on": N_("Day of isolation: 5/8/2020"),
    "source": N_(
        "Whom they met: a case number (BN1046 or #12), or the full name of somebody on record or in this list"
    ),
    "last_day": N_("The last day on which they met: 5/8/2020"),
    "first_day": N_("The first day, where it is another one"),
    "closeness": N_("Same household, close, near or passing"),
    "origin": N_("Interview, home, landmark, media, Bluezone or gate book"),
    "day": N_("The day of the visit or call: 5/8/2020"),
    "result": N_("Seen, no answer, symptoms, tested, handed over, lost or done"),
    "temperature": N_("As 37,5"),
}
_KINDS = {"date": "date", "number": "number", "year": "text", "text": "text", "choice": "text", "phone": "text"}


def list_to_fill_in(kind: ListKind, language: Language) -> bytes:
    """An empty workbook with every column that is asked for, and what each means."""
    said = translations(language).gettext
    columns = [
        WrittenColumn(
            said(TITLES[column.key]) + (" *" if column.required else ""),
            _KINDS[column.kind],  # type: ignore[arg-type]
            meaning=said(_MEANINGS[column.key]) if column.key in _MEANINGS else "",
        )
        for column in COLUMNS[kind]
        if column.key not in _LEFT_OUT
    ]
    sheet = WrittenSheet(said(words.KINDS[kind]), columns, [])
    return write_workbook([sheet], mark=None, words=VIETNAMESE if language == "vi" else ENGLISH)


def report(ground: Ground, connection: sa.Connection, account: Account, import_id: str, language: Language) -> bytes:
    """What became of every row, as a workbook. Raises AccessDenied."""
    said = translations(language).gettext
    row = find_import(connection, account, import_id)
    titles = {unit.code: unit.title for unit in every_unit(connection)}
    columns = [
        WrittenColumn(said(N_("Row")), "number"),
        WrittenColumn(said(N_("What became of it")), width=28),
        WrittenColumn(said(TITLES["name"])),
        WrittenColumn(said(TITLES["birth_year"])),
        WrittenColumn(said(TITLES["phone"])),
        WrittenColumn(said(TITLES["commune"])),
        WrittenColumn(said(N_("Level in the file"))),
        WrittenColumn(said(N_("Computed level"))),
        WrittenColumn(said(N_("What to correct")), width=60),
    ]

    def lines() -> Iterator[list[Value]]:
        c = import_rows.c
        numbers = connection.execute(sa.select(c.number).where(c.import_id == import_id).order_by(c.number)).scalars()
        for some in parts(numbers):
            query = sa.select(import_rows).where(c.import_id == import_id, c.number.in_(some)).order_by(c.number)
            rows = connection.execute(query).all()
            people = people_named(connection, account, {one.person for one in rows if one.person})
            for one in rows:
                yield _line(ground, one, people.get(one.person), titles, said)

    mark = Mark(
        f"{account.name}, {account.unit.title}",
        datetime.fromtimestamp(ground.now(), UTC),
        said(N_("report on a list that was brought in")),
    )
    sheet = WrittenSheet(said(N_("Report")), columns, lines(), [row.name])
    return write_workbook([sheet], mark=mark, words=VIETNAMESE if language == "vi" else ENGLISH)


def note_report(ground: Ground, connection: sa.Connection, account: Account, import_id: str) -> None:
    """Write down that a report leaves. Raises AccessDenied."""
    row = find_import(connection, account, import_id)
    unit = home_desk(account, Action.WORK_CASES)
    detail = {"kind": "import_report", "rows": str(row.total), "named": "yes"}
    ground.note(connection, account, "exported", unit=unit, subject=import_id, **detail)


def _line(ground: Ground, row: Any, named: Any, titles: dict[str, str], said: Any) -> list[Value]:
    entry = decode(ground, row.entry)
    level = None if named is None else named.level
    faults = [
        f"{flaw.place} {said(TITLES.get(flaw.column, flaw.column))} “{flaw.value}”: "
        f"{said(words.FLAWS.get(flaw.code, flaw.code))}".strip()
        for flaw in entry.flaws
    ]
    return [
        row.number,
        said(words.OUTCOMES.get(row.outcome, row.outcome)),
        entry.name,
        entry.birth_year and str(entry.birth_year),
        entry.phone,
        titles.get(entry.unit, entry.unit),
        f"F{entry.level}" if entry.level else "",
        "" if level is None else f"F{level}",
        "\n".join(faults),
    ]
