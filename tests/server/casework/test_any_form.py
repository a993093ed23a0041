"""Whatever a form holds, no page fails, and nothing is kept that the core would refuse."""

import asyncio
import re
from datetime import date
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bluezone.server.accounts.console import FORM_TOKEN
from bluezone.server.casework.case_routes import handlers as case_handlers
from bluezone.server.casework.list_routes import handlers as list_handlers
from bluezone.server.casework.people import checked_person
from bluezone.server.casework.person_routes import handlers as person_handlers
from bluezone.server.casework.service import PersonData, cases, contacts, landmarks, persons, settle_all, transfers
from tests.server.casework.forms import send
from tests.server.casework.test_pages import MAI, report, rows, token

HANDLERS = [*case_handlers, *list_handlers, *person_handlers]
POSTS = sorted({path for handler in HANDLERS if "POST" in handler.http_methods for path in handler.paths})
GETS = sorted({path for handler in HANDLERS if "GET" in handler.http_methods for path in handler.paths})
NAMES = [
    *("name", "unit", "sex", "birth_year", "phone", "address", "work", "note", "status", "onset", "test_date"),
    *("isolated_on", "reference", "case_note", "person", "version", "seen", "draft", "outcome", "reason", "mine"),
    *("first_day", "last_day", "closeness", "origin", "place", "landmark", "confirmed", "from_at", "to_at", "back"),
    *("name_0", "person_0", "unit_0", "first_day_0", "closeness_0", "origin_0", "phone_1", "new_0", "same_0"),
    *("pick_name", "theirs_name", "take_x", "q", "days", "page", "state", "order", "from", "birth_year_0"),
]
LIKELY = [
    *("", "1", "2", "confirmed", "discarded", "household", "interview", "11950", "xã Liên Phương (11974)", "hôm qua"),
    *("1/8", "7h 2/8", "1985", "0912345678", "Nguyễn Văn An", "new", "recovered", "no_case", "\0", "a\0b", "𝕏" * 300),
    *("/console/persons/x", "9" * 30, "-1", "٣/٨", "(11950)", "<script>", "' OR 1=1 --"),
]
FIELDS = st.dictionaries(
    st.sampled_from(NAMES) | st.text(min_size=1, max_size=8),
    st.sampled_from(LIKELY) | st.text(max_size=20),
    max_size=14,
)


@pytest.fixture
def desk(core, seat):
    """A page signed in, the ids of everything on record, and a loop to run in."""
    with asyncio.Runner() as runner:
        sitting = seat()
        page = runner.run(sitting.__aenter__())

        async def begin():
            mai = await report(page)
            own = await page.get(mai)
            case = re.search(r"/console/cases/(\w{32})", own.text)[1]
            await send(page, f"/console/cases/{case}/landmarks", place="Chợ", from_at="7h 2/8", to_at="8h 2/8")
            await page.get(f"{mai}/contacts")
            await send(page, f"{mai}/contacts", name_0="Lê Văn A", unit_0="11974", first_day_0="1/8")
            return {
                "person": mai.rpartition("/")[2],
                "case": case,
                "landmark": rows(core, landmarks)[0].id,
                "contact": rows(core, contacts)[0].id,
                "transfer": rows(core, transfers)[0].id,
                "form": f"case-{case}",
                "undo": "0" * 32,
            }

        ids = runner.run(begin())
        runner.run(page.get("/console/cases/new"))
        yield page, ids, runner, token(page)
        runner.run(sitting.__aexit__(None, None, None))


def address(path, ids):
    return "/console" + re.sub(r"\{(\w+)(?::str)?\}", lambda found: ids[found[1]], path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(path=st.sampled_from(POSTS), fields=FIELDS, base=st.booleans())
def test_any_form_is_answered_and_nothing_invalid_is_kept(core, desk, path, fields, base):
    page, ids, runner, form_token = desk
    sent = (MAI if base else {}) | fields | {FORM_TOKEN: form_token}
    answer = runner.run(page.client.post(address(path, ids), data=sent, headers={"Origin": "http://localhost:8787"}))
    assert answer.status_code < 500, (path, sent)
    today = date(2020, 8, 3)

    def check(connection):
        for row in connection.execute(sa.select(persons)):
            data = PersonData(*(getattr(row, name) for name in PersonData.__dataclass_fields__))
            assert checked_person(connection, data, today) == data
        for row in connection.execute(sa.select(cases)):
            assert row.onset is None or row.onset <= today

    core.database.read_now(check)
    assert core.database.write_now(settle_all) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(path=st.sampled_from(GETS), fields=FIELDS)
def test_any_query_is_answered(desk, path, fields):
    page, ids, runner, _token = desk
    answer = runner.run(page.client.get(address(path, ids), params=fields))
    assert answer.status_code < 500, (path, fields)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(path=st.sampled_from([path for path in GETS + POSTS if "{" in path]), text=st.sampled_from(LIKELY) | st.text())
def test_any_name_in_an_address_is_answered(desk, path, text):
    page, ids, runner, form_token = desk
    where = address(path, dict.fromkeys(ids, quote(text.replace("/", "")[:60], safe="") or "x"))
    method = "GET" if path in GETS else "POST"
    sent = {FORM_TOKEN: form_token} if method == "POST" else None
    answer = runner.run(page.client.request(method, where, data=sent, headers={"Origin": "http://localhost:8787"}))
    assert answer.status_code < 500, (path, text)
