import json
import re
from html import unescape

import pytest

from bluezone.server.accounts.access import Role
from bluezone.server.accounts.console import device_of, way_on
from bluezone.server.accounts.errors import InvitationInvalid
from bluezone.server.accounts.sessions import PROOF_SECONDS
from tests.server.accounts.browser import browser
from tests.server.accounts.support import HOST, PASSWORD, Authenticator, Member, join, unit_of


def told(page):
    return unescape(re.sub(r"<[^>]+>", " ", page))


async def invited(accounts, login="an", role="manager", unit="323"):
    at = unit_of(accounts.ground.core, unit)
    return await accounts.ground.write(
        lambda c: accounts.staff.invite_now(c, login=login, name="Nguyễn Thị An", role=Role(role), unit=at)
    )


def test_from_the_link_to_the_first_page_without_a_script(play, app, clock):
    async def story(accounts):
        link = f"/console/invitation/{(await invited(accounts)).token}"
        async with browser(app) as new:
            await new.get(link)
            assert "Welcome, Nguyễn Thị An" in told(new.page)
            await new.send(link, 400, password=PASSWORD, again=PASSWORD + "!")
            await new.send(link, 400, password="nguyenthian", again="nguyenthian")
            answer = await new.send(link, password=PASSWORD, again=PASSWORD)
            assert answer.headers["location"] == "/console/second-step/new"
            assert (await new.get("/console", 303)).headers["location"] == "/console/second-step/new"
            await new.get("/console/second-step/new")
            assert "<path" in new.page
            key = re.search(r'<code class="key">([A-Z2-7 ]+)</code>', new.page)[1].replace(" ", "")
            await new.send("/console/second-step/new", 401, code="000000")
            await new.get("/console/second-step/new")
            assert key in new.page.replace(" ", "")
            member = Member(accounts, "an")
            session = await accounts.session(new.client.cookies["bluezone-session"])
            member.totp = await accounts.own.begin_totp(session)
            await new.send("/console/second-step/new", 200, code=member.code())
            codes = re.findall(r"<code>(\w{5}-\w{5})</code>", new.page)
            assert len(codes) == 10
            await new.get("/console")
            assert "Good day, Nguyễn Thị An" in told(new.page)
            await new.send("/console/sign-out")
            assert (await new.get("/console", 303)).headers["location"].startswith("/console/sign-in")
            clock.advance(60)
            await new.get("/console/sign-in?to=/console/people")
            await new.send("/console/sign-in", 401, login="an", password="wrong")
            assert "do not belong together" in told(new.page)
            answer = await new.send("/console/sign-in", login="an", password=PASSWORD)
            await new.get(answer.headers["location"])
            answer = await new.send("/console/second-step", code=codes[3])
            assert answer.headers["location"] == "/console/people"
            await new.get("/console/people")

    play(story)


def test_a_head_of_office_invites_grants_and_closes(play, app, accounts):
    async def story(accounts):
        head = await join(accounts, "an", "manager", "323")
        guard = await join(accounts, "binh", "recorder", "11950", name="Trần Bình")
        binh = (await guard.session()).account.id
        async with browser(app, head.token) as an:
            await an.get("/console/people?q=tran")
            assert "Trần Bình" in an.page
            assert "Nguyễn Thị An</a>" not in an.page
            await an.get("/console/units?q=lam son")
            await an.get("/console/units/11950")
            await an.get("/console/units/11950/invite")
            await an.send("/console/units/11950/invite", 400, name="", login="chi", role="viewer")
            await an.send("/console/units/11950/invite", 200, name="Lê Chi", login="chi", role="viewer")
            link = re.search(r"http://localhost:8787/console/invitation/([\w-]+)", an.page)
            assert (await accounts.staff.invitation(link[1])).name == "Lê Chi"
            await an.get("/console/people")
            withdraw = re.search(r'"(/console/invitations/\w+/withdraw)"', an.page)[1]
            await an.send(withdraw)
            with pytest.raises(InvitationInvalid):
                await accounts.staff.invitation(link[1])
            await an.get(f"/console/people/{binh}")
            await an.send(f"/console/people/{binh}/roles", role="viewer", unit="323")
            await an.get(f"/console/people/{binh}?done=granted")
            assert "works at once" in told(an.page)
            await an.send(f"/console/people/{binh}/roles/remove", role="viewer", unit="323")
            await an.get(f"/console/people/{binh}")
            await an.send(f"/console/people/{binh}/renew", 200)
            assert "/console/invitation/" in an.page
            await an.get(f"/console/people/{binh}")
            await an.send(f"/console/people/{binh}/close")
            assert await accounts.session(guard.token) is None
            await an.get(f"/console/people/{binh}")
            await an.send(f"/console/people/{binh}/reopen")
            await an.get("/console/audit?check=1")
            assert "entries fit together" in told(an.page)
            for event in ("Opened an account again", "Closed an account", "Gave a role", "Withdrew an invitation"):
                assert event in told(an.page)

    play(story)


def test_one_changes_how_one_signs_in_after_typing_the_password_once_more(play, app, clock):
    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        clock.advance(PROOF_SECONDS)
        async with browser(app, member.token) as an:
            await an.get("/console/account")
            answer = await an.send("/console/account/recovery")
            assert answer.headers["location"] == "/console/prove?to=%2Fconsole%2Faccount"
            await an.get(answer.headers["location"])
            await an.send("/console/prove", 401, password="wrong")
            await an.send("/console/prove", password=PASSWORD)
            await an.get("/console/account")
            await an.send("/console/account/recovery", 200)
            await an.get("/console/account/password")
            new = "bốn từ chẳng liên quan gì"
            await an.send("/console/account/password", 401, current="wrong", password=new, again=new)
            await an.send("/console/account/password", 400, current=PASSWORD, password=new, again=PASSWORD)
            await an.send("/console/account/password", current=PASSWORD, password=new, again=new)
            await an.get("/console/account?done=password")
            assert "Your password is changed" in told(an.page)

    play(story)


def test_a_passkey_is_added_and_opens_the_console(play, app):
    key = Authenticator()

    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        async with browser(app, member.token) as an:
            await an.get("/console/account/passkey")
            token = re.search(r'name="form_token" value="(\w+)"', an.page)[1]
            options = await an.client.post(
                "/console/account/passkey/options",
                headers={"Origin": an.client.base_url.__str__().rstrip("/"), "X-Form-Token": token},
            )
            await an.send("/console/account/passkey", credential=key.create(options.text), name="khóa")
            await an.get("/console/account")
            assert "khóa" in an.page
        async with browser(app) as new:
            headers = {"Origin": "http://localhost:8787", "Accept": "application/json"}
            options = await new.client.post("/console/passkey/options", headers=headers)
            assert json.loads(options.text)["rpId"] == "localhost"
            answer = await new.client.post(
                "/console/passkey?to=/console/account", content=key.get(options.text), headers=headers
            )
            assert answer.json() == {"to": "/console/account"}
            await new.get("/console/account")
            again = await new.client.post("/console/passkey", content=key.get(options.text), headers=headers)
            assert (again.status_code, again.json()["errorCode"]) == (401, "second_step_refused")

    play(story)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:8788", ""])
def test_forms_of_other_sites_do_nothing(play, app, origin):
    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        async with browser(app, member.token) as an:
            await an.get("/console/account")
            await an.send("/console/sign-out", 403, origin=origin)
            await an.post("/console/sign-in", {"login": "an", "password": PASSWORD}, 403, origin=origin)
            await an.get("/console/account")

    play(story)


def test_a_form_without_this_sessions_token_does_nothing(play, app):
    async def story(accounts):
        an, binh = [await join(accounts, login, "manager", "323") for login in ("an", "binh")]
        async with browser(app, an.token) as one, browser(app, binh.token) as other:
            await other.get("/console/account")
            theirs = re.search(r'name="form_token" value="(\w+)"', other.page)[1]
            for token in ("", "x", theirs):
                await one.post("/console/sign-out", {"form_token": token}, 403)
            await one.get("/console/account")

    play(story)


def test_every_page_forbids_frames_foreign_scripts_and_keeping_copies(play, app):
    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        async with browser(app, member.token) as an:
            for path in ("/console", "/console/account", "/console/sign-in", "/console/audit"):
                answer = await an.get(path)
                policy = answer.headers["content-security-policy"]
                assert "default-src 'none'; script-src 'self'" in policy
                assert "frame-ancestors 'none'" in policy
                assert "unsafe" not in policy
                assert answer.headers["cache-control"] == "no-store"
                assert not re.search(r"\sstyle=|\son\w+=|<script>", answer.text)
                assert not re.search(r'(?:src|href|action)="(?:https?:)?//', answer.text)

    play(story)


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(play, app):
    async def story(accounts):
        await join(accounts, "an", "manager", "323")
        for host, name, secure in (
            ("localhost:8787", "bluezone-session", False),
            ("cdc.example", "__Host-bluezone-session", True),
        ):
            scheme = "https" if secure else "http"
            async with browser(app, Host=host) as an:
                an.client.base_url = f"{scheme}://{host}"
                await an.get("/console/sign-in")
                answer = await an.send("/console/sign-in", origin=f"{scheme}://{host}", login="an", password=PASSWORD)
                cookie = answer.headers["set-cookie"]
                assert cookie.startswith(f"{name}=")
                assert ("Secure" in cookie) is secure
                assert "HttpOnly" in cookie
                assert "SameSite=lax" in cookie
                assert "Path=/" in cookie
                assert "Domain" not in cookie

    play(story)


def test_passwords_do_not_travel_in_the_clear(play, app):
    async def story(accounts):
        async with browser(app, Host="192.0.2.7:8787") as an:
            await an.get("/console/sign-in", 400)
            assert "https alone" in told(an.page)
            # No proxy is trusted, so nobody's word counts for https.
            await an.get("/console/sign-in", 400, **{"X-Forwarded-Proto": "https"})

    play(story)


def test_both_languages_are_whole_and_the_choice_stays(play, app):
    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        async with browser(app, member.token) as an:
            await an.get("/console?lang=vi")
            assert "Xin chào Nguyễn Thị An" in told(an.page)
            await an.get("/console/account")
            assert '<html lang="vi">' in an.page

    play(story)


def test_a_wrong_address_is_told_in_a_page(play, app):
    async def story(accounts):
        async with browser(app) as an:
            await an.get("/console/nothing/here", 404)
            assert "nothing at this address" in told(an.page)

    play(story)


def test_what_nobody_reaches_is_refused_in_a_page_and_written_down(play, app, noted):
    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        async with browser(app, member.token) as an:
            await an.get("/console/units/330", 403)
            neighbour = told(an.page)
            await an.get("/console/units/999", 403)
            assert told(an.page) == neighbour

    play(story)
    assert noted()[-2:] == ["access_denied", "access_denied"]


@pytest.mark.parametrize(
    "to", ["https://evil.example", "//evil.example", "/console/../stored", "/stored", "javascript:x", ""]
)
def test_one_is_sent_on_to_the_consoles_own_pages_alone(to):
    assert way_on(to) == "/console"
    assert way_on("/console/units/BN-1.2") == "/console/units/BN-1.2"


def test_devices_are_called_as_people_call_them():
    assert (
        device_of("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/138.0 Safari/537.36 Edg/138.0") == "Edge, Windows"
    )
    assert (
        device_of("Mozilla/5.0 (iPhone; CPU iPhone OS 13_6 like Mac OS X) Version/13 Safari/604.1") == "Safari, iPhone"
    )
    assert device_of("curl/8") == "?"


def test_passkeys_are_not_offered_where_they_cannot_work(play, app):
    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        async with browser(app, member.token, Host="127.0.0.1:8787") as an:
            await an.get("/console/account")
            assert 'href="/console/account/passkey"' not in an.page
            await an.get("/console/account/passkey", 400)
        assert HOST.startswith("localhost")

    play(story)
