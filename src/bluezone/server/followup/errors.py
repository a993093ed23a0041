"""What follow-up refuses, and what to do then."""

from __future__ import annotations

from typing import Any

from bluezone.server.errors import RequestRefused


class FollowUpError(RequestRefused):
    """The root of the room's errors."""

    code = "follow_up_error"
    status = 400


class ResultUnknown(FollowUpError):
    """There is no such result."""

    code = "result_unknown"


class TemperatureImpossible(FollowUpError):
    """A temperature that is none, or that nobody has."""

    code = "temperature_impossible"


class NoteTooLong(FollowUpError):
    """A note of more than 500 letters."""

    code = "note_too_long"


class FollowUpDayImpossible(FollowUpError):
    """A day that is still to come, or so long ago that nothing of it is kept."""

    code = "follow_up_day_impossible"


class OfficerUnsuitable(FollowUpError):
    """Somebody who does not work on cases where these people live."""

    code = "officer_unsuitable"


class NobodyToPrint(FollowUpError):
    """Nobody is to be followed on the day for which a sheet was asked."""

    code = "nobody_to_print"
    status = 409


class LineNotUnderstood(FollowUpError):
    """A line of a paper sheet that is not a row's code followed by a result."""

    code = "line_not_understood"


class FollowUpChanged(FollowUpError):
    """Somebody else entered a result meanwhile; `now` is what is there, None where there is nothing any more."""

    code = "follow_up_changed"
    status = 409

    def __init__(self, message: str, now: Any = None) -> None:
        super().__init__(message)
        self.now = now
