"""The wiretap finds a secret however it was written down."""

from __future__ import annotations

import asyncio
import base64

import httpx
from hypothesis import given
from hypothesis import strategies as st

from bluezone.town.wiretap import Wiretap

SECRET = st.binary(min_size=16, max_size=16)


def _tapped(body: bytes) -> Wiretap:
    tap = Wiretap(httpx.MockTransport(lambda _: httpx.Response(200)))

    async def send() -> None:
        async with httpx.AsyncClient(transport=tap) as client:
            await client.post("http://server/v1/publish", content=body)

    asyncio.run(send())
    return tap


@given(secret=SECRET, before=st.binary(max_size=20), after=st.binary(max_size=20))
def test_a_secret_is_found_raw_in_hexadecimal_and_anywhere_in_base64(
    secret: bytes, before: bytes, after: bytes
) -> None:
    whole = before + secret + after
    for body in (
        whole,
        whole.hex().encode(),
        whole.hex().upper().encode(),
        base64.b64encode(whole),
        base64.urlsafe_b64encode(whole),
    ):
        assert _tapped(body).betrays([secret])


@given(secret=SECRET)
def test_what_was_not_sent_is_not_found(secret: bytes) -> None:
    assert not _tapped(b"nothing of the kind").betrays([secret])


def test_headers_and_addresses_are_looked_through() -> None:
    secret = bytes(range(16))
    tap = Wiretap(httpx.MockTransport(lambda _: httpx.Response(200)))

    async def send() -> None:
        async with httpx.AsyncClient(transport=tap) as client:
            await client.get("http://server/", headers={"X-Hint": secret.hex()})

    asyncio.run(send())
    assert tap.betrays([secret])
