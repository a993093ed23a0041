import asyncio

import pytest
import sqlalchemy as sa
import sqlalchemy.exc

from bluezone.server.audit import Audit
from bluezone.server.audit.service import Event
from bluezone.server.audit.tables import RETENTION_SECONDS, audit_entries
from bluezone.server.jobs import JobRunner
from bluezone.server.units.service import load_units, read_units

TREE = b"code,type,name,parent_code\n33,t,A,\n323,h,B,33\n1,x,C,323\n2,x,D,33\n"


@pytest.fixture
def audit(core):
    from datetime import date

    core.database.write_now(lambda connection: load_units(connection, read_units(TREE), date(2020, 8, 3)))
    return Audit(core)


@pytest.fixture
def write(core, audit):
    def write(*units, action="signed_in"):
        for unit in units:
            event = Event(action, unit, "a1", "An", "someone", {"why": "“vì” lý do"})
            core.database.write_now(lambda connection, event=event: audit.append(connection, event))

    return write


@pytest.fixture
def tamper(core):
    """Change the table as somebody with the database's files would, past the triggers."""

    def tamper(statement):
        def run(connection):
            if connection.dialect.name == "sqlite":
                connection.execute(sa.text("DROP TRIGGER IF EXISTS audit_entries_keep"))
                connection.execute(sa.text("DROP TRIGGER IF EXISTS audit_entries_stay"))
            else:
                connection.execute(sa.text("ALTER TABLE audit_entries DISABLE TRIGGER ALL"))
            connection.execute(statement)

        core.database.write_now(run)

    return tamper


def test_entries_read_back_as_written_and_the_chain_holds(core, audit, write, clock):
    write("33", "323")
    clock.advance(60)
    write("1")
    found = core.database.read_now(lambda connection: audit.entries(connection, ["/"]))
    assert [(entry.number, entry.event.unit) for entry in found] == [(3, "1"), (2, "323"), (1, "33")]
    assert found[0].event == Event("signed_in", "1", "a1", "An", "someone", {"why": "“vì” lý do"})
    verdict = core.database.read_now(audit.verify)
    assert (verdict.entries, verdict.broken_at, verdict.last_seal) == (3, None, found[0].seal)


def test_a_unit_sees_what_lies_at_or_below_it(core, audit, write):
    write("33", "323", "1", "2", "")
    seen = {
        root: [entry.event.unit for entry in core.database.read_now(lambda c, root=root: audit.entries(c, [root]))]
        for root in ("/", "/33/", "/33/323/", "/33/2/")
    }
    assert seen == {
        "/": ["", "2", "1", "323", "33"],
        "/33/": ["2", "1", "323", "33"],
        "/33/323/": ["1", "323"],
        "/33/2/": ["2"],
    }
    assert core.database.read_now(lambda c: audit.entries(c, [])) == []


def test_pages_of_entries_follow_one_another(core, audit, write):
    write(*["33"] * 5)
    read = lambda before: core.database.read_now(lambda c: audit.entries(c, ["/"], before=before, most=2))  # noqa: E731
    assert [[entry.number for entry in read(before)] for before in (None, 4, 2)] == [[5, 4], [3, 2], [1]]


@pytest.mark.parametrize(
    "statement",
    [
        sa.update(audit_entries).where(audit_entries.c.number == 2).values(actor_name="Bình"),
        sa.update(audit_entries).where(audit_entries.c.number == 2).values(at=audit_entries.c.at + 1),
        sa.update(audit_entries).where(audit_entries.c.number == 2).values(seal=b"0" * 32),
        sa.delete(audit_entries).where(audit_entries.c.number == 2),
    ],
    ids=["who", "when", "seal", "gone"],
)
def test_a_changed_or_missing_entry_is_found(core, audit, write, tamper, statement):
    write(*["33"] * 4)
    tamper(statement)
    assert core.database.read_now(audit.verify).broken_at in {2, 3}


@pytest.mark.parametrize(
    "statement",
    [sa.update(audit_entries).values(actor_name="Bình"), sa.delete(audit_entries)],
    ids=["update", "delete"],
)
def test_the_database_itself_refuses_to_change_or_delete_entries(core, audit, write, statement):
    write("33")
    with pytest.raises(sqlalchemy.exc.DBAPIError, match="audit entries are"):
        core.database.write_now(lambda connection: connection.execute(statement))
    assert core.database.read_now(audit.verify).entries == 1


def test_entries_are_destroyed_after_two_years_and_the_rest_still_holds(core, audit, write, clock):
    write("33", "33")
    clock.advance(RETENTION_SECONDS + 1)
    write("323")
    [job] = audit.jobs()
    assert asyncio.run(JobRunner(core, [job]).run_due(job))
    [left] = core.database.read_now(lambda connection: audit.entries(connection, ["/"]))
    assert left.number == 3
    assert core.database.read_now(audit.verify).broken_at is None


def test_an_undone_change_leaves_no_entry(core, audit):
    def change(connection):
        audit.append(connection, Event("role_granted", "33"))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        core.database.write_now(change)
    assert core.database.read_now(audit.verify).entries == 0


def test_processes_that_write_at_once_make_one_chain(core, restarted, audit):
    async def main():
        logs = [audit, Audit(restarted)]
        await asyncio.gather(
            *(
                (core if number % 2 else restarted).database.write(logs[number % 2].append, Event("signed_in", "33"))
                for number in range(20)
            )
        )

    asyncio.run(main())
    verdict = core.database.read_now(audit.verify)
    assert (verdict.entries, verdict.broken_at) == (20, None)


def test_entries_are_destroyed_also_where_nobody_did_anything_since(core, audit, write, clock):
    """What destroyed them is written down, and the chain goes on from there."""
    write("33", "33")
    clock.advance(RETENTION_SECONDS + 1)
    [job] = audit.jobs()
    assert asyncio.run(JobRunner(core, [job]).run_due(job))
    [left] = core.database.read_now(lambda connection: audit.entries(connection, ["/"]))
    assert (left.number, left.event.action, left.event.detail) == (3, "entries_destroyed", {"count": "2"})
    write("323")
    assert core.database.read_now(audit.verify).broken_at is None


def test_entries_are_destroyed_also_when_the_latest_is_of_yesterday(core, audit, write, clock):
    write("33")
    clock.advance(RETENTION_SECONDS - 86400)
    write("33")
    clock.advance(86401)
    [job] = audit.jobs()
    assert asyncio.run(JobRunner(core, [job]).run_due(job))
    left = core.database.read_now(lambda connection: audit.entries(connection, ["/"]))
    assert [entry.number for entry in left] == [3, 2]
    assert core.database.read_now(audit.verify).broken_at is None
