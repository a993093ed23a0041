"""What OWASP ASVS asks of every answer and every form, tried on every route as it is read from the application."""

import re

import msgspec
import pytest
from litestar.routes import HTTPRoute

from bluezone.server.accounts.access import Role
from bluezone.server.accounts.console import FORM_TOKEN, Door
from tests.server.accounts.browser import ORIGIN, browser
from tests.server.accounts.support import PASSWORD, join
from tests.server.accounts.test_routes import CONSOLE, World

NOBODY = "0" * 32
"""Stands in addresses for whatever this room does not know."""
MOST_UPLOADED = 20 * 1024 * 1024
LARGE = "x" * 2_000_000
HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "strict-transport-security": "max-age=31536000",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


@pytest.fixture
def settings(settings):
    """Behind a proxy that ends TLS."""
    return msgspec.structs.replace(settings, trusted_proxies=1)


def address(tried, world):
    return re.sub(r"{(\w+)[^}]*}", lambda found: world.ours.get(found[1], NOBODY), tried.path)


def assert_private(answer, tried):
    found = {name: answer.headers.get(name) for name in HEADERS}
    assert found == HEADERS, tried
    assert "default-src 'none'" in answer.headers["content-security-policy"], tried
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], tried
    assert "unsafe" not in answer.headers["content-security-policy"], tried
    assert answer.headers["referrer-policy"] in {"same-origin", "no-referrer"}, tried
    assert not {"access-control-allow-origin", "server", "x-powered-by"} & set(answer.headers), tried
    if answer.content and answer.headers["content-type"].startswith("text/"):
        assert answer.headers["content-type"].endswith("charset=utf-8"), tried


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
def test_every_answer_is_private_also_refusals_and_ways_on(play, app, role):
    async def story(accounts):
        world = await World.make(accounts, role)
        async with browser(app) as nobody:
            for tried in CONSOLE:
                path = address(tried, world)
                assert_private(await world.call(app, tried, path), tried)
                for accept in ("text/html", "application/json"):
                    answer = await nobody.client.request(tried.method, path, headers={"Accept": accept})
                    assert_private(answer, tried)

    play(story)


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "application/xml", "image/png", ""])
def test_a_form_of_another_kind_does_nothing(play, app, kind):
    """Its token is not found, whatever the body says; but for calls of scripts, which carry it in a header."""

    async def story(accounts):
        world = await World.make(accounts, Role.OPERATOR)
        for tried in CONSOLE:
            if tried.method == "GET" or tried.may is Door.ANYBODY:
                continue
            token = world.token()
            form_token = accounts.form_token(await accounts.session(token))
            async with browser(app, token) as page:
                answer = await page.client.request(
                    tried.method,
                    address(tried, world),
                    content=f"{FORM_TOKEN}={form_token}".encode(),
                    headers={"Origin": ORIGIN, "Content-Type": kind},
                )
            assert answer.status_code in {400, 403}, (tried, answer.status_code)

    play(story)


def test_what_is_too_large_is_refused_in_a_sentence(play, app):
    async def story(accounts):
        member = await join(accounts, "an", "operator", "33")
        async with browser(app, member.token) as page:
            await page.post("/console/account/password", {"current": LARGE}, 413)
            assert "larger than the page takes" in page.page

    play(story)


def test_nobody_sends_anything_large_without_signing_in(play, app):
    async def story(_accounts):
        async with browser(app) as page:
            await page.post("/console/sign-in", {"login": "an", "password": LARGE}, 413)
            await page.post("/console/account/password", {"current": LARGE}, 303)

    play(story)


def test_methods_that_no_page_has_are_refused(play, app):
    async def story(accounts):
        member = await join(accounts, "an", "operator", "33")
        async with browser(app, member.token) as page:
            for method in ("PUT", "PATCH", "DELETE", "TRACE"):
                for path in ("/console", "/console/people", "/console/account/password"):
                    assert (await page.client.request(method, path)).status_code == 405

    play(story)


def test_a_failure_tells_nothing_of_the_inside(play, app, accounts, monkeypatch):
    async def story(accounts):
        member = await join(accounts, "an", "operator", "33")

        async def fail(_session):
            raise RuntimeError("SELECT secret FROM accounts")

        monkeypatch.setattr(accounts.own, "look", fail)
        async with browser(app, member.token) as page:
            answer = await page.get("/console/account", 500)
            assert "Something failed on the server" in page.page
            assert not re.search(r"SELECT|RuntimeError|Traceback|\.py", page.page)
            assert_private(answer, "/console/account")

    play(story)


def test_a_secret_that_the_browser_brought_along_is_never_taken_over(play, app):
    """Whoever plants a cookie does not share the session that begins with it."""

    async def story(accounts):
        await join(accounts, "an", "operator", "33")
        async with browser(app, "planted-by-somebody-else") as page:
            await page.get("/console/sign-in")
            answer = await page.send("/console/sign-in", login="an", password=PASSWORD)
            assert "bluezone-session=" in answer.headers["set-cookie"]
            assert "planted" not in answer.headers["set-cookie"]
        assert await accounts.session("planted-by-somebody-else") is None

    play(story)


def test_secrets_of_sessions_stand_in_no_address_and_on_no_page(play, app):
    async def story(accounts):
        world = await World.make(accounts, Role.OPERATOR)
        for tried in CONSOLE:
            if tried.method != "GET":
                continue
            token = world.token()
            async with browser(app, token) as page:
                answer = await page.client.get(address(tried, world))
            assert token not in answer.text, tried
            assert token not in answer.headers.get("location", ""), tried

    play(story)


def test_a_link_to_begin_with_is_https_wherever_it_travels(play, app):
    """The server itself speaks plain http behind the proxy that ends TLS."""

    async def story(accounts):
        member = await join(accounts, "an", "operator", "33")
        session = await accounts.session(member.token)
        host = {"Host": "bluezone.hungyen.gov.vn", "X-Forwarded-Proto": "https"}
        async with browser(app, **host) as page:
            page.client.cookies.set("__Host-bluezone-session", member.token)
            answer = await page.client.post(
                "/console/units/33/invite",
                data={"login": "moi", "name": "Người Mới", "role": "viewer", FORM_TOKEN: accounts.form_token(session)},
                headers={"Origin": "https://bluezone.hungyen.gov.vn"},
            )
        assert "https://bluezone.hungyen.gov.vn/console/invitation/" in answer.text
        assert "http://bluezone" not in answer.text

    play(story)


@pytest.mark.parametrize("name", ["An\r\nSet-Cookie: a=b", "An\x1b[31m", "An\x00"])
def test_nobody_writes_lines_of_their_own_into_logs_and_headers(play, app, noted, name):
    async def story(accounts):
        member = await join(accounts, "an", "operator", "33")
        async with browser(app, member.token) as page:
            answer = await page.client.get("/console/people", params={"q": name, "done": name, "lang": name})
            assert answer.status_code == 200
            await page.client.get("/console/audit/nothing%0d%0ahere")
        assert all("\n" not in entry for entry in noted())

    play(story)


def test_no_page_takes_more_than_a_workbook(app):
    """A form's limit is the application's; a page that takes more says so, and none takes more than this."""
    limits = {
        f"{handler}": handler.resolve_request_max_body_size()
        for route in app.routes
        if isinstance(route, HTTPRoute) and route.path_format.startswith("/console")
        for handler in route.route_handlers
        if "POST" in handler.http_methods
    }
    assert limits
    assert {name: limit for name, limit in limits.items() if limit is None or limit > MOST_UPLOADED} == {}
