"""The air of a town: how strongly one phone hears another, from where their owners are and how they stand.

Strength = transmit power - loss at 1 m - 10 n log10(distance) - bodies - walls + fading; the constants and their
sources are in docs/decisions/0007-town-air-model.md. Every number follows from the seed, the pair and the time, so the
order in which phones ask changes nothing.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bluezone.radio import Noise
from bluezone.randomness import Randomness

Point = tuple[float, float]
"""Metres east and north."""

Track = Callable[[float], Point]
"""Where somebody is at a Unix time."""

TX_POWER_LOW = -15.0
"""dBm; what Android sends at ADVERTISE_TX_POWER_LOW, which Exposure Notification uses (AOSP AdvertiseManager)."""

WALL_LOSS = 10.0
"""dB; an inner wall of brick at 2.4 GHz lies at 5 to 15."""

_NEAREST = 0.1  # metres; nearer than this the antennas are in each other's near field and the law no longer holds
_SLACK = 10.0  # metres that `reaches` allows for movement within the second it speaks for


@dataclass(frozen=True, slots=True)
class AirModel:
    """The constants, in dB unless said otherwise."""

    loss_at_one_metre: float = 41.0
    exponent: float = 2.5
    body_least: float = 4.0
    body_most: float = 20.0
    body_seconds: float = 300.0
    """How long people stand alike before they have turned, in seconds."""
    channel_fading: float = 4.0
    """Standard deviation between channels and places of standing waves."""
    fading_seconds: float = 10.0
    packet_fading: float = 1.5
    """Standard deviation between packets on one channel."""
    packet_loss: float = 0.02
    """Share of packets lost to collisions with other users of the band."""
    sensitivity: float = -100.0
    """dBm; weaker packets are not heard."""

    def mean_attenuation(self, metres: float) -> float:
        """The mean attenuation in dB between two people that far apart, without walls."""
        # The mean of the square of an evenly drawn number is a third.
        return self.path_loss(metres) + self.body_least + (self.body_most - self.body_least) / 3

    def path_loss(self, metres: float) -> float:
        """The loss of the distance alone."""
        return self.loss_at_one_metre + 10 * self.exponent * math.log10(max(metres, _NEAREST))


@dataclass(frozen=True, slots=True)
class Wall:
    """A straight wall from one point to another that costs `loss` dB."""

    start: Point
    end: Point
    loss: float = WALL_LOSS


def room(corner: Point, width: float, depth: float, loss: float = WALL_LOSS) -> tuple[Wall, ...]:
    """The four walls of a room that stretches `width` metres east and `depth` north of `corner`."""
    x, y = corner
    corners = [(x, y), (x + width, y), (x + width, y + depth), (x, y + depth)]
    return tuple(Wall(start, end, loss) for start, end in zip(corners, corners[1:] + corners[:1], strict=True))


def walk(waypoints: Iterable[tuple[float, Point]]) -> Track:
    """A straight walk at even speed from each (time, point) to the next; standing still before and after them.

    Raises ValueError without waypoints.
    """
    ordered = sorted(waypoints)
    if not ordered:
        raise ValueError("A walk needs at least one waypoint.")
    times = [time for time, _ in ordered]

    def track(time: float) -> Point:
        at = bisect.bisect_right(times, time)
        if at in {0, len(ordered)}:
            return ordered[max(0, at - 1)][1]
        (left, (x0, y0)), (right, (x1, y1)) = ordered[at - 1 : at + 1]
        share = (time - left) / (right - left)
        return x0 + share * (x1 - x0), y0 + share * (y1 - y0)

    return track


def stay(home: Point, stays: Iterable[tuple[float, float, Point]]) -> Track:
    """At each (start, end, point) from its start up to its end, at `home` otherwise; nobody is met on the way.

    Raises ValueError when two stays overlap.
    """
    ordered = sorted(stays)
    if any(earlier[1] > later[0] for earlier, later in itertools.pairwise(ordered)):
        raise ValueError("Nobody can be in two places at once; two stays overlap.")
    starts = [start for start, _, _ in ordered]

    def track(time: float) -> Point:
        at = bisect.bisect_right(starts, time) - 1
        return ordered[at][2] if at >= 0 and time < ordered[at][1] else home

    return track


class Air:
    """A `bluezone.radio.Medium` between people who move."""

    def __init__(self, randomness: Randomness, *, walls: Sequence[Wall] = (), model: AirModel | None = None) -> None:
        self.model = model or AirModel()
        self._walls = tuple(walls)
        self._noise = Noise(randomness)
        self._people: dict[str, tuple[Track, float]] = {}
        self._shadow = functools.lru_cache(maxsize=4096)(self._draw_shadow)
        self._standing_wave = functools.lru_cache(maxsize=4096)(self._draw_standing_wave)

    def place(self, name: str, track: Track, *, tx_power: float = TX_POWER_LOW) -> None:
        """Let the phone `name` be where `track` says, sending at `tx_power` dBm; a later call moves it."""
        self._people[name] = track, tx_power

    def position(self, name: str, time: float) -> Point:
        """Where the phone is."""
        return self._people[name][0](time)

    def distance(self, one: str, other: str, time: float) -> float:
        """Metres between two phones."""
        return math.dist(self.position(one, time), self.position(other, time))

    def rssi(self, sender: str, receiver: str, channel: int, time: float) -> float | None:
        """The strength in dBm of a packet on `channel` (37 to 39), or None when it is not heard.

        The path is the same both ways; packets differ.
        """
        model, noise = self.model, self._noise
        track, power = self._people[sender]
        here, there = track(time), self.position(receiver, time)
        pair = f"{sender}|{receiver}" if sender < receiver else f"{receiver}|{sender}"
        strength = (
            power
            - model.path_loss(math.dist(here, there))
            - self._body(pair, time)
            - self._wall_loss(here, there)
            + self._standing_wave(pair, channel, int(time / model.fading_seconds))
        )
        packet = f"{sender}>{receiver}"
        microseconds = round(time * 1e6)
        strength += noise.gauss(model.packet_fading, packet, microseconds)
        if strength < model.sensitivity or noise.unit(packet, microseconds, channel) < model.packet_loss:
            return None
        return strength

    def mean_rssi(self, one: str, other: str, time: float) -> float | None:
        """The strength in dBm at which the two hear each other in the mean, or None when that is too weak to hear."""
        here, there = self.position(one, time), self.position(other, time)
        strength = (
            self._people[one][1] - self.model.mean_attenuation(math.dist(here, there)) - self._wall_loss(here, there)
        )
        return strength if strength >= self.model.sensitivity else None

    def reaches(self, sender: str, receiver: str, time: float) -> bool:
        """Whether the sender is near enough to be heard at all, with four deviations of luck."""
        model = self.model
        luck = 4 * math.hypot(model.channel_fading, model.packet_fading)
        spare = self._people[sender][1] - model.sensitivity + luck - model.loss_at_one_metre - model.body_least
        return self.distance(sender, receiver, time) <= 10 ** (spare / (10 * model.exponent)) + _SLACK

    def _wall_loss(self, here: Point, there: Point) -> float:
        return sum(wall.loss for wall in self._walls if _crosses(here, there, wall.start, wall.end))

    def _body(self, pair: str, time: float) -> float:
        """The two bodies' loss, which changes slowly as people turn."""
        at, share = divmod(time / self.model.body_seconds, 1)
        return (1 - share) * self._shadow(pair, int(at)) + share * self._shadow(pair, int(at) + 1)

    def _draw_shadow(self, pair: str, bucket: int) -> float:
        # Squared: mostly little, now and then a whole body in between.
        drawn = self._noise.unit(f"body {pair}", bucket)
        return self.model.body_least + (self.model.body_most - self.model.body_least) * drawn * drawn

    def _draw_standing_wave(self, pair: str, channel: int, bucket: int) -> float:
        return self._noise.gauss(self.model.channel_fading, f"wave {pair}", channel, bucket)


def _crosses(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the open segments a-b and c-d cross."""
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Point, b: Point, c: Point) -> float:
    """Positive when c lies to the left of the way from a to b."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
