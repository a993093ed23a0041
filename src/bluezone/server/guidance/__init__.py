"""The guidance room: what the province wants people told, and what warned people choose to tell the health office."""

from __future__ import annotations

from bluezone.server.guidance.routes import PATH_DRAFT, PATH_TELLS, guidance_router
from bluezone.server.guidance.service import GuidanceService

__all__ = ["PATH_DRAFT", "PATH_TELLS", "GuidanceService", "guidance_router"]
