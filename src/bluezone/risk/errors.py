"""What can be wrong with a risk configuration or a calibration table."""

from __future__ import annotations

from bluezone.errors import BluezoneError


class RiskError(BluezoneError, ValueError):
    """The root of the risk room's errors."""

    code = "risk_error"


class RiskConfigInvalid(RiskError):
    """A risk configuration is not JSON of the documented shape, or its numbers contradict each other."""

    code = "risk_config_invalid"


class CalibrationInvalid(RiskError):
    """A calibration table lacks a column or holds a value that is no number of decibels."""

    code = "calibration_invalid"
