"""Codes by workbook, through the real pages."""

import contextlib
import io
import re
import zipfile

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bluezone.server.casework.codes_bulk import _table
from bluezone.server.messages.tables import text_messages
from bluezone.server.sms_settings import SmsSettings
from bluezone.sheets import Column, SheetsError, read_sheet, read_table
from tests.server.accounts.browser import ORIGIN
from tests.server.casework.codes_support import held_by, met, patient, rows, told, uuids, verify

RESULT = tuple(
    Column(key, (title,))
    for key, title in {
        "case": "Case",
        "name": "Full name",
        "became": "What became of it",
        "code": "Code",
        "link": "Link",
    }.items()
)


@pytest.fixture
def settings(settings, tmp_path, request):
    chosen = dict(getattr(request, "param", {}))
    if chosen.pop("sms", False):
        (tmp_path / "sms").mkdir()
        chosen["sms"] = SmsSettings(gateway="file", folder=str(tmp_path / "sms"))
    return msgspec.structs.replace(settings, **chosen)


async def upload(page, text, status=200, *, name="ca.csv"):
    await page.get("/console/codes/bulk")
    data = text if isinstance(text, bytes) else text.encode()
    answer = await page.client.post(
        "/console/codes/bulk",
        data={"form_token": held_by(page.page, "form_token")},
        files={"file": (name, data)},
        headers={"Origin": ORIGIN},
    )
    assert answer.status_code == status, answer.text
    page.page = answer.text


async def issue(page, status=200):
    return (await page.send("/console/codes/bulk/issue", status)).content


def opened(archive):
    """The rows of the workbook in the answer, and the names of all its files."""
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        names = files.namelist()
        table = read_table(read_sheet(files.read("codes.xlsx")), RESULT)
    return [record.values for record in table.records], names


def verdicts(page):
    body = re.search(r"<tbody>(.*?)</tbody>", page, re.DOTALL)[1]
    return [told(row) for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)]


def test_every_row_is_looked_at_then_issued_and_phones_take_the_codes(play, seat, me, core):
    async def story(casework):
        an_f0 = await patient(casework, me, "Trần Văn Bình", reference="BN1046")
        await patient(casework, me, "Lê Văn Cường")  # case #2
        old = await patient(casework, me, "Đỗ Thị Yến", reference="BN9", onset=None, test_date=None)
        await met(casework, me, an_f0, confirmed=True)
        async with seat() as an:
            await upload(an, "Mã ca;Điện thoại\nbn1046;0912 345 678\n#2;\nBN9;\nBN7777;\n2;\nBN1046;0999999999\n;\n")
            assert "2 of 6 rows of ca.csv get a code." in told(an.page)
            found = verdicts(an.page)
            assert [" yes" in row for row in found] == [True, True, False, False, False, False]
            assert "Trần Văn Bình F0" in found[0]
            assert "neither the day of onset" in found[2]
            assert "No case of your units has this number" in found[3]
            assert "stands in a row above" in found[4]
            assert uuids(core) == (set(), set())

            archive = await issue(an)
            answer, names = opened(archive)
            assert names == ["codes.xlsx", "slips.pdf"]
            assert [bool(row["code"]) for row in answer] == [True, True, False, False, False, False]
            assert [row["became"] for row in answer[:2]] == ["Issued", "Issued"]
            assert answer[0]["link"].startswith("http://localhost:8787/c#")
            assert await verify(an, answer[0]["code"]) == "confirmed"
            assert await verify(an, answer[1]["link"].partition("#")[2]) == "confirmed"
            assert [row.channel for row in rows(core)] == ["bulk", "bulk"]
            assert old

            noted = core.database.read_now(lambda c: casework.ground.audit.entries(c, ["/"]))
            assert noted[0].event.action == "codes_bulk"
            assert dict(noted[0].event.detail) == {"issued": "2", "refused": "4"}

    play(story)


def test_sending_the_form_twice_revokes_nothing(play, seat, me):
    async def story(casework):
        await patient(casework, me, reference="BN1")
        async with seat() as an:
            await upload(an, "Mã ca\nBN1\n")
            page = an.page
            first = opened(await issue(an))[0]
            an.page = page
            second, names = opened(await issue(an))
            assert "since the file was looked at" in second[0]["became"]
            assert names == ["codes.xlsx"]
            assert await verify(an, first[0]["code"]) == "confirmed"

    play(story)


def test_a_code_of_before_is_replaced_when_the_preview_said_so(play, seat, me):
    async def story(casework):
        await patient(casework, me, reference="BN1")
        async with seat() as an:
            await upload(an, "Mã ca\nBN1\n")
            first = opened(await issue(an))[0]
            await upload(an, "Mã ca\nBN1\n")
            assert "Revokes the code issued before" in told(an.page)
            second = opened(await issue(an))[0]
            assert await verify(an, first[0]["code"]) == "code_expired"
            assert await verify(an, second[0]["code"]) == "confirmed"

    play(story)


@pytest.mark.parametrize("settings", [{"code_quota_day": 2}], indirect=True)
def test_when_the_quota_ends_in_the_middle_what_was_issued_is_in_the_answer(play, seat, me, core):
    async def story(casework):
        for number in range(4):
            await patient(casework, me, reference=f"BN{number}")
        async with seat() as an:
            await upload(an, "Mã ca\nBN0\nBN1\nBN2\nBN3\n")
            answer, _ = opened(await issue(an))
            assert [bool(row["code"]) for row in answer] == [True, True, False, False]
            assert "all codes of today" in answer[3]["became"]
            assert len(rows(core)) == 2

    play(story)


@pytest.mark.parametrize("settings", [{"sms": True}], indirect=True)
def test_rows_may_ask_for_a_text_message(play, seat, me, core):
    async def story(casework):
        await patient(casework, me, reference="BN1")
        await patient(casework, me, reference="BN2", phone="02213862345")
        async with seat() as an:
            await upload(an, "Mã ca,Hình thức\nBN1,tin nhắn\nBN2,Tin nhắn\n")
            assert "Choose a slip" in verdicts(an.page)[1]
            answer, names = opened(await issue(an))
            assert names == ["codes.xlsx"]
            assert answer[0]["code"]
            assert len(rows(core, text_messages)) == 1

    play(story)


def test_a_number_that_is_not_the_one_on_record_stops_the_row(play, seat, me):
    async def story(casework):
        await patient(casework, me, reference="BN1")
        async with seat() as an:
            await upload(an, "Mã ca,SĐT\nBN1,0999999999\n")
            assert "not the one on record" in told(an.page)
            assert "/console/codes/bulk/issue" not in an.page

    play(story)


def test_a_neighbours_case_does_not_exist_in_a_file_and_a_foreign_page_issues_nothing(play, seat, me, core):
    async def story(casework):
        await patient(casework, me, reference="BN1")
        async with seat() as an:
            await upload(an, "Mã ca\nBN1\n")
            sealed = held_by(an.page)
        async with seat("hx", unit="330") as neighbour:
            await upload(neighbour, "Mã ca\nBN1\n")
            assert "No case of your units" in told(neighbour.page)
            fields = {"form_token": held_by(neighbour.page, "form_token")}
            answer = await neighbour.post("/console/codes/bulk/issue", fields | {"sealed": sealed}, 200)
            assert "No case of your units" in opened(answer.content)[0][0]["became"]
            await neighbour.post("/console/codes/bulk/issue", fields | {"sealed": "AAAA"}, 410)
        assert uuids(core) == (set(), set())

    play(story)


def test_a_reference_that_two_people_have_is_not_guessed(play, seat, me):
    async def story(casework):
        for _ in range(2):
            await patient(casework, me, reference="BN1")
        async with seat() as an:
            await upload(an, "Mã ca\nBN1\n#2\n")
            first, second = verdicts(an.page)
            assert "Several people" in first
            assert " yes" in second

    play(story)


def test_files_that_cannot_be_used_are_refused_with_what_to_do(play, seat):
    async def story(_casework):
        async with seat() as an:
            for data, said in (
                (b"", "Choose a file first"),
                (b"%PDF-1.4", "cannot be read as a table"),
                ("Tên,Tuổi\nAn,3\n", "Call the first one"),
                ("SĐT,Hình thức\n0912345678,\n", "No column has case numbers"),
                ("Mã ca\n" + "BN1\n" * 201, "At most 200 rows"),
                (b"x" * (2 * 1024 * 1024 + 1), "too large"),
            ):
                await upload(an, data, 400)
                assert said in told(an.page), said
                assert "Nothing was issued" in told(an.page)

    play(story)


def test_the_template_is_read_again_in_both_languages(play, seat):
    async def story(_casework):
        async with seat() as an:
            for language in ("vi", "en"):
                answer = await an.client.get(f"/console/codes/bulk/template?lang={language}")
                table = _table(answer.content, "")
                assert set(table.found) == {"case", "phone", "channel"}
                assert table.unknown == ()

    play(story)


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: f"Mã ca,SĐT\n{text}".encode()))
def test_whatever_the_file_is_it_is_a_table_or_refused(data):
    with contextlib.suppress(SheetsError):
        _table(data, "ca.xlsx")
