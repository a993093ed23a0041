"""The gates' pages and calls through the real application."""

import asyncio
import json
import re
from html import unescape

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from bluezone.protocol._compact import sign
from tests.materials.reader import read_pages
from tests.server.casework.forms import forms_of
from tests.server.gates.support import CITY, NEIGHBOUR, WARD, point, text


def said(page):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.page)).split())


async def register(page):
    await page.get("/console/gates/new")
    form = forms_of(page.page)["/console/gates"]
    answer = await page.post("/console/gates", form | {"label": "Cổng chính", "unit": WARD})
    path = answer.headers["location"].split("?")[0]
    await page.get(path)
    await page.post(f"{path}/link", forms_of(page.page)[f"{path}/link"], 200)
    return path, re.search(r"/gate#([0-9a-f]+)", page.page)[1]


async def enrol(page, token, key):
    return await page.client.post("/v1/gates/enrol", json={"token": token, "publicKey": text(point(key))})


def test_from_registering_to_the_first_counts(core, accounts, seat):
    async def story():
        key = ec.generate_private_key(ec.SECP256R1())
        async with seat("ha", "manager", WARD) as page, seat("tren", "department", CITY, "Lê Trên") as above:
            path, token = await register(page)
            given = (await enrol(page, token, key)).json()
            assert given["label"] == "Cổng chính"
            assert (await enrol(page, token, key)).status_code == 410
            hour = int(core.clock.now()) // 3600 * 3600
            counts = {"hour": hour, "running": 12, "helped": 3, "without": 1, "preferredNot": 0}
            body = json.dumps({"gate": given["gate"], "sequence": 1, "hours": [counts], "tried": True}).encode()
            signature = text(sign(key, b"bluezone gate counts 1\0" + body))
            for _ in range(2):
                answer = await page.client.post(
                    "/v1/gates/counts", content=body, headers={"X-Gate-Signature": signature}
                )
                assert answer.status_code == 200
            await page.get(path)
            assert "Whole day 12 3 1 0" in said(page)
            assert "Tried with one visitor" in said(page)
            await above.get(path)
            assert "Whole day 12 < 10 < 10 0" in said(above)
            assert f"{hour}" not in above.page
            await above.get("/console/gates")
            assert "12 < 10 < 10 0" in said(above)
            await page.post(f"{path}/withdraw", forms_of(page.page)[f"{path}/withdraw"])
            answer = await page.client.post("/v1/gates/counts", content=body, headers={"X-Gate-Signature": signature})
            assert answer.status_code == 403

    asyncio.run(story())


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"token": 1}', b"\xff", b'{"token":"x","publicKey":"\xc3\xa9"}'])
def test_what_is_no_call_of_a_device_is_refused(core, accounts, seat, body):
    async def story():
        async with seat("ha", "manager", WARD) as page:
            for path in ("/v1/gates/enrol", "/v1/gates/counts"):
                answer = await page.client.post(path, content=body, headers={"X-Gate-Signature": "é".encode()})
                assert answer.status_code == 400, answer.text

    asyncio.run(story())


def test_a_label_that_is_too_long_is_told_above_the_form(accounts, seat):
    async def story():
        async with seat("ha", "manager", WARD) as page:
            await page.get("/console/gates/new")
            form = forms_of(page.page)["/console/gates"]
            await page.post("/console/gates", form | {"label": "Cổng " * 20, "unit": WARD}, 400)
            assert "1 to 40 characters" in said(page)

    asyncio.run(story())


def test_the_gates_page_is_one_for_all_gates_and_holds_nothing_of_any(accounts, seat):
    async def story():
        async with seat("ha", "manager", WARD) as page:
            await register(page)
            shell = await page.get("/gate")
            assert "Cổng chính" not in shell.text
            assert "script-src 'self'" in shell.headers["content-security-policy"]
            worker = await page.client.get("/gate/worker.js")
            assert worker.headers["service-worker-allowed"] == "/gate"

    asyncio.run(story())


def test_a_days_sheet_is_the_same_each_time_and_another_for_each_gate_and_day(core, accounts, seat):
    async def story():
        async with seat("ha", "manager", WARD) as page, seat("xa", "manager", NEIGHBOUR, "Lê Xa") as other:
            path, _ = await register(page)
            today = await page.get(f"{path}/sheet?lang=vi")
            assert today.headers["content-type"] == "application/pdf"
            assert today.content.startswith(b"%PDF")
            (read,) = read_pages(today.content)
            (again,) = read_pages((await page.get(f"{path}/sheet?lang=vi")).content)
            (tomorrow,) = read_pages((await page.get(f"{path}/sheet?lang=vi&day=tomorrow")).content)
            assert codes(read) == codes(again)
            assert codes(read) != codes(tomorrow)
            await other.get(f"{path}/sheet", 403)

    asyncio.run(story())


def codes(page):
    found = re.findall(r"[0-9]{2}:[0-9]0([A-Z]{2}[0-9]{4})", page.text)
    assert len(found) == 78
    return found
