"""What a published key says about its owner's test: the report types of the key export format."""

from __future__ import annotations

from enum import IntEnum


class ReportType(IntEnum):
    """`TemporaryExposureKey.ReportType` of the key export format, numbers as published there."""

    UNKNOWN = 0
    CONFIRMED_TEST = 1
    CONFIRMED_CLINICAL_DIAGNOSIS = 2
    SELF_REPORT = 3
    RECURSIVE = 4
    REVOKED = 5


CASE_REPORTS = frozenset({ReportType.CONFIRMED_TEST, ReportType.CONFIRMED_CLINICAL_DIAGNOSIS})
"""Report types of a case (F0); `RECURSIVE` is a contact (F1) that the health desk confirmed."""
