"""What is taken out with names comes in again as what it is: known, and nothing changes; whatever the outbreak."""

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bluezone.server.casework.service import persons
from bluezone.server.exchange import exports, working
from bluezone.server.exchange import imports as work_on
from bluezone.server.exchange.exports import Asked, Form, What
from bluezone.server.exchange.matching import certain_keys, maybe_same, plain_reference, source_name, source_reference
from bluezone.server.exchange.undoing import undo_import
from tests.server.casework.support import outbreak
from tests.server.exchange.support import bring, everything, finish, look, text_table, workbook
from tests.server.exchange.test_imports import CASE, CASES, CONTACTS, all_of, contact

TABLES = ("persons", "cases", "contacts", "transfers", "followups")


def taken_out(exchange, me, what, form, language):
    asked = exports.checked(me, Asked(what, form, True, "để nhập lại trong thử nghiệm"))
    make = lambda c: exports.make_file(exchange.ground, c, me, asked, b"", language)  # noqa: E731
    return exchange.ground.core.database.read_now(make)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("form", list(Form))
def test_cases_taken_out_with_names_are_known_when_they_come_back(core, exchange, me, play, form, language):
    outbreak(core, ill=30, exposed_each=2, beyond_each=1)

    async def story(exchange):
        before = everything(core, *TABLES)
        one = await bring(exchange, me, "cases", taken_out(exchange, me, What.CASES, form, language))
        rows = await look(exchange, one)
        assert [(row.verdict, row.entry.flaws) for row in rows] == [("same", [])] * 30
        await finish(exchange, me, one)
        assert [row.outcome for row in await look(exchange, one)] == ["unchanged"] * 30
        assert everything(core, *TABLES) == before

    play(story)


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["Nguyễn Văn An", "nguyễn văn an", "Trần Thị Bình", "Lê Văn Cường", "A", "=1+1", ""]),
        st.sampled_from([1975, "1975", 1980, "75", "", "x"]),
        st.sampled_from(["0912345678", "0987654321", "912345678", "", "12"]),
        st.sampled_from(["xã Liên Phương", "phường Lam Sơn", "Thôn 3, xã Liên Phương", "", "xã Không Có"]),
        st.sampled_from(["29/7/2020", "31/7/2020", "2020-07-30", "31/2/2020", ""]),
        st.sampled_from(["BN1046", "Nguyễn Văn An", "Trần Thị Bình (F1)", "Lê Văn Cường 1980", "#1", "ai đó", ""]),
        st.sampled_from(["F1", "F2", ""]),
    ),
    max_size=12,
)


@given(rows=ROWS, choices=st.lists(st.sampled_from(["first", "new", "skip", "take", ""]), min_size=12, max_size=12))
@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
def test_any_list_comes_in_once_and_goes_again_whole(core, exchange, me, rows, choices):
    titles = ("Họ và tên", "Năm sinh", "Số điện thoại", "Địa chỉ", "Ngày tiếp xúc cuối", "Tiếp xúc với", "Loại")

    async def story():
        if not all_of(exchange, persons):
            await finish(exchange, me, await bring(exchange, me, "cases", workbook(CASES, CASE)))
        before = everything(core, *TABLES)
        last = ("Phạm An Toàn", 1990, "", "Lam Sơn", "30/7/2020", "BN1046", "")
        one = await bring(exchange, me, "contacts", text_table(titles, *rows, last))
        listed = await look(exchange, one)
        decided = {}
        for row, choice in zip(listed[:-1], choices, strict=False):
            first = row.entry.candidates[0] if row.entry.candidates else None
            if choice == "first":
                choice = "" if first is None else f"same:{first.person}" if first.person else f"row:{first.row}"
            decided[row.number] = choice
        await exchange.casework.write(work_on.choose, me, one, decided)
        done = await finish(exchange, me, one)
        assert (done.state, done.done) == ("done", done.total)
        after = await look(exchange, one)
        assert all(row.outcome for row in after)
        assert all((row.outcome == "fault") == bool(row.entry.flaws) for row in after)
        came = everything(core, *TABLES)
        again = await bring(exchange, me, "contacts", text_table(titles, last))
        assert [row.verdict for row in await look(exchange, again)] in (["alike"], ["same"])
        await exchange.casework.write(undo_import, me, one)
        assert everything(core, *TABLES) == before
        assert came != before

    asyncio.run(story())


@dataclass
class Someone:
    name: str
    birth_year: int | None
    phone: str
    unit: str
    address: str


SOMEONE = st.builds(
    Someone,
    st.sampled_from(["Nguyễn Văn An", "NGUYỄN VĂN AN", "Nguyễn Văn Ân", "Trần Thị Bình"]),
    st.sampled_from([None, 1975, 1980]),
    st.sampled_from(["", "0912345678", "0987654321"]),
    st.sampled_from(["11974", "11950"]),
    st.sampled_from(["", "Thôn 3"]),
)


@given(SOMEONE, SOMEONE)
def test_who_is_certainly_the_same_may_be_the_same_whichever_comes_first(one, other):
    assert maybe_same(one, other) == maybe_same(other, one)
    if set(certain_keys(one)) & set(certain_keys(other)):
        assert maybe_same(one, other)


@pytest.mark.parametrize(
    ("said", "reference", "name"),
    [
        ("BN1046", "1046", "BN1046"),
        ("Bệnh nhân số 01046 (Nguyễn Văn An)", "1046", ""),
        ("1046", "1046", "1046"),
        ("Nguyễn Văn An (F0)", "", "Nguyễn Văn An"),
        ("F1 Trần Thị Bình, xã Liên Phương", "", "Trần Thị Bình"),
        ("bà Lê Thị Ba 1950", "", "Lê Thị Ba"),
        ("Chi Pu", "", "Chi Pu"),
    ],
)
def test_whom_a_list_calls_the_source(said, reference, name):
    assert source_reference(said) == reference
    if name:
        assert source_name(said) == name


@given(st.integers(min_value=1, max_value=999_999))
def test_a_case_number_is_the_same_however_it_is_written(number):
    for written in (f"BN{number}", f"bn {number:06d}", f"BN-{number}", f"{number}"):
        assert plain_reference(written) == str(number)


def test_contacts_by_name_within_a_file_are_placed_whatever_their_order(core, exchange, me, play, monkeypatch):
    monkeypatch.setattr(working, "BATCH", 2)

    async def story(exchange):
        await finish(exchange, me, await bring(exchange, me, "cases", workbook(CASES, CASE)))
        last = contact(9)
        chain = [(n, f"Vũ Thị {letter}", 1960, "Nữ", "phường Lam Sơn", "", "31/7/2020", f"Vũ Thị {follows}", "F2")
                 for n, (letter, follows) in enumerate(zip("BCDEF", "CDEFG", strict=True), 1)]  # fmt: skip
        top = (7, "Vũ Thị G", 1960, "Nữ", "phường Lam Sơn", "", "29/7/2020", "BN1046", "F1")
        one = await bring(exchange, me, "contacts", workbook(CONTACTS, *chain, last, top))
        await finish(exchange, me, one)
        assert {row.outcome for row in await look(exchange, one)} == {"added"}
        levels = {row.name: row.level for row in all_of(exchange, persons)}
        assert (levels["Vũ Thị G"], levels["Vũ Thị F"], levels["Vũ Thị E"]) == (1, 2, None)
        assert len(levels) == 8

    play(story)
