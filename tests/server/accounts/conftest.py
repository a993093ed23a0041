"""An accounts room over a small tree, and stories that people play in it."""

import asyncio

import argon2
import pytest

from bluezone.server.accounts import Accounts
from bluezone.server.app import assemble
from bluezone.server.audit import Audit
from bluezone.server.desk import Desk
from tests.server.accounts.support import plant
from tests.server.support import keys_room

QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
"""As the server's, but a thousand times cheaper; its real cost is tested once, in test_proofs."""


@pytest.fixture
def accounts(core):
    plant(core)
    room = Accounts(core, Audit(core), hasher=QUICK)
    yield room
    room.stop()


@pytest.fixture
def play(accounts):
    """Runs `story(accounts)`."""
    return lambda story: asyncio.run(story(accounts))


@pytest.fixture
def app(core, accounts):
    """The whole application over this accounts room."""
    return assemble(core, desk=Desk(core), keys=keys_room(core), accounts=accounts)


@pytest.fixture
def noted(core, accounts):
    """The actions in the audit log, oldest first."""
    return lambda: [
        entry.event.action
        for entry in reversed(core.database.read_now(lambda connection: accounts.audit.entries(connection, ["/"])))
    ]
