"""What goes wrong between this server and another system, and what to do then."""

from __future__ import annotations

from bluezone.server.errors import RequestRefused, ServerError


class LinkError(ServerError):
    """The root of errors of calls to another system."""

    code = "link_error"
    status = 502


class LinkNotSet(LinkError):
    """The settings name no such system."""

    code = "link_not_set"


class LinkUnavailable(LinkError):
    """The other system cannot be reached or does not answer; `doubtful` where it may have done what was asked."""

    code = "link_unavailable"

    def __init__(self, message: str, *, doubtful: bool = False) -> None:
        super().__init__(message)
        self.doubtful = doubtful


class LinkRefused(LinkError):
    """The other system refuses a call; `answered` is its HTTP status, `said` what it says."""

    code = "link_refused"

    def __init__(self, message: str, *, answered: int, said: str = "") -> None:
        super().__init__(message)
        self.answered = answered
        self.said = said


class LinkAnswerStrange(LinkError):
    """The other system answers with something else than it is documented to."""

    code = "link_answer_strange"


class UnitUnknown(RequestRefused):
    """No unit has this code."""

    code = "unit_unknown"


class WeekUnknown(RequestRefused):
    """There is no such week."""

    code = "week_unknown"
