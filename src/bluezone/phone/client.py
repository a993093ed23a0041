"""The one place where a phone speaks to a server: HTTP calls, their sizes, their limits and their errors."""

from __future__ import annotations

import base64
import email.utils
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx
import msgspec

from bluezone.phone.errors import AnswerMalformed, AnswerTooLarge, BodyOverSize, ServerRefused, ServerUnreachable
from bluezone.protocol import wire
from bluezone.protocol.notices import PATH_NOTICES

MAX_ANSWER = 256 * 1024
"""Bytes of configuration, index or any answer to a call."""
NONCE_BYTES = 32
MAX_ARCHIVE = 32 * 1024 * 1024
"""Bytes of one archive; 500,000 keys take 17 MB at most, unpacked."""

_CHUNK = 128 * 1024
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
# Real requests carry a header of the same length as the one that marks chaff, so that the two have one size
# (exposure-notifications-verification-server issue 205).
_PLAIN = {"X-Plain": "1"}
_CHAFF = {wire.CHAFF_HEADER: "1"}
_PADDING_FIELD = len(',"padding":""')
_ARCHIVE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")

Answer = TypeVar("Answer", bound=msgspec.Struct)
Padded = TypeVar("Padded", wire.VerifyRequest, wire.CertificateRequest, wire.PublishRequest, wire.TellRequest)


class _Refusal(msgspec.Struct):
    error: str = ""
    errorCode: str = ""  # noqa: N815 - the wire's name
    code: str = ""


@dataclass(frozen=True, slots=True)
class SignedConfig:
    """The configuration as it came, not yet trusted. `server_time` is the Date header in Unix seconds, if any."""

    body: bytes
    signature: str
    server_time: float | None


@dataclass(frozen=True, slots=True)
class SignedGuidance:
    """The guidance as it came, not yet trusted; `etag` names this version."""

    body: bytes
    signature: str
    etag: str


@dataclass(frozen=True, slots=True)
class Download:
    """One archive's bytes from `offset` on; `total` is the whole archive's size, if told; `etag` names this version."""

    offset: int
    total: int | None
    etag: str
    chunks: AsyncIterator[bytes]


def padded(body: Padded, size: int) -> bytes:
    """The body as JSON of exactly `size` bytes. Raises BodyOverSize when it does not fit."""
    encoded = msgspec.json.encode(msgspec.structs.replace(body, padding=""))
    room = size - len(encoded) - _PADDING_FIELD
    if room < 1:
        raise BodyOverSize(
            f"A request of {len(encoded)} bytes does not fit into the {size} bytes to which all are padded;"
            " publish fewer days or ask the server's operator to raise the size."
        )
    return msgspec.json.encode(msgspec.structs.replace(body, padding="0" * room))


class ServerClient:
    """A server as one phone sees it.

    `base_url` is the server's root; `pinned` holds the keys whose signatures the phone trusts from the start (none:
    the first contact pins those that the server shows). Redirects are not followed and cookies are not kept, so that
    the server cannot tell one phone from another. Every method raises ServerUnreachable, ServerRefused,
    AnswerMalformed or AnswerTooLarge.
    """

    def __init__(
        self,
        base_url: str,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        pinned: Sequence[wire.PinnedKey] = (),
    ) -> None:
        if urlsplit(base_url).scheme not in {"http", "https"}:
            raise ValueError(f"A server's address begins with https:// (or http:// on this machine), not {base_url!r}.")
        self.base_url = base_url.rstrip("/") + "/"
        self.pinned = tuple(pinned)
        self._http = httpx.AsyncClient(
            transport=transport,
            timeout=_TIMEOUT,
            headers={"User-Agent": "Bluezone", "Accept-Encoding": "identity"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def config(self) -> SignedConfig:
        """The server's configuration and the signature over it."""
        response, body = await self._call("GET", wire.PATH_CONFIG)
        return SignedConfig(body, response.headers.get(wire.CONFIG_SIGNATURE_HEADER, ""), _date(response))

    async def guidance(self, etag: str = "") -> SignedGuidance | None:
        """What the province tells people; None while it is the version that `etag` names."""
        headers = {"If-None-Match": etag} if etag else None
        try:
            response, body = await self._call("GET", wire.PATH_GUIDANCE, headers=headers)
        except ServerRefused as error:
            if error.status == 304 and etag:
                return None
            raise
        found = response.headers.get(wire.CONFIG_SIGNATURE_HEADER, "")
        return SignedGuidance(body, found, response.headers.get("ETag", ""))

    async def notice_names(self) -> list[str]:
        """The files of place notices, oldest to newest; names that lead elsewhere are left out."""
        return _names((await self._call("GET", PATH_NOTICES))[1])

    async def notice_file(self, name: str) -> bytes:
        """One file of place notices, as it came."""
        return (await self._call("GET", PATH_NOTICES.replace("index.txt", name)))[1]

    async def tell(self, body: bytes) -> wire.TellResponse:
        """Tell the health office what the owner chose; the body is padded already."""
        return await self._post(wire.PATH_TELL, body, wire.TellResponse)

    async def index(self, export_root: str) -> list[str]:
        """The archives' names, oldest to newest, relative to `export_root`; names that lead elsewhere are left out."""
        _, body = await self._call("GET", f"{export_root.rstrip('/')}/index.txt")
        return _names(body)

    @asynccontextmanager
    async def download(
        self, export_root: str, name: str, *, offset: int = 0, etag: str = ""
    ) -> AsyncIterator[Download]:
        """One archive, from `offset` on if the server still has the version that `etag` names, else whole."""
        url = self._url(f"{export_root.rstrip('/')}/{name}")
        headers = {"Range": f"bytes={offset}-", "If-Range": etag} if offset and etag else {}
        try:
            async with self._http.stream("GET", url, headers=headers) as response:
                if response.status_code >= 400:
                    self._refuse(response, await self._limited(response, MAX_ANSWER))
                yield _download(response, offset if headers else 0)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    async def verify(self, code: str, nonce: bytes, *, size: int) -> wire.VerifyResponse:
        """Trade a verification code for a token; again and again with the same 32 random bytes as nonce."""
        body = padded(wire.VerifyRequest(code=code, nonce=base64.b64encode(nonce).decode()), size)
        return await self._post(wire.PATH_VERIFY, body, wire.VerifyResponse)

    async def certificate(self, token: str, ekeyhmac: str, *, size: int) -> wire.CertificateResponse:
        """Trade a token for a certificate over the keys whose HMAC (base64) is `ekeyhmac`."""
        body = padded(wire.CertificateRequest(token=token, ekeyhmac=ekeyhmac), size)
        return await self._post(wire.PATH_CERTIFICATE, body, wire.CertificateResponse)

    async def publish(self, body: bytes) -> wire.PublishResponse:
        """Send a publish body as it is; it is padded already, since its owner's receipt holds its hash."""
        return await self._post(wire.PATH_PUBLISH, body, wire.PublishResponse)

    async def send_chaff(self, path: str, body: bytes) -> None:
        """One fake call; whatever the server answers is thrown away."""
        await self._call("POST", path, body, headers=_CHAFF)

    async def _post(self, path: str, body: bytes, kind: type[Answer]) -> Answer:
        _, answer = await self._call("POST", path, body, headers=_PLAIN)
        try:
            return msgspec.json.decode(answer, type=kind)
        except msgspec.DecodeError as error:
            raise AnswerMalformed(
                f"The server's answer to {path} cannot be read: {error}; tell its operator."
            ) from error

    async def _call(
        self, method: str, path: str, body: bytes | None = None, *, headers: dict[str, str] | None = None
    ) -> tuple[httpx.Response, bytes]:
        sent = {"Content-Type": "application/json", **(headers or {})} if body is not None else headers
        try:
            async with self._http.stream(method, self._url(path), content=body, headers=sent) as response:
                answer = await self._limited(response, MAX_ANSWER)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        if response.status_code >= 300:
            self._refuse(response, answer)
        return response, answer

    def _url(self, path: str) -> str:
        return urljoin(self.base_url, path.lstrip("/"))

    def _unreachable(self, error: httpx.HTTPError) -> ServerUnreachable:
        return ServerUnreachable(
            f"The server {self.base_url} cannot be reached ({type(error).__name__}); it is tried again by itself."
        )

    def _refuse(self, response: httpx.Response, body: bytes) -> None:
        try:
            refusal = msgspec.json.decode(body, type=_Refusal)
        except msgspec.DecodeError:
            refusal = _Refusal()
        status = response.status_code
        sentence = refusal.error or f"The server {self.base_url} answered with status {status}; try again later."
        raise ServerRefused(sentence, reason=refusal.errorCode or refusal.code or f"http_{status}", status=status)

    @staticmethod
    async def _limited(response: httpx.Response, limit: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        async for part in response.aiter_bytes():
            size += len(part)
            if size > limit:
                raise AnswerTooLarge(f"The server's answer is larger than {limit} bytes; nothing of it was used.")
            parts.append(part)
        return b"".join(parts)


def _download(response: httpx.Response, asked: int) -> Download:
    if response.headers.get("Content-Encoding", "identity") != "identity" or response.status_code not in {200, 206}:
        raise AnswerMalformed(
            f"The server sent an archive with status {response.status_code} in a form not asked for; tell its operator."
        )
    length = response.headers.get("Content-Length", "")
    offset, total = 0, int(length) if length.isdecimal() else None
    if response.status_code == 206:
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", response.headers.get("Content-Range", ""))
        if found is None or int(found[1]) != asked:
            raise AnswerMalformed("The server sent another part of an archive than was asked for; tell its operator.")
        offset, total = asked, int(found[2])
    if (total or 0) > MAX_ARCHIVE:
        raise AnswerTooLarge(f"An archive of {total} bytes is larger than the {MAX_ARCHIVE} that a phone takes.")
    return Download(offset, total, response.headers.get("ETag", ""), response.aiter_raw(_CHUNK))


def _names(index: bytes) -> list[str]:
    lines = index.decode("ascii", "replace").splitlines()
    return [line for line in dict.fromkeys(map(str.strip, lines)) if _ARCHIVE_NAME.fullmatch(line)]


def _date(response: httpx.Response) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(response.headers["Date"]).timestamp()
    except (KeyError, ValueError):
        return None
