"""Codes as the province issues them, signed with the key that the test's server shows to phones."""

from __future__ import annotations

from datetime import date

from cryptography.hazmat.primitives.asymmetric import ec

from bluezone.protocol.place import PlaceCode, PlaceKind, write_place_code
from bluezone.randomness import SystemRandomness
from bluezone.server.secrets import SecretFiles
from tests.e2e.world import World

HOST = "bluezone.example"


def province_key(world: World) -> ec.EllipticCurvePrivateKey:
    """The private key behind the configuration that phones trust."""
    return SecretFiles(world.settings.data_dir, SystemRandomness()).p256(world.settings.signing_key)


def place_link(world: World, name: str) -> str:
    """The link on the sheet of a market."""
    place = PlaceCode(
        name=name,
        address="Thị trấn Văn Giang",
        unit="VG-01",
        kind=PlaceKind.MARKET,
        valid_from=date(2020, 8, 1),
        valid_until=date(2020, 12, 31),
        default_stay_minutes=90,
        seed=bytes(16),
        server_key=bytes(range(32)),
        issued=date(2020, 8, 1),
    )
    return write_place_code(place, key=province_key(world), host=HOST)
