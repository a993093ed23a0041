"""What can be wrong when published keys are matched with what was heard."""

from __future__ import annotations

from bluezone.errors import BluezoneError


class MatchingError(BluezoneError):
    """The root of the matching room's errors."""

    code = "matching_error"


class ObservedMalformed(MatchingError, ValueError):
    """What was heard does not have the shape that the matcher needs."""

    code = "observed_malformed"


class TierUnavailable(MatchingError, RuntimeError):
    """A matching tier was demanded that this machine cannot run or that failed its self-test."""

    code = "tier_unavailable"
