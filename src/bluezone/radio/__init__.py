"""One seam (advertise, scan) and several radios behind it: virtual, hci, replay."""

from bluezone.radio.bumble_radio import BumbleRadio, Timing
from bluezone.radio.errors import AdvertisementTooLong, RadioError, RadioSpecInvalid, RadioUnavailable
from bluezone.radio.hci import open_radio
from bluezone.radio.noise import Noise
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
    "Report",
    "Timing",
    "VirtualController",
    "VirtualLink",
    "open_radio",
]
