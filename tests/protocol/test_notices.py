import hashlib
import hmac
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from bluezone.protocol import (
    ArchiveContentMalformed,
    ArchiveError,
    ArchiveHeaderWrong,
    ArchiveKeysRepeated,
    ArchiveKeysUnsorted,
    ArchiveSignatureInvalid,
    ArchiveSigner,
    ArchiveSignerUnknown,
    ArchiveTooLarge,
    ArchiveUnsigned,
    KeyBatch,
    ReadLimits,
    VerificationKey,
    verify_archive,
    write_archive,
)
from bluezone.protocol._container import pack, unpack
from bluezone.protocol.archive import sign_export
from bluezone.protocol.notices import (
    LEAST_VALUES,
    NoticeArchive,
    hours_between,
    notice_value,
    padding_count,
    verify_notices,
    write_notices,
)

KEY = ec.derive_private_key(20200804, ec.SECP256R1())
SIGNER = ArchiveSigner(KEY, "bluezone", "v1")
TRUSTED = [VerificationKey(KEY.public_key(), "bluezone", "v1")]
VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "place_notices.json").read_text("utf-8"))
SEED = bytes(range(16))
VALUES = st.sets(st.binary(min_size=16, max_size=16), max_size=60)
MOMENTS = st.integers(0, 2**40)


def raw(*values: bytes, head: bytes = b"BZ Notices v1   ") -> bytes:
    export = head + bytes(16) + b"".join(values)
    return pack(export, sign_export(export, [SIGNER]))


@pytest.mark.parametrize("vector", VECTORS["values"])
def test_published_vectors_hold(vector):
    seed = bytes.fromhex(vector["seed"])
    assert notice_value(seed, vector["hour"]).hex() == vector["value"]
    assert notice_value(seed, vector["hour"], over=True).hex() == vector["over"]
    message = b"bluezone notice 1\0" + vector["hour"].to_bytes(4)
    assert hmac.new(seed, message, hashlib.sha256).hexdigest().startswith(vector["value"])


def test_the_published_file_is_read_and_written_alike():
    data = bytes.fromhex(VECTORS["file"]["zip"])
    found = verify_notices(data, TRUSTED)
    assert (found.start, found.end) == (VECTORS["file"]["start"], VECTORS["file"]["end"])
    assert found.values == {bytes.fromhex(one["value"]) for one in VECTORS["values"]}
    assert unpack(data, ReadLimits()).export.tobytes().hex() == VECTORS["file"]["export"]


@settings(max_examples=40, deadline=None)
@given(VALUES, MOMENTS, MOMENTS)
def test_what_is_written_is_read(values, start, end):
    data = write_notices(values, signers=[SIGNER], start=start, end=end)
    assert verify_notices(data, TRUSTED) == NoticeArchive(start, end, frozenset(values))


@settings(max_examples=60, deadline=None)
@given(VALUES, st.data())
def test_a_changed_byte_is_never_taken_for_something_else(values, data):
    whole = write_notices(values, signers=[SIGNER], start=0, end=7200)
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[at] ^= data.draw(st.integers(1, 255))
    try:
        found = verify_notices(bytes(changed), TRUSTED)
    except ArchiveError:
        return
    assert found == NoticeArchive(0, 7200, frozenset(values))  # a byte of the zip file that says nothing


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_by_name(data):
    with pytest.raises(ArchiveError):
        verify_notices(data, TRUSTED)


@given(st.binary(min_size=16, max_size=32), st.integers(0, 2**31), st.integers(0, 2**31))
def test_hours_and_withdrawals_have_values_of_their_own(seed, hour, other):
    assert notice_value(seed, hour) != notice_value(seed, hour, over=True)
    assert (notice_value(seed, hour) == notice_value(seed, other)) == (hour == other)


@given(st.floats(0, 2e9), st.floats(0, 86400))
def test_every_moment_lies_in_an_hour(start, seconds):
    hours = hours_between(start, start + seconds)
    if seconds:
        assert hours.start * 3600 <= start
        assert hours.stop * 3600 >= start + seconds
        assert len(hours) <= seconds / 3600 + 2


@given(st.integers(0, 5000))
def test_padding_hides_all_but_the_magnitude(count):
    padded = count + padding_count(count)
    assert padded % LEAST_VALUES == 0
    assert LEAST_VALUES <= padded < count + LEAST_VALUES or (count == 0 and padded == LEAST_VALUES)


def test_another_key_opens_nothing():
    data = write_notices({SEED}, signers=[SIGNER], start=0, end=1)
    foreign = ec.derive_private_key(1967, ec.SECP256R1()).public_key()
    with pytest.raises(ArchiveSignerUnknown):
        verify_notices(data, [VerificationKey(foreign, "other", "v1")])
    with pytest.raises(ArchiveSignatureInvalid):
        verify_notices(data, [VerificationKey(foreign, "bluezone", "v1")])


def test_a_key_archive_is_no_file_of_notices_and_the_other_way_round():
    with pytest.raises(ArchiveHeaderWrong):
        verify_notices(write_archive(KeyBatch.of([]), signers=[SIGNER], start=0, end=1, region="VN"), TRUSTED)
    with pytest.raises(ArchiveHeaderWrong):
        verify_archive(write_notices({SEED}, signers=[SIGNER], start=0, end=1), TRUSTED)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (raw(SEED, SEED), ArchiveKeysUnsorted),
        (raw(b"b" * 16, b"a" * 16), ArchiveKeysUnsorted),
        (raw(b"short"), ArchiveContentMalformed),
        (raw(head=b"BZ Notices v2   "), ArchiveHeaderWrong),
        (pack(b"BZ Notices v1   ", sign_export(b"BZ Notices v1   ", [SIGNER])), ArchiveContentMalformed),
    ],
)
def test_what_is_signed_and_yet_wrong_is_refused(data, error):
    with pytest.raises(error):
        verify_notices(data, TRUSTED)


def test_more_than_a_phone_takes_is_refused():
    data = write_notices({bytes([n]) * 16 for n in range(9)}, signers=[SIGNER], start=0, end=1)
    with pytest.raises(ArchiveTooLarge):
        verify_notices(data, TRUSTED, limits=ReadLimits(keys=8))


def test_what_cannot_be_published_is_refused():
    for values, signers, error in (
        ([SEED, SEED], [SIGNER], ArchiveKeysRepeated),
        ([b"short"], [SIGNER], ArchiveContentMalformed),
        ([SEED], [], ArchiveUnsigned),
    ):
        with pytest.raises(error):
            write_notices(values, signers=signers, start=0, end=1)
