"""Many places at once: every row looked at first, all or none registered, and no cell ever computes anything."""

import asyncio
import io
import re
from html import unescape

import msgspec
import openpyxl
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bluezone.server.places import batch
from bluezone.server.places.errors import BatchUnfit
from bluezone.server.places.service import places as table
from tests.server.accounts.browser import ORIGIN
from tests.server.casework.forms import forms_of
from tests.server.places.support import NEIGHBOUR

BATCH = "/console/places/batch"


def workbook(*rows, header=("Tên địa điểm", "Địa chỉ", "Mã đơn vị", "Loại", "Thời gian ở lại", "Các cửa")):
    book = openpyxl.Workbook()
    for row in (header, *rows):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def names(core):
    return core.database.read_now(lambda c: sorted(c.execute(sa.select(table.c.name)).scalars()))


async def bring(page, data, status=200):
    await page.get(BATCH)
    token = forms_of(page.page)[BATCH]["form_token"]
    answer = await page.client.post(
        BATCH, data={"form_token": token}, files={"file": ("dia-diem.xlsx", data)}, headers={"Origin": ORIGIN}
    )
    assert answer.status_code == status, answer.text
    page.page = answer.text


def test_a_workbook_becomes_places_posters_and_a_list_of_numbers(core, seat):
    rows = [(f"Cửa hàng số {n}", f"Thôn {n}", "11950", "Cửa hàng", 30, "") for n in range(1, 40)]
    rows.append(("Chợ Phố Hiến", "Phố Hiến", "11950", "chợ", None, "Cổng chính; Hàng ăn"))

    async def story():
        async with seat("truong", role="manager") as page:
            await bring(page, workbook(*rows))
            assert names(core) == []
            answer = await page.post(f"{BATCH}/register", forms_of(page.page)[f"{BATCH}/register"])
            await page.get(answer.headers["location"])
            assert "40 places" in page.page
            query = answer.headers["location"].partition("?")[2]
            paper = await page.client.get(f"/console/places/posters?{query}")
            assert paper.headers["content-type"] == "application/pdf"
            assert paper.content.count(b"/Type /Page") - paper.content.count(b"/Type /Pages") in {0, 41}
            found = await page.client.get(f"/console/places/numbers.xlsx?{query}")
            sheet = openpyxl.load_workbook(io.BytesIO(found.content)).worksheets[0]
            cells = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]
            assert sum(bool(re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", cell)) for cell in cells) == 41

    asyncio.run(story())
    assert len(names(core)) == 40


def test_one_wrong_row_registers_nothing(core, seat):
    rows = [
        ("Cửa hàng số 1", "", "11950", "Cửa hàng", 30, ""),
        ("X", "", "11950", "Cửa hàng", 30, ""),
        ("Cửa hàng số 3", "", NEIGHBOUR, "Cửa hàng", 30, ""),
        ("Cửa hàng số 4", "", "11950", "Phi thuyền", 9999, ""),
    ]

    async def story():
        async with seat("truong", role="manager") as page:
            await bring(page, workbook(*rows))
            assert "3 rows cannot be registered" in page.page
            assert f"{BATCH}/register" not in page.page

    asyncio.run(story())
    assert names(core) == []


@pytest.mark.parametrize(("sign", "kept"), [("=", 0), ("\t=", 0), ("\r=", 0), ("+", 2), ("-", 2), ("@", 2)])
def test_formulas_in_names_are_refused_or_stay_words(core, seat, sign, kept):
    """A cell that computes is never read; what would compute in another program goes out as text."""
    evil = f'{sign}HYPERLINK("http://evil.example";"Chợ")'

    async def story():
        async with seat("truong", role="manager") as page:
            cell = evil.replace('"', '""')
            await bring(page, f'Tên địa điểm;Địa chỉ\n"{cell}";Phố Hiến\nChợ;Phố\n'.encode())
            form = forms_of(page.page).get(f"{BATCH}/register")
            assert (form is None) == (kept == 0)
            if form:
                await page.post(f"{BATCH}/register", form)
            found = await page.client.get("/console/places/numbers.xlsx")
            for sheet in openpyxl.load_workbook(io.BytesIO(found.content)).worksheets:
                for row in sheet.iter_rows():
                    assert {cell.data_type for cell in row} <= {"s", "n", "inlineStr"}

    asyncio.run(story())
    assert len(names(core)) == kept


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04 broken",
        workbook(),
        workbook(("a", "b"), header=("Màu", "Cỡ")),
        workbook(*[(f"Cửa hàng số {n}",) for n in range(501)]),
    ],
    ids=["nothing", "broken", "no rows", "other columns", "too many"],
)
def test_what_is_no_list_of_places_is_refused(core, seat, data):
    async def story():
        async with seat("truong", role="manager") as page:
            await bring(page, data, status=400)
            assert "Nothing was registered" in unescape(page.page)

    asyncio.run(story())


def test_who_does_not_manage_places_brings_none(core, seat):
    async def story():
        async with seat("an") as page:
            await page.get(BATCH, status=403)

    asyncio.run(story())


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda one: st.lists(one, max_size=4) | st.dictionaries(st.sampled_from(["name", "unit", "kind", "zones"]), one),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANY | st.lists(ANY, max_size=3))
def test_a_preview_that_was_tampered_with_is_refused_or_read(core, places, head, value):
    text = msgspec.json.encode(value).decode("utf-8", "replace") if _encodable(value) else "{"

    def run(connection):
        try:
            return batch.read_again(connection, head, text, places.ground.today())
        except BatchUnfit:
            return []

    assert all(line.faults or line.data.unit for line in core.database.read_now(run))


def _encodable(value):
    try:
        msgspec.json.encode(value)
    except (UnicodeEncodeError, OverflowError):
        return False
    return True
