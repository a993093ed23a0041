"""The desk's pages through the real application."""

import asyncio
import re
from html import unescape

import sqlalchemy as sa

from bluezone.server.casework.service import Level, contacts, persons, transfers
from tests.server.accounts.browser import ORIGIN
from tests.server.casework.forms import forms_of, send

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


def test_what_cannot_be_kept_is_told_at_its_field_and_nothing_typed_is_lost(core, seat):
    async def story():
        async with seat() as page:
            await page.get("/console/cases/new")
            await send(
                page,
                "/console/cases/new",
                400,
                **(MAI | {"unit": "phường", "onset": "32/8", "phone": "12", "name": "M"}),
            )
            for said in (
                "Several communes are called so",
                "Write the day as 5/8/2020",
                "Write 9 to 11 digits",
                "Write at least two letters",
            ):
                assert told(page).count(said) == 2, said  # above the form and at the field
            assert 'value="32/8"' in page.page
            assert rows(core, persons) == []

    asyncio.run(story())


def test_somebody_alike_is_shown_and_never_merged_silently(core, seat):
    async def story():
        async with seat() as page:
            mai = await report(page)
            await page.get("/console/cases/new")
            await send(page, "/console/cases/new", 400, **(MAI | {"phone": ""}))
            assert "Is it one of these?" in told(page)
            assert len(rows(core, persons)) == 1
            answer = await send(page, "/console/cases/new", person="new")
            assert where(answer) != mai
            assert len(rows(core, persons)) == 2
            # The same person: their open case is told instead of a second one made.
            await page.get("/console/cases/new")
            await send(page, "/console/cases/new", 409, **MAI, person=mai.rpartition("/")[2])
            assert "has an open case" in told(page)
            answer = await page.client.get("/console/persons/alike?name=nguyễn thị mai&birth_year=1985")
            assert len(answer.json()) == 2
            assert (await page.client.get("/console/persons/alike?name=")).json() == []
            assert [one["name"] for one in (await page.client.get("/console/persons/find?q=mai")).json()] == [
                "Nguyễn Thị Mai"
            ] * 2
            assert (await page.client.get("/console/cases/units?q=lien ph")).json()[0]["value"] == (
                "xã Liên Phương (11974)"
            )

    asyncio.run(story())


def test_contacts_alike_are_chosen_or_said_to_be_others(core, seat):
    async def story():
        async with seat() as page:
            mai, lan = await report(page), await report(page, name="Lê Thị Lan", phone="", reference="")
            for choice in ("same", "other"):
                await page.get(f"{mai}/contacts")
                line = {"name_0": "Lê Thị Lan", "unit_0": "11950", "first_day_0": "1/8", "birth_year_0": "1985"}
                await send(page, f"{mai}/contacts", 400, **line)
                assert "Is it one of these?" in told(page)
                decided = {"person_0": lan.rpartition("/")[2]} if choice == "same" else {"new_0": "1"}
                await send(page, f"{mai}/contacts", 303, **decided)
            assert len(rows(core, contacts)) == 2
            assert len(rows(core, persons, persons.c.name == "Lê Thị Lan")) == 2
            await page.get(f"{mai}/contacts")
            line = {f"{name}_{n}": value for n in "01" for name, value in (("name", "Vũ Văn Đôi"), ("unit", "11950"))}
            await send(page, f"{mai}/contacts", 400, **line, first_day_0="1/8", first_day_1="2/8")
            assert "Another line names this person already" in told(page)
            await send(page, f"{mai}/contacts", new_1="1")
            await page.get(f"{mai}/contacts")
            await send(page, f"{mai}/contacts", 400)
            assert "Write at least one contact" in told(page)
            await page.get(f"{mai}/contacts")
            await send(page, f"{mai}/contacts", 400, person_0=mai.rpartition("/")[2], first_day_0="1/8")
            assert "This is the same person" in told(page)

    asyncio.run(story())


def test_the_same_household_shares_its_address(core, seat):
    async def story():
        async with seat() as page:
            mai = await report(page, address="Thôn An Chiểu")
            await page.get(f"{mai}/contacts")
            await send(page, f"{mai}/contacts", name_0="Lê Văn Con", first_day_0="hôm qua", same_0="1")
            con = rows(core, persons, persons.c.name == "Lê Văn Con")[0]
            assert (con.address, con.unit, con.household) == ("Thôn An Chiểu", "11974", mai.rpartition("/")[2])
            await page.get(f"/console/persons/{con.id}")
            assert "Same household Nguyễn Thị Mai" in told(page)

    asyncio.run(story())


def test_two_officers_at_one_record_see_both_versions_and_choose(core, seat):
    async def story():
        async with seat() as an, seat("binh", name="Trần Bình") as binh:
            mai = await report(an)
            await an.get(f"{mai}/edit")
            await binh.get(f"{mai}/edit")
            await send(binh, f"{mai}/edit", phone="0900000001", work="Chợ Phố Hiến")
            await send(an, f"{mai}/edit", 409, phone="0900000002", address="Thôn 3")
            assert "On record now 0900000001 What you typed 0900000002" in told(an)
            # What only one of them touched is chosen already: Binh's work, An's address.
            await send(an, f"{mai}/edit", pick_phone="theirs")
            row = rows(core, persons)[0]
            assert (row.phone, row.address, row.work) == ("0900000001", "Thôn 3", "Chợ Phố Hiến")

    asyncio.run(story())


def test_a_preview_that_others_overtook_is_shown_anew(core, seat):
    async def story():
        async with seat() as an, seat("binh", name="Trần Bình") as binh:
            mai = await report(an)
            await an.get(f"{mai}/contacts")
            await send(an, f"{mai}/contacts", name_0="Lê Văn A", unit_0="11950", first_day_0="1/8")
            case = re.search(r"/console/cases/(\w{32})", (await an.get(mai)).text)[1]
            await an.get(f"/console/cases/{case}")
            await send(an, f"/console/cases/{case}", 200, status="discarded")
            assert "Lê Văn A F1 no level" in told(an)
            await binh.get(f"{mai}/contacts")
            await send(binh, f"{mai}/contacts", name_0="Lê Văn B", unit_0="11950", first_day_0="1/8")
            await send(an, f"/console/cases/{case}", 409)
            assert "Lê Văn B F1 no level" in told(an)
            assert rows(core, persons, persons.c.name == "Lê Văn B")[0].level == Level.F1
            await send(an, f"/console/cases/{case}")
            assert {row.level for row in rows(core, persons)} == {None}

    asyncio.run(story())


def test_undo_is_refused_when_somebody_worked_on_it_or_it_is_long_ago(core, clock, seat):
    async def story():
        async with seat() as an, seat("binh", name="Trần Bình") as binh:
            await an.get("/console/cases/new")
            answer = await send(an, "/console/cases/new", **MAI)
            mai, undo = where(answer), undo_of(answer)
            await binh.get(f"{mai}/edit")
            await send(binh, f"{mai}/edit", work="Chợ Phố Hiến")
            await an.get(answer.headers["location"])
            await send(an, f"/console/undos/{undo}", 409)
            assert "cannot be undone any more" in told(an)
            await binh.get(mai)
            await binh.post(f"/console/undos/{undo}", {"form_token": token(binh)}, 403)
            await an.get(f"{mai}/edit")
            answer = await send(an, f"{mai}/edit", address="Thôn 5")
            await an.get(answer.headers["location"])
            clock.advance(30 * 60)
            await an.get(answer.headers["location"], 303)

    asyncio.run(story())


def token(page):
    return re.search(r'name="form_token" value="(\w+)"', page.page)[1]


def test_drafts_are_kept_restored_and_gone_once_the_form_was_sent(core, seat):
    async def story():
        async with seat() as page, seat("xa", unit="330", name="Người Lạ") as stranger:
            await page.get("/console/cases/new")
            own = token(page)
            typed = {"name": "Nguyễn Thị M", "form_token": own}
            answer = await page.post("/console/drafts/new-case", typed, 200)
            assert answer.json()["savedAt"]
            await page.get("/console/cases/new")
            assert "You were typing here at 17:30 on 3 Aug 2020" in told(page)
            await page.get("/console/cases/new?draft=1")
            assert 'value="Nguyễn Thị M"' in page.page
            answer = await send(page, "/console/cases/new", **MAI)
            mai = where(answer)
            await page.get("/console/cases/new")
            assert "You were typing here" not in told(page)
            form = f"person-{mai.rpartition('/')[2]}"
            await page.post(f"/console/drafts/{form}", {"work": "chợ", "form_token": own}, 200)
            await page.get(f"{mai}/edit")
            await send(page, f"/console/drafts/{form}/drop")
            await page.get(f"{mai}/edit")
            assert "You were typing here" not in told(page)
            await stranger.get("/console/cases/new")
            theirs = token(stranger)
            for name in (form, "anything", "person-", "new-case-"):
                await stranger.post(f"/console/drafts/{name}", {"form_token": theirs}, 403)
            await page.post("/console/drafts/new-case", {"note": "x" * 60_000, "form_token": own}, 400)
            stored = core.database.read_now(lambda c: c.execute(sa.text("SELECT count(*) FROM drafts")).scalar())
            assert stored == 0

    asyncio.run(story())


def test_a_closed_record_opens_with_a_reason_that_stays_in_the_log(core, clock, seat, accounts):
    async def story():
        async with seat() as page:
            mai = await report(page)
            case = re.search(r"/console/cases/(\w{32})", (await page.get(mai)).text)[1]
            await send(page, f"{mai}/close", 409)
            assert "has an open case" in told(page)
            await page.get(f"/console/cases/{case}")
            await send(page, f"/console/cases/{case}/close", outcome="recovered")
            await page.get(mai)
            await send(page, f"{mai}/close")
            await page.get(mai)
            assert "0912345678" not in page.page
            assert "Say why you open it" in told(page)
            await page.get(f"{mai}/edit", 403)
            await page.get("/console/cases?state=all&q=mai")
            assert "0912345678" not in page.page
            assert (await page.client.get("/console/persons/find?q=mai")).json()[0]["phone"] == ""
            await page.get(mai)
            await send(page, f"{mai}/open", 400, reason="vì")
            await send(page, f"{mai}/open", reason="Gia đình hỏi lại ngày cách ly")
            await page.get(mai)
            assert "0912345678" in page.page
            assert "Gia đình hỏi lại ngày cách ly" in told(page)
            clock.advance(15 * 60)
            await page.get(mai)
            assert "0912345678" not in page.page
            await send(page, f"{mai}/open", reason="Ca bệnh tái dương tính")
            await page.get(mai)
            await send(page, f"{mai}/reopen")
            clock.advance(15 * 60)
            await page.get(mai)
            assert "0912345678" in page.page
            with_reason = [
                entry.event.detail["reason"]
                for entry in core.database.read_now(lambda c: accounts.audit.entries(c, ["/"]))
                if entry.event.action == "closed_record_opened"
            ]
            assert len(with_reason) == 2

    asyncio.run(story())


def test_a_commune_takes_over_whom_others_found(core, seat):
    async def story():
        async with seat() as city, seat("xa", unit="11974", name="Cán bộ Xã") as commune:
            mai = await report(city)
            await commune.get("/console/cases")
            assert "Handed to you 1" in told(commune)
            await commune.get("/console/transfers")
            assert "Nguyễn Thị Mai" in told(commune)
            assert re.search(r'name="take_\w{32}"', commune.page)
            await send(commune, "/console/transfers/take")
            await city.get(mai)
            assert "taken over 17:30 on 3 Aug 2020 · Cán bộ Xã" in told(city)
            assert rows(core, transfers)[0].taken_at
            binh = await report(city, name="Trần Văn Bình", phone="", reference="")
            await commune.get(binh)
            waits = rows(core, transfers, transfers.c.taken_at.is_(None))[0].id
            answer = await send(commune, f"/console/transfers/{waits}/take")
            assert where(answer) == binh
            await commune.get("/console/transfers")
            assert "Nobody waits to be taken over" in told(commune)

    asyncio.run(story())


def test_names_of_people_out_of_reach_stay_hidden(core, seat):
    async def story():
        async with seat() as city, seat("xa", unit="11974", name="Cán bộ Xã") as commune:
            mai = await report(city)
            await city.get(f"{mai}/contacts")
            await send(city, f"{mai}/contacts", name_0="Trần Văn Bí Mật", unit_0="11950", first_day_0="1/8")
            case = re.search(r"/console/cases/(\w{32})", (await city.get(mai)).text)[1]
            await commune.get(mai)
            assert "somebody in phường Lam Sơn" in told(commune)
            assert "Bí Mật" not in commune.page
            await commune.get(f"/console/cases/{case}")
            await send(commune, f"/console/cases/{case}", 200, status="discarded")
            assert "Bí Mật" not in commune.page
            assert "phường Lam Sơn" in told(commune)

    asyncio.run(story())


def test_landmarks_are_kept_changed_and_removed(core, seat):
    async def story():
        async with seat() as page:
            mai = await report(page)
            case = re.search(r"/console/cases/(\w{32})/landmarks", (await page.get(mai)).text)[1]
            await send(page, f"/console/cases/{case}/landmarks", 400, place="Chợ", from_at="7h 2/8", to_at="6h 2/8")
            assert "The end lies before the beginning" in told(page)
            await send(page, f"/console/cases/{case}/landmarks", to_at="9h30 2/8")
            place = re.search(r"/console/landmarks/(\w{32})", (await page.get(mai)).text)[1]
            assert "7h00 2/8/2020 – 9h30 2/8/2020" in told(page)
            await page.get(f"/console/landmarks/{place}")
            await send(page, f"/console/landmarks/{place}", place="Chợ Phố Hiến", unit="hong chau")
            await page.get(f"/console/landmarks/{place}")
            assert "phường Hồng Châu (11968)" in page.page
            answer = await send(page, f"/console/landmarks/{place}/remove")
            await page.get(answer.headers["location"])
            await send(page, f"/console/undos/{undo_of(answer)}")
            await page.get(mai)
            assert "Chợ Phố Hiến" in told(page)

    asyncio.run(story())


def test_a_contact_is_changed_and_removed_and_comes_back(core, seat):
    async def story():
        async with seat() as page:
            mai = await report(page)
            await page.get(f"{mai}/contacts")
            await send(page, f"{mai}/contacts", name_0="Lê Văn A", unit_0="11950", first_day_0="1/8")
            contact = rows(core, contacts)[0]
            await page.get(f"/console/contacts/{contact.id}?from={contact.exposed}")
            answer = await send(page, f"/console/contacts/{contact.id}", confirmed="1", closeness="passing")
            assert where(answer) == f"/console/persons/{contact.exposed}"
            assert rows(core, contacts)[0].confirmed_by == page.account.id
            await page.get(f"/console/contacts/{contact.id}")
            answer = await send(page, f"/console/contacts/{contact.id}/remove")
            assert rows(core, persons, persons.c.id == contact.exposed)[0].level is None
            await page.get(answer.headers["location"])
            await send(page, f"/console/undos/{undo_of(answer)}")
            assert rows(core, persons, persons.c.id == contact.exposed)[0].level == Level.F1
            assert rows(core, contacts)[0].closeness == "passing"

    asyncio.run(story())


def test_a_form_posted_after_the_session_ended_changes_nothing_and_leads_to_sign_in(core, seat, accounts):
    async def story():
        async with seat() as page:
            await page.get("/console/cases/new")
            core.clock.advance(13 * 3600)
            answer = await send(page, "/console/cases/new", **MAI)
            assert where(answer) == "/console/sign-in"
            answer = await page.client.post(
                "/console/drafts/new-case", data={"name": "M"}, headers={"Origin": "http://localhost:8787"}
            )
            assert answer.status_code == 303  # a redirect that the script sees and says so
            assert rows(core, persons) == []

    asyncio.run(story())


def test_of_two_changes_at_the_same_moment_one_is_told(core, seat):
    async def story():
        async with seat() as an, seat("binh", name="Trần Bình") as binh:
            mai = await report(an)
            fields = []
            for page, work in ((an, "Chợ Phố Hiến"), (binh, "Trường THCS Lê Lợi")):
                await page.get(f"{mai}/edit")
                fields.append(forms_of(page.page)[f"{mai}/edit"] | {"work": work})
            answers = await asyncio.gather(
                *(
                    page.client.post(f"{mai}/edit", data=sent, headers={"Origin": ORIGIN})
                    for page, sent in zip((an, binh), fields, strict=True)
                )
            )
            assert sorted(answer.status_code for answer in answers) == [303, 409]
            assert rows(core, persons)[0].version == 2

    asyncio.run(story())


def test_a_contact_of_closed_records_is_not_changed_by_the_way(core, seat):
    async def story():
        async with seat() as page:
            mai = await report(page)
            await page.get(f"{mai}/contacts")
            await send(page, f"{mai}/contacts", name_0="Lê Văn A", unit_0="11950", first_day_0="1/8")
            contact = rows(core, contacts)[0].id
            core.database.write_now(lambda c: c.execute(sa.update(persons).values(closed_at=1)))
            await page.get(f"/console/contacts/{contact}", 403)
            core.database.write_now(
                lambda c: c.execute(sa.update(persons).where(persons.c.name == "Lê Văn A").values(closed_at=None))
            )
            await page.get(f"/console/contacts/{contact}")

    asyncio.run(story())
