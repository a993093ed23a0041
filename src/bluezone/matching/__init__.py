"""Which published keys did I hear: the hot path of a phone's daily sync.

The compiled tier is for published keys alone and stays inside this room; a phone's own keys use `bluezone.protocol`.
"""

from bluezone.matching.errors import MatchingError, ObservedMalformed, TierUnavailable
from bluezone.matching.filter import TOLERANCE_SECONDS
from bluezone.matching.matcher import Match, Matcher
from bluezone.matching.observed import Observed

__all__ = [
    "TOLERANCE_SECONDS",
    "Match",
    "Matcher",
    "MatchingError",
    "Observed",
    "ObservedMalformed",
    "TierUnavailable",
]
