"""People with a level, without the cases and contacts behind it."""

from __future__ import annotations

import sqlalchemy as sa

from bluezone.server.casework.people import PersonData, person_values
from bluezone.server.casework.tables import persons

LAM_SON, HIEN_NAM, NEIGHBOUR = "11950", "11953", "12280"


def plant(
    core, number, *, level=1, last=None, unit=LAM_SON, name="Trần Văn Bình", closed=None, registered=None, **more
):
    """A person's identifier; `last` is the day of the latest exposure."""
    one = f"{number:032x}"
    now = int(core.clock.now())
    row = {
        "id": one,
        "desk": unit,
        "version": 1,
        "created_at": now if registered is None else registered,
        "changed_at": now,
        "closed_at": closed,
        "level": level,
        "exposed_first": last,
        "exposed_last": last,
        **person_values(PersonData(name=name, unit=unit, phone="0912345678", address="Thôn 3")),
        **more,
    }
    core.database.write_now(lambda connection: connection.execute(sa.insert(persons).values(row)))
    return one


def rows(core, table, *where):
    return core.database.read_now(lambda c: c.execute(sa.select(table).where(*where)).all())
