"""The seam to whoever sends text messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SmsMessage:
    """A message on its way; `to` is a number as 84912345678, `reference` is the same at every try."""

    to: str = field(repr=False)
    text: str = field(repr=False)
    reference: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a gateway said when it took a message; `answer` is for an operator's eyes alone."""

    provider_id: str
    answer: str = field(default="", repr=False)


class SmsProvider(Protocol):
    """Takes messages, `batch` of them at most in one call."""

    batch: int

    async def send(self, messages: Sequence[SmsMessage]) -> list[Receipt]:
        """A receipt for each message, once the provider has all of them.

        Raises GatewayRefused when trying again is useless, and GatewayUnavailable; both concern every message given.
        """
        ...

    async def tidy(self) -> None:
        """Destroy what the provider still holds on this machine and no longer may."""
        ...
