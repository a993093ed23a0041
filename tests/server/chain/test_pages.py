import asyncio
import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from bluezone.server.chain.asked import Asked
from tests.server.accounts.browser import browser
from tests.server.accounts.support import join
from tests.server.casework.support import outbreak


def told(page):
    return unescape(re.sub(r"<[^>]+>", " ", page))


def visit(app, accounts, story, role="health_officer"):
    async def run():
        somebody = await join(accounts, "ban", role, "323", name="Trần Thị Bàn")
        async with browser(app, somebody.token) as page:
            await story(page)

    asyncio.run(run())


def test_the_chain_is_read_as_picture_and_as_table(core, app, accounts):
    made = outbreak(core, ill=2)

    async def story(page):
        await page.get("/console/chain")
        assert "BN900" in told(page.page)
        assert f'href="/console/persons/{made.ill[1]}"' in page.page
        assert "2 cases · 12 F1" in told(page.page)
        assert 'aria-current="page"' in page.page
        assert "style=" not in page.page
        await page.get(f"/console/chain?cluster={made.ill[0]}&depth=0&detail=counts&apart=1")
        assert "2 cases" in told(page.page)
        await page.get("/console/chain/timeline?by=report&lang=vi")
        assert "Ca bệnh (F0) theo ngày báo ca: 2" in told(page.page)

    visit(app, accounts, story)


def test_an_empty_desk_says_the_next_step(app, accounts):
    async def story(page):
        await page.get("/console/chain")
        assert "No case yet" in told(page.page)
        await page.get("/console/chain?from=1/8/2020")
        assert "Nobody with a level" in told(page.page)

    visit(app, accounts, story)


def test_a_file_is_saved(core, app, accounts):
    outbreak(core, ill=2)

    async def story(page):
        await page.get("/console/chain")
        answer = await page.send("/console/chain/export", 200, format="svg", names="", reason="")
        assert answer.headers["content-disposition"] == 'attachment; filename="chain-2020-08-03-1730.svg"'
        assert answer.headers["content-type"].startswith("image/svg+xml")
        assert answer.text.startswith("<svg")
        await page.get("/console/chain/timeline")
        answer = await page.send("/console/chain/export", 200, format="png", names="", reason="")
        assert answer.headers["content-type"] == "image/png"

    visit(app, accounts, story)


def test_names_without_a_reason_come_back_to_the_page(core, app, accounts):
    outbreak(core, ill=2)

    async def story(page):
        await page.get("/console/chain?detail=counts")
        await page.send("/console/chain/export", 400, format="svg", names="1", reason="ngắn")
        assert "ten characters" in told(page.page)
        assert 'value="ngắn"' in page.page
        await page.get("/console/chain")
        await page.send("/console/chain/export", 400, format="exe")

    visit(app, accounts, story)


def test_a_form_that_no_page_sends_is_refused_in_a_sentence(core, app, accounts):
    made = outbreak(core, ill=1, units=["12280"])
    good = {"picture": "chain", "format": "svg"}

    async def story(page):
        await page.get("/console/account")
        token = re.search(r'name="form_token" value="([^"]+)"', page.page)[1]
        for fields, status in (
            ({}, 400),
            ({"picture": "chain", "format": "pdf"}, 400),
            ({"picture": "../chain", "format": "svg"}, 400),
            (good | {"unit": "12280"}, 403),
            (good | {"cluster": made.ill[0]}, 403),
            (good | {"unit": "\x00", "from": "99/99/9999", "depth": "-1", "detail": "[]", "open": "x" * 9000}, 200),
        ):
            await page.post("/console/chain/export", fields | {"form_token": token}, status)
        for query in (f"cluster={made.ill[0]}", "unit=12280", "unit=99"):
            await page.get(f"/console/chain?{query}", 403)
        await page.get("/console/chain?from=%00&to=%C3%28&depth=%F0%9F%92%A9&cluster=%27--&open=%22%3E&unit=%25")

    visit(app, accounts, story)


def test_a_viewer_sees_no_chain(core, app, accounts):
    outbreak(core, ill=2)

    async def story(page):
        for path in ("/console/chain", "/console/chain/timeline"):
            await page.get(path, 403)
        await page.get("/console")
        assert "/console/chain" not in page.page

    visit(app, accounts, story, role="viewer")


FIELDS = st.sampled_from(["cluster", "unit", "from", "to", "depth", "detail", "apart", "by", "open", "other"])
VALUES = st.text(max_size=40) | st.sampled_from(
    ["5/8/2020", "2020-08-05", "31/2/2020", "0", "1", "2", "names", "test", "a" * 32, "11950"]
)


@given(st.lists(st.tuples(FIELDS, VALUES), max_size=12))
def test_an_address_says_again_what_was_asked(pairs):
    asked = Asked.read(pairs)
    assert Asked.read(asked.pairs) == asked
