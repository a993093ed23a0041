"""The health desk's room: codes for cases, tokens for codes, certificates for tokens."""

from __future__ import annotations

from bluezone.server.desk.codes import grouped, read_code
from bluezone.server.desk.routes import PATH_KEYS, PATH_REISSUE, SECURITY_SCHEMES, desk_router
from bluezone.server.desk.service import API_KEY_FILE, Desk, Issued
from bluezone.server.desk.tables import desk_cases, desk_clients, desk_minutes

__all__ = [
    "API_KEY_FILE",
    "PATH_KEYS",
    "PATH_REISSUE",
    "SECURITY_SCHEMES",
    "Desk",
    "Issued",
    "desk_cases",
    "desk_clients",
    "desk_minutes",
    "desk_router",
    "grouped",
    "read_code",
]
