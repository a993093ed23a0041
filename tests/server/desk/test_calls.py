import asyncio
import base64

import msgspec
import pytest
import sqlalchemy as sa

from bluezone.protocol import wire
from bluezone.protocol.errors import TokenInvalid
from bluezone.protocol.reports import ReportType
from bluezone.protocol.verification import JwtVerifier, read_certificate, read_token
from bluezone.server.database import metadata
from bluezone.server.desk import PATH_KEYS, PATH_REISSUE, desk_cases, desk_minutes
from bluezone.server.desk.limits import CLIENT_TRIES
from bluezone.server.desk.padding import ANSWER_BYTES
from bluezone.server.desk.service import TOKEN_AUDIENCE
from bluezone.server.errors import DatabaseUnavailable
from tests.server.desk.support import API_KEY, NONCE, START, claims_of

MINUTE, HOUR, DAY = 60, 3600, 86400
KEYS = base64.b64encode(bytes(range(32))).decode()
OTHER_KEYS = base64.b64encode(bytes(32)).decode()


def test_a_case_goes_from_code_to_token_to_certificate(run_desk):
    async def story(server):
        issued = await server.issue(symptom_date="2020-08-08")
        assert len(issued.code) == 8
        assert issued.code.isdigit()
        assert len(issued.long_code) == 16
        assert issued.expires_at_timestamp == START + 15 * MINUTE
        assert issued.long_expires_at_timestamp == START + DAY
        claimed = await server.verify(f"{issued.code[:4]} {issued.code[4:]}")
        assert claimed["testtype"] == "confirmed"
        assert (claimed["symptomDate"], claimed["testDate"]) == ("2020-08-08", "2020-08-10")
        assert claims_of(claimed["token"])["exp"] == START + DAY
        answer = await server.certify(claimed["token"], KEYS)
        certificate = read_certificate(answer["certificate"], verifier=server.desk.certificate_verifier(), now=START)
        assert certificate.tekmac == bytes(range(32))
        assert certificate.report_type == ReportType.CONFIRMED_TEST
        assert certificate.symptom_onset_interval == 1_596_844_800 // 600  # 8 August, 00:00 UTC
        assert certificate.expires_at == START + 15 * MINUTE

    run_desk(story)


@pytest.mark.parametrize(
    ("test_type", "report"),
    [("likely", ReportType.CONFIRMED_CLINICAL_DIAGNOSIS), ("recursive", ReportType.RECURSIVE)],
)
def test_the_test_type_decides_what_the_keys_say(run_desk, test_type, report):
    async def story(server):
        issued = await server.issue(test_type=test_type)
        claimed = await server.verify(issued.long_code.lower())
        answer = await server.certify(claimed["token"], KEYS)
        verifier = server.desk.certificate_verifier()
        assert read_certificate(answer["certificate"], verifier=verifier, now=START).report_type == report

    run_desk(story)


def test_one_case_has_one_use_whichever_code_is_used(run_desk):
    async def story(server):
        issued = await server.issue()
        await server.verify(issued.long_code)
        for code in (issued.code, issued.long_code):
            assert (await server.verify(code, 400))["errorCode"] == "code_used"

    run_desk(story)


def test_codes_end_at_their_time(run_desk):
    async def story(server):
        issued = await server.issue()
        server.clock.advance(15 * MINUTE)
        assert (await server.verify(issued.code, 400))["errorCode"] == "code_expired"
        server.clock.set(START + DAY - 1)
        await server.verify(issued.long_code)
        late = await server.issue()
        server.clock.advance(DAY)
        assert (await server.verify(late.long_code, 400))["errorCode"] == "code_expired"

    run_desk(story)


def test_mistyped_and_misshapen_codes_are_told_apart(run_desk):
    async def story(server):
        issued = await server.issue()
        mistyped = f"{(int(issued.code) + 1) % 10**8:08d}"
        assert (await server.verify(mistyped, 400))["errorCode"] == "code_unknown"
        assert (await server.verify(issued.code[:7], 400))["errorCode"] == "code_invalid"
        assert (await server.verify(issued.code))["token"]

    run_desk(story)


def test_a_phone_that_does_not_know_the_test_type_keeps_its_code(run_desk):
    async def story(server):
        issued = await server.issue(test_type="recursive")
        refused = await server.verify(issued.code, 412, accept=["confirmed", "likely"])
        assert refused["errorCode"] == "unsupported_test_type"
        await server.verify(issued.code)

    run_desk(story)


def test_the_same_code_claimed_many_times_at_once_gives_one_token(run_desk):
    async def story(first, second):
        for _ in range(5):
            issued = await first.issue()
            body = msgspec.json.encode(wire.VerifyRequest(code=issued.code))
            answers = await asyncio.gather(
                *(server.client.post(wire.PATH_VERIFY, content=body) for server in (first, second) * 4)
            )
            assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7
            assert {answer.json()["errorCode"] for answer in answers if answer.status_code == 400} == {"code_used"}

    run_desk(story, processes=2)


def test_a_token_is_bound_to_the_first_keys_and_repeats_only_for_them(run_desk):
    async def story(first, second):
        issued = await first.issue()
        token = (await first.verify(issued.code))["token"]
        await first.certify(token, KEYS)
        first.clock.advance(20 * MINUTE)
        again = await second.certify(token, KEYS)
        assert claims_of(again["certificate"])["exp"] == START + 35 * MINUTE
        assert (await second.certify(token, OTHER_KEYS, 400))["errorCode"] == "token_used"

    run_desk(story, processes=2)


def test_two_key_sets_at_once_get_one_certificate(run_desk):
    async def story(first, second):
        token = (await first.verify((await first.issue()).code))["token"]
        answers = await asyncio.gather(
            *(
                server.client.post(
                    wire.PATH_CERTIFICATE,
                    content=msgspec.json.encode(wire.CertificateRequest(token=token, ekeyhmac=keys)),
                )
                for server, keys in ((first, KEYS), (second, OTHER_KEYS))
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, 400]

    run_desk(story, processes=2)


def test_tokens_end_after_a_day_and_forged_ones_never_begin(run_desk):
    async def story(server):
        token = (await server.verify((await server.issue()).code))["token"]
        head, body, signature = token.split(".")
        forged = [
            "",
            "not a token",
            f"{head}.{body}.{signature[:-4]}AAAA",
            base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=") + f".{body}.",
        ]
        for text in forged:
            assert (await server.certify(text, KEYS, 400))["errorCode"] == "token_invalid"
        certificate = (await server.certify(token, KEYS))["certificate"]
        assert (await server.certify(certificate, KEYS, 400))["errorCode"] == "token_invalid"
        server.clock.advance(DAY + 61)
        assert (await server.certify(token, KEYS, 400))["errorCode"] == "token_expired"

    run_desk(story)


@pytest.mark.parametrize("ekeyhmac", ["", "AAAA", "no base64!", base64.b64encode(bytes(33)).decode()])
def test_an_hmac_of_another_shape_is_refused_and_uses_nothing_up(run_desk, ekeyhmac):
    async def story(server):
        token = (await server.verify((await server.issue()).code))["token"]
        assert (await server.certify(token, ekeyhmac, 400))["errorCode"] == "hmac_invalid"
        await server.certify(token, KEYS)

    run_desk(story)


@pytest.mark.parametrize("path", [wire.PATH_ISSUE, wire.PATH_CODE_STATUS, wire.PATH_EXPIRE_CODE, PATH_REISSUE])
@pytest.mark.parametrize("key", ["", "wrong", API_KEY[:-1], "khoá"])
def test_nobody_but_the_desk_issues_or_follows_codes(run_desk, path, key):
    async def story(server):
        headers = {wire.API_KEY_HEADER: key.encode()} if key else {}
        answer = await server.client.post(path, content=b"{}", headers=headers)
        assert answer.status_code == 401
        assert answer.json()["errorCode"] == "api_key_invalid"

    run_desk(story)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"test_type": "negative"}, "test_type_unknown"),
        ({"test_date": None}, "date_missing"),
        ({"test_date": "2020-08-11"}, "date_in_future"),
        ({"symptom_date": "2020-07-01"}, "date_too_old"),
        ({"symptom_date": "1/8/2020"}, "date_malformed"),
    ],
)
def test_the_desk_is_told_which_date_or_type_is_wrong(run_desk, fields, code):
    async def story(server):
        body = wire.IssueRequest(**{"test_type": "confirmed", "test_date": "2020-08-10"} | fields)
        answer = await server.call(wire.PATH_ISSUE, body, 400, **{wire.API_KEY_HEADER: API_KEY})
        assert answer.json()["errorCode"] == code

    run_desk(story)


def test_the_desk_follows_its_case(run_desk):
    async def story(server):
        issued = await server.issue()
        assert await server.ask_desk(wire.PATH_CODE_STATUS, issued.uuid) == {
            "claimed": False,
            "keysPublished": False,
            "expiresAtTimestamp": START + 15 * MINUTE,
            "longExpiresAtTimestamp": START + DAY,
        }
        token = (await server.verify(issued.code))["token"]
        assert (await server.ask_desk(wire.PATH_CODE_STATUS, issued.uuid))["claimed"]
        await server.certify(token, KEYS)
        server.desk.note_published(base64.b64decode(KEYS))
        assert not (await server.ask_desk(wire.PATH_CODE_STATUS, issued.uuid))["keysPublished"]
        server.clock.advance(HOUR)
        assert (await server.ask_desk(wire.PATH_CODE_STATUS, issued.uuid))["keysPublished"]
        unknown = await server.ask_desk(wire.PATH_CODE_STATUS, "6b6f9c1e-5b1c-4c0e-9e0e-000000000000", 404)
        assert unknown["errorCode"] == "case_unknown"
        assert (await server.ask_desk(wire.PATH_CODE_STATUS, "\0", 404))["errorCode"] == "case_unknown"

    run_desk(story)


def test_a_revoked_code_opens_nothing_and_neither_does_its_token(run_desk):
    async def story(server):
        unused, used = await server.issue(), await server.issue()
        token = (await server.verify(used.code))["token"]
        for issued in (unused, used):
            ended = await server.ask_desk(wire.PATH_EXPIRE_CODE, issued.uuid)
            assert ended["longExpiresAtTimestamp"] <= START
        for code in (unused.code, unused.long_code):
            assert (await server.verify(code, 400))["errorCode"] == "code_expired"
        assert (await server.certify(token, KEYS, 400))["errorCode"] == "token_revoked"

    run_desk(story)


def test_a_code_is_reissued_until_its_keys_are_published(run_desk):
    async def story(server):
        lost = await server.issue(symptom_date="2020-08-09")
        await server.verify(lost.code)
        again = await server.ask_desk(PATH_REISSUE, lost.uuid)
        claimed = await server.verify(again["code"])
        assert claimed["symptomDate"] == "2020-08-09"
        await server.certify(claimed["token"], KEYS)
        server.desk.note_published(base64.b64decode(KEYS))
        server.clock.advance(HOUR)
        assert (await server.ask_desk(PATH_REISSUE, again["uuid"], 409))["errorCode"] == "case_published"

    run_desk(story)


def test_the_quota_of_a_day_ends_with_the_day(run_desk):
    async def story(server):
        for _ in range(3):
            await server.issue()
        body = wire.IssueRequest(test_type="recursive")
        answer = await server.call(wire.PATH_ISSUE, body, 429, **{wire.API_KEY_HEADER: API_KEY})
        assert answer.json()["errorCode"] == "quota_exceeded"
        server.clock.advance(DAY)
        await server.issue()

    run_desk(story, code_quota_day=3)


def test_a_code_that_is_taken_is_drawn_again(run_desk):
    class Repeating:
        def __init__(self, randomness):
            self.randomness = randomness
            self.drawn = 0

        def below(self, limit):
            self.drawn += limit == 10**8
            return 7 if limit == 10**8 and self.drawn % 8 != 0 else self.randomness.below(limit)

        def token_bytes(self, count):
            return self.randomness.token_bytes(count)

    async def story(server):
        object.__setattr__(server.core, "randomness", Repeating(server.core.randomness))
        codes = [(await server.issue()).code for _ in range(3)]
        assert codes[0] == "00000007"
        assert len(set(codes)) == 3

    run_desk(story)


def test_guessing_is_locked_out_for_the_client_and_not_for_the_desk_or_the_link(run_desk):
    async def story(server):
        issued = await server.issue()
        for at in range(CLIENT_TRIES):
            code = f"{(int(issued.code) + 1 + at) % 10**8:08d}"
            assert (await server.verify(code, 400))["errorCode"] == "code_unknown"
        assert (await server.verify(issued.code, 429))["errorCode"] == "too_many_wrong_codes"
        # A header that anybody can write is no new address.
        forged = {"X-Forwarded-For": "203.0.113.7"}
        assert (await server.verify(issued.code, 429, **forged))["errorCode"] == "too_many_wrong_codes"
        assert (await server.verify(issued.long_code))["token"]
        await server.issue()

    run_desk(story)


def test_clients_behind_a_trusted_proxy_are_told_apart(run_desk):
    async def story(server):
        issued = await server.issue()
        for at in range(CLIENT_TRIES):
            await server.verify(f"{(int(issued.code) + 1 + at) % 10**8:08d}", 400, **{"X-Forwarded-For": "203.0.113.7"})
        await server.verify(issued.code, 429, **{"X-Forwarded-For": "198.51.100.1, 203.0.113.7"})
        await server.verify(issued.code, **{"X-Forwarded-For": "203.0.113.8"})

    run_desk(story, trusted_proxies=1)


def test_no_answer_to_a_phone_tells_by_its_size_what_it_is(run_desk):
    async def story(server):
        issued = await server.issue(symptom_date="2020-08-08")
        padded = {"padding": "x" * 300}
        real = [
            (wire.PATH_VERIFY, {"code": issued.code[:4]}),
            (wire.PATH_VERIFY, {"code": issued.code, "accept": []}),
            (wire.PATH_VERIFY, {"code": issued.code, "nonce": NONCE}),
            (wire.PATH_VERIFY, {"code": issued.code, "nonce": NONCE}),
            (wire.PATH_VERIFY, {"code": issued.code}),
            (wire.PATH_VERIFY, {"code": issued.code, "nonce": "short"}),
            (wire.PATH_VERIFY, []),
            (wire.PATH_CERTIFICATE, {"token": "none", "ekeyhmac": KEYS}),
        ]
        answers = [await server.client.post(path, json=body | padded if body else body) for path, body in real]
        token = answers[2].json()["token"]
        for keys in (KEYS, OTHER_KEYS, ""):
            body = {"token": token, "ekeyhmac": keys}
            answers += [await server.client.post(wire.PATH_CERTIFICATE, json=body)]
        for path in (wire.PATH_VERIFY, wire.PATH_CERTIFICATE):
            for content in (b"{}", b"\0"):
                answers += [await server.client.post(path, content=content, headers={wire.CHAFF_HEADER: "1"})]
        assert {answer.status_code for answer in answers} == {200, 400, 412}
        assert {len(answer.reason_phrase) + len(answer.content) for answer in answers} == {ANSWER_BYTES}
        headers = [set(answer.headers) for answer in answers]
        assert all(names == headers[0] for names in headers)

    run_desk(story)


@pytest.mark.parametrize(
    "text",
    ["\\u0000", "\\ud800", "١٢٣٤٥٦٧٨", "😀" * 8, "9" * 5000, "eyJ.eyJ.", "..", "a.b.c", "é.é.é", '\\"', "%00"],
)
def test_any_text_in_any_field_is_answered_with_a_reason(run_desk, text):
    bodies = {
        wire.PATH_VERIFY: f'{{"code":"{text}","accept":["{text}"],"nonce":"{text}"}}',
        wire.PATH_CERTIFICATE: f'{{"token":"{text}","ekeyhmac":"{KEYS}"}}',
        wire.PATH_ISSUE: f'{{"testType":"confirmed","testDate":"{text}"}}',
        wire.PATH_CODE_STATUS: f'{{"uuid":"{text}"}}',
        wire.PATH_EXPIRE_CODE: f'{{"uuid":"{text}"}}',
        PATH_REISSUE: f'{{"uuid":"{text}"}}',
    }

    async def story(server):
        for path, body in bodies.items():
            for content in (body.encode(), body.encode()[:-1], b"\xff" + body.encode(), b"[]", b"null", b""):
                answer = await server.client.post(path, content=content, headers={wire.API_KEY_HEADER: API_KEY})
                assert answer.status_code in {400, 404}, (path, content)
                assert answer.json()["errorCode"]

    run_desk(story)


def test_fake_calls_do_the_work_of_real_ones_and_leave_nothing_behind(run_desk):
    async def story(server):
        await server.issue()
        before = await server.core.database.read(lambda c: c.execute(sa.select(desk_cases)).all())
        commits = []
        write = server.core.database.write

        async def counted(fn, *args, **kwargs):
            commits.append(fn.__name__)
            return await write(fn, *args, **kwargs)

        object.__setattr__(server.core.database, "write", counted)
        for path in (wire.PATH_VERIFY, wire.PATH_CERTIFICATE):
            answer = await server.client.post(path, content=b"{}", headers={wire.CHAFF_HEADER: "1"})
            assert answer.status_code == 200
        assert commits == ["claim_nothing", "bind_nothing"]
        # Something is written each time: a commit that changes nothing would not wait for the disk.
        assert await server.core.database.read(lambda c: c.execute(sa.select(desk_minutes.c.calls)).scalar_one()) == 2
        assert await server.core.database.read(lambda c: c.execute(sa.select(desk_cases)).all()) == before

    run_desk(story)


def test_nothing_that_opens_anything_is_stored_or_logged(run_desk, capfd):
    async def story(server):
        issued = await server.issue()
        claimed = await server.verify(issued.code, nonce=NONCE)
        certificate = (await server.certify(claimed["token"], KEYS))["certificate"]
        await server.verify("12345678", 400)
        secrets = [
            issued.code,
            issued.long_code,
            claimed["token"],
            claims_of(claimed["token"])["jti"],
            certificate,
            KEYS,
        ]
        secrets += [base64.b64decode(KEYS), NONCE, base64.b64decode(NONCE), "127.0.0.1"]

        def everything(connection):
            return [row for table in metadata.sorted_tables for row in connection.execute(sa.select(table))]

        stored = repr(await server.core.database.read(everything))
        said = "".join(capfd.readouterr())
        for secret in secrets:
            assert repr(secret)[1:-1] not in stored
            assert str(secret) not in said

    run_desk(story)


def test_what_nobody_can_use_any_more_is_destroyed(run_desk):
    async def story(server):
        from bluezone.server.desk import cases

        used, unused = await server.issue(), await server.issue()
        token = (await server.verify(used.code))["token"]
        await server.certify(token, KEYS)
        database = server.core.database

        async def rows(now):
            await database.write(cases.destroy, retention_days=14, now=now)
            return await database.read(lambda c: c.execute(sa.select(desk_cases)).mappings().all())

        assert all(row["long_hash"] for row in await rows(START + DAY))
        for row in await rows(START + 4 * DAY):
            names = ("symptom_date", "test_date", "short_hash", "long_hash", "token_hash", "keys_hash")
            assert [row[name] for name in names] == [None] * 6
            assert row["long_expires_at"] % DAY == row["short_expires_at"] % DAY == 0
            assert row["claimed"] == (row["uuid"] == used.uuid)
        assert unused.uuid in {row["uuid"] for row in await rows(START + 14 * DAY)}
        assert await rows(START + 16 * DAY) == []

    run_desk(story)


def test_certificates_can_be_checked_with_the_public_keys(run_desk):
    async def story(server):
        from joserfc.jwk import ECKey

        token = (await server.verify((await server.issue()).code))["token"]
        certificate = (await server.certify(token, KEYS))["certificate"]
        published = (await server.client.get(PATH_KEYS)).json()["keys"]
        assert all("d" not in key for key in published)
        keys = {key["kid"]: ECKey.import_key(key).public_key for key in published}
        verifier = server.desk.certificate_verifier()
        read_certificate(certificate, verifier=JwtVerifier(keys, verifier.issuer, verifier.audience), now=START)
        with pytest.raises(TokenInvalid):
            read_token(token, verifier=JwtVerifier(keys, verifier.issuer, TOKEN_AUDIENCE), now=START)

    run_desk(story)


def test_counts_of_calls_are_published_an_hour_late(run_desk):
    async def story(server):
        from prometheus_client import generate_latest

        await server.verify("12345678", 400)
        await server.client.post(wire.PATH_VERIFY, content=b"{}", headers={wire.CHAFF_HEADER: "1"})
        assert b"code_unknown" not in generate_latest(server.core.registry)
        server.clock.advance(HOUR)
        await server.client.post(wire.PATH_VERIFY, content=b"{}", headers={wire.CHAFF_HEADER: "1"})
        shown = generate_latest(server.core.registry).decode()
        assert 'bluezone_desk_calls_total{call="verify",outcome="code_unknown"} 1.0' in shown
        assert 'bluezone_desk_calls_total{call="verify",outcome="fake"} 1.0' in shown

    run_desk(story)


def test_no_row_tells_by_place_or_transaction_when_its_certificate_was_issued_or_its_keys_published(run_desk):
    async def story(server):
        for at in range(6):
            token = (await server.verify((await server.issue()).code))["token"]
            tekmac = bytes([at] * 32)
            await server.certify(token, base64.b64encode(tekmac).decode())
            if at == 3:
                server.desk.note_published(tekmac)
        database = server.core.database
        place = "rowid" if database.is_sqlite else "xmin::text"

        def traces(connection):
            return {row[0] for row in connection.execute(sa.text(f"SELECT {place} FROM desk_cases"))}

        server.clock.advance(HOUR)
        await server.client.post(wire.PATH_VERIFY, content=b"{}", headers={wire.CHAFF_HEADER: "1"})
        published = await database.read(lambda c: c.execute(sa.select(desk_cases.c.published)).scalars().all())
        assert sum(published) == 1
        if database.is_sqlite:
            with pytest.raises(DatabaseUnavailable):
                await database.read(traces)
        else:
            assert len(await database.read(traces)) == 1

    run_desk(story)
