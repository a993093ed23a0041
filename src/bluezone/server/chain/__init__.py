"""Pictures of who may have infected whom: the chains drawn as SVG over days, and the days of a cluster."""

from __future__ import annotations

from bluezone.server.chain.routes import chain_router
from bluezone.server.chain.service import Chain

__all__ = ["Chain", "chain_router"]
