"""Real Bluetooth hardware, or a town's controller in another process: any transport that bumble opens."""

from __future__ import annotations

from bumble.transport import open_transport
from bumble.transport.common import Transport

from bluezone.clock import Clock
from bluezone.radio.bumble_radio import BumbleRadio, Timing
from bluezone.radio.errors import RadioSpecInvalid
from bluezone.radio.seam import Radio
from bluezone.randomness import Randomness

_PREFIX = "hci:"
TRANSPORTS = (
    "android-netsim", "hci-socket", "pty", "pyusb", "serial", "tcp-client", "tcp-server", "udp", "unix", "unix-client",
    "unix-server", "usb", "vhci", "ws-client", "ws-server",
)  # fmt: skip
"""The kinds of bumble transport that a live radio can sit behind."""


def open_radio(spec: str, *, clock: Clock, randomness: Randomness, timing: Timing | None = None) -> Radio:
    """The radio that `spec` names: "hci:" and a bumble transport, as in "hci:usb:0" or "hci:tcp-client:127.0.0.1:9001".

    Nothing is touched until its `open`. Raises RadioSpecInvalid when the text names no transport.
    """
    transport = spec.removeprefix(_PREFIX)
    if transport == spec or transport.split(":", 1)[0] not in TRANSPORTS:
        raise RadioSpecInvalid(
            f'"{spec}" names no radio; write for example hci:usb:0, hci:hci-socket:0 or hci:tcp-client:127.0.0.1:9001.'
        )

    async def connect() -> Transport:
        return await open_transport(transport)

    return BumbleRadio(connect, clock=clock, randomness=randomness, timing=timing)
