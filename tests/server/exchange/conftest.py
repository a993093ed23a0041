"""An exchange room over Hưng Yên's units, and officers with real accounts."""

import asyncio

import pytest

from bluezone.server.exchange.service import Exchange
from tests.server.casework.conftest import casework  # noqa: F401
from tests.server.exchange.support import plant_officer


@pytest.fixture
def exchange(casework):  # noqa: F811
    return Exchange(casework)


@pytest.fixture
def me(core, exchange):
    """A health officer of thành phố Hưng Yên."""
    return plant_officer(core)


@pytest.fixture
def play(exchange):
    """Runs `story(exchange)`."""
    return lambda story: asyncio.run(story(exchange))
