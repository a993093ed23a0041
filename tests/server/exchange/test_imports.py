"""Lists as districts have them, from the file to casework and back."""

import sqlalchemy as sa

from bluezone.server.casework.service import cases, contacts, persons
from tests.server.exchange.support import bring, finish, look, workbook

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
