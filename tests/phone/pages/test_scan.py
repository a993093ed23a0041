"""Scanning: what a code is, is said first; nothing is done before the owner confirms."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from bluezone.phone.pages.scan_words import CHANNELS, PLACE_KINDS, refused
from bluezone.protocol import scan_errors
from bluezone.protocol.invite import Channel, Invitation, write_code_link, write_invitation
from bluezone.protocol.place import PlaceCode, PlaceKind, write_place_code
from tests.phone.conftest import FileServer, client_of
from tests.phone.pages.conftest import Visit, Visitor

HOST = "bluezone.test"


def place(**changes: Any) -> PlaceCode:
    fields: dict[str, Any] = {
        "name": "Chợ Phố Hiến",
        "address": "Đường Phạm Ngũ Lão",
        "unit": "VN-66",
        "kind": PlaceKind.MARKET,
        "valid_from": date(2020, 8, 1),
        "valid_until": date(2020, 8, 31),
        "default_stay_minutes": 60,
        "seed": bytes(16),
        "server_key": bytes(32),
        "issued": date(2020, 8, 1),
    }
    return PlaceCode(**(fields | changes))


def place_code(server: FileServer, **changes: Any) -> str:
    return write_place_code(place(**changes), key=server.key, host=HOST)


async def scanned(visitor: Visitor, text: str) -> str:
    response = await visitor.send("scan", text=text)
    assert response.status_code == 200
    return html.unescape(response.text)


def test_a_place_is_shown_before_anything_is_noted(visit: Visit, server: FileServer) -> None:
    async def story(visitor: Visitor) -> None:
        page = await scanned(visitor, place_code(server))
        for said in ("Chợ Phố Hiến", "Đường Phạm Ngũ Lão", "Market", "Signed by the province", "valid until 31 Aug"):
            assert said in page
        assert "Ends by itself after 1 hour" in page
        assert visitor.phone.visits() == []

    visit(story, language="en", server=client_of(server))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"valid_until": date(2020, 8, 2)}, "This place code is out of date."),
        ({"valid_from": date(2020, 8, 20)}, "This place code is not valid yet."),
    ],
)
def test_a_place_code_outside_its_days_is_refused(
    visit: Visit, server: FileServer, changes: dict[str, date], said: str
) -> None:
    async def story(visitor: Visitor) -> None:
        page = await scanned(visitor, place_code(server, **changes))
        assert said in page
        assert "Nothing was opened, kept or sent." in page

    visit(story, language="en", server=client_of(server))


def test_a_place_code_that_the_province_did_not_sign_is_refused(visit: Visit, server: FileServer) -> None:
    async def story(visitor: Visitor) -> None:
        forged = write_place_code(place(), key=ec.generate_private_key(ec.SECP256R1()), host=HOST)
        assert "This place code is not from the province." in await scanned(visitor, forged)
        await visitor.send("visits", text=forged)
        assert visitor.phone.visits() == []

    visit(story, language="en", server=client_of(server))


def test_a_signed_code_waits_until_the_phone_was_online_once(visit: Visit, server: FileServer) -> None:
    async def story(visitor: Visitor) -> None:
        assert "This code cannot be checked yet" in await scanned(visitor, place_code(server))

    visit(story, language="en")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("12345678", "A code to warn others"),
        (write_code_link("5KQ2ABCD9FXM7GHJ", host=HOST), "<span>5KQ2</span> <span>ABCD</span>"),
        ("ba", "Word BA of a gate's sheet"),
        (write_invitation(Invitation("VN-66-CDC", Channel.POSTER), host=HOST), "From unit VN-66-CDC"),
        ("https://example.vn/x", "This is a link to a web page."),
        ("033085001234|Nguyễn Văn A|01011985", "This is somebody's personal code."),
        ("WIFI:S:net;P:hush-hush;;", "This is a code for a Wi-Fi network."),
        ("00020101021238", "This is a code for payments."),
        ("https://bluezone.gov.vn/old", "This is a code of the first Bluezone of 2020."),
        ("tờ giấy", "This is no code of Bluezone."),
        ("   ", "There was nothing to read."),
    ],
)
def test_every_code_is_named(visit: Visit, text: str, said: str) -> None:
    async def story(visitor: Visitor) -> None:
        page = await scanned(visitor, text)
        assert said in page
        assert "Nguyễn" not in page
        assert "hush-hush" not in page

    visit(story, language="en", seconds=0.0)


def test_an_invitation_is_kept_only_when_confirmed(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        link = write_invitation(Invitation("VN-66-CDC", Channel.POSTER), host=HOST)
        await scanned(visitor, link)
        assert visitor.phone.invitation() is None
        assert (await visitor.send("scan/invitation", text=link)).status_code == 303
        assert visitor.phone.invitation() == Invitation("VN-66-CDC", Channel.POSTER)

    visit(story, language="en", seconds=0.0)


def leaves(kind: type[scan_errors.ScanError]) -> list[type[scan_errors.ScanError]]:
    below = [leaf for child in kind.__subclasses__() for leaf in leaves(child)]
    return [*below, *([] if kind is scan_errors.ScanError else [kind])]


@pytest.mark.parametrize("kind", leaves(scan_errors.ScanError), ids=lambda kind: str(kind.code))
def test_every_scan_error_has_words_of_its_own(kind: Callable[..., scan_errors.ScanError]) -> None:
    error = kind("x", host="h") if kind is scan_errors.WebPageScanned else kind("x")
    general = refused(scan_errors.CodeForeign("x"))
    written_not_read = {"host_malformed", "code_foreign"}
    assert (refused(error) is general) == (error.code in written_not_read)


def test_every_kind_of_place_and_channel_has_a_name() -> None:
    assert set(PLACE_KINDS) == set(PlaceKind)
    assert set(CHANNELS) == set(Channel)
