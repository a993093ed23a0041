"""Inviting: a link that names a unit and a friend, and nobody."""

from __future__ import annotations

import html
import re

import pytest
import segno

from bluezone.phone.pages.invite import qr
from bluezone.protocol.invite import Channel, Invitation, read_invitation
from tests.phone.conftest import FileServer, client_of
from tests.phone.pages.conftest import Visit, Visitor


async def link_of(visitor: Visitor) -> str:
    found = re.search(r'id="link" value="([^"]+)"', html.unescape(await visitor.text("invite")))
    assert found is not None
    return found[1]


def test_the_link_says_a_friend_and_nothing_of_the_owner(visit: Visit, server: FileServer) -> None:
    async def story(visitor: Visitor) -> None:
        assert await link_of(visitor) == "https://server.test/u#.friend"

    visit(story, server=client_of(server), seconds=0.0)


def test_the_unit_that_invited_is_passed_on_until_it_is_left_out(visit: Visit, server: FileServer) -> None:
    async def story(visitor: Visitor) -> None:
        await visitor.send("welcome/done", invitation="https://x.test/u#VN-66-CDC.poster")
        assert read_invitation(await link_of(visitor)) == Invitation("VN-66-CDC", Channel.FRIEND)
        await visitor.send("invite/forget")
        assert read_invitation(await link_of(visitor)) == Invitation("", Channel.FRIEND)

    visit(story, server=client_of(server), seconds=0.0)


def test_without_a_server_there_is_no_link_and_the_page_says_so(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        page = await visitor.text("invite")
        assert "This phone runs without a server" in page
        assert "<figure" not in page

    visit(story, language="en", seconds=0.0)


@pytest.mark.parametrize("text", ["https://server.test/u#.friend", "https://bluezone.hungyen.gov.vn/u#VN-66.friend"])
def test_the_picture_is_the_code_of_the_link(text: str) -> None:
    found = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", qr(text))
    matrix = segno.make(text, error="m", micro=False).matrix
    dark = {(x, y) for y, row in enumerate(matrix) for x, module in enumerate(row) if module}
    drawn = {(int(x) - 2 + step, int(y) - 2) for x, y, width in found for step in range(int(width))}
    assert drawn == dark
