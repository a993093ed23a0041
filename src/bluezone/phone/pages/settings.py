"""Settings: language, look, size of text, and what the program is."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.response import Redirect

from bluezone.phone.pages.language import LANGUAGES
from bluezone.phone.pages.site import PageRequest, form_of, go, inner_path, page, set_preferences


@get("/settings")
async def settings(request: PageRequest) -> Response[str]:
    """Every choice on one page."""
    return page(request, "settings.html")


@post("/settings/language")
async def language(request: PageRequest) -> Redirect:
    """Change the language, on whatever page the owner is."""
    fields = await form_of(request)
    if (chosen := fields.get("language")) in LANGUAGES:
        set_preferences(request, language=chosen)
    return go(request, inner_path(fields))


handlers = [settings, language]
