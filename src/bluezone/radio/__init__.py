"""One seam (advertise, scan) and several radios behind it: virtual, hci, replay."""

from bluezone.radio.bumble_radio import BumbleRadio, Timing
from bluezone.radio.errors import AdvertisementTooLong, RadioError, RadioSpecInvalid, RadioUnavailable
from bluezone.radio.hci import open_radio
from bluezone.radio.noise import Noise
from bluezone.radio.replay import Recording, ReplayRadio, ReplaySummary, Sighting, read_recording, summarise
from bluezone.radio.replay_errors import RecordingError
from bluezone.radio.seam import Radio, Report
from bluezone.radio.virtual import CHANNELS, Medium, OneRoom, VirtualController, VirtualLink

__all__ = [
    "CHANNELS",
    "AdvertisementTooLong",
    "BumbleRadio",
    "Medium",
    "Noise",
    "OneRoom",
    "Radio",
    "RadioError",
    "RadioSpecInvalid",
    "RadioUnavailable",
    "Recording",
    "RecordingError",
    "ReplayRadio",
    "ReplaySummary",
    "Report",
    "Sighting",
    "Timing",
    "VirtualController",
    "VirtualLink",
    "open_radio",
    "read_recording",
    "summarise",
]
