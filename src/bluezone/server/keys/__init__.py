"""The keys room: publish, archives, configuration."""

from __future__ import annotations

from bluezone.server.keys.routes import handlers, publish_profile
from bluezone.server.keys.service import Keys, Verifier

__all__ = ["Keys", "Verifier", "handlers", "publish_profile"]
