"""Publishing against the real server, in process."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bluezone.clock import FixedClock
from bluezone.phone import (
    ConsentOutdated,
    NothingToPublish,
    Phone,
    PublicationState,
    PublicationStateWrong,
    PublicationUnknown,
    ServerClient,
    ServerRefused,
    ServerUnreachable,
    StatusLevel,
    WithdrawalImpossible,
)
from bluezone.phone.schedule import Identity
from bluezone.protocol import ReportType, wire
from bluezone.randomness import SeededRandomness
from bluezone.server import Settings, create_app
from bluezone.town.desk import Desk
from tests.phone.conftest import START

BASE = "http://server.test"
DAY = 86400.0


class Line(httpx.AsyncBaseTransport):
    """The way to the server: remembers what was sent; loses the request, or only the answer, where it is told to."""

    def __init__(self, app: Any) -> None:
        self._transport = httpx.ASGITransport(app)
        self.sent: list[tuple[str, bytes, bytes]] = []
        self.lose_request: str = ""
        self.lose_answer: str = ""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        head = f"{request.method} {request.url}\n{request.headers.raw!r}".encode()
        if path == self.lose_request:
            raise httpx.ConnectError("lost")
        body = await request.aread()
        self.sent.append((path, head, body))
        response = await self._transport.handle_async_request(request)
        if path == self.lose_answer:
            raise httpx.ReadError("lost")
        return response

    def bodies(self, path: str) -> list[bytes]:
        return [body for sent, _, body in self.sent if sent == path]


@dataclass
class World:
    clock: FixedClock
    desk: Desk
    line: Line
    database: str

    def phone(self, storage: Path | str = ":memory:", name: str = "owner") -> Phone:
        client = ServerClient(BASE, self.line)
        return Phone(storage, object(), self.clock, SeededRandomness(name), client)  # type: ignore[arg-type]

    async def code(self, test_type: str = wire.TEST_CONFIRMED) -> str:
        day = None if test_type == wire.TEST_RECURSIVE else "2020-08-08"
        return (await self.desk.issue(test_type, symptom_date=day, test_date=day)).code

    def published(self) -> list[tuple[bytes, int, int, int]]:
        engine = sa.create_engine(self.database)
        with engine.connect() as connection:
            rows = connection.execute(
                sa.text("SELECT key, rolling_start, rolling_period, report_type FROM published_keys WHERE NOT filler")
            ).fetchall()
        engine.dispose()
        return sorted((bytes(row[0]), *row[1:]) for row in rows)


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    clock = FixedClock(START + 6 * DAY + 4 * 3600)
    settings = Settings(data_dir=folder / "server", run_jobs=False)
    app = create_app(settings, clock=clock, randomness=SeededRandomness("server"))
    async with app.lifespan():
        line = Line(app)
        key = (settings.data_dir / "desk-api-key").read_text().strip()
        yield World(clock, Desk(BASE, key, httpx.ASGITransport(app)), line, settings.database)  # type: ignore[arg-type]


def told(folder: Path, story: Callable[[World], Awaitable[None]]) -> None:
    async def main() -> None:
        async with world(folder) as there:
            await story(there)

    asyncio.run(main())


def carried(phone: Phone, there: World, days: int = 3) -> list[bytes]:
    """The phone was on the air for some days until now, from 01:00 to 02:00; the keys that it used."""
    now = there.clock.now()
    midnight = now - now % DAY
    for day in range(days):
        for minutes in (60, 75, 90, 105):
            time = midnight - (days - 1 - day) * DAY + minutes * 60
            assert isinstance(phone._schedule.next_identity(time), Identity)
    return [own.key.key for own in phone._schedule.used_keys(now)]


def without_later_fields(body: bytes) -> dict[str, Any]:
    return {name: value for name, value in json.loads(body).items() if name not in {"verificationPayload", "padding"}}


def test_what_leaves_is_what_was_shown_and_the_receipt_has_its_hash(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        phone = there.phone()
        keys = carried(phone, there)
        publication = await phone.begin_publication(await there.code())
        assert publication.state is PublicationState.VERIFIED
        consent = phone.consent(publication.id)
        assert [day.day.isoformat() for day in consent.days] == ["2020-08-07", "2020-08-08", "2020-08-09"]
        assert [base64.b64decode(key.key) for key in consent.content.keys] == keys
        receipt = await phone.agree(publication.id)
        (body,) = there.line.bodies(wire.PATH_PUBLISH)
        assert without_later_fields(body) == json.loads(consent.document())
        assert receipt.sha256 == hashlib.sha256(body).hexdigest()
        assert (receipt.server, receipt.test_type) == (f"{BASE}/", "confirmed")
        assert receipt.destroy_at == there.clock.now() + 14 * DAY
        assert phone.receipts() == [receipt]
        assert [row[0] for row in there.published()] == sorted(keys)
        assert {row[3] for row in there.published()} == {ReportType.CONFIRMED_TEST}

    told(tmp_path, story)


def test_keys_are_cut_to_what_was_used_and_the_next_identifier_is_of_a_fresh_key(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        phone = there.phone()
        keys = carried(phone, there)
        publication = await phone.begin_publication(await there.code())
        consent = phone.consent(publication.id)
        await phone.agree(publication.id)
        first_unused = START + 6 * DAY + 110 * 60
        for key in consent.content.keys:
            assert key.rolling_start_number % 144 == 0
            assert key.rolling_period == 11
        assert (consent.content.keys[-1].rolling_start_number + 11) * 600 == first_unused
        phone._schedule.next_identity(there.clock.now())
        later = [own.key.key for own in phone._schedule.used_keys(there.clock.now())]
        assert later[:-1] == keys
        assert later[-1] not in keys

    told(tmp_path, story)


def test_nothing_of_the_owners_leaves_before_consent(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        phone = there.phone()
        keys = carried(phone, there)
        await phone.sync()
        publication = await phone.begin_publication(await there.code())
        phone.consent(publication.id)
        await phone.sync()
        everything = b"".join(head + body for _, head, body in there.line.sent)
        for key in keys:
            for form in (key, base64.b64encode(key), key.hex().encode()):
                assert form not in everything
        assert wire.PATH_PUBLISH not in {path for path, _, _ in there.line.sent}
        assert wire.PATH_CERTIFICATE not in {path for path, _, _ in there.line.sent}

    told(tmp_path, story)


def test_unticked_days_stay(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        phone = there.phone()
        keys = carried(phone, there)
        publication = await phone.begin_publication(await there.code())
        consent = phone.consent(publication.id)
        await phone.agree(publication.id, [consent.days[1].day])
        assert [row[0] for row in there.published()] == [keys[1]]
        (body,) = there.line.bodies(wire.PATH_PUBLISH)
        assert base64.b64encode(keys[0]) not in body
        assert without_later_fields(body) == json.loads(consent.document([consent.days[1].day]))
        # The other days can still be published later, with a code of their own.
        again = await phone.begin_publication(await there.code())
        assert [base64.b64decode(key.key) for key in phone.consent(again.id).content.keys] == [keys[0], keys[2]]

    told(tmp_path, story)


def test_no_day_ticked_sends_nothing(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        phone = there.phone()
        carried(phone, there)
        publication = await phone.begin_publication(await there.code())
        phone.consent(publication.id)
        with pytest.raises(NothingToPublish):
            await phone.agree(publication.id, [])
        assert there.published() == []

    told(tmp_path, story)


def test_phone_that_was_never_on_the_air_has_nothing_to_publish(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        phone = there.phone()
        publication = await phone.begin_publication(await there.code())
        with pytest.raises(NothingToPublish):
            phone.consent(publication.id)

    told(tmp_path, story)


@pytest.mark.parametrize(
    ("test_type", "level"),
    [
        (wire.TEST_CONFIRMED, StatusLevel.F0),
        (wire.TEST_LIKELY, StatusLevel.F0),
        (wire.TEST_RECURSIVE, StatusLevel.F1),
    ],
)
def test_level_follows_what_was_published_until_the_receipt_is_destroyed(
    tmp_path: Path, test_type: str, level: StatusLevel
) -> None:
    async def story(there: World) -> None:
        phone = there.phone()
        carried(phone, there)
        publication = await phone.begin_publication(await there.code(test_type))
        phone.consent(publication.id)
        assert phone.status().level is StatusLevel.NOT_PROTECTING
        await phone.agree(publication.id)
        assert phone.status().level is level
        phone._store.destroy_due(there.clock.now() + 14 * DAY)
        assert phone.status().level is StatusLevel.NOT_PROTECTING

    told(tmp_path, story)


def test_wrong_used_and_expired_codes_are_told_apart(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        phone = there.phone()
        code = await there.code()
        await there.phone(name="another").begin_publication(code)
        expired = await there.code()
        there.clock.advance(16 * 60)
        mistyped = f"{(int(code) + 1) % 10**8:08}"
        for wrong, reason in (
            (code, "code_used"),
            (expired, "code_expired"),
            (mistyped, "code_unknown"),
            ("12", "code_invalid"),
        ):
            with pytest.raises(ServerRefused) as caught:
                await phone.begin_publication(wrong)
            assert caught.value.reason == reason
        assert phone.publications() == []

    told(tmp_path, story)


def test_consent_holds_for_an_hour_and_only_once_shown(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        phone = there.phone()
        carried(phone, there)
        publication = await phone.begin_publication(await there.code())
        with pytest.raises(ConsentOutdated):
            await phone.agree(publication.id)
        phone.consent(publication.id)
        there.clock.advance(3601)
        with pytest.raises(ConsentOutdated):
            await phone.agree(publication.id)
        phone.consent(publication.id)
        await phone.agree(publication.id)
        with pytest.raises(PublicationStateWrong):
            phone.consent(publication.id)
        with pytest.raises(PublicationUnknown):
            phone.consent("another")

    told(tmp_path, story)


@pytest.mark.parametrize("path", [wire.PATH_CERTIFICATE, wire.PATH_PUBLISH])
@pytest.mark.parametrize("what", ["lose_request", "lose_answer"])
def test_server_gone_in_the_middle_is_made_good_later_without_a_second_copy(
    tmp_path: Path, path: str, what: str
) -> None:
    async def story(there: World) -> None:
        storage = tmp_path / "phone.sqlite"
        phone = there.phone(storage)
        keys = carried(phone, there)
        publication = await phone.begin_publication(await there.code())
        shown = phone.consent(publication.id).document()
        setattr(there.line, what, path)
        with pytest.raises(ServerUnreachable):
            await phone.agree(publication.id)
        await phone.close()
        setattr(there.line, what, "")
        there.clock.advance(3 * 3600)
        there.line.sent.clear()
        # A new process goes on by itself.
        phone = there.phone(storage, "another process")
        await phone.sync()
        (receipt,) = phone.receipts()
        assert [row[0] for row in there.published()] == sorted(keys)
        (body,) = there.line.bodies(wire.PATH_PUBLISH)
        assert without_later_fields(body) == json.loads(shown)
        assert await phone.agree(publication.id) == receipt
        await phone.sync()
        assert len(there.line.bodies(wire.PATH_PUBLISH)) == 1
        await phone.close()

    told(tmp_path, story)


class Killed(BaseException):
    """The process ended here."""


def test_kill_before_or_after_any_commit_ends_in_exactly_one_publication(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        total = 0
        for point in range(100):
            storage = tmp_path / f"{point}.sqlite"
            phone = there.phone(storage, f"owner {point}")
            keys = carried(phone, there)
            publication = await phone.begin_publication(await there.code())
            phone.consent(publication.id)
            kill_at(phone, point)
            try:
                await phone.agree(publication.id)
                survived = True
            except Killed:
                survived = False
            phone._store.close()
            phone = there.phone(storage, "another process")
            if phone.publications()[0].state is PublicationState.VERIFIED:
                await phone.agree(publication.id)
            await phone.sync()
            (receipt,) = phone.receipts()
            total += len(keys)
            rows = [row[0] for row in there.published()]
            assert len(rows) == total
            assert set(keys) <= set(rows)
            assert receipt.publication_id == publication.id
            used = phone._schedule.used_keys(there.clock.now())
            assert {own.publication for own in used} == {publication.id}
            phone._store.close()
            if survived:
                break
        assert point >= 6

    told(tmp_path, story)


def kill_at(phone: Phone, point: int) -> None:
    """Let the store's connection die before (even) or after (odd) one of the commits to come."""
    connection = phone._store._connection
    commits = 0

    class Mortal:
        def __getattr__(self, name: str) -> Any:
            return getattr(connection, name)

        def execute(self, statement: str, *parameters: Any) -> Any:
            nonlocal commits
            if statement != "COMMIT":
                return connection.execute(statement, *parameters)
            commits += 1
            if commits - 1 == point // 2 and point % 2 == 0:
                connection.execute("ROLLBACK")
                raise Killed
            done = connection.execute(statement)
            if commits - 1 == point // 2:
                raise Killed
            return done

    phone._store._connection = Mortal()  # type: ignore[assignment]


def test_refused_publication_says_why_and_frees_the_keys(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        phone = there.phone()
        keys = carried(phone, there)
        issued = await there.desk.issue(wire.TEST_CONFIRMED, symptom_date="2020-08-08", test_date="2020-08-08")
        publication = await phone.begin_publication(issued.code)
        phone.consent(publication.id)
        await there.desk._post(wire.PATH_EXPIRE_CODE, wire.ExpireCodeRequest(uuid=issued.uuid))
        with pytest.raises(ServerRefused) as caught:
            await phone.agree(publication.id)
        assert caught.value.reason == "token_revoked"
        (refused,) = phone.publications()
        assert (refused.state, refused.fault) == (PublicationState.REFUSED, "token_revoked")
        again = await phone.begin_publication(await there.code())
        assert len(phone.consent(again.id).content.keys) == len(keys)

    told(tmp_path, story)


def test_withdrawing_is_possible_until_the_keys_are_on_their_way(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        phone = there.phone()
        carried(phone, there)
        first = await phone.begin_publication(await there.code())
        phone.consent(first.id)
        there.line.lose_request = wire.PATH_CERTIFICATE
        with pytest.raises(ServerUnreachable):
            await phone.agree(first.id)
        phone.withdraw(first.id)
        assert phone.publications() == []
        there.line.lose_request = ""
        await phone.sync()
        assert there.published() == []
        second = await phone.begin_publication(await there.code())
        phone.consent(second.id)
        await phone.agree(second.id)
        with pytest.raises(WithdrawalImpossible):
            phone.withdraw(second.id)

    told(tmp_path, story)


def test_contact_who_falls_ill_raises_what_was_published_to_a_case(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        phone = there.phone()
        carried(phone, there)
        first = await phone.begin_publication(await there.code(wire.TEST_RECURSIVE))
        phone.consent(first.id)
        await phone.agree(first.id)
        assert {row[3] for row in there.published()} == {ReportType.RECURSIVE}
        there.clock.advance(DAY)
        carried(phone, there, days=1)
        second = await phone.begin_publication(await there.code())
        assert len(phone.consent(second.id).content.keys) == 4
        await phone.agree(second.id)
        assert phone.status().level is StatusLevel.F0
        engine = sa.create_engine(there.database)
        with engine.connect() as connection:
            reports = connection.execute(
                sa.text("SELECT report_type, revised_report_type FROM published_keys ORDER BY rolling_start")
            ).fetchall()
        engine.dispose()
        recursive, confirmed = int(ReportType.RECURSIVE), int(ReportType.CONFIRMED_TEST)
        assert [tuple(row) for row in reports] == [(recursive, confirmed)] * 3 + [(confirmed, None)]

    told(tmp_path, story)


def test_what_is_published_is_not_offered_again(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        phone = there.phone()
        carried(phone, there)
        for attempt in range(2):
            publication = await phone.begin_publication(await there.code())
            if attempt:
                with pytest.raises(NothingToPublish):
                    phone.consent(publication.id)
            else:
                phone.consent(publication.id)
                await phone.agree(publication.id)

    told(tmp_path, story)


def test_no_more_keys_are_offered_than_a_server_takes(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        phone = there.phone()
        now = there.clock.now()
        for day in range(13):
            for hour in (20, 12, 1):
                phone._schedule.next_identity(now - now % DAY - (13 - day) * DAY + hour * 3600)
        publication = await phone.begin_publication(await there.code())
        content = phone.consent(publication.id).content
        assert len(content.keys) == 30
        assert content.days[-1].day.isoformat() == "2020-08-08"
        await phone.agree(publication.id)
        assert len(there.published()) == 30

    told(tmp_path, story)


def test_token_and_secret_are_gone_after_a_day_and_the_receipt_after_fourteen(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        phone = there.phone()
        carried(phone, there)
        publication = await phone.begin_publication(await there.code())
        phone.consent(publication.id)
        await phone.agree(publication.id)
        assert phone._store.row("SELECT token || certificate || content || body FROM publications")[0] in {"", b""}
        phone._store.destroy_due(there.clock.now() + DAY)
        assert phone.publications() == []
        assert len(phone.receipts()) == 1
        phone._store.destroy_due(there.clock.now() + 14 * DAY)
        assert phone.receipts() == []

    told(tmp_path, story)


def test_fake_uploads_have_the_paths_sizes_and_headers_of_real_ones(tmp_path: Path) -> None:
    async def story(there: World) -> None:
        phone = there.phone()
        carried(phone, there)
        publication = await phone.begin_publication(await there.code())
        phone.consent(publication.id)
        await phone.agree(publication.id)
        calls = {wire.PATH_VERIFY, wire.PATH_CERTIFICATE, wire.PATH_PUBLISH}
        real = [(path, len(head), len(body)) for path, head, body in there.line.sent if path in calls]
        there.line.sent.clear()
        online = phone._online
        assert online is not None
        await online.chaff.send(await online.config())
        fake = [(path, len(head), len(body)) for path, head, body in there.line.sent]
        assert fake == real
        assert len(there.published()) == 3

    told(tmp_path, story)


def test_publication_needs_a_server() -> None:
    phone = Phone(":memory:", object(), FixedClock(START), SeededRandomness("x"), None)  # type: ignore[arg-type]
    with pytest.raises(ServerUnreachable):
        asyncio.run(phone.begin_publication("12345678"))
    assert phone.receipts() == []
