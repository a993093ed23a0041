"""What the pages say when a code does not go through: what happened, what is safe, what to do."""

from __future__ import annotations

from dataclasses import dataclass

from bluezone.phone.errors import (
    ConsentOutdated,
    NothingToPublish,
    PhoneError,
    ServerRefused,
    ServerUnreachable,
    StoreError,
)
from bluezone.phone.pages.language import N_
from bluezone.protocol.wire import TEST_CONFIRMED, TEST_LIKELY, TEST_RECURSIVE


@dataclass(frozen=True, slots=True)
class Trouble:
    """Three sentences in English: what happened, what is safe, what to do; `call` offers the hotline."""

    happened: str
    safe: str
    do: str
    call: bool = False


NOTHING_SENT = N_("Nothing of yours has been sent.")
_KEPT = N_("Your code is kept on this phone for a day, and nothing of yours has been sent.")

TYPED_WRONG = Trouble(
    N_("This is not a whole code."),
    NOTHING_SENT,
    N_("A code has 8 digits, or 16 letters and digits. Spaces and capitals do not matter."),
)
UNREACHABLE = Trouble(
    N_("The health office cannot be reached right now."),
    NOTHING_SENT,
    N_("Connect to Wi-Fi or mobile data, then press the button again."),
)
NOTHING_TO_SEND = Trouble(
    N_("This phone has nothing to send: no key of the last days is left that was on the air."),
    NOTHING_SENT,
    N_("Tell the health officer; they can warn people by telephone."),
    call=True,
)
NOTHING_TICKED = Trouble(
    N_("No day was ticked, so there was nothing to send."),
    NOTHING_SENT,
    N_("Tick at least one day, or choose not to send."),
)
OUTDATED = Trouble(
    N_("More than an hour has passed since you were shown what leaves."),
    NOTHING_SENT,
    N_("Look at it once more, then agree."),
)
GONE = Trouble(
    N_("This code is no longer on this phone: a day has passed, or you took it back."),
    N_("What was sent before has its receipt below."),
    N_("Ask the health officer for a new code."),
)
_BUSY = Trouble(
    N_("The health office's server is busy, or something else answered in its place."),
    _KEPT,
    N_("You need do nothing: Bluezone asks again by itself. Some public Wi-Fi wants you to log in first."),
)
_UNNAMED = Trouble(
    N_("The health office did not take this."),
    NOTHING_SENT,
    N_("Call the health officer and say what stands below."),
    call=True,
)
_TAKEN_BACK = Trouble(
    N_("The health office took this code back."),
    NOTHING_SENT,
    N_("Call the health officer if you still want to warn others."),
    call=True,
)

REFUSALS = {
    "code_invalid": TYPED_WRONG,
    "code_unknown": Trouble(
        N_("The health office does not know this code."),
        NOTHING_SENT,
        N_("Compare it digit by digit, or read it aloud to the health officer."),
        call=True,
    ),
    "code_used": Trouble(
        N_("This code was used before."),
        N_("Nothing more has been sent now."),
        N_("If it was not you, ask the health officer for a new code."),
        call=True,
    ),
    "code_expired": Trouble(
        N_("This code's time is over."),
        NOTHING_SENT,
        N_("Call the health officer again for a new code."),
        call=True,
    ),
    "too_many_wrong_codes": Trouble(
        N_("Too many wrong codes came from this connection."),
        NOTHING_SENT,
        N_("Use the long code or the link from the message, or wait an hour."),
        call=True,
    ),
    "short_codes_paused": Trouble(
        N_("Short codes rest for a while, so that nobody can guess one."),
        NOTHING_SENT,
        N_("Use the long code or the link from the message, or wait an hour."),
        call=True,
    ),
    "unsupported_test_type": Trouble(
        N_("This code is of a newer kind than this Bluezone knows."),
        NOTHING_SENT,
        N_("Install the newest Bluezone, then enter the code again."),
    ),
    "token_revoked": _TAKEN_BACK,
    "token_used": Trouble(
        N_("This code was already used to send other keys."),
        N_("Nothing more has been sent now."),
        N_("Ask the health officer for a new code."),
        call=True,
    ),
}
"""By the server's stable reasons."""

TEST_NAMES = {
    TEST_CONFIRMED: N_("Confirmed by a test"),
    TEST_LIKELY: N_("Likely, found by a doctor"),
    TEST_RECURSIVE: N_("F1, confirmed by the health office"),
}


def trouble_of(error: PhoneError) -> Trouble:
    """What to say about an error of publishing; one of the store has no words here and is raised again."""
    if isinstance(error, ServerRefused):
        return _BUSY if error.temporary and error.reason not in REFUSALS else refusal(error.reason)
    if isinstance(error, ServerUnreachable):
        return UNREACHABLE
    if isinstance(error, NothingToPublish):
        return NOTHING_TO_SEND
    if isinstance(error, ConsentOutdated):
        return OUTDATED
    if isinstance(error, StoreError):
        raise error
    return _UNNAMED


def refusal(reason: str) -> Trouble:
    """What to say about a final refusal."""
    return REFUSALS.get(reason, _UNNAMED)
