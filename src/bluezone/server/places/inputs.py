"""From the fields of the room's forms to its data and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bluezone.server.casework.service import NotUnderstood, day_text, moment_text, read_day, read_moment
from bluezone.server.numbers import whole_number
from bluezone.server.places.notices import NoticeData
from bluezone.server.places.register import PlaceData

ALL_DOORS = "*"


def place_data(fields: Mapping[str, str], today: date, faults: dict[str, str]) -> PlaceData:
    """What the form says; what cannot be read is added to `faults`."""

    def day(name: str) -> date | None:
        try:
            return read_day(_line(fields, name), today)
        except NotUnderstood:
            faults[name] = "not_understood"
            return None

    return PlaceData(
        name=_line(fields, "name"),
        unit=_line(fields, "unit"),
        kind=_number(fields, "kind", -1),
        address=_line(fields, "address"),
        stay_minutes=_number(fields, "stay", 0),
        valid_from=day("valid_from"),
        valid_until=day("valid_until"),
        zones=tuple(map(_clean, fields.get("zones", "").splitlines())),
    )


def place_values(data: PlaceData) -> dict[str, str]:
    """What the form shows of a place."""
    return {
        "name": data.name,
        "unit": data.unit,
        "kind": str(int(data.kind)),
        "address": data.address,
        "stay": str(data.stay_minutes),
        "valid_from": day_text(data.valid_from),
        "valid_until": day_text(data.valid_until),
        "zones": "\n".join(data.zones),
    }


def notice_data(fields: Mapping[str, str], today: date, faults: dict[str, str]) -> NoticeData:
    """What the form says; what cannot be read is added to `faults`."""

    def moment(name: str) -> int:
        try:
            at = read_moment(_line(fields, name), today)
        except NotUnderstood:
            at = None
        if at is None:
            faults[name] = "moment_missing"
        return at or 0

    zone = fields.get("zone", ALL_DOORS)
    return NoticeData(
        place=_line(fields, "place"),
        zone=None if zone == ALL_DOORS else _clean(zone),
        from_at=moment("from_at"),
        to_at=moment("to_at"),
        owner_name=_line(fields, "owner_name"),
        owner_phone=_line(fields, "owner_phone"),
    )


def notice_values(landmark: Any, name: str) -> dict[str, str]:
    """What the form begins with."""
    return {"from_at": moment_text(landmark.from_at), "to_at": moment_text(landmark.to_at), "owner_name": name}


def version_of(fields: Mapping[str, str]) -> int:
    """The version from which the form was made; 0, which no record has, for anything else."""
    return _number(fields, "version", 0)


def _line(fields: Mapping[str, str], name: str) -> str:
    return _clean(fields.get(name, ""))


def _clean(text: str) -> str:
    """One line without NUL or lone surrogates, which no database takes."""
    return " ".join(text.replace("\0", " ").encode("utf-8", "replace").decode().split())


def _number(fields: Mapping[str, str], name: str, otherwise: int) -> int:
    return whole_number(_line(fields, name), digits=8, otherwise=otherwise)
