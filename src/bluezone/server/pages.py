"""What every page of the server has: its language, its look, its static files; and how a page is answered."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined
from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

import bluezone
from bluezone import look
from bluezone.server.answers import AnyRequest
from bluezone.server.errors import NotFound
from bluezone.server.language import LANGUAGES, Language, filters, preferred, translations

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none';"
    " frame-ancestors 'none'"
)
LANGUAGE_COOKIE = "bluezone-language"
FOREVER = "public, max-age=31536000, immutable"

_TYPES = {".svg": "image/svg+xml", ".css": "text/css", ".woff2": "font/woff2", ".txt": "text/plain"}
_COMPRESSED = {".css", ".svg", ".txt"}
_SERVER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file, and the same compressed where that helps."""

    body: bytes
    zipped: bytes | None
    media_type: str


class StaticFiles:
    """The files of some folders, by names as `look/tokens.css`; `version` is a digest of them all."""

    def __init__(self, folders: dict[str, Path]) -> None:
        self._paths = {
            f"{part}/{path.relative_to(folder).as_posix()}": path
            for part, folder in sorted(folders.items())
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        self._files: dict[str, StaticFile] = {}
        whole = hashlib.sha256()
        for name, path in self._paths.items():
            whole.update(name.encode() + hashlib.sha256(path.read_bytes()).digest())
        self.version = whole.hexdigest()[:12]

    def file(self, name: str) -> StaticFile:
        """Raises NotFound."""
        if name not in self._files:
            path = self._paths.get(name)
            if path is None:
                raise NotFound("There is no such file; load the page again.")
            body = path.read_bytes()
            zipped = gzip.compress(body, mtime=0) if path.suffix in _COMPRESSED else None
            kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            self._files[name] = StaticFile(body, zipped, kind)
        return self._files[name]


class Pages:
    """The pages of some rooms of the server, each with `templates/` and `static/` in its folder.

    A room's templates are named after it (`home/first.html`); `base.html` and `parts/` are everybody's.
    """

    def __init__(self, rooms: Sequence[str]) -> None:
        folders = {room: _SERVER / room / "static" for room in rooms}
        self.static = StaticFiles({"look": look.static_folder(), "server": _SERVER / "static", **folders})
        self._environments = {language: self._environment(language, rooms) for language in LANGUAGES}

    def static_url(self, name: str) -> str:
        """The address of a static file, as `look/tokens.css`; it changes with the content."""
        part, _, rest = name.partition("/")
        return f"/static/{part}/{self.static.version}/{rest}"

    def answer(self, request: AnyRequest, template: str, *, status_code: int = 200, **context: Any) -> Response[bytes]:
        """A whole page in the reader's language, compressed where the browser takes it."""
        language = language_of(request)
        asked = request.query_params.get("lang", "")

        def url(path: str) -> str:
            """An address of ours that keeps the language that the reader chose."""
            return f"{path}?lang={language}" if asked in LANGUAGES else path

        common: dict[str, object] = {"here": request.url.path, "url": url}
        body = self._environments[language].get_template(template).render(common | context).encode()
        headers = {
            "Content-Security-Policy": CONTENT_SECURITY_POLICY,
            "Cache-Control": "no-cache",
            "Content-Language": language,
            "Vary": "Accept, Accept-Language, Accept-Encoding",
        }
        if takes_gzip(request):
            body = gzip.compress(body, 6, mtime=0)
            headers["Content-Encoding"] = "gzip"
        return Response(body, status_code=status_code, media_type=MediaType.HTML, headers=headers)

    def _environment(self, language: Language, rooms: Sequence[str]) -> Environment:
        environment = Environment(
            loader=ChoiceLoader(
                [
                    PackageLoader("bluezone.server"),
                    PrefixLoader({room: PackageLoader(f"bluezone.server.{room}") for room in rooms}),
                ]
            ),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
        environment.filters.update(filters(language))
        environment.globals.update(
            static=self.static_url,
            icon=look.icon,
            shield=look.shield,
            language=language,
            version=bluezone.__version__,
        )
        return environment


PagesParameter = NamedDependency[SkipValidation[Pages]]
"""The type of a handler's parameter `pages`."""


@get("/static/{part:str}/{version:str}/{name:path}", include_in_schema=False, sync_to_thread=False)
def static_file(
    request: AnyRequest, part: FromPath[str], version: FromPath[str], name: FromPath[str], pages: PagesParameter
) -> Response[bytes]:
    """A style sheet, font or picture; kept for ever under its version."""
    file = pages.static.file(f"{part}/{name.lstrip('/')}")
    headers = {"Cache-Control": FOREVER if version == pages.static.version else "no-cache", "Vary": "Accept-Encoding"}
    body = file.body
    if file.zipped is not None and takes_gzip(request):
        body = file.zipped
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type=file.media_type, headers=headers)


def language_of(request: AnyRequest) -> Language:
    """The language in which this request is answered."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE, "")
    return preferred(asked, request.headers.get("accept-language", ""))


def takes_gzip(request: AnyRequest) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")
