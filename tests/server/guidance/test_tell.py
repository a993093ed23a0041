import dataclasses
import unicodedata

import msgspec
import pytest
import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from bluezone.protocol import DAY_SECONDS, wire
from bluezone.server import list_stored
from bluezone.server.guidance import PATH_TELLS
from bluezone.server.guidance import service as guidance_service
from bluezone.server.guidance.errors import TellMalformed
from bluezone.server.guidance.routes import ANSWER_BYTES
from bluezone.server.guidance.rules import check_tell
from bluezone.server.guidance.service import CLIENT_TELLS
from bluezone.server.guidance.tables import tells
from bluezone.server.jobs import JobRunner
from tests.server.support import START

FULL = {
    "level": "f1",
    "exposureDays": ["2020-08-02", "2020-08-01"],
    "name": "Nguyễn Thị An",
    "phone": "0912 345 678",
    "commune": "Hiến Nam",
    "note": "Tôi ho từ hôm qua.\nXin gọi sau 17 giờ.",
}


async def listed(server):
    return (await server.call("GET", PATH_TELLS)).json()


def test_the_desk_reads_what_a_person_chose_to_tell(run_server):
    async def story(server):
        answer = await server.tell(**FULL)
        assert answer.json()["destroyedOn"] == "2020-08-17"
        [told] = await listed(server)
        assert len(told.pop("uuid")) == 36
        assert told == FULL | {
            "exposureDays": ["2020-08-01", "2020-08-02"],
            "receivedAt": int(START) // 3600 * 3600,
            "destroyedOn": "2020-08-17",
        }

    run_server(story)


def test_a_level_alone_is_enough(run_server):
    async def story(server):
        await server.tell(level="f2", exposureDays=[])
        [told] = await listed(server)
        assert (told["level"], told["name"], told["exposureDays"]) == ("f2", "", [])

    run_server(story)


def test_nobody_but_the_desk_may_read(run_server):
    async def story(server):
        await server.tell(**FULL)
        answer = await server.call("GET", PATH_TELLS, None, 401, desk=False)
        assert answer.json()["errorCode"] == "api_key_invalid"

    run_server(story)


def test_the_hour_is_all_that_is_kept_of_the_time(run_server, clock):
    async def story(server):
        for seconds in (1, 600, 900):
            clock.advance(seconds)
            await server.tell()
        assert {told["receivedAt"] for told in await listed(server)} == {int(START) // 3600 * 3600}

    run_server(story)


@pytest.mark.parametrize(
    "extra",
    [{"rollingIdentifier": "75c734c6dd1a782de7a965da5eb93125"}, {"temporaryExposureKeys": []}, {"token": "x"}],
)
def test_nothing_but_the_documented_fields_is_taken(run_server, extra):
    async def story(server):
        answer = await server.tell(400, **extra)
        assert answer.json()["errorCode"] == "request_malformed"
        assert await listed(server) == []

    run_server(story)


def test_the_table_has_no_column_for_identifiers_addresses_or_keys():
    assert set(tells.columns.keys()) == {
        "uuid", "received_at", "level", "exposure_days", "name", "phone", "commune", "note",
    }  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {"level": "f0"},
        {"level": ""},
        {"exposureDays": ["2020-07-18"]},
        {"exposureDays": ["2020-08-05"]},
        {"exposureDays": ["1/8/2020"]},
        {"exposureDays": ["2020-08-01"] * 16},
        {"name": "x" * 101},
        {"name": "An\nBình"},
        {"phone": "gọi mẹ tôi"},
        {"phone": "0" * 21},
        {"commune": "x" * 101},
        {"note": "x" * 501},
        {"note": "a\u0000b"},
    ],
)
def test_what_cannot_be_is_refused(fields):
    with pytest.raises(TellMalformed):
        check_tell(msgspec.convert(FULL | fields, wire.TellRequest), now=START)


def test_what_is_refused_is_not_kept(run_server):
    async def story(server):
        answer = await server.tell(400, level="f9")
        assert answer.json()["errorCode"] == "tell_malformed"
        assert await listed(server) == []

    run_server(story)


def test_texts_are_kept_composed(run_server):
    async def story(server):
        await server.tell(name=unicodedata.normalize("NFD", " Nguyễn Thị Ấn "))
        assert [told["name"] for told in await listed(server)] == ["Nguyễn Thị Ấn"]

    run_server(story)


def test_the_longest_tell_fits_the_size_to_which_phones_pad():
    longest = wire.TellRequest(
        level="f1",
        exposure_days=["2020-08-01"] * 15,
        name="😷" * wire.TELL_NAME_CHARACTERS,
        phone="0" * wire.TELL_PHONE_CHARACTERS,
        commune="😷" * wire.TELL_COMMUNE_CHARACTERS,
        note="😷" * wire.TELL_NOTE_CHARACTERS,
    )
    assert len(msgspec.json.encode(longest)) < 16384


def test_a_padded_tell_is_taken_and_one_that_is_too_large_is_not(run_server):
    async def story(server):
        await server.tell(padding="0" * 16000)
        answer = await server.tell(413, padding="0" * 70_000)
        assert answer.json()["errorCode"] == "request_too_large"
        assert len(await listed(server)) == 1

    run_server(story)


def test_kept_and_refused_answers_have_one_size(run_server):
    async def story(server):
        answers = [await server.tell(), await server.tell(400, level="f9"), await server.tell(400, extra=1)]
        assert {len(answer.content) for answer in answers} == {ANSWER_BYTES}

    run_server(story)


def test_one_client_is_stopped_for_the_hour_and_others_are_not(run_server, clock):
    async def story(server):
        for _ in range(CLIENT_TELLS):
            await server.tell(400, level="f9")
        answer = await server.tell(429)
        assert answer.json()["errorCode"] == "too_many_tells"
        await server.tell(address="203.0.113.2")
        await server.tell(429, address="198.51.100.9, 203.0.113.1")  # what a client writes itself does not count
        clock.advance(3600)
        await server.tell()

    run_server(story)


def test_together_clients_cannot_fill_the_disk_whichever_process_they_ask(run_server, monkeypatch, clock):
    monkeypatch.setattr(guidance_service, "TELLS_AN_HOUR", 4)

    async def story(server, other):
        for number in range(4):
            await (server if number % 2 else other).tell(address=f"203.0.113.{number}")
        for process in (server, other):
            answer = await process.tell(429, address="203.0.113.99")
            assert answer.json()["errorCode"] == "tells_paused"
        clock.advance(3600)
        await server.tell()

    run_server(story, processes=2)


def test_everything_told_is_destroyed_on_its_day(run_server, clock):
    async def story(server):
        await server.tell(**FULL)
        clock.advance(13 * DAY_SECONDS)
        await server.tell(exposureDays=[])
        [job] = server.service.jobs()
        runner = JobRunner(dataclasses.replace(server.core, registry=CollectorRegistry()), [job])
        await runner.run_due(job)
        assert len(await listed(server)) == 2
        clock.advance(DAY_SECONDS)
        assert len(await listed(server)) == 1, "what is due is not shown even before the job runs"
        await runner.run_due(job)
        count = sa.select(sa.func.count()).select_from(tells)
        assert await server.core.database.read(lambda connection: connection.execute(count).scalar_one()) == 1

    run_server(story)


def test_the_list_of_what_is_stored_says_when_it_is_destroyed(core):
    [told] = [
        table for table in core.database.read_now(lambda c: list_stored(c, language="en")) if table.name == "tells"
    ]
    assert told.personal
    assert told.destroyed.startswith("14 ")
