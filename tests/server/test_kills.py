"""Killing the server at any instant loses nothing that it has acknowledged."""

from __future__ import annotations

import base64
import time

import sqlalchemy as sa

from bluezone.server import Database, Settings
from bluezone.server.keys.tables import published_keys
from tests.server.prefork import Publishers, kill, listen, start

KILLS = 25


def test_no_acknowledged_key_is_lost_when_the_server_is_killed(settings: Settings) -> None:
    listener = listen()
    publishers = Publishers(listener.getsockname()[1], 4)
    process = start(settings, listener)
    publishers.start()
    try:
        for _ in range(KILLS):
            before = len(publishers.acknowledged)
            while len(publishers.acknowledged) < before + 42:
                assert process.is_alive()
                time.sleep(0.005)
            kill(process)
            process = start(settings, listener)
    finally:
        publishers.stop()
        kill(process)
        listener.close()
    assert publishers.broken > 0
    database = Database(settings.database)
    stored = database.read_now(lambda c: set(c.execute(sa.select(published_keys.c.key)).scalars()))
    if database.is_sqlite:
        assert database.read_now(lambda c: c.execute(sa.text("PRAGMA integrity_check")).scalar_one()) == "ok"
    database.close_now()
    assert {base64.b64decode(key) for key in publishers.acknowledged} <= stored
    # No call was kept in part: each of them carries 14 keys.
    assert len(stored) % 14 == 0
