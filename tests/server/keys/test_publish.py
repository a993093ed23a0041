"""The publish call from outside: what is taken, dropped, refused, and what repeated and fake calls get."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from prometheus_client import generate_latest

from bluezone.clock import FixedClock
from bluezone.protocol import ReportType, interval_at
from bluezone.protocol.wire import PublishRequest, WireKey
from bluezone.server import Core
from bluezone.server.keys.tables import published_keys
from tests.server.support import START, body, client_of, keys_room, publish_request, wire_keys

RULES = json.loads((Path(__file__).parents[2] / "vectors" / "key_server_rules.json").read_text())


def call(core: Core, *requests: PublishRequest | dict[str, Any], headers: dict[str, str] | None = None) -> list[Any]:
    """The answers to publish calls, one after the other."""

    async def main() -> list[httpx.Response]:
        async with client_of(core) as client:
            return [
                await client.post("/v1/publish", content=msgspec.json.encode(request), headers=headers)
                for request in requests
            ]

    return asyncio.run(main())


def rows(core: Core) -> list[Any]:
    return core.database.read_now(lambda c: list(c.execute(sa.select(published_keys)).all()))


def test_published_keys_are_stored_with_what_the_certificate_says(core: Core) -> None:
    keys = wire_keys("a")
    onset = keys[1].rolling_start_number
    (answer,) = call(core, publish_request(keys, report_type="likely", onset=onset))
    assert answer.status_code == 200
    assert answer.json()["insertedExposures"] == 3
    stored = {base64.b64encode(row.key).decode(): row for row in rows(core)}
    assert set(stored) == {key.key for key in keys}
    for day, key in enumerate(keys):
        row = stored[key.key]
        assert (row.rolling_start, row.rolling_period) == (key.rolling_start_number, 144)
        assert row.report_type == ReportType.CONFIRMED_CLINICAL_DIAGNOSIS
        assert row.days_since_onset == day - 1
        assert row.transmission_risk == 4


def test_the_time_of_arrival_is_stored_to_the_hour(core: Core) -> None:
    call(core, publish_request(wire_keys("a")))
    assert {row.created_at for row in rows(core)} == {int(START // 3600) * 3600}


def test_a_key_that_is_still_valid_is_withheld_until_it_can_no_longer_be_replayed(core: Core) -> None:
    now = int(START)
    today = [WireKey(key=base64.b64encode(bytes(16)).decode(), rolling_start_number=interval_at(START) - 60)]
    call(core, publish_request(today))
    (row,) = rows(core)
    end = (today[0].rolling_start_number + 144) * 600
    released = row.created_at + core.settings.export_min_age_hours * 3600
    assert end > now
    assert released >= end + 2 * 3600


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"key": base64.b64encode(bytes(15)).decode()}, "16 bytes"),
        ({"key": base64.b64encode(bytes(17)).decode()}, "16 bytes"),
        ({"key": "not base64!"}, "16 bytes"),
        ({"rollingPeriod": 0}, "rolling period"),
        ({"rollingPeriod": 145}, "rolling period"),
        ({"rollingPeriod": -1}, "rolling period"),
        ({"rollingStartNumber": interval_at(START) + 2}, "future"),
        ({"rollingStartNumber": 2**40}, "future"),
        ({"rollingStartNumber": interval_at(START) // 144 * 144 - 16 * 144}, "older"),
        ({"rollingStartNumber": -5}, "older"),
        ({"transmissionRisk": 9}, "transmission risk"),
        ({"transmissionRisk": -1}, "transmission risk"),
    ],
)
def test_a_key_that_breaks_a_rule_is_dropped_and_the_others_are_taken(
    core: Core, change: dict[str, Any], fault: str
) -> None:
    keys = wire_keys("a", 2)
    broken = msgspec.convert(body(keys[0]) | {"key": base64.b64encode(bytes(16)).decode()} | change, WireKey)
    (answer,) = call(core, publish_request([*keys, broken]))
    assert answer.status_code == 200
    assert answer.json()["insertedExposures"] == 2
    assert answer.json()["code"] == "partial_failure"
    assert answer.json()["error"].startswith("key 2 cannot be imported")
    assert fault in answer.json()["error"]
    assert len(rows(core)) == 2


def test_a_key_too_far_from_the_onset_is_left_out_with_a_warning(core: Core) -> None:
    keys = wire_keys("a", 15)
    (answer,) = call(core, publish_request(keys, onset=keys[-1].rolling_start_number + 144))
    assert answer.json()["insertedExposures"] == 14
    assert "symptom onset is too large" in answer.json()["warnings"][0]


def overlapping() -> list[WireKey]:
    keys = wire_keys("a", 2)
    keys[1].rolling_start_number -= 10
    return keys


def four_with_one_start() -> list[WireKey]:
    keys = wire_keys("a", 4)
    for key in keys:
        key.rolling_start_number = keys[0].rolling_start_number
    return keys


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ([], "no_keys"),
        (wire_keys("a", 1) * 2, "keys_repeated"),
        (wire_keys("a", 11) + wire_keys("b", 11) + wire_keys("c", 9), "too_many_keys"),
        (overlapping(), "keys_overlap"),
        (four_with_one_start(), "keys_overlap"),
        ([WireKey(key="AAAA", rolling_start_number=interval_at(START) - 144)], "no_valid_key"),
    ],
)
def test_keys_that_break_a_rule_together_are_refused_whole(core: Core, keys: list[WireKey], code: str) -> None:
    (answer,) = call(core, publish_request(keys))
    assert (answer.status_code, answer.json()["errorCode"], answer.json()["code"]) == (400, code, code)
    assert rows(core) == []


def test_three_keys_of_one_start_are_taken(core: Core) -> None:
    (answer,) = call(core, publish_request(four_with_one_start()[:3]))
    assert answer.json()["insertedExposures"] == RULES["tek_validation"]["max_same_start_interval"]


def test_a_certificate_for_other_keys_is_refused(core: Core) -> None:
    (answer,) = call(core, publish_request(wire_keys("a"), certified=wire_keys("b")))
    assert (answer.status_code, answer.json()["errorCode"]) == (401, "key_hmac_mismatch")
    assert rows(core) == []


def test_an_expired_certificate_is_refused(core: Core) -> None:
    (answer,) = call(core, publish_request(wire_keys("a"), now=START - 3600))
    assert (answer.status_code, answer.json()["errorCode"]) == (401, "certificate_expired")


def test_a_certificate_from_a_clock_two_days_ahead_is_refused(core: Core) -> None:
    (answer,) = call(core, publish_request(wire_keys("a"), now=START + 2 * 86400))
    assert (answer.status_code, answer.json()["errorCode"]) == (401, "certificate_invalid")


def test_keys_of_a_phone_whose_clock_is_two_days_ahead_are_dropped(core: Core) -> None:
    ahead = wire_keys("a", 3, now=START + 2 * 86400)
    (answer,) = call(core, publish_request(ahead))
    assert answer.json()["insertedExposures"] == 2  # the third begins tomorrow
    assert "in the future" in answer.json()["error"]


def test_a_certificate_of_somebody_else_is_refused(core: Core) -> None:
    request = publish_request(wire_keys("a"))
    request.verification_payload = request.verification_payload[:-4] + "AAAA"
    (answer,) = call(core, request)
    assert (answer.status_code, answer.json()["errorCode"]) == (401, "certificate_invalid")


def test_another_health_authority_is_refused(core: Core) -> None:
    request = publish_request(wire_keys("a"))
    request.health_authority_id = "vn.elsewhere"
    (answer,) = call(core, request)
    assert (answer.status_code, answer.json()["errorCode"]) == (401, "unknown_health_authority_id")


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff", b'{"temporaryExposureKeys": 5}', b'"\\ud800"', b"null"])
def test_a_body_that_is_none_is_refused(core: Core, text: bytes) -> None:
    async def main() -> httpx.Response:
        async with client_of(core) as client:
            return await client.post("/v1/publish", content=text)

    answer = asyncio.run(main())
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "request_malformed")


def test_a_body_of_ten_megabytes_is_refused_before_it_is_read(core: Core) -> None:
    read = 0

    async def parts() -> Any:
        nonlocal read
        for _ in range(10):
            read += 1_000_000
            yield b" " * 1_000_000

    async def main() -> list[httpx.Response]:
        async with client_of(core) as client:
            announced = await client.post("/v1/publish", content=b" " * 10_000_000)
            return [announced, await client.post("/v1/publish", content=parts())]

    for answer in asyncio.run(main()):
        assert (answer.status_code, answer.json()["errorCode"]) == (413, "request_too_large")


def test_a_repeated_call_is_a_success_that_doubles_nothing(core: Core) -> None:
    request = publish_request(wire_keys("a"))
    first, second = call(core, request, request)
    assert first.json()["insertedExposures"] == 3
    assert second.status_code == 200
    assert "insertedExposures" not in second.json()
    assert len(rows(core)) == 3
    # The phone that lost the first answer still gets what it needs for a change.
    assert second.json()["revisionToken"]


def test_two_equal_calls_at_once_store_their_keys_once(core: Core) -> None:
    request = msgspec.json.encode(publish_request(wire_keys("a", 14)))

    async def main() -> list[httpx.Response]:
        async with client_of(core) as client:
            return list(await asyncio.gather(*(client.post("/v1/publish", content=request) for _ in range(8))))

    answers = asyncio.run(main())
    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json().get("insertedExposures", 0) for answer in answers) == 14
    assert len(rows(core)) == 14


def test_keys_of_a_public_archive_sent_by_another_get_no_revision_token(core: Core, clock: FixedClock) -> None:
    keys = wire_keys("a")

    async def main() -> list[httpx.Response]:
        room = keys_room(core)
        async with client_of(core, room) as client:
            await client.post("/v1/publish", content=msgspec.json.encode(publish_request(keys)))
            clock.advance(6 * 3600)
            assert await room.build_archives()
            now = clock.now()
            return [
                await client.post("/v1/publish", content=msgspec.json.encode(publish_request(sent, now=now)))
                for sent in (keys, [*keys, *wire_keys("b", 1, now=START - 9 * 86400)])
            ]

    same, more = asyncio.run(main())
    assert same.status_code == 200
    assert "revisionToken" not in same.json()
    assert (more.status_code, more.json()["errorCode"]) == (400, "missing_revision_token")


def revise(core: Core, before: str, after: str) -> Any:
    keys = wire_keys("a")
    (first,) = call(core, publish_request(keys, report_type=before))
    (second,) = call(core, publish_request(keys, report_type=after, token=first.json().get("revisionToken", "")))
    return second


TEST_TYPES = {
    "CONFIRMED_TEST": "confirmed",
    "CONFIRMED_CLINICAL_DIAGNOSIS": "likely",
    "REVOKED": "negative",
    "RECURSIVE": "recursive",
}
OURS = [("RECURSIVE", "CONFIRMED_TEST"), ("RECURSIVE", "CONFIRMED_CLINICAL_DIAGNOSIS"), ("RECURSIVE", "REVOKED")]
ALLOWED = [*(tuple(pair) for pair in RULES["revision_transitions"]["allowed"]), *OURS]


@pytest.mark.parametrize("after", TEST_TYPES)
@pytest.mark.parametrize("before", [name for name in TEST_TYPES if name != "REVOKED"])
def test_report_types_change_only_as_published(core: Core, before: str, after: str) -> None:
    answer = revise(core, TEST_TYPES[before], TEST_TYPES[after])
    changed = {row.revised_report_type for row in rows(core)}
    if (before, after) in ALLOWED:
        assert answer.status_code == 200
        assert changed == {ReportType[after]}
    else:
        assert changed == {None}
        if before != after:
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_report_type_transition")


def test_a_first_report_that_is_negative_is_not_stored(core: Core) -> None:
    (answer,) = call(core, publish_request(wire_keys("a"), report_type="negative"))
    assert answer.status_code == 200
    assert rows(core) == []


def test_a_key_changes_once(core: Core) -> None:
    keys = wire_keys("a")
    (first,) = call(core, publish_request(keys, report_type="likely"))
    token = first.json()["revisionToken"]
    (second,) = call(core, publish_request(keys, report_type="confirmed", token=token))
    assert second.status_code == 200
    (again, third) = call(
        core,
        publish_request(keys, report_type="confirmed", token=token),
        publish_request(keys, report_type="negative", token=token),
    )
    assert again.status_code == 200
    assert (third.status_code, third.json()["code"]) == (400, "key_already_revised")


def test_only_the_token_of_the_same_keys_changes_them(core: Core) -> None:
    mine, other = wire_keys("a"), wire_keys("b")
    first, second = call(
        core, publish_request(mine, report_type="likely"), publish_request(other, report_type="likely")
    )
    token = second.json()["revisionToken"]
    without, wrong, damaged = call(
        core,
        publish_request(mine, report_type="negative"),
        publish_request(mine, report_type="negative", token=token),
        publish_request(mine, report_type="negative", token="AAAA" + first.json()["revisionToken"][4:]),
    )
    assert (without.status_code, without.json()["code"]) == (400, "missing_revision_token")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_revision_token")
    assert (damaged.status_code, damaged.json()["code"]) == (400, "invalid_revision_token")
    assert {row.revised_report_type for row in rows(core)} == {None}


def test_a_later_upload_under_the_token_adds_keys_and_the_new_token_covers_all(core: Core) -> None:
    keys = wire_keys("a", 4)
    (first,) = call(core, publish_request(keys[:2], report_type="likely"))
    (second,) = call(core, publish_request(keys, report_type="likely", token=first.json()["revisionToken"]))
    assert second.json()["insertedExposures"] == 2
    (third,) = call(core, publish_request(keys, report_type="confirmed", token=second.json()["revisionToken"]))
    assert third.status_code == 200
    assert {row.revised_report_type for row in rows(core)} == {ReportType.CONFIRMED_TEST}


def test_a_fake_upload_stores_nothing_and_its_answer_has_the_size_of_a_real_one(core: Core) -> None:
    async def main() -> tuple[list[int], list[int]]:
        async with client_of(core) as client:
            real, fake = [], []
            for number in range(40):
                sent = msgspec.json.encode(publish_request(wire_keys(f"phone {number}", number % 14 + 1)))
                real.append(len((await client.post("/v1/publish", content=sent)).content))
                answer = await client.post("/v1/publish", content=sent, headers={"X-Chaff": "1"})
                assert answer.status_code == 200
                fake.append(len(answer.content))
            return real, fake

    real, fake = asyncio.run(main())
    assert len(rows(core)) == sum(number % 14 + 1 for number in range(40))
    assert set(fake) - {2560} <= set(real)  # each is the size of a real answer, but for the very first
    assert min(real) >= RULES["defaults"]["publish_response_padding_bytes"][0]


def test_an_answers_size_does_not_tell_the_number_of_keys(core: Core) -> None:
    answers = call(core, *(publish_request(wire_keys(f"phone {count}", count)) for count in range(1, 15)))
    tokens = {len(answer.json()["revisionToken"]) for answer in answers}
    assert len(tokens) == 1


def test_a_refusal_is_padded_like_a_success(core: Core) -> None:
    refused, taken = call(core, publish_request([]), publish_request(wire_keys("a")))
    for answer in (refused, taken):
        assert 2048 <= len(answer.content) <= 3072


def test_figures_of_keys_are_published_an_hour_late_and_by_fake_uploads_too(core: Core, clock: FixedClock) -> None:
    room = keys_room(core)

    def inserted() -> list[str]:
        return [line for line in generate_latest(core.registry).decode().splitlines() if 'outcome="inserted"' in line]

    async def main() -> None:
        async with client_of(core, room) as client:
            fake = msgspec.json.encode(publish_request(wire_keys("b")))
            await client.post("/v1/publish", content=msgspec.json.encode(publish_request(wire_keys("a"))))
            assert inserted() == []
            clock.advance(3599)
            await client.post("/v1/publish", content=fake, headers={"X-Chaff": "1"})
            assert inserted() == []
            clock.advance(1)
            await client.post("/v1/publish", content=fake, headers={"X-Chaff": "1"})

    asyncio.run(main())
    assert 'bluezone_published_keys_total{outcome="inserted"} 3.0' in inserted()
