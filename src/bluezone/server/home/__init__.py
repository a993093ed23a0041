"""The home room: the server's first page and its open ledger."""

from __future__ import annotations

from bluezone.server.home.routes import handlers
from bluezone.server.home.service import Home

__all__ = ["Home", "handlers"]
