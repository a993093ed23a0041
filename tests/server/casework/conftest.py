"""Casework over Hưng Yên's units, by its functions and by its pages."""

import asyncio
from contextlib import asynccontextmanager

import argon2
import pytest

from bluezone.server.accounts import Accounts
from bluezone.server.app import assemble
from bluezone.server.audit import Audit
from bluezone.server.casework import Casework
from bluezone.server.desk import Desk
from tests.server.accounts.browser import browser
from tests.server.accounts.support import join
from tests.server.casework.support import DISTRICT, officer, plant_province, seat_officer
from tests.server.support import keys_room

QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)


@pytest.fixture
def casework(core):
    plant_province(core)
    return Casework(core, Audit(core))


@pytest.fixture
def me(core, casework):
    """A health officer of thành phố Hưng Yên."""
    account = officer(core)
    seat_officer(core, account)
    return account


@pytest.fixture
def play(casework):
    """Runs `story(casework)`."""
    return lambda story: asyncio.run(story(casework))


@pytest.fixture
def accounts(core):
    plant_province(core)
    room = Accounts(core, Audit(core), hasher=QUICK)
    yield room
    room.stop()


@pytest.fixture
def app(core, accounts):
    """The whole application over this accounts room."""
    return assemble(core, desk=Desk(core), keys=keys_room(core), accounts=accounts)


@pytest.fixture
def seat(app, accounts):
    """Somebody signed in at a browser: `async with seat("an") as page`; `page.account` is theirs."""

    @asynccontextmanager
    async def sit(login="an", role="health_officer", unit=DISTRICT, name="Nguyễn Thị An"):
        member = await join(accounts, login, role, unit, name=name)
        async with browser(app, member.token) as page:
            page.account = (await member.session()).account
            yield page

    return sit


@pytest.fixture
def shared_core(core):
    """The province for properties that change nothing."""
    plant_province(core)
    return core
