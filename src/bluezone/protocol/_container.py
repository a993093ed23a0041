"""The zip file around a key archive: exactly export.bin and export.sig, read within limits and written repeatably."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bluezone.protocol.errors import (
    ArchiveEntryMissing,
    ArchiveEntryRepeated,
    ArchiveEntryUnknown,
    ArchiveError,
    ArchiveTooLarge,
    ArchiveUnreadable,
)

EXPORT_ENTRY = "export.bin"
SIGNATURE_ENTRY = "export.sig"

_ENTRIES = (EXPORT_ENTRY, SIGNATURE_ENTRY)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_CHUNK = 1 << 20
_DEFLATE_LEVEL = 6
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the zip format's first moment: an archive does not say when it was packed
# What zipfile lets through for damaged input, seen under fuzzing.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How much a reader accepts before it refuses with ArchiveTooLarge.

    The defaults hold 750,000 keys, the most that phones were found to take in one file (twice what servers write).
    """

    archive_bytes: int = 32 << 20
    export_bytes: int = 32 << 20
    signature_bytes: int = 16 << 10
    keys: int = 750_000
    signatures: int = 10


@dataclass(frozen=True, slots=True)
class Content:
    """What an archive holds, unpacked: `export` is the whole export.bin as bytes, `digest` its SHA-256."""

    export: npt.NDArray[np.uint8]
    digest: bytes
    signature: bytes


def unpack(data: bytes | Path, limits: ReadLimits) -> Content:
    """The two entries of an archive; nothing is unpacked before its size is known to be within `limits`."""
    size = data.stat().st_size if isinstance(data, Path) else len(data)
    if size > limits.archive_bytes:
        raise ArchiveTooLarge(f"An archive has at most {limits.archive_bytes} bytes, this one {size}; do not use it.")
    # A file that cannot be opened is its reader's trouble, not the archive's: only what follows counts as damage.
    with data.open("rb") if isinstance(data, Path) else io.BytesIO(data) as file, _damage_named():
        archive = zipfile.ZipFile(file)
        entries = _entries(archive, limits)
        export = np.empty(entries[EXPORT_ENTRY].file_size, np.uint8)
        digest = _read_into(archive, entries[EXPORT_ENTRY], export)
        signature = np.empty(entries[SIGNATURE_ENTRY].file_size, np.uint8)
        _read_into(archive, entries[SIGNATURE_ENTRY], signature)
    return Content(export, digest, signature.tobytes())


def pack(export: bytes, signature: bytes) -> bytes:
    """The zip file of an archive; the same content gives the same bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_DEFLATE_LEVEL) as archive:
        for name, content in ((EXPORT_ENTRY, export), (SIGNATURE_ENTRY, signature)):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, _DEFLATE_LEVEL)
    return file.getvalue()


@contextmanager
def _damage_named() -> Iterator[None]:
    try:
        yield
    except ArchiveError:
        raise
    except _DAMAGE as error:
        raise ArchiveUnreadable("The archive is no zip file or is damaged; fetch it again.") from error


def _entries(archive: zipfile.ZipFile, limits: ReadLimits) -> dict[str, zipfile.ZipInfo]:
    entries: dict[str, zipfile.ZipInfo] = {}
    for entry in archive.infolist():
        if entry.filename not in _ENTRIES:
            raise ArchiveEntryUnknown("The archive holds an entry besides export.bin and export.sig; do not use it.")
        if entry.filename in entries:
            raise ArchiveEntryRepeated(f"The archive holds {entry.filename} twice; do not use it.")
        if entry.compress_type not in _METHODS:
            raise ArchiveUnreadable(f"The archive's {entry.filename} is packed in a way that key archives do not use.")
        limit = limits.export_bytes if entry.filename == EXPORT_ENTRY else limits.signature_bytes
        if entry.file_size > limit:
            raise ArchiveTooLarge(f"{entry.filename} has at most {limit} bytes, here {entry.file_size}; do not use it.")
        entries[entry.filename] = entry
    for name in _ENTRIES:
        if name not in entries:
            raise ArchiveEntryMissing(f"The archive lacks {name}; fetch it again.")
    return entries


def _read_into(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: npt.NDArray[np.uint8]) -> bytes:
    """Unpack an entry into `target`, piece by piece, and return its SHA-256."""
    digest = hashlib.sha256()
    at = 0
    with archive.open(entry) as source:
        while piece := source.read(_CHUNK):
            # zipfile stops at the size that the directory states; an entry that would go on fails its checksum.
            target[at : at + len(piece)] = np.frombuffer(piece, np.uint8)
            digest.update(piece)
            at += len(piece)
    if at != len(target):
        raise ArchiveUnreadable(f"The archive's {entry.filename} ends early; fetch it again.")
    return digest.digest()
