"""Following up: who is to be asked today how they are, what was answered, and how well a unit keeps up with it."""

from __future__ import annotations

from bluezone.server.followup.routes import followup_router
from bluezone.server.followup.service import FollowUp

__all__ = ["FollowUp", "followup_router"]
