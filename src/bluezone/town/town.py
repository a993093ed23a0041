"""Six phones in one air, each a whole phone: its own store, keys, Bluetooth host and controller, and connection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bluezone.clock import Clock
from bluezone.phone import Phone, PhoneSettings, ServerClient
from bluezone.protocol import find_beacon
from bluezone.radio import Radio, Report, VirtualController, VirtualLink
from bluezone.randomness import SeededRandomness
from bluezone.town.air import TX_POWER_LOW, Air, Point, Wall, stay
from bluezone.town.schedule import HOMES, PEOPLE, Person, Stay
from bluezone.town.wiretap import Wiretap

SETTINGS = PhoneSettings(tx_power=int(TX_POWER_LOW))


@dataclass(slots=True)
class WitnessedRadio:
    """A `Radio` that passes everything on and remembers which identifiers it sent and heard, as the town's witness.

    `on_scan` is told what each scan heard.
    """

    radio: Radio
    sent: set[bytes] = field(default_factory=set)
    heard: set[bytes] = field(default_factory=set)
    on_scan: Callable[[list[Report]], None] | None = None

    async def open(self) -> None:
        await self.radio.open()

    async def advertise(self, data: bytes) -> None:
        await self.radio.advertise(data)
        self.sent |= identifiers([data])

    async def silence(self) -> None:
        await self.radio.silence()

    async def scan(self, seconds: float) -> list[Report]:
        reports = await self.radio.scan(seconds)
        self.heard |= identifiers(report.data for report in reports)
        if self.on_scan is not None:
            self.on_scan(reports)
        return reports

    async def close(self) -> None:
        await self.radio.close()


def identifiers(advertisements: Iterable[bytes]) -> set[bytes]:
    """The rolling identifiers in these advertisements; what is no beacon has none."""
    return {beacon.identifier for data in advertisements if (beacon := find_beacon(data)) is not None}


@dataclass(frozen=True, slots=True)
class Resident:
    """A person, their phone, its controller, its radio with the witness, and what it sent to the server."""

    person: Person
    phone: Phone
    controller: VirtualController
    radio: WitnessedRadio
    wiretap: Wiretap

    def heard(self, other: Resident) -> bool:
        """Whether this phone heard any identifier of the other's."""
        return not self.radio.heard.isdisjoint(other.radio.sent)


class Town:
    """The six residents. Made inside a running event loop; `folder` keeps one store a phone.

    Who has no stay is at home; `homes` and `walls` are in metres. `transport` reaches the server: in process for a
    story in virtual time, over TCP for a town that goes on living.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock,
        randomness: SeededRandomness,
        server: str,
        transport: httpx.AsyncBaseTransport,
        stays: Iterable[Stay] = (),
        homes: Mapping[str, Point] = HOMES,
        walls: Sequence[Wall] = (),
    ) -> None:
        self.air = Air(randomness.child("air"), walls=walls)
        self.link = VirtualLink(self.air, clock=clock, randomness=randomness.child("link"))
        self.residents: dict[str, Resident] = {}
        visits = list(stays)
        for person in PEOPLE:
            own = [(visit.start, visit.end, visit.spot) for visit in visits if visit.person == person.key]
            self.air.place(person.key, stay(homes[person.key], own), tx_power=TX_POWER_LOW)
            controller = self.link.controller(person.key)
            source = randomness.child(person.key)
            wiretap = Wiretap(transport)
            radio = WitnessedRadio(controller.radio(clock=clock, randomness=source.child("radio")))
            phone = Phone(
                folder / f"{person.key}.sqlite",
                radio,
                clock,
                source.child("phone"),
                ServerClient(server, wiretap),
                SETTINGS,
            )
            self.residents[person.key] = Resident(person, phone, controller, radio, wiretap)

    def phone(self, key: str) -> Phone:
        return self.residents[key].phone

    async def start(self) -> None:
        for resident in self.residents.values():
            await resident.phone.start()

    async def close(self) -> None:
        """Stop every phone and close its store; raises what a phone died of, after all are closed."""
        failures: list[Exception] = []
        for resident in self.residents.values():
            try:
                await resident.phone.close()
            except Exception as error:
                failures.append(error)
        if failures:
            raise ExceptionGroup("A phone of the town failed.", failures)

    def contacts_stayed_home(self) -> bool:
        """Whether no identifier that any phone heard is in anything that any phone sent."""
        heard = set().union(*(resident.radio.heard for resident in self.residents.values()))
        return not any(resident.wiretap.betrays(heard) for resident in self.residents.values())
