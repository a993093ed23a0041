"""What can be wrong with a recording of sightings."""

from __future__ import annotations

from bluezone.radio.errors import RadioError


class RecordingError(RadioError, ValueError):
    """The root of the errors of reading a recording."""

    code = "recording_error"


class RecordingUnreadable(RecordingError):
    """The file is not there, or the system does not let it be read."""

    code = "recording_unreadable"


class RecordingUnknown(RecordingError):
    """The file is neither CSV nor an SQLite recording nor a btsnoop capture of a kind that is read here."""

    code = "recording_unknown"


class RecordingColumnWrong(RecordingError):
    """A column is missing, unknown or there twice."""

    code = "recording_column_wrong"


class RecordingValueWrong(RecordingError):
    """A value in a row is not what its column holds."""

    code = "recording_value_wrong"


class RecordingDamaged(RecordingError):
    """The file ends too early, or its inner lengths do not add up."""

    code = "recording_damaged"


class ReceiverUnknown(RecordingError):
    """The recording holds no such receiver."""

    code = "receiver_unknown"
