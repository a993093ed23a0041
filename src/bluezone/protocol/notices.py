"""Place notices: signed archives that tell who was at a place in an hour, and nobody else, that a case was there.

A zip file of export.bin and export.sig as key archives have them. export.bin, big-endian: 16 bytes `BZ Notices v1   `,
the first and the last moment that the file covers (8 bytes each, Unix seconds), then values of 16 bytes in ascending
order, each once, until the end.

A value is HMAC-SHA256(seed of the sheet, `bluezone notice 1`, 0, hour), cut to 16 bytes; the hour is the number of
whole hours since 1970 in 4 bytes. A phone makes the same value from the sheet that it scanned; without the seed it is a
random number, and fillers among them are random numbers too. A value made with `bluezone notice over 1` takes the
notice of that hour back. The shape is that of CrowdNotifier's server-based variant.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bluezone.protocol._container import ReadLimits, pack, unpack
from bluezone.protocol.archive import ArchiveSigner, VerificationKey, sign_export, verify_export
from bluezone.protocol.errors import (
    ArchiveContentMalformed,
    ArchiveHeaderWrong,
    ArchiveKeysRepeated,
    ArchiveKeysUnsorted,
    ArchiveTooLarge,
    ArchiveUnsigned,
)

PATH_NOTICES = "/v1/notices/index.txt"
HOUR_SECONDS = 3600
VALUE_BYTES = 16
LEAST_VALUES = 512
"""Values in the smallest file; a larger one holds a multiple of it."""

_HEADER = b"BZ Notices v1   "
_HEAD_BYTES = len(_HEADER) + 16
_WARN, _OVER = b"bluezone notice 1\0", b"bluezone notice over 1\0"
_LIMITS = ReadLimits(archive_bytes=4 << 20, export_bytes=4 << 20)


@dataclass(frozen=True, slots=True)
class NoticeArchive:
    """What one file says: the moments that it covers (Unix seconds), and its values, fillers among them."""

    start: int
    end: int
    values: frozenset[bytes]


def hours_between(start: float, end: float) -> range:
    """The hours since 1970 that the time from `start` to `end` (Unix seconds, `end` not included) touches."""
    return range(int(start // HOUR_SECONDS), int(-(-end // HOUR_SECONDS)))


def notice_value(seed: bytes, hour: int, *, over: bool = False) -> bytes:
    """The 16 bytes that stand for an hour at the sheet with this seed; with `over`, that its notice is taken back."""
    return hmac.digest(seed, (_OVER if over else _WARN) + hour.to_bytes(4), hashlib.sha256)[:VALUE_BYTES]


def padding_count(values: int) -> int:
    """How many fillers bring so many values to the next multiple of 512, which is never 0."""
    return max(LEAST_VALUES, -(-values // LEAST_VALUES) * LEAST_VALUES) - values


def write_notices(values: Collection[bytes], *, signers: Sequence[ArchiveSigner], start: int, end: int) -> bytes:
    """The zip bytes of a file with these values, sorted; fillers are the caller's.

    Raises ArchiveContentMalformed for a value of another length, ArchiveKeysRepeated, or ArchiveUnsigned.
    """
    if not signers:
        raise ArchiveUnsigned("An archive needs a signer; phones accept no other.")
    if any(len(value) != VALUE_BYTES for value in values):
        raise ArchiveContentMalformed(f"A value of a notice has {VALUE_BYTES} bytes.")
    if len(set(values)) != len(values):
        raise ArchiveKeysRepeated("A value stands twice in one file of notices; publish each once.")
    export = b"".join((_HEADER, start.to_bytes(8), end.to_bytes(8), *sorted(values)))
    return pack(export, sign_export(export, signers))


def verify_notices(data: bytes, keys: Sequence[VerificationKey], *, limits: ReadLimits = _LIMITS) -> NoticeArchive:
    """What a file of notices says, once a signature by one of `keys` is found to fit it.

    Raises an ArchiveError that names what is wrong with it.
    """
    content = unpack(data, limits)
    verify_export(content, keys, limits)
    export = content.export.tobytes()
    if not export.startswith(_HEADER):
        raise ArchiveHeaderWrong("export.bin does not begin with 'BZ Notices v1'; this is no file of place notices.")
    count, rest = divmod(len(export) - _HEAD_BYTES, VALUE_BYTES)
    if count < 0 or rest:
        raise ArchiveContentMalformed("The file of notices ends in the middle of a value; fetch it again.")
    if count > limits.keys:
        raise ArchiveTooLarge(f"A file of notices has at most {limits.keys} values, this one {count}.")
    values = [export[at : at + VALUE_BYTES] for at in range(_HEAD_BYTES, len(export), VALUE_BYTES)]
    if any(value >= later for value, later in itertools.pairwise(values)):
        raise ArchiveKeysUnsorted("The values are not in ascending order, each once; tell whoever publishes the file.")
    start, end = (int.from_bytes(export[at : at + 8]) for at in (len(_HEADER), len(_HEADER) + 8))
    return NoticeArchive(start, end, frozenset(values))
