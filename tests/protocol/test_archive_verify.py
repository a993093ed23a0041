"""Which signatures a reader accepts."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bluezone.protocol import (
    ArchiveContentMalformed,
    ArchiveKeysUnsorted,
    ArchiveSignatureInvalid,
    ArchiveSigner,
    ArchiveSignerUnknown,
    ArchiveTooLarge,
    SignatureInfo,
    SigningKeyUnfit,
    VerificationKey,
    archive_pb2,
    read_archive,
    read_signature_infos,
    verify_archive,
    write_archive,
)
from tests.protocol.conftest import HEADER, entries, load_vector, make_signer, public_key, random_batch, rows, zipped

SAMPLES = [sample for sample in load_vector("key_archive_sample")["samples"] if "public_key_spki_base64" in sample]


def pem(key: object) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()  # type: ignore[attr-defined]


def resigned(signed: bytes, *signatures: archive_pb2.TEKSignature) -> bytes:
    content = archive_pb2.TEKSignatureList(signatures=signatures).SerializeToString()
    return zipped(("export.bin", entries(signed)["export.bin"]), ("export.sig", content))


def signature_of(signed: bytes) -> archive_pb2.TEKSignature:
    return archive_pb2.TEKSignatureList.FromString(entries(signed)["export.sig"]).signatures[0]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["name"])
def test_a_published_archive_is_accepted_by_its_published_key_alone(sample: dict[str, object]) -> None:
    data = base64.b64decode(str(sample["zip_base64"]))
    (signature,) = sample["signatures"]  # type: ignore[misc]
    info = signature["signature_info"]  # type: ignore[has-type]
    names = info.get("verification_key_id", ""), info.get("verification_key_version", "")
    text = f"-----BEGIN PUBLIC KEY-----\n{sample['public_key_spki_base64']}\n-----END PUBLIC KEY-----\n"
    if sample["signature_verifies"]:
        assert verify_archive(data, [VerificationKey.from_pem(text, *names)]).region == sample["decoded"]["region"]  # type: ignore[index]
    else:
        with pytest.raises(ArchiveSignatureInvalid):
            verify_archive(data, [VerificationKey.from_pem(text, *names)])
    with pytest.raises(ArchiveSignatureInvalid):
        verify_archive(data, [public_key(make_signer(5, *names))])


def test_one_signature_by_a_trusted_key_is_enough() -> None:
    old, new = make_signer(1, key_version="v1"), make_signer(2, key_version="v2")
    batch = random_batch(5)
    data = write_archive(batch, signers=[new, old], start=1, end=2, region="VN")
    for trusted in ([old], [new], [make_signer(3, key_version="v2"), old]):
        assert rows(verify_archive(data, [public_key(key) for key in trusted]).keys) == sorted(rows(batch))


@pytest.mark.parametrize(("key_id", "version"), [("452", "v2"), ("310", "v1"), ("", "")])
def test_a_signature_under_another_name_is_passed_over(
    signer: ArchiveSigner, signed: bytes, key_id: str, version: str
) -> None:
    renamed = VerificationKey(signer.private_key.public_key(), key_id, version)
    with pytest.raises(ArchiveSignerUnknown):
        verify_archive(signed, [renamed])
    assert verify_archive(signed, [renamed, public_key(signer)])


def test_no_trusted_key_or_no_signature_accepts_nothing(signer: ArchiveSigner, signed: bytes) -> None:
    with pytest.raises(ArchiveSignerUnknown):
        verify_archive(signed, [])
    with pytest.raises(ArchiveSignerUnknown):
        verify_archive(resigned(signed), [public_key(signer)])


def test_the_right_name_with_another_key_is_invalid(signed: bytes) -> None:
    with pytest.raises(ArchiveSignatureInvalid):
        verify_archive(signed, [public_key(make_signer(2))])


def test_content_under_another_archive_s_signature_is_invalid(signer: ArchiveSigner, signed: bytes) -> None:
    other = write_archive(random_batch(50, seed=9), signers=[signer], start=1, end=2, region="VN")
    forged = zipped(("export.bin", entries(other)["export.bin"]), ("export.sig", entries(signed)["export.sig"]))
    with pytest.raises(ArchiveSignatureInvalid):
        verify_archive(forged, [public_key(signer)])


def test_a_signature_without_the_header_is_invalid(signer: ArchiveSigner, signed: bytes) -> None:
    signature = signature_of(signed)
    signature.signature = signer.private_key.sign(entries(signed)["export.bin"][16:], ec.ECDSA(SHA256()))
    with pytest.raises(ArchiveSignatureInvalid):
        verify_archive(resigned(signed, signature), [public_key(signer)])


def test_a_signature_of_another_kind_is_passed_over(signer: ArchiveSigner, signed: bytes) -> None:
    signature = signature_of(signed)
    signature.signature_info.signature_algorithm = "1.2.840.10045.4.3.4"
    signature.signature = signer.private_key.sign(entries(signed)["export.bin"], ec.ECDSA(SHA512()))
    with pytest.raises(ArchiveSignerUnknown):
        verify_archive(resigned(signed, signature), [public_key(signer)])


@pytest.mark.parametrize("field", ["keys", "revised_keys"])
def test_signed_keys_out_of_order_are_refused(signer: ArchiveSigner, signed: bytes, field: str) -> None:
    """Their order may tell when each reached the server."""
    message = archive_pb2.TemporaryExposureKeyExport()
    for last in (2, 1):
        getattr(message, field).add(key_data=bytes(15) + bytes([last]))
    export = HEADER + message.SerializeToString()
    signature = signature_of(signed)
    signature.signature = signer.private_key.sign(export, ec.ECDSA(SHA256()))
    signatures = archive_pb2.TEKSignatureList(signatures=[signature]).SerializeToString()
    with pytest.raises(ArchiveKeysUnsorted):
        verify_archive(zipped(("export.bin", export), ("export.sig", signatures)), [public_key(signer)])


@pytest.mark.parametrize("signature", [b"", b"\x30\x00", bytes(64)])
def test_a_signature_that_is_no_der_is_invalid(signer: ArchiveSigner, signed: bytes, signature: bytes) -> None:
    message = signature_of(signed)
    message.signature = signature
    with pytest.raises(ArchiveSignatureInvalid):
        verify_archive(resigned(signed, message), [public_key(signer)])


def test_signatures_say_by_which_keys_they_are(signer: ArchiveSigner) -> None:
    data = write_archive(random_batch(3), signers=[signer, make_signer(2, "310", "v2")], start=1, end=2, region="VN")
    assert read_signature_infos(data) == (SignatureInfo("452", "v1"), SignatureInfo("310", "v2"))
    assert read_signature_infos(data) == read_archive(data).signature_infos


def test_an_early_archive_names_its_key_beside_the_signature_alone(signer: ArchiveSigner) -> None:
    """Servers of early 2020 left the names in export.bin empty or wrote the app's."""
    message = archive_pb2.TemporaryExposureKeyExport()
    message.signature_infos.add(app_bundle_id="vn.bluezone", android_package="com.mic.bluezone")
    export = HEADER + message.SerializeToString()
    signature = archive_pb2.TEKSignature(signature=signer.private_key.sign(export, ec.ECDSA(SHA256())))
    signature.signature_info.verification_key_id = "452"
    signature.signature_info.verification_key_version = "v1"
    signatures = archive_pb2.TEKSignatureList(signatures=[signature]).SerializeToString()
    early = zipped(("export.bin", export), ("export.sig", signatures))
    assert read_archive(early).signature_infos == (SignatureInfo("", "", "", "vn.bluezone", "com.mic.bluezone"),)
    (info,) = read_signature_infos(early)
    assert info == SignatureInfo("452", "v1", algorithm="")
    assert verify_archive(early, [VerificationKey(signer.private_key.public_key(), info.key_id, info.key_version)])


def test_a_damaged_signature_list_is_refused(signer: ArchiveSigner, signed: bytes) -> None:
    damaged = zipped(("export.bin", entries(signed)["export.bin"]), ("export.sig", b"\x0a\x7f"))
    with pytest.raises(ArchiveContentMalformed):
        verify_archive(damaged, [public_key(signer)])
    with pytest.raises(ArchiveContentMalformed):
        read_signature_infos(damaged)


def test_too_many_signatures_are_refused_before_any_is_tried(signer: ArchiveSigner, signed: bytes) -> None:
    with pytest.raises(ArchiveTooLarge):
        verify_archive(resigned(signed, *[signature_of(signed)] * 11), [public_key(signer)])
    with pytest.raises(ArchiveTooLarge):
        read_signature_infos(resigned(signed, *[signature_of(signed)] * 11))


def test_a_key_is_read_from_pem(signer: ArchiveSigner, signed: bytes) -> None:
    text = pem(signer.private_key.public_key())
    for given in (text, text.encode()):
        assert verify_archive(signed, [VerificationKey.from_pem(given, "452", "v1")])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        pem(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()),
        pem(ec.derive_private_key(1, ec.SECP384R1()).public_key()),
    ],
    ids=["empty", "damaged", "ed25519", "p384"],
)
def test_a_pem_of_another_kind_is_refused(text: str) -> None:
    with pytest.raises(SigningKeyUnfit):
        VerificationKey.from_pem(text, "452", "v1")
