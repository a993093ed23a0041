from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null

from bluezone.phone import (
    PlainReason,
    ProtectedFile,
    Protection,
    StoreDamaged,
    StoreFull,
    StoreInUse,
    StoreLocked,
    SystemKeyring,
)
from bluezone.phone.migrations import MIGRATIONS
from bluezone.phone.store import Store
from bluezone.randomness import SeededRandomness, SystemRandomness
from bluezone.town.virtualtime import run_virtual
from tests.phone.conftest import Air
from tests.phone.test_agent import phone_of

SECRET = b"SECRETKEYMATERIA"


class MemoryKeyring(KeyringBackend):
    """A keyring of this process, as the system's would be."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()
        self.passwords: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.passwords[service, username]


@pytest.fixture
def system_keyring():
    before = keyring.get_keyring()
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


def protected(path: Path) -> ProtectedFile:
    return ProtectedFile(path, SystemKeyring(), SystemRandomness())


def hold_secret(store: Store) -> None:
    store.execute("INSERT INTO own_keys (key, rolling_start, destroy_at) VALUES (?, 1, 10)", (SECRET,))


def test_store_is_encrypted_where_the_system_has_a_keyring(path: Path, system_keyring: MemoryKeyring) -> None:
    store = Store(protected(path))
    hold_secret(store)
    assert (store.protection, store.plain_reason) == (Protection.KEYRING, None)
    store.close()
    for file in path.parent.iterdir():
        assert SECRET not in file.read_bytes()
        assert b"CREATE TABLE" not in file.read_bytes()
    again = Store(protected(path))
    assert again.row("SELECT key FROM own_keys") == (SECRET,)
    again.close()
    assert [service for service, _ in system_keyring.passwords] == ["Bluezone"]


def test_encrypted_store_finds_its_key_where_it_is_moved(path: Path, system_keyring: MemoryKeyring) -> None:
    Store(protected(path)).close()
    moved = path.with_name("moved.sqlite")
    path.rename(moved)
    Store(protected(moved)).close()


@pytest.mark.usefixtures("system_keyring")
def test_encrypted_store_keeps_its_promises_about_the_disk(path: Path) -> None:
    store = Store(protected(path))
    assert store.row("PRAGMA journal_mode") == ("persist",)
    assert store.row("PRAGMA synchronous") == (2,)
    with pytest.raises(StoreInUse):
        Store(protected(path))
    (pages,) = store.row("PRAGMA page_count")
    store.row(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreFull):
        store.execute("INSERT INTO meta VALUES ('large', zeroblob(1000000))")
    store.set_meta("small", 1)
    store.close()


@pytest.mark.usefixtures("system_keyring")
def test_plain_store_is_encrypted_once_there_is_a_keyring_and_keeps_its_rows(path: Path) -> None:
    plain = Store(path)
    hold_secret(plain)
    plain.close()
    assert SECRET in path.read_bytes()
    store = Store(protected(path))
    assert store.row("SELECT key FROM own_keys") == (SECRET,)
    assert store.version == len(MIGRATIONS)
    assert store.protection is Protection.KEYRING
    store.close()
    assert all(SECRET not in file.read_bytes() for file in path.parent.iterdir())
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("system_keyring")
def test_whole_phone_works_on_an_encrypted_store_and_finds_everything_again(path: Path) -> None:
    async def story() -> None:
        air = Air()
        other, radio = phone_of(air, "b")
        await other.start()
        minutes = 0
        for name in ("a", "the same after a restart"):
            phone, _ = phone_of(air, name, protected(path))
            assert phone.storage_protection() is Protection.KEYRING
            assert phone.plain_reason() is None
            await phone.start()
            await air.clock.sleep(3600)
            heard = {sighting.identifier for sighting in phone._sightings.sightings()}
            assert heard
            assert phone.status().minutes_today >= minutes + 50
            minutes = phone.status().minutes_today
            await phone.close()
        await other.close()
        whole = b"".join(file.read_bytes() for file in path.parent.iterdir())
        assert not any(identifier in whole for _, _, identifier in radio.sent)

    run_virtual(story)


HOLDER = """
import sys
from pathlib import Path
from bluezone.phone.store import Store
store = Store(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
store.close()
"""


@pytest.mark.usefixtures("system_keyring")
def test_plain_store_in_use_is_not_encrypted_under_its_user(path: Path) -> None:
    plain = Store(path)
    hold_secret(plain)
    plain.close()
    # Another process, since locks on files do not hold against the same one.
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "open\n"
    with pytest.raises(StoreInUse):
        Store(protected(path))
    holder.communicate()
    assert holder.returncode == 0
    assert SECRET in path.read_bytes()


def test_copy_left_by_a_kill_while_encrypting_does_no_harm(path: Path, system_keyring: MemoryKeyring) -> None:
    plain = Store(path)
    hold_secret(plain)
    plain.close()
    path.with_name(path.name + ".encrypting").write_bytes(b"half")
    store = Store(protected(path))
    assert store.row("SELECT key FROM own_keys") == (SECRET,)
    store.close()
    assert not path.with_name(path.name + ".encrypting").exists()


@pytest.mark.parametrize("backend", [fail.Keyring(), null.Keyring()])
def test_without_a_keyring_the_store_is_plain_and_says_so(path: Path, backend: KeyringBackend) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(backend)
    try:
        store = Store(protected(path))
        assert (store.protection, store.plain_reason) == (Protection.PLAIN, PlainReason.NO_KEYRING)
        store.close()
    finally:
        keyring.set_keyring(before)


def test_keyring_that_it_does_not_recommend_itself_is_not_used(path: Path, system_keyring: MemoryKeyring) -> None:
    system_keyring.priority = 0.5
    store = Store(protected(path))
    assert store.plain_reason is PlainReason.NO_KEYRING
    store.close()
    assert system_keyring.passwords == {}


@pytest.mark.usefixtures("system_keyring")
def test_without_sqlcipher_the_store_is_plain_and_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlcipher3.dbapi2", None)
    store = Store(protected(path))
    assert store.plain_reason is PlainReason.NO_CIPHER
    store.close()


@pytest.mark.usefixtures("system_keyring")
def test_encrypted_store_without_sqlcipher_stays_closed_and_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store(protected(path)).close()
    before = path.read_bytes()
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "sqlcipher3.dbapi2", None)
        with pytest.raises(StoreLocked):
            Store(protected(path))
    assert path.read_bytes() == before
    Store(protected(path)).close()


def test_encrypted_store_without_its_key_stays_closed_and_whole(path: Path, system_keyring: MemoryKeyring) -> None:
    store = Store(protected(path))
    hold_secret(store)
    store.close()
    before = path.read_bytes()
    kept, system_keyring.passwords = system_keyring.passwords, {}
    with pytest.raises(StoreLocked):
        Store(protected(path))
    with pytest.raises(StoreDamaged):
        Store(path)
    assert path.read_bytes() == before
    system_keyring.passwords = kept
    Store(protected(path)).close()


def test_wrong_key_is_damage_and_changes_nothing(path: Path, system_keyring: MemoryKeyring) -> None:
    Store(protected(path)).close()
    before = path.read_bytes()
    for name in system_keyring.passwords:
        system_keyring.passwords[name] = bytes(32).hex()
    with pytest.raises(StoreDamaged):
        Store(protected(path))
    assert path.read_bytes() == before


def test_key_and_salt_come_from_the_randomness_given(path: Path, system_keyring: MemoryKeyring) -> None:
    Store(ProtectedFile(path, SystemKeyring(), SeededRandomness("protection"))).close()
    expected = SeededRandomness("protection")
    salt, key = expected.token_bytes(16), expected.token_bytes(32)
    assert system_keyring.passwords == {("Bluezone", salt.hex()): key.hex()}
    assert path.read_bytes()[:16] == salt
