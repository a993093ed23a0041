"""The 31 bytes a phone sends: an Exposure Notification advertisement (Bluetooth specification 1.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bluezone.protocol.errors import BeaconMalformed
from bluezone.protocol.keys import IDENTIFIER_BYTES, METADATA_BYTES

SERVICE_BLUEZONE = 0x4E56  # "VN" on the air, as the 2020 app used it
SERVICE_EXPOSURE_NOTIFICATION = 0xFD6F
SERVICES = (SERVICE_BLUEZONE, SERVICE_EXPOSURE_NOTIFICATION)

_FLAGS = 0x01
_COMPLETE_16_BIT_UUIDS = 0x03
_SERVICE_DATA_16_BIT = 0x16
_FLAGS_LE_GENERAL = 0x1A


@dataclass(frozen=True, slots=True)
class Beacon:
    """What one advertisement says: a 16-byte rolling identifier and 4 bytes of encrypted metadata."""

    identifier: bytes
    encrypted_metadata: bytes
    service: int = SERVICE_BLUEZONE

    def encode(self) -> bytes:
        """The 31-byte advertising data: flags, complete list of one 16-bit UUID, service data."""
        if len(self.identifier) != IDENTIFIER_BYTES or len(self.encrypted_metadata) != METADATA_BYTES:
            raise BeaconMalformed(
                f"A beacon carries {IDENTIFIER_BYTES} + {METADATA_BYTES} bytes,"
                f" not {len(self.identifier)} + {len(self.encrypted_metadata)}."
            )
        uuid = self.service.to_bytes(2, "little")
        payload = uuid + self.identifier + self.encrypted_metadata
        return (
            bytes([2, _FLAGS, _FLAGS_LE_GENERAL, 3, _COMPLETE_16_BIT_UUIDS])
            + uuid
            + bytes([1 + len(payload), _SERVICE_DATA_16_BIT])
            + payload
        )


def find_beacon(data: bytes) -> Beacon | None:
    """The beacon in advertising data, under either service; None when the advertisement is somebody else's.

    Only the service data counts: phones differ in flags, order and UUID list. Raises BeaconMalformed when the data
    carries one of our services with a payload of another length, or when its own structure lengths do not add up
    before a beacon is found.
    """
    for kind, value in structures(data):
        if kind != _SERVICE_DATA_16_BIT or len(value) < 2:
            continue
        service = int.from_bytes(value[:2], "little")
        if service not in SERVICES:
            continue
        payload = value[2:]
        if len(payload) != IDENTIFIER_BYTES + METADATA_BYTES:
            raise BeaconMalformed(
                f"A beacon's payload has {IDENTIFIER_BYTES + METADATA_BYTES} bytes, this one {len(payload)}; ignore it."
            )
        return Beacon(payload[:IDENTIFIER_BYTES], payload[IDENTIFIER_BYTES:], service)
    return None


def structures(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The (type, value) pairs of advertising data; a length of 0 ends it early (Core specification 3.C.11)."""
    at = 0
    while at < len(data) and data[at]:
        end = at + 1 + data[at]
        if end > len(data):
            raise BeaconMalformed("Advertising data ends in the middle of a structure; ignore it.")
        yield data[at + 1], data[at + 2 : end]
        at = end
