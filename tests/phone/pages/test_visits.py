"""Visits through the pages: check in, check out, correct, delete."""

from __future__ import annotations

import html
import re

import httpx

from tests.phone.conftest import FileServer, client_of
from tests.phone.pages.conftest import ORIGIN, Visit, Visitor
from tests.phone.pages.test_scan import place_code


async def follow(visitor: Visitor, response: httpx.Response) -> str:
    assert response.status_code == 303, response.text
    return html.unescape((await visitor.http.get(ORIGIN + response.headers["location"])).text)


async def check_in(visitor: Visitor, server: FileServer, **changes: str) -> str:
    return await follow(visitor, await visitor.send("visits", text=place_code(server, **changes)))


def test_a_visit_begins_and_ends_by_hand(visit: Visit, server: FileServer) -> None:
    async def story(visitor: Visitor) -> None:
        page = await check_in(visitor, server)
        assert "You are checked in." in page
        assert "Chợ Phố Hiến" in page
        assert re.search(r"Since 7:30 am; ends by itself at 8:30 am\.", page)
        await visitor.air.clock.sleep(600)
        page = await follow(visitor, await visitor.send(f"visits/{visitor.phone.visits()[0].id}/check-out"))
        assert "You are checked out." in page
        assert "7:30 am – 7:40 am" in page

    visit(story, language="en", server=client_of(server))


def test_a_forgotten_visit_ends_by_itself_and_says_so(visit: Visit, server: FileServer) -> None:
    async def story(visitor: Visitor) -> None:
        await check_in(visitor, server)
        await visitor.air.clock.sleep(7200)
        page = html.unescape(await visitor.text("visits"))
        assert "7:30 am – 8:30 am · ended by itself" in page

    visit(story, language="en", server=client_of(server))


def test_going_on_to_another_place_ends_the_visit_before(visit: Visit, server: FileServer) -> None:
    async def story(visitor: Visitor) -> None:
        await check_in(visitor, server)
        await visitor.air.clock.sleep(600)
        page = html.unescape((await visitor.send("scan", text=place_code(server, name="Bến xe"))).text)
        assert "Your visit to Chợ Phố Hiến ends now." in page
        await check_in(visitor, server, name="Bến xe")
        assert [one.place.name for one in visitor.phone.visits() if one.ended_at is None] == ["Bến xe"]

    visit(story, language="en", server=client_of(server))


def test_times_are_corrected_in_the_owners_own_hours(visit: Visit, server: FileServer) -> None:
    async def story(visitor: Visitor) -> None:
        await check_in(visitor, server)
        (one,) = visitor.phone.visits()
        path = f"visits/{one.id}"
        assert 'name="from" value="07:30"' in await visitor.text(path)
        sent = await visitor.send(path, **{"day": "2020-08-02", "from": "22:15", "to": "00:45"})
        page = await follow(visitor, sent)
        assert "The times are corrected." in page
        assert "Sunday 2 Aug" in page
        assert "10:15 pm – 12:45 am" in page
        (changed,) = visitor.phone.visits()
        assert changed.ended_at is not None
        assert changed.ended_at - changed.started_at == 9000

    visit(story, language="en", server=client_of(server))


def test_impossible_and_unreadable_times_are_refused_and_kept_to_be_mended(visit: Visit, server: FileServer) -> None:
    async def story(visitor: Visitor) -> None:
        await check_in(visitor, server)
        (one,) = visitor.phone.visits()
        for fields, said in (
            ({"day": "2020-08-03", "from": "23:00", "to": "23:30"}, "not later than now"),
            ({"day": "2020-08-03", "from": "25:00", "to": ""}, "Write times with four digits"),
            ({"day": "yesterday", "from": "07:00", "to": ""}, "Write times with four digits"),
        ):
            response = await visitor.send(f"visits/{one.id}", **fields)
            page = html.unescape(response.text)
            assert "The times were not changed." in page
            assert said in page
            assert f'name="from" value="{fields["from"]}"' in page
        assert visitor.phone.visits() == [one]

    visit(story, language="en", server=client_of(server))


def test_a_visit_is_deleted_and_its_old_address_leads_to_the_list(visit: Visit, server: FileServer) -> None:
    async def story(visitor: Visitor) -> None:
        await check_in(visitor, server)
        (one,) = visitor.phone.visits()
        assert "The visit is deleted." in await follow(visitor, await visitor.send(f"visits/{one.id}/delete"))
        assert visitor.phone.visits() == []
        for path in (f"visits/{one.id}/delete", f"visits/{one.id}/check-out"):
            assert "not there any more" in await follow(visitor, await visitor.send(path))
        assert "not there any more" in await follow(visitor, await visitor.get(f"visits/{one.id}"))

    visit(story, language="en", server=client_of(server))
