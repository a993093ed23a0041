"""A real phone beside another one for half an hour, and a visitor who reads its pages as a browser does."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest

from bluezone.phone import Phone, PhoneSettings, ServerClient
from bluezone.phone.pages import Door, create_pages
from bluezone.radio import VirtualController
from bluezone.town.virtualtime import run_virtual
from tests.phone.conftest import Air

SECRET = "a-secret-of-this-start"
ORIGIN = "http://127.0.0.1:8123"
HALF_AN_HOUR = 1800.0


@dataclass
class Visitor:
    """Who knows the address: GETs pages and sends forms, as the pages' own scripts and forms do."""

    phone: Phone
    controller: VirtualController
    air: Air
    door: Door
    http: httpx.AsyncClient

    async def get(self, path: str = "", **headers: str) -> httpx.Response:
        return await self.http.get(path, headers=headers)

    async def send(self, path: str, **fields: str) -> httpx.Response:
        return await self.http.post(path, data=fields, headers={"origin": ORIGIN})

    async def text(self, path: str = "") -> str:
        response = await self.get(path)
        assert response.status_code == 200, (path, response.status_code, response.headers.get("location"))
        return response.text


Scenario = Callable[[Visitor], Awaitable[None]]
Visit = Callable[..., None]


async def visiting(
    scenario: Scenario, *, language: str = "vi", welcomed: bool = True, seconds: float = HALF_AN_HOUR,
    server: ServerClient | None = None, frame_ancestors: tuple[str, ...] = (),
) -> None:  # fmt: skip
    air = Air()
    controllers = [air.link.controller(name) for name in ("own", "other")]
    own, other = (
        Phone(
            ":memory:",
            controller.radio(clock=air.clock, randomness=air.randomness.child(controller.name)),
            air.clock,
            air.randomness.child(f"phone {controller.name}"),
            server if controller.name == "own" else None,
            PhoneSettings(),
        )
        for controller in controllers
    )
    door = create_pages(own, secret=SECRET, origin=ORIGIN, frame_ancestors=frame_ancestors)
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(door, raise_app_exceptions=False),
        base_url=f"{ORIGIN}/{SECRET}/",
        headers={"accept-language": language},
    )
    try:
        await own.start()
        await other.start()
        await air.clock.sleep(seconds)
        visitor = Visitor(own, controllers[0], air, door, client)
        if welcomed:
            assert (await visitor.send("welcome/done")).status_code == 303
        await scenario(visitor)
    finally:
        await client.aclose()
        await own.close()
        await other.close()


@pytest.fixture
def visit() -> Visit:
    """Runs a scenario with a visitor in virtual time."""

    def run(scenario: Scenario, **options) -> None:
        run_virtual(lambda: visiting(scenario, **options))

    return run


def links_of(html: str) -> set[str]:
    """The paths of our own pages that a page links to, without the secret and the query."""
    found = re.findall(rf'<a [^>]*href="/{SECRET}/([^"?#]*)', html)
    return {path for path in found if not path.startswith("static/")}


def statics_of(html: str) -> list[str]:
    """The static files that a page asks for."""
    return re.findall(rf'(?:href|src)="/{SECRET}/(static/[^"]+)"', html)


@pytest.fixture
def phone_alone() -> Callable[[], Phone]:
    """Makes phones that nobody has started."""

    def make() -> Phone:
        air = Air()
        controller = air.link.controller("alone")
        radio = controller.radio(clock=air.clock, randomness=air.randomness)
        return Phone(":memory:", radio, air.clock, air.randomness.child("phone"), None)

    return make
