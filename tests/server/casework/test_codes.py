"""Codes and the rows about them: all or nothing, whoever is killed and whoever is quicker."""

import asyncio
import io
import multiprocessing
import time
import zipfile
from datetime import timedelta

import msgspec
import pytest
import sqlalchemy as sa

from bluezone.clock import FixedClock
from bluezone.randomness import SystemRandomness
from bluezone.server import create_core
from bluezone.server.app import Rooms
from bluezone.server.casework.cases import CaseData, change_case
from bluezone.server.casework.codes import Codes, slip_of
from bluezone.server.casework.codes_answer import answer
from bluezone.server.casework.codes_bulk import BulkRow, Result
from bluezone.server.casework.codes_rules import Lacking, basis_of
from bluezone.server.casework.contacts import ContactData, add_contact
from bluezone.server.casework.errors import CodeImpossible, SlipUnprintable
from bluezone.server.casework.people import close_person
from bluezone.server.casework.tables import cases, persons
from bluezone.server.casework.terms import Channel
from bluezone.server.desk import Desk
from bluezone.server.desk.tables import desk_cases
from bluezone.server.messages import MessagesService
from tests.server.casework.codes_support import ONSET, met, patient, rows, uuids
from tests.server.casework.support import make, officer
from tests.server.support import START

HOST = "localhost:8787"
KILLS = 3


@pytest.fixture
def codes(core, casework):
    return Codes(core, casework, Desk(core), MessagesService(core))


def basis(core, person):
    def read(connection):
        row = connection.execute(sa.select(persons).where(persons.c.id == person)).one()
        return basis_of(connection, row, ONSET + timedelta(days=2))

    return core.database.read_now(read)


def test_what_fails_last_undoes_the_code_too(play, core, me, codes, monkeypatch):
    def fail(*_args, **_more):
        raise RuntimeError("the disk burns")

    async def story(casework):
        person = await patient(casework, me)
        monkeypatch.setattr(casework.ground.audit, "append", fail)
        with pytest.raises(RuntimeError):
            await codes.issue(me, person, Channel.ALOUD, host=HOST)
        assert uuids(core) == (set(), set())

    play(story)


def test_two_who_issue_at_the_same_moment_leave_one_good_code(play, core, me, codes):
    async def story(casework):
        person = await patient(casework, me)
        await asyncio.gather(*(codes.issue(me, person, Channel.ALOUD, host=HOST) for _ in range(3)))
        live = [row.uuid for row in rows(core) if row.revoked_at is None]
        assert len(live) == 1
        good = [row.uuid for row in rows(core, desk_cases) if row.long_expires_at > START]
        assert good == live

    play(story)


def test_a_case_that_is_changed_meanwhile_is_looked_at_again(play, core, me, codes, monkeypatch):
    async def story(casework):
        person = await patient(casework, me)
        (case,) = rows(core, cases)
        issue = codes.desk.issue

        async def slow(*given, **more):
            monkeypatch.undo()
            data = CaseData(status="clinical", onset=ONSET)
            await make(casework, me, lambda g, c, a: change_case(g, c, a, case.id, 1, data))
            return await issue(*given, **more)

        monkeypatch.setattr(codes.desk, "issue", slow)
        await codes.issue(me, person, Channel.ALOUD, host=HOST)
        assert [row.test_type for row in rows(core)] == ["likely"]
        assert [row.test_type for row in rows(core, desk_cases)] == ["likely"]

    play(story)


def test_a_contact_outside_the_days_in_which_the_f0_could_infect_confirms_nothing(play, core, me):
    async def story(casework):
        first = await patient(casework, me, onset=ONSET, isolated_on=ONSET)
        second = await patient(casework, me, onset=ONSET)
        # F1 by an unconfirmed contact with the second; the confirmed one with the first was after their isolation.
        person = await met(casework, me, second, confirmed=False)
        late = ONSET + timedelta(days=1)
        data = ContactData(first_day=late, last_day=late, closeness="close", origin="interview", confirmed=True)
        await make(casework, me, lambda g, c, a: add_contact(g, c, a, first, person, data))
        assert basis(core, person) is Lacking.UNCONFIRMED
        inside = ContactData(first_day=ONSET, last_day=ONSET, closeness="close", origin="interview", confirmed=True)
        await make(
            casework, me, lambda g, c, a: add_contact(g, c, a, person, first, inside)
        )  # named the other way round
        assert basis(core, person).test_type == "recursive"

    play(story)


def test_a_closed_record_gets_no_code(play, core, me, codes):
    async def story(casework):
        f0 = await patient(casework, me)
        person = await met(casework, me, f0, confirmed=True)
        version = core.database.read_now(
            lambda c: c.execute(sa.select(persons.c.version).where(persons.c.id == person)).scalar_one()
        )
        await casework.write(close_person, me, person, version)
        with pytest.raises(CodeImpossible) as refused:
            await codes.issue(me, person, Channel.ALOUD, host=HOST)
        assert refused.value.lacking is Lacking.CLOSED

    play(story)


def test_a_bulk_code_does_not_use_up_what_may_be_read_aloud(play, core, me, codes):
    async def story(casework):
        person = await patient(casework, me)
        shown, _ = await codes.issue(me, person, Channel.BULK, host=HOST, aloud=False)
        assert (shown.short, shown.groups) == ("", [shown.long[at : at + 4] for at in range(0, 16, 4)])
        assert shown.long not in repr(shown)

    play(story)


def test_a_slip_printed_late_has_the_long_code(play, core, me, codes):
    async def story(casework):
        person = await patient(casework, me)
        shown, _ = await codes.issue(me, person, Channel.SLIP, host=HOST)
        early, late = [slip_of(shown, hotline="19009095", now=START + seconds) for seconds in (14 * 60, 15 * 60)]
        assert (early.code, early.valid_until) == (shown.short, START + 15 * 60)
        assert (late.code, late.valid_until) == (shown.long, START + 86400)

    play(story)


def test_what_does_not_fit_the_slip_is_told_and_the_code_stays_good(play, core, me, codes):
    async def story(casework):
        person = await patient(casework, me)
        shown, _ = await codes.issue(me, person, Channel.SLIP, host=HOST)
        with pytest.raises(SlipUnprintable):
            await codes.slip(me, msgspec.structs.replace(shown, unit="rất dài " * 200), "vi")
        assert rows(core)[0].revoked_at is None
        result = Result(BulkRow(1, "#1"), msgspec.structs.replace(shown, unit="rất dài " * 200))
        packed = answer([result], me, hotline="19009095", now=START, language="vi")
        assert zipfile.ZipFile(io.BytesIO(packed)).namelist() == ["ma-xac-nhan.xlsx"]

    play(story)


def _issue_for_ever(settings, person, account, counted):
    core = create_core(settings, clock=FixedClock(START), randomness=SystemRandomness())
    rooms = Rooms.over(core)

    async def go():
        while True:
            await rooms.codes.issue(account, person, Channel.ALOUD, host=HOST)
            counted.value += 1

    asyncio.run(go())


def test_whoever_is_killed_leaves_no_code_without_its_row_and_no_row_without_its_code(play, core, me, settings):
    people = []

    async def story(casework):
        people.append(await patient(casework, me))

    play(story)
    spawn = multiprocessing.get_context("spawn")
    for _ in range(KILLS):
        counted = spawn.Value("i", 0)
        process = spawn.Process(target=_issue_for_ever, args=(settings, people[0], officer(core), counted))
        process.start()
        before = len(rows(core))
        while counted.value < 5:
            assert process.is_alive()
            time.sleep(0.003)
        process.kill()
        process.join()
        of_the_desk, of_casework = uuids(core)
        assert of_the_desk == of_casework
        assert len(of_casework) >= before + 5
        assert sum(row.revoked_at is None for row in rows(core)) == 1
