"""Bringing a list in through the console's own pages."""

import asyncio

import argon2
import pytest
import sqlalchemy as sa

from bluezone.server.accounts import Accounts
from bluezone.server.accounts.console import FORM_TOKEN
from bluezone.server.app import assemble
from bluezone.server.audit import Audit
from bluezone.server.casework.service import persons
from bluezone.server.desk import Desk
from bluezone.server.exchange.columns import COLUMNS, ListKind
from bluezone.server.exchange.exports import Form, What
from bluezone.sheets import read_sheet, read_table
from tests.server.accounts.browser import ORIGIN, browser
from tests.server.accounts.support import join
from tests.server.casework.support import outbreak, plant_province
from tests.server.exchange.support import count, workbook
from tests.server.exchange.test_imports import CASES
from tests.server.support import keys_room

LINE = (
    1,
    "BN1046",
    "Nguyễn Văn An",
    1975,
    "Nam",
    "Thôn 3, xã Liên Phương, TP Hưng Yên",
    "0912345678",
    "28/7/2020",
    "30/7/2020",
)


@pytest.fixture
def accounts(core):
    plant_province(core)
    room = Accounts(core, Audit(core), hasher=argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
    yield room
    room.stop()


@pytest.fixture
def app(core, accounts):
    return assemble(core, desk=Desk(core), keys=keys_room(core), accounts=accounts)


class Officer:
    """Somebody signed in, with a page and its forms."""

    def __init__(self, app, accounts, member, page):
        self.app, self.accounts, self.member, self.page = app, accounts, member, page

    async def token(self):
        return self.accounts.form_token(await self.member.session())

    async def upload(self, data, *, kind="cases", name="danh sách.xlsx", status=303, **fields):
        answer = await self.page.client.post(
            "/console/exchange/import",
            data={FORM_TOKEN: await self.token(), "kind": kind, "unit": "", **fields},
            files={"file": (name, data)},
            headers={"Origin": ORIGIN},
        )
        assert answer.status_code == status, answer.text
        return answer

    async def wait(self, path):
        """As whoever looks at the page until the list is on record."""
        while "Being put on record" in (await self.page.get(path)).text:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    async def send(self, path, status=303, **fields):
        return await self.page.post(path, {FORM_TOKEN: await self.token(), **fields}, status)


@pytest.fixture
def visit(app, accounts):
    """Plays `story(officer)` with a health officer of thành phố Hưng Yên."""

    def run(story, role="health_officer"):
        async def whole():
            member = await join(accounts, "ban", role, "323")
            async with browser(app, member.token) as page:
                await story(Officer(app, accounts, member, page))

        asyncio.run(whole())

    return run


def test_a_list_goes_from_the_file_to_the_report_without_a_script(core, visit):
    async def story(officer):
        await officer.page.get("/console/exchange/import")
        answer = await officer.upload(workbook(CASES, LINE))
        path = answer.headers["location"]
        page = await officer.page.get(path)
        assert "Nguyễn Văn An" in page.text
        assert "nothing is written yet" in page.text
        assert count(core, persons) == 0
        await officer.send(f"{path}/start")
        await officer.wait(path)
        page = await officer.page.get(path)
        assert "What became of it" in page.text
        assert "New record" in page.text
        assert count(core, persons) == 1
        await officer.send(f"{path}/undo")
        assert count(core, persons) == 0

    visit(story)


def test_every_list_to_fill_in_is_read_back_in_both_languages(visit):
    async def story(officer):
        for language in ("vi", "en"):
            for kind in ListKind:
                path = f"/console/exchange/sheets/{kind}.xlsx"
                body = (await officer.page.get(path, **{"Accept-Language": language})).content
                table = read_table(read_sheet(body), COLUMNS[kind])
                assert (table.missing, table.unknown, table.ambiguous) == ((), (), {}), (language, kind)

    visit(story)


def test_nobody_can_be_recognised_in_a_list_unless_a_reason_is_given(core, accounts, visit):
    found = outbreak(core, ill=6, exposed_each=3, beyond_each=1)
    people = core.database.read_now(lambda c: c.execute(sa.select(persons)).all())
    secrets = {one.name for one in people} | {one.phone for one in people} | {one.id for one in people}

    async def story(officer):
        for what in What:
            for form in Form:
                answer = await officer.send("/console/exchange/export", 200, what=what, form=form, named="0", reason="")
                rows = cells(answer.content)
                assert len(rows) > (len(found.ill) if what is not What.FOLLOW_UPS else 0)
                assert not secrets & {cell for row in rows for cell in row}, what
                assert "Nguyễn Thị An" in str(rows[0])  # who took it out
        refused = await officer.send("/console/exchange/export", 400, what="cases", form="xlsx", named="1", reason="x")
        assert "ten characters" in refused.text
        answer = await officer.send(
            "/console/exchange/export", 200, what="cases", form="csv", named="1", reason="Gửi CDC tỉnh ngày 3/8"
        )
        assert {one.name for one in people if one.level == 0} <= {cell for row in cells(answer.content) for cell in row}
        assert "Gửi CDC tỉnh ngày 3/8" in answer.content.decode()

    visit(story)
    told = core.database.read_now(lambda c: accounts.audit.entries(c, ["/"]))
    exported = [entry.event.detail for entry in told if entry.event.action == "exported"]
    assert [one["named"] for one in exported] == ["yes"] + ["no"] * 6
    assert exported[0]["reason"] == "Gửi CDC tỉnh ngày 3/8"


def cells(body):
    return [list(map(str, row.cells)) for row in read_sheet(body).rows]
