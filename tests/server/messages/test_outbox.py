"""The outbox: kept with its transaction, sent once, tried again, given up in time, wiped, destroyed."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from bluezone.server import SmsSettings
from bluezone.server.messages.service import NumberNotMobile, SmsNotConfigured
from bluezone.server.messages.tables import text_messages
from bluezone.server.stored import HIDDEN, list_stored
from tests.server.messages.conftest import NUMBER, TEXT
from tests.server.messages.gatewayd import taken


def rows(core):
    return core.database.read_now(lambda c: c.execute(sa.select(text_messages)).all())


def test_a_message_reaches_the_gateway_as_the_settings_say(room, put, send, state, gateway):
    message = put(room)
    assert state(room, message).state == "waiting"
    assert send(room)
    (asked,) = gateway.calls
    assert asked.json == {
        "Phone": "84912345678",
        "Content": "Ma xac nhan cua anh/chi: https://bluezone.example/v?c=SECRETCODE123456",
        "RequestId": asked.json["RequestId"],
        "Brandname": "CDCHungYen",
    }
    assert (state(room, message).state, state(room, message).parts) == ("sent", 1)
    assert not send(room)
    assert len(gateway.calls) == 1


def test_a_message_is_lost_with_its_transaction(core, room, send, gateway):
    def fail(connection):
        room.enqueue(connection, purpose="code", to=NUMBER, text=TEXT, valid_until=core.clock.now() + 60)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        core.database.write_now(fail)
    assert not send(room)
    assert (rows(core), gateway.calls) == ([], [])


def test_without_a_gateway_nothing_is_kept(core, room_of, put):
    room = room_of(SmsSettings())
    assert not room.configured
    with pytest.raises(SmsNotConfigured):
        put(room)
    assert rows(core) == []
    assert [job.name for job in room.jobs()] == ["messages"]


def test_a_number_that_gets_no_text_messages_is_refused(room, put):
    with pytest.raises(NumberNotMobile):
        put(room, to="0221 3862 345")


def test_number_and_text_lie_encrypted_and_are_wiped_at_the_end(core, room, put, send):
    put(room)
    (row,) = rows(core)
    stored = repr(tuple(row)).encode() + row.sealed
    assert not any(part in stored for part in (b"912345678", b"SECRETCODE", b"bluezone.example"))
    send(room)
    (row,) = rows(core)
    assert (row.sealed, row.state) == (None, "sent")


def test_the_ledger_shows_neither_text_nor_references(core, room, put, send):
    put(room)
    send(room)
    (table,) = [one for one in core.database.read_now(list_stored) if one.name == "text_messages"]
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert {row["sealed"], row["reference"], row["provider_id"]} == {HIDDEN}


def test_the_same_reference_is_given_at_every_try_and_waits_grow(core, clock, room, put, send, state, gateway):
    gateway.answer = lambda _asked: (503, {}, b"")
    message = put(room)
    waits = []
    for _ in range(4):
        assert not send(room)
        waits.append(state(room, message).next_at - clock.now())
        assert not send(room)
        clock.set(state(room, message).next_at)
    assert (state(room, message).state, state(room, message).outcome) == ("waiting", "HTTP 503")
    for wait, usual in zip(waits, (60, 120, 240, 480), strict=True):
        assert max(60, usual * 0.75) <= wait <= usual * 1.25
    gateway.answer = taken
    assert send(room)
    assert state(room, message).state == "sent"
    assert len({asked.json["RequestId"] for asked in gateway.calls}) == 1


def test_trying_ends_after_the_last_attempt(clock, room_of, put, send, state, gateway):
    gateway.answer = lambda _asked: (503, {}, b"")
    room = room_of(gateway.settings(attempts=3))
    message = put(room)
    for _ in range(6):
        send(room)
        clock.advance(4000)
    assert (state(room, message).state, state(room, message).outcome) == ("failed", "HTTP 503")
    assert len(gateway.calls) == 3


def test_a_refused_number_is_not_tried_again(core, room, put, send, state, gateway):
    gateway.answer = lambda _asked: (200, {}, b'{"CodeResult": "108"}')
    message = put(room)
    send(room)
    assert (state(room, message).state, state(room, message).outcome) == ("failed", "code 108")
    assert rows(core)[0].sealed is None


def test_what_has_run_out_is_never_sent(core, clock, room, put, send, state, gateway):
    message = put(room, valid=600)
    clock.advance(600)
    assert not send(room)
    assert (state(room, message).state, rows(core)[0].sealed, gateway.calls) == ("expired", None, [])


def test_what_waits_runs_out_also_when_text_messages_are_no_longer_set_up(
    core, clock, room, room_of, put, lease, state
):
    message = put(room, valid=600)
    clock.advance(600)
    bare = room_of(SmsSettings())
    asyncio.run(bare.jobs()[0].run(lease))
    assert (state(bare, message).state, rows(core)[0].sealed) == ("expired", None)


def test_rows_are_destroyed_a_week_after_their_end(core, clock, room, put, send, lease):
    put(room)
    send(room)
    clock.advance(7 * 86400 - 1)
    asyncio.run(room.jobs()[0].run(lease))
    assert len(rows(core)) == 1
    clock.advance(1)
    asyncio.run(room.jobs()[0].run(lease))
    assert rows(core) == []


def test_a_cancelled_message_is_not_sent(core, room, put, send, state, gateway):
    message = put(room)
    assert core.database.write_now(lambda c: room.cancel(c, message))
    assert not core.database.write_now(lambda c: room.cancel(c, message))
    assert not send(room)
    assert (state(room, message).state, gateway.calls, rows(core)[0].sealed) == ("cancelled", [], None)


def test_cancelling_while_it_is_sent_says_so_and_prevents_further_tries(core, clock, room, put, send, state, gateway):
    def cancelling(_asked):
        assert not core.database.write_now(lambda c: room.cancel(c, message))
        return 503, {}, b""

    gateway.answer = cancelling
    message = put(room)
    send(room)
    clock.advance(120)
    send(room)
    assert state(room, message).state == "expired"
    assert len(gateway.calls) == 1


def test_no_more_than_a_minutes_share_is_sent(clock, room_of, put, send, gateway):
    room = room_of(gateway.settings(per_minute=3))
    for _ in range(5):
        put(room)
    while send(room):
        pass
    assert len(gateway.calls) == 3
    clock.advance(60)
    while send(room):
        pass
    assert len(gateway.calls) == 5


def test_two_processes_at_once_send_each_message_once(core, room, room_of, put, lease, gateway):
    other = room_of(gateway.settings())
    for _ in range(20):
        put(room)

    async def both():
        async def all_of(one):
            while await one.send_due(lease):
                pass

        await asyncio.gather(all_of(room), all_of(other), all_of(room))

    asyncio.run(both())
    assert len(gateway.calls) == len({asked.json["RequestId"] for asked in gateway.calls}) == 20
    assert {row.state for row in rows(core)} == {"sent"}


def test_a_message_of_another_key_fails_alone(core, room, put, send, state):
    message, fine = put(room), put(room)
    damaged = sa.update(text_messages).where(text_messages.c.id == message).values(sealed=bytes(64))
    core.database.write_now(lambda c: c.execute(damaged))
    send(room)
    send(room)
    assert (state(room, message).state, state(room, message).outcome) == ("failed", "unreadable")
    assert state(room, fine).state == "sent"


def test_a_lost_answer_is_asked_for_again_with_the_same_reference(clock, room, put, send, state, gateway):
    gateway.answer = lambda _asked: (500, {}, b"")
    message = put(room)
    send(room)
    gateway.answer = lambda _asked: (200, {}, b'{"CodeResult": "124"}')
    clock.advance(100)
    send(room)
    assert state(room, message).state == "sent"


def test_at_a_gateway_without_references_a_doubtful_message_is_tried_once_more_only(
    clock, room_of, put, send, state, gateway
):
    gateway.answer = lambda _asked: (500, {}, b"")
    room = room_of(gateway.settings(knows_references=False))
    message = put(room)
    for _ in range(5):
        send(room)
        clock.advance(4000)
    assert (state(room, message).state, state(room, message).outcome) == ("failed", "uncertain")
    assert len(gateway.calls) == 2


def test_figures_for_prometheus_say_what_waits_and_what_ended(clock, room, put, send, gateway):
    registry = room._core.registry
    gateway.answer = lambda _asked: (503, {}, b"")
    put(room)
    clock.advance(30)
    send(room)
    assert registry.get_sample_value("bluezone_sms_waiting") == 1
    assert registry.get_sample_value("bluezone_sms_waiting_age_seconds") == 30
    assert registry.get_sample_value("bluezone_sms_tries_failed_total") == 1
    gateway.answer = taken
    clock.advance(100)
    send(room)
    assert registry.get_sample_value("bluezone_sms_ended_total", {"state": "sent"}) == 1


def test_a_server_that_stops_still_writes_down_what_the_gateway_says(core, room, put, lease, state, gateway):
    """Else a restart in the middle of a call would send a second message."""
    message = put(room)

    async def stop_in_the_middle():
        loop = asyncio.get_running_loop()
        called = asyncio.Event()

        def answer(asked):
            loop.call_soon_threadsafe(called.set)
            return taken(asked)

        gateway.answer = answer
        job = asyncio.create_task(room.send_due(lease))
        await called.wait()
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job

    asyncio.run(stop_in_the_middle())
    assert state(room, message).state == "sent"
