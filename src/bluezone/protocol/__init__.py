"""What goes over the air and the wire: bytes in, bytes out; no clock, no network.

The calls' bodies are in `bluezone.protocol.wire`, tokens and certificates in `bluezone.protocol.verification`, the 2020
app's identifiers in `bluezone.protocol.bluezone2020`.
"""

from bluezone.protocol.batch import NO_ONSET, KeyBatch, PublishedKey
from bluezone.protocol.beacon import (
    SERVICE_BLUEZONE,
    SERVICE_EXPOSURE_NOTIFICATION,
    SERVICES,
    Beacon,
    find_beacon,
)
from bluezone.protocol.errors import BeaconMalformed, KeyMalformed, ProtocolError
from bluezone.protocol.intervals import (
    DAY_SECONDS,
    INTERVAL_SECONDS,
    INTERVALS_A_DAY,
    LAST_INTERVAL,
    Interval,
    day_start,
    interval_at,
    interval_start,
)
from bluezone.protocol.keys import (
    IDENTIFIER_BYTES,
    KEY_BYTES,
    METADATA_BYTES,
    DailyKey,
    Metadata,
    derive_identifier_key,
    derive_metadata_key,
    padded_data,
)
from bluezone.protocol.reports import CASE_REPORTS, ReportType

__all__ = [
    "CASE_REPORTS",
    "DAY_SECONDS",
    "IDENTIFIER_BYTES",
    "INTERVALS_A_DAY",
    "INTERVAL_SECONDS",
    "KEY_BYTES",
    "LAST_INTERVAL",
    "METADATA_BYTES",
    "NO_ONSET",
    "SERVICES",
    "SERVICE_BLUEZONE",
    "SERVICE_EXPOSURE_NOTIFICATION",
    "Beacon",
    "BeaconMalformed",
    "DailyKey",
    "Interval",
    "KeyBatch",
    "KeyMalformed",
    "Metadata",
    "ProtocolError",
    "PublishedKey",
    "ReportType",
    "day_start",
    "derive_identifier_key",
    "derive_metadata_key",
    "find_beacon",
    "interval_at",
    "interval_start",
    "padded_data",
]
