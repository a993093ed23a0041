"""Killing the sender at any instant loses no message, and sends none twice where the gateway knows references."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter

import msgspec
import pytest
import sqlalchemy as sa

from bluezone.clock import RealClock
from bluezone.server import Core, Settings, create_core
from bluezone.server.messages import MessagesService
from bluezone.server.messages.tables import text_messages
from tests.server.messages.gatewayd import Answer, Asked, Gateway
from tests.server.messages.senders import start
from tests.server.prefork import kill

KILLS = 24
MESSAGES = 60
INSTANTS = ("before", "taken", "answered", "never", "never")


class Assassin:
    """A gateway that has whoever asks killed: before it takes the message, after it, or as it answers."""

    def __init__(self, *, knows_references: bool) -> None:
        self.strike = threading.Event()
        self.struck = threading.Event()
        self.peaceful = False
        self.delivered: Counter[str] = Counter()
        self.repeated = 0
        self._knows_references = knows_references
        self._references: set[str] = set()
        self._random = random.Random("where to strike")

    def answer(self, asked: Asked) -> Answer:
        instant = "never" if self.peaceful else self._random.choice(INSTANTS)
        if instant == "before":
            self._strike()
            return 503, {}, b""
        message = asked.json
        known = message["RequestId"] in self._references
        self.repeated += known
        self._references.add(message["RequestId"])
        if not (known and self._knows_references):
            self.delivered[message["Content"]] += 1
        if instant == "taken":
            self._strike()
        elif instant == "answered":
            self.strike.set()
        code = "124" if known and self._knows_references else "100"
        return 200, {}, json.dumps({"CodeResult": code, "SMSID": "1"}).encode()

    def _strike(self) -> None:
        self.struck.clear()
        self.strike.set()
        self.struck.wait(60)


def rows(core: Core) -> list[sa.Row[tuple[str, str, int]]]:
    query = sa.select(text_messages.c.state, text_messages.c.outcome, text_messages.c.attempts)
    return list(core.database.read_now(lambda c: c.execute(query).all()))


@pytest.mark.parametrize("knows_references", [True, False])
def test_no_message_is_lost_when_the_sender_is_killed(
    settings: Settings, gateway: Gateway, knows_references: bool
) -> None:
    assassin = Assassin(knows_references=knows_references)
    gateway.answer = assassin.answer
    sms = gateway.settings(knows_references=knows_references, timeout_seconds=2.0, per_minute=100_000)
    settings = msgspec.structs.replace(settings, sms=sms, lease_seconds=0.3)
    core = create_core(settings, clock=RealClock())
    core.database.migrate()
    room = MessagesService(core)

    def put_all(connection: sa.Connection) -> None:
        until = time.time() + 86400
        for number in range(MESSAGES):
            room.enqueue(connection, purpose="code", to="0912345678", text=f"message {number}", valid_until=until)

    core.database.write_now(put_all)
    process = start(settings)
    try:
        for _ in range(KILLS):
            while not assassin.strike.wait(0.1):
                assert process.is_alive()
            kill(process)
            assassin.strike.clear()
            assassin.struck.set()
            process = start(settings)
        assassin.peaceful = True
        while {state for state, _, _ in rows(core)} & {"waiting", "sending"}:
            assert process.is_alive()
            time.sleep(0.1)
    finally:
        assassin.peaceful = True
        assassin.struck.set()
        kill(process)
        ended = rows(core)
        core.database.close_now()
    assert assassin.repeated > 0
    if knows_references:
        assert {state for state, _, _ in ended} == {"sent"}
        assert assassin.delivered == Counter({f"message {number}": 1 for number in range(MESSAGES)})
        return
    # Who doubts twice says so instead of sending a third time.
    assert {(state, outcome) for state, outcome, _ in ended} <= {("sent", ""), ("failed", "uncertain")}
    assert {attempts for state, _, attempts in ended if state == "failed"} <= {2}
    given_up = sum(state == "failed" for state, _, _ in ended)
    assert len(assassin.delivered) >= MESSAGES - given_up
    assert set(assassin.delivered.values()) <= {1, 2}
    assert assassin.delivered.total() <= MESSAGES + KILLS
