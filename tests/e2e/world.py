"""Everything behind the pages, for real: a key server on a port, phones in one air, their pages, and time to pass.

It lives in a thread of its own, so that a test and its browser can wait in theirs.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx

from bluezone.cli.listening import listen, serve
from bluezone.clock import SkewedClock
from bluezone.phone import Phone, PhoneSettings, ServerClient
from bluezone.phone.pages import PagesServer, serve_pages
from bluezone.phone.protection import Storage
from bluezone.protocol import DAY_SECONDS, wire
from bluezone.radio import OneRoom, Radio, RadioUnavailable, Report, VirtualController, VirtualLink
from bluezone.randomness import SeededRandomness, SystemRandomness
from bluezone.server import Settings, create_app
from bluezone.town import FASTEST, STORY_START, VIETNAM, Desk, PacedClock, run_paced

T = TypeVar("T")

MINUTE, HOUR = 60.0, 3600.0
_START_SECONDS = 60  # real ones: only a world that will never start is given up
_CALL_SECONDS = 120
_HURRY = 20.0  # times the fastest that a town is shown at: nobody watches

ARCHIVE_MINUTES = 30
"""Archives come often, so that a test waits for hours of the phones' time and not for days."""


class Line(httpx.AsyncBaseTransport):
    """A phone's connection to the server; pulled out, nothing passes: everything, or calls whose path is `only`."""

    def __init__(self) -> None:
        self._transport = httpx.AsyncHTTPTransport()
        self._pulled = False
        self._only = ""

    def pull(self, only: str = "") -> None:
        self._pulled, self._only = True, only

    def plug(self) -> None:
        self._pulled = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._pulled and self._only in {"", request.url.path}:
            raise httpx.ConnectError("The line is pulled out.", request=request)
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        await self._transport.aclose()


@dataclass(slots=True)
class GuardedRadio:
    """A `Radio` that works once the operating system allows it; `refusal` is what the system says until then."""

    radio: Radio
    refusal: OSError | None = None

    async def open(self) -> None:
        if self.refusal is not None:
            raise RadioUnavailable("Bluetooth cannot be used; see the cause.") from self.refusal
        await self.radio.open()

    async def advertise(self, data: bytes) -> None:
        await self.radio.advertise(data)

    async def silence(self) -> None:
        await self.radio.silence()

    async def scan(self, seconds: float) -> list[Report]:
        return await self.radio.scan(seconds)

    async def close(self) -> None:
        await self.radio.close()


@dataclass
class Handset:
    """One phone with everything around it that can go wrong."""

    world: World
    phone: Phone
    controller: VirtualController
    radio: GuardedRadio
    clock: SkewedClock
    line: Line
    pages: PagesServer

    @property
    def url(self) -> str:
        """The address of its first page."""
        return self.pages.url

    def do(self, work: Callable[[Phone], T]) -> T:
        """What `work` returns, done where the phone lives."""
        return self.world.do(lambda: work(self.phone))

    def run(self, work: Callable[[Phone], Coroutine[Any, Any, T]]) -> T:
        """As `do`, awaited."""
        return self.world.run(work(self.phone))

    def set(self, **preferences: Any) -> None:
        """Choose as the owner may in the settings."""
        self.do(lambda phone: phone.set_preferences(replace(phone.preferences(), **preferences)))

    async def close(self) -> None:
        await self.pages.stop()
        await self.phone.close()


@dataclass
class Household:
    """Phones within a metre of each other."""

    world: World
    name: str
    link: VirtualLink
    handsets: list[Handset] = field(default_factory=list)

    def handset(
        self,
        *,
        language: str | None = None,
        welcomed: bool = True,
        storage: Storage = ":memory:",
        settings: PhoneSettings | None = None,
        refusal: OSError | None = None,
        line: Line | None = None,
    ) -> Handset:
        """A phone that was just started; `welcomed` when its first run is over."""
        handset = self.world.run(self._start(storage, settings, refusal, line or Line()))
        handset.set(language=language, first_run_done=welcomed)
        return handset

    def close(self) -> None:
        for handset in self.handsets:
            self.world.run(handset.close())

    async def _start(
        self, storage: Storage, settings: PhoneSettings | None, refusal: OSError | None, line: Line
    ) -> Handset:
        controller = self.link.controller(f"{self.name} {len(self.handsets)}")
        randomness = SeededRandomness(controller.name)
        clock = SkewedClock(self.world.clock)
        radio = GuardedRadio(controller.radio(clock=clock, randomness=randomness.child("radio")), refusal)
        client = ServerClient(self.world.server, line)
        phone = Phone(storage, radio, clock, randomness, client, settings or PhoneSettings(first_sync=60))
        pages = serve_pages(phone)
        handset = Handset(self.world, phone, controller, radio, clock, line, pages)
        self.handsets.append(handset)
        await phone.start()
        await pages.start()
        return handset


class Stopwatch:
    """A steady clock that can run faster than real time does."""

    def __init__(self) -> None:
        self._speed = 1.0
        self._shown, self._read = 0.0, time.monotonic()

    def __call__(self) -> float:
        now = time.monotonic()
        self._shown, self._read = self._shown + (now - self._read) * self._speed, now
        return self._shown

    def run(self, speed: float) -> None:
        self()
        self._speed = speed


class World:
    """The server and the time; `clock` runs as real time does until `pass_time` hurries it on."""

    clock: PacedClock
    server: str
    desk: Desk
    settings: Settings

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._loop: asyncio.AbstractEventLoop
        self._end: asyncio.Event
        self._stopwatch = Stopwatch()
        self._began = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._live, name="world", daemon=True)
        self._thread.start()
        if not self._began.wait(_START_SECONDS) or self._failure is not None:
            raise RuntimeError("The world of the browser tests did not start.") from self._failure

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` returns, awaited in the world's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_CALL_SECONDS)

    def do(self, work: Callable[[], T]) -> T:
        """What `work` returns, called in the world's loop."""

        async def done() -> T:
            return work()

        return self.run(done())

    def pass_time(self, seconds: float) -> None:
        """Let everybody live through so many seconds, as fast as this machine can."""

        async def hurry() -> None:
            self.clock.set_rate(FASTEST)
            self._stopwatch.run(_HURRY)
            try:
                await self.clock.sleep(seconds)
            finally:
                self._stopwatch.run(1)
                self.clock.set_rate(1)

        self.run(hurry())

    def seconds_to_next_day(self) -> float:
        """How long until a day of keys begins."""
        return DAY_SECONDS - self.clock.now() % DAY_SECONDS

    def until(self, what: Callable[[], bool], *, hours: float) -> None:
        """Let time pass until it is so; AssertionError when it is not within so many hours."""
        for _ in range(round(hours * 12)):
            if self.do(what):
                return
            self.pass_time(5 * MINUTE)
        assert self.do(what), "It never came true."

    def household(self, name: str) -> Household:
        """A room with no phone in it yet."""

        async def build() -> VirtualLink:
            return VirtualLink(OneRoom(-50.0), clock=self.clock, randomness=SeededRandomness(f"air {name}"))

        return Household(self, name, self.run(build()))

    def issue(self, test_type: str = wire.TEST_CONFIRMED) -> wire.IssueResponse:
        """A code from the health desk, for a test of today that is positive or for a confirmed contact."""
        today = datetime.fromtimestamp(self.clock.now(), VIETNAM).date().isoformat()
        dates = {} if test_type == wire.TEST_RECURSIVE else {"symptom_date": today, "test_date": today}
        return self.run(self.desk.issue(test_type, **dates))

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(_CALL_SECONDS)

    def _live(self) -> None:
        try:
            run_paced(self._main, start=STORY_START.timestamp() + HOUR, rate=1, monotonic=self._stopwatch)
        except BaseException as failure:
            self._failure = failure
            self._began.set()
            raise

    async def _main(self, clock: PacedClock) -> None:
        self._loop, self._end, self.clock = asyncio.get_running_loop(), asyncio.Event(), clock
        self.settings = Settings(
            data_dir=self.folder / "server",
            export_min_records=8,
            export_padding_range=4,
            export_period_minutes=ARCHIVE_MINUTES,
            created_truncation_minutes=ARCHIVE_MINUTES,
            export_min_age_hours=ARCHIVE_MINUTES / 60,
            sync_hours=0.5,
            database_connections=1,
            open_rows=True,
        )
        listener = listen("127.0.0.1", 0)
        self.server = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with AsyncExitStack() as house:
            app = create_app(self.settings, clock=clock, randomness=SystemRandomness())
            await house.enter_async_context(serve(app, listener))
            key = (self.settings.data_dir / "desk-api-key").read_text().strip()
            self.desk = Desk(self.server, key, httpx.AsyncHTTPTransport())
            house.push_async_callback(self.desk.close)
            self._began.set()
            await self._end.wait()
