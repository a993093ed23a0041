"""Imports as rows of the database: bringing a file, looking at its rows, deciding, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Action, denied, require_somewhere
from bluezone.server.casework.service import Ground, home_desk
from bluezone.server.exchange.columns import COLUMNS, ListKind
from bluezone.server.exchange.entries import Entry, Verdict
from bluezone.server.exchange.errors import FileRefused, ImportNotOpen
from bluezone.server.exchange.matching import Records, match
from bluezone.server.exchange.places import Places
from bluezone.server.exchange.reading import Reader
from bluezone.server.exchange.tables import import_rows, imports
from bluezone.server.names import clean_name
from bluezone.server.units.service import every_unit
from bluezone.sheets import Note, SheetLimits, SheetsError, Table, read_sheet, read_table

MOST_BYTES = 8 * 1024 * 1024
LIMITS = SheetLimits(bytes=MOST_BYTES, rows=20_000, cells=1_000_000, characters=16_000_000)
PAGE = 50
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_CHOICE = re.compile(r"new|skip|keep|take|same:[0-9a-f]{32}|row:[1-9][0-9]{0,6}", re.ASCII)


class State(StrEnum):
    """Where an import stands."""

    PREVIEWED = "previewed"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"


class Said(msgspec.Struct, frozen=True):
    """What the file said about itself: headings that were found and not, notes of the reader."""

    unit: str
    found: dict[str, tuple[str, str]] = {}
    unknown: list[tuple[str, str]] = []
    ambiguous: dict[str, list[str]] = {}
    notes: list[tuple[str, list[str]]] = []


@dataclass(frozen=True, slots=True)
class RowView:
    """A row as its page shows it."""

    number: int
    entry: Entry
    verdict: Verdict
    choice: str
    outcome: str
    person: str | None


def read_file(data: bytes, name: str, kind: ListKind) -> Table:
    """The table of a file. Raises FileRefused."""
    try:
        table = read_table(read_sheet(data, name=name, limits=LIMITS), COLUMNS[kind])
    except SheetsError as error:
        raise FileRefused(str(error), error.code) from error
    if table.missing:
        raise FileRefused(
            f"The table has no column for {', '.join(table.missing)}; see the list to fill in.",
            "column_missing",
            ",".join(table.missing),
        )
    if not table.records:
        raise FileRefused("There is no row below the titles; fill in at least one.", "no_rows")
    return table


def preview(
    ground: Ground, connection: sa.Connection, account: Account, kind: ListKind, table: Table, usual_unit: str
) -> list[Entry]:
    """What every row says and would change; nothing is written. Raises AccessDenied."""
    require_somewhere(account, Action.WORK_CASES)
    places = Places(every_unit(connection))
    if usual_unit not in places.units:
        usual_unit = home_desk(account, Action.WORK_CASES)
    reader = Reader(kind, table, places, usual_unit, ground.today())
    entries = [reader.read(record) for record in table.records]
    match(entries, Records(connection, account, entries), places)
    return entries


def keep(
    ground: Ground,
    connection: sa.Connection,
    account: Account,
    kind: ListKind,
    name: str,
    said: Said,
    entries: Sequence[Entry],
) -> str:
    """Keep what was read until an official decides; returns the import's identifier."""
    import_id, encode = ground.id(), msgspec.msgpack.Encoder().encode
    connection.execute(
        sa.insert(imports).values(
            id=import_id,
            account=account.id,
            kind=kind,
            name=clean_name(name)[:120],
            state=State.PREVIEWED,
            total=len(entries),
            done=0,
            said=ground.seal(encode(said)),
            created_at=ground.now(),
            worked_at=None,
            finished_at=None,
            failure="",
        )
    )
    connection.execute(
        sa.insert(import_rows),
        [
            {
                "import_id": import_id,
                "number": entry.row,
                "entry": ground.seal(encode(entry)),
                "verdict": entry.verdict,
                "choice": "",
                "outcome": "",
                "person": None,
                "undo": None,
            }
            for entry in entries
        ],
    )
    return import_id


def said_of(table: Table, unit: str) -> Said:
    """What a table says about itself, as it is kept."""
    return Said(
        unit,
        {key: (one.place, one.title) for key, one in table.found.items()},
        [(one.place, one.title) for one in table.unknown[:40]],
        {key: [one.place for one in found] for key, found in table.ambiguous.items()},
        [_note(note) for note in table.notes],
    )


def _note(note: Note) -> tuple[str, list[str]]:
    return note.code, list(note.details[:20])


def find_import(
    connection: sa.Connection,
    account: Account,
    import_id: str,
    *,
    lock: bool = False,
    kinds: Sequence[str] = tuple(ListKind),
) -> sa.Row[Any]:
    """An import of this account. Raises AccessDenied, also for nobody's."""
    require_somewhere(account, Action.WORK_CASES)
    row = None
    if _ID.fullmatch(import_id):
        query = sa.select(imports).where(
            imports.c.id == import_id, imports.c.account == account.id, imports.c.kind.in_(list(kinds))
        )
        row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise denied()
    return row


def own_imports(connection: sa.Connection, account: Account, *, most: int = 20) -> list[sa.Row[Any]]:
    """The account's imports, latest first."""
    query = sa.select(imports).where(imports.c.account == account.id, imports.c.kind.in_(list(ListKind)))
    return list(connection.execute(query.order_by(imports.c.created_at.desc(), imports.c.id).limit(most)))


def counts(connection: sa.Connection, import_id: str) -> tuple[dict[str, int], dict[str, int], int]:
    """How many rows are of each verdict, how many have each outcome, and how many are still to be decided."""
    c = import_rows.c
    here = c.import_id == import_id
    by_verdict, by_outcome = (
        {
            word: int(number)
            for word, number in connection.execute(sa.select(column, sa.func.count()).where(here).group_by(column))
        }
        for column in (c.verdict, c.outcome)
    )
    open_ = here & (c.verdict == Verdict.ALIKE) & (c.choice == "")
    undecided = connection.execute(sa.select(sa.func.count()).where(open_)).scalar_one()
    return by_verdict, by_outcome, undecided


def read_rows(
    ground: Ground, connection: sa.Connection, import_id: str, *, verdict: str = "", outcome: str = "", page: int = 1
) -> list[RowView]:
    """A page of rows, of one verdict or outcome or of all; in the order of the file."""
    query = sa.select(import_rows).where(import_rows.c.import_id == import_id)
    if verdict:
        query = query.where(import_rows.c.verdict == verdict)
    if outcome:
        query = query.where(import_rows.c.outcome == outcome)
    rows = connection.execute(query.order_by(import_rows.c.number).limit(PAGE).offset((page - 1) * PAGE))
    return [row_view(ground, row) for row in rows]


def row_view(ground: Ground, row: Any) -> RowView:
    entry = decode(ground, row.entry)
    return RowView(row.number, entry, Verdict(row.verdict), row.choice, row.outcome, row.person)


def decode(ground: Ground, sealed: bytes) -> Entry:
    return msgspec.msgpack.decode(ground.unseal(sealed), type=Entry)


def decode_said(ground: Ground, sealed: bytes) -> Said:
    return msgspec.msgpack.decode(ground.unseal(sealed), type=Said)


def choose(
    ground: Ground, connection: sa.Connection, account: Account, import_id: str, choices: Mapping[int, str]
) -> None:
    """Keep what was decided for rows, by their numbers; what a row cannot be is not kept.

    Raises AccessDenied or ImportNotOpen.
    """
    _require_open(find_import(connection, account, import_id, lock=True))
    c = import_rows.c
    for number, choice in choices.items():
        row = connection.execute(
            sa.select(c.entry, c.verdict).where(c.import_id == import_id, c.number == number)
        ).one_or_none()
        if row is None or (choice and choice not in possible(decode(ground, row.entry), row.verdict)):
            continue
        connection.execute(
            sa.update(import_rows).where(c.import_id == import_id, c.number == number).values(choice=choice)
        )


def possible(entry: Entry, verdict: str) -> set[str]:
    """What may be decided for a row."""
    match verdict:
        case Verdict.ALIKE:
            who = {f"same:{one.person}" if one.person else f"row:{one.row}" for one in entry.candidates}
            return who | ({"skip"} if entry.visit else {"new", "skip"})
        case Verdict.DIFFERS:
            return {"keep", "take", "skip"}
        case Verdict.FAULT:
            return set()
        case _:
            return {"skip"}


def choose_all(
    ground: Ground, connection: sa.Connection, account: Account, import_id: str, verdict: str, choice: str
) -> None:
    """Decide all rows of a verdict that are not decided yet; "same" takes the only one whom a row may mean.

    Raises AccessDenied or ImportNotOpen.
    """
    _require_open(find_import(connection, account, import_id, lock=True))
    c = import_rows.c
    open_ = sa.select(c.number, c.entry).where(c.import_id == import_id, c.verdict == verdict, c.choice == "")
    for row in connection.execute(open_).all():
        entry, chosen = decode(ground, row.entry), choice
        if choice == "same":
            if len(entry.candidates) != 1:
                continue
            only = entry.candidates[0]
            chosen = f"same:{only.person}" if only.person else f"row:{only.row}"
        if chosen in possible(entry, verdict):
            connection.execute(
                sa.update(import_rows).where(c.import_id == import_id, c.number == row.number).values(choice=chosen)
            )


def start(ground: Ground, connection: sa.Connection, account: Account, import_id: str) -> None:
    """From now on the rows are worked on. Raises AccessDenied or ImportNotOpen."""
    _require_open(find_import(connection, account, import_id, lock=True))
    connection.execute(
        sa.update(imports).where(imports.c.id == import_id).values(state=State.RUNNING, worked_at=ground.now())
    )


def discard(_ground: Ground, connection: sa.Connection, account: Account, import_id: str) -> None:
    """The file is not wanted after all; nothing of it stays. Raises AccessDenied or ImportNotOpen."""
    _require_open(find_import(connection, account, import_id, lock=True))
    connection.execute(sa.delete(imports).where(imports.c.id == import_id))


def _require_open(row: sa.Row[Any]) -> None:
    if row.state != State.PREVIEWED:
        raise ImportNotOpen("This list is on record already; look at its report.")
