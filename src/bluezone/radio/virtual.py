"""Virtual controllers on one link: what bumble's own lack for phones that beacon and listen.

bumble's virtual controller puts only connectable advertisers on its link, reports each advertisement twice at one fixed
strength, reads the advertising interval in milliseconds and ignores scan windows. These subclasses send non-connectable
advertising, report each PDU once with the strength that the medium gives it, count time as the Core specification does,
and follow the clock they are given, real, scaled or virtual.

An advertiser's instants are a function of its start, so nothing happens while nobody listens: PDUs are put together
only for controllers that scan, and only those that the medium lets through.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from bumble import hci, ll
from bumble.controller import Controller, LegacyAdvertiser
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink, BaseSource, Transport

from bluezone.clock import Clock
from bluezone.radio.bumble_radio import BumbleRadio, Timing
from bluezone.radio.errors import RadioUnavailable
from bluezone.radio.noise import Noise
from bluezone.randomness import Randomness

CHANNELS = (37, 38, 39)
_SLOT = 0.000625  # seconds (Core specification vol 4, part E, 7.8)
_DELAY = 0.01  # seconds; each advertising event is late by up to this, at random (vol 6, part B, 4.4.2.2.1: advDelay)
_AHEAD = 1.0  # seconds for which a scanning controller looks ahead; the medium may change as often
_BEHIND = 5.0  # seconds of PDUs that are still delivered when the process fell behind its clock or the clock jumped


class Medium(Protocol):
    """What lies between the antennas. Answers depend on the arguments alone."""

    def rssi(self, sender: str, receiver: str, channel: int, time: float) -> float | None:
        """The strength in dBm at which a PDU of `sender` reaches `receiver`, or None when it is not heard."""
        ...

    def reaches(self, sender: str, receiver: str, time: float) -> bool:
        """Whether `receiver` might hear `sender` within a second of `time`; False spares all further questions."""
        ...


@dataclass(frozen=True, slots=True)
class OneRoom:
    """A medium in which everybody hears everybody at one strength, in dBm."""

    strength: float = -60.0

    def rssi(self, sender: str, receiver: str, channel: int, time: float) -> float | None:  # noqa: ARG002 - the seam
        return self.strength

    def reaches(self, sender: str, receiver: str, time: float) -> bool:  # noqa: ARG002 - the seam
        return True


class VirtualLink(LocalLink):
    """The air that virtual controllers share. Made inside a running event loop."""

    def __init__(self, medium: Medium, *, clock: Clock, randomness: Randomness) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.medium = medium
        self.clock = clock
        self.noise = Noise(randomness)
        # A dictionary where bumble keeps a set: the order of a set of objects changes from run to run.
        self._members: dict[str, VirtualController] = {}

    def controller(self, name: str) -> VirtualController:
        """A new controller on this link; raises ValueError when the name is taken."""
        if name in self._members:
            raise ValueError(f"A controller named {name} is on this link already; choose another name.")
        member = self._members[name] = VirtualController(name, self)
        return member

    def remove(self, controller: VirtualController) -> None:
        """Take a controller off the link for good; its host loses it."""
        controller.unplug()
        self.remove_controller(controller)
        del self._members[controller.name]

    def advertisers_near(self, receiver: VirtualController, time: float) -> list[VirtualAdvertiser]:
        """Everybody on air whom `receiver` might hear within a second of `time`, in the order of their joining."""
        return [
            member.advertiser
            for member in self._members.values()
            if member.advertiser.enabled
            and member is not receiver
            and self.medium.reaches(member.name, receiver.name, time)
        ]

    def on_advertising_changed(self) -> None:
        """Let those who listen look again at who is on air."""
        for member in self._members.values():
            member.look_again()


class VirtualAdvertiser(LegacyAdvertiser):
    """An advertiser of any legacy type whose instants follow from its start."""

    started = 0.0

    def __init__(self, controller: VirtualController, link: VirtualLink) -> None:
        super().__init__(controller)
        self._name = controller.name
        self._air = link

    def start(self) -> None:
        self.started = self._air.clock.now()
        self.enabled = True
        self._air.on_advertising_changed()

    def stop(self) -> None:
        self.enabled = False

    def instants(self, after: float, until: float) -> Iterator[float]:
        """The times of advertising events later than `after`, up to `until`.

        The random delays of the events do not add up here as they do on air, so that any event can be known without
        those before it; their mean is in the period.
        """
        period = self.advertising_interval_min * _SLOT + _DELAY / 2
        event = max(0, math.ceil((after - self.started - _DELAY) / period))
        started_us = round(self.started * 1e6)
        while (earliest := self.started + event * period) <= until:
            instant = earliest + _DELAY * self._air.noise.unit(self._name, started_us, event)
            if after < instant <= until:
                yield instant
            event += 1

    def pdu(self) -> ll.AdvInd | ll.AdvNonConnInd:
        """The advertisement as it stands now."""
        kinds = hci.HCI_LE_Set_Advertising_Parameters_Command.AdvertisingType
        make = ll.AdvInd if self.advertising_type == kinds.ADV_IND else ll.AdvNonConnInd
        return make(self.address, self.advertising_data)


class VirtualController(Controller):
    """bumble's virtual controller with the air of a `VirtualLink`; legacy advertising and scanning only."""

    # A controller of Bluetooth 4.2: its host uses the legacy commands and gets legacy reports.
    hci_version = hci.HCI_VERSION_BLUETOOTH_CORE_4_2
    lmp_version = hci.HCI_VERSION_BLUETOOTH_CORE_4_2
    le_features = hci.LeFeatureMask.LE_ENCRYPTION

    def __init__(self, name: str, link: VirtualLink) -> None:
        super().__init__(name, link=link)
        self._air = link
        self.advertiser = self.le_legacy_advertiser = VirtualAdvertiser(self, link)
        self._cable: _Cable | None = None
        self._plugged = True
        self._listening: asyncio.Task[None] | None = None
        self._scan_started = 0.0
        self._heard_until = 0.0
        self._heard_addresses: set[hci.Address] = set()

    def attach(self) -> Transport:
        """The host's end of this controller, which leaves any earlier host; raises RadioUnavailable while unplugged."""
        if not self._plugged:
            raise RadioUnavailable(f"The radio {self.name} is unplugged; plug it in.")
        self._cable = _Cable()
        self.set_packet_sink(self._cable)
        return Transport(self._cable, AsyncPipeSink(self))

    def radio(self, *, clock: Clock, randomness: Randomness, timing: Timing | None = None) -> BumbleRadio:
        """A phone's radio over this controller; `clock` is the phone's own, which may be wrong."""

        async def connect() -> Transport:
            return self.attach()

        return BumbleRadio(connect, clock=clock, randomness=randomness, timing=timing)

    def unplug(self) -> None:
        """Vanish in the middle of whatever is going on."""
        self._plugged = False
        self.power_off()
        cable, self._cable = self._cable, None
        self.set_packet_sink(None)
        if cable is not None:
            cable.on_transport_lost()

    def plug_in(self) -> None:
        """Be there again, silent."""
        self._plugged = True

    def power_off(self) -> None:
        """Stop sending and listening and forget address and data."""
        self.advertiser.stop()
        self.advertiser.advertising_data = b""
        self.random_address = hci.Address.ANY_RANDOM
        self._stop_listening()

    # From the host.

    def on_packet(self, packet: bytes) -> None:
        if self._plugged:
            super().on_packet(packet)

    def on_hci_packet(self, packet: hci.HCI_Packet) -> None:
        # Past bumble's debug line, which costs more than the command.
        if isinstance(packet, hci.HCI_Command):
            self.on_hci_command_packet(packet)
        else:
            super().on_hci_packet(packet)

    def send_hci_packet(self, packet: hci.HCI_Packet) -> None:
        self._send(bytes(packet))

    def on_hci_reset_command(self, command: hci.HCI_Reset_Command) -> hci.HCI_StatusReturnParameters:
        self.power_off()
        return super().on_hci_reset_command(command)

    def on_hci_le_set_random_address_command(
        self, command: hci.HCI_LE_Set_Random_Address_Command
    ) -> hci.HCI_StatusReturnParameters:
        if self.advertiser.enabled or self.le_scan_enable:  # Core specification vol 4, part E, 7.8.4
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        return super().on_hci_le_set_random_address_command(command)

    def on_hci_le_set_advertising_parameters_command(
        self, command: hci.HCI_LE_Set_Advertising_Parameters_Command
    ) -> hci.HCI_StatusReturnParameters:
        if self.advertiser.enabled:  # Core specification vol 4, part E, 7.8.5
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        return super().on_hci_le_set_advertising_parameters_command(command)

    def on_hci_le_set_scan_enable_command(
        self, command: hci.HCI_LE_Set_Scan_Enable_Command
    ) -> hci.HCI_StatusReturnParameters:
        self._stop_listening()
        result = super().on_hci_le_set_scan_enable_command(command)
        if self.le_scan_enable:
            self._scan_started = self._heard_until = self._air.clock.now()
            self._listening = asyncio.get_running_loop().create_task(self._listen())
        return result

    # From the air.

    def look_again(self) -> None:
        """Take into account who is on air now, if listening."""
        if self._listening is not None:
            self._listening.cancel()
            self._listening = asyncio.get_running_loop().create_task(self._listen())

    def _stop_listening(self) -> None:
        self.le_scan_enable = False
        self._heard_addresses.clear()
        if self._listening is not None:
            self._listening.cancel()
            self._listening = None

    async def _listen(self) -> None:
        """Hear what comes while scanning is enabled, looking a second ahead at a time."""
        clock = self._air.clock
        while True:
            now = clock.now()
            self._heard_until = max(self._heard_until, now - _BEHIND)
            end = now + _AHEAD
            for instant, advertiser, strength in self._audible(self._heard_until, end):
                if (left := instant - clock.now()) > 0:
                    await clock.sleep(left)
                self._heard_until = instant
                self._hear(advertiser, strength)
            await clock.sleep(end - clock.now())
            self._heard_until = end

    def _audible(self, after: float, until: float) -> list[tuple[float, VirtualAdvertiser, float]]:
        """The (time, sender, dBm) of what will be heard, earliest first."""
        rssi = self._air.medium.rssi
        audible = []
        for advertiser in self._air.advertisers_near(self, until):
            sender = advertiser.controller.name
            for instant in advertiser.instants(after, until):
                channel = self._channel(instant)
                if channel and (strength := rssi(sender, self.name, channel, instant)) is not None:
                    audible.append((instant, advertiser, strength))
        audible.sort(key=lambda heard: heard[0])
        return audible

    def _channel(self, time: float) -> int | None:
        """The channel listened to at `time`: another one each scan interval, none outside the window.

        An advertising event visits all three channels within a few milliseconds, so one that falls into a window is
        heard once (Core specification vol 6, part B, 4.4.3).
        """
        interval, inside = divmod(time - self._scan_started, self.le_scan_interval * _SLOT)
        return CHANNELS[int(interval) % len(CHANNELS)] if inside < self.le_scan_window * _SLOT else None

    def _hear(self, advertiser: VirtualAdvertiser, strength: float) -> None:
        if not advertiser.enabled:
            return
        pdu = advertiser.pdu()
        if self.filter_duplicates:
            if pdu.advertiser_address in self._heard_addresses:
                return
            self._heard_addresses.add(pdu.advertiser_address)
        kinds = hci.HCI_LE_Advertising_Report_Event.EventType
        kind = kinds.ADV_IND if isinstance(pdu, ll.AdvInd) else kinds.ADV_NONCONN_IND
        # An LE Advertising Report with one report (Core specification vol 4, part E, 7.7.65.2), as bytes: going through
        # bumble's event objects takes five times as long and says the same.
        address = pdu.advertiser_address
        report = (
            bytes([hci.HCI_LE_ADVERTISING_REPORT_EVENT, 1, kind, address.address_type])
            + bytes(address)
            + bytes([len(pdu.data)])
            + pdu.data
            + max(-127, min(20, round(strength))).to_bytes(1, "little", signed=True)
        )
        self._send(bytes([hci.HCI_EVENT_PACKET, hci.HCI_LE_META_EVENT, len(report)]) + report)

    def _send(self, packet: bytes) -> None:
        if self.hci_sink is not None:
            asyncio.get_running_loop().call_soon(self.hci_sink.on_packet, packet)


class _Cable(BaseSource):
    """Carries packets from a controller to the host that is connected last."""

    def on_packet(self, packet: bytes) -> None:
        if self.sink is not None:
            self.sink.on_packet(packet)
