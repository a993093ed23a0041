"""Settings: language, look, size of text, how the store is protected, and what the program is."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.response import Redirect

from bluezone.phone.pages.language import LANGUAGES, N_
from bluezone.phone.pages.site import PageRequest, form_of, go, inner_path, page, phone_of, set_preferences
from bluezone.phone.pages.stored_words import PROTECTION

THEMES = {"auto": N_("As the device"), "light": N_("Light"), "dark": N_("Dark")}
TEXT_SIZES = {"normal": N_("Normal"), "large": N_("Large"), "largest": N_("Very large")}


@get("/settings")
async def settings(request: PageRequest) -> Response[str]:
    """Every choice on one page."""
    plain = phone_of(request).plain_reason()
    return page(request, "settings.html", themes=THEMES, text_sizes=TEXT_SIZES, protection=PROTECTION, plain=plain)


@post("/settings")
async def choose(request: PageRequest) -> Redirect:
    """Take one choice of theme or size of text."""
    fields = await form_of(request)
    changes = {
        name: chosen
        for name, known in (("theme", THEMES), ("text_size", TEXT_SIZES))
        if (chosen := fields.get(name)) in known
    }
    set_preferences(request, **changes)
    return go(request, "settings")


@post("/settings/language")
async def language(request: PageRequest) -> Redirect:
    """Change the language, on whatever page the owner is."""
    fields = await form_of(request)
    if (chosen := fields.get("language")) in LANGUAGES:
        set_preferences(request, language=chosen)
    return go(request, inner_path(fields))


handlers = [settings, choose, language]
