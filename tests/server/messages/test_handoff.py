"""Messages as files: whole, one a batch, for their owner alone, destroyed after a day."""

from __future__ import annotations

import asyncio
import csv
import stat
from pathlib import Path

import pytest

from bluezone.server import SmsSettings


@pytest.fixture
def room(room_of, tmp_path: Path):
    return room_of(SmsSettings(gateway="file", folder=str(tmp_path / "out"), number_form="0", without_marks=False))


def files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "out").iterdir())


def test_a_batch_becomes_one_file_for_its_owner_alone(room, put, send, state, tmp_path: Path) -> None:
    messages = [
        put(room, to=f"091234567{digit}", text=f'Mã số {digit}, "gấp"\nhttps://b.example') for digit in range(3)
    ]
    assert send(room)
    assert {state(room, message).state for message in messages} == {"sent"}
    (file,) = files(tmp_path)
    assert file.name.startswith("sms-20200803T103000Z-")
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(file.parent.stat().st_mode)) == (0o600, 0o700)
    content = file.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(content.decode("utf-8-sig").splitlines(keepends=True)))
    assert rows[0] == ["to", "text", "reference"]
    assert sorted(row[:2] for row in rows[1:]) == [
        [f"091234567{digit}", f'Mã số {digit}, "gấp"\nhttps://b.example'] for digit in range(3)
    ]
    assert len({row[2] for row in rows[1:]}) == 3


def test_a_folder_that_cannot_be_written_is_tried_again(clock, room, put, send, state, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where the folder should be")
    message = put(room)
    assert not send(room)
    assert (state(room, message).state, state(room, message).outcome) == ("waiting", "folder")
    (tmp_path / "out").unlink()
    clock.advance(100)
    assert send(room)
    assert state(room, message).state == "sent"


def test_files_are_destroyed_after_a_day_and_nothing_else_is(clock, room, put, send, lease, tmp_path: Path) -> None:

    put(room)
    send(room)
    (tmp_path / "out" / "notes.csv").write_text("an operator's own")
    (tmp_path / "out" / ".sms-20200801T000000Z-dead.csv").write_text("half")
    clock.advance(86399)
    asyncio.run(room.jobs()[0].run(lease))
    assert len(files(tmp_path)) == 2
    clock.advance(2)
    asyncio.run(room.jobs()[0].run(lease))
    assert [file.name for file in files(tmp_path)] == ["notes.csv"]
