"""`bluezone archive`: build, show, verify; the exit code is the verdict."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from bluezone.protocol import archive_pb2
from tests.cli.conftest import Run

KEYS = {
    "temporaryExposureKeys": [
        {"key": "Fy/EgOWYSQw0F3YEM5sVQw==", "rollingStartNumber": 2649980, "rollingPeriod": 1, "transmissionRisk": 8},
        {"key": "K2MFOsSDI43hdhaehh89zQ==", "rollingStartNumber": 2649866, "rollingPeriod": 114},
    ]
}


@pytest.fixture
def built(tmp_path: Path, bluezone: Run) -> Path:
    for name in ("mine", "other"):
        key = ec.generate_private_key(ec.SECP256R1())
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (tmp_path / f"{name}.pem").write_bytes(private)
        (tmp_path / f"{name}.pub").write_bytes(public)
    (tmp_path / "keys.json").write_text(json.dumps(KEYS))
    made = bluezone("archive", "build", "keys.json", "--key", "mine.pem", "--out", "a.zip", "--start", "1590159600",
                    "--end", "1590246000")  # fmt: skip
    assert made.returncode == 0, made.stderr
    return tmp_path / "a.zip"


def test_the_right_key_verifies_with_exit_0_and_another_with_exit_1(built: Path, bluezone: Run) -> None:
    right = bluezone("archive", "verify", built.name, "--key", "mine.pub")
    assert (right.returncode, right.stderr) == (0, "")
    wrong = bluezone("archive", "verify", built.name, "--key", "other.pub")
    assert wrong.returncode == 1
    assert len(wrong.stderr.splitlines()) == 1


def test_an_early_archive_is_checked_by_the_names_beside_its_signature(built: Path, bluezone: Run) -> None:
    """Servers of early 2020 did not name the key in export.bin."""
    message = archive_pb2.TemporaryExposureKeyExport(start_timestamp=1, end_timestamp=2, region="VN")
    message.signature_infos.add(app_bundle_id="vn.bluezone")
    export = b"EK Export v1    " + message.SerializeToString()
    private = load_pem_private_key((built.parent / "mine.pem").read_bytes(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    signatures = archive_pb2.TEKSignatureList()
    signature = signatures.signatures.add(signature=private.sign(export, ec.ECDSA(SHA256())))
    signature.signature_info.verification_key_id = "early"
    with zipfile.ZipFile(built, "w") as file:
        file.writestr("export.bin", export)
        file.writestr("export.sig", signatures.SerializeToString())
    right = bluezone("archive", "verify", built.name, "--key", "mine.pub")
    assert (right.returncode, right.stderr) == (0, "")
    assert "signed by early" in right.stdout
    assert bluezone("archive", "verify", built.name, "--key", "other.pub").returncode == 1
    assert bluezone("archive", "verify", built.name, "--key", "mine.pub", "--key-id", "late").returncode == 1


def test_a_changed_byte_is_refused(built: Path, bluezone: Run) -> None:
    damaged = bytearray(built.read_bytes())
    damaged[60] ^= 1
    built.write_bytes(damaged)
    assert bluezone("archive", "verify", built.name, "--key", "mine.pub").returncode == 1


def test_a_missing_archive_or_key_is_told_in_one_sentence_with_exit_1(built: Path, bluezone: Run) -> None:
    for arguments in (("none.zip", "--key", "mine.pub"), (built.name, "--key", "none.pub")):
        missing = bluezone("archive", "verify", *arguments)
        assert (missing.returncode, len(missing.stderr.splitlines())) == (1, 1)
        assert "There is no file none." in missing.stderr


def test_show_prints_what_was_built_for_people_and_for_programs(built: Path, bluezone: Run) -> None:
    people = bluezone("archive", "show", built.name)
    assert "2 keys" in people.stdout
    programs = json.loads(bluezone("archive", "show", built.name, "--json").stdout)
    assert [key["key_data"] for key in programs["keys"]] == [
        "172fc480e598490c34177604339b1543",
        "2b63053ac483238de176169e861f3dcd",
    ]
    assert (programs["start_timestamp"], programs["end_timestamp"]) == (1590159600, 1590246000)


def test_a_list_that_is_no_list_and_a_key_that_is_no_key_are_refused(built: Path, bluezone: Run) -> None:
    (built.parent / "no.json").write_text('{"temporaryExposureKeys": [{"key": "c2hvcnQ=", "rollingStartNumber": 1}]}')
    times = ("--start", "1", "--end", "2", "--out", "b.zip")
    for keys, key in (("no.json", "mine.pem"), ("mine.pem", "mine.pem"), ("keys.json", "mine.pub")):
        refused = bluezone("archive", "build", keys, "--key", key, *times)
        assert refused.returncode == 1
        assert "Traceback" not in refused.stderr
    assert not (built.parent / "b.zip").exists()
