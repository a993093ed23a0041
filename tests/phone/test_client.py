from __future__ import annotations

import asyncio
import base64

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.phone import AnswerMalformed, AnswerTooLarge, BodyOverSize, ServerClient, ServerRefused, ServerUnreachable
from bluezone.phone.client import MAX_ANSWER, padded
from bluezone.protocol import wire
from tests.phone.conftest import FileServer, client_of

ROOT = "/v1/exports/"


def answering(status: int = 200, body: bytes = b"", headers: list[tuple[bytes, bytes]] | None = None):
    async def app(_scope, _receive, send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": headers or []})
        await send({"type": "http.response.body", "body": body})

    return app


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.integers(200, 2000))
def test_every_request_has_exactly_the_size_asked_for(code: str, size: int) -> None:
    request = wire.VerifyRequest(code=code)
    try:
        body = padded(request, size)
    except BodyOverSize:
        assert len(msgspec.json.encode(request)) + 14 > size
        return
    assert len(body) == size
    assert msgspec.json.decode(body, type=wire.VerifyRequest).code == code


def test_real_and_fake_requests_differ_in_nothing_but_one_header_of_the_same_length() -> None:
    seen = []

    async def app(scope, receive, send) -> None:
        seen.append((scope["path"], scope["headers"], len((await receive())["body"])))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"testtype": "confirmed", "token": "t"}'})

    async def story() -> None:
        client = client_of(app)
        await client.verify("12345678", bytes(32), size=1024)
        fake = wire.VerifyRequest(code="87654321", nonce=base64.b64encode(bytes(32)).decode())
        await client.send_chaff(wire.PATH_VERIFY, padded(fake, 1024))

    asyncio.run(story())
    (real_path, real, real_size), (fake_path, fake, fake_size) = seen
    assert (real_path, real_size) == (fake_path, fake_size)
    assert sum(len(k) + len(v) for k, v in real) == sum(len(k) + len(v) for k, v in fake)
    assert [name for name, _ in set(real) ^ set(fake)] in ([b"x-plain", b"x-chaff"], [b"x-chaff", b"x-plain"])


def test_refusal_carries_the_servers_sentence_and_code() -> None:
    client = client_of(
        answering(400, b'{"error": "This code is too old.", "errorCode": "code_expired", "padding": "00"}')
    )
    with pytest.raises(ServerRefused, match=r"This code is too old\.") as caught:
        asyncio.run(client.verify("1", bytes(32), size=1024))
    assert (caught.value.reason, caught.value.status, caught.value.temporary) == ("code_expired", 400, False)


@pytest.mark.parametrize("status", [408, 429, 500, 503, 507])
def test_refusal_that_may_pass_is_called_temporary(status: int) -> None:
    with pytest.raises(ServerRefused) as caught:
        asyncio.run(client_of(answering(status, b"<html>")).verify("1", bytes(32), size=1024))
    assert caught.value.temporary
    assert caught.value.reason == f"http_{status}"


@pytest.mark.parametrize("status", [302, 403, 404])
def test_answer_of_somebody_in_between_is_no_refusal_for_good(status: int) -> None:
    with pytest.raises(ServerRefused) as caught:
        asyncio.run(client_of(answering(status, b"<html>Log in to this hotspot")).verify("1", bytes(32), size=1024))
    assert caught.value.temporary


def test_redirects_are_not_followed() -> None:
    app = answering(302, b"", [(b"location", b"http://elsewhere.test/")])
    with pytest.raises(ServerRefused):
        asyncio.run(client_of(app).config())


def test_cookies_are_not_sent_back() -> None:
    seen = []

    async def app(scope, _receive, send) -> None:
        seen.append(dict(scope["headers"]))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"set-cookie", b"id=1; Path=/")]})
        await send({"type": "http.response.body", "body": b""})

    async def story() -> None:
        client = client_of(app)
        await client.index(ROOT)
        await client.index(ROOT)

    asyncio.run(story())
    assert all(b"cookie" not in headers for headers in seen)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"token": 1}', b"\xff\xfe", b"{" * 2000])
def test_answer_of_another_form_is_malformed(body: bytes) -> None:
    with pytest.raises(AnswerMalformed):
        asyncio.run(client_of(answering(200, body)).verify("1", bytes(32), size=1024))


def test_answer_without_end_is_cut_off() -> None:
    with pytest.raises(AnswerTooLarge):
        asyncio.run(client_of(answering(200, bytes(MAX_ANSWER + 1))).config())


def test_server_that_is_not_there_is_unreachable() -> None:
    async def story() -> None:
        async with ServerClient("http://127.0.0.1:1") as client:
            await client.config()

    with pytest.raises(ServerUnreachable):
        asyncio.run(story())


def test_server_that_stops_in_the_middle_of_an_answer_is_unreachable() -> None:
    async def story() -> None:
        async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            await writer.drain()
            writer.close()

        listening = await asyncio.start_server(half, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        async with listening, ServerClient(f"http://127.0.0.1:{port}") as client:
            await client.config()

    with pytest.raises(ServerUnreachable):
        asyncio.run(story())


@given(st.binary(max_size=400))
def test_index_yields_only_names_below_its_own_folder(body: bytes) -> None:
    names = asyncio.run(client_of(answering(200, body)).index(ROOT))
    for name in names:
        assert not name.startswith("/")
        assert ".." not in name.split("/")
        assert ":" not in name
        assert httpx.URL(f"http://server.test{ROOT}").join(name).path == ROOT + name


def test_index_keeps_its_order_and_drops_what_leads_elsewhere() -> None:
    body = b"a-1.zip\n../secret\n/etc/passwd\nhttp://evil.test/x\nb-2.zip\r\na-1.zip\n\nsub/c.zip\n.hidden\n"
    assert asyncio.run(client_of(answering(200, body)).index(ROOT)) == ["a-1.zip", "b-2.zip", "sub/c.zip"]


def test_download_goes_on_where_it_stopped_if_the_version_is_the_same(server: FileServer) -> None:
    server.files["a.zip"] = bytes(range(200))

    async def fetch(offset: int, etag: str) -> tuple[int, int | None, str, bytes]:
        async with client_of(server).download(ROOT, "a.zip", offset=offset, etag=etag) as download:
            return download.offset, download.total, download.etag, b"".join([chunk async for chunk in download.chunks])

    offset, total, etag, data = asyncio.run(fetch(0, ""))
    assert (offset, total, data) == (0, 200, bytes(range(200)))
    assert asyncio.run(fetch(150, etag)) == (150, 200, etag, bytes(range(150, 200)))
    assert asyncio.run(fetch(150, '"another"'))[0] == 0


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (204, []),
        (206, []),
        (206, [(b"content-range", b"bytes 0-9/10")]),
        (200, [(b"content-encoding", b"gzip")]),
    ],
)
def test_part_that_was_not_asked_for_is_malformed(status: int, headers: list[tuple[bytes, bytes]]) -> None:
    async def story() -> None:
        app = answering(status, b"", headers)
        async with client_of(app).download(ROOT, "a.zip", offset=5, etag='"x"'):
            pass

    with pytest.raises(AnswerMalformed):
        asyncio.run(story())


def test_address_without_a_scheme_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="https"):
        ServerClient("server.test")
