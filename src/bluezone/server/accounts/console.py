"""The console's frame: who asks and how far they are signed in, what every page has, and what a refusal looks like.

A handler says in `opt["may"]` for whom it is; one that does not say so is not let in at all. Rooms with pages for
officials put them under a router made here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import structlog
from litestar import MediaType, Request, Response, Router
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException, NotFoundException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.handlers import BaseRouteHandler
from litestar.params import SkipValidation
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler, Scope

from bluezone.errors import BluezoneError
from bluezone.server.accounts import words
from bluezone.server.accounts.access import Account, Action
from bluezone.server.accounts.errors import (
    AccessDenied,
    ConnectionInsecure,
    FormForeign,
    ProofStale,
    SecondStepLacking,
    SecondStepNeeded,
    SignInNeeded,
)
from bluezone.server.accounts.frame import ROOT, RoomFrame
from bluezone.server.accounts.ground import Entered
from bluezone.server.accounts.service import Accounts, require, require_somewhere
from bluezone.server.accounts.sessions import Session, Stage
from bluezone.server.answers import AnyRequest, status_of
from bluezone.server.errors import RequestTooLarge
from bluezone.server.language import LANGUAGES
from bluezone.server.pages import LANGUAGE_COOKIE, Pages, PagesParameter

FORM_TOKEN = "form_token"  # noqa: S105 - a field's name
FORM_TOKEN_HEADER = "X-Form-Token"  # noqa: S105 - a header's name
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_COOKIE = "bluezone-session"
_WAY_ON = re.compile(rf"{ROOT}(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*", re.ASCII)
_LANGUAGE_SECONDS = 365 * 86400

log = structlog.get_logger(__name__)


class Door(StrEnum):
    """For whom a page is that needs no role."""

    ANYBODY = "anybody"
    HALF = "half"
    """Whoever gave the password and not yet the second step."""
    ENROLLING = "enrolling"
    """Whoever is signed in, with or without a second step set up."""
    MEMBER = "member"
    """Whoever is signed in, for what concerns themselves."""


class Console:
    """One request to the console."""

    def __init__(self, request: AnyRequest, accounts: Accounts, pages: Pages, client: str) -> None:
        self.request = request
        self.accounts = accounts
        self.client = client
        self._pages = pages

    @property
    def session(self) -> Session:
        """Whoever asks; the guard has let nobody in without one."""
        session = found_session(self.request.scope)
        if session is None:
            raise SignInNeeded("Sign in first.")
        return session

    @property
    def account(self) -> Account:
        return self.session.account

    @property
    def device(self) -> str:
        """What they ask with, as they would call it."""
        return device_of(self.request.headers.get("user-agent", ""))

    @property
    def host(self) -> str:
        return self.request.headers.get("host", "")

    @property
    def origin(self) -> str:
        """How these pages begin for whoever is sent a link; a secret in it never travels in the clear."""
        return f"{'http' if is_loopback(self.request) else 'https'}://{self.host}"

    async def form(self) -> Mapping[str, str]:
        """The fields of the form that was sent."""
        return {name: str(value) for name, value in (await self.request.form()).items()}

    def page(self, template: str, *, status_code: int = 200, error: str = "", **context: Any) -> Response[bytes]:
        """A whole page; `error` is the code of a refusal, told above the form.

        A template without a room's name (`casework/list.html`) is one of the accounts room's.
        """
        session, frame = found_session(self.request.scope), self.accounts.frame
        answer = self._pages.answer(
            self.request,
            template if "/" in template else f"accounts/{template}",
            status_code=status_code,
            account=None if session is None or session.stage is not Stage.FULL else session.account,
            form_token="" if session is None else self.accounts.form_token(session),
            navigation=() if session is None else frame.navigation(session.account),
            error=frame.refusals.get(error, "") if error else "",
            done=frame.done.get(self.request.query_params.get("done", ""), ""),
            role_names=words.ROLES,
            role_duties=words.DUTIES,
            **context,
        )
        answer.headers.update(
            {
                "Content-Security-Policy": CONTENT_SECURITY_POLICY,
                "Cache-Control": "no-store",
                # Not "no-referrer": with it browsers hide a form's origin, by which we know it.
                "Referrer-Policy": "same-origin",
                "Cross-Origin-Opener-Policy": "same-origin",
            }
        )
        chosen = self.request.query_params.get("lang", "")
        if chosen in LANGUAGES:
            answer.cookies.append(self._cookie(LANGUAGE_COOKIE, chosen, max_age=_LANGUAGE_SECONDS))
        return answer

    def go(self, path: str, **query: str) -> Redirect:
        """On to another page, after a form was taken."""
        address = f"{ROOT}/{quote(path)}".rstrip("/")
        return Redirect(f"{address}?{urlencode(query)}" if query else address, status_code=303)

    def enter(self, entered: Entered, answer: Response[Any]) -> Response[Any]:
        """The answer with the session's secret as a cookie."""
        answer.cookies.append(self._cookie(cookie_name(self.request), entered.token))
        return answer

    def leave(self, answer: Response[Any]) -> Response[Any]:
        """The answer that makes the browser forget the session's secret."""
        answer.cookies.append(self._cookie(cookie_name(self.request), "", max_age=0))
        return answer

    def _cookie(self, name: str, value: str, max_age: int | None = None) -> Cookie:
        return Cookie(
            name,
            value=value,
            max_age=max_age,
            path="/",
            secure=not is_loopback(self.request),
            httponly=True,
            samesite="lax",
        )


ConsoleParameter = NamedDependency[SkipValidation[Console]]
"""The type of a handler's parameter `console`."""


def console_router(
    accounts: Accounts,
    handlers: Sequence[ControllerRouterHandler],
    *,
    client_address: Callable[[str, str, int], str],
    frame: RoomFrame | None = None,
    dependencies: Mapping[str, Provide] | None = None,
) -> Router:
    """A router of pages for officials; `frame` is what the room adds around all pages.

    Raises TypeError for a handler that does not say for whom it is, ValueError for a word that another room has.
    """
    proxies = accounts.ground.core.settings.trusted_proxies

    def console(request: AnyRequest, pages: PagesParameter) -> Console:
        peer = request.client.host if request.client is not None else ""
        forwarded = ",".join(request.headers.getall("X-Forwarded-For", []))
        made = Console(request, accounts, pages, client_address(peer, forwarded, proxies))
        request.state.console = made
        return made

    async def admit(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        await let_in(accounts, connection, handler, proxies)

    for handler in handlers:
        if not isinstance(handler, BaseRouteHandler) or not isinstance(handler.opt.get("may"), (Door, Action)):
            raise TypeError(f"The page {handler} does not say in opt['may'] for whom it is.")
    if frame is not None:
        accounts.frame.add(frame)
    return Router(
        path=ROOT,
        route_handlers=handlers,
        guards=[admit],
        dependencies={**(dependencies or {}), "console": Provide(console, sync_to_thread=False)},
        exception_handlers={Exception: refuse},
        after_request=keep_private,
        include_in_schema=False,
        opt={"accounts": lambda: accounts},  # a function, since values are copied
    )


async def let_in(
    accounts: Accounts, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler, proxies: int
) -> None:
    """Return when whoever asks may have this page and the form is ours. Raises the refusal."""
    connection.state.session = None
    if not is_secure(connection, proxies):
        raise ConnectionInsecure("These pages open over https alone; ask the operator for their address.")
    writes = isinstance(connection, Request) and connection.method not in {"GET", "HEAD", "OPTIONS"}
    if writes and not is_ours(connection):
        raise FormForeign("This form was not sent by these pages; nothing was done.")
    session = await accounts.session(connection.cookies.get(cookie_name(connection), ""))
    connection.state.session = session
    may = handler.opt["may"]
    if may is Door.ANYBODY:
        return
    if session is None:
        raise SignInNeeded("Sign in first.")
    if writes and isinstance(connection, Request):
        accounts.check_form(session, await _form_token(connection))
    if session.stage is Stage.PASSWORD and may is not Door.HALF:
        raise SecondStepNeeded("The second step is still to be taken.")
    if session.stage is Stage.ENROL and may is not Door.ENROLLING:
        raise SecondStepLacking("Set up a second step first.")
    if isinstance(may, Action):
        if "unit" in connection.path_params:
            require(session.account, may, await accounts.unit(str(connection.path_params["unit"])))
        else:
            require_somewhere(session.account, may)


def keep_private(answer: Response[Any]) -> Response[Any]:
    """No answer stays behind in a browser or on the way: neither a page nor a download nor where a form leads."""
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


async def note_denied(error: Exception, scope: Scope) -> None:
    """Write down that somebody tried what they may not; for the application's hook `after_exception`."""
    session = found_session(scope)
    if isinstance(error, AccessDenied) and session is not None:
        accounts: Accounts = scope["route_handler"].opt["accounts"]()
        await accounts.note_denied(session.account, str(scope["path"]))


def refuse(request: AnyRequest, error: Exception) -> Response[Any]:
    """The way on after a refusal: to the step that is missing, or a page that says what happened."""
    return keep_private(_way_on_after(request, error))


def found_session(scope: Scope) -> Session | None:
    """The session that the guard found."""
    session: Session | None = scope.get("state", {}).get("session")
    return session


def way_on(text: str) -> str:
    """Where somebody wanted to go: one of these pages, else the first."""
    return text if _WAY_ON.fullmatch(text) else ROOT


def cookie_name(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Browsers accept the prefix only with Secure, no domain and the whole path."""
    return _COOKIE if is_loopback(connection) else f"__Host-{_COOKIE}"


def is_loopback(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether the pages are open on the machine that serves them: no wire that could be tapped."""
    name = urlsplit(f"//{connection.headers.get('host', '')}").hostname or ""
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def is_secure(connection: ASGIConnection[Any, Any, Any, Any], proxies: int) -> bool:
    """Whether nobody on the way can read a password."""
    forwarded = connection.headers.get("x-forwarded-proto", "").rpartition(",")[2].strip() if proxies else ""
    return is_loopback(connection) or "https" in {connection.scope["scheme"], forwarded}


def is_ours(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether a form came from one of these pages, as browsers tell."""
    origin = connection.headers.get("origin")
    if origin is None:
        return connection.headers.get("sec-fetch-site") == "same-origin"
    return urlsplit(origin).netloc == connection.headers.get("host")


def device_of(user_agent: str) -> str:
    """A browser and system as people call them: Firefox, Windows."""
    browsers = ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari")
    systems = (
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    )
    found = [next((name for sign, name in kinds if sign in user_agent), "") for kinds in (browsers, systems)]
    return ", ".join(filter(None, found)) or "?"


async def _form_token(request: AnyRequest) -> str:
    header = request.headers.get(FORM_TOKEN_HEADER)
    return str((await request.form()).get(FORM_TOKEN, "")) if header is None else header


def _way_on_after(request: AnyRequest, error: Exception) -> Response[Any]:
    here = request.url.path
    match error:
        case SignInNeeded():
            return Redirect(f"{ROOT}/sign-in?{urlencode({'to': here})}", status_code=303)
        case SecondStepNeeded():
            return Redirect(f"{ROOT}/second-step", status_code=303)
        case SecondStepLacking():
            return Redirect(f"{ROOT}/second-step/new", status_code=303)
        case ProofStale():
            to = here if request.method == "GET" else f"{ROOT}/account"
            return Redirect(f"{ROOT}/prove?{urlencode({'to': to})}", status_code=303)
    code, status = "internal_error", 500
    if isinstance(error, RequestEntityTooLarge):
        error = RequestTooLarge("This is larger than the page takes; nothing was done.")
    if isinstance(error, BluezoneError):
        code, status = error.code, status_of(error)
    elif isinstance(error, NotFoundException):
        code, status = "not_found", 404
    elif isinstance(error, HTTPException) and error.status_code < 500:
        code, status = "request_malformed", error.status_code
    if status >= 500:
        log.error("page failed", error=type(error).__name__, code=code)
    opt = request.scope["route_handler"].opt
    accounts: Accounts = opt["accounts"]()
    said = accounts.frame.refusals.get(code, words.FAILED)
    if MediaType.JSON in request.headers.get("accept", ""):
        return Response({"error": said, "errorCode": code}, status_code=status)
    pages: Pages = request.app.state["pages"]
    return Console(request, accounts, pages, "").page("refused.html", status_code=status, said=said, code=code)
