"""What tests of codes share: patients, contacts, a phone's call, and what a page shows."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import msgspec
import sqlalchemy as sa

from bluezone.protocol.wire import PATH_VERIFY
from bluezone.server.casework.cases import CaseData, report_case
from bluezone.server.casework.contacts import ContactData, add_contact
from bluezone.server.casework.people import PersonData, add_person
from bluezone.server.casework.tables import case_codes
from bluezone.server.desk.tables import desk_cases
from tests.server.casework.support import make

ONSET, TESTED = date(2020, 8, 1), date(2020, 8, 2)
"""The tests' day is 3 August 2020."""


async def person_of(casework, name="Trần Văn Bình", *, unit="11950", phone="0912345678"):
    return await casework.write(add_person, "323", PersonData(name=name, unit=unit, phone=phone))


async def patient(casework, me, name="Trần Văn Bình", *, unit="11950", phone="0912345678", **case):
    person = await person_of(casework, name, unit=unit, phone=phone)
    data = CaseData(**({"status": "confirmed", "onset": ONSET, "test_date": TESTED} | case))
    await make(casework, me, lambda g, c, a: report_case(g, c, a, person, data))
    return person


async def met(casework, me, source, *, confirmed, name="Lê Thị Chi", day=ONSET):
    person = await person_of(casework, name)
    data = ContactData(first_day=day, last_day=day, closeness="close", origin="interview", confirmed=confirmed)
    await make(casework, me, lambda g, c, a: add_contact(g, c, a, source, person, data))
    return person


def told(page):
    """The words of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def code_on(page):
    """The code that the page shows in large groups."""
    found = re.search(r'class="digits code-digits[^>]*>(.*?)</p>', page, re.DOTALL)
    return "" if found is None else re.sub(r"\W", "", re.sub(r"<[^>]+>", "", found[1]))


def held_by(page, name="sealed"):
    return re.search(rf'name="{name}" value="([^"]+)"', page)[1]


async def verify(page, code):
    """What a phone is answered that brings a code: the test type, or why not."""
    answer = await page.client.post(PATH_VERIFY, content=msgspec.json.encode({"code": code}))
    body = msgspec.json.decode(answer.content)
    return body["testtype"] if answer.status_code == 200 else body["errorCode"]


def rows(core, table=case_codes):
    return core.database.read_now(lambda c: c.execute(sa.select(table)).all())


def uuids(core):
    """The identifiers of the codes that the desk has, and those that casework has."""
    return {row.uuid for row in rows(core, desk_cases)}, {row.uuid for row in rows(core)}
