"""`bluezone code` against a real server."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bluezone.cli.listening import listen, serve
from bluezone.clock import FixedClock
from bluezone.protocol import wire
from bluezone.server import Settings, create_app
from bluezone.server.desk.limits import MOST_LIVE_SHORT_CODES
from tests.cli.conftest import Run

NOW = datetime(2020, 8, 10, 18, 0, tzinfo=UTC).timestamp()
"""One in the morning of 11 August in Vietnam."""
API_KEY = "the desk's key"
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@dataclass
class Served:
    url: str
    database: str

    def cases(self) -> list[tuple[Any, ...]]:
        engine = sa.create_engine(self.database)
        with engine.connect() as connection:
            query = "SELECT test_type, symptom_date, test_date FROM desk_cases ORDER BY test_type"
            rows = [tuple(row) for row in connection.execute(sa.text(query))]
        engine.dispose()
        return rows


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    """A server on a free port, in a thread of its own."""
    settings = Settings(data_dir=tmp_path / "server", desk_api_key=API_KEY, run_jobs=False)
    app = create_app(settings, clock=FixedClock(NOW))
    listener = listen("127.0.0.1", 0)
    loop, end, ready = asyncio.new_event_loop(), asyncio.Event(), threading.Event()

    async def main() -> None:
        async with serve(app, listener):
            ready.set()
            await end.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(main()))
    thread.start()
    assert ready.wait(60)
    yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}", settings.database)
    loop.call_soon_threadsafe(end.set)
    thread.join()
    loop.close()


@pytest.fixture
def server_without_date() -> Iterator[str]:
    """Answers every connection with an HTTP answer that has no headers but its length."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            connection, _ = listener.accept()
            with connection:
                if not connection.recv(4096):
                    return
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    thread = threading.Thread(target=answer)
    thread.start()
    host, port = listener.getsockname()
    yield f"http://{host}:{port}"
    socket.create_connection((host, port)).close()
    thread.join()
    listener.close()


def test_a_code_is_issued_followed_and_revoked(bluezone: Run, server: Served) -> None:
    desk = ("code", "--server", server.url, "--api-key", API_KEY)
    issued = bluezone(*desk, "issue", "f0", "--symptom-date", "2020-08-08")
    assert issued.returncode == 0, issued.stderr
    assert re.search(r"Read it to the patient: \d{4} \d{4} ", issued.stdout)
    assert re.search(r"Or send as a link: [0-9A-Z]{16} ", issued.stdout)
    assert "today" not in issued.stdout
    (uuid,) = re.findall(UUID, issued.stdout)
    assert bluezone(*desk, "status", uuid).stdout == "Code claimed: no · keys published: no\n"
    assert bluezone(*desk, "revoke", uuid).returncode == 0
    assert server.cases() == [("confirmed", "2020-08-08", None)]


@pytest.mark.parametrize(("lang", "today"), [("en", "today, 2020-08-11"), ("vi", "hôm nay, 2020-08-11")])
def test_without_a_day_it_is_today_in_vietnam_by_the_servers_clock(
    bluezone: Run, server: Served, lang: str, today: str
) -> None:
    desk = ("code", "--server", server.url, "--api-key", API_KEY)
    for kind in ("f0", "likely"):
        issued = bluezone(*desk, "issue", kind, lang=lang)
        assert issued.returncode == 0, issued.stderr
        assert today in issued.stdout
    contact = bluezone(*desk, "issue", "f1", lang=lang)
    assert today not in contact.stdout
    day = date(2020, 8, 11).isoformat()
    assert server.cases() == [("confirmed", None, day), ("likely", None, day), ("recursive", None, None)]


def test_paused_codes_are_said_to_be_and_the_link_is_shown(bluezone: Run, server: Served) -> None:
    with httpx.Client(base_url=server.url, headers={wire.API_KEY_HEADER: API_KEY}) as client:
        for _ in range(MOST_LIVE_SHORT_CODES):
            assert client.post(wire.PATH_ISSUE, json={"testType": "recursive"}).json()["code"]
    issued = bluezone("code", "--server", server.url, "--api-key", API_KEY, "issue", "f1")
    assert issued.returncode == 0, issued.stderr
    assert "Codes to read aloud are paused" in issued.stdout
    assert re.search(r"^Send as a link: [0-9A-Z]{16} ", issued.stdout, re.MULTILINE)
    assert re.search(UUID, issued.stdout)
    assert "Read it" not in issued.stdout
    assert "1970" not in issued.stdout


def test_a_server_that_does_not_say_the_day_is_given_it_by_hand(bluezone: Run, server_without_date: str) -> None:
    for lang, sentence in (("en", "does not say what day it is"), ("vi", "không cho biết hôm nay là ngày nào")):
        refused = bluezone("code", "--server", server_without_date, "--api-key", "x", "issue", "likely", lang=lang)
        assert refused.returncode == 1
        assert sentence in refused.stderr
        assert "bluezone code issue likely --test-date 2020-08-01" in refused.stderr


def test_refusals_and_absence_are_told_in_one_sentence(bluezone: Run, server: Served) -> None:
    wrong = bluezone("code", "--server", server.url, "--api-key", "wrong", "issue", "f1")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "[api_key_invalid]" in wrong.stderr
    refused = bluezone("code", "--server", server.url, "--api-key", "wrong", "issue", "f1", lang="vi")
    assert "Lỗi: Khóa API của bàn y tế bị thiếu hoặc sai nên máy chủ chưa làm gì." in refused.stderr
    assert "[api_key_invalid]" in refused.stderr
    for kind in ("f0", "f1"):
        away = bluezone("code", "--server", "http://127.0.0.1:1", "--api-key", "x", "issue", kind)
        assert away.returncode == 1
        assert "cannot be reached" in away.stderr
    unnamed = bluezone("code", "--data", "nowhere", "issue", "f1")
    assert unnamed.returncode == 1
    assert "desk-api-key" in unnamed.stderr


def test_help_asks_for_no_api_key(bluezone: Run) -> None:
    for command in ("issue", "status", "revoke"):
        shown = bluezone("code", command, "--help")
        assert (shown.returncode, shown.stderr) == (0, "")
        assert shown.stdout.startswith(f"Usage: bluezone code {command}")
