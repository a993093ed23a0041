"""Gates: which device may ask phones whether they run, and how many people were counted at each, hour by hour."""

from __future__ import annotations

from bluezone.server.gates.device_routes import handlers as device_handlers
from bluezone.server.gates.routes import gates_router
from bluezone.server.gates.service import Gates

__all__ = ["Gates", "device_handlers", "gates_router"]
