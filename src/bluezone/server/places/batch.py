"""Many places at once: read from a workbook, looked at, registered together, and listed with their sheets' numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import msgspec
import sqlalchemy as sa

from bluezone.protocol.place import LONGEST_STAY_MINUTES, PlaceKind
from bluezone.server.accounts.access import Account, Action, allowed
from bluezone.server.casework.service import Ground
from bluezone.server.places.errors import BatchUnfit, PlaceInvalid
from bluezone.server.places.register import PlaceData, checked_place, insert_place
from bluezone.server.units.service import find_unit
from bluezone.sheets import Column, Record, SheetsError, read_sheet, read_table

MOST_PLACES = 500
MOST_BYTES = 900_000
"""Below what a form's file may have before it would be put on a disk."""
STAY_MINUTES = 60

KINDS: dict[str, tuple[str, ...]] = {
    "1": ("Cơ quan", "Cơ quan, công sở", "Công sở", "Office"),
    "2": ("Y tế", "Trạm y tế", "Bệnh viện", "Trạm y tế, bệnh viện", "Health station, hospital"),
    "3": ("Trường học", "Trường", "School"),
    "4": ("Chợ", "Market"),
    "5": ("Cửa hàng", "Shop"),
    "6": ("Hàng ăn", "Hàng ăn, quán nước", "Nhà hàng", "Quán nước", "Restaurant, café"),
    "7": ("Bến xe", "Nhà ga", "Bến xe, nhà ga", "Station, stop"),
    "8": ("Nhà máy", "Factory"),
    "9": ("Khách sạn", "Nhà trọ", "Khách sạn, nhà trọ", "Hotel, lodging"),
    "10": ("Nơi thờ tự", "Place of worship"),
    "11": ("Sự kiện", "Event"),
    "12": ("Chung cư", "Block of flats"),
    "0": ("Nơi khác", "Khác", "Other place", "Other"),
}
COLUMNS = (
    Column("name", ("Tên địa điểm", "Tên", "Địa điểm", "Name of the place", "Name", "Place"), required=True),
    Column("address", ("Địa chỉ", "Address")),
    Column("unit", ("Mã đơn vị", "Mã xã", "Đơn vị", "Unit code", "Unit"), longest=20),
    Column("kind", ("Loại", "Loại hình", "Kind"), "choice", choices=KINDS),
    Column("stay", ("Thời gian ở lại", "Phút ở lại", "Số phút", "Usual stay", "Minutes"), "number"),
    Column("until", ("Dùng đến", "Hạn", "Valid until"), "date"),
    Column("zones", ("Các cửa", "Cửa", "Khu", "Doors", "Zones")),
)
"""Doors are parted by semicolons."""


_FAULTS = {
    "stay": ("stay", "stay_impossible"),
    "until": ("valid_until", "not_understood"),
    "kind": ("kind", "kind_unknown"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the workbook: the place that it says, and what is wrong with it by field (codes of `words.FAULTS`)."""

    row: int
    data: PlaceData
    faults: dict[str, str]


def read_batch(connection: sa.Connection, account: Account, data: bytes, name: str, today: date) -> list[Line]:
    """Every row, none of them written. Raises BatchUnfit."""
    try:
        table = read_table(read_sheet(data, name=name), COLUMNS)
    except SheetsError as error:
        raise BatchUnfit("This file is no list of places in .xlsx or .csv that can be read safely.") from error
    if table.missing or not table.records:
        raise BatchUnfit("The workbook needs a column with the places' names, and a row for each place.")
    if len(table.records) > MOST_PLACES:
        raise BatchUnfit(f"One workbook brings at most {MOST_PLACES} places; split it.")
    return [_checked(connection, account, record.row, *_data(account, record), today) for record in table.records]


def read_again(connection: sa.Connection, account: Account, text: str, today: date) -> list[Line]:
    """The rows that a preview showed, checked once more. Raises BatchUnfit for anything else."""
    try:
        rows = msgspec.json.decode(text, type=list[PlaceData])
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise BatchUnfit("This is not what the preview sent; bring the workbook again.") from error
    if not 0 < len(rows) <= MOST_PLACES:
        raise BatchUnfit(f"One workbook brings at most {MOST_PLACES} places; split it.")
    return [_checked(connection, account, at, data, {}, today) for at, data in enumerate(rows, start=1)]


def register_all(ground: Ground, connection: sa.Connection, account: Account, lines: Sequence[Line]) -> None:
    """All of them or none. Raises BatchUnfit while a row is wrong."""
    if any(line.faults for line in lines):
        raise BatchUnfit("A row is wrong by now; bring the workbook again.")
    for line in lines:
        insert_place(ground, connection, account, line.data)


def _data(account: Account, record: Record) -> tuple[PlaceData, dict[str, str]]:
    values = record.values
    broken = {fault.column for fault in record.faults}
    stay, until = values.get("stay"), values.get("until")
    minutes = int(stay) if isinstance(stay, int | float) and 0 <= stay <= LONGEST_STAY_MINUTES else 0
    faults = {field: code for key, (field, code) in _FAULTS.items() if key in broken}
    data = PlaceData(
        name=_text(values.get("name")),
        unit=_text(values.get("unit")) or account.unit.code,
        kind=int(_text(values.get("kind")) or PlaceKind.OTHER),
        address=_text(values.get("address")),
        stay_minutes=STAY_MINUTES if stay is None else minutes,
        valid_until=until if isinstance(until, date) else None,
        zones=tuple(_text(values.get("zones")).replace("\n", ";").split(";")),
    )
    return data, faults


def _text(value: object) -> str:
    return "" if value is None else str(value).replace("\0", " ").encode("utf-8", "replace").decode().strip()


def _checked(
    connection: sa.Connection, account: Account, row: int, data: PlaceData, faults: dict[str, str], today: date
) -> Line:
    zones = tuple(map(_text, data.zones))
    data = replace(data, name=_text(data.name), unit=_text(data.unit), address=_text(data.address), zones=zones)
    try:
        data = checked_place(connection, data, today)
    except PlaceInvalid as error:
        faults = error.faults | faults
    if not allowed(account, Action.PLACES_MANAGE, find_unit(connection, data.unit)):
        faults = {"unit": "unit_unknown"} | faults
    return Line(row, data, faults)
