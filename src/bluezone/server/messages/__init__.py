"""The messages room: text messages that wait in an outbox until a gateway has taken them."""

from __future__ import annotations

from bluezone.server.messages.errors import GatewayError
from bluezone.server.messages.numbers import masked, read_number
from bluezone.server.messages.providers import Receipt, SmsMessage, SmsProvider
from bluezone.server.messages.service import MessagesService, open_provider
from bluezone.server.messages.text import outgoing

__all__ = [
    "GatewayError",
    "MessagesService",
    "Receipt",
    "SmsMessage",
    "SmsProvider",
    "masked",
    "open_provider",
    "outgoing",
    "read_number",
]
