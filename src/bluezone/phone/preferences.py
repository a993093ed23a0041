"""What the owner chose about the pages, whose phone is being set up, and who invited them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from bluezone.phone.store import Store
from bluezone.protocol.invite import Invitation

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Preferences:
    """The owner's choices; language None follows the browser.

    `helping` names whose phone it is while somebody else sets it up, empty otherwise; it stays on this phone.
    """

    language: Literal["vi", "en"] | None = None
    theme: Literal["auto", "light", "dark"] = "auto"
    text_size: Literal["normal", "large", "largest"] = "normal"
    first_run_done: bool = False
    helping: str = ""
    invitation: Invitation | None = None


class PreferenceLog:
    """The choices in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self) -> Preferences:
        found = self._store.first("SELECT body FROM preferences")
        return Preferences() if found is None else msgspec.json.decode(found[0], type=Preferences)

    def write(self, preferences: Preferences) -> None:
        """Keep these choices. Raises msgspec.ValidationError for a value that is none."""
        body = msgspec.json.encode(preferences)
        chosen = msgspec.json.decode(body, type=Preferences)
        if len(chosen.helping) > LONGEST_NAME:
            raise msgspec.ValidationError(f"A name of more than {LONGEST_NAME} characters; shorten it.")
        self._store.execute(
            "INSERT INTO preferences VALUES (1, ?) ON CONFLICT DO UPDATE SET body = excluded.body", (body,)
        )
