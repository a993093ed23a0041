"""Paper sheets: printed, typed in, and what is still missing on them."""

import io
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from bluezone.materials import RowCodeUnknown, follow_up_sheet, row_code
from bluezone.server.accounts.errors import AccessDenied
from bluezone.server.casework.tables import persons
from bluezone.server.followup import sheets
from bluezone.server.followup.errors import FollowUpChanged, NobodyToPrint
from bluezone.server.followup.lists import Chosen
from bluezone.server.followup.tables import followup_sheet_rows, followup_sheets, followups
from bluezone.server.followup.typed import read_line
from tests.server.casework.support import officer
from tests.server.followup.support import HIEN_NAM, LAM_SON, NEIGHBOUR, plant, rows

TODAY = date(2020, 8, 3)
LAST = TODAY - timedelta(days=2)


def printed(core, follow_up, account, **chosen):
    return core.database.write_now(
        lambda c: sheets.make_sheets(follow_up.ground, c, account, Chosen(TODAY, **chosen), follow_up.levels)
    )


def read(core, account, number):
    return core.database.read_now(lambda c: sheets.read_sheet(c, account, number))


def enter(core, follow_up, account, number, text, version=0):
    return core.database.write_now(
        lambda c: sheets.enter_line(follow_up.ground, c, account, number, read_line(text), version)
    )


@pytest.fixture
def number(core, follow_up, me):
    for at in range(5):
        plant(core, at, last=LAST, name=f"Người {at}")
    [number] = printed(core, follow_up, me)
    return number


def test_a_sheet_a_commune_in_the_order_of_addresses(core, follow_up, me):
    for at, unit in enumerate([LAM_SON, HIEN_NAM, LAM_SON]):
        plant(core, at, last=LAST, unit=unit, address=f"Thôn {9 - at}")
    first, second = printed(core, follow_up, me)
    assert [row.person.address for row in read(core, me, first).rows] == ["Thôn 7", "Thôn 9"]
    assert read(core, me, second).unit.code == HIEN_NAM
    listed = core.database.read_now(lambda c: sheets.recent_sheets(c, me))
    assert {(row.number, people, missing) for row, _, people, missing in listed} == {(first, 2, 2), (second, 1, 1)}


def test_what_is_typed_lands_on_the_row_that_was_printed_also_after_others_came(core, follow_up, me, number):
    plant(core, 99, last=LAST, name="Người Mới", address="A")
    row, made = enter(core, follow_up, me, number, f"{row_code(2, number)} t 38,2 ho")
    assert (row.person.name, made.result, made.temperature, made.note) == ("Người 2", "symptoms", 382, "ho")
    assert (made.source, made.day) == ("sheet", TODAY)
    assert [one.person.name for one in read(core, me, number).missing] == [f"Người {at}" for at in (0, 1, 3, 4)]


def test_a_code_of_another_row_or_sheet_is_told_at_once(core, follow_up, me, number):
    digit = int(row_code(0, number)[2])
    for code in (f"AA{(digit + 1) % 10}", row_code(5, number)):
        with pytest.raises(RowCodeUnknown):
            enter(core, follow_up, me, number, f"{code} s")
    assert rows(core, followups) == []


def test_paper_does_not_overwrite_the_screen_unless_somebody_says_so(core, follow_up, me, number):
    line = row_code(0, number)
    enter(core, follow_up, me, number, f"{line} s")
    enter(core, follow_up, me, number, f"{line} s")
    with pytest.raises(FollowUpChanged) as refused:
        enter(core, follow_up, me, number, f"{line} m")
    assert enter(core, follow_up, me, number, f"{line} m", refused.value.now.version)[1].result == "lost"


def test_a_sheet_is_for_whoever_works_there(core, follow_up, me, number):
    for account in (officer(core, NEIGHBOUR), officer(core, HIEN_NAM)):
        with pytest.raises(AccessDenied):
            read(core, account, number)
        with pytest.raises(AccessDenied):
            enter(core, follow_up, account, number, f"{row_code(0, number)} s")
    for wrong in ("", "x", "12345", "1234567", "١٢٣٤٥٦", f"{(int(number) + 1) % 10**6:06d}"):
        with pytest.raises(AccessDenied):
            read(core, me, wrong)
    assert len(read(core, officer(core, LAM_SON), number).rows) == 5


def test_nobody_left_is_no_sheet(core, follow_up, me):
    with pytest.raises(NobodyToPrint):
        printed(core, follow_up, me)


def test_the_paper_keeps_its_codes_when_a_record_is_gone(core, follow_up, me, number):
    gone = read(core, me, number).rows[1].person.id
    core.database.write_now(lambda c: c.execute(sa.delete(persons).where(persons.c.id == gone)))
    paper = sheets.paper(read(core, me, number), hotline="19009095", printed_by="An")
    assert [row.name for row in paper.rows] == ["Người 0", "", "Người 2", "Người 3", "Người 4"]
    body = follow_up_sheet(paper, language="vi")
    assert body.startswith(b"%PDF")
    assert io.BytesIO(body).seek(0, io.SEEK_END) > 10_000


def test_long_lists_are_several_sheets(core, follow_up, me, monkeypatch):
    monkeypatch.setattr(sheets, "ROWS", 2)
    for at in range(5):
        plant(core, at, last=LAST)
    assert [len(read(core, me, number).rows) for number in printed(core, follow_up, me)] == [2, 2, 1]


def test_a_sheet_is_destroyed_after_fourteen_days_and_the_results_stay(core, clock, follow_up, me, number):
    enter(core, follow_up, me, number, f"{row_code(0, number)} s")
    clock.advance(14 * 86400 - 1)
    core.database.write_now(lambda c: sheets.destroy_sheets(c, int(clock.now())))
    assert len(rows(core, followup_sheets)) == 1
    clock.advance(1)
    core.database.write_now(lambda c: sheets.destroy_sheets(c, int(clock.now())))
    assert rows(core, followup_sheets) == rows(core, followup_sheet_rows) == []
    assert len(rows(core, followups)) == 1
