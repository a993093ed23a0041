"""The words that casework's rows hold, and what each stands for."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Level(IntEnum):
    """How far somebody stands from a case: the case itself, its contact, a contact's contact."""

    F0 = 0
    F1 = 1
    F2 = 2


class CaseStatus(StrEnum):
    """What is known of a case; `CONFIRMED` and `CLINICAL` make an F0."""

    SUSPECTED = "suspected"
    CLINICAL = "clinical"
    CONFIRMED = "confirmed"
    DISCARDED = "discarded"


ILL = (CaseStatus.CONFIRMED, CaseStatus.CLINICAL)


class Closeness(StrEnum):
    """How close two people were; `CLOSE` is within 2 m for 15 minutes or more."""

    HOUSEHOLD = "household"
    CLOSE = "close"
    NEAR = "near"
    PASSING = "passing"


class Origin(StrEnum):
    """How the desk learnt of a contact, in the order of handbook 5053/QĐ-BYT."""

    INTERVIEW = "interview"
    HOME = "home"
    LANDMARK = "landmark"
    MEDIA = "media"
    BLUEZONE = "bluezone"
    GATE_BOOK = "gate_book"


class Outcome(StrEnum):
    """How a closed case ended."""

    RECOVERED = "recovered"
    DIED = "died"
    MOVED = "moved"
    NO_CASE = "no_case"


class Channel(StrEnum):
    """How a code reaches a person."""

    ALOUD = "aloud"
    SLIP = "slip"
    SMS = "sms"
    BULK = "bulk"
