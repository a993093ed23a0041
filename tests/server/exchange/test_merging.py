"""Two records of one person become one with all that hangs on both, and two again."""

import pytest
import sqlalchemy as sa

from bluezone.server.accounts.errors import AccessDenied
from bluezone.server.casework.service import cases, contacts, persons
from bluezone.server.database import metadata
from bluezone.server.exchange import merging
from bluezone.server.exchange.errors import ImportNotUndone, MergeImpossible
from bluezone.server.followup.service import Entry, Source, followups, insert_entries
from tests.server.casework.support import outbreak
from tests.server.exchange.support import everything, plant_officer

TABLES = ("persons", "cases", "contacts", "followups", "transfers", "case_codes")


def version(core, person):
    return core.database.read_now(
        lambda c: c.execute(sa.select(persons.c.version).where(persons.c.id == person)).scalar_one()
    )


def one(core, table, column, value):
    return core.database.read_now(lambda c: c.execute(sa.select(table).where(table.c[column] == value)).all())


def contacts_of(core, person):
    return {row.id for end in ("source", "exposed") for row in one(core, contacts, end, person)}


async def merge(exchange, me, kept, other, take=()):
    core = exchange.ground.core
    versions = version(core, kept), version(core, other)
    merged, _ = await exchange.casework.write(merging.merge, me, kept, other, versions=versions, take=set(take))
    return merged


@pytest.fixture
def found(core, exchange):
    return outbreak(core, ill=3, exposed_each=3, beyond_each=2)


def test_what_hangs_on_both_comes_together_and_comes_apart_again(core, exchange, me, play, found):
    async def story(exchange):
        kept, other = found.ill[1], found.others[0]
        today = exchange.ground.today()
        await exchange.casework.write(
            lambda ground, c: insert_entries(
                ground, c, me, [Entry(kept, today, "seen", 366), Entry(other, today, "lost")], source=Source.SCREEN
            )
        )
        before = everything(core, *TABLES)
        met = {
            row.id for end in ("source", "exposed") for who in (kept, other) for row in one(core, contacts, end, who)
        }
        merged = await merge(exchange, me, kept, other, take=["phone"])
        assert one(core, persons, "id", other) == []
        (now,) = one(core, persons, "id", kept)
        assert now.level == 0
        assert now.phone in str(before["persons"])
        after = contacts_of(core, kept)
        assert after <= met
        assert len(met - after) <= 1
        assert [row.result for row in one(core, followups, "person", kept)] == ["seen"]
        for table in metadata.sorted_tables:
            for column in table.columns:
                if any(key.column is persons.c.id for key in column.foreign_keys):
                    assert one(core, table, column.name, other) == []
        await exchange.casework.write(merging.undo_merge, me, merged)
        restored = everything(core, *TABLES)
        assert {name: len(rows) for name, rows in restored.items()} == {
            name: len(rows) for name, rows in before.items()
        }
        for name in ("cases", "contacts", "followups", "transfers", "case_codes"):
            assert restored[name] == before[name]
        levels = {row.id: row.level for row in core.database.read_now(lambda c: c.execute(sa.select(persons)).all())}
        assert levels[kept] == 0
        assert levels[other] in {1, 2}

    play(story)


def test_two_open_cases_and_a_record_changed_meanwhile_are_told_and_nothing_happens(core, exchange, me, play, found):
    async def story(exchange):
        before = everything(core, *TABLES)
        with pytest.raises(MergeImpossible) as refused:
            await merge(exchange, me, found.ill[0], found.ill[1])
        assert refused.value.reason == "two_cases"
        with pytest.raises(MergeImpossible) as refused:
            await exchange.casework.write(merging.merge, me, found.ill[0], found.others[0], versions=(9, 9), take=set())
        assert refused.value.reason == "changed"
        with pytest.raises(MergeImpossible):
            await merge(exchange, me, found.ill[0], found.ill[0])
        assert everything(core, *TABLES) == before

    play(story)


def test_a_merge_is_undone_by_its_author_alone_and_only_while_nobody_worked_on_it(core, exchange, me, play, found):
    async def story(exchange):
        neighbour = plant_officer(core, "330", login="hangxom")
        merged = await merge(exchange, me, found.others[0], found.others[1])
        with pytest.raises(AccessDenied):
            await exchange.casework.write(merging.undo_merge, neighbour, merged)
        with pytest.raises(AccessDenied):
            await merge(exchange, neighbour, found.others[2], found.others[3])
        await exchange.casework.write(
            lambda ground, c: insert_entries(
                ground, c, me, [Entry(found.others[0], ground.today(), "seen")], source=Source.SCREEN
            )
        )
        with pytest.raises(ImportNotUndone):
            await exchange.casework.write(merging.undo_merge, me, merged)
        assert one(core, cases, "person", found.ill[0])

    play(story)
