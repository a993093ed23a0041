"""A gate on a tablet: what a phone believes, half a day without a network, and what a thief finds."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from playwright.sync_api import Browser, Page, expect

from bluezone.look import gate_colour_name, gate_picture_name
from bluezone.protocol import VerificationKey
from bluezone.protocol.gate import GateChallenge, read_challenge
from bluezone.server import Audit, Role, find_unit
from bluezone.server.accounts.access import Account, Holding
from bluezone.server.gates import Gates
from bluezone.server.gates.registry import give_link, register, withdraw
from bluezone.server.gates.tables import gate_counts
from tests.e2e.chromium import axe, sideways, small_targets
from tests.e2e.test_console import Served, desk, served

__all__ = ["served"]

TABLET, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 640}
LABEL = "Cổng chính UBND phường"
# What makes up a gate, as IndexedDB holds it; the private key is there and cannot be taken out.
KEPT = """
() => new Promise((resolve) => {
  indexedDB.open("bluezone-gate").onsuccess = (event) => {
    const store = event.target.result.transaction("kept").objectStore("kept");
    store.getAll().onsuccess = async (found) => {
      const values = found.target.result;
      const key = values.find((one) => one.key)?.key;
      const taken = key && await crypto.subtle.exportKey("pkcs8", key).then(() => "taken", () => "kept");
      resolve([JSON.stringify(values), taken ?? ""]);
    };
  };
})
"""


class Planted:
    """A gate of phường Lam Sơn on a server."""

    def __init__(self, served: Served) -> None:
        key = load_pem_private_key(served.core.settings.signing_key.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        self.trusted = [VerificationKey(key.public_key(), "bluezone", "v1")]
        self._gates = Gates(served.core, Audit(served.core), key)
        unit = served.core.database.read_now(lambda connection: find_unit(connection, "11950"))
        assert unit is not None
        self.head = Account("a", "an", "Nguyễn Thị An", unit, (Holding(Role.MANAGER, unit),))
        self.gate = self.write(register, self.head, unit="11950", label=LABEL)
        self.link = f"{served.url.removesuffix('/console')}/gate#{self.write(give_link, self.head, self.gate)}"

    def write(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        return self._gates.core.database.write_now(lambda c: fn(self._gates.registry, c, *args, **kwargs))

    def counted(self) -> list[int]:
        kinds = (gate_counts.c.running, gate_counts.c.helped, gate_counts.c.without, gate_counts.c.preferred_not)
        sums = sa.select(*map(sa.func.sum, kinds)).where(gate_counts.c.gate == self.gate)
        found = self._gates.core.database.read_now(lambda connection: connection.execute(sums).one())
        return [int(number or 0) for number in found]

    def shown(self, page: Page) -> GateChallenge:
        """What a phone reads from the page's code."""
        link = page.locator("[data-code]").get_attribute("data-link")
        assert link is not None
        return read_challenge(link, keys=self.trusted)


@pytest.fixture
def planted(served: Served) -> Planted:
    return Planted(served)


def begin(page: Page, planted: Planted) -> None:
    """Open the link and pass the test visitor."""
    page.goto(planted.link)
    expect(page.locator("[data-for=gate]")).to_be_visible()
    page.click("[data-kind=running]")
    expect(page.locator("[data-try]")).to_be_hidden()


def test_a_phone_shows_what_the_gate_shows(planted: Planted, served: Served, browser: Browser) -> None:
    with desk(served, browser, viewport=TABLET) as (context, _watch):
        page = context.new_page()
        begin(page, planted)
        for _ in range(3):
            before = page.locator("[data-code]").get_attribute("data-link")
            challenge = planted.shown(page)
            seen = [page.inner_text(f"[data-{part}]") for part in ("digits", "picture-name", "colour-name")]
            if page.locator("[data-code]").get_attribute("data-link") == before:
                break  # no new code came while it was read
        challenge.check_time(time.time())
        glance = challenge.glance
        assert challenge.gate.label == LABEL
        assert seen == [
            glance.digits,
            gate_picture_name(glance.picture, "en"),
            gate_colour_name(glance.colour, "en"),
        ]
        assert "#" not in page.url


@pytest.mark.parametrize("size", [TABLET, {"width": 800, "height": 1280}, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_and_reach_a_gate(
    planted: Planted, served: Served, browser: Browser, size: Any, scheme: Any
) -> None:
    with desk(served, browser, viewport=size, color_scheme=scheme) as (context, _watch):
        page = context.new_page()
        begin(page, planted)
        assert axe(page) == []
        assert small_targets(page) == []
        assert sideways(page, "100%") == []
        fits = "document.querySelector('[data-undo]').parentElement.getBoundingClientRect().bottom <= innerHeight"
        assert page.evaluate(fits), "The whole gate has to fit the screen."
        page.click("[data-rush]")
        assert axe(page) == []


def test_half_a_day_without_a_network_loses_nobody(planted: Planted, served: Served, browser: Browser) -> None:
    with desk(served, browser, viewport=TABLET) as (context, watch):
        watch.expect("ERR_INTERNET_DISCONNECTED")
        page = context.new_page()
        begin(page, planted)
        page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
        context.set_offline(True)
        page.reload()
        expect(page.locator("[data-for=gate]")).to_be_visible()
        for kind, count in (("running", 3), ("helped", 2), ("without", 1), ("preferredNot", 1)):
            for _ in range(count):
                page.click(f"[data-kind={kind}]")
        page.click("[data-undo]")
        # Shown once it is kept: a browser that is closed before has not taken the tap back.
        expect(page.locator("[data-all]")).to_have_text("6")
        expect(page.locator("[data-helped]")).to_have_text("2")
        planted.shown(page).check_time(time.time())
        page.reload()
        expect(page.locator("[data-all]")).to_have_text("6")
        context.set_offline(False)
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(page.locator("[data-state]")).to_have_text("All counts are on the server.")
        assert planted.counted() == [3, 2, 1, 0]


def test_a_stolen_gate_holds_counts_and_a_key_that_stays(planted: Planted, served: Served, browser: Browser) -> None:
    with desk(served, browser, viewport=TABLET) as (context, watch):
        watch.expect("403")
        page = context.new_page()
        begin(page, planted)
        page.click("[data-kind=helped]")
        expect(page.locator("[data-all]")).to_have_text("1")
        kept, taken = page.evaluate(KEPT)
        assert taken == "kept"
        assert {type(one).__name__ for one in json.loads(kept)} <= {"dict", "int", "float", "str"}
        assert "Nguyễn" not in kept
        planted.write(withdraw, planted.head, planted.gate)
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(page.locator("[data-for=refused]")).to_be_visible()
        assert page.evaluate(KEPT) == ["[]", ""]


def test_a_link_makes_one_device_a_gate(planted: Planted, served: Served, browser: Browser) -> None:
    with desk(served, browser, viewport=TABLET) as (context, _watch):
        begin(context.new_page(), planted)
    with desk(served, browser, viewport=PHONE) as (context, watch):
        watch.expect("410")
        page = context.new_page()
        page.goto(planted.link)
        expect(page.locator("[data-for=spent]")).to_be_visible()
        page.goto(page.url.partition("#")[0] + "?lang=en")
        expect(page.locator("[data-for=unknown]")).to_be_visible()
        assert axe(page) == []
