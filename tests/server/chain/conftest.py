"""Chains over Hưng Yên's units, as a function of the records and through the whole application."""

import argon2
import pytest

from bluezone.server.accounts import Accounts
from bluezone.server.app import assemble
from bluezone.server.audit import Audit
from bluezone.server.casework import Casework
from bluezone.server.chain import Chain
from bluezone.server.desk import Desk
from tests.server.casework.support import officer, plant_province
from tests.server.support import keys_room


@pytest.fixture
def audit(core):
    return Audit(core)


@pytest.fixture
def chain(core, audit):
    plant_province(core)
    return Chain(Casework(core, audit))


@pytest.fixture
def me(core, chain):
    """A health officer of thành phố Hưng Yên."""
    return officer(core)


@pytest.fixture
def accounts(core):
    plant_province(core)
    room = Accounts(core, Audit(core), hasher=argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
    yield room
    room.stop()


@pytest.fixture
def app(core, accounts):
    return assemble(core, desk=Desk(core), keys=keys_room(core), accounts=accounts)
