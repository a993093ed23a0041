"""Where the fields of an export lie: the top level of its message, walked without decoding a million records."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bluezone.protocol.errors import ArchiveContentMalformed, ArchiveTooLarge

KEYS_TAG = 7 << 3 | 2
REVISED_KEYS_TAG = 8 << 3 | 2
_INFOS_TAG = 6 << 3 | 2

_VARINT, _FIXED64, _DELIMITED, _FIXED32 = 0, 1, 2, 5
_OTHER_FIELDS = 64  # an export has six besides its keys; many more are an attack on the reader's memory


@dataclass(slots=True)
class Records:
    """Where records begin and end, without their tag and length."""

    starts: array[int] = field(default_factory=lambda: array("I"))
    ends: array[int] = field(default_factory=lambda: array("I"))


@dataclass(frozen=True, slots=True)
class Layout:
    """The key records by position, and every other field of the message as one shorter message."""

    keys: Records
    revised_keys: Records
    head: bytes


def find_records(export: npt.NDArray[np.uint8], begin: int, *, keys: int, signatures: int) -> Layout:
    """The layout of the message that begins at `begin` and ends with `export`.

    Raises ArchiveContentMalformed when it is no message, ArchiveTooLarge for more records than `keys` or more signature
    infos than `signatures`.
    """
    data = export.data
    size = len(data)
    found = {KEYS_TAG: Records(), REVISED_KEYS_TAG: Records()}
    others: list[bytes] = []
    infos = 0
    left = keys
    at = begin
    try:
        while at < size:
            tag = data[at]
            value = at + 2
            length = data[at + 1]
            if tag not in found or length > 0x7F:
                tag, value, length = _field(data, at)
            end = value + length
            if tag in found:
                left -= 1
                if left < 0:
                    raise ArchiveTooLarge(f"An archive holds at most {keys} keys, this one more; do not use it.")
                found[tag].starts.append(value)
                found[tag].ends.append(end)
            else:
                infos += tag == _INFOS_TAG
                if infos > signatures:
                    raise ArchiveTooLarge(f"An archive names at most {signatures} signatures, this one more.")
                if len(others) == _OTHER_FIELDS:
                    raise ArchiveContentMalformed("The archive's export.bin is full of unknown fields; do not use it.")
                others.append(data[at:end].tobytes())
            at = end
    except IndexError:
        at = size + 1
    if at > size:
        raise ArchiveContentMalformed("The archive's export.bin ends in the middle of a field; fetch it again.")
    return Layout(found[KEYS_TAG], found[REVISED_KEYS_TAG], b"".join(others))


def _field(data: memoryview, at: int) -> tuple[int, int, int]:
    """Tag, position and length of the value of the field at `at`."""
    tag, value = _varint(data, at)
    kind = tag & 7
    if kind == _DELIMITED:
        length, value = _varint(data, value)
    elif kind == _VARINT:
        length = _varint(data, value)[1] - value
    elif kind == _FIXED64:
        length = 8
    elif kind == _FIXED32:
        length = 4
    else:
        raise ArchiveContentMalformed("The archive's export.bin cannot be decoded; fetch it again.")
    return tag, value, length


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    number = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
    raise ArchiveContentMalformed("The archive's export.bin holds a number that is too long; fetch it again.")
