"""The story of the rehearsal, whole: a real server, six phones on bumble, 58 hours in virtual time."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bluezone.cli.rehearsal import Outcome, rehearse
from bluezone.phone import Consent, Receipt, StatusLevel
from bluezone.town import Narrator, Said


class Listener(Narrator):
    """Remembers the story as it is told."""

    def __init__(self) -> None:
        self.scenes: list[Said] = []
        self.lines: list[tuple[Said, bool]] = []
        self.consents: dict[str, Consent] = {}
        self.receipts: dict[str, Receipt] = {}

    def scene(self, time: float, said: Said) -> None:
        self.scenes.append(said)

    def line(self, said: Said, came_true: bool) -> None:
        self.lines.append((said, came_true))

    def consent(self, owner: str, consent: Consent) -> None:
        self.consents[owner] = consent

    def receipt(self, owner: str, receipt: Receipt) -> None:
        self.receipts[owner] = receipt


def _play(folder: Path, seed: int) -> tuple[Outcome, Listener]:
    listener = Listener()
    return rehearse(folder, seed, listener, lambda _: None), listener


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Listener, Path]:
    folder = tmp_path_factory.mktemp("story")
    return *_play(folder, 7), folder


def test_every_line_of_the_story_comes_true(played: tuple[Outcome, Listener, Path]) -> None:
    outcome, listener, _ = played
    assert [said.en for said, came_true in listener.lines if not came_true] == []
    assert outcome.missed == 0
    assert len(listener.lines) == 16
    assert len(listener.scenes) == 9


def test_each_phone_says_what_became_of_its_owner(played: tuple[Outcome, Listener, Path]) -> None:
    outcome, _, _ = played
    assert {key: status.level for key, status in outcome.phones.items()} == {
        "A": StatusLevel.F0,
        "B": StatusLevel.F1,
        "C": StatusLevel.SAFE,
        "D": StatusLevel.SAFE,
        "E": StatusLevel.F2,
        "F": StatusLevel.SAFE,
    }


def test_the_ledger_lists_every_row_and_none_of_them_says_who_met_whom(
    played: tuple[Outcome, Listener, Path],
) -> None:
    outcome, _, folder = played
    stored = {table.name: table for table in outcome.stored}
    with sqlite3.connect(folder / "server" / "server.sqlite") as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert tables - {"alembic_version"} == set(stored)
        for name, table in stored.items():
            (count,) = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
            assert table.count == count == len(table.rows)
    heard = set()
    for key in "ABCDEF":
        with sqlite3.connect(folder / "phones" / f"{key}.sqlite") as connection:
            heard |= {identifier.hex() for (identifier,) in connection.execute("SELECT identifier FROM sightings")}
    assert len(heard) > 20
    cells = {str(cell) for table in outcome.stored for row in table.rows for cell in row}
    assert not any(identifier in cell for identifier in heard for cell in cells)


def test_what_was_shown_is_what_was_sent(played: tuple[Outcome, Listener, Path]) -> None:
    _, listener, _ = played
    assert set(listener.consents) == set(listener.receipts) == {"A", "B"}
    for owner, consent in listener.consents.items():
        assert listener.receipts[owner].content == consent.content


def test_a_story_repeats_to_the_bit(played: tuple[Outcome, Listener, Path], tmp_path: Path) -> None:
    first, _, folder = played
    again, _ = _play(tmp_path, 7)
    assert again == first
    for key in "ABCDEF":
        assert _rows(tmp_path / "phones" / f"{key}.sqlite") == _rows(folder / "phones" / f"{key}.sqlite")


def test_another_seed_is_another_story(played: tuple[Outcome, Listener, Path], tmp_path: Path) -> None:
    first, _, _ = played
    other, _ = _play(tmp_path, 8)
    assert other.missed == 0
    assert other.stored != first.stored


def _rows(store: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything in a store but the hash over the desk's certificate, whose signature is never the same twice."""
    with sqlite3.connect(store) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {name: connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in tables}
    found["receipts"] = [tuple(cell for cell in row if not _is_hash(cell)) for row in found["receipts"]]
    return found


def _is_hash(cell: object) -> bool:
    return isinstance(cell, str) and len(cell) == 64
