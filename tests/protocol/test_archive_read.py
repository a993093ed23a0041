"""Reading archives: the published ones, old ones, and every kind of bad one."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import tracemalloc
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.protocol import (
    ArchiveBatchUnsupported,
    ArchiveContentMalformed,
    ArchiveEntryMissing,
    ArchiveEntryRepeated,
    ArchiveEntryUnknown,
    ArchiveHeaderWrong,
    ArchiveKeysRepeated,
    ArchiveTooLarge,
    ArchiveUnreadable,
    DailyKey,
    KeyBatch,
    KeyMalformed,
    ProtocolError,
    PublishedKey,
    ReadLimits,
    ReportType,
    SignatureInfo,
    archive_pb2,
    read_archive,
    verify_archive,
    write_archive,
)
from tests.protocol.conftest import (
    HEADER,
    START,
    archive_of,
    as_message,
    entries,
    load_vector,
    make_signer,
    public_key,
    random_batch,
    rows,
    zipped,
)
from tests.protocol.test_archive_write import any_batch

Export = archive_pb2.TemporaryExposureKeyExport
Key = archive_pb2.TemporaryExposureKey

SAMPLES = load_vector("key_archive_sample")["samples"]
INFO_FIELDS = (
    "verification_key_id",
    "verification_key_version",
    "signature_algorithm",
    "app_bundle_id",
    "android_package",
)
KEY_A, KEY_B = bytes(16), bytes(15) + b"\x01"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["name"])
def test_a_published_archive_reads_as_published(sample: dict[str, object]) -> None:
    data = base64.b64decode(str(sample["zip_base64"]))
    assert hashlib.sha256(data).hexdigest() == sample["zip_sha256"]
    decoded = sample["decoded"]
    assert isinstance(decoded, dict)
    archive = read_archive(data)
    for field in ("start_timestamp", "end_timestamp", "region", "batch_num", "batch_size"):
        assert getattr(archive, field) == decoded[field]
    for batch, expected in ((archive.keys, decoded["keys"]), (archive.revised_keys, decoded["revised_keys"])):
        assert rows(batch) == [
            (
                bytes.fromhex(key["key_data"]),
                key["rolling_start_interval_number"],
                key.get("rolling_period", 144),
                ReportType[key.get("report_type", "UNKNOWN")],
                key.get("days_since_onset_of_symptoms"),
                key.get("transmission_risk_level", 0),
            )
            for key in expected
        ]
    assert archive.signature_infos == tuple(
        SignatureInfo(*(info.get(field, "") for field in INFO_FIELDS)) for info in decoded["signature_infos"]
    )


@given(any_batch, any_batch)
def test_what_is_written_is_read(keys: KeyBatch, revised: KeyBatch) -> None:
    data = None
    with contextlib.suppress(ArchiveKeysRepeated):
        data = write_archive(keys, signers=[make_signer()], start=7, end=9, region="Hưng Yên", revised=revised)
    if data is None:
        assert {row[0] for row in rows(keys)} & {row[0] for row in rows(revised)}
        return
    archive = read_archive(data)
    assert rows(archive.keys) == sorted(rows(keys))
    assert rows(archive.revised_keys) == sorted(rows(revised))
    assert (archive.start_timestamp, archive.end_timestamp, archive.region) == (7, 9, "Hưng Yên")
    assert (archive.batch_num, archive.batch_size) == (1, 1)
    assert archive.signature_infos == (SignatureInfo("452", "v1"),)


def test_a_file_reads_like_its_bytes(tmp_path: Path, signed: bytes) -> None:
    file = tmp_path / "00001.zip"
    file.write_bytes(signed)
    assert rows(read_archive(file).keys) == rows(read_archive(signed).keys)


def test_an_archive_of_early_2020_reads_with_its_fields() -> None:
    info = archive_pb2.SignatureInfo(app_bundle_id="vn.bluezone", android_package="com.mic.bluezone")
    message = Export(
        start_timestamp=1, end_timestamp=2, region="VN", signature_infos=[info], keys=[Key(key_data=KEY_A)]
    )
    message.keys[0].rolling_start_interval_number = 2_645_035
    archive = read_archive(archive_of(message))
    assert archive.signature_infos == (SignatureInfo("", "", "", "vn.bluezone", "com.mic.bluezone"),)
    assert list(archive.keys) == [PublishedKey(DailyKey(KEY_A, 2_645_035, 144))]
    assert (archive.batch_num, archive.batch_size) == (1, 1)


def protobuf_row(key: archive_pb2.TemporaryExposureKey) -> tuple[bytes, int, int, int, int | None, int]:
    return (
        key.key_data,
        key.rolling_start_interval_number % 2**32,
        key.rolling_period,
        key.report_type,
        key.days_since_onset_of_symptoms if key.HasField("days_since_onset_of_symptoms") else None,
        key.transmission_risk_level,
    )


def test_a_record_in_another_order_or_with_unknown_fields_reads_as_protobuf_reads_it() -> None:
    usual = Key(
        key_data=KEY_A,
        transmission_risk_level=3,
        rolling_start_interval_number=2_650_000,
        rolling_period=100,
        report_type="RECURSIVE",
        days_since_onset_of_symptoms=-3,
    ).SerializeToString()
    moved = usual[18:] + usual[:18]
    variant_of_concern = usual + b"\x40\x02"
    repeated = usual + b"\x20\x05"
    padded_number = b"\x0a\x10" + KEY_A + b"\x20\xe4\x80\x80\x80\x80\x00"
    seen = []
    for record in (usual, moved, variant_of_concern, repeated, padded_number):
        (row,) = rows(read_archive(archive_of(b"\x3a" + bytes([len(record)]) + record)).keys)
        assert row == protobuf_row(Key.FromString(record))
        seen.append(row[2])
    assert seen == [100, 100, 100, 5, 100]


def test_a_report_type_of_the_future_is_unknown() -> None:
    archive = read_archive(archive_of(b"\x3a\x14" + Key(key_data=KEY_A).SerializeToString() + b"\x28\x09"))
    assert archive.keys[0].report_type is ReportType.UNKNOWN


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        (Key(), "16 bytes, one of this archive 0"),
        (Key(key_data=bytes(15)), "16 bytes"),
        (Key(key_data=bytes(17)), "16 bytes"),
        (Key(key_data=KEY_A, rolling_period=0), "rolling period"),
        (Key(key_data=KEY_A, rolling_period=145), "rolling period"),
        (Key(key_data=KEY_A, rolling_period=400), "rolling period"),
        (Key(key_data=KEY_A, rolling_period=-1), "rolling period"),
        (Key(key_data=KEY_A, transmission_risk_level=9), "transmission risk"),
        (Key(key_data=KEY_A, transmission_risk_level=-1), "transmission risk"),
        (Key(key_data=KEY_A, days_since_onset_of_symptoms=15), "onset"),
        (Key(key_data=KEY_A, days_since_onset_of_symptoms=-15), "onset"),
        (Key(key_data=KEY_A, days_since_onset_of_symptoms=-128), "onset"),
        (Key(key_data=KEY_A, days_since_onset_of_symptoms=2**31 - 1), "onset"),
        (Key(key_data=KEY_A, days_since_onset_of_symptoms=-(2**31)), "onset"),
    ],
)
def test_a_key_out_of_range_is_refused(key: archive_pb2.TemporaryExposureKey, problem: str) -> None:
    for message in (Export(keys=[key]), Export(revised_keys=[key])):
        with pytest.raises(KeyMalformed, match=problem):
            read_archive(archive_of(message))


def test_keys_in_any_order_are_read_as_they_stand() -> None:
    archive = read_archive(archive_of(Export(keys=[Key(key_data=KEY_B), Key(key_data=KEY_A)])))
    assert [key.key.key for key in archive.keys] == [KEY_B, KEY_A]


@pytest.mark.parametrize(
    "message",
    [
        Export(keys=[Key(key_data=KEY_A), Key(key_data=KEY_A)]),
        Export(keys=[Key(key_data=KEY_A), Key(key_data=KEY_B), Key(key_data=KEY_A)]),
        Export(revised_keys=[Key(key_data=KEY_A), Key(key_data=KEY_A)]),
        Export(keys=[Key(key_data=KEY_A)], revised_keys=[Key(key_data=KEY_A)]),
    ],
)
def test_repeated_keys_are_refused(message: archive_pb2.TemporaryExposureKeyExport) -> None:
    with pytest.raises(ArchiveKeysRepeated):
        read_archive(archive_of(message))


@pytest.mark.parametrize(("number", "size"), [(1, 2), (2, 2), (2, 1), (0, 7), (-1, -1)])
def test_one_of_several_batches_is_refused(number: int, size: int) -> None:
    with pytest.raises(ArchiveBatchUnsupported):
        read_archive(archive_of(Export(batch_num=number, batch_size=size)))


@pytest.mark.parametrize("header", [b"EK Export v2    ", b"EK Export v1   ", b"", b"ek export v1    "])
def test_another_header_is_refused(header: bytes) -> None:
    with pytest.raises(ArchiveHeaderWrong):
        read_archive(archive_of(Export(region="VN"), header))


@pytest.mark.parametrize(
    "content",
    [
        b"\x3a",
        b"\x3a\x12",
        b"\x3a\x80",
        b"\x3a\x02\x0a\x10",
        b"\x3a\x02\x20\x80",
        b"\x09\x01",
        b"\x0b",
        b"\x0f",
        b"\x1a\x02\xff\xfe",
        b"\x32\x03\x22\x01\xff",
        b"\x20" + b"\xff" * 11,
        b"\x1a" + b"\xff" * 9 + b"\x01",
    ],
)
def test_a_damaged_message_is_refused(content: bytes) -> None:
    with pytest.raises((ArchiveContentMalformed, KeyMalformed)):
        read_archive(archive_of(content))


def test_a_message_full_of_unknown_fields_is_refused_before_it_fills_the_memory() -> None:
    with pytest.raises(ArchiveContentMalformed, match="unknown fields"):
        read_archive(archive_of(b"\x48\x01" * 1_000_000))


def test_a_missing_entry_is_refused() -> None:
    with pytest.raises(ArchiveEntryMissing, match=r"export\.sig"):
        read_archive(zipped(("export.bin", HEADER)))
    with pytest.raises(ArchiveEntryMissing, match=r"export\.bin"):
        read_archive(zipped(("export.sig", b"")))


@pytest.mark.parametrize("name", ["readme.txt", "../export.bin", "EXPORT.BIN", "export.bin/"])
def test_an_unknown_entry_is_refused(name: str) -> None:
    with pytest.raises(ArchiveEntryUnknown):
        read_archive(zipped(("export.bin", HEADER), ("export.sig", b""), (name, b"")))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_repeated_entry_is_refused() -> None:
    with pytest.raises(ArchiveEntryRepeated):
        read_archive(zipped(("export.bin", HEADER), ("export.sig", b""), ("export.bin", HEADER)))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_entry_packed_in_an_unusual_way_is_refused(method: int) -> None:
    with pytest.raises(ArchiveUnreadable):
        read_archive(zipped(("export.bin", HEADER), ("export.sig", b""), method=method))


def test_a_stored_archive_reads_like_a_deflated_one() -> None:
    assert read_archive(zipped(("export.bin", HEADER), ("export.sig", b""), method=zipfile.ZIP_STORED)).region == ""


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip file at all", bytes(1000)])
def test_what_is_no_zip_file_is_refused(data: bytes) -> None:
    with pytest.raises(ArchiveUnreadable):
        read_archive(data)


def test_a_zip_bomb_is_refused_by_its_stated_size_without_unpacking_it() -> None:
    bomb = zipped(("export.bin", HEADER + bytes(64 << 20)), ("export.sig", b""))
    assert len(bomb) < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(ArchiveTooLarge):
            read_archive(bomb)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_zip_bomb_that_states_a_small_size_is_refused() -> None:
    bomb = bytearray(zipped(("export.bin", HEADER + bytes(8 << 20)), ("export.sig", b"")))
    with zipfile.ZipFile(BytesIO(bomb)) as archive:
        size = archive.getinfo("export.bin").file_size.to_bytes(4, "little")
    while (at := bomb.find(size)) >= 0:
        bomb[at : at + 4] = (1000).to_bytes(4, "little")
    with pytest.raises(ArchiveUnreadable):
        read_archive(bytes(bomb))


def test_a_bomb_of_empty_records_is_refused_by_their_number() -> None:
    with pytest.raises(ArchiveTooLarge, match="keys"):
        read_archive(archive_of(b"\x3a\x00" * 1000), limits=ReadLimits(keys=999))


@pytest.mark.parametrize(
    "limits",
    [
        ReadLimits(archive_bytes=500),
        ReadLimits(export_bytes=500),
        ReadLimits(signature_bytes=50),
        ReadLimits(keys=49),
        ReadLimits(signatures=0),
    ],
    ids=["archive", "export", "signature", "keys", "signatures"],
)
def test_each_limit_holds(signed: bytes, limits: ReadLimits) -> None:
    with pytest.raises(ArchiveTooLarge):
        read_archive(signed, limits=limits)


def test_a_file_over_the_limit_is_not_opened(tmp_path: Path, signed: bytes) -> None:
    file = tmp_path / "00001.zip"
    file.write_bytes(signed)
    with pytest.raises(ArchiveTooLarge):
        read_archive(file, limits=ReadLimits(archive_bytes=len(signed) - 1))


def test_every_truncation_is_refused(signed: bytes) -> None:
    for length in range(len(signed)):
        with pytest.raises(ProtocolError):
            read_archive(signed[:length])


@given(st.integers(0, 10_000), st.integers(0, 7))
def test_no_flipped_bit_passes_the_signature(at: int, bit: int) -> None:
    signer = make_signer()
    data = bytearray(write_archive(random_batch(20), signers=[signer], start=START, end=START + 1, region="VN"))
    whole = rows(verify_archive(bytes(data), [public_key(signer)]).keys)
    data[at % len(data)] ^= 1 << bit
    # A bit that only concerns the zip file's own book-keeping (a date, say) may change nothing at all.
    with contextlib.suppress(ProtocolError):
        assert rows(verify_archive(bytes(data), [public_key(signer)]).keys) == whole


@given(st.binary(max_size=400))
def test_nothing_but_a_protocol_error_comes_out_of_any_bytes(data: bytes) -> None:
    for content in (
        data,
        archive_of(data, b""),
        archive_of(data),
        zipped(("export.bin", HEADER), ("export.sig", data)),
    ):
        with contextlib.suppress(ProtocolError):
            read_archive(content)
        with contextlib.suppress(ProtocolError):
            verify_archive(content, [public_key(make_signer())])


edits = st.lists(st.tuples(st.integers(0, 5_000), st.binary(max_size=4)), min_size=1, max_size=6)


def damaged(data: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    changed = bytearray(data)
    for at, replacement in changes:
        at %= len(changed) + 1
        changed[at : at + len(replacement)] = replacement
    return bytes(changed)


@given(edits)
def test_nothing_but_a_protocol_error_comes_out_of_a_damaged_archive(changes: list[tuple[int, bytes]]) -> None:
    whole = write_archive(random_batch(30), signers=[make_signer()], start=START, end=START + 1, region="VN")
    with contextlib.suppress(ProtocolError):
        read_archive(damaged(whole, changes))


@given(any_batch, edits)
def test_what_is_read_from_a_damaged_export_is_what_protobuf_reads(
    batch: KeyBatch, changes: list[tuple[int, bytes]]
) -> None:
    whole = write_archive(batch, signers=[make_signer()], start=START, end=START + 1, region="VN")
    export = damaged(entries(whole)["export.bin"], changes)
    with contextlib.suppress(ProtocolError):
        archive = read_archive(archive_of(export, b""))
        assert rows(archive.keys) == [protobuf_row(key) for key in as_message(export).keys]
        assert rows(archive.revised_keys) == [protobuf_row(key) for key in as_message(export).revised_keys]
