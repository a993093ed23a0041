"""Pages that only a form leads to keep the rules that every linked page keeps."""

from __future__ import annotations

import html
from pathlib import Path

import pytest

from bluezone.protocol import wire
from bluezone.protocol.invite import Channel, Invitation, write_invitation
from tests.phone.conftest import FileServer, client_of
from tests.phone.pages.conftest import Visit, Visitor
from tests.phone.pages.office import Office, at_the_office
from tests.phone.pages.test_every_page import Checker
from tests.phone.pages.test_gate import challenge
from tests.phone.pages.test_scan import HOST, place_code


def keeps_the_rules(page: str) -> None:
    assert Checker(page).complaints == []
    assert page.count("<h1") == 1


@pytest.mark.parametrize("language", ["vi", "en"])
def test_pages_of_publishing_keep_the_rules(tmp_path: Path, language: str) -> None:
    async def story(office: Office) -> None:
        async def page(path: str) -> str:
            return (await office.http.get(path)).text

        _, refused = await office.send("code", code="00000000")
        keeps_the_rules(refused)
        publication, _ = await office.begin()
        keeps_the_rules(await page(f"code/{publication}"))
        keeps_the_rules(await page(f"code/{publication}?done=unticked"))
        keeps_the_rules(await page(f"code/{publication}/exact?day=2020-08-09"))
        office.there.line.lose_request = wire.PATH_PUBLISH
        await office.send(f"code/{publication}/agree", day="2020-08-09")
        keeps_the_rules(await page(f"code/{publication}?done=unreachable"))
        office.there.line.lose_request = ""
        await office.send(f"code/{publication}/resume")
        keeps_the_rules(await page(f"code/{publication}/receipt"))
        keeps_the_rules(await page("code"))

    at_the_office(tmp_path, story, language=language)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_pages_of_scanned_codes_keep_the_rules(visit: Visit, server: FileServer, language: str) -> None:
    async def story(visitor: Visitor) -> None:
        async def sent(path: str, **fields: str) -> str:
            response = await visitor.send(path, **fields)
            assert response.status_code == 200
            return response.text

        gate = challenge(server, visitor.air.clock.now())
        invitation = write_invitation(Invitation("VN-66", Channel.POSTER), host=HOST)
        for text in (place_code(server), gate, "BA", invitation, "12345678", "https://example.vn"):
            keeps_the_rules(await sent("scan", text=text))
        keeps_the_rules(await sent("gate", text=gate))
        await visitor.send("visits", text=place_code(server))
        keeps_the_rules(await visitor.text("visits"))
        (one,) = visitor.phone.visits()
        keeps_the_rules(await sent(f"visits/{one.id}", **{"day": "2020-08-03", "from": "x", "to": ""}))
        visitor.controller.unplug()
        await visitor.air.clock.sleep(1200)
        keeps_the_rules(await sent("gate", text=challenge(server, visitor.air.clock.now())))

    visit(story, language=language, server=client_of(server))


def test_what_a_code_says_of_a_place_is_never_markup(visit: Visit, server: FileServer) -> None:
    async def story(visitor: Visitor) -> None:
        page = (await visitor.send("scan", text=place_code(server, name="<b>Chợ</b>"))).text
        assert "<b>" not in page
        assert "<b>Chợ</b>" in html.unescape(page)

    visit(story, server=client_of(server))
