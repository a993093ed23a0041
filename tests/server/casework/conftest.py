"""Casework over Hưng Yên's units."""

import asyncio

import pytest

from bluezone.server.audit import Audit
from bluezone.server.casework import Casework
from tests.server.casework.support import officer, plant_province


@pytest.fixture
def casework(core):
    plant_province(core)
    return Casework(core, Audit(core))


@pytest.fixture
def me(core, casework):
    """A health officer of thành phố Hưng Yên."""
    return officer(core)


@pytest.fixture
def play(casework):
    """Runs `story(casework)`."""
    return lambda story: asyncio.run(story(casework))
