"""Phones in processes of their own on one air, over real sockets."""

import asyncio
import json
import sys

import pytest

from bluezone.clock import RealClock
from bluezone.protocol.beacon import Beacon
from bluezone.radio import OneRoom, RadioUnavailable, VirtualLink, open_radio
from bluezone.randomness import SeededRandomness, SystemRandomness
from bluezone.town.serve import serve_controller

PHONE = """
import asyncio, json, sys
from bluezone.clock import RealClock
from bluezone.radio import open_radio
from bluezone.randomness import SystemRandomness

async def main():
    radio = open_radio(sys.argv[1], clock=RealClock(), randomness=SystemRandomness())
    await radio.open()
    await radio.advertise(bytes.fromhex(sys.argv[2]))
    heard = set()
    while len(heard) < int(sys.argv[3]):
        heard |= {report.data.hex() for report in await radio.scan(0.5)}
    print(json.dumps(sorted(heard)), flush=True)
    sys.stdin.read()
    await radio.close()

asyncio.run(main())
"""


def beacon(number):
    return Beacon(number.to_bytes(16, "big"), b"meta").encode()


def new_link():
    return VirtualLink(OneRoom(), clock=RealClock(), randomness=SeededRandomness(1))


def new_radio(spec):
    return open_radio(spec, clock=RealClock(), randomness=SystemRandomness())


async def first_heard(radio, wanted):
    """Scans until exactly what is wanted was heard in one look."""
    while {report.data for report in await radio.scan(0.6)} != wanted:
        pass
    return wanted


def within_a_minute(scene):
    async def main():
        async with asyncio.timeout(60):
            return await scene()

    return asyncio.run(main())


def test_phones_in_other_processes_and_one_in_this_hear_each_other():
    async def scene():
        link = new_link()
        served = [await serve_controller(link.controller(name)) for name in ("A", "B")]
        here = link.controller("C").radio(clock=RealClock(), randomness=SystemRandomness())
        await here.open()
        await here.advertise(beacon(3))
        phones = [
            await asyncio.create_subprocess_exec(
                sys.executable, "-c", PHONE, each.spec, beacon(number).hex(), "2",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )
            for number, each in enumerate(served, 1)
        ]  # fmt: skip
        heard = [json.loads(await phone.stdout.readline()) for phone in phones]
        heard_here = await first_heard(here, {beacon(1), beacon(2)})
        phones[0].kill()  # without a chance to say goodbye
        heard_after_kill = await first_heard(here, {beacon(2)})
        await phones[1].communicate(b"")  # closes its standard input
        await phones[0].wait()
        for each in served:
            await each.close()
        return heard, heard_here, heard_after_kill, phones[1].returncode

    heard, heard_here, heard_after_kill, code = within_a_minute(scene)
    assert heard == [[beacon(2).hex(), beacon(3).hex()], [beacon(1).hex(), beacon(3).hex()]]
    assert heard_here == {beacon(1), beacon(2)}
    assert heard_after_kill == {beacon(2)}
    assert code == 0


def test_a_served_controller_that_is_unplugged_is_lost_and_comes_back():
    async def scene():
        controller = new_link().controller("A")
        served = await serve_controller(controller)
        radio = new_radio(served.spec)
        await radio.open()
        listening = asyncio.create_task(radio.scan(3600))
        await asyncio.sleep(0.1)
        controller.unplug()
        with pytest.raises(RadioUnavailable):
            await listening
        with pytest.raises(RadioUnavailable):
            await radio.open()
        controller.plug_in()
        await radio.open()
        await radio.advertise(beacon(1))
        on_air = controller.advertiser.enabled
        await radio.close()
        await served.close()
        return on_air

    assert within_a_minute(scene)


def test_a_second_host_is_turned_away():
    async def scene():
        served = await serve_controller(new_link().controller("A"))
        first, second = new_radio(served.spec), new_radio(served.spec)
        await first.open()
        with pytest.raises(RadioUnavailable):
            await second.open()
        await first.advertise(beacon(1))
        await first.close()
        await served.close()

    within_a_minute(scene)


def test_bytes_that_are_no_packets_end_the_connection():
    async def scene():
        served = await serve_controller(new_link().controller("A"))
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        try:
            answer = await reader.read()
        except ConnectionResetError:
            answer = b""
        writer.close()
        radio = new_radio(served.spec)
        await radio.open()
        await radio.close()
        await served.close()
        return answer

    assert within_a_minute(scene) == b""


def test_closing_lets_the_host_go():
    async def scene():
        served = await serve_controller(new_link().controller("A"))
        radio = new_radio(served.spec)
        await radio.open()
        await served.close()
        with pytest.raises(RadioUnavailable):
            await radio.scan(3600)

    within_a_minute(scene)
