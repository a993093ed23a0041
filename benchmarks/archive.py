"""Archives of 1,000,000 keys: written and signed, verified and read, beside protobuf with a message a key."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator

import numpy as np
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from benchmarks.harness import Row, in_child, median_seconds, peak_mib, pinned
from bluezone.protocol import ArchiveSigner, KeyBatch, ReportType, VerificationKey, verify_archive, write_archive
from bluezone.protocol.archive_pb2 import TemporaryExposureKeyExport

_KEYS = 1_000_000
_FILES = 2  # 500,000 keys a file at most
_START = 2_660_544  # 3 August 2020
_DATA = f"{_KEYS:,} random keys with report type, onset and risk, in {_FILES} files, one core"


def rows() -> Iterator[Row]:
    """Seconds and peak memory of both directions."""
    private = ec.generate_private_key(ec.SECP256R1())
    signer = ArchiveSigner(private, "452", "v1")
    trusted = [VerificationKey(private.public_key(), "452", "v1")]
    batches = _batches()
    with pinned(1):
        files = [_written(batch, signer) for batch in batches]
        yield Row(
            what="write and sign 1,000,000 keys",
            ours=median_seconds(lambda: [_written(batch, signer) for batch in batches], runs=3),
            unit="s",
            better="lower",
            peer="protobuf, a message a key",
            peer_value=median_seconds(lambda: [_peer_written(batch, private) for batch in batches], runs=3),
            note=f"{_DATA}; {sum(map(len, files)) / 1e6:.1f} MB",
        )
        yield Row(
            what="verify and read 1,000,000 keys",
            ours=median_seconds(lambda: [verify_archive(file, trusted) for file in files], runs=3),
            unit="s",
            better="lower",
            promise=1,
            peer="protobuf, a message a key",
            peer_value=median_seconds(lambda: [_peer_read(file) for file in files], runs=3),
            limit="unzip and SHA-256 alone",
            limit_value=median_seconds(lambda: [_unpacked_and_hashed(file) for file in files], runs=3),
            note=f"{_DATA}; the peer does not verify",
        )
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    memory = {
        "write and sign": in_child(_writing_memory),
        "verify and read": in_child(_reading_memory, files, pem),
    }
    for what, (beyond, peak) in memory.items():
        yield Row(
            what=f"peak memory of a process to {what} 1,000,000 keys",
            ours=peak,
            unit="MiB",
            better="lower",
            promise=500,
            note=f"{_DATA}; {beyond:.0f} MiB of it beyond what the process held before",
        )


def _batches() -> list[KeyBatch]:
    rng = np.random.default_rng(2020)
    return [
        KeyBatch(
            rng.integers(0, 256, (_KEYS // _FILES, 16), dtype=np.uint8),
            (_START + 144 * rng.integers(0, 14, _KEYS // _FILES)).astype(np.uint32),
            np.full(_KEYS // _FILES, 144, np.uint8),
            np.full(_KEYS // _FILES, ReportType.CONFIRMED_TEST, np.uint8),
            rng.integers(-14, 15, _KEYS // _FILES).astype(np.int8),
            rng.integers(1, 9, _KEYS // _FILES).astype(np.uint8),
        )
        for _ in range(_FILES)
    ]


def _written(batch: KeyBatch, signer: ArchiveSigner) -> bytes:
    return write_archive(batch, signers=[signer], start=_START * 600, end=_START * 600 + 3600, region="VN-66")


def _peer_written(batch: KeyBatch, private: ec.EllipticCurvePrivateKey) -> bytes:
    export = TemporaryExposureKeyExport(region="VN-66", batch_num=1, batch_size=1)
    order = np.lexsort(batch.keys.T[::-1])
    columns = (batch.rolling_start, batch.report_type, batch.days_since_onset, batch.transmission_risk)
    for key, *fields in zip(batch.keys[order], *(column[order].tolist() for column in columns), strict=True):
        start, report, onset, risk = fields
        export.keys.add(
            key_data=key.tobytes(),
            transmission_risk_level=risk,
            rolling_start_interval_number=start,
            rolling_period=144,
            report_type=report,
            days_since_onset_of_symptoms=onset,
        )
    data = b"EK Export v1    " + export.SerializeToString()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export.bin", data)
        archive.writestr("export.sig", private.sign(data, ec.ECDSA(SHA256())))
    return file.getvalue()


def _peer_read(file: bytes) -> list[tuple[bytes, int, int, int, int, int]]:
    export = TemporaryExposureKeyExport.FromString(_export(file)[16:])
    return [
        (
            key.key_data,
            key.rolling_start_interval_number,
            key.rolling_period,
            key.report_type,
            key.days_since_onset_of_symptoms,
            key.transmission_risk_level,
        )
        for key in export.keys
    ]


def _export(file: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        return archive.read("export.bin")


def _unpacked_and_hashed(file: bytes) -> bytes:
    return hashlib.sha256(_export(file)).digest()


def _writing_memory() -> float:
    signer = ArchiveSigner(ec.generate_private_key(ec.SECP256R1()), "452", "v1")
    batches = _batches()
    before = peak_mib()
    for batch in batches:
        _written(batch, signer)
    return peak_mib() - before


def _reading_memory(files: list[bytes], pem: bytes) -> float:
    before = peak_mib()
    for file in files:
        verify_archive(file, [VerificationKey.from_pem(pem, "452", "v1")])
    return peak_mib() - before
