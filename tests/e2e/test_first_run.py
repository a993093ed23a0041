"""The first minute: four screens, no phone number, and a phone that protects at the end."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import Holder
from tests.e2e.world import MINUTE, Household, Line, World


def test_four_screens_lead_to_a_phone_that_protects(world: World, household: Household, holder: Holder) -> None:
    handset = household.handset(welcomed=False)
    page = holder.open(handset, locale="vi")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    seen = [page.get_by_role("heading", level=1).inner_text()]
    for screen in ("stored", "permissions", "unit"):
        page.get_by_role("link", name="Tiếp", exact=True).click()
        page.wait_for_url(f"**/welcome/{screen}")
        seen.append(page.get_by_role("heading", level=1).inner_text())
        assert page.locator("input[type=tel], input[name=phone]").count() == 0
    assert len(set(seen)) == 4
    page.get_by_role("button", name="Bắt đầu").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Chưa ghi nhận tiếp xúc gần nào cần chú ý.")
    world.pass_time(10 * MINUTE)
    expect(page.locator(".figures dd").first).not_to_have_text("0 phút")
    expect(page.locator(".status-card")).to_have_attribute("data-level", "safe")


def test_an_invitation_is_kept_and_something_else_is_refused(household: Household, holder: Holder) -> None:
    handset = household.handset(welcomed=False)
    page = holder.open(handset, "welcome/unit")
    field = page.get_by_label("Link or code")
    field.fill("not an invitation!")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("alert")).to_contain_text("This is no invitation.")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("https://bluezone.example/u#VG-01.poster")
    page.get_by_role("button", name="Begin").click()
    expect(page.locator(".status-card")).to_be_visible()
    invitation = handset.do(lambda phone: phone.invitation())
    assert invitation is not None
    assert invitation.unit == "VG-01"


def test_a_phone_that_was_never_online_begins_and_protects(world: World, household: Household, holder: Holder) -> None:
    line = Line()
    line.pull()
    handset = household.handset(welcomed=False, line=line)
    page = holder.open(handset, "welcome/unit")
    page.get_by_role("button", name="Begin").click()
    expect(page.locator(".status-card")).to_have_attribute("data-level", "safe")
    world.pass_time(10 * MINUTE)
    page.get_by_role("link", name="Notices").click()
    expect(page.locator("main")).to_contain_text("The lists have not been read yet")
    page.get_by_role("link", name="Home").click()
    expect(page.locator(".status-card")).to_have_attribute("data-level", "safe")
    line.plug()
    handset.run(lambda phone: phone.sync())
    page.get_by_role("link", name="Notices").click()
    expect(page.locator("main")).to_contain_text("Last looked on")
