"""From sightings of a published key to exposure windows, weighted minutes a day and a level: safe, F2 or F1."""

from bluezone.risk.assess import Assessment, DayAssessment, Level, assess, weighted_minutes
from bluezone.risk.calibration import UNCALIBRATED, Calibration, read_calibrations
from bluezone.risk.config import Attenuation, Infectiousness, RiskConfig, RiskLevel, decode_config, encode_config
from bluezone.risk.distance import Closeness, Distance, closeness, estimate_distance
from bluezone.risk.errors import CalibrationInvalid, RiskConfigInvalid, RiskError
from bluezone.risk.profiles import PROFILES
from bluezone.risk.windows import ExposureWindow, HeardBeacon, ScanInstance, build_windows, windows_by_identifier

__all__ = [
    "PROFILES",
    "UNCALIBRATED",
    "Assessment",
    "Attenuation",
    "Calibration",
    "CalibrationInvalid",
    "Closeness",
    "DayAssessment",
    "Distance",
    "ExposureWindow",
    "HeardBeacon",
    "Infectiousness",
    "Level",
    "RiskConfig",
    "RiskConfigInvalid",
    "RiskError",
    "RiskLevel",
    "ScanInstance",
    "assess",
    "build_windows",
    "closeness",
    "decode_config",
    "encode_config",
    "estimate_distance",
    "read_calibrations",
    "weighted_minutes",
    "windows_by_identifier",
]
