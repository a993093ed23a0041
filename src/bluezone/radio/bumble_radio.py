"""A phone's radio over any controller that bumble reaches: one host, legacy advertising, passive scanning."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bumble import hci
from bumble.core import BaseBumbleError
from bumble.transport.common import Transport

from bluezone.clock import Clock
from bluezone.radio._host import RadioHost
from bluezone.radio.errors import AdvertisementTooLong, RadioUnavailable
from bluezone.radio.seam import Report
from bluezone.randomness import Randomness

MAX_DATA_BYTES = 31
_SLOT = 0.000625  # seconds; advertising and scan intervals are counted in these (Core specification vol 4, part E, 7.8)
_OPEN_SECONDS = 10.0  # a dongle that loads its firmware takes a few seconds
_ANSWER_SECONDS = 3.0  # controllers answer within milliseconds; a second is common only right after a reset
_ALL_CHANNELS = 0b111

Connect = Callable[[], Awaitable[Transport]]


@dataclass(frozen=True, slots=True)
class Timing:
    """How a radio divides its time, in seconds.

    A beacon every `advertising_interval` (200-270 ms, Bluetooth specification 1.2); while `scan` runs, listening
    `scan_window` out of every `scan_interval`, one advertising channel each (all of it: half-heard windows would be
    counted as silence).
    Raises ValueError outside what the Core specification allows (vol 4, part E, 7.8.5 and 7.8.10).
    """

    advertising_interval: float = 0.25
    scan_interval: float = 0.1
    scan_window: float = 0.1

    def __post_init__(self) -> None:
        if not 0.1 <= self.advertising_interval <= 10.24:
            raise ValueError(f"Advertising intervals lie between 0.1 and 10.24 s, not at {self.advertising_interval}.")
        if not 0.0025 <= self.scan_window <= self.scan_interval <= 10.24:
            raise ValueError(
                f"Scan window and interval lie between 0.0025 and 10.24 s, the window inside the interval;"
                f" {self.scan_window} in {self.scan_interval} is not."
            )


class BumbleRadio:
    """The `Radio` that a bumble host makes of a controller reached by `connect`.

    `connect` opens the transport anew each time; what it raises becomes RadioUnavailable. Time-outs towards the
    controller are counted by the event loop; scan time and reports by `clock`.
    """

    def __init__(self, connect: Connect, *, clock: Clock, randomness: Randomness, timing: Timing | None = None) -> None:
        self._connect = connect
        self._clock = clock
        self._randomness = randomness
        self._timing = timing or Timing()
        self._host: RadioHost | None = None
        self._transport: Transport | None = None
        # Commands of one purpose stay together: a scan that ends while an identifier changes must not come between.
        self._lock = asyncio.Lock()
        self._scanning = False

    async def open(self) -> None:
        await self.close()
        try:
            async with asyncio.timeout(_OPEN_SECONDS):
                transport = self._transport = await self._connect()
                host = RadioHost()
                host.set_packet_source(transport.source)
                host.set_packet_sink(transport.sink)
                await _seen_through(host.reset())
        except RadioUnavailable:
            await self.close()
            raise
        # Each transport has errors of its own (usb1, serial, sockets, gRPC), with nothing above them but Exception.
        except Exception as error:
            await self.close()
            raise RadioUnavailable(f"The radio did not open ({_reason(error)}); plug it in or free it.") from error
        self._host = host
        async with self._lock:
            await self._command(
                hci.HCI_LE_Set_Advertising_Parameters_Command(
                    advertising_interval_min=_slots(self._timing.advertising_interval),
                    advertising_interval_max=_slots(self._timing.advertising_interval),
                    advertising_type=hci.HCI_LE_Set_Advertising_Parameters_Command.AdvertisingType.ADV_NONCONN_IND,
                    own_address_type=hci.OwnAddressType.RANDOM,
                    peer_address_type=hci.Address.PUBLIC_DEVICE_ADDRESS,
                    peer_address=hci.Address.ANY,
                    advertising_channel_map=_ALL_CHANNELS,
                    advertising_filter_policy=0,
                ),
                hci.HCI_LE_Set_Scan_Parameters_Command(
                    le_scan_type=hci.HCI_LE_Set_Scan_Parameters_Command.PASSIVE_SCANNING,
                    le_scan_interval=_slots(self._timing.scan_interval),
                    le_scan_window=_slots(self._timing.scan_window),
                    # A passive scanner never sends, so this address never shows.
                    own_address_type=hci.OwnAddressType.PUBLIC,
                    scanning_filter_policy=hci.HCI_LE_Set_Scan_Parameters_Command.BASIC_UNFILTERED_POLICY,
                ),
            )

    async def advertise(self, data: bytes) -> None:
        """See `Radio.advertise`; raises AdvertisementTooLong above 31 bytes."""
        if len(data) > MAX_DATA_BYTES:
            raise AdvertisementTooLong(f"An advertisement holds {MAX_DATA_BYTES} bytes, not {len(data)}; shorten it.")
        async with self._lock:
            # A controller takes a new address only while it neither sends nor scans (Core specification vol 4,
            # part E, 7.8.4). Off before, on after: whatever fails in between leaves silence, never a mixture.
            if self._scanning:
                await self._command(_scan(False))
            await self._command(
                _advertising(False),
                hci.HCI_LE_Set_Random_Address_Command(random_address=self._new_address()),
                hci.HCI_LE_Set_Advertising_Data_Command(advertising_data=data),
                _advertising(True),
            )
            if self._scanning:
                await self._command(_scan(True))

    async def silence(self) -> None:
        async with self._lock:
            await self._command(_advertising(False))

    async def scan(self, seconds: float) -> list[Report]:
        host = self._running()
        reports: list[Report] = []

        def heard(address: bytes, rssi: int, data: bytes) -> None:
            reports.append(Report(address.hex(":").upper(), rssi, data, self._clock.now()))

        try:
            async with self._lock:
                self._scanning = True
                host.heard = heard
                await self._command(_scan(True))
            await self._listen(seconds)
        finally:
            self._scanning = False
            host.heard = None
            with suppress(RadioUnavailable):
                async with self._lock:
                    await self._command(_scan(False))
        self._running()
        return reports

    async def close(self) -> None:
        # A controller left alone would go on sending the last identifier for as long as it has power.
        with suppress(RadioUnavailable):
            await self.silence()
        transport, self._transport, self._host = self._transport, None, None
        if transport is not None:
            # What a transport raises on the way out changes nothing: it is let go of either way.
            with suppress(Exception):
                transport.source.set_packet_sink(_Nobody())
                await transport.close()

    async def _listen(self, seconds: float) -> None:
        """Wait `seconds` of the clock, or less when the radio is lost."""
        assert self._transport is not None
        waiting = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait({waiting, self._transport.source.terminated}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()

    def _running(self) -> RadioHost:
        if self._host is None or self._transport is None:
            raise RadioUnavailable("The radio is not open; open it first.")
        if self._transport.source.terminated.done():
            raise RadioUnavailable("The radio is gone; plug it in and open it again.")
        return self._host

    async def _command(self, *commands: hci.HCI_SyncCommand[hci.HCI_StatusReturnParameters]) -> None:
        for command in commands:
            try:
                await _seen_through(self._running().send_sync_command(command, response_timeout=_ANSWER_SECONDS))
            except (BaseBumbleError, OSError) as error:
                raise RadioUnavailable(
                    f"The radio did not take a command ({_reason(error)}); open it again."
                ) from error

    def _new_address(self) -> hci.Address:
        """A random non-resolvable private address (Core specification vol 6, part B, 1.3.2.2)."""
        while True:
            address = bytearray(self._randomness.token_bytes(6))
            address[5] &= 0b00111111
            # At least one bit of the random part is 0 and one is 1.
            if any(address) and address != b"\xff\xff\xff\xff\xff\x3f":
                return hci.Address(bytes(address), hci.Address.RANDOM_DEVICE_ADDRESS)


async def _seen_through(exchange: Coroutine[Any, Any, object]) -> None:
    """Wait for an exchange with the controller; who is cancelled meanwhile leaves when it has ended.

    Left in the middle, bumble would meet the answer unprepared; and when answer and cancellation come together, the
    `asyncio.wait_for` that it waits with forgets the cancellation (Python before 3.12).
    """
    task = asyncio.ensure_future(exchange)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=_ANSWER_SECONDS)
        if not task.cancel() and not task.cancelled():
            task.exception()  # nobody is left to be told
        raise


class _Nobody:
    """Takes the packets of a transport that was let go of."""

    def on_packet(self, packet: bytes) -> None:
        pass


def _advertising(on: bool) -> hci.HCI_LE_Set_Advertising_Enable_Command:
    return hci.HCI_LE_Set_Advertising_Enable_Command(advertising_enable=int(on))


def _scan(on: bool) -> hci.HCI_LE_Set_Scan_Enable_Command:
    # Every advertisement counts, not each address once: the strength of each says something about the distance.
    return hci.HCI_LE_Set_Scan_Enable_Command(le_scan_enable=int(on), filter_duplicates=0)


def _slots(seconds: float) -> int:
    return round(seconds / _SLOT)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
