"""What the guidance room refuses, and what to do then."""

from __future__ import annotations

from bluezone.server.errors import RequestRefused


class GuidanceError(RequestRefused):
    """The root of the guidance room's errors."""

    code = "guidance_error"


class GuidanceMalformed(GuidanceError, ValueError):
    """A new guidance lacks a text, or one of its texts is too long or no plain text."""

    code = "guidance_malformed"


class GuidanceOutdated(GuidanceError):
    """Somebody else changed the guidance since the version that a new one is based on."""

    code = "guidance_outdated"
    status = 409


class GuidanceUnknown(GuidanceError):
    """There is no guidance of this version, or it is destroyed."""

    code = "guidance_unknown"
    status = 404


class TellMalformed(GuidanceError, ValueError):
    """What was told has a level, a day or a text that cannot be."""

    code = "tell_malformed"


class TooManyTells(GuidanceError):
    """One client told more within an hour than a household would."""

    code = "too_many_tells"
    status = 429


class TellsPaused(GuidanceError):
    """So many people told something within this hour that no more is taken; the telephone is open."""

    code = "tells_paused"
    status = 429
