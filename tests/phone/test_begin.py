"""A code whose answer is lost is asked for again with the same nonce, against the real server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from bluezone.phone import (
    BodyOverSize,
    Phone,
    PhoneError,
    PublicationState,
    PublicationStateWrong,
    ServerClient,
    ServerRefused,
    ServerUnreachable,
)
from bluezone.phone.migrations import MIGRATIONS
from bluezone.phone.store import Store
from bluezone.protocol import wire
from tests.phone.test_publish import BASE, DAY, Killed, World, carried, kill_at, told


async def refused(phone: Phone, code: str) -> str:
    with pytest.raises(ServerRefused) as caught:
        await phone.begin_publication(code)
    return caught.value.reason


async def publish(phone: Phone) -> None:
    (publication,) = phone.publications()
    phone.consent(publication.id)
    await phone.agree(publication.id)


@pytest.mark.parametrize("what", ["lose_request", "lose_answer"])
@pytest.mark.parametrize("again", ["entered again", "at the next look"])
def test_code_whose_answer_is_lost_still_gives_one_publication(tmp_path: Path, what: str, again: str) -> None:
    async def story(there: World) -> None:
        storage = tmp_path / "phone.sqlite"
        phone = there.phone(storage)
        keys = carried(phone, there)
        code = await there.code()
        setattr(there.line, what, wire.PATH_VERIFY)
        for _ in range(2):
            with pytest.raises(ServerUnreachable):
                await phone.begin_publication(code)
        (started,) = phone.publications()
        assert (started.state, started.test_type) == (PublicationState.STARTED, "")
        await phone.close()
        there.clock.advance(14 * 60)
        setattr(there.line, what, "")
        phone = there.phone(storage, "another process")
        if again == "entered again":
            publication = await phone.begin_publication(f"{code[:4]} {code[4:]}")
        else:
            await phone.sync()
            (publication,) = phone.publications()
        assert (publication.id, publication.state) == (started.id, PublicationState.VERIFIED)
        assert (publication.test_type, publication.symptom_date) == (wire.TEST_CONFIRMED, "2020-08-08")
        assert await refused(there.phone(name="another phone"), code) == "code_used"
        await publish(phone)
        assert [row[0] for row in there.published()] == sorted(keys)
        nonces = [json.loads(body)["nonce"] for body in there.line.bodies(wire.PATH_VERIFY)]
        assert len(set(nonces[:-1])) == 1
        assert nonces[-1] != nonces[0]
        await phone.close()

    told(tmp_path, story)


def test_kill_before_or_after_any_commit_leaves_the_code_usable_once(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        total = 0
        for point in range(100):
            storage = tmp_path / f"{point}.sqlite"
            phone = there.phone(storage, f"owner {point}")
            total += len(carried(phone, there))
            await phone.sync()
            code = await there.code()
            kill_at(phone, point)
            try:
                await phone.begin_publication(code)
                survived = True
            except Killed:
                survived = False
            phone._store.close()
            phone = there.phone(storage, "another process")
            if point % 3:
                await phone.sync()
            await phone.begin_publication(code)
            await publish(phone)
            assert len(there.published()) == total
            assert await refused(there.phone(name=f"another phone {point}"), code) == "code_used"
            phone._store.close()
            if survived:
                break
        assert point == 4

    told(tmp_path, story)


@pytest.mark.parametrize(
    "portal", [httpx.Response(200, html="<html>Welcome"), httpx.Response(302, headers={"Location": "http://log.in"})]
)
def test_hotspots_log_in_page_does_not_cost_the_code(tmp_path: Path, portal: httpx.Response) -> None:
    async def story(there: World) -> None:
        async def captured(request: httpx.Request) -> httpx.Response:
            response = await there.line.handle_async_request(request)
            return portal if behind_portal and request.url.path == wire.PATH_VERIFY else response

        behind_portal = True
        client = ServerClient(BASE, httpx.MockTransport(captured))
        phone = Phone(":memory:", object(), there.clock, there.phone()._randomness, client)  # type: ignore[arg-type]
        carried(phone, there)
        code = await there.code()
        with pytest.raises(PhoneError):
            await phone.begin_publication(code)
        await phone.sync()
        assert phone.publications()[0].state is PublicationState.STARTED
        behind_portal = False
        await phone.sync()
        assert phone.publications()[0].state is PublicationState.VERIFIED

    told(tmp_path, story)


def test_code_that_ran_out_unanswered_is_told_and_forgotten(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        phone = there.phone()
        there.line.lose_answer = wire.PATH_VERIFY
        with pytest.raises(ServerUnreachable):
            await phone.begin_publication(await there.code())
        there.line.lose_answer = ""
        there.clock.advance(15 * 60)
        await phone.sync()
        (publication,) = phone.publications()
        assert (publication.state, publication.fault) == (PublicationState.REFUSED, "code_expired")
        assert phone._store.row("SELECT code, nonce FROM publications") == (None, None)

    told(tmp_path, story)


def test_code_that_is_refused_at_once_leaves_nothing(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        phone = there.phone()
        for code in ("", "--", "12", "12345678"):
            await refused(phone, code)
        with pytest.raises(BodyOverSize):
            await phone.begin_publication("1" * 2000)
        assert phone.publications() == []

    told(tmp_path, story)


def test_nonce_goes_with_the_answer_and_the_code_with_consent(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        phone = there.phone()
        carried(phone, there)
        code = await there.code()
        publication = await phone.begin_publication(code)
        assert phone._store.row("SELECT code, nonce FROM publications") == (code, None)
        calls = len(there.line.sent)
        assert await phone.begin_publication(code) == publication
        assert len(there.line.sent) == calls
        await publish(phone)
        assert phone._store.row("SELECT code, nonce FROM publications") == (None, None)
        assert await refused(phone, code) == "code_used"

    told(tmp_path, story)


def test_entering_a_code_twice_at_once_is_one_publication(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        phone = there.phone()
        await phone.sync()
        code = await there.code()
        first, second, _ = await asyncio.gather(
            phone.begin_publication(code), phone.begin_publication(code), phone.sync()
        )
        assert first == second
        assert phone.publications() == [first]
        assert len(there.line.bodies(wire.PATH_VERIFY)) == 1

    told(tmp_path, story)


def test_unanswered_code_can_be_taken_back_and_nothing_else_be_done_with_it(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        phone = there.phone()
        there.line.lose_answer = wire.PATH_VERIFY
        with pytest.raises(ServerUnreachable):
            await phone.begin_publication(await there.code())
        (publication,) = phone.publications()
        with pytest.raises(PublicationStateWrong):
            phone.consent(publication.id)
        with pytest.raises(PublicationStateWrong):
            await phone.agree(publication.id)
        phone.withdraw(publication.id)
        assert phone.publications() == []
        there.line.sent.clear()
        await phone.sync()
        assert there.line.bodies(wire.PATH_VERIFY) == []

    told(tmp_path, story)


def test_publication_begun_by_the_first_version_goes_on(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        storage = tmp_path / "phone.sqlite"
        answer = await ServerClient(BASE, there.line).verify(await there.code(), bytes(32), size=1024)
        store = Store(storage, migrations=MIGRATIONS[:1])
        store.execute(
            "INSERT INTO publications (id, state, test_type, token, hmac_key, started_at, destroy_at)"
            " VALUES ('old', 'verified', ?, ?, ?, ?, ?)",
            (answer.testtype, answer.token, bytes(16), there.clock.now(), there.clock.now() + DAY),
        )
        store.close()
        phone = there.phone(storage)
        keys = carried(phone, there)
        await phone.sync()
        await publish(phone)
        assert [row[0] for row in there.published()] == sorted(keys)
        await phone.close()

    told(tmp_path, story)


def test_fake_calls_carry_a_nonce_like_real_ones(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        phone = there.phone()
        await phone.begin_publication(await there.code())
        assert phone._online is not None
        await phone._online.chaff.send(await phone._online.config())
        real, fake = (json.loads(body) for body in there.line.bodies(wire.PATH_VERIFY))
        assert real["nonce"] != fake["nonce"]
        assert {name: len(value) for name, value in real.items()} == {name: len(value) for name, value in fake.items()}

    told(tmp_path, story)
