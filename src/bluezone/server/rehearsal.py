"""The desk's side of a rehearsal: an officer who can sign in, and invented people whom the desk has on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pyotp
import sqlalchemy as sa
from litestar import Litestar

from bluezone.clock import Clock, RealClock
from bluezone.randomness import Randomness
from bluezone.server.accounts import Accounts, Role
from bluezone.server.accounts.access import Account
from bluezone.server.accounts.proofs import STEP_SECONDS, base32
from bluezone.server.accounts.sessions import Session
from bluezone.server.app import assemble, create_core
from bluezone.server.audit import Audit
from bluezone.server.casework import Casework
from bluezone.server.casework.cases import CaseData, report_case
from bluezone.server.casework.contacts import ContactData, add_contact
from bluezone.server.casework.ground import Ground
from bluezone.server.casework.people import PersonData, add_person
from bluezone.server.casework.terms import CaseStatus, Closeness, Origin
from bluezone.server.core import Core
from bluezone.server.desk import Desk
from bluezone.server.keys import Keys
from bluezone.server.language import VIETNAM
from bluezone.server.settings import Settings
from bluezone.server.units.service import find_unit, load_units, read_units, shipped_units

LOGIN = "canbo"
PASSWORD = "diễn tập cùng Bluezone"  # noqa: S105 - printed for everybody who rehearses
OFFICER = "Trần Thị Bàn"
DISTRICT = "323"  # thành phố Hưng Yên
COMMUNES = ("11950", "11953", "11956")


@dataclass(frozen=True, slots=True)
class Resident:
    """An invented person; `met` are the keys of those whom they name in the interview."""

    key: str
    name: str
    birth_year: int
    sex: str
    work: str
    met: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Officer:
    """Who may sign in at the rehearsal's desk, and the key of their six-digit codes."""

    login: str
    password: str
    name: str
    secret: bytes

    def code(self, now: float) -> tuple[str, int]:
        """The six digits of the time `now` (Unix seconds, real) and for how many seconds they are good."""
        return pyotp.TOTP(base32(self.secret)).at(int(now)), STEP_SECONDS - int(now) % STEP_SECONDS


async def create_rehearsal(
    settings: Settings, *, clock: Clock, randomness: Randomness, residents: Sequence[Resident]
) -> tuple[Litestar, Officer]:
    """The application with Hưng Yên's units, an officer's account and the residents on record.

    The first resident waits for a test's result. Cases, codes and archives live by `clock`, which may hurry; who signs
    in does so in real time, so that sessions do not end and codes do not change while somebody types.
    """
    core = create_core(settings, clock=clock, randomness=randomness)
    core.database.migrate()
    real = replace(core, clock=RealClock())
    accounts = Accounts(real, Audit(real))
    desk = Desk(core)
    app = assemble(
        core,
        desk=desk,
        keys=Keys(core, verifier=desk.certificate_verifier, note_published=desk.note_published),
        accounts=accounts,
    )
    officer, account = await _enrol(core, accounts)
    await Casework(core, accounts.audit).write(_put_on_record, account, residents)
    return app, officer


async def _enrol(core: Core, accounts: Accounts) -> tuple[Officer, Account]:
    today = datetime.fromtimestamp(core.clock.now(), VIETNAM).date()
    await core.database.write(load_units, read_units(shipped_units()), today)
    unit = await core.database.read(find_unit, DISTRICT)
    if unit is None:
        raise LookupError(DISTRICT)
    invited = await core.database.write(
        lambda connection: accounts.staff.invite_now(
            connection, login=LOGIN, name=OFFICER, role=Role.HEALTH_OFFICER, unit=unit
        )
    )
    entered = await accounts.staff.accept(invited.token, PASSWORD, device="rehearsal")
    secret = await accounts.own.begin_totp(await _session(accounts, entered.token))
    # A code is good once: by that of half a minute ago the one of now is left for whoever reads it from the board.
    earlier = pyotp.TOTP(base32(secret)).at(int(accounts.ground.now()) - STEP_SECONDS)
    session = await _session(accounts, entered.token)
    await accounts.own.confirm_totp(session, earlier)
    return Officer(LOGIN, PASSWORD, OFFICER, secret), session.account


async def _session(accounts: Accounts, token: str) -> Session:
    session = await accounts.session(token)
    if session is None:
        raise LookupError(LOGIN)
    return session


def _put_on_record(ground: Ground, connection: sa.Connection, account: Account, residents: Sequence[Resident]) -> None:
    today = ground.today()
    ids = {}
    for at, one in enumerate(residents):
        data = PersonData(
            name=one.name,
            unit=COMMUNES[at % len(COMMUNES)],
            sex=one.sex,
            birth_year=one.birth_year,
            phone=f"09{12_345_600 + at:08d}",
            address=f"Số {3 * at + 2}, phố Hiến",
            work=one.work,
        )
        ids[one.key] = add_person(ground, connection, DISTRICT, data)
    waiting = CaseData(status=CaseStatus.SUSPECTED, onset=today, test_date=today)
    report_case(ground, connection, account, ids[residents[0].key], waiting)
    for one in residents:
        for other in one.met:
            add_contact(ground, connection, account, ids[one.key], ids[other], _met(today))


def _met(today: date) -> ContactData:
    yesterday = today - timedelta(days=1)
    return ContactData(yesterday, today, Closeness.CLOSE, Origin.INTERVIEW, confirmed=True)
