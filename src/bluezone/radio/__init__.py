"""One seam (advertise, scan) and several radios behind it: virtual, hci, replay."""

from bluezone.radio.errors import RadioError, RadioUnavailable
from bluezone.radio.seam import Radio, Report

__all__ = ["Radio", "RadioError", "RadioUnavailable", "Report"]
