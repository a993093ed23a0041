"""Every page in both languages, light and dark: nothing serious by axe-core, no sideways scroll, nothing too small."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page

from bluezone.phone import ServerUnreachable, StatusLevel
from bluezone.protocol.invite import Channel, Invitation, write_code_link, write_invitation
from tests.e2e.chromium import axe, context_of, post, sideways, small_targets
from tests.e2e.codes import HOST, place_link
from tests.e2e.world import MINUTE, Handset, World

PLACE = "Chợ Văn Giang"


@dataclass(frozen=True)
class Scene:
    """A page as somebody sees it: whose, at which path; `fields` when a form leads there."""

    whose: str
    path: str
    fields: tuple[tuple[str, str], ...] | None = None

    @property
    def name(self) -> str:
        sent = "" if self.fields is None else f" {dict(self.fields)}"
        return f"{self.whose}: /{self.path}{sent}"[:100]


@dataclass(frozen=True)
class Neighbours:
    """Phones to which as much has happened as can, by name, and every page that they have."""

    handsets: dict[str, Handset]
    scenes: list[Scene]

    def show(self, page: Page, scene: Scene) -> None:
        url = self.handsets[scene.whose].url
        if scene.fields is None:
            page.goto(url + scene.path)
        else:
            page.goto(url + "offline")  # any page of theirs, and one that changes nothing
            post(page, url + scene.path, scene.fields)


@pytest.fixture(scope="module")
def neighbours(world: World) -> Iterator[Neighbours]:
    household = world.household("every page")
    ill, warned, broken, fresh = (household.handset(welcomed=number < 3) for number in range(4))
    world.pass_time(50 * MINUTE)
    sent = publish(ill, world)
    world.until(lambda: warned.phone.status().level is StatusLevel.F1, hours=6)
    place = place_link(world, PLACE)
    warned.do(lambda phone: phone.check_in(phone.read_scanned(place)))
    past = ill.do(lambda phone: phone.check_in(phone.read_scanned(place)))
    world.pass_time(20 * MINUTE)
    ill.do(lambda phone: phone.check_out(past.id))
    ill.set(invitation=Invitation("VG-01", Channel.POSTER))
    telling = warned.do(lambda phone: phone.telling([], name="An", phone="0912345678", commune="", note="Ho nhẹ."))
    warned.run(lambda phone: phone.tell_office(telling))
    code = world.issue().long_code
    asked = warned.run(lambda phone: phone.begin_publication(code)).id
    broken.line.pull()
    with pytest.raises(ServerUnreachable):
        broken.run(lambda phone: phone.begin_publication(code))
    (waiting,) = broken.do(lambda phone: [one.id for one in phone.publications()])
    world.do(broken.controller.unplug)
    world.pass_time(6 * MINUTE)

    today = ill.do(lambda phone: phone.diary()[0].day)
    relative = ("", "/explain", "/radio", "/size", "/test", "/keep")
    scenes = [
        *(Scene("fresh", f"welcome{name}") for name in ("", "/stored", "/permissions", "/unit", "/unit?done=unknown")),
        Scene("fresh", "welcome?done=deleted"),
        *(Scene("ill", path) for path in ("", "diary", f"diary/{today}", "diary/stored", "notices", "settings")),
        *(
            Scene("ill", path)
            for path in (f"diary/{today}/delete", "diary/delete-all?done=unticked", "diary?done=kept")
        ),
        *(Scene("ill", path) for path in ("settings/licences", "help", "help/does", "help/mother", "invite", "scan")),
        *(Scene("ill", f"help/relative{name}") for name in relative),
        *(Scene("ill", path) for path in ("code", f"code/{sent}/receipt", "warned", "visits", f"visits/{past.id}")),
        *(Scene("ill", path) for path in ("gate", "repair/stopped", "offline", "code?done=gone")),
        *(Scene("warned", path) for path in ("", "notices", "warned", "warned/tell", "warned/told", "visits")),
        *(
            Scene("warned", path)
            for path in (f"code/{asked}", f"code/{asked}?done=unticked", f"code/{asked}/exact?day={today}")
        ),
        *(Scene("broken", path) for path in ("", "repair/radio_gone", "repair/radio_gone?done=tried", "notices")),
        *(
            Scene("broken", path)
            for path in (f"code/{waiting}", f"code/{waiting}?done=unreachable", "welcome/permissions")
        ),
        *(Scene("broken", path) for path in ("help/relative/radio",)),
        Scene("ill", "code", (("code", "1234"),)),
        Scene("ill", "code", (("code", "ZZZZ ZZZZ ZZZZ ZZZZ"),)),
        Scene("broken", "gate", (("text", "BA"),)),
        Scene("ill", "gate", (("text", "BA"),)),
        Scene("warned", "warned/tell", (("phone", "0912 345 678"), ("name", "An"))),
        Scene("warned", "warned/tell", (("phone", "not a number"),)),
        Scene("ill", f"visits/{past.id}", (("day", str(today)), ("from", "23:59"), ("to", ""))),
        *(
            Scene("ill", "scan", (("text", text),))
            for text in (
                place,
                "BA",
                write_code_link(code, host=HOST),
                write_invitation(Invitation("VG-01", Channel.POSTER), host=HOST),
                "https://example.com/menu",
            )
        ),
    ]
    handsets = {"ill": ill, "warned": warned, "broken": broken, "fresh": fresh}
    yield Neighbours(handsets, scenes)
    household.close()


def publish(handset: Handset, world: World) -> str:
    """Tell the others through the phone itself; the id of what was published."""
    code = world.issue().code
    publication = handset.run(lambda phone: phone.begin_publication(code))
    handset.do(lambda phone: phone.consent(publication.id))
    handset.run(lambda phone: phone.agree(publication.id))
    return publication.id


def problems_of(page: Page) -> list[str]:
    """What is wrong with the page that is open."""
    return [
        *axe(page),
        *(f"small: {one}" for one in small_targets(page)),
        *(f"sideways: {one}" for one in sideways(page)),
    ]


# Colours do not depend on words, nor words on colours: each language is seen in one light, and so is each light.
@pytest.mark.parametrize(("language", "light"), [("vi", "light"), ("en", "dark")])
def test_every_page_can_be_read_reached_and_touched_by_everybody(
    neighbours: Neighbours, browser: Browser, language: str, light: str
) -> None:
    for handset in neighbours.handsets.values():
        handset.set(language=language)
    problems: dict[str, list[str]] = {}
    with context_of(browser, color_scheme=light) as (context, _):
        page = context.new_page()
        for scene in neighbours.scenes:
            neighbours.show(page, scene)
            assert page.locator("html").get_attribute("lang") == language
            if found := problems_of(page):
                problems[scene.name] = found
    assert problems == {}


def test_a_page_that_is_not_there_is_as_good_as_the_others(neighbours: Neighbours, browser: Browser) -> None:
    with context_of(browser) as (context, watch):
        watch.expect("the server responded with a status of 404")
        page = context.new_page()
        neighbours.show(page, Scene("ill", "nowhere"))
        assert problems_of(page) == []
        page.locator("main a").first.click()
        page.wait_for_url(neighbours.handsets["ill"].url)
