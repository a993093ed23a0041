"""What happens to pages in life: another language in the middle, no answer, two tabs, a day or everything deleted."""

from __future__ import annotations

import re
import zipfile

from playwright.sync_api import expect

from tests.e2e.conftest import Holder
from tests.e2e.world import MINUTE, Household, World


def test_language_is_switched_in_the_middle_of_a_code(world: World, household: Household, holder: Holder) -> None:
    handset = household.handset()
    world.pass_time(20 * MINUTE)
    page = holder.open(handset, "code")
    page.get_by_label("Code", exact=True).fill(world.issue().code)
    page.get_by_role("button", name="Check the code").click()
    title = page.get_by_role("heading", level=1)
    expect(title).to_have_text("Do you want to warn the people you were near?")
    address = page.url
    page.get_by_role("button", name="Tiếng Việt").click()
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    assert page.url == address
    expect(title).not_to_have_text("Do you want to warn the people you were near?")
    page.get_by_role("button", name="Đồng ý và gửi").click()
    expect(page.locator("main")).to_contain_text("Cảm ơn bạn")
    page.get_by_role("button", name="English").click()
    expect(page.locator("main")).to_contain_text("Thank you")
    page.goto(handset.url)
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_pages_start_without_an_answer_and_say_so(household: Household, holder: Holder) -> None:
    handset = household.handset()
    page = holder.open(handset)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()  # now the worker is in charge and keeps the fonts
    expect(page.locator(".status-card")).to_have_attribute("data-level", "safe")
    url = handset.url
    handset.world.run(handset.pages.stop())
    holder.expect("Failed to load resource: net::ERR_CONNECTION_REFUSED")
    expect(page.locator("body")).to_have_class(re.compile("stale"))  # the open page notices
    page.goto(url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Bluezone is not running on this device.")
    assert page.evaluate("document.fonts.ready.then((fonts) => [...fonts].some((one) => one.status === 'loaded'))")
    assert page.evaluate("getComputedStyle(document.body).getPropertyValue('--ink') !== ''")
    handset.world.run(handset.pages.start())


def test_what_the_worker_keeps_holds_nothing_of_the_owner(household: Household, holder: Holder) -> None:
    handset = household.handset()
    page = holder.open(handset)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    for path in ("", "diary", "notices", "settings"):
        page.goto(handset.url + path)
    kept = page.evaluate(
        "async () => { const names = await caches.keys(); const found = [];"
        " for (const name of names) for (const one of await (await caches.open(name)).keys()) found.push(one.url);"
        " return found; }"
    )
    pages = [url.removeprefix(handset.url) for url in kept if "/static/" not in url]
    assert pages == ["offline"]


def test_two_tabs_show_one_truth(world: World, household: Household, holder: Holder) -> None:
    handset = household.handset()
    world.pass_time(20 * MINUTE)
    context = holder.context()
    one, other = context.new_page(), context.new_page()
    one.goto(handset.url + "code")
    one.get_by_label("Code", exact=True).fill(world.issue().code)
    one.get_by_role("button", name="Check the code").click()
    agree = "Agree and send"
    expect(one.get_by_role("button", name=agree)).to_be_visible()
    other.goto(one.url)
    expect(other.get_by_role("button", name=agree)).to_be_visible()
    watching = context.new_page()
    watching.goto(handset.url)
    one.get_by_role("button", name=agree).click()
    expect(one.get_by_role("heading", level=1)).to_have_text("It is sent. Thank you.")
    other.get_by_role("button", name=agree).click()
    expect(other.get_by_role("heading", level=1)).to_have_text("It is sent. Thank you.")
    assert len(handset.do(lambda phone: phone.receipts())) == 1
    expect(watching.locator(".status-card")).to_have_attribute("data-level", "f0")


def test_a_deleted_day_can_be_brought_back_for_some_seconds(world: World, household: Household, holder: Holder) -> None:
    handset, _ = household.handset(), household.handset()
    world.pass_time(30 * MINUTE)
    page = holder.open(handset, "diary")
    page.locator(".days a").first.click()
    page.get_by_role("link", name="Delete this day").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("link", name="Keep it").click()
    expect(sheet).to_have_count(0)
    page.get_by_role("link", name="Delete this day").click()
    sheet.get_by_role("button", name="Delete this day").click()
    expect(page.get_by_role("status").first).to_contain_text("is being deleted")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("status").first).to_contain_text("The day is kept.")
    assert handset.do(lambda phone: phone.diary())[0].minutes_near > 0


def test_everything_is_saved_and_then_deleted(world: World, household: Household, holder: Holder) -> None:
    handset, _ = household.handset(), household.handset()
    world.pass_time(30 * MINUTE)
    assert handset.do(lambda phone: phone.beacons_heard()) > 0
    page = holder.open(handset, "diary/delete-all")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save everything as a file first").click()
    assert any(name.endswith(".json") for name in zipfile.ZipFile(download.value.path()).namelist())
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was deleted.")
    page.get_by_label("I understand that this cannot be undone.").check()
    page.get_by_role("button", name="Delete everything").click()
    page.wait_for_url("**/welcome?done=deleted")
    expect(page.get_by_role("status").first).to_contain_text("Everything was deleted from this phone.")
    assert handset.do(lambda phone: phone.beacons_heard()) == 0
    page.goto(handset.url)
    page.wait_for_url("**/welcome")


def test_everything_is_reached_with_the_keyboard_alone(household: Household, holder: Holder) -> None:
    handset = household.handset()
    page = holder.open(handset)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('href')"))
    wanted = set(page.evaluate("[...document.querySelectorAll('a[href]')].map((one) => one.getAttribute('href'))"))
    assert wanted - {"#main"} <= reached
