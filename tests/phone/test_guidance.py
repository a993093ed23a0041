from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from bluezone.clock import FixedClock
from bluezone.phone import GuidanceUntrusted, Phone, StatusLevel
from bluezone.phone.guidance import HOTLINE, shipped
from bluezone.protocol import ReportType, wire
from bluezone.protocol.wire import CONFIG_SIGNATURE_HEADER, Bulletin, BulletinText, Guidance, LevelText
from tests.phone.conftest import FileServer
from tests.phone.test_sync import batch, key_of, meet, phone_of

NEWS = Bulletin(
    id="market",
    date="2020-08-04",
    texts={"vi": BulletinText(title="Chợ mở lại", body="Từ thứ Ba."), "en": BulletinText(title="Market", body="Open.")},
)


def document(version: int, *bulletins: Bulletin, hotline: str = "0221 3 862 999") -> Guidance:
    levels = {
        language: {
            level: LevelText(title=f"{level} {language} {version}", summary="…", steps=[f"step {level} {language}"])
            for level in wire.LEVELS
        }
        for language in wire.LANGUAGES
    }
    return Guidance(version=version, updated_at=1000, hotline=hotline, levels=levels, bulletins=list(bulletins))


class GuidingServer(FileServer):
    """Also serves a guidance, signed with `signer_key`."""

    def __init__(self) -> None:
        super().__init__()
        self.body = msgspec.json.encode(document(1))
        self.signer_key = self.key

    def _answer(self, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if path != wire.PATH_GUIDANCE:
            return super()._answer(path, headers)
        etag = f'"{hash(self.body)}"'
        if headers.get("if-none-match") == etag:
            return 304, {"etag": etag}, b""
        signature = base64.b64encode(self.signer_key.sign(self.body, ec.ECDSA(SHA256()))).decode()
        return 200, {CONFIG_SIGNATURE_HEADER: signature, "etag": etag}, self.body

    def put(self, guidance: Guidance) -> None:
        self.body = msgspec.json.encode(guidance)


@pytest.fixture
def server() -> GuidingServer:
    return GuidingServer()


def test_phone_that_was_never_online_knows_what_to_say(server: GuidingServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    for language in wire.LANGUAGES:
        guidance = phone.guidance(language)
        assert guidance.title
        assert guidance.steps
        assert set(guidance.levels) == set(wire.LEVELS)
        assert (guidance.hotline, guidance.bulletins, guidance.updated_at) == (HOTLINE, (), None)


def test_what_ships_with_the_phone_is_what_ships_with_the_server() -> None:
    texts = Path(__file__).parents[2] / "src" / "bluezone" / "server" / "guidance" / "texts"
    for language in wire.LANGUAGES:
        served = msgspec.json.decode((texts / f"{language}.json").read_bytes(), type=dict[str, LevelText])
        assert shipped(language) == served


def test_guidance_comes_with_a_look_at_the_server_and_is_that_of_the_level(
    server: GuidingServer, clock: FixedClock
) -> None:
    phone = phone_of(server, clock)
    server.put(document(1, NEWS))
    asyncio.run(phone.sync())
    guidance = phone.guidance("en")
    assert (guidance.title, guidance.steps, guidance.hotline) == ("safe en 1", ("step safe en",), "0221 3 862 999")
    assert [(one.id, one.title, one.day.isoformat()) for one in guidance.bulletins] == [
        ("market", "Market", "2020-08-04")
    ]
    assert guidance.updated_at == 1000
    meet(phone, key_of("ill"), clock.now(), 40)
    server.add("1.zip", batch(key_of("ill")))
    clock.advance(7200)
    asyncio.run(phone.sync())
    assert phone.status().level is StatusLevel.F1
    assert phone.guidance("vi").title == "f1 vi 1"


def test_guidance_outlasts_a_restart_and_is_asked_for_only_when_it_changed(
    server: GuidingServer, clock: FixedClock, path: Path
) -> None:
    first = phone_of(server, clock, path)
    asyncio.run(first.sync())
    first._store.close()
    phone = phone_of(server, clock, path)
    assert phone.guidance("en").title == "safe en 1"
    asyncio.run(phone.sync())
    asked = [headers for _, route, headers in server.requests if route == wire.PATH_GUIDANCE]
    assert "if-none-match" not in asked[0]
    assert "if-none-match" in asked[1]
    server.put(document(2))
    asyncio.run(phone.sync())
    assert phone.guidance("en").title == "safe en 2"
    phone._store.close()


def fetch(phone: Phone) -> None:
    assert phone._online is not None
    asyncio.run(phone._guidance.fetch(phone._online.client))


def test_guidance_by_another_key_is_not_believed(server: GuidingServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    asyncio.run(phone.sync())
    server.put(document(2))
    server.signer_key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(GuidanceUntrusted):
        fetch(phone)
    asyncio.run(phone.sync())
    assert phone.guidance("en").title == "safe en 1"


def test_guidance_that_lacks_a_text_changes_nothing(server: GuidingServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    asyncio.run(phone.sync())
    lacking = document(2)
    del lacking.levels["vi"]["f2"]
    undated = msgspec.json.encode(document(3, NEWS)).replace(b"2020-08-04", b"today")
    for wrong in (msgspec.json.encode(lacking), b"{}", b"no json", undated):
        server.body = wrong
        with pytest.raises(GuidanceUntrusted):
            fetch(phone)
        assert phone.guidance("en").title == "safe en 1"


def test_older_copy_from_on_the_way_does_not_replace_a_newer_one(server: GuidingServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    server.put(document(2))
    asyncio.run(phone.sync())
    server.put(document(1))
    asyncio.run(phone.sync())
    assert phone.guidance("en").title == "safe en 2"


def test_server_without_guidance_is_looked_at_all_the_same(clock: FixedClock) -> None:
    server = FileServer()
    phone = phone_of(server, clock)
    assert asyncio.run(phone.sync()).bad == ()
    assert phone.guidance("en").hotline == server.config.hotline


def test_exposures_and_bulletins_are_notices_until_they_are_read(server: GuidingServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    server.put(document(1, NEWS))
    meet(phone, key_of("ill"), clock.now(), 40)
    server.add("1.zip", batch(key_of("ill")))
    clock.advance(7200)
    asyncio.run(phone.sync())
    known_at = clock.now()
    clock.advance(3600)
    exposure, bulletin = phone.notices("vi")
    assert (exposure.kind, exposure.day.isoformat(), exposure.level) == ("exposure", "2020-08-03", StatusLevel.F1)
    assert exposure.minutes is not None
    assert 35 <= exposure.minutes <= 45
    assert (bulletin.kind, bulletin.title, bulletin.body) == ("bulletin", "Chợ mở lại", "Từ thứ Ba.")
    assert {notice.first_seen for notice in (exposure, bulletin)} == {known_at}
    assert not exposure.read
    phone.mark_read(exposure.id)
    assert [notice.read for notice in phone.notices("en")] == [True, False]
    phone.mark_read("of nobody")


def test_day_whose_level_rises_is_a_new_notice(server: GuidingServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    meet(phone, key_of("contact"), clock.now(), 40)
    meet(phone, key_of("ill"), clock.now() + 3600, 40)
    server.add("1.zip", batch(key_of("contact"), report=ReportType.RECURSIVE))
    clock.advance(14400)
    asyncio.run(phone.sync())
    (first,) = phone.notices()
    phone.mark_read(first.id)
    server.add("2.zip", batch(key_of("ill")))
    asyncio.run(phone.sync())
    (second,) = phone.notices()
    assert (first.level, second.level, second.read) == (StatusLevel.F2, StatusLevel.F1, False)


def test_full_disk_hides_no_notice(server: GuidingServer, clock: FixedClock, path: Path) -> None:
    phone = phone_of(server, clock, path)
    meet(phone, key_of("ill"), clock.now(), 40)
    server.add("1.zip", batch(key_of("ill")))
    clock.advance(7200)
    asyncio.run(phone.sync())
    with phone._store.transaction() as connection:
        connection.execute("DELETE FROM notices")
    (pages,) = phone._store.row("PRAGMA page_count")
    phone._store.row(f"PRAGMA max_page_count = {pages}")
    phone._guidance._document = document(
        2, *(msgspec.structs.replace(NEWS, id=f"news-{number}-{'x' * 200}") for number in range(100))
    )
    assert len(phone.notices()) == 101
    assert phone._store.row("SELECT count(*) FROM notices")[0] < 101
    phone.mark_read(phone.notices()[0].id)
    asyncio.run(phone.close())


def test_bulletin_stays_read_for_as_long_as_it_is_shown(server: GuidingServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    server.put(document(1, NEWS))
    asyncio.run(phone.sync())
    phone.mark_read("bulletin-market")
    for _ in range(30):
        clock.advance(86400)
        phone._store.destroy_due(clock.now())
        assert [notice.read for notice in phone.notices()] == [True]
    server.put(document(2))
    asyncio.run(phone.sync())
    phone._store.destroy_due(clock.now() + 16 * 86400)
    assert phone._store.row("SELECT count(*) FROM notices") == (0,)
