"""`bluezone admin`: the first account, and a way back in."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import httpx
import pytest

from bluezone.cli.listening import listen, serve
from bluezone.server import Settings, create_app
from tests.cli.conftest import Run

LINK = re.compile(r"^  http://localhost:8787(/console/invitation/[\w-]{43})$", re.MULTILINE)


@pytest.fixture
def data(bluezone: Run, tmp_path: Path) -> Path:
    assert bluezone("units", "--data", "d", "load").returncode == 0
    return tmp_path / "d"


def test_the_first_operator_gets_a_link_that_the_server_opens(bluezone: Run, data: Path) -> None:
    made = bluezone("admin", "--data", "d", "create", "thu.ha", "--name", "Phạm Thị Thu Hà")
    link = LINK.search(made.stdout)
    assert link, made.stderr

    async def look() -> str:
        socket = listen("127.0.0.1", 0)
        async with serve(create_app(Settings(data_dir=data)), socket), httpx.AsyncClient() as client:
            page = await client.get(f"http://127.0.0.1:{socket.getsockname()[1]}{link[1]}?lang=en")
            return page.text

    page = asyncio.run(look())
    assert "Phạm Thị Thu Hà" in page
    assert "tỉnh Hưng Yên" in page


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        (("create", "a", "--name", "An"), "[person_malformed]"),
        (("create", "an", "--name", "An", "--unit", "99"), "There is no such unit"),
        (("renew", "nobody"), "[person_unknown]"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(bluezone: Run, arguments: tuple[str, ...], refusal: str) -> None:
    refused = bluezone("admin", "--data", "d", *arguments)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refusal in refused.stderr


def test_without_units_one_is_told_to_load_them(bluezone: Run) -> None:
    refused = bluezone("admin", "--data", "empty", "create", "an", "--name", "An")
    assert "bluezone units load" in refused.stderr
