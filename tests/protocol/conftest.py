"""Keys that sign, batches to publish, and the published vectors."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from bluezone.protocol import NO_ONSET, ArchiveSigner, KeyBatch, VerificationKey, archive_pb2, write_archive

HEADER = b"EK Export v1    "
START = 1_596_412_800
"""Monday 3 August 2020, 07:00 in Vietnam."""


def load_vector(name: str) -> Any:
    return json.loads((Path(__file__).parents[1] / "vectors" / f"{name}.json").read_text())


def make_signer(number: int = 1, key_id: str = "452", key_version: str = "v1") -> ArchiveSigner:
    """A fixed key: tests have no secrets to keep."""
    return ArchiveSigner(ec.derive_private_key(number, ec.SECP256R1()), key_id, key_version)


def public_key(signer: ArchiveSigner) -> VerificationKey:
    return VerificationKey(signer.private_key.public_key(), signer.key_id, signer.key_version)


def random_batch(count: int, seed: int = 0) -> KeyBatch:
    """Keys of every kind that the format knows, in no order."""
    draw = np.random.default_rng(seed)
    return KeyBatch(
        draw.integers(0, 256, (count, 16), np.uint8),
        draw.integers(2_650_000, 2_653_921, count, np.uint32),
        np.where(draw.random(count) < 0.8, 144, draw.integers(1, 145, count)).astype(np.uint8),
        draw.integers(0, 6, count, np.uint8),
        np.where(draw.random(count) < 0.5, NO_ONSET, draw.integers(-14, 15, count)).astype(np.int8),
        draw.integers(0, 9, count, np.uint8),
    )


def as_message(export: bytes) -> archive_pb2.TemporaryExposureKeyExport:
    assert export[:16] == HEADER
    return archive_pb2.TemporaryExposureKeyExport.FromString(export[16:])


def entries(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        return {entry.filename: file.read(entry) for entry in file.infolist()}


def zipped(*contents: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in contents:
            archive.writestr(name, content)
    return file.getvalue()


def archive_of(message: archive_pb2.TemporaryExposureKeyExport | bytes, header: bytes = HEADER) -> bytes:
    """An unsigned archive of any content, as a careless or hostile server might send it."""
    content = message if isinstance(message, bytes) else message.SerializeToString()
    return zipped(("export.bin", header + content), ("export.sig", b""))


def rows(batch: KeyBatch) -> list[tuple[bytes, int, int, int, int | None, int]]:
    return [
        (
            row.key.key,
            row.key.rolling_start,
            row.key.rolling_period,
            row.report_type,
            row.days_since_onset,
            row.transmission_risk,
        )
        for row in batch
    ]


@pytest.fixture
def signer() -> ArchiveSigner:
    return make_signer()


@pytest.fixture
def signed(signer: ArchiveSigner) -> bytes:
    return write_archive(random_batch(50), signers=[signer], start=START, end=START + 7200, region="VN-66")
