"""What surrounds the rooms: settings, secrets, log lines, health, stored rows, headers."""

from __future__ import annotations

import asyncio
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
import structlog

from bluezone.clock import FixedClock
from bluezone.randomness import SeededRandomness
from bluezone.server import Core, Settings, configure_logs, list_stored
from bluezone.server.ages import AGE
from bluezone.server.database import metadata
from bluezone.server.errors import SettingsInvalid
from bluezone.server.secrets import SecretFiles
from tests.server.support import START, client_of, keys_room, publish_request, wire_keys


def get(core: Core, path: str) -> httpx.Response:
    async def main() -> httpx.Response:
        async with client_of(core) as client:
            return await client.get(path)

    return asyncio.run(main())


def test_every_setting_is_described() -> None:
    described = re.findall(r"`([a-z0-9_]+)`", " ".join(re.findall(r"- (`.*?):", Settings.__doc__ or "")))
    assert described == [field.name for field in msgspec.structs.fields(Settings)]


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('region = "VN-01"\nretention_days = 10\n')
    settings = Settings.load(file, {"BLUEZONE_REGION": "VN-66", "BLUEZONE_OPEN_ROWS": "true", "HOME": "/"})
    assert (settings.region, settings.retention_days, settings.open_rows) == ("VN-66", 10, True)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("regoin = 1", "regoin"),
        ("retention_days = 'x'", "retention_days"),
        ("retention_days = 0", "retention_days"),
        ("=", "not TOML"),
        ("export_period_minutes = 7", "divide a day"),
        ("export_max_records = 10", "export_max_records"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text)
    with pytest.raises(SettingsInvalid, match=named):
        Settings.load(file, {})


def test_secrets_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    first = SecretFiles(tmp_path, SeededRandomness(1))
    second = SecretFiles(tmp_path, SeededRandomness(2))
    assert first.token("a") == second.token("a") != second.token("b")
    assert first.p256("k.pem").private_numbers() == second.p256("k.pem").private_numbers()
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize("content", [b"", b"zz", b"00", b"-----BEGIN PRIVATE KEY-----"])
def test_a_damaged_secret_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    secrets = SecretFiles(tmp_path, SeededRandomness(1))
    for use in (secrets.token, secrets.p256):
        with pytest.raises(SettingsInvalid, match="a"):
            use("a")


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    captured = io.StringIO()
    monkeypatch.setattr(sys, "stderr", captured)
    configure_logs()
    yield captured
    structlog.reset_defaults()


def test_no_secret_and_no_address_reaches_a_log_line(core: Core, clock: FixedClock, lines: io.StringIO) -> None:
    request = publish_request(wire_keys("a"))
    secrets = [key.key for key in request.temporary_exposure_keys]
    secrets += [request.verification_payload, request.hmac_key, "12345678", "203.0.113.9"]
    log = structlog.get_logger("test")
    for secret in secrets:
        log.info("heard", code=secret, token=secret, anything=secret, inside={"list": [secret]})
        sentence = f"somebody wrote {secret} into a sentence"
        log.warning(sentence)
    log.info("bytes", value=b"sixteen byte key")

    async def main() -> None:
        room = keys_room(core)
        async with client_of(core, room) as client:
            await client.post("/v1/publish", content=msgspec.json.encode(request))
            await client.post("/v1/publish", content=b"{")
        clock.advance(6 * 3600)
        await room.build_archives()

    asyncio.run(main())
    written = lines.getvalue()
    assert "archives built" in written
    assert not [secret for secret in secrets if secret in written]
    assert "sixteen byte key" not in written
    assert all(json.loads(line) for line in written.splitlines())


def test_health_tells_of_the_database_and_the_jobs(core: Core) -> None:
    asyncio.run(keys_room(core).build_archives())
    answer = get(core, "/healthz")
    assert answer.status_code == 200
    assert answer.json()["ready"] is True
    assert [job["name"] for job in answer.json()["jobs"]] == ["archives"]


def test_health_says_when_the_database_is_away(core: Core) -> None:
    core.database.close_now()
    answer = get(core, "/healthz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)


def test_metrics_are_told_in_prometheus_form(core: Core) -> None:
    answer = get(core, "/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "# TYPE bluezone_published_keys_total counter" in answer.text


def test_every_answer_carries_security_headers_and_the_servers_date(core: Core) -> None:
    for path in ("/healthz", "/none", "/v1/exports/none.zip"):
        headers = get(core, path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["date"] == "Mon, 03 Aug 2020 10:30:00 GMT"
        assert "server" not in headers


def test_refusals_have_one_form(core: Core) -> None:
    async def main() -> list[httpx.Response]:
        async with client_of(core) as client:
            return [await client.get("/none"), await client.delete("/healthz"), await client.get("/v1/publish")]

    answers = asyncio.run(main())
    assert [(a.status_code, a.json()["errorCode"]) for a in answers] == [
        (404, "not_found"),
        (405, "method_not_allowed"),
        (405, "method_not_allowed"),
    ]


def test_every_table_says_what_it_is_for_and_when_its_rows_are_destroyed() -> None:
    for table in metadata.tables.values():
        age = {AGE} if table.info["personal"] else set()
        assert set(table.info) - age == {"title", "purpose", "destroyed", "personal"}, table.name
        for said in ("title", "purpose", "destroyed"):
            assert set(table.info[said]) == {"vi", "en"}, table.name
            assert all(sentence.endswith(".") is (said != "title") for sentence in table.info[said].values())


def test_everything_stored_can_be_listed(core: Core) -> None:
    asyncio.run(keys_room(core).publish(publish_request(wire_keys("a"))))
    tables = {table.name: table for table in core.database.read_now(list_stored)}
    assert set(tables) == set(metadata.tables)
    assert tables["published_keys"].count == 3
    assert len(tables["published_keys"].rows) == 3


def test_tables_are_told_in_both_languages(core: Core) -> None:
    vietnamese, english = (
        {table.name: table for table in core.database.read_now(lambda c, one=one: list_stored(c, language=one))}
        for one in ("vi", "en")
    )
    assert vietnamese["archives"].title == "Tệp khóa đã ký"
    assert english["archives"].title == "Signed archives"
    assert english["desk_minutes"].destroyed == "After an hour."


@pytest.mark.parametrize("open_rows", [False, True])
def test_rows_are_public_only_where_the_setting_says_so(core: Core, open_rows: bool) -> None:
    object.__setattr__(core, "settings", msgspec.structs.replace(core.settings, open_rows=open_rows))
    asyncio.run(keys_room(core).publish(publish_request(wire_keys("a"))))
    tables = {table["name"]: table for table in get(core, "/stored").json()}
    assert tables["published_keys"]["count"] == (3 if open_rows else 0)
    assert tables["published_keys"]["exact"] is open_rows
    assert bool(tables["published_keys"]["rows"]) is open_rows


def test_the_shipped_risk_profile_is_that_of_the_risk_room(core: Core) -> None:
    from bluezone.risk import PROFILES, decode_config

    document = msgspec.json.decode(keys_room(core).configuration.body)
    assert decode_config(msgspec.json.encode(document["risk"])) == PROFILES["bluezone"]


def test_the_time_in_health_is_the_clocks(core: Core) -> None:
    assert get(core, "/healthz").json()["time"] == START
