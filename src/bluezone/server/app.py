"""The web application: the only place that knows all rooms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components
from prometheus_client import CollectorRegistry

import bluezone
from bluezone.clock import Clock, RealClock
from bluezone.randomness import Randomness, SystemRandomness
from bluezone.server import keys as keys_room
from bluezone.server.accounts import Accounts, accounts_router, note_denied
from bluezone.server.answers import answer_error, header_adder
from bluezone.server.audit import Audit
from bluezone.server.casework import Casework
from bluezone.server.casework.codes import Codes
from bluezone.server.casework.codes_routes import codes_router
from bluezone.server.casework.routes import casework_router
from bluezone.server.chain import Chain, chain_router
from bluezone.server.core import Core
from bluezone.server.database import Database
from bluezone.server.desk import SECURITY_SCHEMES, Desk, desk_router
from bluezone.server.desk.limits import client_address
from bluezone.server.exchange.routes import exchange_router
from bluezone.server.exchange.service import Exchange
from bluezone.server.followup import FollowUp, followup_router
from bluezone.server.gates import Gates, device_handlers, gates_router
from bluezone.server.guidance import GuidanceService, guidance_router
from bluezone.server.health import healthz, metrics
from bluezone.server.home import Home
from bluezone.server.home import handlers as home_handlers
from bluezone.server.jobs import Job, JobRunner
from bluezone.server.keys import Keys
from bluezone.server.messages import MessagesService
from bluezone.server.pages import Pages, static_file
from bluezone.server.places import Places, places_router, public_router
from bluezone.server.secrets import SecretFiles
from bluezone.server.settings import Settings
from bluezone.server.stored import PublicLedger

PAGES = ("home", "accounts", "chain", "casework", "followup", "exchange", "gates", "places")
"""The rooms that have pages."""


def create_core(settings: Settings, *, clock: Clock | None = None, randomness: Randomness | None = None) -> Core:
    """The ground of all rooms; the database is not touched yet."""
    randomness = randomness or SystemRandomness()
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Core(
        settings=settings,
        database=Database(settings.database, connections=settings.database_connections),
        clock=clock or RealClock(),
        randomness=randomness,
        secrets=SecretFiles(settings.data_dir, randomness),
        registry=CollectorRegistry(),
    )


def create_app(settings: Settings, *, clock: Clock | None = None, randomness: Randomness | None = None) -> Litestar:
    """The application over one database; starting it brings the tables up to date and starts the jobs.

    Raises SettingsInvalid when a secret file or a document that the settings name cannot be used.
    """
    return _application(Rooms.over(create_core(settings, clock=clock, randomness=randomness)))


def create_runner(core: Core) -> JobRunner:
    """The recurring jobs of every room, for a command that does some of them beside a running server or without one."""
    return JobRunner(core, Rooms.over(core).jobs())


def assemble(core: Core, *, desk: Desk, keys: Keys, accounts: Accounts | None = None) -> Litestar:
    """The application of these rooms; the others are made."""
    return _application(Rooms.over(core, desk=desk, keys=keys, accounts=accounts))


@dataclass(frozen=True, slots=True)
class Rooms:
    """The services of every room that has one, over one ground."""

    core: Core
    desk: Desk
    keys: Keys
    accounts: Accounts
    guidance: GuidanceService
    casework: Casework
    messages: MessagesService
    codes: Codes
    follow_up: FollowUp
    exchange: Exchange
    gates: Gates
    places: Places

    @classmethod
    def over(
        cls, core: Core, *, desk: Desk | None = None, keys: Keys | None = None, accounts: Accounts | None = None
    ) -> Self:
        """Rooms that are not given are made."""
        desk = desk or Desk(core)
        keys = keys or Keys(core, verifier=desk.certificate_verifier, note_published=desk.note_published)
        accounts = accounts or Accounts(core, Audit(core))
        guidance = GuidanceService(
            core, signer=keys.signer, check_api_key=desk.check_api_key, client_address=client_address
        )
        casework, messages = Casework(core, accounts.audit), MessagesService(core)
        codes = Codes(core, casework, desk, messages)
        follow_up = FollowUp(casework)
        gates = Gates(core, accounts.audit, keys.signer.private_key)
        exchange = Exchange(casework)
        places = Places(casework, keys.signer)
        return cls(core, desk, keys, accounts, guidance, casework, messages, codes, follow_up, exchange, gates, places)

    def jobs(self) -> list[Job]:
        rooms = (
            self.keys,
            self.desk,
            self.guidance,
            self.accounts.audit,
            self.accounts,
            self.casework,
            self.messages,
            self.codes,
            self.follow_up,
            self.exchange,
            self.gates,
            self.places,
        )
        return [job for room in rooms for job in room.jobs()]


def _application(rooms: Rooms) -> Litestar:
    core, desk, keys, accounts = rooms.core, rooms.desk, rooms.keys, rooms.accounts
    pages = Pages(PAGES)
    runner = JobRunner(core, rooms.jobs())
    publish_profile = keys_room.publish_profile(keys)

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        core.database.migrate()
        if core.settings.run_jobs:
            runner.start()
        try:
            yield
        finally:
            await runner.stop()
            await desk.stop()
            await rooms.exchange.stop()
            accounts.stop()
            await core.database.close()

    return Litestar(
        route_handlers=[
            healthz,
            metrics,
            static_file,
            *home_handlers,
            *keys_room.handlers,
            desk_router(desk),
            guidance_router(rooms.guidance),
            accounts_router(accounts, client_address=client_address),
            casework_router(accounts, rooms.casework, client_address=client_address),
            codes_router(accounts, rooms.codes, client_address=client_address),
            followup_router(accounts, rooms.follow_up, client_address=client_address),
            chain_router(Chain(rooms.casework), accounts, client_address=client_address),
            exchange_router(accounts, rooms.exchange, client_address=client_address),
            *device_handlers,
            gates_router(accounts, rooms.gates, client_address=client_address),
            places_router(accounts, rooms.places, client_address=client_address),
            public_router(rooms.places),
        ],
        lifespan=[lifespan],
        dependencies={
            "core": _always(core),
            "keys": _always(keys),
            "gates": _always(rooms.gates),
            "publish_profile": _always(publish_profile),
            "pages": _always(pages),
            "home": _always(Home(core, keys, PublicLedger(core))),
        },
        state=State({"keys_room": keys, "pages": pages}),
        logging_config=None,
        exception_handlers={Exception: answer_error},
        after_exception=[note_denied],
        before_send=[header_adder(core.clock)],
        request_max_body_size=core.settings.publish_body_bytes,
        openapi_config=OpenAPIConfig(
            title="Bluezone",
            version=bluezone.__version__,
            path="/schema",
            components=Components(security_schemes=dict(SECURITY_SCHEMES)),
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        ),
    )


def _always(value: object) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)
