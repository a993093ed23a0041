"""Answers of one size: an onlooker cannot tell a token from a refusal, nor either from a fake call's answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import TypeVar

import msgspec

from bluezone.protocol.wire import CertificateResponse, ErrorResponse, VerifyResponse

ANSWER_BYTES = 2048
"""Status phrase and body together; tokens and certificates take about 600 bytes."""

BodyT = TypeVar("BodyT", CertificateResponse, ErrorResponse, VerifyResponse)


def pad(body: BodyT, status: int) -> BodyT:
    """The body with as much padding that its JSON has, together with its status line's phrase, `ANSWER_BYTES`.

    Raises ValueError when the body alone is larger.
    """
    # Measured with one character of padding, since an empty one leaves the field out.
    bare = len(msgspec.json.encode(msgspec.structs.replace(body, padding="0"))) - 1
    missing = ANSWER_BYTES - len(HTTPStatus(status).phrase) - bare
    if missing < 1:
        raise ValueError(f"An answer of {bare} bytes leaves no room for padding up to {ANSWER_BYTES}.")
    return msgspec.structs.replace(body, padding="0" * missing)
