"""Codes by workbook: every row looked at first, then issued one by one, and the answer handed over in one file.

Nothing of the file is kept: the preview carries its rows encrypted to the next step. Codes in bulk are long ones, good
for a day, since nobody reads out a hundred within a quarter of an hour.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa

from bluezone.errors import BluezoneError
from bluezone.server.accounts.access import Account, Action
from bluezone.server.accounts.errors import AccessDenied
from bluezone.server.casework.codes import Codes, Shown
from bluezone.server.casework.codes_list import codes_of
from bluezone.server.casework.codes_rules import Lacking, basis_of
from bluezone.server.casework.errors import BulkColumnMissing, BulkTooMany, CodeImpossible
from bluezone.server.casework.people import home_desk, reachable
from bluezone.server.casework.tables import cases, persons
from bluezone.server.casework.terms import Channel
from bluezone.server.desk.service import QuotaExceeded
from bluezone.server.messages.service import NumberNotMobile, read_number
from bluezone.sheets import Column, Record, SheetHeaderMissing, SheetLimits, Table, read_sheet, read_table

MOST_ROWS = 200
LIMITS = SheetLimits(bytes=2 * 1024 * 1024, rows=2000, columns=64, characters=2_000_000, unpacked=32 * 1024 * 1024)

_CASE = Column(
    "case",
    ("Mã ca", "Mã ca bệnh", "Số ca", "Số ca bệnh", "Ca bệnh", "Số của Bộ", "Case", "Reference", "Case number"),
    required=True,
    longest=40,
)
COLUMNS = (
    _CASE,
    Column("phone", ("Điện thoại", "Số điện thoại", "SĐT", "Telephone", "Phone"), "phone"),
    Column(
        "channel",
        ("Hình thức", "Cách gửi", "Channel", "Handed over"),
        "choice",
        choices={"sms": ("Tin nhắn", "Nhắn tin", "Text message"), "slip": ("Phiếu", "In phiếu", "Slip")},
    ),
)


class RowFault(StrEnum):
    """Why a row gets no code, beside what a person lacks for one."""

    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    TWICE = "twice"
    PHONE_DIFFERS = "phone_differs"
    NOT_MOBILE = "not_mobile"
    SMS_LACKING = "sms_lacking"
    ISSUED_SINCE = "issued_since"
    QUOTA = "quota"
    FAILED = "failed"


class BulkRow(msgspec.Struct, frozen=True):
    """A row of the file: whom it means, and `fault` (of `RowFault` or `Lacking`) or nothing when a code may be issued.

    `before` are the person's good codes, which a new one revokes.
    """

    row: int
    text: str
    person: str = ""
    name: str = ""
    number: str = ""
    level: int | None = None
    channel: str = "slip"
    fault: str = ""
    before: tuple[str, ...] = ()


class Batch(msgspec.Struct, frozen=True, tag="batch"):
    """What a preview showed, on its way to being issued."""

    rows: list[BulkRow]

    @property
    def count(self) -> int:
        """How many codes would be issued."""
        return sum(not row.fault for row in self.rows)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a row."""

    row: BulkRow
    shown: Shown | None


async def look(codes: Codes, account: Account, data: bytes, name: str) -> Batch:
    """What would be done for each row of a file.

    Raises SheetsError, BulkColumnMissing or BulkTooMany.
    """
    table = await asyncio.to_thread(_table, data, name)
    if "case" not in table.found:
        raise BulkColumnMissing("No column is called “Mã ca”; give the case numbers a title, or take the template.")
    if len(table.records) > MOST_ROWS:
        raise BulkTooMany(f"The file has more than {MOST_ROWS} rows; split it, so that each row is looked at.")
    rows = await codes.casework.read(_look, codes, account, table.records)
    return Batch(rows)


def _table(data: bytes, name: str) -> Table:
    sheet = read_sheet(data, name=name, limits=LIMITS)
    try:
        return read_table(sheet, COLUMNS)
    except SheetHeaderMissing:
        return read_table(sheet, (_CASE,))  # one title alone is a header where no other is asked for


def _look(connection: sa.Connection, codes: Codes, account: Account, records: Sequence[Record]) -> list[BulkRow]:
    texts = {str(record.values.get("case") or "") for record in records}
    found = _cases(connection, account, texts)
    seen: Counter[str] = Counter()
    rows = []
    for record in records:
        text = str(record.values.get("case") or "")
        row = BulkRow(record.row, text[:40], channel=str(record.values.get("channel") or Channel.SLIP))
        people = found.get(_key(text), [])
        if record.faults or not text:
            row = msgspec.structs.replace(row, fault=RowFault.UNREADABLE)
        elif len(people) != 1:
            row = msgspec.structs.replace(row, fault=RowFault.AMBIGUOUS if people else RowFault.UNKNOWN)
        else:
            row = _looked_at(connection, codes, row, people[0], str(record.values.get("phone") or ""))
            seen[row.person] += 1
            if seen[row.person] > 1:
                row = msgspec.structs.replace(row, fault=RowFault.TWICE)
        rows.append(row)
    return rows


def _looked_at(connection: sa.Connection, codes: Codes, row: BulkRow, person: sa.Row[Any], phone: str) -> BulkRow:
    basis = basis_of(connection, person, codes.ground.today())
    fault = ""
    if isinstance(basis, Lacking):
        fault = str(basis)
    elif phone and phone != person.phone:
        fault = RowFault.PHONE_DIFFERS
    elif row.channel == Channel.SMS:
        fault = "" if codes.sms else RowFault.SMS_LACKING
        try:
            read_number(person.phone)
        except NumberNotMobile:
            fault = fault or RowFault.NOT_MOBILE
    return msgspec.structs.replace(
        row,
        person=person.id,
        name=person.name,
        number=person.reference or f"#{person.number}",
        level=person.level,
        fault=fault,
        before=_live(connection, person.id, codes.ground.now()),
    )


def _key(text: str) -> str:
    return text.strip().removeprefix("#").casefold()


def _cases(connection: sa.Connection, account: Account, texts: set[str]) -> Mapping[str, list[Any]]:
    """The people in reach whose case each text names, by its reference or else by the desk's own number."""
    keys = {_key(text) for text in texts} - {""}
    numbers = [int(key) for key in keys if key.isascii() and key.isdecimal() and len(key) < 10]
    rows = connection.execute(
        sa.select(*persons.c, cases.c.reference, cases.c.number)
        .join(cases, cases.c.person == persons.c.id)
        .where(
            reachable(account, Action.ISSUE_CODES),
            sa.or_(sa.func.lower(cases.c.reference).in_(keys), cases.c.number.in_(numbers)),
        )
        .order_by(cases.c.number)
    ).all()
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        # Of somebody with two cases of one reference, one is enough: the code goes by the open one.
        found.setdefault(row.reference.casefold(), {})[row.id] = row
    for row in rows:
        if str(row.number) in keys and not found.get(str(row.number)):
            found[str(row.number)] = {row.id: row}
    return {key: list(people.values()) for key, people in found.items() if key}


async def issue_all(codes: Codes, account: Account, batch: Batch, *, host: str) -> list[Result]:
    """Issue what the preview promised, row by row, until the day's quota is used up.

    Each row is looked at again: who is out of reach by now, or lacks what a code needs, gets none, and neither does
    who got one since the preview, so that sending the form twice revokes nothing.
    """
    results = []
    quota = False
    for row in batch.rows:
        fault, shown = row.fault, None
        if quota and not fault:
            fault = RowFault.QUOTA
        if not fault and set(await codes.casework.read(_live, row.person, codes.ground.now())) - set(row.before):
            fault = RowFault.ISSUED_SINCE
        if not fault:
            channel = Channel.SMS if row.channel == Channel.SMS else Channel.BULK
            try:
                shown, _ = await codes.issue(account, row.person, channel, host=host, aloud=False)
            except QuotaExceeded:
                fault, quota = RowFault.QUOTA, True
            except CodeImpossible as error:
                fault = error.lacking
            except AccessDenied:
                fault = RowFault.UNKNOWN
            except BluezoneError:
                # What was issued before is in the answer, whatever happens to one row.
                fault = RowFault.FAILED
        results.append(Result(msgspec.structs.replace(row, fault=str(fault)), shown))
    issued = sum(result.shown is not None for result in results)

    def note(connection: sa.Connection) -> None:
        unit = home_desk(account, Action.ISSUE_CODES)
        codes.ground.note(
            connection, account, "codes_bulk", unit=unit, issued=str(issued), refused=str(len(results) - issued)
        )

    await codes.core.database.write(note)
    return results


def _live(connection: sa.Connection, person: str, now: float) -> tuple[str, ...]:
    return tuple(code.uuid for code in codes_of(connection, person, now) if code.live)
