"""The place code: what hangs at a door, tells a phone where it is and needs no server for that.

`https://HOST/p#PAYLOAD`: a plain camera opens a help page and no server sees the payload, which is base64url without
padding of content and signature (r and s, 64 bytes) by the province over `bluezone place 1`, 0, host, 0, content.
Content, big-endian: version 1, kind, sheet version (1 byte each), day of issue, first and last day (2 bytes each, days
since 1970; last day 0 for none), default stay in minutes (2), server key (32), and with a length byte each: unit, name,
address, seed.

With a name and an address of 60 bytes together and a host of 23 the link fits a QR code of version 15 at error level Q;
with 150 bytes, version 15 at level M. The shape is that of Corona-Warn-App's event codes and CrowdNotifier's
server-based variant.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum

from cryptography.hazmat.primitives.asymmetric import ec

from bluezone.protocol._compact import (
    EPOCH,
    LAST_DAY,
    SIGNATURE_BYTES,
    Cursor,
    Short,
    block,
    day_number,
    is_plain,
    sign,
    signed_by_one_of,
)
from bluezone.protocol._link import decode_payload, encode_payload, read_link, write_link
from bluezone.protocol.archive import VerificationKey
from bluezone.protocol.scan_errors import (
    PlaceCodeEarly,
    PlaceCodeExpired,
    PlaceCodeMalformed,
    PlaceCodeTooNew,
    PlaceCodeUntrusted,
)

PATH_PLACE = "/p"
PLACE_VERSION = 1
LONGEST_NAME = 100
"""Characters of a name and of an address, and at most 255 bytes of UTF-8."""
LONGEST_STAY_MINUTES = 1440
SERVER_KEY_BYTES = 32
SEED_BYTES = range(16, 33)

_UNIT = re.compile(r"[A-Z0-9](?:[A-Z0-9-]{0,10}[A-Z0-9])?")
_SHORT_ID = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ID_PREFIX = b"bluezone place id 1\0"
_SIGNED_PREFIX = b"bluezone place 1\0"


class PlaceKind(IntEnum):
    """What a place is; a reader takes a number it does not know for a later version."""

    OTHER = 0
    OFFICE = 1
    HEALTH = 2
    SCHOOL = 3
    MARKET = 4
    SHOP = 5
    RESTAURANT = 6
    STATION = 7
    FACTORY = 8
    LODGING = 9
    WORSHIP = 10
    EVENT = 11
    RESIDENCE = 12


@dataclass(frozen=True, slots=True)
class PlaceCode:
    """One sheet at one door. Days are local dates and inclusive; raises PlaceCodeMalformed for a field out of range.

    `unit` is the code of the administrative unit or office that registered the place; `server_key` is the public key
    (X25519, 32 bytes) to which a visit may be sealed; `valid_until` None means no end.
    """

    name: str
    address: str
    unit: str
    kind: PlaceKind
    valid_from: date
    valid_until: date | None
    default_stay_minutes: int
    seed: bytes = field(repr=False)
    server_key: bytes = field(repr=False)
    issued: date
    sheet_version: int = 1

    def __post_init__(self) -> None:
        days = [self.issued, self.valid_from, *([] if self.valid_until is None else [self.valid_until])]
        wrong = {
            "name": not self.name or not is_plain(self.name, characters=LONGEST_NAME),
            "address": not is_plain(self.address, characters=LONGEST_NAME),
            "unit": not _UNIT.fullmatch(self.unit),
            "days": not all(0 <= day_number(day) <= LAST_DAY for day in days),
            "validity": self.valid_until is not None
            and (self.valid_until < self.valid_from or self.valid_until <= EPOCH),
            "default stay": not 1 <= self.default_stay_minutes <= LONGEST_STAY_MINUTES,
            "seed": len(self.seed) not in SEED_BYTES,
            "server key": len(self.server_key) != SERVER_KEY_BYTES,
            "sheet version": not 1 <= self.sheet_version <= 255,
        }
        if named := [name for name, is_wrong in wrong.items() if is_wrong]:
            raise PlaceCodeMalformed(
                f"The place code cannot be used: {', '.join(named)} out of range; check the sheet."
            )

    @property
    def content(self) -> bytes:
        """What is signed, together with the host that the link names."""
        last = 0 if self.valid_until is None else day_number(self.valid_until)
        days = (day_number(self.issued), day_number(self.valid_from), last)
        return b"".join(
            (
                bytes([PLACE_VERSION, self.kind, self.sheet_version]),
                *(day.to_bytes(2) for day in days),
                self.default_stay_minutes.to_bytes(2),
                self.server_key,
                *(block(value) for value in (self.unit.encode(), self.name.encode(), self.address.encode(), self.seed)),
            )
        )

    @property
    def place_id(self) -> bytes:
        """32 bytes: SHA-256 of a prefix and the content; another sheet of the same place has another."""
        return hashlib.sha256(_ID_PREFIX + self.content).digest()

    @property
    def short_id(self) -> str:
        """Eight characters of the place id for people, printed on the sheet: `7KQ2-9FXM`."""
        number = int.from_bytes(self.place_id[:5])
        text = "".join(_SHORT_ID[number >> shift & 31] for shift in range(35, -1, -5))
        return f"{text[:4]}-{text[4:]}"

    def check_day(self, day: date) -> None:
        """Return when the code is valid on this local day; raises PlaceCodeEarly or PlaceCodeExpired."""
        if day < self.valid_from:
            raise PlaceCodeEarly(f"This place code is valid from {self.valid_from.isoformat()}; use it from then on.")
        if self.valid_until is not None and day > self.valid_until:
            raise PlaceCodeExpired(
                f"This place code was valid until {self.valid_until.isoformat()}; ask the place for the new sheet."
            )


def write_place_code(place: PlaceCode, *, key: ec.EllipticCurvePrivateKey, host: str) -> str:
    """The link for a place, signed by the province for this host. Raises HostMalformed."""
    signature = sign(key, _signed(host, place.content))
    return write_link(host, PATH_PLACE, encode_payload(place.content + signature))


def read_place_code(text: str, *, keys: Sequence[VerificationKey]) -> PlaceCode:
    """The place that a link stands for, when one of `keys` signed it for the link's host; validity is not looked at.

    Raises PlaceCodeMalformed, PlaceCodeTooNew or PlaceCodeUntrusted.
    """
    link = read_link(text)
    payload = decode_payload(link.fragment) if link is not None and link.path == PATH_PLACE else None
    if link is None or not payload:
        raise PlaceCodeMalformed("This is no whole place code; scan the whole sheet again.")
    content, signature = payload[:-SIGNATURE_BYTES], payload[-SIGNATURE_BYTES:]
    place = _decode(content)
    if not signed_by_one_of((key.public_key for key in keys), signature, _signed(link.host, content)):
        raise PlaceCodeUntrusted(
            "This place code is not signed by the province for this address; do not use it and tell the place."
        )
    return place


def _decode(content: bytes) -> PlaceCode:
    cursor = Cursor(content)
    try:
        version, kind = cursor.number(1), cursor.number(1)
        if version != PLACE_VERSION or kind > max(PlaceKind):
            raise PlaceCodeTooNew("This place code is of a later version; update the app and scan it again.")
        sheet = cursor.number(1)
        issued, first, last = (cursor.number(2) for _ in range(3))
        stay = cursor.number(2)
        server_key = cursor.take(SERVER_KEY_BYTES)
        unit, name, address = (cursor.text() for _ in range(3))
        seed = cursor.block()
    except Short as error:
        raise PlaceCodeMalformed("This place code is damaged; scan the sheet again.") from error
    if not cursor.finished():
        raise PlaceCodeMalformed("This place code holds more than a place; do not use it.")
    return PlaceCode(
        name=name,
        address=address,
        unit=unit,
        kind=PlaceKind(kind),
        valid_from=EPOCH + timedelta(first),
        valid_until=EPOCH + timedelta(last) if last else None,
        default_stay_minutes=stay,
        seed=seed,
        server_key=server_key,
        issued=EPOCH + timedelta(issued),
        sheet_version=sheet,
    )


def _signed(host: str, content: bytes) -> bytes:
    return _SIGNED_PREFIX + host.encode() + b"\0" + content
