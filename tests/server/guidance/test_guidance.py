import base64

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from bluezone.protocol import wire
from bluezone.server.guidance import PATH_DRAFT
from bluezone.server.guidance.errors import GuidanceMalformed
from bluezone.server.guidance.rules import GuidanceDraft, check_draft, shipped
from bluezone.server.guidance.service import VERSIONS_KEPT


def draft(based_on=0, **changed):
    ships = shipped("19009095")
    plain = msgspec.to_builtins(GuidanceDraft(based_on, ships.hotline, ships.levels, []))
    return plain | changed


def bulletin(name="bulletin-1", date="2020-08-03", **changed):
    text = {"title": "Tiêu đề", "body": "Nội dung\nhai dòng"}
    return {"id": name, "date": date, "texts": {"vi": text, "en": text}} | changed


async def fetch(server, **headers):
    return await server.call("GET", wire.PATH_GUIDANCE, desk=False, **headers)


def decoded(answer):
    return msgspec.json.decode(answer.content, type=wire.Guidance)


def test_a_server_that_nobody_has_touched_has_sensible_texts(run_server):
    async def story(server):
        answer = await fetch(server)
        guidance = decoded(answer)
        assert (guidance.version, guidance.hotline, guidance.bulletins) == (0, "19009095", [])
        assert set(guidance.levels) == set(wire.LANGUAGES)
        for texts in guidance.levels.values():
            assert set(texts) == set(wire.LEVELS)
            assert all(len(level.steps) >= 4 for level in texts.values())
        assert guidance.levels["vi"]["f2"].title == "Bạn từng ở gần một người đang là F1."
        assert len(answer.content) < 8192

    run_server(story)


def test_both_languages_give_the_same_steps():
    levels = shipped("1").levels
    counts = [{name: len(text.steps) for name, text in levels[language].items()} for language in wire.LANGUAGES]
    assert counts[0] == counts[1]


def test_the_shipped_texts_keep_the_rules_for_new_ones_and_frighten_nobody():
    check_draft(msgspec.convert(draft(), GuidanceDraft))
    told = msgspec.json.encode(shipped("1")).decode().lower()
    assert not [word for word in ("bắt buộc", "nguy hiểm", "tử vong", "xử phạt", "must ", "death") if word in told]


def test_phones_can_check_that_it_is_the_archive_keys(run_server):
    async def story(server):
        answer = await fetch(server)
        public = server.keys.signer.private_key.public_key()
        signature = base64.b64decode(answer.headers[wire.CONFIG_SIGNATURE_HEADER])
        public.verify(signature, answer.content, ec.ECDSA(SHA256()))

    run_server(story)


def test_a_phone_that_has_it_is_told_so_until_it_changes(run_server):
    async def story(server):
        first = await fetch(server)
        etag = first.headers["ETag"]
        same = await server.call("GET", wire.PATH_GUIDANCE, None, 304, desk=False, **{"If-None-Match": etag})
        assert same.content == b""
        await server.call("PUT", PATH_DRAFT, draft(hotline="1900 3228"))
        changed = await fetch(server, **{"If-None-Match": etag})
        assert decoded(changed).hotline == "1900 3228"
        assert changed.headers["ETag"] != etag

    run_server(story)


def test_a_change_is_a_new_version_and_the_old_one_can_still_be_read(run_server, clock):
    async def story(server):
        await server.call("PUT", PATH_DRAFT, draft(bulletins=[bulletin("old"), bulletin("new", "2020-08-05")]))
        put = decoded(await fetch(server))
        assert (put.version, put.updated_at) == (1, int(clock.now()))
        assert [one.id for one in put.bulletins] == ["new", "old"]
        await server.call("PUT", PATH_DRAFT, draft(based_on=1))
        assert decoded(await fetch(server)).version == 2
        assert decoded(await server.call("GET", f"{PATH_DRAFT}/1")) == put
        assert decoded(await server.call("GET", f"{PATH_DRAFT}/0")) == shipped("19009095")
        for number in (3, -1, 2**63):
            unknown = await server.call("GET", f"{PATH_DRAFT}/{number}", status=404)
            assert unknown.json()["errorCode"] == "guidance_unknown"

    run_server(story)


def test_two_people_cannot_overwrite_each_other(run_server):
    async def story(server, other):
        await server.call("PUT", PATH_DRAFT, draft())
        for based_on in (0, 5):
            answer = await other.call("PUT", PATH_DRAFT, draft(based_on=based_on), 409)
            assert answer.json()["errorCode"] == "guidance_outdated"
        assert decoded(await fetch(other)).version == 1

    run_server(story, processes=2)


def test_every_process_sends_the_same_bytes(run_server):
    async def story(server, other):
        await server.call("PUT", PATH_DRAFT, draft(hotline="115"))
        answers = [await fetch(one) for one in (server, other)]
        assert answers[0].content == answers[1].content
        assert answers[0].headers["ETag"] == answers[1].headers["ETag"]
        assert answers[0].headers[wire.CONFIG_SIGNATURE_HEADER] == answers[1].headers[wire.CONFIG_SIGNATURE_HEADER]

    run_server(story, processes=2)


def test_old_versions_are_destroyed(run_server):
    async def story(server):
        for based_on in range(VERSIONS_KEPT + 1):
            await server.call("PUT", PATH_DRAFT, draft(based_on=based_on))
        await server.call("GET", f"{PATH_DRAFT}/1", status=404)
        assert decoded(await server.call("GET", f"{PATH_DRAFT}/2")).version == 2

    run_server(story)


@pytest.mark.parametrize("method", ["PUT", "GET"])
def test_nobody_but_the_desk_may_write(run_server, method):
    async def story(server):
        path = PATH_DRAFT if method == "PUT" else f"{PATH_DRAFT}/0"
        body = draft() if method == "PUT" else None
        for headers in ({}, {wire.API_KEY_HEADER: "a guess"}):
            answer = await server.call(method, path, body, 401, desk=False, **headers)
            assert answer.json()["errorCode"] == "api_key_invalid"
        assert decoded(await fetch(server)).version == 0

    run_server(story)


def levels_with(change):
    levels = draft()["levels"]
    change(levels)
    return {"levels": levels}


@pytest.mark.parametrize(
    "changed",
    [
        {"hotline": "gọi chúng tôi"},
        {"hotline": "1900'\"<script>"},
        levels_with(lambda levels: levels.pop("en")),
        levels_with(lambda levels: levels["vi"].pop("f1")),
        levels_with(lambda levels: levels["vi"].update(f3=levels["vi"]["f1"])),
        levels_with(lambda levels: levels.update(fr=levels["vi"])),
        levels_with(lambda levels: levels["vi"]["f1"].update(steps=[])),
        levels_with(lambda levels: levels["vi"]["f1"].update(steps=["x"] * 9)),
        levels_with(lambda levels: levels["vi"]["f1"].update(title=" ")),
        levels_with(lambda levels: levels["vi"]["f1"].update(summary="x" * 401)),
        levels_with(lambda levels: levels["vi"]["f1"].update(title="a\u202eb")),
        {"bulletins": [bulletin(), bulletin()]},
        {"bulletins": [bulletin(f"b{number}") for number in range(11)]},
        {"bulletins": [bulletin("Đ")]},
        {"bulletins": [bulletin(date="3/8/2020")]},
        {"bulletins": [bulletin(date="2020-02-30")]},
        {"bulletins": [bulletin(texts={"vi": {"title": "t", "body": "b"}})]},
        {
            "bulletins": [
                bulletin(f"b{number}", texts={key: {"title": "t", "body": "ế" * 1500} for key in wire.LANGUAGES})
                for number in range(10)
            ]
        },
    ],
)
def test_what_is_incomplete_or_too_long_is_refused(changed):
    with pytest.raises(GuidanceMalformed):
        check_draft(msgspec.convert(draft(**changed), GuidanceDraft))


def test_what_is_refused_does_not_come_into_force(run_server):
    async def story(server):
        answer = await server.call("PUT", PATH_DRAFT, draft(hotline=""), 400)
        assert answer.json()["errorCode"] == "guidance_malformed"
        assert decoded(await fetch(server)).version == 0

    run_server(story)


def test_fields_that_nobody_knows_are_refused(run_server):
    async def story(server):
        answer = await server.call("PUT", PATH_DRAFT, draft(version=9), 400)
        assert answer.json()["errorCode"] == "request_malformed"

    run_server(story)
