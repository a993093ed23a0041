"""How other health systems are reached: a Go.Data server and a DHIS2 server, each with an account of its own."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from bluezone.server.errors import SettingsInvalid

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class GoDataSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[godata]` of the settings file; the environment cannot set it. Raises SettingsInvalid.

    - `url`: the server's address as browsers open it, https (http on this machine alone); empty means there is none.
    - `outbreak`: the identifier of the outbreak there, as its pages' addresses have it.
    - `email`: the account that signs in; one without a second step.
    - `password_file`: a file with its password and nothing else.
    - `timeout_seconds`: how long an answer is waited for.
    """

    url: str = ""
    outbreak: str = ""
    email: str = ""
    password_file: str = ""
    timeout_seconds: float = 30.0

    def __post_init__(self) -> None:
        _check("godata", self.url, self.timeout_seconds)


class Dhis2Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[dhis2]` of the settings file; the environment cannot set it. Raises SettingsInvalid.

    - `url`: the server's address without `/api`, https (http on this machine alone); empty means there is none.
    - `user`: the account that signs in with a password.
    - `password_file`: a file with its password and nothing else.
    - `token_file`: a file with a personal access token, instead of user and password.
    - `timeout_seconds`: how long an answer is waited for.
    """

    url: str = ""
    user: str = ""
    password_file: str = ""
    token_file: str = ""
    timeout_seconds: float = 60.0

    def __post_init__(self) -> None:
        _check("dhis2", self.url, self.timeout_seconds)


def read_secret(name: str, path: str) -> str:
    """What a file of one secret holds; `name` is the setting. Raises SettingsInvalid."""
    if not path:
        raise SettingsInvalid(f"The setting {name} must name a file.")
    try:
        secret = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"The file {path} that {name} names cannot be read.") from error
    if not secret:
        raise SettingsInvalid(f"The file {path} that {name} names is empty.")
    return secret


def _check(table: str, url: str, timeout: float) -> None:
    if timeout <= 0:
        raise SettingsInvalid(f"The setting {table}.timeout_seconds must be positive, not {timeout}.")
    if not url:
        return
    try:
        address = urlsplit(url)
        host = address.hostname
    except ValueError:
        address, host = urlsplit(""), None
    if not host or not (address.scheme == "https" or (address.scheme == "http" and host in _LOOPBACK)):
        raise SettingsInvalid(f"The setting {table}.url must be an https address; what is sent there is secret.")
    if address.query or address.fragment or address.username:
        raise SettingsInvalid(f"The setting {table}.url must be an address without user, query or fragment.")
