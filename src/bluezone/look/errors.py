"""What can be asked for that is not there."""

from __future__ import annotations

from typing import ClassVar

from bluezone.errors import BluezoneError


class LookError(BluezoneError, ValueError):
    """The root of the room's errors."""

    code: ClassVar[str] = "look_error"


class IconUnknown(LookError):
    """The sprite has no such icon."""

    code: ClassVar[str] = "icon_unknown"


class PictureUnknown(LookError):
    """There is no such shield, gate picture or drawing."""

    code: ClassVar[str] = "picture_unknown"
