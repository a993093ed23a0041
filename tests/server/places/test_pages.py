"""The pages about places through the real application, and the whole way: from a manager's form to a warned phone."""

import asyncio
import re
from html import unescape

import httpx
import sqlalchemy as sa

from bluezone.phone import Phone, PhoneSettings, ServerClient
from bluezone.protocol.notices import PATH_NOTICES
from bluezone.randomness import SeededRandomness
from bluezone.server.places.service import place_notices, place_sheets
from bluezone.server.places.service import places as table
from tests.server.accounts.browser import ORIGIN
from tests.server.casework.forms import forms_of
from tests.server.places.support import add, plant_landmark, publish


def text(page):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.page)).split())


async def register(page, **fields):
    """As a manager fills the form in; the place's address."""
    await page.get("/console/places/new")
    filled = {"name": "Chợ Phố Hiến", "address": "Phố Hiến", "unit": "11950", "kind": "4", "stay": "90"}
    form = forms_of(page.page)["/console/places/new"]
    answer = await page.post("/console/places/new", form | filled | fields)
    return answer.headers["location"].partition("?")[0]


def test_a_place_from_the_form_to_the_poster(core, seat):
    async def story():
        async with seat("truong", role="manager") as page:
            await page.get("/console/places")
            assert "No place is registered yet" in text(page)
            place = await register(page, zones="Cổng chính\r\n\r\nHàng ăn\r\n")
            await page.get(place)
            assert {"Cổng chính", "Hàng ăn"} <= set(re.findall(r"Cổng chính|Hàng ăn", page.page))
            links = [unescape(link) for link in re.findall(r"readonly[^>]*>(http[^<]+)<", page.page)]
            assert len(set(links)) == 2
            for paper, width in (("a4", b"595"), ("a5", b"420")):
                answer = await page.client.get(f"{place}/poster?paper={paper}")
                assert answer.headers["content-type"] == "application/pdf"
                assert answer.content.startswith(b"%PDF")
                assert width in answer.content or b"419" in answer.content
            door = re.search(rf"{place}/doors/([0-9a-f]+)", page.page)[0]
            await page.get(door)
            assert "<svg" in page.page
            assert "viewBox" in page.page
            await page.get(f"{place}/edit")
            form = forms_of(page.page)[f"{place}/edit"] | {"zones": "Cổng chính", "stay": "60"}
            await page.post(f"{place}/edit", form)
            await page.post(f"{place}/edit", form, status=409)
            assert "Somebody else changed this place" in text(page)
            await page.get(place)
            assert "2 earlier versions" in text(page)
            await page.post(f"{place}/withdraw", forms_of(page.page)[f"{place}/withdraw"])
            await page.get(place)
            assert "withdrawn" in text(page)
            assert (await page.client.get(f"{place}/poster")).status_code == 403

    asyncio.run(story())
    assert len(core.database.read_now(lambda c: c.execute(sa.select(place_sheets)).all())) == 3


def test_faults_stand_at_their_fields_and_nothing_is_lost(core, seat):
    async def story():
        async with seat("truong", role="manager") as page:
            await page.get("/console/places/new")
            form = forms_of(page.page)["/console/places/new"]
            wrong = {"name": "=", "stay": "0", "valid_until": "mai", "address": '<b>"Phố"</b>'}
            await page.post("/console/places/new", form | wrong, status=400)
            assert {"name-fault", "stay-fault", "valid_until-fault"} <= set(
                re.findall(r'id="([a-z_]+-fault)"', page.page)
            )
            assert "&lt;b&gt;" in page.page
            assert "<b>" not in page.page

    asyncio.run(story())
    assert core.database.read_now(lambda c: c.execute(sa.select(table)).all()) == []


def test_from_a_managers_form_to_a_warned_phone(core, app, places, me, seat):
    """The register, the sheet scanned by a phone, the landmark, the notice, the published file, the phone."""

    def phone(name):
        client = ServerClient(ORIGIN, httpx.ASGITransport(app))
        return Phone(":memory:", None, core.clock, SeededRandomness(name), client, PhoneSettings())

    async def story():
        visitor, stranger = phone("visitor"), phone("stranger")
        async with seat("truong", role="manager") as page:
            place = await register(page)
            await page.get(place)
            [link] = [unescape(link) for link in re.findall(r"readonly[^>]*>(http[^<]+)<", page.page)]
        await visitor.sync()
        await stranger.sync()
        visitor.check_in(visitor.read_scanned(link))
        core.clock.set(core.clock.now() + 4 * 3600)
        landmark = plant_landmark(core, places, me, place="chợ Phố Hiến", ago=5, hours=3)
        async with seat() as page:
            warn = f"/console/landmarks/{landmark}/warn"
            await page.get(f"/console/landmarks/{landmark}")
            assert f'href="{warn}"' in page.page
            await page.get(warn)
            assert "The first hour" in text(page)
            form = forms_of(page.page)[warn] | {"place": place.rpartition("/")[2]}
            await page.post(warn, form, status=400)
            assert "owner_phone-fault" in page.page
            answer = await page.post(warn, form | {"owner_phone": "0912 345 678"})
            await page.get(answer.headers["location"])
            assert "waits for the next window" in text(page)
        await visitor.sync()
        assert visitor.place_warnings() == []
        publish(core, places)
        await visitor.sync()
        await stranger.sync()
        [warning] = visitor.place_warnings()
        assert warning.visit.place.name == "Chợ Phố Hiến"
        assert stranger.place_warnings() == []
        async with seat("binh", name="Lê Văn Bình") as page:  # the first session has ended meanwhile
            await page.get("/console/place-notices")
            assert "published" in text(page)
            notice = re.search(r"/console/place-notices/[0-9a-f]+", page.page)[0]
            await page.get(notice)
            await page.post(f"{notice}/over", forms_of(page.page)[f"{notice}/over"])
            await page.get(notice)
            assert "taken back" in text(page)
            publish(core, places)
            await visitor.sync()
            assert visitor.place_warnings() == []

    asyncio.run(story())
    assert len(core.database.read_now(lambda c: c.execute(sa.select(place_notices)).all())) == 1


def test_files_are_fetched_by_anybody_and_kept_by_caches(core, app, places, head):
    add(core, places, head)
    publish(core, places)

    async def story():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ORIGIN) as client:
            [name] = (await client.get(PATH_NOTICES)).text.split()
            answer = await client.get(f"/v1/notices/{name}")
            assert answer.headers["content-type"] == "application/zip"
            assert "immutable" in answer.headers["cache-control"]
            again = await client.get(f"/v1/notices/{name}", headers={"If-None-Match": answer.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
            assert (await client.get("/v1/notices/none.zip")).status_code == 404
            page = await client.get("/p?lang=en")
            assert "You scanned the code of a place" in page.text
            assert "script" not in page.text

    asyncio.run(story())
