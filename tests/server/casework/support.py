"""What casework tests share: an officer, and outbreaks of any size with invented people."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Holding, Role
from bluezone.server.accounts.tables import accounts
from bluezone.server.casework.ground import Ground
from bluezone.server.casework.people import PersonData, person_values
from bluezone.server.casework.service import Casework
from bluezone.server.casework.standing import settle_all
from bluezone.server.casework.tables import cases, contacts, persons
from bluezone.server.core import Core
from bluezone.server.language import VIETNAM
from bluezone.server.units.service import Unit, find_unit, load_units, read_units, shipped_units

T = TypeVar("T")

FAMILY = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
]
MIDDLE = ["Văn", "Thị", "Hữu", "Đức", "Ngọc", "Minh", "Thanh", "Quang", "Xuân", "Thu", "Hồng", "Đình"]
GIVEN = [
    "An",
    "Ánh",
    "Bình",
    "Cường",
    "Dũng",
    "Đạt",
    "Giang",
    "Hà",
    "Hải",
    "Hạnh",
    "Hòa",
    "Hùng",
    "Hương",
    "Khánh",
    "Lan",
    "Linh",
    "Long",
    "Mai",
    "Nam",
    "Nga",
    "Phúc",
    "Quân",
    "Sơn",
    "Thảo",
    "Tú",
    "Yến",
    "Ý",
]
DISTRICT = "323"


def plant_province(core: Core) -> None:
    """Hưng Yên's units of 2020."""
    core.database.write_now(lambda c: load_units(c, read_units(shipped_units()), date(2020, 8, 1)))


def unit_of(core: Core, code: str) -> Unit:
    unit = core.database.read_now(lambda connection: find_unit(connection, code))
    assert unit is not None
    return unit


def officer(
    core: Core,
    unit: str = DISTRICT,
    role: Role = Role.HEALTH_OFFICER,
    *,
    name: str = "Trần Thị Bàn",
    account: str = "a" * 32,
) -> Account:
    """An account that need not be able to sign in."""
    at = unit_of(core, unit)
    return Account(account, "ban", name, at, (Holding(role, at),))


def seat_officer(core: Core, account: Account) -> None:
    """Give an officer the row that what they can undo hangs on."""
    row = {"id": account.id, "login": account.login, "name": account.name, "unit": account.unit.code}
    rest = {"password": "", "totp_step": 0, "created_at": int(core.clock.now())}
    core.database.write_now(lambda connection: connection.execute(sa.insert(accounts).values(**row, **rest)))


@dataclass(frozen=True)
class Outbreak:
    """The identifiers of who is in it."""

    ill: list[str]
    others: list[str]


def outbreak(
    core: Core,
    *,
    ill: int = 5,
    exposed_each: int = 6,
    beyond_each: int = 2,
    seed: str = "dịch",
    units: list[str] | None = None,
    days: int = 14,
) -> Outbreak:
    """Chains of infection over some days, each case with contacts, some of whom have contacts of their own."""
    dice = random.Random(seed)
    today = datetime.fromtimestamp(core.clock.now(), VIETNAM).date()
    now = int(core.clock.now())
    units = units or ["11950", "11953", "11956"]
    people: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    edges: list[dict[str, Any]] = []

    def person() -> str:
        one = f"{dice.getrandbits(128):032x}"
        data = PersonData(
            name=f"{dice.choice(FAMILY)} {dice.choice(MIDDLE)} {dice.choice(GIVEN)}",
            unit=dice.choice(units),
            sex=dice.choice("mf"),
            birth_year=dice.randint(1935, 2019),
            phone=f"09{dice.randint(0, 99_999_999):08d}",
            address=f"Thôn {dice.randint(1, 9)}",
            work=dice.choice(["", "Công ty may Phố Nối", "Chợ Phố Hiến", "Trường THCS Lê Lợi"]),
        )
        people.append(
            {"id": one, "desk": data.unit, "version": 1, "created_at": now, "changed_at": now, "household": None}
            | person_values(data)
        )
        return one

    def edge(source: str, exposed: str, day: date) -> None:
        edges.append(
            {
                "id": f"{dice.getrandbits(128):032x}",
                "source": source,
                "exposed": exposed,
                "first_day": day,
                "last_day": day + timedelta(days=dice.randint(0, 1)) if day < today else day,
                "place": dice.choice(["Chợ Phố Hiến", "Quán nước đầu làng", "Nhà riêng", ""]),
                "landmark": None,
                "closeness": dice.choice(["household", "close", "near", "passing"]),
                "origin": dice.choice(["interview", "home", "landmark", "media", "bluezone", "gate_book"]),
                "confirmed_at": now,
                "confirmed_by": "",
                "note": "",
                "version": 1,
                "created_at": now,
                "changed_at": now,
            }
        )

    sick, others = [], []
    for number in range(ill):
        one = person()
        onset = today - timedelta(days=days - (days * number) // max(ill, 1))
        if sick:
            edge(dice.choice(sick[-20:]), one, onset - timedelta(days=3))
        sick.append(one)
        rows.append(
            {
                "id": f"{dice.getrandbits(128):032x}",
                "number": number + 1,
                "reference": f"BN{900 + number}" if number % 3 == 0 else "",
                "person": one,
                "status": "confirmed",
                "onset": onset,
                "test_date": min(onset + timedelta(days=2), today),
                "isolated_on": min(onset + timedelta(days=2), today),
                "reported_at": now - (today - onset).days * 86400,
                "traced_at": None,
                "known_contact": number > 0,
                "outcome": "",
                "note": "",
                "version": 1,
                "created_at": now,
                "changed_at": now,
                "closed_at": None,
            }
        )
        for _ in range(exposed_each):
            met = person()
            others.append(met)
            edge(one, met, onset)
            for _ in range(beyond_each if dice.random() < 0.5 else 0):
                further = person()
                others.append(further)
                edge(met, further, min(onset + timedelta(days=1), today))

    def write(connection: sa.Connection) -> None:
        for table, values in ((persons, people), (cases, rows), (contacts, edges)):
            for start in range(0, len(values), 1000):
                connection.execute(sa.insert(table), values[start : start + 1000])
        settle_all(connection)

    core.database.write_now(write)
    return Outbreak(sick, others)


async def make(
    casework: Casework,
    account: Account,
    change: Callable[[Ground, sa.Connection, Account], T],
    *,
    seen: str | None = None,
) -> T:
    """What a change returns, once it is made as the pages make it."""
    return (await casework.make(account, "test", [], change, seen=seen)).result
