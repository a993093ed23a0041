"""What the pictures of chains refuse, and what to do then."""

from __future__ import annotations

from bluezone.server.errors import RequestRefused


class ChainError(RequestRefused):
    """The root of the room's errors."""

    code = "chain_error"


class PictureReasonMissing(ChainError):
    """A picture with names was asked for without a reason of ten characters or more."""

    code = "picture_reason_missing"


class PictureKindUnknown(ChainError):
    """A picture was asked for in a form that there is not."""

    code = "picture_kind_unknown"
