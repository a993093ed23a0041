from __future__ import annotations

import asyncio

import httpx
import pytest

from bluezone.phone.pages import serve_pages
from tests.phone.pages.conftest import ORIGIN, SECRET, Visit, Visitor


def test_without_the_secret_nothing_is_said(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        for path in ("/", "/diary", "/wrong/", f"/{SECRET}x/", f"/x/{SECRET}/", "/static/x/own/app.js"):
            response = await visitor.http.get(ORIGIN + path)
            assert response.status_code == 404, path
            assert response.text == "There is nothing at this address.\n"
            assert SECRET not in str(response.headers)

    visit(story)


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:9", "localhost:8123", "evil.example:8123", ""]
)
def test_another_host_name_is_refused_even_with_the_secret(visit: Visit, host: str) -> None:
    """A page of another site whose name was pointed at this machine (DNS rebinding)."""

    async def story(visitor: Visitor) -> None:
        response = await visitor.get("", host=host)
        assert response.status_code == 421
        assert "Bluezone" not in response.text

    visit(story)


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://127.0.0.1:9", "http://localhost:8123"])
def test_a_form_from_elsewhere_changes_nothing(visit: Visit, origin: str | None) -> None:
    async def story(visitor: Visitor) -> None:
        headers = {} if origin is None else {"origin": origin}
        for path in ("settings", "settings/language", "diary/delete-all", "repair/stopped"):
            fields = {"sure": "yes", "language": "en", "theme": "dark"}
            response = await visitor.http.post(path, data=fields, headers=headers)
            assert response.status_code == 403, path
        assert visitor.phone.preferences().theme == "auto"
        assert visitor.phone.preferences().language is None
        assert visitor.phone.beacons_heard() > 0

    visit(story)


def test_every_answer_carries_the_policy(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        foreign = await visitor.http.get(ORIGIN + "/elsewhere")
        for response in (await visitor.get(), await visitor.get("nothing-here"), foreign):
            policy = dict(part.split(" ", 1) for part in response.headers["content-security-policy"].split("; "))
            assert policy.pop("default-src") == "'none'"
            assert policy.pop("base-uri") == "'none'"
            assert policy.pop("frame-ancestors") == "'none'"
            assert set(policy.values()) == {"'self'"}
            assert response.headers["x-content-type-options"] == "nosniff"
            assert response.headers["referrer-policy"] == "same-origin"
            assert response.headers["cache-control"] == "no-store"

    visit(story)


def test_only_named_origins_may_frame_the_pages(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        policy = (await visitor.get()).headers["content-security-policy"]
        assert policy.endswith("frame-ancestors http://127.0.0.1:7000")

    visit(story, frame_ancestors=("http://127.0.0.1:7000",))


def test_a_ticket_opens_the_pages_once(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        visitor.door.admit_once("ticket")
        first = await visitor.http.get(f"{ORIGIN}/ticket")
        assert (first.status_code, first.headers["location"]) == (303, f"/{SECRET}/")
        assert (await visitor.http.get(f"{ORIGIN}/ticket")).status_code == 404

    visit(story)


def test_pages_are_served_on_loopback_under_a_new_secret_each_time(phone_alone) -> None:
    async def story() -> None:
        seen = set()
        for _ in range(2):
            async with serve_pages(phone_alone()) as server, httpx.AsyncClient() as client:
                assert server.url.startswith("http://127.0.0.1:")
                seen.add(server.url.split("/")[3])
                assert (await client.get(f"{server.url}settings")).status_code == 200
                assert (await client.get(server.origin)).status_code == 404
                opened = await client.get(server.ticket_url(), follow_redirects=True)
                assert str(opened.url) == f"{server.url}welcome"
        assert len(seen) == 2
        assert all(len(secret) == 36 for secret in seen)

    asyncio.run(story())
