"""One scanner for every code: the camera, a picture, typing; it says what a code is and acts only when told to."""

from __future__ import annotations

import io
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import segno
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from bluezone.protocol.gate import certify_gate, glance, slot_at, write_challenge
from bluezone.protocol.invite import write_code_link
from tests.e2e.chromium import hold_before_camera
from tests.e2e.codes import HOST, place_link, province_key
from tests.e2e.conftest import Holder
from tests.e2e.world import MINUTE, Handset, Household, World


@pytest.fixture
def handset(world: World, household: Household) -> Handset:
    """A phone that knows the province's key."""
    handset = household.handset()
    handset.run(lambda phone: phone.sync())
    return handset


def choose_picture(page: Page, text: str, folder: Path) -> None:
    path = folder / "picture.png"
    segno.make(text, error="m", micro=False).save(str(path), scale=5)
    page.locator("input[type=file]").set_input_files(path)


def test_a_place_is_scanned_with_the_camera_and_left_again(
    world: World, handset: Handset, holder: Holder, camera: Path
) -> None:
    hold_before_camera(camera, place_link(world, "Chợ Văn Giang"))
    page = holder.open(handset, permissions=["camera"])
    page.get_by_role("link", name="Scan").click()
    page.get_by_role("button", name="Switch the camera on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Chợ Văn Giang")
    expect(page.locator("main")).to_contain_text("Signed by the province")
    assert handset.do(lambda phone: phone.visits()) == []
    page.get_by_role("button", name="Check in").click()
    expect(page.locator(".present")).to_contain_text("Chợ Văn Giang")
    world.pass_time(20 * MINUTE)
    page.get_by_role("button", name="Check out").click()
    expect(page.get_by_role("status").first).to_contain_text("You are checked out.")
    page.get_by_role("link", name="Chợ Văn Giang").click()
    page.get_by_role("button", name="Delete this visit").click()
    expect(page.get_by_role("status").first).to_contain_text("The visit is deleted.")
    assert handset.do(lambda phone: phone.visits()) == []


def test_a_camera_that_may_not_be_used_leaves_two_other_ways(handset: Handset, holder: Holder) -> None:
    page = holder.open(handset, "scan")
    page.get_by_role("button", name="Switch the camera on").click()
    expect(page.get_by_role("alert")).to_contain_text("Bluezone may not use the camera.")
    expect(page.get_by_label("Or type it")).to_be_visible()
    expect(page.get_by_text("Choose a picture", exact=True)).to_be_visible()


def test_a_code_in_a_picture_leads_to_the_decision(
    world: World, handset: Handset, holder: Holder, tmp_path: Path
) -> None:
    world.pass_time(20 * MINUTE)
    page = holder.open(handset, "scan")
    choose_picture(page, write_code_link(world.issue().long_code, host=HOST), tmp_path)
    expect(page.get_by_role("heading", level=1)).to_have_text("A code to warn others")
    page.get_by_role("button", name="Check the code").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Do you want to warn the people you were near?")


def test_a_picture_without_a_code_and_a_file_that_is_none_are_told_apart(handset: Handset, holder: Holder) -> None:
    wall = io.BytesIO()
    Image.new("RGB", (320, 240), "seagreen").save(wall, "PNG")
    page = holder.open(handset, "scan")
    for name, mime, content, sentence in (
        ("note.txt", "text/plain", b"no picture", "This file is no picture that can be read."),
        ("wall.png", "image/png", wall.getvalue(), "No code was found in this picture."),
    ):
        page.locator("input[type=file]").set_input_files(FilePayload(name=name, mimeType=mime, buffer=content))
        expect(page.get_by_role("alert")).to_contain_text(sentence)


def test_a_gate_sees_what_the_phone_shows(world: World, handset: Handset, holder: Holder, camera: Path) -> None:
    world.pass_time(10 * MINUTE)
    gate = ec.generate_private_key(ec.SECP256R1())
    today = date(2020, 8, 1)
    certificate = certify_gate(
        gate.public_key(), gate_id=bytes(8), label="UBND huyện Văn Giang", valid_from=today,
        valid_until=today + timedelta(60), key=province_key(world),
    )  # fmt: skip
    slot, nonce = slot_at(world.clock.now()), bytes(range(8))
    shown = write_challenge(certificate, key=gate, slot=slot, nonce=nonce, host=HOST)
    hold_before_camera(camera, shown)
    page = holder.open(handset, "scan", permissions=["camera"])
    page.get_by_role("button", name="Switch the camera on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("UBND huyện Văn Giang")
    expect(page.locator("main")).to_contain_text("Signed by a gate of the province")
    page.get_by_role("button", name="Show it").click()
    expect(page.locator(".digits")).to_have_text(glance(nonce, slot).digits)
    expect(page.locator("[data-pass] svg").first).to_be_visible()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("https://example.com/menu", "This is a link to a web page."),
        ("WIFI:S:cafe;T:WPA;P:12345678;;", "This is a code for a Wi-Fi network."),
        ("hello", "This is no code of Bluezone."),
    ],
)
def test_other_codes_are_named_and_not_opened(handset: Handset, holder: Holder, text: str, sentence: str) -> None:
    page = holder.open(handset, "scan")
    page.get_by_label("Or type it").fill(text)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(sentence)
    expect(page.locator("main")).to_contain_text("Nothing was opened, kept or sent.")
    assert urlsplit(page.url).hostname == "127.0.0.1"
