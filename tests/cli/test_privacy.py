"""`bluezone privacy report` and `bluezone purge`: what is held about people, and destroying it when it is due."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from bluezone.cli.listening import listen, serve
from bluezone.server import Database, Settings, create_app
from tests.cli.conftest import Run

DAY = 86400


@pytest.fixture
def data(bluezone: Run, tmp_path: Path) -> Path:
    assert bluezone("units", "--data", "d", "load").returncode == 0
    return tmp_path / "d"


@pytest.fixture
def tell(data: Path) -> Callable[..., None]:
    """Writes notes to the health office that are so many days old."""

    def tell(*ages: int) -> None:
        database = Database(Settings(data_dir=data).database)
        query = "INSERT INTO tells VALUES (:uuid, :at, 'F1', '', 'An', '0912345678', '', '')"
        for number, age in enumerate(ages):
            values = {"uuid": f"{number}-{age}", "at": int(time.time()) - age * DAY}
            database.write_now(lambda connection, values=values: connection.execute(sa.text(query), values))  # type: ignore[misc]
        database.close_now()

    return tell


def test_the_report_names_every_table_about_people_with_its_dates(bluezone: Run, tell: Callable[..., None]) -> None:
    before = time.time()
    tell(3, 1)
    told = json.loads(bluezone("privacy", "--data", "d", "report", "--json").stdout)
    assert told["read_at"] >= before
    tables = {table["name"]: table for table in told["tables"]}
    assert {"persons", "cases", "tells", "published_keys", "accounts", "audit_entries"} <= set(tables)
    assert "units" not in tables
    notes = tables["tells"]
    assert (notes["rows"], notes["due"], notes["late"]) == (2, 0, 0)
    assert before - 3 * DAY - 1 <= notes["oldest"] <= time.time() - 3 * DAY
    assert notes["first_due"] == notes["oldest"] + 14 * DAY + 1
    shown = bluezone("privacy", "--data", "d", "report").stdout
    day = time.strftime("%-d/%-m/%Y", time.gmtime(notes["first_due"] + 7 * 3600))
    assert f"· due from: {day}\n" in shown
    assert shown.endswith(": nothing is overdue.\n")


def test_the_report_says_what_is_overdue_and_the_purge_destroys_it(bluezone: Run, tell: Callable[..., None]) -> None:
    tell(15, 20, 1)
    assert "Overdue: 2 rows." in bluezone("privacy", "--data", "d", "report").stdout
    assert "2 dòng quá hạn; hãy chạy bluezone purge --due." in (
        bluezone("privacy", "--data", "d", "report", lang="vi").stdout
    )
    looked = bluezone("purge", "--data", "d", "--due", "--dry-run").stdout
    assert looked == "Due: Notes to the health office: 2 rows\nLooked only: nothing was destroyed.\n"
    purged = bluezone("purge", "--data", "d", "--due")
    assert purged.stdout == (
        "Due: Notes to the health office: 2 rows\nDestroyed: Notes to the health office: 2 rows\n"
    ), purged.stderr
    assert bluezone("purge", "--data", "d", "--due").stdout.endswith(": nothing is due.\n")


def test_the_purge_works_beside_a_running_server(bluezone: Run, data: Path, tell: Callable[..., None]) -> None:
    """Its own jobs have just run and come back in an hour."""
    assert bluezone("purge", "--data", "d", "--due").returncode == 0

    async def story() -> str:
        async with serve(create_app(Settings(data_dir=data)), listen("127.0.0.1", 0)):
            tell(15)
            return (await asyncio.to_thread(bluezone, "purge", "--data", "d", "--due")).stdout

    assert "Destroyed: Notes to the health office: 1 row\n" in asyncio.run(story())


@pytest.mark.parametrize("arguments", [("privacy", "--data", "none", "report"), ("purge", "--data", "none", "--due")])
def test_where_nothing_is_held_nothing_is_made(bluezone: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    refused = bluezone(*arguments)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "There is no data in none" in refused.stderr
    assert not (tmp_path / "none").exists()


def test_purging_has_to_be_said_outright(bluezone: Run) -> None:
    assert bluezone("purge", "--data", "d").returncode == 2
