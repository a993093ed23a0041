"""The accounts room: who may sign in, how they prove it, and what they may do where."""

from __future__ import annotations

from bluezone.server.accounts.access import Action, Role
from bluezone.server.accounts.console import note_denied
from bluezone.server.accounts.routes import accounts_router
from bluezone.server.accounts.service import Accounts
from bluezone.server.accounts.staff import Invited

__all__ = ["Accounts", "Action", "Invited", "Role", "accounts_router", "note_denied"]
