"""Codes through the real pages: issued, shown once, accepted by a phone, revoked, printed, sent."""

import re
from datetime import date
from html import unescape

import msgspec
import pytest
import sqlalchemy as sa

from bluezone.protocol.wire import PATH_VERIFY
from bluezone.server.accounts import Accounts
from bluezone.server.app import assemble
from bluezone.server.casework.cases import CaseData, report_case
from bluezone.server.casework.contacts import ContactData, add_contact
from bluezone.server.casework.people import PersonData, add_person
from bluezone.server.casework.tables import case_codes
from bluezone.server.desk import Desk
from tests.server.accounts.browser import browser
from tests.server.accounts.conftest import QUICK
from tests.server.accounts.support import join
from tests.server.support import keys_room

TODAY = date(2020, 8, 3)


def told(page):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture
def accounts(core, casework):
    room = Accounts(core, casework.ground.audit, hasher=QUICK)
    yield room
    room.stop()


@pytest.fixture
def app(core, accounts):
    return assemble(core, desk=Desk(core), keys=keys_room(core), accounts=accounts)


async def patient(casework, me, name="Trần Văn Bình", *, phone="0912345678", **case):
    person = await casework.write(add_person, "323", PersonData(name=name, unit="11950", phone=phone))
    data = CaseData(**({"status": "confirmed", "onset": date(2020, 8, 1), "test_date": date(2020, 8, 2)} | case))
    await casework.apply(me, lambda g, c, a: report_case(g, c, a, person, data))
    return person


async def met(casework, me, source, *, confirmed, name="Lê Thị Chi", day=date(2020, 8, 1)):
    person = await casework.write(add_person, "323", PersonData(name=name, unit="11950"))
    data = ContactData(first_day=day, last_day=day, closeness="close", origin="interview", confirmed=confirmed)
    await casework.apply(me, lambda g, c, a: add_contact(g, c, a, source, person, data))
    return person


def digits(page):
    found = re.search(r'class="digits code-digits[^>]*>(.*?)</p>', page, re.DOTALL)
    return "" if found is None else re.sub(r"\D", "", re.sub(r"<[^>]+>", "", found[1]))


async def verify(page, code):
    answer = await page.client.post(PATH_VERIFY, content=msgspec.json.encode({"code": code}))
    return answer.status_code, msgspec.json.decode(answer.content)


def rows(core, table=case_codes):
    return core.database.read_now(lambda c: c.execute(sa.select(table)).all())


def test_a_phone_takes_the_code_on_the_page_and_the_page_shows_it_once(play, app, accounts, core, me):
    async def story(casework):
        person = await patient(casework, me)
        officer = await join(accounts, "an", "health_officer", "323")
        async with browser(app, officer.token) as an:
            await an.get(f"/console/persons/{person}/codes")
            answer = await an.send(f"/console/persons/{person}/codes", 200, channel="aloud")
            assert answer.headers["cache-control"] == "no-store"
            code = digits(an.page)
            assert len(code) == 8
            assert "until 17:45" in told(an.page)
            status, taken = await verify(an, code)
            assert (status, taken["testtype"], taken["symptomDate"]) == (200, "confirmed", "2020-08-01")
            await an.get(f"/console/persons/{person}/codes")
            assert code[:4] not in an.page
            assert "Opened on a phone" in told(an.page)
            await an.get("/console/codes")
            assert "Trần Văn Bình" in told(an.page)

    play(story)
