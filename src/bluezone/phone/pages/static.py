"""The files that pages need, read once and sent compressed; their address changes with their content."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from litestar import Response
from litestar.exceptions import NotFoundException

_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".txt": "text/plain",
}
_COMPRESSED = {".css", ".js", ".mjs", ".svg", ".txt", ".json"}
_A_YEAR = "private, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file ready to be sent."""

    body: bytes
    media_type: str
    encoding: str | None


class StaticFiles:
    """The files of some folders, by names as `own/app.js`; `version` is a digest of them all."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._paths = {
            f"{prefix}/{path.relative_to(folder).as_posix()}": path
            for prefix, folder in sorted(folders.items())
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        self._files: dict[str, StaticFile] = {}
        whole = hashlib.sha256()
        for name, path in self._paths.items():
            whole.update(name.encode() + hashlib.sha256(path.read_bytes()).digest())
        self.version = whole.hexdigest()[:12]

    def names(self) -> list[str]:
        return list(self._paths)

    def file(self, name: str) -> StaticFile | None:
        """The file of this name, None where there is none."""
        if name not in self._files and (path := self._paths.get(name)) is not None:
            self._files[name] = _ready(path)
        return self._files.get(name)


def _ready(path: Path) -> StaticFile:
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    body = path.read_bytes()
    if path.suffix in _COMPRESSED:
        return StaticFile(gzip.compress(body, mtime=0), media_type, "gzip")
    return StaticFile(body, media_type, None)


def send_file(file: StaticFile | None, cache: str = _A_YEAR) -> Response[bytes]:
    """The file as an answer. Every browser that runs these pages takes gzip."""
    if file is None:
        raise NotFoundException
    headers = {"Cache-Control": cache} | ({"Content-Encoding": file.encoding} if file.encoding else {})
    return Response(file.body, media_type=file.media_type, headers=headers)
