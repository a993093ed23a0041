"""The web application: one room a duty, over one database."""

from __future__ import annotations

from bluezone.server.app import create_app, create_core
from bluezone.server.core import Core
from bluezone.server.database import Database
from bluezone.server.settings import Settings

__all__ = ["Core", "Database", "Settings", "create_app", "create_core"]
