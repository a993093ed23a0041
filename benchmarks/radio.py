"""How many phones one virtual link carries, how fast virtual time runs, and what a report costs."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterator

from bumble.controller import Controller
from bumble.device import Device
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink

from benchmarks.harness import Row
from bluezone.clock import ScaledClock
from bluezone.protocol import Beacon
from bluezone.radio import OneRoom, Radio, VirtualLink
from bluezone.randomness import SeededRandomness
from bluezone.town.air import Air, stay
from bluezone.town.virtualtime import run_virtual

_START = 1_596_412_800.0
_SCAN_SECONDS = 4.0
_PAUSE_SECONDS = (150.0, 300.0)
_BEACON_SECONDS = 0.255  # 250 ms and the mean of the random delay
_HOUR = 3600.0
_DUTY = "4 s of scanning every 150-300 s, a beacon every 250 ms, a new identifier every 10-20 min"


def rows() -> Iterator[Row]:
    for phones in (2, 10, 20, 50):
        seconds, reports = run_virtual(lambda phones=phones: _one_room(phones, _HOUR))  # type: ignore[misc]
        yield Row(
            what=f"{phones} phones in one room, one simulated hour",
            ours=_HOUR / seconds,
            unit="x real time",
            promise=1,
            note=f"{_DUTY}; {reports:,} reports; processor time, opening not counted",
        )
    yield Row(
        what="phones in one room that a link carries in real time",
        ours=_carried(),
        unit="phones",
        note="found by doubling, 20 simulated seconds each, and interpolation; one core, the phones' hosts included",
    )
    hours, seconds, reports = 58, *run_virtual(lambda: _rehearsal(58))
    yield Row(
        what="six phones over the rehearsal's 58 hours under the town's air, radio part",
        ours=seconds,
        unit="s",
        better="lower",
        promise=15,
        note=f"{hours * _HOUR / seconds:,.0f} x real time; {reports:,} reports; meetings of the rehearsal's length",
    )
    ours, peer = run_virtual(_reports_a_second), run_virtual(_reports_a_second_of_bumble)
    yield Row(
        what="advertisements heard a second and core, 20 phones scanning all the time",
        ours=ours,
        unit="1/s",
        peer="bumble's own virtual controllers",
        peer_value=peer,
        note="the peer reports each advertisement twice; counted once",
    )
    share, arrived = asyncio.run(_real_time(50, 20.0))
    yield Row(
        what="50 phones in one room in real time on an ordinary loop",
        ours=share * 100,
        unit="% of a core",
        better="lower",
        promise=100,
        note=f"{_DUTY}; 20 s; {arrived:.1%} of the expected reports arrived",
    )


async def _phone(radio: Radio, clock: ScaledClock, randomness: SeededRandomness, end: float) -> int:
    """One phone's duty until `end`; the number of reports it heard."""
    heard, rotate = 0, 0.0
    await clock.sleep(randomness.uniform(0, sum(_PAUSE_SECONDS) / 2))
    while clock.now() < end:
        if clock.now() >= rotate:
            await radio.advertise(Beacon(randomness.token_bytes(16), randomness.token_bytes(4)).encode())
            rotate = clock.now() + randomness.uniform(600, 1200)
        heard += len(await radio.scan(_SCAN_SECONDS))
        await clock.sleep(randomness.uniform(*_PAUSE_SECONDS))
    return heard


async def _until(tasks: list[asyncio.Task[int]], clock: ScaledClock, seconds: float) -> None:
    await clock.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _opened(count: int, link: VirtualLink, clock: ScaledClock, seed: SeededRandomness) -> list[Radio]:
    """That many radios on air."""
    radios: list[Radio] = []
    for number in range(count):
        randomness = seed.child(f"radio {number}")
        radio = link.controller(str(number)).radio(clock=clock, randomness=randomness)
        await radio.open()
        await radio.advertise(Beacon(randomness.token_bytes(16), randomness.token_bytes(4)).encode())
        radios.append(radio)
    return radios


async def _one_room(count: int, seconds: float) -> tuple[float, int]:
    """Processor seconds and reports of so many phones over so many simulated seconds."""
    seed, clock = SeededRandomness(count), ScaledClock(_START)
    radios = await _opened(count, VirtualLink(OneRoom(), clock=clock, randomness=seed), clock, seed)
    before = time.process_time()
    end = clock.now() + seconds
    heard = await asyncio.gather(
        *(_phone(radio, clock, seed.child(f"phone {number}"), end) for number, radio in enumerate(radios))
    )
    return time.process_time() - before, sum(heard)


def _carried() -> float:
    """The number of phones at which a simulated second costs a second."""
    count, seconds = 100, 20.0
    earlier = 0.0
    while True:
        cost = run_virtual(lambda count=count: _busy_room(count, seconds)) / seconds  # type: ignore[misc]
        if cost >= 1:
            # The cost grows with the square of the crowd, so it is interpolated on a double logarithmic scale.
            slope = math.log2(cost / earlier) if earlier else 2.0
            return round(float(count / 2 ** (math.log2(cost) / slope)))
        count, earlier = count * 2, cost


async def _busy_room(count: int, seconds: float) -> float:
    """Processor seconds of a crowd in the middle of its duty."""
    seed, clock = SeededRandomness(count), ScaledClock(_START)
    radios = await _opened(count, VirtualLink(OneRoom(), clock=clock, randomness=seed), clock, seed)
    tasks = [
        asyncio.create_task(_phone(radio, clock, seed.child(f"phone {number}"), math.inf))
        for number, radio in enumerate(radios)
    ]
    before = time.process_time()
    await _until(tasks, clock, seconds)
    return time.process_time() - before


async def _rehearsal(hours: int) -> tuple[float, int]:
    """Processor seconds and reports of six phones that are at home most of the time."""
    seed, clock = SeededRandomness("rehearsal"), ScaledClock(_START)
    air = Air(seed.child("air"))
    link = VirtualLink(air, clock=clock, randomness=seed.child("link"))
    spots = [(0.0, 0.0), (0.0, 1.0), (301.0, 0.0), (8.0, 0.0), (1.5, 0.0), (900.0, 900.0)]
    spans = [(1.0, 5.0), (2.0, 2.67), (27.0, 27.5), (1.0, 5.0), (3.5, 3.53), (0.0, 0.01)]
    for number, (spot, (begin, end)) in enumerate(zip(spots, spans, strict=True)):
        home = (1000.0 * number, 5000.0)
        air.place(str(number), stay(home, [(_START + begin * _HOUR, _START + end * _HOUR, spot)]))
    before = time.process_time()
    radios = await _opened(len(spots), link, clock, seed)
    end_time = _START + hours * _HOUR
    heard = await asyncio.gather(
        *(_phone(radio, clock, seed.child(f"phone {number}"), end_time) for number, radio in enumerate(radios))
    )
    return time.process_time() - before, sum(heard)


async def _reports_a_second() -> float:
    seed, clock = SeededRandomness(1), ScaledClock(_START)
    radios = await _opened(20, VirtualLink(OneRoom(), clock=clock, randomness=seed), clock, seed)
    before = time.process_time()
    heard = await asyncio.gather(*(radio.scan(60) for radio in radios))
    return sum(map(len, heard)) / (time.process_time() - before)


async def _reports_a_second_of_bumble() -> float:
    link = LocalLink()  # type: ignore[no-untyped-call]
    heard = 0

    def count(_: object) -> None:
        nonlocal heard
        heard += 1

    for number in range(20):
        controller = Controller(str(number), link=link, public_address=f"F0:F1:F2:F3:F4:{number:02X}")
        device = Device(host=Host(controller, AsyncPipeSink(controller)))
        await device.power_on()
        await device.start_advertising(advertising_data=bytes(31), auto_restart=True)
        device.on(device.EVENT_ADVERTISEMENT, count)
        await device.start_scanning(filter_duplicates=False)
    before, heard = time.process_time(), 0
    await asyncio.sleep(10)
    return heard / 2 / (time.process_time() - before)


async def _real_time(count: int, seconds: float) -> tuple[float, float]:
    """The share of a core that so many phones take in real time, and the share of expected reports that arrived."""
    seed, clock = SeededRandomness(count), ScaledClock(_START)
    radios = await _opened(count, VirtualLink(OneRoom(), clock=clock, randomness=seed), clock, seed)
    arrived = scans = 0
    # Each scans once, the starts spread as the duty would spread them over this time.
    scanning = round(count * seconds / (sum(_PAUSE_SECONDS) / 2 + _SCAN_SECONDS))

    async def scan_at(radio: Radio, offset: float) -> None:
        nonlocal arrived, scans
        await clock.sleep(offset)
        heard = await radio.scan(_SCAN_SECONDS)
        arrived += len(heard)
        scans += 1

    before, begin = time.process_time(), time.monotonic()
    await asyncio.gather(*(scan_at(radio, seed.uniform(0, seconds - _SCAN_SECONDS)) for radio in radios[:scanning]))
    share = (time.process_time() - before) / (time.monotonic() - begin)
    return share, arrived / (scans * (count - 1) * _SCAN_SECONDS / _BEACON_SECONDS)
