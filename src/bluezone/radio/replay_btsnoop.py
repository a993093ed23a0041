"""btsnoop captures of a phone's HCI: the advertising reports in them.

Sources: RFC 1761 and the btsnoop variant of it (version 1, data link 1002: HCI packets with a type byte before each);
Core specification 5.2, vol 4, part E, 7.7.65.2 (LE Advertising Report) and 7.7.65.13 (LE Extended Advertising Report).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from bluezone.radio.replay_errors import RecordingDamaged, RecordingUnknown
from bluezone.radio.replay_recording import Recording, beacons_among, oldest_first
from bluezone.radio.seam import Report

MAGIC = b"btsnoop\0"
_VERSION = 1
_HCI_WITH_TYPE = 1002
_HEADER = struct.Struct(">8sII")
_RECORD = struct.Struct(">IIIIQ")  # original length, included length, flags, drops, microseconds since the year 0
_EPOCH_MICROSECONDS = 0x00DCDDB30F2F8000  # 1970-01-01 on that scale
_LONGEST_PACKET = 65_535 + 5  # an ISO or ACL packet with its header; nothing on HCI is longer

_EVENT = 0x04
_LE_META_EVENT = 0x3E
_ADVERTISING_REPORT = 0x02
_EXTENDED_ADVERTISING_REPORT = 0x0D
_LEGACY_HEAD = struct.Struct("<BB6sB")  # event type, address type, address, data length
# event type, address type, address, primary and secondary PHY, set, transmit power, RSSI, periodic interval, direct
# address type and address, data length
_EXTENDED_HEAD = struct.Struct("<HB6sBBBbbHB6sB")
_INCOMPLETE = 0x20  # of the event type's data status: more fragments follow
_NO_RSSI = 127


def read_btsnoop(data: bytes) -> Recording:
    """The recording in a capture's bytes.

    Raises RecordingUnknown for another version or data link, RecordingDamaged naming the offset when a record is cut
    off or absurdly long.
    """
    if len(data) < _HEADER.size:
        raise RecordingDamaged(f"The capture ends after {len(data)} bytes, within its header; record it again.")
    magic, version, link = _HEADER.unpack_from(data)
    if magic != MAGIC:
        raise RecordingUnknown(f"A btsnoop capture begins with {MAGIC!r}, not with {magic!r}; name another file.")
    if version != _VERSION or link != _HCI_WITH_TYPE:
        raise RecordingUnknown(
            f"Only btsnoop version {_VERSION} with data link {_HCI_WITH_TYPE} is read, not {version} with {link}."
        )
    packets = 0
    reports: list[Report] = []
    for time, packet in _records(data):
        packets += 1
        reports.extend(_reports(packet, time))
    return Recording(packets, len(reports), oldest_first(beacons_among(reports)))


def _records(data: bytes) -> Iterator[tuple[float, bytes]]:
    at = _HEADER.size
    while at < len(data):
        if at + _RECORD.size > len(data):
            raise RecordingDamaged(f"The capture ends within the record at byte {at}; cut it there or record it again.")
        _, included, _, _, stamp = _RECORD.unpack_from(data, at)
        body = at + _RECORD.size
        if included > _LONGEST_PACKET:
            raise RecordingDamaged(
                f"The record at byte {at} claims {included} bytes, more than HCI can carry; record it again."
            )
        if body + included > len(data):
            raise RecordingDamaged(f"The capture ends within the record at byte {at}; cut it there or record it again.")
        yield (stamp - _EPOCH_MICROSECONDS) / 1e6, data[body : body + included]
        at = body + included


def _reports(packet: bytes, time: float) -> Iterator[Report]:
    """The advertising reports in one HCI packet; a report that does not fit into its event ends the event."""
    if len(packet) < 5 or packet[0] != _EVENT or packet[1] != _LE_META_EVENT:
        return
    extended = packet[3] == _EXTENDED_ADVERTISING_REPORT
    if not extended and packet[3] != _ADVERTISING_REPORT:
        return
    head = _EXTENDED_HEAD if extended else _LEGACY_HEAD
    event = packet[: 3 + packet[2]]
    at = 5
    for _ in range(packet[4]):
        body = at + head.size
        if body > len(event):
            return
        fields = head.unpack_from(event, at)
        at = body + fields[-1] + (0 if extended else 1)
        if at > len(event):
            return
        advertised = event[body : body + fields[-1]]
        rssi = fields[7] if extended else int.from_bytes(event[at - 1 : at], signed=True)
        if rssi != _NO_RSSI and not (extended and fields[0] & _INCOMPLETE):
            yield Report(bytes(reversed(fields[2])).hex(":").upper(), rssi, advertised, time)
