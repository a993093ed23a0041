"""Codes for people on record: who may have one and why not, issuing, showing once, revoking.

The desk room's row, casework's row, the entry in the audit log and a text message are kept in one transaction: there is
no code that casework does not know of, and no row for a code that was never issued. Nobody has two good codes: a new
one revokes those before it, so that pressing twice leaves the one that is on the screen.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag

from bluezone.materials import CodeSlip, MaterialsError, code_script, code_slip
from bluezone.protocol.invite import write_code_link
from bluezone.server.accounts.access import Account, Action, denied
from bluezone.server.casework import codes_words as words
from bluezone.server.casework.codes_list import case_numbers, codes_of, usable
from bluezone.server.casework.codes_rules import Basis, Lacking, basis_of
from bluezone.server.casework.codes_watch import Watch
from bluezone.server.casework.errors import CodeGone, CodeImpossible, RecordChanged, SlipUnprintable
from bluezone.server.casework.ground import Ground
from bluezone.server.casework.people import find_person, home_desk, touch
from bluezone.server.casework.service import Casework, Panel
from bluezone.server.casework.tables import case_codes
from bluezone.server.casework.terms import Channel
from bluezone.server.casework.typed import day_text
from bluezone.server.core import Core
from bluezone.server.desk.service import Desk, Issued, grouped, read_states
from bluezone.server.jobs import Job
from bluezone.server.language import Language, filters
from bluezone.server.messages.service import MessagesService
from bluezone.server.units.service import find_unit

Held = TypeVar("Held", bound=msgspec.Struct)

_TRIES = 3
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_SMS_TEXT = "Bluezone: mã xác nhận của anh/chị, dùng một lần, đến {until}. Mở trên điện thoại có Bluezone: {link}"


class Shown(msgspec.Struct, frozen=True, tag="code"):
    """A code while it is on an official's screen; it goes back and forth encrypted and is stored nowhere.

    `short` is empty while links alone are given out. It does not show in a log line.
    """

    uuid: str
    person: str
    short: str
    short_until: int
    long: str
    long_until: int
    link: str
    issued_at: int
    number: str
    unit: str

    def __repr__(self) -> str:
        return f"Shown({self.uuid})"

    @property
    def groups(self) -> list[str]:
        """The short code, else the long one, in groups of four."""
        return grouped(self.short or self.long).split()

    @property
    def until(self) -> int:
        return self.short_until if self.short else self.long_until


class Codes:
    """The service of the pages about codes; built once, when the application is."""

    def __init__(self, core: Core, casework: Casework, desk: Desk, messages: MessagesService) -> None:
        self.core = core
        self.casework = casework
        self.desk = desk
        self._messages = messages
        casework.panels.append(Panel("casework/codes_panel.html", self.panel, Action.ISSUE_CODES))
        self._watch = Watch(core, casework.ground.audit)

    def jobs(self) -> list[Job]:
        """Looking for far more codes than usual."""
        return self._watch.jobs()

    @property
    def ground(self) -> Ground:
        return self.casework.ground

    async def issue(
        self, account: Account, person: str, channel: Channel, *, host: str, aloud: bool = True
    ) -> tuple[Shown, bool]:
        """A code for this person, to be seen once, and whether it takes the place of another one.

        Raises AccessDenied, CodeImpossible, QuotaExceeded; for the channel SMS SmsNotConfigured or NumberNotMobile;
        RecordChanged when others keep changing the record meanwhile.
        """
        for _ in range(_TRIES):
            basis, before = await self.casework.read(self._prepare, account, person)
            try:
                return await self._issue(account, person, basis, before, channel, host, aloud), bool(before)
            except RecordChanged:
                continue
        raise RecordChanged("Somebody else changed this record meanwhile; look at it and try again.")

    def _prepare(
        self, connection: sa.Connection, account: Account, person: str, *, besides: Sequence[str] = ()
    ) -> tuple[Basis, list[str]]:
        """What a code would stand for, and which good ones there are `besides` those that it replaces."""
        row = find_person(connection, account, Action.ISSUE_CODES, person)
        basis = basis_of(connection, row, self.ground.today())
        if isinstance(basis, Lacking):
            raise CodeImpossible("There is no code for this person now; the page says why.", basis)
        c, now = case_codes.c, self.ground.now()
        query = sa.select(c.uuid, c.issued_at).where(c.person == person, c.revoked_at.is_(None))
        issued = {row.uuid: row.issued_at for row in connection.execute(query.where(c.uuid.not_in(besides)))}
        states = read_states(connection, issued)
        return basis, sorted(uuid for uuid, state in states.items() if usable(state, issued[uuid], now))

    async def _issue(
        self,
        account: Account,
        person: str,
        basis: Basis,
        before: list[str],
        channel: Channel,
        host: str,
        aloud: bool,
    ) -> Shown:
        ground, made = self.ground, []

        def alongside(connection: sa.Connection, issued: Issued) -> None:
            ground.audit.take_turn(connection)
            if self._prepare(connection, account, person, besides=before) != (basis, []):
                raise RecordChanged("Somebody else changed this record meanwhile; look at it and try again.")
            row = find_person(connection, account, Action.ISSUE_CODES, person)
            shown = self._shown(connection, account, row, basis, issued, host)
            message = self._send(connection, row.phone, shown) if channel is Channel.SMS else None
            self._revoked(connection, before)
            connection.execute(
                sa.insert(case_codes).values(
                    uuid=shown.uuid,
                    person=person,
                    case=basis.case,
                    unit=home_desk(account, Action.ISSUE_CODES),
                    test_type=basis.test_type,
                    channel=channel,
                    issued_at=shown.issued_at,
                    issued_by=account.id,
                    message=message,
                    revoked_at=None,
                )
            )
            touch(ground, connection, [person])
            action = "code_reissued" if before else "code_issued"
            ground.note(
                connection, account, action, unit=row.unit, subject=person, channel=channel, kind=basis.test_type
            )
            made.append(shown)

        await self.desk.issue(
            basis.test_type,
            None if basis.symptom_date is None else basis.symptom_date.isoformat(),
            None if basis.test_date is None else basis.test_date.isoformat(),
            aloud=aloud,
            instead_of=before,
            alongside=alongside,
        )
        return made[-1]

    def _shown(
        self, connection: sa.Connection, account: Account, row: sa.Row[Any], basis: Basis, issued: Issued, host: str
    ) -> Shown:
        unit = find_unit(connection, home_desk(account, Action.ISSUE_CODES))
        return Shown(
            uuid=issued.uuid,
            person=row.id,
            short="" if issued.short is None else issued.short.text,
            short_until=issued.short_expires_at,
            long=issued.long.text,
            long_until=issued.long_expires_at,
            link=write_code_link(issued.long.text, host=host.lower()),
            issued_at=self.ground.now(),
            number=case_numbers(connection, [(row.id, basis.case)])[row.id, basis.case],
            unit="" if unit is None else unit.title,
        )

    def _send(self, connection: sa.Connection, phone: str, shown: Shown) -> str:
        until = filters("vi")["moment"](shown.long_until)
        text = _SMS_TEXT.format(until=until, link=shown.link)
        return self._messages.enqueue(connection, purpose="code", to=phone, text=text, valid_until=shown.long_until)

    def _revoked(self, connection: sa.Connection, uuids: Sequence[str]) -> None:
        """Write down that these codes are revoked; what would still be sent of them is not."""
        those = case_codes.c.uuid.in_(uuids)
        for message in connection.execute(sa.select(case_codes.c.message).where(those)).scalars():
            if message is not None:
                self._messages.cancel(connection, message)
        connection.execute(sa.update(case_codes).where(those).values(revoked_at=self.ground.now()))

    async def send(self, account: Account, shown: Shown) -> None:
        """Send the link of a code that is on the screen by text message, once.

        Raises AccessDenied, CodeGone, SmsNotConfigured or NumberNotMobile.
        """

        def write(connection: sa.Connection) -> None:
            row, code = self._find(connection, account, shown.uuid)
            if code.revoked_at is not None or shown.long_until <= self.ground.now():
                raise CodeGone("This code is no longer good; issue a new one.")
            if code.message is None:
                message = self._send(connection, row.phone, shown)
                sent = sa.update(case_codes).where(case_codes.c.uuid == shown.uuid, case_codes.c.message.is_(None))
                if connection.execute(sent.values(message=message)).rowcount == 0:
                    self._messages.cancel(connection, message)  # somebody pressed twice

        await self.core.database.write(write)

    async def revoke(self, account: Account, uuid: str) -> str:
        """End a code, and the token when it was used already; the person whose it was.

        Raises AccessDenied, or CaseUnknown when the desk has destroyed it already.
        """
        person = await self.person_of(account, uuid)

        def alongside(connection: sa.Connection) -> None:
            self.ground.audit.take_turn(connection)
            row, code = self._find(connection, account, uuid)
            if code.revoked_at is None:
                self._revoked(connection, [uuid])
                touch(self.ground, connection, [row.id])
                self.ground.note(connection, account, "code_revoked", unit=row.unit, subject=row.id)

        await self.desk.expire(uuid, alongside=alongside)
        return person

    async def person_of(self, account: Account, uuid: str) -> str:
        """Whose a code is. Raises AccessDenied, also for a code that nobody has."""
        return str((await self.casework.read(self._find, account, uuid))[0].id)

    def _find(self, connection: sa.Connection, account: Account, uuid: str) -> tuple[sa.Row[Any], sa.Row[Any]]:
        """The rows of a code's person and of the code. Raises AccessDenied, also for a code that nobody has."""
        query = sa.select(case_codes).where(case_codes.c.uuid == uuid)
        code = connection.execute(query).one_or_none() if _UUID.fullmatch(uuid) else None
        if code is None:
            raise denied()
        return find_person(connection, account, Action.ISSUE_CODES, code.person), code

    @property
    def sms(self) -> bool:
        """Whether text messages are set up."""
        return self._messages.configured

    def seal(self, held: msgspec.Struct) -> str:
        """What a page holds for its next step, as a form's hidden field."""
        return base64.urlsafe_b64encode(self.ground.seal(msgspec.json.encode(held))).decode()

    def unseal(self, sealed: str, kind: type[Held]) -> Held:
        """What a page of ours held. Raises CodeGone for anything else."""
        try:
            return msgspec.json.decode(self.ground.unseal(base64.urlsafe_b64decode(sealed.encode())), type=kind)
        except (InvalidTag, ValueError, msgspec.MsgspecError) as error:  # binascii.Error is a ValueError
            raise CodeGone("This page is not what the server made; begin again.") from error

    async def slip(self, account: Account, shown: Shown, language: Language) -> bytes:
        """The slip as PDF. Raises AccessDenied, CodeGone when the code is revoked or has run out, SlipUnprintable."""
        code = (await self.casework.read(self._find, account, shown.uuid))[1]
        if code.revoked_at is not None or shown.long_until <= self.ground.now():
            raise CodeGone("This code is no longer good; issue a new one.")
        slip = slip_of(shown, hotline=self.core.settings.hotline, now=self.ground.now())
        try:
            return await asyncio.to_thread(code_slip, slip, language=language)
        except MaterialsError as error:
            raise SlipUnprintable("The slip cannot be printed; read the code aloud or send the link.") from error

    def script(self, shown: Shown, language: Language) -> tuple[str, ...]:
        """What to read aloud; nothing where there is no short code."""
        if not shown.short:
            return ()
        return code_script(
            shown.short,
            valid_until=shown.short_until,
            unit=shown.unit,
            hotline=self.core.settings.hotline,
            language=language,
        )

    def panel(self, connection: sa.Connection, account: Account, person: str) -> dict[str, Any]:
        """What `casework/codes_panel.html` shows: a person's codes, and whether they may have another.

        Raises AccessDenied.
        """
        row = find_person(connection, account, Action.ISSUE_CODES, person)
        basis = basis_of(connection, row, self.ground.today())
        codes = codes_of(connection, person, self.ground.now())
        return {
            "person": row,
            "basis": None if isinstance(basis, Lacking) else basis,
            "lacking": basis if isinstance(basis, Lacking) else None,
            "codes": codes,
            "live": any(code.live for code in codes),
            "sms": self.sms,
            "words": words,
            "day_text": day_text,
        }


def slip_of(shown: Shown, *, hotline: str, now: float) -> CodeSlip:
    """The code as it is printed: the short one while it is good, else the long one."""
    short = bool(shown.short) and shown.short_until > now
    return CodeSlip(
        code=shown.short if short else shown.long,
        valid_until=shown.short_until if short else shown.long_until,
        link=shown.link,
        link_valid_until=shown.long_until,
        unit=shown.unit,
        hotline=hotline,
        case_number=shown.number,
        issued_at=shown.issued_at,
    )
