"""Structured log lines on standard error, without a secret or an address in any of them."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

SECRET_NAMES = frozenset({
    "address", "api_key", "authorization", "body", "certificate", "client", "code", "codes", "cookie", "database_url",
    "ekeyhmac", "hmac", "hmac_key", "hmackey", "ip", "key", "keys", "long_code", "password", "payload", "peer",
    "pepper", "revision_token", "secret", "tekmac", "token", "tokens", "url", "verification_payload",
})  # fmt: skip
"""Names whose values never reach a log line."""

REMOVED = "[removed]"

_SECRET_SHAPES = re.compile(
    r"eyJ[\w-]+\.[\w-]+\.[\w-]*"  # a JSON web token
    r"|(?<![\w/+=-])[A-Za-z0-9+/_-]{22}(?:==)?(?![\w/+=-])"  # 16 bytes as base64: a daily key
    r"|(?<![\w])[0-9a-fA-F]{32,}(?![\w])"  # 16 bytes or more as hexadecimal
    r"|(?<![\w.])\d{4}[ -]?\d{4}(?![\w])"  # a short code
    r"|(?<![\w])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])"  # an IPv4 address
)


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: values under a secret's name, and whatever looks like one, are replaced."""
    return {name: _clean(name, value) for name, value in event.items()}


def configure_logs(*, level: int = logging.INFO) -> None:
    """Send this process's log lines, JSON one a line, to standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _clean(name: str, value: Any) -> Any:
    if name.lower() in SECRET_NAMES:
        return REMOVED
    if isinstance(value, bytes):
        return REMOVED
    if isinstance(value, str) and name not in {"timestamp", "level"}:
        return _SECRET_SHAPES.sub(REMOVED, value)
    if isinstance(value, dict):
        return {inner: _clean(str(inner), item) for inner, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean("", item) for item in value]
    return value
