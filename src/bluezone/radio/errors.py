"""What can go wrong between a phone and its radio."""

from __future__ import annotations

from bluezone.errors import BluezoneError


class RadioError(BluezoneError, RuntimeError):
    """The root of the radio room's errors."""

    code = "radio_error"


class RadioUnavailable(RadioError):
    """The radio does not answer: unplugged, switched off, or its transport ended; opening it again may help."""

    code = "radio_unavailable"


class RadioSpecInvalid(RadioError, ValueError):
    """The text that should name a radio does not."""

    code = "radio_spec_invalid"


class AdvertisementTooLong(RadioError, ValueError):
    """More bytes were to be advertised than legacy advertising holds."""

    code = "advertisement_too_long"
