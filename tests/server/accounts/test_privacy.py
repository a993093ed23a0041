import sqlalchemy as sa

from bluezone.server.accounts import people
from bluezone.server.accounts.access import Role
from bluezone.server.guidance.tables import tells
from tests.server.accounts.browser import browser
from tests.server.accounts.support import join
from tests.server.accounts.test_pages import told

DAY = 86400
SHOWN = "10 Aug 2020"
"""When a note of 27 July is destroyed, in Vietnam."""


def write_note(core, at):
    note = {"level": "F1", "exposure_days": "", "name": "Bùi An", "phone": "0912345678", "commune": "", "note": ""}
    core.database.write_now(lambda c: c.execute(sa.insert(tells).values(uuid="a", received_at=at, **note)))


async def head(accounts, *units):
    member = await join(accounts, "an", "manager", units[0])
    account = (await member.session()).account.id
    for unit in units[1:]:
        accounts.ground.core.database.write_now(lambda c, unit=unit: people.add_role(c, account, Role.MANAGER, unit, 0))
    return member


def test_whoever_heads_everything_sees_when_the_oldest_row_has_to_go(play, app, core, clock):
    async def story(accounts):
        member = await head(accounts, "33", "34")
        write_note(core, int(clock.now()) - 7 * DAY)
        async with browser(app, member.token) as page:
            await page.get("/console/privacy")
            row = next(row for row in page.page.split("<tr>") if "Notes to the health office" in row)
            assert "27 July 2020" in row
            assert SHOWN in row
            assert "Nothing is overdue" in told(page.page)
            assert "Bùi An" not in page.page

    play(story)


def test_what_is_overdue_stands_first_and_says_what_to_do(play, app, core, clock):
    async def story(accounts):
        member = await head(accounts, "33", "34")
        write_note(core, int(clock.now()) - 15 * DAY)
        async with browser(app, member.token) as page:
            await page.get("/console/privacy")
            assert "1 row should have been destroyed by now." in told(page.page)
            assert "bluezone purge --due" in page.page
            assert "Notes to the health office" in page.page.split("<tr>")[2]

    play(story)


def test_whoever_heads_a_part_reads_rules_and_no_figure_or_day_of_the_whole(play, app, core, clock):
    async def story(accounts):
        member = await head(accounts, "33")
        write_note(core, int(clock.now()) - 7 * DAY)
        async with browser(app, member.token) as page:
            await page.get("/console/privacy")
            assert "14 days after arrival" in page.page
            assert "July" not in told(page.page)
            assert "The oldest is of" not in page.page

    play(story)
