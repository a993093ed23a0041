"""What the messages room refuses, and what gateways answer."""

from __future__ import annotations

from bluezone.server.errors import ServerError


class MessagesError(ServerError):
    """The root of the messages room's errors."""

    code = "messages_error"


class SmsNotConfigured(MessagesError):
    """No way for text messages is set up; nothing was kept."""

    code = "sms_not_configured"
    status = 409


class NumberNotMobile(MessagesError, ValueError):
    """A telephone number is not one of a Vietnamese mobile telephone; nothing was kept."""

    code = "number_not_mobile"
    status = 400


class GatewayError(MessagesError):
    """The root of what goes wrong at a gateway.

    `reason` says it in a few letters that name neither number nor text; `doubtful` is true when the gateway may have
    sent the message nevertheless; `answer` is the beginning of what it said, for an operator's eyes alone.
    """

    code = "gateway_error"
    status = 502

    def __init__(self, message: str, *, reason: str, doubtful: bool = False, answer: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.doubtful = doubtful
        self.answer = answer


class GatewayRefused(GatewayError):
    """The gateway will not send this message, however often it is asked."""

    code = "gateway_refused"


class GatewayUnavailable(GatewayError):
    """The gateway did not take the message this time."""

    code = "gateway_unavailable"
    status = 503
