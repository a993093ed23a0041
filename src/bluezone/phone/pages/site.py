"""What every page has: its language, its look, its links; and how a page, a fragment and a way on are answered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import MediaType, Request, Response
from litestar.datastructures import FormMultiDict
from litestar.response import Redirect

import bluezone
from bluezone import look
from bluezone.phone.pages.deletions import Deletions
from bluezone.phone.pages.language import LANGUAGES, Language, Speech, preferred, translations
from bluezone.phone.pages.static import StaticFiles
from bluezone.phone.phone import Phone
from bluezone.phone.preferences import Preferences

PageRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Voice:
    """One language of the pages: its sayings and its templates."""

    speech: Speech
    environment: Environment


class Site:
    """The pages of one phone. `root` is the path before every address, with the secret."""

    def __init__(self, phone: Phone, root: str) -> None:
        self.phone = phone
        self.root = root
        self.static = StaticFiles({"own": Path(__file__).parent / "static", "look": look.static_folder()})
        self.deletions = Deletions(phone)
        self.voices = {language: self._voice(language) for language in LANGUAGES}

    def url(self, path: str = "", **query: object) -> str:
        """The address of a page: `url("diary/2020-08-03", done="kept")`."""
        address = f"{self.root}/{quote(path)}"
        return f"{address}?{urlencode(query)}" if query else address

    def static_url(self, name: str) -> str:
        """The address of a static file, as `own/app.js` or `look/tokens.css`; it changes with the content."""
        return self.url(f"static/{self.static.version}/{name}")

    def unread(self) -> int:
        """How many notices the owner has not seen."""
        return sum(not notice.read for notice in self.phone.notices())

    def language(self, request: PageRequest) -> Language:
        """What the owner chose, else what the browser prefers."""
        return self.phone.preferences().language or preferred(request.headers.get("accept-language", ""))

    def voice(self, request: PageRequest) -> Voice:
        return self.voices[self.language(request)]

    def _voice(self, language: Language) -> Voice:
        speech = Speech(language, self.phone.settings.utc_offset)
        environment = Environment(
            loader=PackageLoader("bluezone.phone.pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
        environment.filters.update(speech.filters())
        environment.globals.update(
            url=self.url,
            static=self.static_url,
            icon=look.icon,
            shield=look.shield,
            drawing=look.drawing,
            unread=self.unread,
            language=language,
            version=bluezone.__version__,
        )
        return Voice(speech, environment)


def site_of(request: PageRequest) -> Site:
    site: Site = request.app.state["site"]
    return site


def phone_of(request: PageRequest) -> Phone:
    """The phone whose pages these are."""
    return site_of(request).phone


def voice_of(request: PageRequest) -> Voice:
    """The language in which this request is answered."""
    site = site_of(request)
    return site.voice(request)


def preferences_of(request: PageRequest) -> Preferences:
    return phone_of(request).preferences()


def set_preferences(request: PageRequest, **changes: Any) -> None:
    """Remember what the owner chose."""
    phone = phone_of(request)
    phone.set_preferences(replace(phone.preferences(), **changes))


def page(request: PageRequest, template: str, *, status_code: int = 200, **context: Any) -> Response[str]:
    """A whole page. Every template knows `here` (its path), `back`, `preferences`, `done` and what Site gives."""
    return Response(render(request, template, **context), status_code=status_code, media_type=MediaType.HTML)


def fragment(request: PageRequest, template: str, **context: Any) -> Response[str]:
    """A part of a page that keeps itself fresh: 304 while it is what the browser shows already."""
    body = render(request, template, **context)
    etag = f'"{digest(body)}"'
    if request.headers.get("if-none-match") == etag:
        return Response("", status_code=304, headers={"ETag": etag})
    return Response(body, media_type=MediaType.HTML, headers={"ETag": etag})


def render(request: PageRequest, template: str, **context: Any) -> str:
    site = site_of(request)
    common: dict[str, object] = {
        "here": request.url.path.lstrip("/"),
        "done": request.query_params.get("done", ""),
        "preferences": site.phone.preferences(),
    }
    return site.voice(request).environment.get_template(template).render(common | context)


def go(request: PageRequest, path: str, **query: object) -> Redirect:
    """On to another page, after a form was taken."""
    return Redirect(site_of(request).url(path, **query), status_code=303)


async def form_of(request: PageRequest) -> FormMultiDict:
    """The fields of the form that was sent."""
    return await request.form()


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def inner_path(fields: Mapping[str, Any]) -> str:
    """Where a form wants to go back to: one of our own paths, else the first page."""
    back = str(fields.get("back", ""))
    return back if back.isascii() and ":" not in back and not back.startswith(("/", "\\", ".")) else ""
