"""The health desk as the story needs it: codes by the server's own interface, archives as anyone may read them."""

from __future__ import annotations

import base64

import httpx
import msgspec

from bluezone.protocol import KeyArchive, VerificationKey, verify_archive, wire


class Desk:
    """A health officer with an API key. Every method raises httpx.HTTPError when the server refuses or is away."""

    def __init__(self, server: str, api_key: str, transport: httpx.AsyncBaseTransport) -> None:
        self._http = httpx.AsyncClient(transport=transport, base_url=server, headers={wire.API_KEY_HEADER: api_key})

    async def issue(
        self, test_type: str, *, symptom_date: str | None = None, test_date: str | None = None
    ) -> wire.IssueResponse:
        """A code for one case."""
        body = wire.IssueRequest(test_type=test_type, symptom_date=symptom_date, test_date=test_date)
        return msgspec.json.decode(await self._post(wire.PATH_ISSUE, body), type=wire.IssueResponse)

    async def status(self, uuid: str) -> wire.CodeStatusResponse:
        """What became of a code: claimed, published, never which keys."""
        body = wire.CodeStatusRequest(uuid=uuid)
        return msgspec.json.decode(await self._post(wire.PATH_CODE_STATUS, body), type=wire.CodeStatusResponse)

    async def archives(self) -> list[KeyArchive]:
        """Every archive in the index, its signature checked with the keys of the server's configuration."""
        config = msgspec.json.decode(await self._get(wire.PATH_CONFIG), type=wire.ServerConfig)
        keys = [VerificationKey.from_pem(key.pem.encode(), key.id, key.version) for key in config.keys]
        names = (await self._get(wire.PATH_INDEX)).decode().split()
        return [verify_archive(await self._get(config.export_root + name), keys) for name in names]

    async def close(self) -> None:
        await self._http.aclose()

    async def _post(self, path: str, body: msgspec.Struct) -> bytes:
        response = await self._http.post(
            path, content=msgspec.json.encode(body), headers={"Content-Type": "application/json"}
        )
        return response.raise_for_status().content

    async def _get(self, path: str) -> bytes:
        return (await self._http.get(path)).raise_for_status().content


def published_keys(archives: list[KeyArchive]) -> set[str]:
    """The base64 of every key in the archives, filler included."""
    return {base64.b64encode(row.tobytes()).decode() for archive in archives for row in archive.keys.keys}
