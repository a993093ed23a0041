"""Naming a real radio."""

import asyncio
import socket

import pytest

from bluezone.clock import RealClock
from bluezone.radio import BumbleRadio, RadioSpecInvalid, RadioUnavailable, open_radio
from bluezone.randomness import SystemRandomness


@pytest.mark.parametrize("spec", ["hci:usb:0", "hci:hci-socket:0", "hci:tcp-client:[::1]:9", "hci:serial:/dev/a"])
def test_a_bumble_transport_is_a_radio_and_nothing_is_touched_before_open(spec):
    async def main():
        return open_radio(spec, clock=RealClock(), randomness=SystemRandomness())

    assert isinstance(asyncio.run(main()), BumbleRadio)


@pytest.mark.parametrize("spec", ["", "usb:0", "hci:", "hci:carrier-pigeon:1", "virtual:A", "hci:file:/tmp/x"])
def test_other_texts_are_refused_with_an_example(spec):
    with pytest.raises(RadioSpecInvalid, match="hci:usb:0"):
        open_radio(spec, clock=RealClock(), randomness=SystemRandomness())


@pytest.mark.parametrize("spec", ["hci:tcp-client:127.0.0.1:{port}", "hci:tcp-client:nonsense", "hci:usb:99"])
def test_a_radio_that_is_not_there_is_unavailable(spec):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused

        async def main():
            radio = open_radio(
                spec.format(port=closed.getsockname()[1]), clock=RealClock(), randomness=SystemRandomness()
            )
            with pytest.raises(RadioUnavailable):
                await radio.open()

        asyncio.run(main())
