"""The first page and the open ledger, as a browser and as a program read them."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import re
from collections.abc import Callable
from html.parser import HTMLParser

import httpx
import msgspec
import pytest

from bluezone.clock import FixedClock
from bluezone.protocol import VerificationKey, verify_archive
from bluezone.server import Core
from bluezone.server.database import metadata
from bluezone.server.home.service import LATE_SECONDS
from bluezone.server.jobs import JobRunner
from bluezone.server.keys import Keys
from scripts import catalogues
from tests.server.support import client_of, keys_room, publish_request, wire_keys

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


class Page(HTMLParser):
    """What a page says and where it leads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def addresses(self) -> list[str]:
        found = [attributes.get("href") or attributes.get("src") for _, attributes in self.tags]
        return [address for address in found if address and not address.startswith("#")]


@pytest.fixture
def ask(core: Core) -> Callable[..., list[httpx.Response]]:
    """Asks one process for several paths, one after the other."""

    def asked(*paths: str, accept: str = BROWSER, **headers: str) -> list[httpx.Response]:
        async def main() -> list[httpx.Response]:
            async with client_of(core) as client:
                return [await client.get(path, headers={"Accept": accept} | headers) for path in paths]

        return asyncio.run(main())

    return asked


@pytest.fixture
def room(core: Core) -> Keys:
    return keys_room(core)


def publish(room: Keys, name: str) -> None:
    now = room.core.clock.now()
    asyncio.run(room.publish(publish_request(wire_keys(name, now=now), now=now)))


def open_rows(core: Core) -> None:
    object.__setattr__(core, "settings", msgspec.structs.replace(core.settings, open_rows=True))


def test_both_pages_speak_the_readers_language(ask) -> None:
    for path, vietnamese, english in (("/", "Máy chủ khóa", "The key server"), ("/stored", "Sổ mở", "The open ledger")):
        [plain] = ask(path)
        [browser] = ask(path, **{"Accept-Language": "en-GB,en;q=0.9,vi;q=0.8"})
        [chosen] = ask(f"{path}?lang=vi", **{"Accept-Language": "en"})
        assert f"<h1>{vietnamese}</h1>" in plain.text
        assert f"<h1>{english}</h1>" in browser.text
        assert f"<h1>{vietnamese}</h1>" in chosen.text
        assert [one.headers["content-language"] for one in (plain, browser, chosen)] == ["vi", "en", "vi"]


def test_a_chosen_language_stays_from_page_to_page(ask) -> None:
    [first] = ask("/?lang=en")
    assert "/stored?lang=en" in Page(first.text).addresses()


def test_pages_need_no_script_and_nothing_from_elsewhere(core, ask, room) -> None:
    open_rows(core)
    publish(room, "a")
    for answer in ask("/", "/stored"):
        page = Page(answer.text)
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")
        assert not [tag for tag, attributes in page.tags if tag in {"script", "style"} or "style" in attributes]
        assert not [address for address in page.addresses() if "://" in address]


def test_every_address_on_the_first_page_answers(core, clock, ask, room) -> None:
    publish(room, "a")
    clock.advance(6 * 3600)
    asyncio.run(room.build_archives())
    [first] = ask("/")
    addresses = Page(first.text).addresses()
    assert [path for path in addresses if path.startswith("/v1/exports/") and path.endswith(".zip")]
    assert {answer.status_code for answer in ask(*addresses)} == {200}


def test_an_archive_is_verified_by_the_key_that_the_page_offers(core, clock, ask, room) -> None:
    publish(room, "a")
    clock.advance(6 * 3600)
    asyncio.run(room.build_archives())
    [first] = ask("/")
    addresses = Page(first.text).addresses()
    [key_path] = [path for path in addresses if path.endswith(".pem")]
    [archive_path] = [path for path in addresses if path.endswith(".zip")]
    key, archive = ask(key_path, archive_path)
    pinned = VerificationKey.from_pem(key.content, "bluezone", "v1")
    assert len(verify_archive(archive.content, [pinned]).keys) >= core.settings.export_min_records
    assert key.headers["content-disposition"] == 'attachment; filename="bluezone_v1.pem"'


def test_an_unknown_key_file_is_not_found(ask) -> None:
    [answer] = ask("/keys/other_v1.pem")
    assert (answer.status_code, answer.json()["errorCode"]) == (404, "not_found")


def test_static_files_are_kept_for_ever_under_their_version(ask) -> None:
    [first] = ask("/")
    [sheet] = [path for path in Page(first.text).addresses() if path.endswith("tokens.css")]
    assert sheet.startswith("/static/look/")
    version = sheet.split("/")[3]
    plain, font, old, missing = ask(
        sheet,
        sheet.replace("tokens.css", "fonts/be-vietnam-pro-400.woff2"),
        sheet.replace(version, "another"),
        sheet.replace("tokens.css", "../errors.py"),
        **{"Accept-Encoding": "identity"},
    )
    assert plain.headers["cache-control"] == font.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert font.headers["content-type"] == "font/woff2"
    assert (old.headers["cache-control"], old.content) == ("no-cache", plain.content)
    assert missing.status_code == 404
    [zipped] = ask(sheet, **{"Accept-Encoding": "gzip"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.content == plain.content


def test_pages_are_compressed_for_browsers_that_take_it(ask) -> None:
    [plain] = ask("/", **{"Accept-Encoding": "identity"})
    [zipped] = ask("/", **{"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert zipped.content == plain.content
    assert len(gzip.compress(plain.content)) < 20_000


def test_programs_are_told_the_ledger_as_json(ask) -> None:
    for accept in ("*/*", "application/json", ""):
        [answer] = ask("/stored?lang=en", accept=accept)
        assert answer.headers["content-type"] == "application/json"
        assert {table["name"] for table in answer.json()} == set(metadata.tables)
        [told] = [table for table in answer.json() if table["name"] == "tells"]
        assert told["destroyed"] == "14 days after arrival, by the hourly destruction job."


def test_a_call_cannot_be_seen_by_asking_before_and_after(core, clock, room) -> None:
    async def main() -> list[tuple[int, bool]]:
        told = []
        async with client_of(core) as client:
            for minutes in (0, 1, 60):
                clock.advance(minutes * 60)
                tables = {table["name"]: table for table in (await client.get("/stored")).json()}
                told.append((tables["published_keys"]["count"], tables["published_keys"]["exact"]))
                for name in ("first", "second", "third", "fourth"):
                    request = publish_request(wire_keys(f"{name} {minutes}", now=clock.now()), now=clock.now())
                    await room.publish(request)
        return told

    assert asyncio.run(main()) == [(0, False), (0, False), (20, False)]


def test_open_rows_are_shown_whole_and_short(core, ask, room) -> None:
    open_rows(core)
    publish(room, "a")
    [answer] = ask("/stored?lang=en")
    keys = [bytes(key).hex() for (key,) in core.database.read_now(lambda c: list(c.execute(_KEYS)))]
    assert len(keys) == 3
    for key in keys:
        assert f"<code>{key}</code>" in answer.text
        assert f"{key[:8]}…{key[-4:]}" in answer.text
    assert "17:00 on 3 Aug 2020" in answer.text
    assert "Nothing at the moment." in answer.text


def test_health_is_told_in_words(core, clock: FixedClock, ask, room) -> None:
    runner = JobRunner(dataclasses.replace(core, registry=room.core.registry), [])
    asyncio.run(runner.run_due(room.jobs()[0]))
    [ready] = ask("/?lang=en")
    clock.advance(LATE_SECONDS + 1)
    [late] = ask("/?lang=en")
    core.database.close_now()
    [away] = ask("/?lang=en")
    assert "Works as it should" in ready.text
    assert "Archives last built" in ready.text
    assert "One of its jobs is late" in late.text
    assert "The database does not answer" in away.text
    assert [answer.status_code for answer in (ready, late, away)] == [200, 200, 503]


def test_the_next_archive_is_told_whether_or_not_keys_wait(core, ask, room) -> None:
    [before] = ask("/")
    publish(room, "a")
    [after] = ask("/")
    assert before.text == after.text
    assert "Tệp kế tiếp, nếu có người công bố" in before.text
    assert re.search(r"19:00 ngày 3/8/2020", before.text)


def test_every_sentence_of_the_pages_is_translated() -> None:
    merged, current = catalogues.merged(catalogues.SERVER), catalogues.current(catalogues.SERVER)
    assert catalogues.missing(merged) == []
    assert {message.id for message in merged} == {message.id for message in current}
    assert catalogues.SERVER.catalogue.with_suffix(".mo").read_bytes() == catalogues.compiled(current)


_KEYS = metadata.tables["published_keys"].select().with_only_columns(metadata.tables["published_keys"].c["key"])
