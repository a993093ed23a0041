"""Places: the codes at their doors, and notices to whoever was there, without knowing who that was."""

from __future__ import annotations

from bluezone.server.places.public_routes import public_router
from bluezone.server.places.routes import places_router
from bluezone.server.places.service import Places

__all__ = ["Places", "places_router", "public_router"]
