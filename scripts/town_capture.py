"""Records tests/captures/town.btsnoop: what one phone's host and controller say to each other in a room of the town.

`python -m scripts.town_capture` writes it again, byte for byte: four phones, twenty minutes, two scans of A.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from bumble.transport.common import Transport

from bluezone.clock import ScaledClock
from bluezone.phone import DutySettings, Phone, PhoneSettings
from bluezone.radio import BumbleRadio, VirtualLink
from bluezone.randomness import SeededRandomness
from bluezone.town import STORY_START, TX_POWER_LOW, Air, run_virtual, stay

CAPTURE = Path(__file__).parents[1] / "tests" / "captures" / "town.btsnoop"
_HEADER = b"btsnoop\0" + struct.pack(">II", 1, 1002)  # H4 (RFC 1761's layout, as Android and bumble write it)
_EPOCH_MICROSECONDS = 0x00DCDDB30F2F8000  # from the year 0 to 1970
_SPOTS = {"A": (0.0, 0.0), "B": (1.0, 0.0), "C": (3.0, 0.0), "D": (8.0, 0.0)}


class _Tap:
    """A packet sink that writes down what passes."""

    def __init__(self, sink: object, file: BinaryIO, clock: ScaledClock, flags: int) -> None:
        self._sink, self._file, self._clock, self._flags = sink, file, clock, flags

    def on_packet(self, packet: bytes) -> None:
        stamp = round(self._clock.now() * 1e6) + _EPOCH_MICROSECONDS
        self._file.write(struct.pack(">IIIIq", len(packet), len(packet), self._flags, 0, stamp) + packet)
        self._sink.on_packet(packet)  # type: ignore[attr-defined]


def record(file: BinaryIO, minutes: float = 20.0) -> int:
    """Write a capture of phone A into `file`; the number of beacons that A kept."""
    file.write(_HEADER)
    return run_virtual(lambda: _record(file, minutes))


async def _record(file: BinaryIO, minutes: float) -> int:
    seed, clock = SeededRandomness("capture"), ScaledClock(STORY_START.timestamp())
    air = Air(seed.child("air"))
    link = VirtualLink(air, clock=clock, randomness=seed.child("link"))
    phones = []
    for name, spot in _SPOTS.items():
        air.place(name, stay(spot, ()), tx_power=TX_POWER_LOW)
        controller = link.controller(name)

        async def connect(name: str = name, attach: object = controller.attach) -> Transport:
            transport: Transport = attach()  # type: ignore[operator]
            if name != "A":
                return transport
            transport.sink = _Tap(transport.sink, file, clock, 2)
            inner = transport.source.set_packet_sink

            def tapped(sink: object) -> None:
                inner(_Tap(sink, file, clock, 3))

            transport.source.set_packet_sink = tapped  # type: ignore[method-assign]
            return transport

        radio = BumbleRadio(connect, clock=clock, randomness=seed.child(name))
        # Long pauses keep the file small.
        duty = DutySettings(scan_gap=(500.0, 600.0))
        settings = PhoneSettings(duty=duty, tx_power=int(TX_POWER_LOW))
        phones.append(Phone(":memory:", radio, clock, seed.child(f"phone {name}"), None, settings))
    for phone in phones:
        await phone.start()
    await clock.sleep(60 * minutes)
    kept = phones[0].beacons_heard()
    for phone in phones:
        await phone.close()
    return kept


if __name__ == "__main__":
    with CAPTURE.open("wb") as capture:
        record(capture)
