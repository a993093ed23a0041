"""Codes through the real pages: issued, shown once, accepted by a phone, revoked, printed, sent."""

import re
from datetime import timedelta

import msgspec
import pytest
import sqlalchemy as sa

from bluezone.server.database import metadata
from bluezone.server.desk import desk_cases, desk_minutes
from bluezone.server.messages.tables import text_messages
from bluezone.server.sms_settings import SmsSettings
from tests.server.casework.codes_support import (
    ONSET,
    TESTED,
    code_on,
    held_by,
    met,
    patient,
    person_of,
    rows,
    told,
    uuids,
    verify,
)
from tests.server.support import START


@pytest.fixture
def settings(settings, tmp_path, request):
    folder = tmp_path / "sms"
    folder.mkdir()
    chosen = getattr(request, "param", {})
    if chosen.pop("sms", False):
        chosen["sms"] = SmsSettings(gateway="file", folder=str(folder))
    return msgspec.structs.replace(settings, **chosen)


def test_a_phone_takes_the_code_on_the_page_and_the_page_shows_it_once(play, seat, me):
    async def story(casework):
        person = await patient(casework, me)
        async with seat() as an:
            await an.get(f"/console/persons/{person}/codes")
            answer = await an.send(f"/console/persons/{person}/codes", 200, channel="aloud")
            assert answer.headers["cache-control"] == "no-store"
            code = code_on(an.page)
            assert re.fullmatch(r"\d{8}", code)
            assert "until 17:45" in told(an.page)
            assert await verify(an, code) == "confirmed"
            for address in (f"/console/persons/{person}/codes", "/console/codes"):
                await an.get(address)
                assert code[:4] not in told(an.page)
                assert "Opened on a phone" in told(an.page)
            assert "Trần Văn Bình" in told(an.page)

    play(story)


def test_the_read_aloud_script_says_the_digits_one_by_one(play, seat, me):
    async def story(casework):
        person = await patient(casework, me)
        async with seat() as an:
            await an.get(f"/console/persons/{person}/codes?lang=vi")
            await an.send(f"/console/persons/{person}/codes", 200, channel="aloud")
            digits = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]
            spoken = [
                ", ".join(digits[int(digit)] for digit in group) for group in re.findall("....", code_on(an.page))
            ]
            assert f"{spoken[0]} – {spoken[1]}" in told(an.page)

    play(story)


def test_a_new_code_ends_the_one_before_and_leaves_one_that_is_good(play, seat, me, core):
    async def story(casework):
        person = await patient(casework, me)
        async with seat() as an:
            codes = []
            for _ in range(2):
                await an.get(f"/console/persons/{person}/codes")
                await an.send(f"/console/persons/{person}/codes", 200, channel="aloud")
                codes.append(code_on(an.page))
            assert "The code before this one is revoked." in told(an.page)
            assert await verify(an, codes[0]) == "code_expired"
            assert await verify(an, codes[1]) == "confirmed"
            assert sorted(row.revoked_at is None for row in rows(core)) == [False, True]
            audit = casework.ground.audit
            noted = [one.event for one in core.database.read_now(lambda c: audit.entries(c, ["/"]))]
            assert [event.action for event in noted[:2]] == ["code_reissued", "code_issued"]
            assert {event.subject for event in noted[:2]} == {person}
            assert not any(code in str(noted) for code in codes)

    play(story)


def test_a_revoked_code_opens_nothing_and_cannot_be_revoked_by_accident(play, seat, me, core):
    async def story(casework):
        person = await patient(casework, me)
        async with seat() as an:
            await an.get(f"/console/persons/{person}/codes")
            await an.send(f"/console/persons/{person}/codes", 200, channel="aloud")
            code = code_on(an.page)
            await an.get(f"/console/persons/{person}/codes")
            assert "This cannot be undone" in told(an.page)
            (row,), page = rows(core), an.page
            for _ in range(2):  # pressing again is no harm
                an.page = page
                answer = await an.send(f"/console/codes/{row.uuid}/revoke")
            await an.get(answer.headers["location"])
            assert "Revoked" in told(an.page)
            assert "/revoke" not in an.page
            assert await verify(an, code) == "code_expired"

    play(story)


def test_an_f1_gets_a_code_only_when_the_contact_is_confirmed_and_an_f2_never(play, seat, me, core):
    async def story(casework):
        an_f0 = await patient(casework, me)
        asked = await met(casework, me, an_f0, confirmed=True)
        unasked = await met(casework, me, an_f0, confirmed=False)
        second = await met(casework, me, asked, confirmed=True)
        nobody = await person_of(casework)
        async with seat() as an:
            token = await _token(an)
            for person, why in (
                (unasked, "Ask both people"),
                (second, "F2 get no code"),
                (nobody, "Codes are for cases"),
            ):
                await an.get(f"/console/persons/{person}/codes")
                assert why in told(an.page)
                assert "Code to read aloud" not in told(an.page)
                await an.post(f"/console/persons/{person}/codes", {"form_token": token, "channel": "aloud"}, 409)
                assert why in told(an.page)
            assert uuids(core) == (set(), set())
            await an.get(f"/console/persons/{asked}/codes")
            await an.send(f"/console/persons/{asked}/codes", 200, channel="aloud")
            assert await verify(an, code_on(an.page)) == "recursive"

    play(story)


async def _token(page):
    await page.get("/console/codes/bulk")
    return held_by(page.page, "form_token")


def test_days_that_no_phone_remembers_are_left_out_and_where_none_is_left_there_is_no_code(play, seat, me, core):
    async def story(casework):
        old = ONSET - timedelta(days=13)  # 15 days ago
        both_old = await patient(casework, me, onset=old, test_date=old)
        none = await patient(casework, me, onset=None, test_date=None)
        one_old = await patient(casework, me, onset=old, test_date=TESTED)
        async with seat() as an:
            await an.get(f"/console/persons/{both_old}/codes")
            assert "more than 14 days ago" in told(an.page)
            await an.get(f"/console/persons/{none}/codes")
            assert "neither the day of onset" in told(an.page)
            await an.get(f"/console/persons/{one_old}/codes")
            assert "the sample of 2/8/2020" in told(an.page)
            await an.send(f"/console/persons/{one_old}/codes", 200, channel="aloud")
            (row,) = rows(core, desk_cases)
            assert (row.symptom_date, row.test_date) == (None, TESTED)

    play(story)


def test_a_likely_case_gets_a_likely_code(play, seat, me):
    async def story(casework):
        person = await patient(casework, me, status="clinical")
        async with seat() as an:
            await an.get(f"/console/persons/{person}/codes")
            await an.send(f"/console/persons/{person}/codes", 200, channel="slip")
            assert await verify(an, code_on(an.page)) == "likely"

    play(story)


def test_the_slip_is_printed_from_the_page_alone(play, seat, me):
    async def story(casework):
        persons = [await patient(casework, me, name) for name in ("Trần Văn Bình", "Lê Chi")]
        async with seat() as an:
            pages = []
            for person in persons:
                await an.get(f"/console/persons/{person}/codes")
                await an.send(f"/console/persons/{person}/codes", 200, channel="slip")
                pages.append(an.page)
            actions = [re.search(r'action="(/console/codes/[^/]+/slip)"', page)[1] for page in pages]
            an.page = pages[0]
            answer = await an.send(actions[0], 200)
            assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("application/pdf", "no-store")
            assert answer.content.startswith(b"%PDF")
            fields = {"form_token": held_by(pages[0], "form_token")}
            sealed = [held_by(page) for page in pages]
            for wrong in ("", "AAAA", sealed[1], sealed[0][:-8] + "AAAAAAA=", "Ữ"):
                await an.post(actions[0], fields | {"sealed": wrong}, 410)
            await an.get(f"/console/persons/{persons[0]}/codes")
            await an.send(actions[0].replace("slip", "revoke"))
            await an.post(actions[0], fields | {"sealed": sealed[0]}, 410)

    play(story)


@pytest.mark.parametrize("settings", [{"sms": True}], indirect=True)
def test_a_text_message_is_kept_with_the_code_and_withdrawn_with_it(play, seat, me, core):
    async def story(casework):
        person = await patient(casework, me)
        async with seat() as an:
            await an.get(f"/console/persons/{person}/codes")
            await an.send(f"/console/persons/{person}/codes", 200, channel="sms")
            assert "Text message waits to be sent (0912345678)" in told(an.page)
            (message,), (row,) = rows(core, text_messages), rows(core)
            assert (message.id, message.valid_until) == (row.message, START + 86400)
            assert core.database.read_now(lambda c: c.execute(sa.select(desk_cases.c.uuid)).scalar_one()) == row.uuid
            await an.get(f"/console/persons/{person}/codes")
            await an.send(f"/console/codes/{row.uuid}/revoke")
            assert [one.state for one in rows(core, text_messages)] == ["cancelled"]
            await an.get("/console/codes")
            assert "Text message withdrawn" in told(an.page)

    play(story)


@pytest.mark.parametrize("settings", [{"sms": True}], indirect=True)
def test_the_link_is_sent_later_from_the_page_once(play, seat, me, core):
    async def story(casework):
        person = await patient(casework, me)
        async with seat() as an:
            await an.get(f"/console/persons/{person}/codes")
            await an.send(f"/console/persons/{person}/codes", 200, channel="aloud")
            page, code = an.page, code_on(an.page)
            action = re.search(r'action="(/console/codes/[^/]+/sms)"', page)[1]
            for _ in range(2):
                an.page = page
                await an.send(action, 200)
                assert code_on(an.page) == code
            await an.get(f"{action}?lang=vi")  # the page's link to the other language
            assert code_on(an.page) == ""
            assert [one.state for one in rows(core, text_messages)] == ["waiting"]

    play(story)


@pytest.mark.parametrize("settings", [{"sms": True}], indirect=True)
def test_no_code_is_issued_when_its_message_cannot_be_sent(play, seat, me, core):
    async def story(casework):
        person = await patient(casework, me, phone="02213862345")
        async with seat() as an:
            await an.get(f"/console/persons/{person}/codes")
            await an.send(f"/console/persons/{person}/codes", 400, channel="sms")
            assert "no mobile number" in told(an.page)
            assert uuids(core) == (set(), set())

    play(story)


def test_without_a_gateway_the_page_says_so_and_offers_no_message(play, seat, me, core):
    async def story(casework):
        person = await patient(casework, me)
        async with seat() as an:
            await an.get(f"/console/persons/{person}/codes")
            assert "Text messages are not set up" in told(an.page)
            assert 'value="sms"' not in an.page
            await an.send(f"/console/persons/{person}/codes", 409, channel="sms")
            assert uuids(core) == (set(), set())

    play(story)


@pytest.mark.parametrize("settings", [{"code_quota_day": 1}], indirect=True)
def test_when_the_quota_is_used_up_the_code_before_stays_good(play, seat, me, core):
    async def story(casework):
        person = await patient(casework, me)
        async with seat() as an:
            await an.get(f"/console/persons/{person}/codes")
            await an.send(f"/console/persons/{person}/codes", 200, channel="aloud")
            code = code_on(an.page)
            await an.get(f"/console/persons/{person}/codes")
            await an.send(f"/console/persons/{person}/codes", 429, channel="aloud")
            assert "all codes of today" in told(an.page)
            assert await verify(an, code) == "confirmed"

    play(story)


def test_the_code_is_stored_nowhere_and_never_logged(play, seat, me, core, capfd):
    async def story(casework):
        person = await patient(casework, me)
        async with seat() as an:
            await an.get(f"/console/persons/{person}/codes")
            await an.send(f"/console/persons/{person}/codes", 200, channel="aloud")
            short, page = code_on(an.page), an.page
            action = re.search(r'action="(/console/codes/[^/]+/slip)"', page)[1]
            await an.send(action, 200)
            assert await verify(an, short) == "confirmed"

        def everything(connection):
            return [str(tuple(row)) for table in metadata.sorted_tables for row in connection.execute(sa.select(table))]

        assert not any(short in row for row in core.database.read_now(everything))
        told_outside = capfd.readouterr()
        assert short not in told_outside.out + told_outside.err

    play(story)


def test_neither_a_neighbours_person_nor_code_nor_one_that_nobody_has_is_reached(play, seat, me, core):
    async def story(casework):
        theirs = await person_of(casework, unit="12280")  # registered by 323, so within its reach
        core.database.write_now(lambda c: c.execute(sa.text("UPDATE persons SET desk = '330'")))
        ours = await patient(casework, me)
        async with seat() as an:
            await an.get(f"/console/persons/{ours}/codes")
            await an.send(f"/console/persons/{ours}/codes", 200, channel="aloud")
            (row,) = rows(core)
        async with seat("hx", unit="330", name="Vũ Hàng Xóm") as neighbour:
            fields = {"form_token": await _token(neighbour)}
            for code in (row.uuid, "00000000-0000-4000-8000-000000000000", "x%00"):
                for what in ("revoke", "slip", "sms"):
                    await neighbour.post(f"/console/codes/{code}/{what}", fields, 403)
            await neighbour.get(f"/console/persons/{ours}/codes", 403)
            await neighbour.post(f"/console/persons/{ours}/codes", fields, 403)
            await neighbour.get("/console/codes")
            assert "Trần Văn Bình" not in told(neighbour.page)
            await neighbour.get(f"/console/persons/{theirs}/codes")
        assert rows(core)[0].revoked_at is None

    play(story)


def test_codes_are_found_by_name_number_and_telephone_and_paged(play, seat, me, core):
    async def story(casework):
        person = await patient(casework, me, "Nguyễn Thị Ánh", reference="BN1046")
        async with seat() as an:
            for _ in range(52):
                await an.get(f"/console/persons/{person}/codes")
                await an.send(f"/console/persons/{person}/codes", 200, channel="aloud")
            await patient(casework, me, "Lê Văn Cường", phone="0987654321")
            for q in ("nguyen anh", "bn1046", "0912345678", "#1"):
                await an.get("/console/codes?q=" + q.replace("#", "%23"))
                assert "52 codes" in told(an.page), q
            assert "Page 1 of 2" in told(an.page)
            await an.get("/console/codes?q=anh&page=2")
            assert told(an.page).count("Nguyễn Thị Ánh") == 2
            await an.get(f"/console/codes?by={an.account.id}")
            assert "Issued by Nguyễn Thị An" in told(an.page)
            await an.get(f"/console/codes?by={'0' * 32}")
            assert "No code of the last 14 days" in told(an.page)
            for q in ("cuong", "%25", "_", "9" * 99, "Ữq%00"):
                await an.get(f"/console/codes?q={q}")
                assert "No code of the last 14 days" in told(an.page), q

    play(story)


def test_whether_keys_were_published_is_told_up_to_an_hour_late(play, seat, me, core):
    async def story(casework):
        person = await patient(casework, me)
        async with seat() as an:
            await an.get(f"/console/persons/{person}/codes")
            await an.send(f"/console/persons/{person}/codes", 200, channel="aloud")
            assert await verify(an, code_on(an.page)) == "confirmed"
            core.database.write_now(lambda c: c.execute(sa.update(desk_cases).values(published=True)))
            await an.get(f"/console/persons/{person}/codes")
            assert "Keys published" in told(an.page)
            assert "/revoke" not in an.page
            # Whoever published may get a second code, for a second phone; nothing is revoked by it.
            await an.send(f"/console/persons/{person}/codes", 200, channel="aloud")
            assert "is revoked" not in told(an.page)

    play(story)


def test_while_short_codes_are_paused_the_page_shows_the_long_one(play, seat, me, core):
    async def story(casework):
        person = await patient(casework, me)
        full = sa.insert(desk_minutes).values(minute=int(START // 60), calls=1, risk=10**6)
        core.database.write_now(lambda c: c.execute(full))
        async with seat() as an:
            await an.get(f"/console/persons/{person}/codes")
            await an.send(f"/console/persons/{person}/codes", 200, channel="aloud")
            assert "are paused" in told(an.page)
            assert await verify(an, code_on(an.page)) == "confirmed"
            assert (await an.send(re.search(r"/console/codes/[^/]+/slip", an.page)[0], 200)).content[:4] == b"%PDF"

    play(story)
