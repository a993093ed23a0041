"""The words that follow-up's rows hold, and what each stands for."""

from __future__ import annotations

from enum import StrEnum


class Result(StrEnum):
    """What became of a day's call or visit, in the order of the printed sheet's columns."""

    SEEN = "seen"
    NO_ANSWER = "no_answer"
    SYMPTOMS = "symptoms"
    TESTED = "tested"
    HANDED_OVER = "handed_over"
    LOST = "lost"
    DONE = "done"


REACHED = (Result.SEEN, Result.SYMPTOMS, Result.TESTED, Result.DONE)
"""Results of somebody who was spoken to on that day."""

ENDS = (Result.HANDED_OVER, Result.LOST, Result.DONE)
"""Results after which nobody asks again, until the person is exposed again or found again."""

LETTERS = dict(zip("sktxbmh", Result, strict=True))
"""The key of each result: sức khỏe, không trả lời, triệu chứng, xét nghiệm, bàn giao, mất liên lạc, hết theo dõi."""

KEYS = LETTERS | dict(zip("1234567", Result, strict=True))
LETTER_OF = {result: letter for letter, result in LETTERS.items()}

FEVER = 380
"""Tenths of a degree from which somebody is called at once."""


class Source(StrEnum):
    """How an entry came in."""

    SCREEN = "screen"
    SHEET = "sheet"
    IMPORT = "import"


def is_alert(result: str, temperature: int | None) -> bool:
    """Whether somebody has to be called at once."""
    return result == Result.SYMPTOMS or (temperature is not None and temperature >= FEVER)
