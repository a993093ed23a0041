"""How text messages leave this server: through an HTTP gateway or as files for an operator's own tool."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from bluezone.server.errors import SettingsInvalid

PLACEHOLDER = re.compile(r"\{(\w+)\}")
ABOUT_THE_MESSAGE = frozenset({"to", "text", "reference", "sender"})
"""Placeholders that each message fills; all others are names of secrets."""

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class SmsSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[sms]` of the settings file; the environment cannot set it. Raises SettingsInvalid.

    In `body`, `headers` and `basic_auth` the names of `secrets` in braces stand for their values; in `body` and
    `headers` also `{sender}` and `{reference}`, which is the same each time one message is tried; in `body` also `{to}`
    and `{text}`.

    - `gateway`: `http` calls a gateway, `file` writes CSV files, empty means that no text messages are sent.
    - `folder`: where `file` puts its CSV files, one a batch; they are destroyed after a day.
    - `url`: the gateway's address, https (http on this machine alone).
    - `method`: `POST`, `PUT` or `GET`; with `GET` the body's fields are part of the address.
    - `headers`: further header lines.
    - `basic_auth`: user and password as `user:password`, if the gateway wants HTTP basic authentication.
    - `body`: what the gateway is sent; with `json` as deep as it likes, else names and texts.
    - `encoding`: `json` or `form`.
    - `secrets`: files with one secret each, by the name that stands in braces.
    - `sender`: the registered name that recipients see.
    - `number_form`: how numbers are written: `84` (84912345678), `+84` or `0`.
    - `without_marks`: send Vietnamese without marks, which takes less than half as many parts.
    - `code_path`: where the JSON answer has its result code (`data.0.status`); empty means the HTTP status is the code.
    - `accepted`: codes that mean accepted; the empty text stands for an answer without a code. With no `code_path`,
      empty means 200 to 299.
    - `accepted_before`: codes that mean that this reference was accepted at an earlier try.
    - `refused`: codes that mean that trying again is useless; with any other code it is tried again.
    - `id_path`: where the JSON answer has the gateway's number of the message.
    - `knows_references`: whether the gateway sends each reference once only. If not, a message whose fate a crash or a
      lost answer left open is tried once more and then given up.
    - `timeout_seconds`: how long an answer is waited for.
    - `attempts`: how often a message is tried; waits grow from one minute to one hour.
    - `per_minute`: how many messages are tried within a minute at most.
    """

    gateway: Literal["", "http", "file"] = ""
    folder: str = ""
    url: str = ""
    method: Literal["POST", "PUT", "GET"] = "POST"
    headers: dict[str, str] = {}
    basic_auth: str = ""
    body: dict[str, Any] = {}
    encoding: Literal["json", "form"] = "json"
    secrets: dict[str, Path] = {}
    sender: str = ""
    number_form: Literal["84", "+84", "0"] = "84"
    without_marks: bool = True
    code_path: str = ""
    accepted: tuple[str, ...] = ()
    accepted_before: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    id_path: str = ""
    knows_references: bool = False
    timeout_seconds: float = 10.0
    attempts: int = 10
    per_minute: int = 60

    def __post_init__(self) -> None:
        for name in ("timeout_seconds", "attempts", "per_minute"):
            if getattr(self, name) <= 0:
                raise SettingsInvalid(f"The setting sms.{name} must be positive, not {getattr(self, name)}.")
        if self.gateway == "file" and not self.folder:
            raise SettingsInvalid("The setting sms.folder must name a folder for the files.")
        if self.gateway == "http":
            self._check_call()

    def _check_call(self) -> None:
        address = urlsplit(self.url)
        if not address.hostname or not (
            address.scheme == "https" or (address.scheme == "http" and address.hostname in _LOOPBACK)
        ):
            raise SettingsInvalid("The setting sms.url must be an https address; what it is sent is secret.")
        if self.code_path and not self.accepted:
            raise SettingsInvalid("The setting sms.accepted must say which codes at sms.code_path mean accepted.")
        if (self.method == "GET" or self.encoding == "form") and any(
            not isinstance(value, str) for value in self.body.values()
        ):
            raise SettingsInvalid("The setting sms.body may hold names and texts alone when it is sent as a form.")
        used = set(_placeholders(self.body))
        if not {"to", "text"} <= used:
            raise SettingsInvalid("The setting sms.body must contain {to} and {text}.")
        if self.knows_references and "reference" not in used | set(_placeholders(self.headers)):
            raise SettingsInvalid("The gateway knows references (sms.knows_references), but none is sent to it.")
        in_headers = set(_placeholders(self.headers)) - {"reference", "sender"}
        unknown = (used - ABOUT_THE_MESSAGE | in_headers | set(_placeholders(self.basic_auth))) - set(self.secrets)
        if unknown:
            raise SettingsInvalid(f"The settings [sms] use {{{min(unknown)}}}, which sms.secrets does not name.")
        if own := ABOUT_THE_MESSAGE & set(self.secrets):
            raise SettingsInvalid(f"The setting sms.secrets may not name a secret {min(own)}.")


def _placeholders(template: object) -> Iterator[str]:
    if isinstance(template, str):
        yield from PLACEHOLDER.findall(template)
    elif isinstance(template, Mapping):
        yield from _placeholders(list(template.values()))
    elif isinstance(template, list):
        for part in template:
            yield from _placeholders(part)
