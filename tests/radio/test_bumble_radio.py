"""What a phone asks of its radio: rotation, loss and return, errors."""

import asyncio

import pytest
from bumble import hci
from bumble.transport.common import BaseSource, Transport

from bluezone.clock import SkewedClock
from bluezone.radio import AdvertisementTooLong, BumbleRadio, OneRoom, RadioUnavailable, Timing
from bluezone.randomness import SeededRandomness

from .conftest import START, beacon


class ScriptedRandomness(SeededRandomness):
    """Gives out prepared bytes first."""

    def __init__(self, *prepared):
        super().__init__(1)
        self.prepared = list(prepared)

    def token_bytes(self, count):
        return self.prepared.pop(0) if self.prepared else super().token_bytes(count)


def test_address_and_data_change_together_even_in_the_middle_of_a_scan(on_bench):
    async def scene(bench):
        a, b, c = [await bench.radio(name) for name in "ABC"]
        await a.advertise(beacon(0))
        await c.advertise(beacon(1000))

        async def rotate(radio, first):
            for number in range(first, first + 40):
                await radio.advertise(beacon(number))
                await bench.clock.sleep(0.7)

        # A rotates while it scans itself; B only listens.
        results = await asyncio.gather(a.scan(30), b.scan(30), rotate(a, 1), rotate(c, 1001))
        return results[:2]

    own_scan, listener = on_bench(scene)
    pairs = {(report.address, report.data) for report in listener}
    assert len({address for address, _ in pairs}) == len({data for _, data in pairs}) == len(pairs) >= 80
    # The scanner that rotated kept hearing C right through.
    assert {report.data for report in own_scan} == {beacon(number) for number in range(1001, 1041)}


def test_addresses_are_random_and_non_resolvable(on_bench):
    async def scene(bench):
        a, b = await bench.radio("A"), await bench.radio("B")
        addresses = []
        for number in range(50):
            await a.advertise(beacon(number))
            addresses.append((await b.scan(1))[0].address)
        return addresses, bench.controllers["A"].random_address.is_random

    addresses, random = on_bench(scene)
    assert random
    assert len(set(addresses)) == 50
    assert all(int(address[:2], 16) >> 6 == 0 for address in addresses)


def test_an_address_of_all_zeros_or_all_ones_is_drawn_again(on_bench):
    async def scene(bench):
        controller = bench.link.controller("A")
        randomness = ScriptedRandomness(bytes(6), b"\xff" * 6, bytes([1, 2, 3, 4, 5, 0xC6]))
        radio = controller.radio(clock=bench.clock, randomness=randomness)
        await radio.open()
        await radio.advertise(beacon(1))
        return controller.random_address.to_string(False)

    assert on_bench(scene) == "06:05:04:03:02:01"


def test_reports_carry_the_phones_own_wrong_time(on_bench):
    async def scene(bench):
        a = await bench.radio("A")
        await a.advertise(beacon(1))
        radio = bench.link.controller("B").radio(
            clock=SkewedClock(bench.clock, -86400), randomness=bench.seed.child("B")
        )
        await radio.open()
        return await radio.scan(1)

    assert all(START - 86400 <= report.time <= START - 86398 for report in on_bench(scene))


def test_a_radio_that_vanishes_in_a_scan_ends_it_at_once_and_comes_back_after_open(on_bench):
    async def scene(bench):
        a, b = await bench.radio("A"), await bench.radio("B")
        await a.advertise(beacon(1))
        listening = asyncio.create_task(b.scan(3600))
        await bench.clock.sleep(10)
        bench.controllers["B"].unplug()
        with pytest.raises(RadioUnavailable):
            await listening
        lost_at = bench.clock.now() - START
        outcomes = [
            await asyncio.gather(call, return_exceptions=True)
            for call in (b.scan(1), b.advertise(beacon(2)), b.silence(), b.open())
        ]
        bench.controllers["B"].plug_in()
        await b.open()
        await b.advertise(beacon(3))
        return lost_at, outcomes, await b.scan(4), await a.scan(4)

    lost_at, outcomes, heard_by_b, heard_by_a = on_bench(scene)
    assert lost_at == pytest.approx(10)
    assert all(isinstance(outcome, RadioUnavailable) for [outcome] in outcomes)
    assert {report.data for report in heard_by_b} == {beacon(1)}
    assert {report.data for report in heard_by_a} == {beacon(3)}


def test_a_radio_that_vanished_is_off_the_air(on_bench):
    async def scene(bench):
        a, b = await bench.radio("A"), await bench.radio("B")
        await a.advertise(beacon(1))
        bench.controllers["A"].unplug()
        return await b.scan(4)

    assert on_bench(scene) == []


def test_opening_again_leaves_nothing_of_before_on_air(on_bench):
    async def scene(bench):
        a, b = await bench.radio("A"), await bench.radio("B")
        await a.advertise(beacon(1))
        await a.open()
        return await b.scan(4)

    assert on_bench(scene) == []


def test_closing_silences_the_radio_and_can_be_done_twice(on_bench):
    async def scene(bench):
        a, b = await bench.radio("A"), await bench.radio("B")
        await a.advertise(beacon(1))
        await a.close()
        await a.close()
        with pytest.raises(RadioUnavailable):
            await a.scan(1)
        return await b.scan(4)

    assert on_bench(scene) == []


def test_a_cancelled_scan_stops_the_controller_from_scanning(on_bench):
    async def scene(bench):
        a = await bench.radio("A")
        listening = asyncio.create_task(a.scan(3600))
        await bench.clock.sleep(5)
        during = bench.controllers["A"].le_scan_enable
        listening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await listening
        return during, bench.controllers["A"].le_scan_enable

    assert on_bench(scene) == (True, False)


def test_a_controller_that_does_not_answer_is_unavailable_after_a_few_seconds(on_bench):
    async def scene(bench):
        a = await bench.radio("A")
        bench.controllers["A"].set_packet_sink(None)
        started = bench.clock.now()
        with pytest.raises(RadioUnavailable):
            await a.advertise(beacon(1))
        waited = bench.clock.now() - started
        await a.open()
        await a.advertise(beacon(2))
        return waited

    assert on_bench(scene) == pytest.approx(3)


def test_a_controller_that_never_answers_the_first_command_is_unavailable(on_bench):
    class Deaf:
        def on_packet(self, packet):
            pass

    async def scene(bench):
        async def connect():
            return Transport(BaseSource(), Deaf())

        radio = BumbleRadio(connect, clock=bench.clock, randomness=bench.seed)
        with pytest.raises(RadioUnavailable, match="did not open"):
            await radio.open()

    on_bench(scene)


def test_a_transport_that_cannot_be_opened_is_unavailable(on_bench):
    async def scene(bench):
        async def connect():
            raise PermissionError("usb device is busy")

        with pytest.raises(RadioUnavailable, match="usb device is busy"):
            await BumbleRadio(connect, clock=bench.clock, randomness=bench.seed).open()

    on_bench(scene)


def test_more_than_31_bytes_are_refused_before_anything_changes(on_bench):
    async def scene(bench):
        a, b = await bench.radio("A"), await bench.radio("B")
        await a.advertise(beacon(1))
        with pytest.raises(AdvertisementTooLong):
            await a.advertise(bytes(32))
        return await b.scan(1)

    assert {report.data for report in on_bench(scene)} == {beacon(1)}


def test_extended_reports_and_many_reports_in_one_event_are_heard_and_unknown_strength_is_not(on_bench):
    def legacy(*strengths):
        return hci.HCI_LE_Advertising_Report_Event(
            [
                hci.HCI_LE_Advertising_Report_Event.Report(
                    event_type=3,
                    address_type=1,
                    address=hci.Address("01:02:03:04:05:06"),
                    data=beacon(7),
                    rssi=rssi,
                )
                for rssi in strengths
            ]
        )

    extended = hci.HCI_LE_Extended_Advertising_Report_Event(
        [
            hci.HCI_LE_Extended_Advertising_Report_Event.Report(
                event_type=0x10,
                address_type=1,
                address=hci.Address("11:12:13:14:15:16"),
                primary_phy=1,
                secondary_phy=0,
                advertising_sid=0xFF,
                tx_power=127,
                rssi=-70,
                periodic_advertising_interval=0,
                direct_address_type=0,
                direct_address=hci.Address.ANY,
                data=beacon(8),
            )
        ]
    )

    async def scene(bench):
        b = await bench.radio("B")
        listening = asyncio.create_task(b.scan(1))
        await bench.clock.sleep(0.5)
        for event in (legacy(-55), legacy(-56, -57), legacy(127), extended):
            bench.controllers["B"].send_hci_packet(event)
        return [(report.address, report.rssi, report.data) for report in await listening]

    one = "01:02:03:04:05:06"
    assert on_bench(scene) == [
        (one, -55, beacon(7)),
        (one, -56, beacon(7)),
        (one, -57, beacon(7)),
        ("11:12:13:14:15:16", -70, beacon(8)),
    ]


def test_a_truncated_report_is_dropped_without_harm(on_bench):
    async def scene(bench):
        a, b = await bench.radio("A"), await bench.radio("B")
        await a.advertise(beacon(1))
        listening = asyncio.create_task(b.scan(1))
        await bench.clock.sleep(0.1)
        bench.controllers["B"].hci_sink.on_packet(bytes.fromhex("043e2b020103010605040302011f0201"))
        return await listening

    assert {report.data for report in on_bench(scene, medium=OneRoom(-75))} == {beacon(1)}


@pytest.mark.parametrize(
    "wrong",
    [
        {"advertising_interval": 0.05},
        {"advertising_interval": 11},
        {"scan_window": 0.2},
        {"scan_window": 0.001},
        {"scan_interval": 11},
    ],
)
def test_timing_outside_the_specification_is_refused(wrong):
    with pytest.raises(ValueError, match="lie"):
        Timing(**wrong)


@pytest.mark.parametrize("call", ["advertise", "silence", "scan", "open"])
def test_a_cancellation_is_never_lost_however_it_meets_the_controllers_answer(on_bench, call):
    async def scene(bench):
        radio = await bench.radio("A")
        calls = {"advertise": (beacon(1),), "scan": (1e6,)}
        lost = []
        for steps in range(400):
            task = asyncio.ensure_future(getattr(radio, call)(*calls.get(call, ())))
            for _ in range(steps):
                await asyncio.sleep(0)
            if task.done():
                break
            task.cancel()
            done, _ = await asyncio.wait({task}, timeout=5)
            if not done or not task.cancelled():
                lost.append(steps)
                task.cancel()
        return steps, lost

    steps, lost = on_bench(scene)
    assert steps > 3
    assert lost == []
