"""The official letter by which one unit hands a person over to another for follow-up.

Its form is that of an official letter (công văn) in Nghị định 30/2020/NĐ-CP, annex I: margins, the two heads, subject,
recipient, signature, "Nơi nhận".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from bluezone.materials.followup import DAYS
from bluezone.materials.moments import Language, day_text
from bluezone.materials.press import press, say, words


@dataclass(frozen=True, slots=True)
class HandoverNote:
    """What the letter says; what is not known is None or empty.

    `authority` is the agency above (may be empty); `number` the letter's number and sign, left open for the records
    office when empty; `office` the lines above the signature ("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"); `copies` who else
    receives it; `made_at` in Unix seconds. Nothing of the person shows in a log line.
    """

    authority: str
    agency: str
    number: str
    place: str
    day: date
    recipient: str
    name: str = field(repr=False)
    birth_year: int | None = field(repr=False)
    address: str = field(repr=False)
    phone: str = field(repr=False)
    reference: str
    level: Literal["f1", "f2"]
    last_exposure: date | None
    follow_until: date
    days_done: int
    call_back: str
    destroy_on: date
    office: tuple[str, ...]
    signer: str
    made_at: float
    copies: tuple[str, ...] = ()
    note: str = field(default="", repr=False)
    days: int = DAYS


def handover_note(note: HandoverNote, *, language: Language, paper: Literal["a4", "a5"] = "a4") -> bytes:
    """The letter as PDF. Raises PaperTooSmall when a text leaves no room for the rest."""
    said = say(
        words("handover")[language],
        agency=note.agency,
        recipient=note.recipient,
        number=note.number,
        place=note.place,
        day=f"{note.day.day:02}",
        month=f"{note.day.month:02}" if note.day.month < 3 else str(note.day.month),  # as the decree writes it
        year=str(note.day.year),
        date=day_text(note.day),
        done=str(note.days_done),
        days=str(note.days),
        until=day_text(note.follow_until),
        call_back=note.call_back,
        destroy=day_text(note.destroy_on),
    )
    facts = {
        "name": note.name,
        "born": str(note.birth_year or said["unknown"]),
        "address": note.address or said["unknown"],
        "phone": note.phone or said["unknown"],
        "reference": note.reference,
        "level": said["levels"][note.level],
        "last": day_text(note.last_exposure) if note.last_exposure else said["unknown"],
        "followed": said["followed"],
        "until": day_text(note.follow_until),
        "note": note.note,
    }
    texts = {
        "paper": paper,
        "words": said,
        "authority": note.authority.upper(),
        "agency": note.agency.upper(),
        "number": said["number"] if note.number else said["no_number"],
        "recipient": note.recipient,
        "facts": [{"term": said["facts"][name], "fact": fact} for name, fact in facts.items() if fact],
        "office": list(note.office),
        "signer": note.signer,
        "copies": [said["as_above"], *note.copies, said["archive"]],
    }
    return press().pdf("handover", texts, language=language, at=note.made_at, official=True)
