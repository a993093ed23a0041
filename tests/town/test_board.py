"""The town board: the story lived by hand over a real server and six whole phones, and who may see it."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.phone import FaultName, StatusLevel
from bluezone.randomness import SeededRandomness
from bluezone.server import Settings, create_app
from bluezone.town import FASTEST, STORY_START, VIETNAM, Desk, PacedClock, Town, run_paced
from bluezone.town.board import SPOTS, WALLS, ArchiveSchedule, Board, Casework, Ledger, create_board
from bluezone.town.board.board import next_morning
from bluezone.town.board.casework import CaseKind, CaseState
from bluezone.town.board.plan import APART, DEPTH, WIDTH, place_at, settle

T = TypeVar("T")

START = STORY_START.timestamp() + 3600
SERVER = "http://bluezone.town"
ORIGIN = "http://127.0.0.1:4711"
SECRET = "5ec7e7"
FRAMES = {key: f"http://127.0.0.1:{5000 + at}/phone-{key}/" for at, key in enumerate("ABCDEF")}


@dataclass(frozen=True)
class Played:
    """A board over a running town, and a browser's view of it."""

    board: Board
    clock: PacedClock
    browser: httpx.AsyncClient

    async def until(self, what: Callable[[], bool], *, hours: float) -> bool:
        """Whether it came true within so many hours of the town, looking every ten minutes."""
        for _ in range(round(hours * 6)):
            if what():
                return True
            await self.clock.sleep(600)
            await self.board.look()
        return what()


def play(folder: Path, body: Callable[[Played], Awaitable[T]], *, rate: float = FASTEST, start: float = START) -> T:
    """What `body` returns, played over a fresh town."""

    async def main(clock: PacedClock) -> T:
        settings = Settings(
            data_dir=folder / "server",
            export_min_records=8,
            export_padding_range=4,
            database_connections=1,
            open_rows=True,
            sync_hours=1.0,
        )
        randomness = SeededRandomness(2020)
        app = create_app(settings, clock=clock, randomness=randomness.child("server"))
        async with app.lifespan():
            transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
            town = Town(
                folder / "phones",
                clock=clock,
                randomness=randomness,
                server=SERVER,
                transport=transport,
                homes=SPOTS,
                walls=WALLS,
            )
            await town.start()
            desk = Desk(SERVER, (settings.data_dir / "desk-api-key").read_text().strip(), transport)
            ledger = Ledger(SERVER, transport, ArchiveSchedule(7200, 7200))
            board = Board(town, clock, Casework(desk, clock), ledger)
            pages = create_board(board, FRAMES, secret=SECRET, origin=ORIGIN, server=SERVER)
            browser = httpx.AsyncClient(
                transport=httpx.ASGITransport(pages),  # type: ignore[arg-type]
                base_url=f"{ORIGIN}/{SECRET}/",
                headers={"Origin": ORIGIN},
            )
            try:
                return await body(Played(board, clock, browser))
            finally:
                await board.close()
                await town.close()

    return run_paced(main, start=start, rate=rate)


def test_the_story_is_lived_by_hand(tmp_path: Path) -> None:
    async def body(played: Played) -> None:
        board, clock, browser = played.board, played.clock, played.browser
        await board.look()
        assert not board.progress().met
        x, y = board.spot("A")
        moved = await browser.post("move", json={"phone": "B", "x": x, "y": y})
        assert math.dist((moved.json()["x"], moved.json()["y"]), (x, y)) == pytest.approx(APART)
        assert await played.until(lambda: board.progress().met, hours=2)
        board.move("B", SPOTS["B"])

        assert (await browser.post("code", json={"phone": "A", "kind": "f0"})).status_code == 204
        assert clock.rate == 1
        assert board.waits_for_a_code
        (case,) = board.casework.cases
        phone = board.town.phone("A")
        publication = await phone.begin_publication(case.code)
        phone.consent(publication.id)
        await phone.agree(publication.id)
        board._looked_at = None  # the last look is a moment ago
        await board.look()
        assert clock.rate == FASTEST
        assert case.state is CaseState.CLAIMED
        assert board.progress().published
        assert board.ledger.next_archive() is not None

        assert await played.until(lambda: board.progress().warned, hours=14)
        assert board.progress().told == "B"
        assert {key: board.status(key).level for key in "ABCDEF"} == {
            "A": StatusLevel.F0,
            "B": StatusLevel.F1,
            **dict.fromkeys("CDEF", StatusLevel.SAFE),
        }
        told = (await browser.get("state", params={"lang": "en"})).json()
        assert [step["done"] for step in told["steps"]] == [True, True, True]
        assert told["phones"]["B"]["says"] == "F1"
        assert board.ledger.next_archive() is None
        assert board.town.contacts_stayed_home()

    play(tmp_path, body)


def test_a_skipped_night_is_lived_through_by_every_phone(tmp_path: Path) -> None:
    evening = START + 14 * 3600

    async def body(played: Played) -> None:
        board, clock = played.board, played.clock
        board.set_rate(600)
        board.skip_night()
        morning = next_morning(clock.now())
        assert board.skipping_to_morning
        assert clock.rate == FASTEST
        await clock.sleep(morning - clock.now() + 1)
        assert not board.skipping_to_morning
        assert clock.rate == 600
        await board.look()
        hours = (morning - evening) / 3600
        for key, resident in board.town.residents.items():
            status = board.status(key)
            assert status.level is StatusLevel.SAFE
            assert FaultName.CLOCK_WRONG not in {fault.name for fault in status.faults}
            # Identifiers changed every 10 to 20 minutes and nobody slept.
            assert 3 * hours - 1 <= len(resident.radio.sent) <= 6 * hours + 2
        assert {board.status(key).minutes_today >= 5.9 * 60 for key in SPOTS} == {True}

    play(tmp_path, body, start=evening)


def test_choosing_a_speed_ends_the_skipping_and_a_code_waits_at_real_time(tmp_path: Path) -> None:
    async def body(played: Played) -> None:
        board, clock, browser = played.board, played.clock, played.browser
        board.set_rate(60)
        await browser.post("skip", json={})
        await browser.post("speed", json={"rate": 600})
        assert (board.skipping_to_morning, clock.rate) == (False, 600)
        await browser.post("skip", json={})
        await browser.post("code", json={"phone": "C", "kind": "f1"})
        assert (board.skipping_to_morning, clock.rate) == (False, 1)
        state = (await browser.get("state", params={"lang": "vi"})).json()
        assert re.fullmatch(r"\d{4} \d{4}", state["cases"][0]["code"])
        assert state["steps"][1]["says"].startswith("Đồng hồ chạy 1×")
        await browser.post("speed", json={"rate": 0})
        assert not board.waits_for_a_code
        before = clock.now()
        await browser.get("state", params={"lang": "vi"})
        assert clock.now() == before

    play(tmp_path, body)


def test_the_clock_waits_while_somebody_works_at_the_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def body(played: Played) -> None:
        board, clock = played.board, played.clock
        board.set_rate(600)
        board.skip_night()
        board.note_desk_at_work()
        assert (board.skipping_to_morning, clock.rate, board.waits_for_the_desk) == (False, 1, True)
        await board.look()
        assert clock.rate == 1
        monkeypatch.setattr("bluezone.town.board.board.REST_SECONDS", 0.0)
        board.note_desk_at_work()
        await clock.sleep(1.1)  # of real time: looks are a second apart
        await board.look()
        assert (clock.rate, board.waits_for_the_desk) == (600, False)

        # Who was given a code is waited for, however long nobody works at the desk.
        board.note_desk_at_work()
        await board.issue("A", CaseKind.F0)
        board.note_desk_at_work()
        await clock.sleep(1.1)
        await board.look()
        assert (clock.rate, board.waits_for_a_code, board.waits_for_the_desk) == (1, True, False)

        board.set_rate(1)
        board.note_desk_at_work()
        assert not board.waits_for_the_desk

    play(tmp_path, body)


def test_lines_follow_the_pucks_and_walls_weaken_them(tmp_path: Path) -> None:
    async def body(played: Played) -> None:
        board = played.board
        board.set_rate(0)

        def strength() -> float:
            return next(link.rssi for link in board.links() if {link.one, link.other} == {"A", "D"})

        board.move("A", (10.2, 2.6))
        near = next(link for link in board.links() if {link.one, link.other} == {"A", "D"})
        assert near.near
        assert not near.heard
        board.move("A", (10.2, 5.6))
        beside = strength()
        board.move("D", (7.2, 2.6))
        board.move("A", (10.2, 2.6))
        behind_wall = strength()
        assert near.rssi > beside
        assert behind_wall == pytest.approx(beside - 10)
        board.move("D", (0.8, 12.2))
        board.move("A", (21.2, 0.8))
        assert not any({link.one, link.other} == {"A", "D"} for link in board.links())

    play(tmp_path, body, rate=0)


def test_the_page_is_whole_in_both_languages_and_frames_the_phones_alone(tmp_path: Path) -> None:
    async def body(played: Played) -> None:
        for language, title in (("vi", "thị trấn diễn tập"), ("en", "rehearsal town")):
            page = await played.browser.get("", params={"lang": language})
            assert page.status_code == 200
            assert title in page.text
            assert all(f'src="{address}"' in page.text for address in FRAMES.values())
            assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", page.text)
            for source in re.findall(r'(?:href|src)="(/[^"]+)"', page.text):
                assert (await played.browser.get(f"{ORIGIN}{source}")).status_code == 200
            policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
            assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
            assert policy["script-src"] == policy["connect-src"] == "'self'"
            assert policy["frame-src"].split() == [f"http://127.0.0.1:{5000 + at}" for at in range(6)]
        ledger = played.board.ledger
        assert await played.until(lambda: ledger.table("leases").count > 0, hours=2)  # type: ignore[union-attr]
        rows = (await played.browser.get("rows/leases", params={"lang": "en"})).json()
        assert rows["count"] == len(rows["rows"]) > 0
        assert rows["title"] == "jobs"

    play(tmp_path, body)


def test_the_language_is_changed_on_the_board_and_on_every_phone(tmp_path: Path) -> None:
    async def body(played: Played) -> None:
        answer = await played.browser.post("language", data={"language": "en"})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/{SECRET}/?lang=en")
        phones = [one.phone for one in played.board.town.residents.values()]
        assert {phone.preferences().language for phone in phones} == {"en"}
        assert (await played.browser.post("language", data={"language": "fr"})).status_code == 400

    play(tmp_path, body, rate=0)


def test_whoever_lacks_the_secret_or_comes_from_elsewhere_sees_and_does_nothing(tmp_path: Path) -> None:
    async def body(played: Played) -> None:
        browser, board = played.browser, played.board
        move = {"phone": "A", "x": 5.0, "y": 5.0}
        assert (await browser.get(f"{ORIGIN}/")).status_code == 404
        assert (await browser.get(f"{ORIGIN}/wrong/state?lang=vi")).status_code == 404
        assert (await browser.get("state?lang=vi", headers={"Host": "evil.example:4711"})).status_code == 421
        for headers in ({"Origin": "http://evil.example"}, {"Origin": "http://127.0.0.1:5000"}):
            assert (await browser.post("move", json=move, headers=headers)).status_code == 403
        assert board.spot("A") == SPOTS["A"]

    play(tmp_path, body)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("move", {"phone": "Z", "x": 1.0, "y": 1.0}, 404),
        ("move", {"phone": "A", "x": "west", "y": 1.0}, 400),
        ("speed", {"rate": -1}, 400),
        ("speed", {"rate": 1e9}, 400),
        ("code", {"phone": "A", "kind": "f9"}, 400),
        ("code", {"phone": "Z", "kind": "f0"}, 404),
        ("rows/secrets", None, 404),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, path: str, body: object, status: int) -> None:
    async def call(played: Played) -> httpx.Response:
        if body is None:
            return await played.browser.get(path, params={"lang": "vi"})
        return await played.browser.post(path, json=body)

    answer = play(tmp_path, call, rate=0)
    assert answer.status_code == status
    assert set(answer.json()) == {"error"}


spots = st.tuples(st.floats(-5, WIDTH + 5), st.floats(-5, DEPTH + 5))


@given(spots, st.lists(spots, max_size=5))
def test_whoever_is_put_somewhere_ends_up_on_the_plan_and_apart_from_the_others(
    wanted: tuple[float, float], crowd: list[tuple[float, float]]
) -> None:
    others: list[tuple[float, float]] = []
    for one in crowd:
        others.append(settle(one, others))
    x, y = settle(wanted, others)
    assert 0 < x < WIDTH
    assert 0 < y < DEPTH
    assert all(math.dist((x, y), other) >= APART - 1e-6 for other in others)
    assert place_at((x, y)).holds((x, y))


def test_nobody_begins_near_anybody(tmp_path: Path) -> None:
    async def body(played: Played) -> None:
        assert not any(link.near for link in played.board.links())

    play(tmp_path, body, rate=0)
    assert min(math.dist(*pair) for pair in itertools.combinations(SPOTS.values(), 2)) > 5


@pytest.mark.parametrize(
    ("now", "morning"),
    [("2020-08-03 22:15", "2020-08-04 06:00"), ("2020-08-04 05:59", "2020-08-04 06:00"),
     ("2020-08-04 06:00", "2020-08-05 06:00")],
)  # fmt: skip
def test_morning_is_the_next_six_o_clock(now: str, morning: str) -> None:
    seconds = [datetime.fromisoformat(time).replace(tzinfo=VIETNAM).timestamp() for time in (now, morning)]
    assert next_morning(seconds[0]) == seconds[1]


def test_a_code_for_a_contact_says_so(tmp_path: Path) -> None:
    async def body(played: Played) -> str:
        case = await played.board.issue("B", CaseKind.F1)
        return (await played.board.town.phone("B").begin_publication(case.long_code)).test_type

    assert play(tmp_path, body) == "recursive"
