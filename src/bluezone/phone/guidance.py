"""What the province tells people: fetched with each look at the server, trusted by its signature, kept for offline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import msgspec

from bluezone.phone.client import ServerClient, SignedGuidance
from bluezone.phone.errors import ConfigUntrusted, GuidanceUntrusted
from bluezone.phone.status import StatusLevel
from bluezone.phone.store import Store
from bluezone.phone.trust import Trust
from bluezone.protocol import wire
from bluezone.protocol.wire import LANGUAGES, LevelText

HOTLINE = "19009095"
"""The Ministry of Health's, for a phone that was never online."""


@dataclass(frozen=True, slots=True)
class Bulletin:
    """News from the province in one language; `id` stays the same when a text is corrected."""

    id: str
    day: date
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Guidance:
    """What to tell the owner in one language.

    `title`, `summary` and `steps` are those of the owner's level; `levels` holds all four (safe, f2, f1, f0). Bulletins
    are newest first. `updated_at` is when the province last changed it (Unix seconds), None for what ships.
    """

    title: str
    summary: str
    steps: tuple[str, ...]
    hotline: str
    bulletins: tuple[Bulletin, ...]
    levels: Mapping[str, LevelText]
    updated_at: float | None


class GuidanceLog:
    """The guidance in the store."""

    def __init__(self, store: Store, trust: Trust) -> None:
        self._store = store
        self._trust = trust
        found = store.first("SELECT body, etag FROM guidance")
        self._document = None if found is None else msgspec.json.decode(found[0], type=wire.Guidance)
        self._etag = "" if found is None else str(found[1])

    async def fetch(self, client: ServerClient) -> None:
        """Take what the server has now. Raises GuidanceUntrusted, or what the server's refusal or absence raises."""
        signed = await client.guidance(self._etag)
        if signed is not None:
            self._accept(signed)

    def read(self, language: str, level: StatusLevel) -> Guidance:
        """The guidance in a language (vi or en, else vi) for a level; until one is fetched, what ships."""
        language = language if language in LANGUAGES else "vi"
        document = self._document
        levels = shipped(language) if document is None else document.levels[language]
        text = levels[level if level in levels else "safe"]
        config = self._trust.config
        return Guidance(
            text.title,
            text.summary,
            tuple(text.steps),
            (document.hotline if document else "") or (config.server.hotline if config else "") or HOTLINE,
            () if document is None else tuple(_bulletin(one, language) for one in document.bulletins),
            levels,
            None if document is None or not document.version else float(document.updated_at),
        )

    def _accept(self, signed: SignedGuidance) -> None:
        try:
            self._trust.check_signature(signed.body, signed.signature)
            document = msgspec.json.decode(signed.body, type=wire.Guidance)
            for language in LANGUAGES:
                for level in wire.LEVELS:
                    document.levels[language][level]
                for bulletin in document.bulletins:
                    _bulletin(bulletin, language)
        except (ConfigUntrusted, msgspec.DecodeError, LookupError, ValueError) as error:
            raise GuidanceUntrusted(
                "The server's guidance is not signed by a key that this phone trusts, or lacks a text;"
                " the phone keeps the one it has."
            ) from error
        if self._document is not None and document.version < self._document.version:
            return  # an old copy from a cache on the way
        self._store.execute(
            "INSERT INTO guidance VALUES (1, ?, ?)"
            " ON CONFLICT DO UPDATE SET body = excluded.body, etag = excluded.etag",
            (signed.body, signed.etag),
        )
        self._document, self._etag = document, signed.etag


@cache
def shipped(language: str) -> Mapping[str, LevelText]:
    """What the owner is told before the phone was ever online."""
    texts = files(__package__) / "texts" / f"{language}.json"
    return msgspec.json.decode(texts.read_bytes(), type=dict[str, LevelText])


def _bulletin(one: wire.Bulletin, language: str) -> Bulletin:
    text = one.texts[language]
    return Bulletin(one.id, date.fromisoformat(one.date), text.title, text.body)
