"""The story on two phones, told through their pages alone; and every way in which a code does not go through."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from bluezone.phone import StatusLevel
from bluezone.protocol import wire
from tests.e2e.conftest import Holder
from tests.e2e.world import HOUR, MINUTE, Handset, Household, World


def heading(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def enter(page: Page, handset: Handset, code: str) -> None:
    """Type a code as somebody who listens to it on the telephone does."""
    page.goto(handset.url + "code")
    page.get_by_label("Code", exact=True).press_sequentially(code)
    page.get_by_role("button", name="Check the code").click()


def test_one_owner_publishes_and_the_other_is_warned(world: World, household: Household, holder: Holder) -> None:
    ill, met = household.handset(), household.handset()
    world.pass_time(50 * MINUTE)
    theirs = holder.open(met)
    expect(theirs.locator(".status-card")).to_have_attribute("data-level", "safe")
    expect(theirs.locator(".radar-count")).to_contain_text("1 device around you")

    ours = holder.open(ill)
    enter(ours, ill, world.issue().code)
    heading(ours, "Do you want to warn the people you were near?")
    expect(ours.get_by_label("This does not leave")).to_contain_text("your name and number")
    ours.get_by_role("button", name="See it letter by letter").click()
    document = ours.get_by_label("The text that leaves").inner_text()
    ours.get_by_role("link", name="Back to the decision").click()
    ours.get_by_role("button", name="Agree and send").click()
    heading(ours, "It is sent. Thank you.")
    expect(ours.locator(".receipt code").first).to_have_text(world.server.removeprefix("http://"))
    (receipt,) = ill.do(lambda phone: phone.receipts())
    assert all(key.key in document for day in receipt.content.days for key in day.keys)
    ours.get_by_role("link", name="To the first page").click()
    expect(ours.locator(".status-card")).to_have_attribute("data-level", "f0")

    world.until(lambda: met.phone.status().level is StatusLevel.F1, hours=6)
    expect(theirs.locator(".status-card")).to_have_attribute("data-level", "f1")
    expect(theirs.locator("#announcer")).to_have_text("You were near a case for long enough to need following up.")
    theirs.get_by_role("link", name="Notices").click()
    expect(theirs.locator(".exposure .badge")).to_have_text("new")
    theirs.get_by_role("link", name="Step by step").click()
    expect(theirs.get_by_role("link", name="Call")).to_have_attribute("href", "tel:19009095")

    theirs.get_by_role("link", name="Tell the health office").click()
    theirs.get_by_label("Telephone").fill("0912 345 678")
    theirs.get_by_role("button", name="See what would be sent").click()
    expect(theirs.locator(".receipt")).to_contain_text("0912 345 678")
    theirs.get_by_role("button", name="Send it").click()
    heading(theirs, "The health office has it. Thank you.")

    # Confirmed as F1, they warn those whom they met in turn.
    theirs.get_by_role("link", name="What to do now").click()
    theirs.get_by_role("link", name="The health office confirmed me as F1").click()
    enter(theirs, met, world.issue(wire.TEST_RECURSIVE).code)
    expect(theirs.locator("main")).to_contain_text("learn that they may be F2")
    theirs.get_by_role("button", name="Agree and send").click()
    heading(theirs, "It is sent. Thank you.")
    assert met.do(lambda phone: phone.receipts())[0].test_type == wire.TEST_RECURSIVE


def test_a_day_that_is_unticked_does_not_leave(world: World, household: Household, holder: Holder) -> None:
    handset = household.handset()
    world.pass_time(10 * MINUTE)
    world.pass_time(world.seconds_to_next_day() + HOUR)
    page = holder.open(handset)
    enter(page, handset, world.issue().code)
    days = page.get_by_role("group").get_by_role("checkbox")
    expect(days).to_have_count(2)
    kept = days.last.get_attribute("value")
    for day in days.all():
        day.uncheck()
    expect(page.locator("[data-sum=keys]")).to_have_text("0")
    page.get_by_role("button", name="Agree and send").click()
    expect(page.get_by_role("alert")).to_contain_text("No day was ticked")
    days.first.uncheck()
    expect(page.locator("[data-sum=keys]")).to_have_text(days.last.get_attribute("data-keys") or "")
    page.get_by_role("button", name="Agree and send").click()
    heading(page, "It is sent. Thank you.")
    (receipt,) = handset.do(lambda phone: phone.receipts())
    assert [day.day.isoformat() for day in receipt.content.days] == [kept]


def test_refused_codes_say_what_happened_what_is_safe_and_what_to_do(
    world: World, household: Household, holder: Holder
) -> None:
    handset, other = household.handset(), household.handset()
    page = holder.open(handset)
    enter(page, handset, "1234")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("This is not a whole code. Nothing of yours has been sent.")
    expect(page.get_by_label("Code", exact=True)).to_have_attribute("aria-invalid", "true")

    enter(page, handset, "ZZZZZZZZZZZZZZZZ")
    expect(alert).to_contain_text("The health office does not know this code.")
    expect(alert).to_contain_text("code_unknown")

    used = world.issue().long_code
    other.run(lambda phone: phone.begin_publication(used))
    enter(page, handset, used)
    expect(alert).to_contain_text("This code was used before.")

    late = world.issue().code
    world.pass_time(16 * MINUTE)
    enter(page, handset, late)
    expect(alert).to_contain_text("This code's time is over. Nothing of yours has been sent.")
    expect(alert.get_by_role("link", name="Call")).to_have_attribute("href", "tel:19009095")
    assert handset.do(lambda phone: phone.receipts()) == []


def test_a_code_entered_without_a_network_goes_on_by_itself(world: World, household: Household, holder: Holder) -> None:
    handset = household.handset()
    world.pass_time(20 * MINUTE)
    page = holder.open(handset)
    handset.line.pull()
    enter(page, handset, world.issue().code)
    heading(page, "The health office has not answered yet.")
    page.get_by_role("button", name="Ask again now").click()
    expect(page.get_by_role("alert")).to_contain_text("It still does not go through. Nothing is lost")
    handset.line.plug()
    handset.run(lambda phone: phone.sync())  # its next look
    heading(page, "Do you want to warn the people you were near?")


@pytest.mark.parametrize("call", [wire.PATH_CERTIFICATE, wire.PATH_PUBLISH])
def test_sending_that_broke_off_is_gone_on_with(world: World, household: Household, holder: Holder, call: str) -> None:
    handset = household.handset()
    world.pass_time(20 * MINUTE)
    page = holder.open(handset)
    enter(page, handset, world.issue().code)
    handset.line.pull(only=call)
    page.get_by_role("button", name="Agree and send").click()
    heading(page, "You agreed, but it has not all been sent yet.")
    page.get_by_role("link", name="Back").click()
    expect(page.locator("main")).to_contain_text("Agreed; on its way")
    page.get_by_role("link", name="Agreed; on its way").click()
    handset.line.plug()
    page.get_by_role("button", name="Go on sending").click()
    heading(page, "It is sent. Thank you.")
    assert len(handset.do(lambda phone: phone.receipts())) == 1


def test_a_code_can_be_given_back_before_anything_is_sent(world: World, household: Household, holder: Holder) -> None:
    handset = household.handset()
    world.pass_time(20 * MINUTE)
    page = holder.open(handset)
    enter(page, handset, world.issue().code)
    page.get_by_role("button", name="Do not send").click()
    expect(page.get_by_role("status").first).to_contain_text("The code was taken back. Nothing of yours has been sent.")
    assert handset.do(lambda phone: phone.publications()) == []
