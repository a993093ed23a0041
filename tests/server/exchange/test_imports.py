"""Lists as districts have them, from the file to casework and back."""

import pytest
import sqlalchemy as sa

from bluezone.server.casework.service import cases, contacts, persons, touch
from bluezone.server.exchange import imports as work_on
from bluezone.server.exchange import working
from bluezone.server.exchange.errors import ImportNotUndone
from bluezone.server.exchange.service import Exchange
from bluezone.server.exchange.undoing import UNDO_SECONDS, undo_import
from bluezone.server.followup.service import followups
from bluezone.server.jobs import JobRunner
from tests.server.exchange.support import bring, everything, finish, look, workbook

CASES = (
    "STT",
    "Mã BN",
    "Họ và tên",
    "Năm sinh",
    "Giới tính",
    "Địa chỉ",
    "Số điện thoại",
    "Ngày khởi phát",
    "Ngày lấy mẫu",
)
CONTACTS = (
    "STT",
    "Họ và tên",
    "Năm sinh",
    "Giới tính",
    "Địa chỉ",
    "Số điện thoại",
    "Ngày tiếp xúc cuối",
    "Tiếp xúc với",
    "Loại (F1/F2)",
)


CASE = (
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


def all_of(exchange, table):
    return exchange.ground.core.database.read_now(lambda c: c.execute(sa.select(table)).all())


def test_a_list_of_cases_and_one_of_contacts_become_an_outbreak(exchange, me, play):
    async def story(exchange):
        file = workbook(
            CASES,
            (
                1,
                "BN1046",
                "Nguyễn Văn An",
                1975,
                "Nam",
                "Thôn 3, xã Liên Phương, TP Hưng Yên",
                "0912345678",
                "28/7/2020",
                "30/7/2020",
            ),
        )
        first = await bring(exchange, me, "cases", file)
        (row,) = await look(exchange, first)
        assert (row.entry.flaws, row.verdict) == ([], "new")
        assert all_of(exchange, persons) == []
        done = await finish(exchange, me, first)
        assert (done.state, done.done) == ("done", 1)
        (case,) = all_of(exchange, cases)
        assert (case.reference, str(case.onset), case.status) == ("BN1046", "2020-07-28", "confirmed")

        file = workbook(
            CONTACTS,
            (1, "Trần Thị Bình", 1980, "Nữ", "phường Lam Sơn", "0987654321", "29/7/2020", "BN1046", "F1"),
            (2, "Lê Văn Cường", 1990, "Nam", "phường Lam Sơn", "0987654322", "31/7/2020", "Trần Thị Bình", "F2"),
            above=("DANH SÁCH F1, F2",),
        )
        second = await bring(exchange, me, "contacts", file)
        rows = await look(exchange, second)
        assert [row.verdict for row in rows] == ["new", "new"], [row.entry.flaws for row in rows]
        done = await finish(exchange, me, second)
        assert done.state == "done"
        levels = {row.name: row.level for row in all_of(exchange, persons)}
        assert levels == {"Nguyễn Văn An": 0, "Trần Thị Bình": 1, "Lê Văn Cường": 2}
        assert len(all_of(exchange, contacts)) == 2

        again = await bring(exchange, me, "contacts", file)
        assert [row.verdict for row in await look(exchange, again)] == ["same", "same"]
        before = [row[:] for row in all_of(exchange, contacts)]
        await finish(exchange, me, again)
        assert [row[:] for row in all_of(exchange, contacts)] == before

    play(story)


def test_results_of_following_go_to_whom_they_are_about_and_to_nobody_new(exchange, me, play, core):
    async def story(exchange):
        file = workbook(CASES, CASE)
        await finish(exchange, me, await bring(exchange, me, "cases", file))
        titles = ("Họ và tên", "Năm sinh", "Số điện thoại", "Ngày", "Kết quả", "Nhiệt độ")
        file = workbook(
            titles,
            ("Nguyễn Văn An", 1975, "0912345678", "1/8/2020", "Bình thường", "36,8"),
            ("Nguyễn Văn An", 1975, "0912345678", "2/8/2020", "Sốt", 38.2),
            ("Nguyễn Văn An", 1975, "0912345678", "2/8/2020", "Bình thường", ""),
            ("Người Lạ", 1975, "0912345679", "2/8/2020", "Bình thường", ""),
        )
        one = await bring(exchange, me, "followups", file)
        rows = await look(exchange, one)
        assert [row.verdict for row in rows] == ["adds", "adds", "fault", "fault"]
        assert [flaw.code for row in rows for flaw in row.entry.flaws] == ["result_differs", "person_unknown"]
        await finish(exchange, me, one)
        kept = {(str(row.day), row.result, row.temperature, row.source) for row in all_of(exchange, followups)}
        assert kept == {("2020-08-01", "seen", 368, "import"), ("2020-08-02", "symptoms", 382, "import")}
        again = await bring(exchange, me, "followups", file)
        assert [row.verdict for row in await look(exchange, again)] == ["same", "same", "fault", "fault"]
        await exchange.casework.write(undo_import, me, one)
        assert all_of(exchange, followups) == []
        assert len(all_of(exchange, persons)) == 1

    play(story)


def test_who_may_be_on_record_is_decided_by_an_official_and_never_silently(exchange, me, play):
    async def story(exchange):
        await finish(exchange, me, await bring(exchange, me, "cases", workbook(CASES, CASE)))
        (ill,) = all_of(exchange, persons)
        met = ("29/7/2020", "BN1046", "F1")
        file = workbook(
            CONTACTS,
            (1, "Trần Thị Bình", 1980, "Nữ", "phường Lam Sơn", "0987654321", *met),
            (2, "Trần Thị Bình", 1980, "Nữ", "phường Hiến Nam", "", *met),
            (3, "Nguyễn Thị Hoa", 1975, "Nữ", "xã Liên Phương", "0912345678", *met),
            (4, "Lê Văn Cường", 1990, "Nam", "phường Lam Sơn", "", "31/7/2020", "Trần Thị Bình", "F2"),
        )
        one = await bring(exchange, me, "contacts", file)
        rows = {row.number: row for row in await look(exchange, one)}
        assert [row.verdict for row in rows.values()] == ["new", "alike", "alike", "fault"]
        assert [candidate.row for candidate in rows[3].entry.candidates] == [2]
        assert [candidate.person for candidate in rows[4].entry.candidates] == [ill.id]
        assert rows[5].entry.flaws[0].code == "source_ambiguous"
        choices = {3: "row:2", 4: "new", 5: "new", 99: "new"}
        await exchange.casework.write(work_on.choose, me, one, choices)
        assert [row.choice for row in await look(exchange, one)] == ["", "row:2", "new", ""]
        await finish(exchange, me, one)
        names = sorted(row.name for row in all_of(exchange, persons))
        assert names == ["Nguyễn Thị Hoa", "Nguyễn Văn An", "Trần Thị Bình"]
        outcomes = [row.outcome for row in await look(exchange, one)]
        assert outcomes == ["added", "unchanged", "added", "fault"]

    play(story)


def test_what_differs_stands_as_it_is_on_record_until_the_file_is_taken(exchange, me, play):
    async def story(exchange):
        await finish(exchange, me, await bring(exchange, me, "cases", workbook(CASES, CASE)))
        changed = list(CASE)
        changed[5], changed[7] = "Thôn 5, xã Liên Phương", "27/7/2020"
        file = workbook((*CASES, "Nơi làm việc"), (*changed, "Chợ Phố Hiến"))
        one = await bring(exchange, me, "cases", file)
        (row,) = await look(exchange, one)
        assert row.verdict == "differs"
        assert row.entry.conflicts == {"address": ("Thôn 3", "Thôn 5"), "onset": ("28/7/2020", "27/7/2020")}
        assert row.entry.fills == {"work": "Chợ Phố Hiến"}
        await finish(exchange, me, one)
        (held,), (case,) = all_of(exchange, persons), all_of(exchange, cases)
        assert (held.address, held.work, str(case.onset)) == ("Thôn 3", "Chợ Phố Hiến", "2020-07-28")
        two = await bring(exchange, me, "cases", file)
        await exchange.casework.write(work_on.choose, me, two, {2: "take"})
        await finish(exchange, me, two)
        (held,), (case,) = all_of(exchange, persons), all_of(exchange, cases)
        assert (held.address, str(case.onset)) == ("Thôn 5", "2020-07-27")
        await exchange.casework.write(undo_import, me, two)
        (held,), (case,) = all_of(exchange, persons), all_of(exchange, cases)
        assert (held.address, held.work, str(case.onset)) == ("Thôn 3", "Chợ Phố Hiến", "2020-07-28")

    play(story)


def test_a_whole_import_is_undone_unless_somebody_worked_on_its_records(exchange, me, play, core, clock):
    tables = ("persons", "cases", "contacts", "transfers")

    async def story(exchange):
        await finish(exchange, me, await bring(exchange, me, "cases", workbook(CASES, CASE)))
        before = everything(core, *tables)
        file = workbook(CONTACTS, *[contact(number) for number in range(1, 40)])
        one = await bring(exchange, me, "contacts", file)
        await finish(exchange, me, one)
        assert len(all_of(exchange, contacts)) == 39
        await exchange.casework.write(undo_import, me, one)
        assert everything(core, *tables) == before

        two = await bring(exchange, me, "contacts", file)
        await finish(exchange, me, two)
        clock.advance(5)
        somebody = all_of(exchange, contacts)[0].exposed
        await exchange.casework.write(lambda ground, c: touch(ground, c, [somebody]))
        with pytest.raises(ImportNotUndone):
            await exchange.casework.write(undo_import, me, two)
        three = await bring(exchange, me, "cases", workbook(CASES, (2, "BN9", "Lê Thị Ba", 1950, "Nữ", "Lam Sơn")))
        await finish(exchange, me, three)
        clock.advance(UNDO_SECONDS)
        with pytest.raises(ImportNotUndone):
            await exchange.casework.write(undo_import, me, three)

    play(story)


def test_an_import_left_in_the_middle_goes_on_and_doubles_nothing(exchange, me, play, core, monkeypatch):
    monkeypatch.setattr(working, "BATCH", 7)

    async def story(exchange):
        await finish(exchange, me, await bring(exchange, me, "cases", workbook(CASES, CASE)))
        one = await bring(exchange, me, "contacts", workbook(CONTACTS, *[contact(number) for number in range(1, 31)]))
        await exchange.casework.write(work_on.start, me, one)
        for _ in range(2):
            await exchange.casework.write(working.work, one)
        assert len(all_of(exchange, contacts)) == 14
        # The process is gone; another one's job finds it.
        core.clock.advance(60)
        other = Exchange(exchange.casework)
        await JobRunner(core, other.jobs()).run_due(other.jobs()[0])
        assert (await exchange.casework.read(work_on.find_import, me, one)).state == "done"
        assert len(all_of(exchange, contacts)) == 30
        assert len(all_of(exchange, persons)) == 31
        assert await exchange.casework.write(working.work, one) is False

    play(story)


def contact(number):
    return (
        number,
        f"Phạm Văn {chr(64 + number % 26 + 1)}",
        1950 + number,
        "Nam",
        f"Thôn {number}, xã Liên Phương",
        f"09{number:08d}",
        "29/7/2020",
        "BN1046",
        "F1",
    )
