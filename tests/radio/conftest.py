"""Phones' radios on one virtual link, in virtual time."""

import asyncio

import pytest

from bluezone.clock import ScaledClock
from bluezone.protocol.beacon import Beacon
from bluezone.radio import OneRoom, VirtualLink
from bluezone.randomness import SeededRandomness
from bluezone.town.virtualtime import run_virtual

START = 1_596_412_800.0  # Monday 3 August 2020, 07:00 in Vietnam


def beacon(number: int) -> bytes:
    """The 31 bytes of a beacon that is told apart by `number`."""
    return Beacon(number.to_bytes(16, "big"), b"meta").encode()


class Bench:
    """A link, its clock, and radios by name."""

    def __init__(self, medium=None, seed="bench"):
        self.clock = ScaledClock(START)
        self.seed = SeededRandomness(seed)
        self.link = VirtualLink(medium or OneRoom(), clock=self.clock, randomness=self.seed.child("link"))
        self.controllers = {}

    async def radio(self, name, **options):
        controller = self.controllers[name] = self.link.controller(name)
        radio = controller.radio(clock=self.clock, randomness=self.seed.child(name), **options)
        await radio.open()
        return radio


@pytest.fixture
def on_bench():
    """Runs `scene(bench)` in virtual time and returns its result."""

    def run(scene, **options):
        async def main():
            return await asyncio.create_task(scene(Bench(**options)))

        return run_virtual(main)

    return run
