"""The desk's pages through the real application."""

import asyncio
import re
from html import unescape

import sqlalchemy as sa

from bluezone.server.casework.service import Level, persons
from tests.server.casework.forms import send

MAI = {
    "name": "Nguyễn Thị Mai",
    "birth_year": "1985",
    "sex": "f",
    "phone": "0912 345 678",
    "unit": "xa lien phuong",
    "status": "confirmed",
    "onset": "1/8",
    "test_date": "2/8",
    "reference": "BN1046",
}


def told(page):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.page)).split())


def where(answer):
    """The path to which a form led."""
    return answer.headers["location"].partition("?")[0]


def undo_of(answer):
    return re.search(r"undo=(\w{32})", answer.headers["location"])[1]


def rows(core, table, *where):
    return core.database.read_now(lambda c: c.execute(sa.select(table).where(*where)).all())


async def report(page, **fields):
    """The path of a new case's person."""
    await page.get("/console/cases/new")
    return where(await send(page, "/console/cases/new", **(MAI | fields)))


def test_a_case_is_reported_its_contact_named_and_turned_positive_with_a_preview(core, seat):
    async def story():
        async with seat() as page:
            await page.get("/console/cases")
            assert "No open case" in told(page)
            mai = await report(page)
            await page.get(mai)
            assert "Could infect others from 29/7/2020" in told(page)
            await page.get(f"{mai}/contacts")
            answer = await send(
                page,
                f"{mai}/contacts",
                name_0="Trần Văn Bình",
                birth_year_0="1990",
                unit_0="phường Lam Sơn",
                first_day_0="31/7",
            )
            binh = rows(core, persons, persons.c.name == "Trần Văn Bình")[0]
            assert binh.level == Level.F1
            assert where(answer) == mai
            assert "told=1" in answer.headers["location"]
            await page.get(f"/console/persons/{binh.id}")
            assert "Met Nguyễn Thị Mai (BN1046) , 31/7/2020 . Followed until 14/8/2020." in told(page)
            await page.get(f"/console/persons/{binh.id}/contacts")
            await send(
                page,
                f"/console/persons/{binh.id}/contacts",
                name_0="Lê Thị Cúc",
                unit_0="11950",
                first_day_0="1/8",
                last_day_0="2/8",
            )
            cuc = rows(core, persons, persons.c.name == "Lê Thị Cúc")[0]
            assert cuc.level == Level.F2
            await page.get(f"/console/persons/{binh.id}/case")
            await send(
                page, f"/console/persons/{binh.id}/case", 200, status="confirmed", onset="2/8", test_date="hôm nay"
            )
            assert "Trần Văn Bình F1 F0, case" in told(page)
            assert "Lê Thị Cúc F2 F1, contact of a case" in told(page)
            assert rows(core, persons, persons.c.id == cuc.id)[0].level == Level.F2
            answer = await send(page, f"/console/persons/{binh.id}/case")
            assert rows(core, persons, persons.c.id == cuc.id)[0].level == Level.F1
            await page.get(answer.headers["location"])
            answer = await send(page, f"/console/undos/{undo_of(answer)}")
            assert where(answer) == f"/console/persons/{binh.id}"
            assert rows(core, persons, persons.c.id == cuc.id)[0].level == Level.F2
            await page.get("/console/cases?q=bn1046")
            assert "One case" in told(page)
            await page.get("/console/cases?q=tran+binh")
            assert "People without a case" in told(page)

    asyncio.run(story())
