"""A phone that lost the answer to the call that trades its code asks again with the same nonce."""

import asyncio
import base64

import pytest

from bluezone.protocol import wire
from tests.server.desk.support import NONCE, START, claims_of

MINUTE, DAY = 60, 86400
KEYS = base64.b64encode(bytes(range(32))).decode()
OTHER_KEYS = base64.b64encode(bytes(32)).decode()
OTHER_NONCE = base64.b64encode(b"another phone's".ljust(32)).decode()


def test_a_phone_that_lost_the_answer_asks_again_and_nobody_else_may(run_desk):
    async def story(first, second):
        issued = await first.issue(symptom_date="2020-08-08")
        lost = await first.verify(issued.code, nonce=NONCE)
        first.clock.advance(14 * MINUTE)
        for code in (issued.code, issued.long_code):
            for nonce in (OTHER_NONCE, ""):
                assert (await second.verify(code, 400, nonce=nonce))["errorCode"] == "code_used"
        again = await second.verify(f" {issued.code[:4]}-{issued.code[4:]}", nonce=NONCE)
        assert claims_of(again["token"])["jti"] == claims_of(lost["token"])["jti"]
        assert again["symptomDate"] == lost["symptomDate"] == "2020-08-08"
        # One token, whichever answer arrived: bound to the first keys, and then the code is done with.
        await second.certify(again["token"], KEYS)
        await first.certify(lost["token"], KEYS)
        assert (await first.certify(lost["token"], OTHER_KEYS, 400))["errorCode"] == "token_used"
        assert (await first.verify(issued.code, 400, nonce=NONCE))["errorCode"] == "code_used"

    run_desk(story, processes=2)


def test_asking_again_ends_with_the_code_that_was_used(run_desk):
    async def story(server):
        short, long = await server.issue(), await server.issue()
        for code in (short.code, long.long_code):
            await server.verify(code, nonce=NONCE)
        server.clock.advance(15 * MINUTE)
        assert (await server.verify(short.code, 400, nonce=NONCE))["errorCode"] == "code_expired"
        server.clock.set(START + DAY - 1)
        token = (await server.verify(long.long_code, nonce=NONCE))["token"]
        assert claims_of(token)["exp"] == START + 2 * DAY - 1
        server.clock.advance(1)
        assert (await server.verify(long.long_code, 400, nonce=NONCE))["errorCode"] == "code_expired"

    run_desk(story)


def test_asking_again_works_while_the_pepper_changes(run_desk):
    async def story(server):
        await server.issue()  # makes the first pepper
        server.clock.advance(30 * DAY - MINUTE)
        issued = await server.issue(test_date="2020-09-08")
        lost = await server.verify(issued.long_code, nonce=NONCE)
        server.clock.advance(MINUTE)
        again = await server.verify(issued.long_code, nonce=NONCE)
        assert len(list((server.core.settings.data_dir / "desk").glob("pepper-*"))) == 2
        assert claims_of(again["token"])["jti"] == claims_of(lost["token"])["jti"]
        await server.certify(again["token"], KEYS)

    run_desk(story)


def test_a_revoked_code_is_not_answered_again(run_desk):
    async def story(server):
        issued = await server.issue()
        await server.verify(issued.code, nonce=NONCE)
        await server.ask_desk(wire.PATH_EXPIRE_CODE, issued.uuid)
        assert (await server.verify(issued.code, 400, nonce=NONCE))["errorCode"] == "code_used"

    run_desk(story)


@pytest.mark.parametrize("nonce", ["AAAA", "no base64!", "é", base64.b64encode(bytes(257)).decode()])
def test_a_nonce_of_another_shape_is_refused_and_uses_nothing_up(run_desk, nonce):
    async def story(server):
        issued = await server.issue()
        assert (await server.verify(issued.code, 400, nonce=nonce))["errorCode"] == "nonce_invalid"
        await server.verify(issued.code, nonce=base64.b64encode(bytes(256)).decode())

    run_desk(story)


def test_one_phone_asking_many_times_at_once_gets_one_token_and_another_none(run_desk):
    async def story(first, second):
        for _ in range(5):
            issued = await first.issue()
            answers = await asyncio.gather(
                *(
                    server.client.post(wire.PATH_VERIFY, json={"code": issued.code, "nonce": nonce})
                    for nonce in (NONCE, OTHER_NONCE)
                    for server in (first, second) * 2
                )
            )
            tokens = [answer.json().get("token") for answer in answers]
            assert {answer.json()["errorCode"] for answer in answers if answer.status_code == 400} == {"code_used"}
            same_phone = [tokens[:4], tokens[4:]]
            assert sorted(all(of_one) for of_one in same_phone) == [False, True]
            assert sorted(any(of_one) for of_one in same_phone) == [False, True]
            assert len({claims_of(token)["jti"] for token in tokens if token}) == 1

    run_desk(story, processes=2)
