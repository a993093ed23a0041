"""Follow-up's pages through the real application, as forms without script and as the pages' script asks."""

import asyncio
import re
from html import unescape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bluezone.server.casework.tables import persons
from bluezone.server.followup.tables import followup_sheets, followups
from bluezone.server.followup.terms import Result
from tests.server.accounts.browser import ORIGIN
from tests.server.casework.forms import forms_of
from tests.server.followup.support import HIEN_NAM, LAM_SON, NEIGHBOUR, plant, rows
from tests.server.followup.test_lists import TODAY
from tests.server.followup.test_sheets import LAST

LIST = "/console/follow-up"


def text(page):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.page)).split())


async def call(page, path, **fields):
    """As the page's script sends it."""
    token = re.search(r'name="form_token" value="([^"]+)"', page.page)[1]
    headers = {"Origin": ORIGIN, "Accept": "application/json"}
    return await page.client.post(path, data=fields | {"form_token": token}, headers=headers)


def test_a_day_of_follow_up_without_script(core, accounts, seat):
    async def story():
        async with seat() as page:
            person = plant(core, 1, last=LAST)
            await page.get("/console")
            assert "Seen today – nobody" in text(page) or "0 of 1" in text(page)
            await page.get(LIST)
            assert "Trần Văn Bình" in text(page)
            assert "F1 2/14" in text(page)
            assert 'href="tel:0912345678"' in page.page
            form = forms_of(page.page)[f"{LIST}/result?"]
            answer = await page.post(f"{LIST}/result", form | {"result": "symptoms", "temperature": "38,4"})
            await page.get(answer.headers["location"])
            assert "Call now: Trần Văn Bình" in text(page)
            assert f'href="/console/persons/{person}/case"' in page.page
            assert "1 of 1 answered" in text(page)
            await page.get(f"/console/persons/{person}")
            assert "38,4°" in text(page)
            await page.get(answer.headers["location"])
            await page.post(f"{LIST}/undo", forms_of(page.page)[f"{LIST}/undo?"])
            assert rows(core, followups) == []

    asyncio.run(story())


def test_the_script_is_told_what_is_kept_and_what_somebody_else_entered(core, accounts, seat):
    async def story():
        async with seat() as page, seat("hai", name="Lê Hai") as other:
            person = plant(core, 1, last=LAST)
            await page.get(LIST)
            await other.get(LIST)
            sent = {"person": person, "day": TODAY.isoformat(), "version": "0"}
            kept = await call(page, f"{LIST}/result", **sent, result="seen", temperature="36.6")
            assert kept.json() == kept.json() | {"version": 1, "title": "Seen, well", "temperature": "36.6"}
            assert kept.json()["author"] == "Nguyễn Thị An"
            changed = await call(other, f"{LIST}/result", **sent, result="lost")
            assert changed.status_code == 409
            assert changed.json()["entry"]["result"] == "seen"
            assert changed.json()["entry"]["author"] == "Nguyễn Thị An"
            for fields in ({"result": "well"}, {"result": "seen", "temperature": "99"}, {"result": "seen", "day": "x"}):
                assert (await call(page, f"{LIST}/result", **(sent | fields))).status_code == 400
            undone = await call(page, f"{LIST}/undo", **(sent | {"version": "1"}))
            assert undone.json() == {"entry": None}

    asyncio.run(story())


def test_people_are_assigned_to_who_works_there(core, accounts, seat):
    async def story():
        async with (
            seat() as page,
            seat("binh", unit=LAM_SON, name="Trần Bình") as here,
            seat("la", unit=NEIGHBOUR) as far,
        ):
            mine = plant(core, 1, last=LAST)
            elsewhere = plant(core, 2, last=LAST, unit=HIEN_NAM)
            await page.get(LIST)
            assert "Trần Bình" in page.page
            await page.post(
                f"{LIST}/assign", forms_of(page.page)[f"{LIST}/assign?"] | {"person": mine, "officer_to": "mine"}
            )
            await page.get(f"{LIST}?officer=mine")
            assert "One person" in text(page)
            for people, officer in ((elsewhere, here.account.id), (mine, far.account.id), (mine, "f" * 32)):
                await page.get(LIST)
                sent = forms_of(page.page)[f"{LIST}/assign?"] | {"person": people, "officer_to": officer}
                await page.post(f"{LIST}/assign", sent, 400)
            officers = dict.fromkeys([page.account.id, None])
            assert {row.officer for row in rows(core, persons)} == set(officers)

    asyncio.run(story())


def test_sheets_are_printed_and_typed_in_without_script(core, accounts, seat):
    async def story():
        async with seat() as page, seat("la", unit=NEIGHBOUR) as far:
            for number in range(3):
                plant(core, number, last=LAST, name=f"Người {number}")
            await page.get(f"{LIST}?unit={LAM_SON}")
            await page.post(f"{LIST}/sheets?unit={LAM_SON}", forms_of(page.page)[f"{LIST}/sheets?unit={LAM_SON}"])
            number = rows(core, followup_sheets)[0].number
            await page.get(f"{LIST}/sheets")
            found = await page.post(
                f"{LIST}/sheets/find",
                forms_of(page.page)[f"{LIST}/sheets/find"] | {"number": f"{number[:3]} {number[3:]}"},
            )
            here = found.headers["location"]
            await page.get(here)
            assert "3 rows without a result" in text(page)
            code = re.search(r'data-code="(\w+)"', page.page)[1]
            form = forms_of(page.page)[here]
            await page.post(here, form | {"line": f"{code} k"})
            await page.post(here, form | {"line": f"{code} z"}, 400)
            await page.post(here, form | {"line": "AA s"}, 400)
            await page.post(here, form | {"line": f"{code} s"}, 409)
            assert "For Người 0 there is already: No reply" in text(page)
            await page.post(here, forms_of(page.page)[here])
            assert [row.result for row in rows(core, followups)] == ["seen"]
            pdf = await page.client.get(f"{here}/print")
            assert pdf.headers["content-type"] == "application/pdf"
            assert pdf.content.startswith(b"%PDF")
            for path in (here, f"{here}/print", f"{LIST}/sheets/x", f"{LIST}/sheets/999999"):
                await far.get(path, 403)

    asyncio.run(story())


def test_a_viewer_sees_figures_and_no_names(core, accounts, seat):
    async def story():
        async with seat("xem", "viewer") as page:
            plant(core, 1, last=LAST)
            await page.get(f"{LIST}/figures")
            assert "fewer than 10 people" in text(page)
            assert "Figures of fewer than 10 people are not shown" in text(page)
            answer = await page.get(f"{LIST}/figures/csv")
            assert answer.text.startswith("\ufeffDay,Unit code,Unit,Indicator,Number,Of,")
            assert "2020-08-03,,All units together,Seen today,,,,\r\n" in answer.text
            for path in (LIST, f"{LIST}/sheets"):
                await page.get(path, 403)
        async with seat() as page:
            await page.get(f"{LIST}/figures?day=2020-08-02")
            assert "Tracing and follow-up on 2/8/2020" in text(page)

    asyncio.run(story())


NAMES = ["person", "day", "result", "version", "temperature", "note", "line", "number", "officer_to", "back", "unit"]
VALUES = st.text(max_size=30) | st.sampled_from(
    [*Result, f"{1:032x}", TODAY.isoformat(), "1", "-1", "9" * 40, "\0", "mine"]
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fields=st.dictionaries(st.sampled_from(NAMES), VALUES),
    path=st.sampled_from(["result", "undo", "assign", "sheets", "sheets/find", "sheets/123456"]),
    asked=st.dictionaries(st.sampled_from(["day", "unit", "officer", "level", "page", "person", "version"]), VALUES),
)
def test_whatever_is_sent_is_answered(core, accounts, seat, fields, path, asked):
    async def story():
        if not rows(core, persons):
            plant(core, 1, last=LAST)
        async with seat(login=f"an{core.randomness.token_bytes(6).hex()}") as page:
            await page.get("/console/account")
            for headers in ({}, {"Accept": "application/json"}):
                token = re.search(r'name="form_token" value="([^"]+)"', page.page)[1]
                answer = await page.client.post(
                    f"{LIST}/{path}",
                    params=asked,
                    data=fields | {"form_token": token},
                    headers={"Origin": ORIGIN} | headers,
                )
                assert answer.status_code < 500
            for place in (LIST, f"{LIST}/figures"):
                assert (await page.client.get(place, params=asked)).status_code == 200

    asyncio.run(story())


@pytest.mark.parametrize("follow_f2", [True, False])
def test_contacts_of_contacts_are_followed_as_the_setting_says(core, accounts, seat, follow_f2):
    import msgspec

    object.__setattr__(core, "settings", msgspec.structs.replace(core.settings, follow_f2=follow_f2))

    async def story():
        async with seat() as page:
            plant(core, 1, last=LAST, level=2)
            await page.get(LIST)
            assert ("Trần Văn Bình" in page.page) is follow_f2
            await page.get(f"{LIST}?level=f2")
            assert "Trần Văn Bình" in page.page

    asyncio.run(story())
