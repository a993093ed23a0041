"""What an archive's bytes are, judged by protobuf, zipfile and cryptography themselves."""

from __future__ import annotations

import zipfile
from io import BytesIO

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from bluezone.protocol import (
    NO_ONSET,
    ArchiveKeysRepeated,
    ArchiveSigner,
    ArchiveUnsigned,
    DailyKey,
    KeyBatch,
    PublishedKey,
    ReportType,
    SigningKeyUnfit,
    archive_pb2,
    read_archive,
    write_archive,
)
from tests.protocol.conftest import HEADER, START, as_message, entries, make_signer, random_batch, rows
from tests.protocol.test_batch import any_published_key

# The whole message and its RFC 6979 signature, checked by hand against the format's field numbers.
BASELINE_EXPORT = (
    "454b204578706f727420763120202020098053275f0000000011a06f275f000000001a02564e20012801321e1a0276312203"
    "3435322a13312e322e3834302e31303034352e342e332e323a200a1001010101010101010101010101010101100018e0fda1"
    "01209001280130013a1d0a1002020202020202020202020202020202100818d0fca101204d2804"
)
BASELINE_SIGNATURES = (
    "0a6c0a1e1a02763122033435322a13312e322e3834302e31303034352e342e332e32100118012246304402201e1641d6a52e"
    "946c6e95bb37b7c0695f8946a1f426177e627e5b96d5d646dd93022009f643f4720a15b72f272cb876fce63db8911e34c8a8"
    "69a1358d4247e63a2626"
)


def written(batch: KeyBatch, revised: KeyBatch | None = None) -> bytes:
    return write_archive(batch, signers=[make_signer()], start=START, end=START + 7200, region="VN-66", revised=revised)


def as_protobuf(batch: KeyBatch) -> list[archive_pb2.TemporaryExposureKey]:
    return [
        archive_pb2.TemporaryExposureKey(
            key_data=key,
            transmission_risk_level=risk,
            rolling_start_interval_number=start - 2**32 if start >= 2**31 else start,
            rolling_period=period,
            report_type=archive_pb2.TemporaryExposureKey.ReportType.Name(report) if report else None,
            days_since_onset_of_symptoms=onset,
        )
        for key, start, period, report, onset, risk in sorted(rows(batch))
    ]


def expected_export(batch: KeyBatch, revised: KeyBatch) -> bytes:
    info = archive_pb2.SignatureInfo(
        verification_key_version="v1", verification_key_id="452", signature_algorithm="1.2.840.10045.4.3.2"
    )
    message = archive_pb2.TemporaryExposureKeyExport(
        start_timestamp=START,
        end_timestamp=START + 7200,
        region="VN-66",
        batch_num=1,
        batch_size=1,
        signature_infos=[info],
        keys=as_protobuf(batch),
        revised_keys=as_protobuf(revised),
    )
    return HEADER + message.SerializeToString()


any_batch = st.lists(any_published_key, max_size=12, unique_by=lambda row: row.key.key).map(KeyBatch.of)


@given(any_batch)
def test_the_export_is_byte_for_byte_what_protobuf_writes(batch: KeyBatch) -> None:
    assert entries(written(batch))["export.bin"] == expected_export(batch, KeyBatch.of([]))


@pytest.mark.parametrize("count", [0, 1, 2, 65_536, 65_537])
def test_any_number_of_keys_is_written_as_protobuf_writes_it(count: int) -> None:
    batch = random_batch(count)
    assert entries(written(batch))["export.bin"] == expected_export(batch, KeyBatch.of([]))


def test_keys_that_are_all_alike_in_form_are_written_as_protobuf_writes_them() -> None:
    draw = np.random.default_rng(1)
    count = 300
    batch = KeyBatch(
        draw.integers(0, 256, (count, 16), np.uint8),
        np.full(count, 2_653_920, np.uint32),
        np.full(count, 144, np.uint8),
        np.zeros(count, np.uint8),
        np.full(count, NO_ONSET, np.int8),
        np.zeros(count, np.uint8),
    )
    assert entries(written(batch))["export.bin"] == expected_export(batch, KeyBatch.of([]))


def test_revised_keys_stand_in_their_own_list() -> None:
    new, revised = random_batch(5, seed=1), random_batch(7, seed=2)
    export = entries(written(new, revised))["export.bin"]
    assert export == expected_export(new, revised)
    assert [len(as_message(export).keys), len(as_message(export).revised_keys)] == [5, 7]


def test_the_order_of_arrival_is_not_in_the_archive() -> None:
    batch = random_batch(100)
    shuffled = batch.pick(np.random.default_rng(3).permutation(100))
    assert written(batch) == written(shuffled)
    keys = [key.key_data for key in as_message(entries(written(shuffled))["export.bin"]).keys]
    assert keys == sorted(keys)


def test_the_signature_covers_the_whole_export_with_its_header(signer: ArchiveSigner, signed: bytes) -> None:
    content = entries(signed)
    (signature,) = archive_pb2.TEKSignatureList.FromString(content["export.sig"]).signatures
    signer.private_key.public_key().verify(signature.signature, content["export.bin"], ec.ECDSA(SHA256()))
    assert (signature.batch_num, signature.batch_size) == (1, 1)
    info = signature.signature_info
    assert (info.verification_key_id, info.verification_key_version) == ("452", "v1")
    assert info.signature_algorithm == "1.2.840.10045.4.3.2"
    assert list(as_message(content["export.bin"]).signature_infos) == [info]


def test_every_signer_signs_in_the_order_given() -> None:
    signers = [make_signer(2, key_version="v2"), make_signer(1, key_version="v1")]
    content = entries(write_archive(random_batch(3), signers=signers, start=1, end=2, region="VN"))
    signatures = archive_pb2.TEKSignatureList.FromString(content["export.sig"]).signatures
    assert [each.signature_info.verification_key_version for each in signatures] == ["v2", "v1"]
    assert [each.verification_key_version for each in as_message(content["export.bin"]).signature_infos] == ["v2", "v1"]
    for each, signer in zip(signatures, signers, strict=True):
        signer.private_key.public_key().verify(each.signature, content["export.bin"], ec.ECDSA(SHA256()))


def test_the_zip_file_says_nothing_about_when_or_where_it_was_packed(signed: bytes) -> None:
    with zipfile.ZipFile(BytesIO(signed)) as archive:
        assert archive.namelist() == ["export.bin", "export.sig"]
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert signed == write_archive(
        random_batch(50), signers=[make_signer()], start=START, end=START + 7200, region="VN-66"
    )


def test_starts_beyond_the_format_s_signed_numbers_survive() -> None:
    keys = random_batch(3)
    batch = KeyBatch(
        keys.keys,
        np.array([2**31 - 1, 2**31, 2**32 - 1], np.uint32),
        keys.rolling_period,
        keys.report_type,
        keys.days_since_onset,
        keys.transmission_risk,
    )
    assert rows(read_archive(written(batch)).keys) == sorted(rows(batch))


def test_a_key_that_stands_twice_is_not_written() -> None:
    batch = random_batch(4)
    twice = batch.pick(np.array([0, 1, 2, 1]))
    with pytest.raises(ArchiveKeysRepeated):
        written(twice)
    with pytest.raises(ArchiveKeysRepeated):
        written(batch, revised=batch.take(2, 3))


def test_an_archive_without_a_signer_is_not_written() -> None:
    with pytest.raises(ArchiveUnsigned):
        write_archive(random_batch(1), signers=[], start=1, end=2, region="VN")


def test_a_signer_on_another_curve_is_refused() -> None:
    with pytest.raises(SigningKeyUnfit):
        ArchiveSigner(ec.derive_private_key(1, ec.SECP384R1()), "452", "v1")


def test_a_small_archive_has_these_bytes() -> None:
    keys = [
        PublishedKey(DailyKey(b"\x02" * 16, 2_653_776, 77), ReportType.RECURSIVE, None, 8),
        PublishedKey(DailyKey(b"\x01" * 16, 2_653_920), ReportType.CONFIRMED_TEST, -1),
    ]
    content = entries(
        write_archive(KeyBatch.of(keys), signers=[make_signer()], start=START, end=START + 7200, region="VN")
    )
    assert content["export.bin"].hex() == BASELINE_EXPORT
    assert content["export.sig"].hex() == BASELINE_SIGNATURES
