"""Phones on a virtual link, through bumble's host and controller: who hears what, how often, how strong."""

import asyncio
import hashlib
import itertools
from collections import Counter
from dataclasses import dataclass, field

import pytest
from bumble import hci

from bluezone.protocol.beacon import find_beacon
from bluezone.radio import CHANNELS, RadioUnavailable, Timing
from bluezone.radio._host import RadioHost

from .conftest import START, beacon


@dataclass
class RecordedMedium:
    """Hears everything at a strength per pair and keeps what was asked."""

    strengths: dict = field(default_factory=dict)
    channels: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    out_of_reach: set = field(default_factory=set)

    def rssi(self, sender, receiver, channel, time):
        self.channels.append(channel)
        self.asked.append((sender, receiver, time))
        return self.strengths.get((sender, receiver), -60.0)

    def reaches(self, sender, receiver, time):
        return (sender, receiver) not in self.out_of_reach


def test_two_phones_hear_each_others_31_bytes(on_bench):
    async def scene(bench):
        a, b = await bench.radio("A"), await bench.radio("B")
        await a.advertise(beacon(1))
        await b.advertise(beacon(2))
        return await asyncio.gather(a.scan(4), b.scan(4))

    heard_by_a, heard_by_b = on_bench(scene)
    assert {report.data for report in heard_by_a} == {beacon(2)}
    assert {report.data for report in heard_by_b} == {beacon(1)}
    assert all(len(report.data) == 31 and find_beacon(report.data) for report in heard_by_a + heard_by_b)


def test_each_pdu_is_reported_once_and_as_often_as_the_interval_says(on_bench):
    async def scene(bench):
        a, b = await bench.radio("A"), await bench.radio("B")
        await a.advertise(beacon(1))
        return await b.scan(60)

    times = [report.time for report in on_bench(scene)]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    # 250 ms and a random delay of up to 10 ms: 60 s hold 60 / 0.255 = 235 events.
    assert 234 <= len(times) <= 236
    assert min(gaps) >= 0.245
    assert max(gaps) <= 0.265
    assert len({round(gap, 4) for gap in gaps}) > 20


@pytest.mark.parametrize("interval", [0.1, 0.5, 1.0])
def test_the_interval_on_air_is_the_one_asked_for(on_bench, interval):
    async def scene(bench):
        a = await bench.radio("A", timing=Timing(advertising_interval=interval))
        b = await bench.radio("B")
        await a.advertise(beacon(1))
        return await b.scan(100)

    assert len(on_bench(scene)) == pytest.approx(100 / (interval + 0.005), abs=1)


@pytest.mark.parametrize(("window", "share"), [(0.1, 1.0), (0.05, 0.5), (0.01, 0.1)])
def test_a_scan_window_inside_its_interval_hears_its_share(on_bench, window, share):
    async def scene(bench):
        a = await bench.radio("A", timing=Timing(advertising_interval=0.1))
        b = await bench.radio("B", timing=Timing(scan_window=window))
        await a.advertise(beacon(1))
        reports = await b.scan(300)
        return [(report.time - START) % 0.1 for report in reports]

    phases = on_bench(scene)
    assert len(phases) == pytest.approx(300 / 0.105 * share, rel=0.1)
    assert all(phase <= window + 1e-3 or phase >= 0.1 - 1e-3 for phase in phases)


def test_scanning_goes_round_the_three_advertising_channels(on_bench):
    medium = RecordedMedium()

    async def scene(bench):
        a, b = await bench.radio("A"), await bench.radio("B")
        await a.advertise(beacon(1))
        await b.scan(120)

    on_bench(scene, medium=medium)
    counts = Counter(medium.channels)
    assert set(counts) == set(CHANNELS)
    assert min(counts.values()) > 0.25 * sum(counts.values())


def test_strength_is_the_pairs_own_and_none_is_silence(on_bench):
    medium = RecordedMedium({("A", "C"): -48.4, ("B", "C"): None, ("A", "B"): -91.6})

    async def scene(bench):
        a, b, c = [await bench.radio(name) for name in "ABC"]
        await a.advertise(beacon(1))
        await b.advertise(beacon(2))
        return await asyncio.gather(b.scan(4), c.scan(4))

    heard_by_b, heard_by_c = on_bench(scene, medium=medium)
    assert {(report.data, report.rssi) for report in heard_by_b} == {(beacon(1), -92)}
    assert {(report.data, report.rssi) for report in heard_by_c} == {(beacon(1), -48)}


def test_nothing_is_put_together_while_nobody_scans_or_out_of_reach(on_bench):
    medium = RecordedMedium(out_of_reach={("A", "C")})

    async def scene(bench):
        a, b, c = [await bench.radio(name) for name in "ABC"]
        await a.advertise(beacon(1))
        await b.advertise(beacon(2))
        await bench.clock.sleep(3600)
        before = len(medium.asked)
        await c.scan(4)
        return before

    assert on_bench(scene, medium=medium) == 0
    assert {pair[:2] for pair in medium.asked} == {("B", "C")}


def test_what_comes_on_air_during_a_scan_is_heard_at_once(on_bench):
    async def scene(bench):
        a, b = await bench.radio("A"), await bench.radio("B")
        listening = asyncio.create_task(b.scan(4))
        await bench.clock.sleep(1.3)
        await a.advertise(beacon(1))
        await bench.clock.sleep(1)
        await a.silence()
        return await listening

    times = [report.time - START for report in on_bench(scene)]
    assert 1.3 <= times[0] <= 1.32
    assert times[-1] <= 2.3


def test_the_controller_refuses_a_new_address_while_it_sends_or_scans(on_bench):
    async def scene(bench):
        controller = bench.link.controller("A")
        transport = controller.attach()
        host = RadioHost()
        host.set_packet_source(transport.source)
        host.set_packet_sink(transport.sink)
        await host.reset()
        address = hci.HCI_LE_Set_Random_Address_Command(random_address=hci.Address("01:02:03:04:05:06"))
        outcomes = []
        for on, off in (
            (hci.HCI_LE_Set_Advertising_Enable_Command(1), hci.HCI_LE_Set_Advertising_Enable_Command(0)),
            (hci.HCI_LE_Set_Scan_Enable_Command(1, 0), hci.HCI_LE_Set_Scan_Enable_Command(0, 0)),
        ):
            await host.send_sync_command(on)
            try:
                await host.send_sync_command(address)
            except hci.HCI_Error as error:
                outcomes.append(error.error_code)
            await host.send_sync_command(off)
        await host.send_sync_command(address)
        return outcomes, str(controller.random_address)

    outcomes, address = on_bench(scene)
    assert outcomes == [hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR] * 2
    assert address == "01:02:03:04:05:06"


def test_duplicates_are_filtered_when_the_host_asks_for_it(on_bench):
    async def scene(bench):
        a = await bench.radio("A")
        await a.advertise(beacon(1))
        transport = bench.link.controller("B").attach()
        host = RadioHost()
        host.set_packet_source(transport.source)
        host.set_packet_sink(transport.sink)
        await host.reset()
        heard = []
        host.heard = lambda *report: heard.append(report)
        await host.send_sync_command(hci.HCI_LE_Set_Scan_Enable_Command(1, 1))
        await bench.clock.sleep(2)
        await a.advertise(beacon(2))
        await bench.clock.sleep(2)
        return heard

    assert [data for _, _, data in on_bench(scene)] == [beacon(1), beacon(2)]


def test_a_jump_of_the_clock_brings_no_flood_of_old_reports(on_bench):
    async def scene(bench):
        a, b = await bench.radio("A"), await bench.radio("B")
        await a.advertise(beacon(1))
        listening = asyncio.create_task(b.scan(10))
        await bench.clock.sleep(1)
        bench.clock.skip(8 * 3600)
        return await listening

    assert len(on_bench(scene)) <= 4 + 5 / 0.25 + 1


def test_a_controller_taken_off_the_link_is_heard_no_more(on_bench):
    async def scene(bench):
        a, b = await bench.radio("A"), await bench.radio("B")
        await a.advertise(beacon(1))
        bench.link.remove(bench.controllers["A"])
        with pytest.raises(RadioUnavailable):
            await a.advertise(beacon(2))
        again = bench.link.controller("A")
        return await b.scan(4), again.name

    assert on_bench(scene) == ([], "A")


def test_two_controllers_cannot_share_a_name(on_bench):
    async def scene(bench):
        bench.link.controller("A")
        bench.link.controller("A")

    with pytest.raises(ValueError, match="named A"):
        on_bench(scene)


def _one_hour_of_six(seed, on_bench):
    async def phone(bench, name):
        radio = await bench.radio(name)
        heard = []
        for turn in range(12):
            await radio.advertise(beacon(ord(name) * 1000 + turn))
            await bench.clock.sleep(bench.seed.child(f"{name}{turn}").uniform(250, 296))
            heard += await radio.scan(4)
        return heard

    async def scene(bench):
        return await asyncio.gather(*(phone(bench, name) for name in "ABCDEF"))

    heard = on_bench(scene, seed=seed)
    return hashlib.sha256(repr(heard).encode()).hexdigest(), sum(map(len, heard))


def test_an_hour_of_six_phones_repeats_to_the_bit(on_bench):
    first, again, other = (_one_hour_of_six(seed, on_bench) for seed in ("one", "one", "two"))
    assert first == again
    assert first[0] != other[0]
    # Twelve windows of 4 s, five neighbours each, a beacon every 255 ms on average.
    assert first[1] == pytest.approx(6 * 12 * 5 * 4 / 0.255, rel=0.02)
