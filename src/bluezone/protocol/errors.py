"""What can be wrong with bytes that came over the air or the wire."""

from __future__ import annotations

from bluezone.errors import BluezoneError


class ProtocolError(BluezoneError, ValueError):
    """The root of the protocol room's errors."""

    code = "protocol_error"


class KeyMalformed(ProtocolError):
    """A daily key has the wrong length, start or period."""

    code = "key_malformed"


class BeaconMalformed(ProtocolError):
    """An advertisement carries our service but not a beacon of the layout we know."""

    code = "beacon_malformed"
