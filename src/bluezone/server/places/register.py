"""The register: places of a unit, their zones, and the sheets with codes that hang at their doors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bluezone.protocol.place import LONGEST_NAME, LONGEST_STAY_MINUTES, PlaceCode, PlaceKind
from bluezone.protocol.scan_errors import PlaceCodeMalformed
from bluezone.server.accounts.access import Account, Action, denied, require, roots
from bluezone.server.casework.service import Ground, is_id
from bluezone.server.names import clean_name
from bluezone.server.places.errors import PlaceChanged, PlaceInvalid, PlaceWithdrawn
from bluezone.server.places.tables import place_sheets, places
from bluezone.server.units.service import Unit, find_unit, fold, units_at

MOST_ZONES = 60
LONGEST_ZONE = 60
LAST_SHEET = 255
"""A place code numbers its sheets with one byte."""
PAGE = 100
SEED_BYTES = 16
VISITS_KEY = "visits-key"

_BETWEEN = " · "


@dataclass(frozen=True, slots=True)
class PlaceData:
    """What a place is; `zones` are the doors that have a code of their own, none for one code at the whole place."""

    name: str
    unit: str
    kind: int
    address: str = ""
    stay_minutes: int = 60
    valid_from: date | None = None
    valid_until: date | None = None
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A version of the code at one door; `replaced_at` is None for the one to hang up."""

    id: str
    zone: str
    number: int
    short_id: str
    code: PlaceCode
    made_at: int
    replaced_at: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """A place on record with all its sheets, newest first."""

    row: sa.Row[Any]
    unit: Unit
    sheets: list[Sheet]

    @property
    def current(self) -> list[Sheet]:
        """The sheets that should hang now, by zone."""
        return sorted((sheet for sheet in self.sheets if sheet.replaced_at is None), key=lambda sheet: sheet.zone)


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list."""

    row: sa.Row[Any]
    unit: str
    sheets: int


def checked_place(connection: sa.Connection, data: PlaceData, today: date) -> PlaceData:
    """The data as it is kept. Raises PlaceInvalid with every fault."""
    zones = tuple(dict.fromkeys(filter(None, map(clean_name, data.zones))))
    data = replace(data, name=clean_name(data.name), address=clean_name(data.address), zones=zones)
    faults = {}
    if len(data.name) < 2:
        faults["name"] = "name_length"
    elif not all(_fits(data, zone) for zone in zones or ("",)):
        faults["zones" if zones and _fits(data, "") else "name"] = "name_too_long"
    if (data.unit and find_unit(connection, data.unit) is None) or not data.unit:
        faults["unit"] = "unit_unknown"
    if data.kind not in list(PlaceKind):
        faults["kind"] = "kind_unknown"
    if not 1 <= data.stay_minutes <= LONGEST_STAY_MINUTES:
        faults["stay"] = "stay_impossible"
    if len(data.address) > LONGEST_NAME or len(data.address.encode()) > 255:
        faults["address"] = "name_too_long"
    if data.valid_until is not None and data.valid_until < (data.valid_from or today):
        faults["valid_until"] = "until_before_from"
    if len(zones) > MOST_ZONES or any(len(zone) > LONGEST_ZONE for zone in zones):
        faults["zones"] = "zones_too_many"
    if faults:
        raise PlaceInvalid(faults)
    return replace(data, valid_from=data.valid_from or today)


def add_place(ground: Ground, connection: sa.Connection, account: Account, data: PlaceData) -> str:
    """Raises AccessDenied or PlaceInvalid."""
    data = checked_place(connection, data, ground.today())
    require(account, Action.PLACES_MANAGE, find_unit(connection, data.unit))
    return insert_place(ground, connection, account, data)


def insert_place(ground: Ground, connection: sa.Connection, account: Account, data: PlaceData) -> str:
    """A place whose data was checked and which the account may add."""
    place, now = ground.id(), ground.now()
    connection.execute(
        sa.insert(places).values(id=place, unit=data.unit, version=1, created_at=now, changed_at=now, **_values(data))
    )
    _renew(ground, connection, place, data)
    ground.note(connection, account, "place_added", unit=data.unit, subject=place)
    return place


def change_place(
    ground: Ground, connection: sa.Connection, account: Account, place: str, version: int, data: PlaceData
) -> list[str]:
    """Change a place; doors whose sheet says something else by now get a new version. The zones with a new sheet.

    The unit stays. Raises AccessDenied, PlaceInvalid, PlaceChanged or PlaceWithdrawn.
    """
    row = find_place(connection, account, Action.PLACES_MANAGE, place)
    data = checked_place(connection, replace(data, unit=row.unit), ground.today())
    _update(ground, connection, row, version, _values(data))
    renewed = _renew(ground, connection, place, data)
    ground.note(connection, account, "place_changed", unit=row.unit, subject=place, sheets=str(len(renewed)))
    return renewed


def withdraw_place(ground: Ground, connection: sa.Connection, account: Account, place: str, version: int) -> None:
    """Its sheets are no longer given out. Raises AccessDenied, PlaceChanged or PlaceWithdrawn."""
    row = find_place(connection, account, Action.PLACES_MANAGE, place)
    now = ground.now()
    _update(ground, connection, row, version, {"withdrawn_at": now})
    connection.execute(
        sa.update(place_sheets)
        .where(place_sheets.c.place == place, place_sheets.c.replaced_at.is_(None))
        .values(replaced_at=now)
    )
    ground.note(connection, account, "place_withdrawn", unit=row.unit, subject=place)


def find_place(connection: sa.Connection, account: Account, action: Action, place: str) -> sa.Row[Any]:
    """Raises AccessDenied, alike for a place that does not exist."""
    known = sa.select(places).where(places.c.id == place, places.c.unit.in_(units_at(roots(account, action))))
    row = connection.execute(known).one_or_none() if is_id(place) else None
    if row is None:
        raise denied()
    return row


def read_place(connection: sa.Connection, account: Account, place: str) -> Place:
    """Raises AccessDenied."""
    row = find_place(connection, account, Action.PLACES_SEE, place)
    unit = find_unit(connection, row.unit)
    assert unit is not None  # a foreign key
    return Place(row, unit, sheets_of(connection, place))


def sheets_of(connection: sa.Connection, place: str) -> list[Sheet]:
    """Every sheet of a place, newest first."""
    query = sa.select(place_sheets).where(place_sheets.c.place == place)
    order = (place_sheets.c.made_at.desc(), place_sheets.c.zone, place_sheets.c.number.desc())
    return [_sheet(row) for row in connection.execute(query.order_by(*order))]


def list_places(
    connection: sa.Connection, account: Account, text: str = "", *, since: int = 0, page: int = 1, most: int = PAGE
) -> tuple[list[Listed], int]:
    """A page of the places that the account sees and that have every word, and how many there are in all.

    `since` leaves out what was registered before that moment.
    """
    query = sa.select(places).where(places.c.unit.in_(units_at(roots(account, Action.PLACES_SEE))))
    if since:
        query = query.where(places.c.created_at >= since)
    for word in fold(text).split():
        known = sa.select(place_sheets.c.place).where(place_sheets.c.short_id == word.upper())
        query = query.where(places.c.folded.contains(word, autoescape=True) | places.c.id.in_(known))
    total: int = connection.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()
    order = (places.c.withdrawn_at.isnot(None), places.c.folded, places.c.id)
    rows = connection.execute(query.order_by(*order).limit(most).offset((page - 1) * most)).all()
    current = sa.select(place_sheets.c.place).where(
        place_sheets.c.place.in_([row.id for row in rows]), place_sheets.c.replaced_at.is_(None)
    )
    counts = Counter(connection.execute(current).scalars())
    titles = {code: find_unit(connection, code) for code in {row.unit for row in rows}}
    listed = []
    for row in rows:
        unit = titles[row.unit]
        listed.append(Listed(row, row.unit if unit is None else unit.title, counts[row.id]))
    return listed, total


def place_fields(row: Any, sheets: Sequence[Sheet]) -> PlaceData:
    """A place on record as the data that it was made of."""
    zones = tuple(sheet.zone for sheet in sheets if sheet.zone)
    return PlaceData(
        row.name, row.unit, row.kind, row.address, row.stay_minutes, row.valid_from, row.valid_until, zones
    )


def code_of(data: PlaceData, zone: str, *, seed: bytes, server_key: bytes, issued: date, number: int) -> PlaceCode:
    """The code of one door. Raises PlaceCodeMalformed for what no sheet can say."""
    return PlaceCode(
        name=_BETWEEN.join(filter(None, (data.name, zone))),
        address=data.address,
        unit=data.unit,
        kind=PlaceKind(data.kind),
        valid_from=data.valid_from or issued,
        valid_until=data.valid_until,
        default_stay_minutes=data.stay_minutes,
        seed=seed,
        server_key=server_key,
        issued=issued,
        sheet_version=number,
    )


def _fits(data: PlaceData, zone: str) -> bool:
    name = _BETWEEN.join(filter(None, (data.name, zone)))
    sample = PlaceData(name=name, unit="33", kind=PlaceKind.OTHER)
    try:
        code_of(sample, "", seed=bytes(SEED_BYTES), server_key=bytes(32), issued=date(2020, 1, 1), number=1)
    except PlaceCodeMalformed:
        return False
    return True


def _values(data: PlaceData) -> dict[str, Any]:
    return {
        "name": data.name,
        "address": data.address,
        "folded": fold(f"{data.name} {data.address}")[:260],
        "kind": data.kind,
        "stay_minutes": data.stay_minutes,
        "valid_from": data.valid_from,
        "valid_until": data.valid_until,
    }


def _update(ground: Ground, connection: sa.Connection, row: Any, version: int, values: dict[str, Any]) -> None:
    changed = connection.execute(
        sa.update(places)
        .where(places.c.id == row.id, places.c.version == version, places.c.withdrawn_at.is_(None))
        .values(version=version + 1, changed_at=ground.now(), **values)
    )
    if not changed.rowcount:
        if row.withdrawn_at is not None:
            raise PlaceWithdrawn("This place was withdrawn; register it anew.")
        raise PlaceChanged("Somebody else changed this place meanwhile; load it again.")


def _renew(ground: Ground, connection: sa.Connection, place: str, data: PlaceData) -> list[str]:
    """Give each door that needs one a new sheet, and end those of doors that are no more."""
    now, today = ground.now(), ground.today()
    held = sheets_of(connection, place)
    latest: dict[str, int] = {}
    for sheet in held:
        latest[sheet.zone] = max(latest.get(sheet.zone, 0), sheet.number)
    current = {sheet.zone: sheet for sheet in held if sheet.replaced_at is None}
    wanted = data.zones or ("",)
    server_key = visits_key(ground)
    renewed, rows = [], []
    for zone in wanted:
        seed, number = ground.core.randomness.token_bytes(SEED_BYTES), latest.get(zone, 0) + 1
        if number > LAST_SHEET:
            raise PlaceInvalid({"zones": "sheets_used_up"})
        code = code_of(data, zone, seed=seed, server_key=server_key, issued=today, number=number)
        if zone in current:
            old = current[zone].code
            same = replace(code, seed=old.seed, issued=old.issued, sheet_version=old.sheet_version)
            if same == old:
                continue
        renewed.append(zone)
        rows.append(
            {
                "id": ground.id(),
                "place": place,
                "zone": zone,
                "number": number,
                "short_id": code.short_id,
                "code": msgspec.json.encode(code),
                "made_at": now,
            }
        )
    ended = [sheet.id for zone, sheet in current.items() if zone in renewed or zone not in wanted]
    connection.execute(sa.update(place_sheets).where(place_sheets.c.id.in_(ended)).values(replaced_at=now))
    if rows:
        connection.execute(sa.insert(place_sheets), rows)
    return renewed


def visits_key(ground: Ground) -> bytes:
    """The public key (X25519) that sheets carry, so that a later app can seal a visit to the province."""
    private = X25519PrivateKey.from_private_bytes(ground.core.secrets.token(VISITS_KEY))
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _sheet(row: Any) -> Sheet:
    code = msgspec.json.decode(row.code, type=PlaceCode)
    return Sheet(row.id, row.zone, row.number, row.short_id, code, row.made_at, row.replaced_at)
