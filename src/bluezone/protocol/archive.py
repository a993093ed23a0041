"""Key archives: the signed files in which published keys reach the phones (exposure key export file format, version 1).

A zip file of export.bin (a 16-byte header and a protobuf message) and export.sig (signatures over all of export.bin).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from google.protobuf.message import DecodeError

from bluezone.protocol import archive_pb2
from bluezone.protocol._container import Content, ReadLimits, pack, unpack
from bluezone.protocol._layout import KEYS_TAG, REVISED_KEYS_TAG, find_records
from bluezone.protocol._records import decode_records, encode_records
from bluezone.protocol.batch import KeyBatch
from bluezone.protocol.errors import (
    ArchiveBatchUnsupported,
    ArchiveContentMalformed,
    ArchiveHeaderWrong,
    ArchiveKeysRepeated,
    ArchiveKeysUnsorted,
    ArchiveSignatureInvalid,
    ArchiveSignerUnknown,
    ArchiveTooLarge,
    ArchiveUnsigned,
    SigningKeyUnfit,
)

ARCHIVE_HEADER = b"EK Export v1    "
ECDSA_SHA256_OID = "1.2.840.10045.4.3.2"

_LIMITS = ReadLimits()


@dataclass(frozen=True, slots=True)
class SignatureInfo:
    """Which key signed an archive and how; the last two were written by servers of early 2020 only."""

    key_id: str
    key_version: str
    algorithm: str = ECDSA_SHA256_OID
    app_bundle_id: str = ""
    android_package: str = ""


@dataclass(frozen=True, slots=True)
class ArchiveSigner:
    """A key that signs archives. Raises SigningKeyUnfit unless it is on the curve P-256."""

    private_key: ec.EllipticCurvePrivateKey
    key_id: str
    key_version: str

    def __post_init__(self) -> None:
        _require_p256(self.private_key, ec.EllipticCurvePrivateKey)


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A public key whose signatures are accepted. Raises SigningKeyUnfit unless it is on the curve P-256."""

    public_key: ec.EllipticCurvePublicKey
    key_id: str
    key_version: str

    def __post_init__(self) -> None:
        _require_p256(self.public_key, ec.EllipticCurvePublicKey)

    @classmethod
    def from_pem(cls, pem: str | bytes, key_id: str, key_version: str) -> VerificationKey:
        """The key in a PEM text (SubjectPublicKeyInfo)."""
        try:
            key = load_pem_public_key(pem.encode() if isinstance(pem, str) else pem)
        except ValueError as error:
            raise SigningKeyUnfit(
                "The text is not the PEM of a public key; give the file that begins with BEGIN PUBLIC KEY."
            ) from error
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise SigningKeyUnfit("Archives are signed with ECDSA on the curve P-256; this key is of another kind.")
        return cls(key, key_id, key_version)


@dataclass(frozen=True, slots=True, eq=False)
class KeyArchive:
    """What an archive says. Times are Unix seconds; `revised_keys` were published before with another report."""

    keys: KeyBatch
    revised_keys: KeyBatch
    start_timestamp: int
    end_timestamp: int
    region: str
    batch_num: int
    batch_size: int
    signature_infos: tuple[SignatureInfo, ...]


def write_archive(
    batch: KeyBatch,
    *,
    signers: Sequence[ArchiveSigner],
    start: int,
    end: int,
    region: str,
    revised: KeyBatch | None = None,
) -> bytes:
    """The zip bytes of an archive of `batch` and `revised`, sorted by key, signed by every signer, batch 1 of 1.

    `start` and `end` are Unix seconds. The same content and signers give the same bytes (signatures follow RFC 6979).
    Raises ArchiveKeysRepeated when a key stands twice, ArchiveUnsigned without a signer.
    """
    if not signers:
        raise ArchiveUnsigned("An archive needs a signer; phones accept no other.")
    keys = _sorted(batch)
    revised_keys = _sorted(revised if revised is not None else KeyBatch.of([]))
    _require_distinct(keys, revised_keys)
    infos = list(map(_info_message, signers))
    head = archive_pb2.TemporaryExposureKeyExport(
        start_timestamp=start, end_timestamp=end, region=region, batch_num=1, batch_size=1, signature_infos=infos
    )
    export = b"".join(
        [
            ARCHIVE_HEADER,
            head.SerializeToString(),
            encode_records(keys, KEYS_TAG),
            encode_records(revised_keys, REVISED_KEYS_TAG),
        ]
    )
    return pack(export, sign_export(export, signers))


def read_archive(data: bytes | Path, *, limits: ReadLimits = _LIMITS) -> KeyArchive:
    """What an archive says, its signatures not looked at.

    What servers of early 2020 wrote otherwise is accepted: a missing rolling period is 144, missing batch numbers are
    1 of 1, keys may stand in any order. Raises an ArchiveError or KeyMalformed that names what is wrong with it.
    """
    return _parse(unpack(data, limits).export, limits)


def read_signature_infos(data: bytes | Path, *, limits: ReadLimits = _LIMITS) -> tuple[SignatureInfo, ...]:
    """Which keys an archive's signatures say they are by, as export.sig names them; nothing is checked.

    These names decide which key a signature is tried with; `KeyArchive.signature_infos` are those of export.bin, which
    archives of early 2020 left out or wrote otherwise. Raises an ArchiveError when export.sig cannot be read.
    """
    return tuple(_info(each.signature_info) for each in _signatures(unpack(data, limits), limits))


def verify_archive(data: bytes | Path, keys: Sequence[VerificationKey], *, limits: ReadLimits = _LIMITS) -> KeyArchive:
    """What an archive says, once a signature by one of `keys` is found to fit the whole export.bin.

    Signatures by keys of another id or version are passed over. Raises ArchiveSignerUnknown when none is left,
    ArchiveSignatureInvalid when none of those left fits, ArchiveKeysUnsorted for keys in another order than ascending,
    and what `read_archive` raises.
    """
    content = unpack(data, limits)
    verify_export(content, keys, limits)
    archive = _parse(content.export, limits)
    if not all(_ascending(*_halves(batch)) for batch in (archive.keys, archive.revised_keys)):
        raise ArchiveKeysUnsorted("The archive's keys are not in ascending order; tell whoever publishes it.")
    return archive


def sign_export(export: bytes, signers: Sequence[ArchiveSigner]) -> bytes:
    """The export.sig over a whole export.bin; the same export and signers give the same bytes (RFC 6979)."""
    digest = hashlib.sha256(export).digest()
    signatures = [
        archive_pb2.TEKSignature(
            signature_info=_info_message(signer),
            batch_num=1,
            batch_size=1,
            signature=signer.private_key.sign(digest, ec.ECDSA(Prehashed(SHA256()), deterministic_signing=True)),
        )
        for signer in signers
    ]
    return archive_pb2.TEKSignatureList(signatures=signatures).SerializeToString()


def verify_export(content: Content, keys: Sequence[VerificationKey], limits: ReadLimits) -> None:
    """Return when a signature by one of `keys` fits the whole export.bin.

    Raises ArchiveSignerUnknown, ArchiveSignatureInvalid, ArchiveContentMalformed or ArchiveTooLarge.
    """
    tried = False
    for signature in _signatures(content, limits):
        info = signature.signature_info
        if info.signature_algorithm not in {ECDSA_SHA256_OID, ""}:
            continue
        for key in keys:
            if (key.key_id, key.key_version) != (info.verification_key_id, info.verification_key_version):
                continue
            tried = True
            try:
                key.public_key.verify(signature.signature, content.digest, ec.ECDSA(Prehashed(SHA256())))
            except InvalidSignature:
                continue
            return
    if tried:
        raise ArchiveSignatureInvalid(
            "The archive's signature does not fit its content; do not use it, fetch it again."
        )
    raise ArchiveSignerUnknown("No signature of this archive is by a trusted key; check the key's id and version.")


def _signatures(content: Content, limits: ReadLimits) -> Sequence[archive_pb2.TEKSignature]:
    try:
        signatures = archive_pb2.TEKSignatureList.FromString(content.signature).signatures
    except DecodeError as error:
        raise ArchiveContentMalformed("The archive's export.sig cannot be decoded; fetch it again.") from error
    if len(signatures) > limits.signatures:
        raise ArchiveTooLarge(f"An archive has at most {limits.signatures} signatures, this one {len(signatures)}.")
    return signatures


def _parse(export: npt.NDArray[np.uint8], limits: ReadLimits) -> KeyArchive:
    if export[: len(ARCHIVE_HEADER)].tobytes() != ARCHIVE_HEADER:
        raise ArchiveHeaderWrong(
            "export.bin does not begin with 'EK Export v1'; this is not a key archive of version 1."
        )
    layout = find_records(export, len(ARCHIVE_HEADER), keys=limits.keys, signatures=limits.signatures)
    try:
        head = archive_pb2.TemporaryExposureKeyExport.FromString(layout.head)
    except DecodeError as error:
        raise ArchiveContentMalformed("The archive's export.bin cannot be decoded; fetch it again.") from error
    if (head.batch_num or 1, head.batch_size or 1) != (1, 1):
        raise ArchiveBatchUnsupported(
            f"This archive is batch {head.batch_num} of {head.batch_size}; only single archives are supported."
        )
    keys = decode_records(export, layout.keys)
    revised = decode_records(export, layout.revised_keys)
    for batch in (keys, revised):
        _require_once_each(batch)
    _require_distinct(keys, revised)
    return KeyArchive(
        keys,
        revised,
        head.start_timestamp,
        head.end_timestamp,
        _text(head.region),
        1,
        1,
        tuple(_info(message) for message in head.signature_infos),
    )


def _info(message: archive_pb2.SignatureInfo) -> SignatureInfo:
    return SignatureInfo(
        _text(message.verification_key_id),
        _text(message.verification_key_version),
        _text(message.signature_algorithm),
        _text(message.app_bundle_id),
        _text(message.android_package),
    )


def _text(value: object) -> str:
    # Protobuf hands out the bytes where a string field is not UTF-8.
    if not isinstance(value, str):
        raise ArchiveContentMalformed("A text of this archive is not UTF-8; tell whoever publishes it.")
    return value


def _info_message(signer: ArchiveSigner) -> archive_pb2.SignatureInfo:
    return archive_pb2.SignatureInfo(
        verification_key_version=signer.key_version,
        verification_key_id=signer.key_id,
        signature_algorithm=ECDSA_SHA256_OID,
    )


def _halves(batch: KeyBatch) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """The keys as two numbers each, which compare as the bytes do."""
    halves = np.ascontiguousarray(batch.keys).view(">u8").astype(np.uint64)
    return halves[:, 0], halves[:, 1]


def _sorted(batch: KeyBatch) -> KeyBatch:
    """The batch by ascending key, so that the order says nothing about arrival."""
    high, low = _halves(batch)
    batch = batch.pick(np.lexsort((low, high)))
    _require_once_each(batch)
    return batch


def _ascending(high: npt.NDArray[np.uint64], low: npt.NDArray[np.uint64]) -> bool:
    return not ((high[1:] < high[:-1]) | ((high[1:] == high[:-1]) & (low[1:] < low[:-1]))).any()


def _require_once_each(batch: KeyBatch) -> None:
    high, low = _halves(batch)
    if not _ascending(high, low):
        order = np.lexsort((low, high))
        high, low = high[order], low[order]
    if ((high[1:] == high[:-1]) & (low[1:] == low[:-1])).any():
        raise ArchiveKeysRepeated("A key stands twice in one archive; publish each once.")


def _require_distinct(keys: KeyBatch, revised: KeyBatch) -> None:
    """No key is both new and revised."""
    if not len(keys) or not len(revised):
        return
    rows = np.ascontiguousarray(keys.keys).view("V16").ravel()
    if np.isin(np.ascontiguousarray(revised.keys).view("V16").ravel(), rows).any():
        raise ArchiveKeysRepeated("A key of this archive is both new and revised; publish it once.")


def _require_p256(key: object, kind: type[ec.EllipticCurvePrivateKey] | type[ec.EllipticCurvePublicKey]) -> None:
    if not isinstance(key, kind) or not isinstance(key.curve, ec.SECP256R1):
        raise SigningKeyUnfit("Archives are signed with ECDSA on the curve P-256; this key is of another kind.")
