"""The audit room: what was done, by whom and for which unit, in an order that nobody can change unnoticed."""

from __future__ import annotations

from bluezone.server.audit.service import Audit

__all__ = ["Audit"]
