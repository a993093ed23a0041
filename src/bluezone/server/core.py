"""What every room is built on: settings, database, time, randomness and the secrets in files."""

from __future__ import annotations

from dataclasses import dataclass

from litestar.di import NamedDependency
from litestar.params import SkipValidation
from prometheus_client import CollectorRegistry

from bluezone.clock import Clock
from bluezone.randomness import Randomness
from bluezone.server.database import Database
from bluezone.server.secrets import SecretFiles
from bluezone.server.settings import Settings


@dataclass(frozen=True, slots=True)
class Core:
    """Handed to each room's service once, when the application is built."""

    settings: Settings
    database: Database
    clock: Clock
    randomness: Randomness
    secrets: SecretFiles
    registry: CollectorRegistry


CoreParameter = NamedDependency[SkipValidation[Core]]
"""The type of a handler's parameter `core`."""
