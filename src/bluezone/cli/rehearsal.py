"""One rehearsal: a real server in this process, a town in virtual time, the story told as it happens."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import msgspec
import structlog

from bluezone.cli.language import language
from bluezone.clock import ScaledClock
from bluezone.phone import PhoneStatus
from bluezone.randomness import SeededRandomness
from bluezone.server import Resident, Settings, StoredTable, create_app
from bluezone.town import STORY_START, Desk, Narrator, Story, Town, run_virtual, stays

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

IN_PROCESS = "http://bluezone.rehearsal"
TICK_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rehearsal came to: lines missed, what each phone says at the end, and every row that the server holds."""

    missed: int
    phones: dict[str, PhoneStatus]
    stored: list[StoredTable]
    ended_at: float


def rehearsal_settings(folder: Path) -> Settings:
    """A server for invented people: small archives, so that every row can be printed, and rows open to be read."""
    return Settings(
        data_dir=folder / "server",
        desk_api_key="",
        export_min_records=8,
        export_padding_range=4,
        database_connections=1,
        open_rows=True,
    )


def residents() -> list[Resident]:
    """The town's six people as the desk has them on record, with whom the first two name in the interview."""
    return [
        Resident("A", "Nguyễn Văn An", 1984, "m", "UBND phường Lam Sơn", met=("B", "D")),
        Resident("B", "Lê Thị Bích", 1990, "f", "UBND phường Lam Sơn", met=("E",)),
        Resident("C", "Phạm Linh Chi", 1997, "f", "Công ty may Phố Nối"),
        Resident("D", "Trần Tiến Dũng", 1979, "m", "UBND phường Lam Sơn"),
        Resident("E", "Đỗ Thị Én", 1956, "f", "Chợ Phố Hiến"),
        Resident("F", "Vũ Hồng Phúc", 2001, "m", "Trường Đại học Sư phạm Kỹ thuật Hưng Yên"),
    ]


def rehearse(folder: Path, seed: int, narrator: Narrator, tick: Callable[[float], None]) -> Outcome:
    """Play the story once in virtual time; `tick` is told the story's time every ten of its minutes."""
    return run_virtual(lambda: _rehearse(folder, seed, narrator, tick))


async def _rehearse(folder: Path, seed: int, narrator: Narrator, tick: Callable[[float], None]) -> Outcome:
    clock = ScaledClock(STORY_START.timestamp())
    randomness = SeededRandomness(seed)
    settings = rehearsal_settings(folder)
    app = create_app(settings, clock=clock, randomness=randomness.child("server"))
    async with app.lifespan():
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type] # Litestar types its scopes closer than ASGI does
        desk = Desk(IN_PROCESS, (settings.data_dir / "desk-api-key").read_text().strip(), transport)
        async with living_town(folder, clock, randomness, IN_PROCESS, transport) as town:
            ticker = asyncio.create_task(_tick(clock, tick))
            missed = await Story(town, desk, narrator, clock).play()
            ticker.cancel()
            phones = {key: resident.phone.status() for key, resident in town.residents.items()}
        ended_at = clock.now()
        # The story ends on the hour, when every job of the server begins: they end before the rows are read.
        await clock.sleep(60.0)
        http = httpx.AsyncClient(transport=transport, base_url=IN_PROCESS)
        stored = (await http.get("/stored", params={"lang": language()})).raise_for_status()
    return Outcome(missed, phones, msgspec.json.decode(stored.content, type=list[StoredTable]), ended_at)


@asynccontextmanager
async def living_town(
    folder: Path, clock: ScaledClock, randomness: SeededRandomness, server: str, transport: httpx.AsyncBaseTransport
) -> AsyncIterator[Town]:
    """The town with all phones running, closed at the end."""
    town = Town(
        folder / "phones", clock=clock, randomness=randomness, server=server, transport=transport, stays=stays()
    )
    try:
        await town.start()
        yield town
    finally:
        await town.close()


async def _tick(clock: ScaledClock, tick: Callable[[float], None]) -> None:
    while True:
        tick(clock.now())
        await clock.sleep(TICK_SECONDS)


def be_quiet() -> None:
    """Let only warnings reach the terminal, so that the story can be read."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    logging.basicConfig(level=logging.WARNING)
    # bumble prints a traceback when a radio vanishes; the phone says it in a sentence.
    logging.getLogger("bumble").setLevel(logging.CRITICAL)
