"""Links that a phone scans: `https://HOST/PATH#FRAGMENT`, so that no server sees what stands after the `#`."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from bluezone.protocol.scan_errors import HostMalformed

_LOOPBACK = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:\d{1,5})?|\[::1\](:\d{1,5})?")
_LINK = re.compile(r"(?P<scheme>https?)://(?P<host>[^/?#\s]+)(?P<path>/[a-z])#(?P<fragment>\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """A link of ours by its form; `host` is in lower case and may end with a port."""

    host: str
    path: str
    fragment: str


def write_link(host: str, path: str, fragment: str) -> str:
    """The link; a loopback host gets http, every other https. Raises HostMalformed."""
    if not _HOST.fullmatch(host):
        raise HostMalformed(f"A link needs a host name in lower case with an optional port, not {host!r}.")
    return f"{_scheme(host)}://{host}{path}#{fragment}"


def read_link(text: str) -> Link | None:
    """The link that a text is, None when it has another form."""
    match = _LINK.fullmatch(text)
    if match is None:
        return None
    host = match["host"].lower()
    if not _HOST.fullmatch(host) or match["scheme"].lower() != _scheme(host):
        return None
    return Link(host, match["path"].lower(), match["fragment"])


def encode_payload(payload: bytes) -> str:
    """base64url (RFC 4648, section 5) without padding."""
    return base64.urlsafe_b64encode(payload).rstrip(b"=").decode()


def decode_payload(text: str) -> bytes | None:
    """The bytes of `encode_payload`; None for a text that it would not have written."""
    try:
        payload = base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return payload if encode_payload(payload) == text else None


def _scheme(host: str) -> str:
    return "http" if _LOOPBACK.fullmatch(host) else "https"
