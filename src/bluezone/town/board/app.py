"""The board's page and calls: to this machine alone, under a secret, as the phones' pages are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from urllib.parse import urlsplit

import httpx
import msgspec
import structlog
from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Litestar, MediaType, Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import Body, FromPath, JSONBody, QueryParameter
from litestar.response import Redirect

from bluezone import look
from bluezone.phone.pages import Door, StaticFiles, send_file
from bluezone.town.board import plan
from bluezone.town.board.board import RATES, Board
from bluezone.town.board.casework import CaseKind, Officer
from bluezone.town.board.view import State, state
from bluezone.town.board.words import NAMES, Speaker
from bluezone.town.pace import FASTEST

_CALL_BYTES = 4096
_MOST_ROWS = 200

_log = structlog.get_logger(__name__)

Lang = Annotated[Literal["vi", "en"], QueryParameter(name="lang")]
MaybeLang = Annotated[Literal["vi", "en"] | None, QueryParameter(name="lang")]


class Move(msgspec.Struct, frozen=True):
    """Where somebody is put, in metres."""

    phone: str
    x: float
    y: float


class Spot(msgspec.Struct, frozen=True):
    """Where they stand then."""

    x: float
    y: float


class Speed(msgspec.Struct, frozen=True):
    rate: float


class Spoken(msgspec.Struct, frozen=True):
    """The language of the board and of every phone from now on."""

    language: Literal["vi", "en"]


class Confirmed(msgspec.Struct, frozen=True):
    """Whom the desk gives a code, and for what."""

    phone: str
    kind: CaseKind


class Rows(msgspec.Struct, frozen=True):
    """A table of the server for the reader; `rows` are cut to what a page can show."""

    title: str
    name: str
    count: int
    purpose: str
    destroyed: str
    columns: list[str]
    rows: list[list[str]]


class Refused(msgspec.Struct, frozen=True):
    """One sentence for the reader."""

    error: str


def create_board(
    board: Board,
    frames: Mapping[str, str],
    *,
    secret: str,
    origin: str,
    server: str,
    language: str = "vi",
    officer: Officer | None = None,
) -> Door:
    """The board as an ASGI application that answers at `origin`/`secret`/ alone.

    `frames` holds the address of each phone's pages, `server` the key server's; `language` is that of a reader who
    asks for none, `officer` whoever may sign in at the desk's own pages.
    """
    pages = _Pages(board, frames, root=f"/{secret}", server=server, language=language, officer=officer)
    app = Litestar(
        route_handlers=pages.handlers(),
        logging_config=None,
        openapi_config=None,
        exception_handlers={Exception: _say},
        request_max_body_size=_CALL_BYTES,
    )
    return Door(cast(Any, app), secret=secret, origin=origin)


class _Pages:
    """The handlers, over one board."""

    def __init__(
        self,
        board: Board,
        frames: Mapping[str, str],
        *,
        root: str,
        server: str,
        language: str,
        officer: Officer | None,
    ) -> None:
        self._board = board
        self._frames = dict(frames)
        self._root = root
        self._server = server
        self._language = language
        self._officer = officer
        self._static = StaticFiles({"own": Path(__file__).parent / "static", "look": look.static_folder()})
        self._environment = Environment(
            loader=PackageLoader("bluezone.town.board"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(icon=look.icon, shield=look.shield, static=self._static_url)

    def handlers(self) -> list[Any]:
        board, static = self._board, self._static

        @get("/")
        async def page(lang: MaybeLang = None) -> Response[str]:
            await board.look()
            return self._page(Speaker(lang or self._language))

        @get("/state")
        async def now(lang: Lang) -> State:
            await board.look()
            return state(board, Speaker(lang), self._officer)

        @get("/rows/{name:str}")
        async def rows(name: FromPath[str], lang: Lang) -> Rows:
            return self._rows(name, Speaker(lang))

        @post("/move", status_code=200, sync_to_thread=False)
        def move(data: JSONBody[Move]) -> Spot:
            _known(data.phone)
            return Spot(*board.move(data.phone, (data.x, data.y)))

        @post("/speed", status_code=204)
        async def speed(data: JSONBody[Speed]) -> None:
            if not 0 <= data.rate <= FASTEST:
                raise HTTPException(status_code=400)
            board.set_rate(data.rate)

        @post("/skip", status_code=204)
        async def skip() -> None:
            board.skip_night()

        @post("/code", status_code=204)
        async def code(data: JSONBody[Confirmed]) -> None:
            _known(data.phone)
            await board.issue(data.phone, data.kind)

        @post("/language", sync_to_thread=False)
        def speak(data: Annotated[Spoken, Body(media_type=RequestEncodingType.URL_ENCODED)]) -> Redirect:
            board.speak(data.language)
            return Redirect(f"{self._root}/?lang={data.language}", status_code=303)

        @get("/static/{version:str}/{name:path}", sync_to_thread=False)
        def file(version: FromPath[str], name: FromPath[str]) -> Response[bytes]:  # noqa: ARG001 - of the address
            return send_file(static.file(name.lstrip("/")))

        return [page, now, rows, move, speed, skip, code, speak, file]

    def _page(self, speaker: Speaker) -> Response[str]:
        template = self._environment.get_template("board.html")
        body = template.render(
            t=speaker,
            language=speaker.language,
            root=self._root,
            frames=self._frames,
            names=NAMES,
            plan=plan,
            rates=RATES,
            server=self._server,
            officer=self._officer,
            now=state(self._board, speaker, self._officer),
        )
        framed = sorted({_origin(address) for address in self._frames.values()})
        origins = " ".join(framed)
        quoted = " ".join(f'"{origin}"' for origin in framed)
        headers = {
            "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            f" font-src 'self'; connect-src 'self'; frame-src {origins}; form-action 'self';"
            " base-uri 'none'; frame-ancestors 'none'",
            "Permissions-Policy": f"camera=({quoted}), clipboard-write=(self {quoted}), microphone=(), geolocation=()",
        }
        return Response(body, media_type=MediaType.HTML, headers=headers)

    def _rows(self, name: str, speaker: Speaker) -> Rows:
        table = self._board.ledger.table(name)
        if table is None:
            raise NotFoundException
        return Rows(
            speaker.table(name, self._board.ledger.title(name, speaker.language)),
            name,
            table.count,
            *self._board.ledger.told(name, speaker.language),
            table.columns,
            [["–" if cell is None else str(cell) for cell in row] for row in table.rows[:_MOST_ROWS]],
        )

    def _static_url(self, name: str) -> str:
        return f"{self._root}/static/{self._static.version}/{name}"


def _known(key: str) -> None:
    if key not in NAMES:
        raise NotFoundException


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _say(_request: Request[Any, Any, Any], error: Exception) -> Response[Refused]:
    """One sentence: never a traceback."""
    if isinstance(error, HTTPException) and error.status_code < 500:
        return Response(Refused("The board does not take this."), status_code=error.status_code)
    _log.error("the board failed", error=type(error).__name__)
    if isinstance(error, httpx.HTTPError):
        return Response(Refused("The server does not answer or refuses."), status_code=502)
    return Response(Refused("The board failed at this."), status_code=500)
