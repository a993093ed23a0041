import stat

import pytest

from bluezone.randomness import SystemRandomness
from bluezone.server.desk.keys import DeskKeys
from bluezone.server.errors import SettingsInvalid
from bluezone.server.secrets import SecretFiles
from tests.server.desk.support import START

DAY = 86400


@pytest.fixture
def keys(tmp_path):
    return DeskKeys(tmp_path, SecretFiles(tmp_path, SystemRandomness()))


def names(tmp_path, kind):
    return sorted(path.name for path in (tmp_path / "desk").iterdir() if path.name.startswith(kind))


def test_keys_are_made_once_and_readable_by_their_owner_alone(tmp_path, keys):
    first = keys.at(START)
    assert keys.at(START + 60) is first
    again = DeskKeys(tmp_path, SecretFiles(tmp_path, SystemRandomness())).at(START)
    assert again.peppers == first.peppers
    assert again.client == first.client
    files = list((tmp_path / "desk").iterdir())
    assert len(files) == 4
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_keys_rotate_after_thirty_days_and_old_ones_read_until_what_they_made_has_expired(tmp_path, keys):
    old = keys.at(START)
    new = keys.at(START + 30 * DAY)
    assert list(new.tokens) == list(new.certificates) == list(new.peppers) == ["2020-09-09", "2020-08-10"]
    assert new.peppers["2020-08-10"] == old.peppers["2020-08-10"]
    assert new.hashes(b"short", b"12345678")[1] == old.hashes(b"short", b"12345678")[0]
    assert list(keys.at(START + 32 * DAY).tokens) == ["2020-09-09", "2020-08-10"]
    assert list(keys.at(START + 33 * DAY).tokens) == ["2020-09-09"]
    assert names(tmp_path, "token") == ["token-2020-09-09.pem"]


def test_the_key_for_addresses_lives_for_a_day(tmp_path, keys):
    today = keys.at(START)
    tomorrow = keys.at(START + DAY)
    assert today.client_hash("192.0.2.1") != tomorrow.client_hash("192.0.2.1")
    keys.at(START + 2 * DAY)
    assert names(tmp_path, "client") == ["client-2020-08-11", "client-2020-08-12"]


def test_what_another_process_made_and_an_operator_deleted_is_noticed_at_once(tmp_path, keys):
    other = DeskKeys(tmp_path, SecretFiles(tmp_path, SystemRandomness()))
    other.at(START)
    keys.at(START)
    assert list(other.at(START + 30 * DAY).peppers) == list(keys.at(START).peppers)
    withdrawn = keys.at(START).tokens["2020-08-10"].private_numbers()
    (tmp_path / "desk" / "token-2020-08-10.pem").unlink()
    assert "2020-08-10" not in keys.at(START + 30 * DAY).tokens
    assert all(key.private_numbers() != withdrawn for key in keys.at(START + 30 * DAY).tokens.values())


def test_one_purpose_s_hash_is_no_other_s(keys):
    now = keys.at(START)
    assert now.hashes(b"short", b"1") != now.hashes(b"token", b"1")
    assert len(now.client_hash("")) == 16


def test_a_damaged_key_file_is_named(tmp_path, keys):
    keys.at(START)
    (tmp_path / "desk" / "pepper-2020-08-10").write_text("nothing")
    with pytest.raises(SettingsInvalid, match="pepper-2020-08-10"):
        DeskKeys(tmp_path, SecretFiles(tmp_path, SystemRandomness())).at(START)
