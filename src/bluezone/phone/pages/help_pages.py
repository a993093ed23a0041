"""Help: questions and answers, what the app does and does not, an explanation for one's mother, help for a relative."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from bluezone.phone.faults import FaultName
from bluezone.phone.pages.help_words import DOES, DOES_NOT, MOTHER, RELATIVE_STEPS, REMAINS
from bluezone.phone.pages.repair import walk_of
from bluezone.phone.pages.site import (
    PageRequest,
    form_of,
    fragment,
    go,
    page,
    phone_of,
    preferences_of,
    set_preferences,
    site_of,
)
from bluezone.phone.preferences import LONGEST_NAME


@get("/help")
async def questions(request: PageRequest) -> Response[str]:
    """The questions of most people, with their answers."""
    return page(request, "help.html", hotline=_hotline(request))


@get("/help/does")
async def does(request: PageRequest) -> Response[str]:
    """What this app does, what it does not, and what it cannot."""
    return page(request, "help_does.html", does=DOES, does_not=DOES_NOT, remains=REMAINS)


@get("/help/mother")
async def mother(request: PageRequest) -> Response[str]:
    """One picture and six sentences, which the device can read aloud."""
    return page(request, "help_mother.html", sentences=MOTHER)


@get("/help/relative")
async def relative(request: PageRequest) -> Response[str]:
    """The first step of setting up somebody else's phone."""
    return _step(request, RELATIVE_STEPS[0])


@post("/help/relative")
async def begin(request: PageRequest) -> Redirect:
    """Note whose phone this is, while somebody else sets it up."""
    name = str((await form_of(request)).get("name", "")).strip()[:LONGEST_NAME]
    set_preferences(request, helping=name)
    return go(request, f"help/relative/{RELATIVE_STEPS[1]}")


@post("/help/size")
async def larger(request: PageRequest) -> Redirect:
    """Set the size of text for the one who will use this phone."""
    chosen = (await form_of(request)).get("text_size")
    if chosen in {"normal", "large", "largest"}:
        set_preferences(request, text_size=chosen)
    return go(request, "help/relative/size")


@post("/help/done")
async def done(request: PageRequest) -> Redirect:
    """The phone is set up and its owner's alone again."""
    set_preferences(request, helping="", first_run_done=True)
    return go(request, "")


@get("/help/relative/{name:str}")
async def step(request: PageRequest, name: FromPath[str]) -> Response[str]:
    """A further step."""
    if name not in RELATIVE_STEPS[1:]:
        raise NotFoundException
    return _step(request, name)


@get("/live/help/relative")
async def live_test(request: PageRequest) -> Response[str]:
    """What the radar hears while two phones lie side by side."""
    return fragment(request, "help_heard.html", radar=phone_of(request).radar())


def _step(request: PageRequest, name: str) -> Response[str]:
    phone = phone_of(request)
    at = RELATIVE_STEPS.index(name)
    radio = phone.repair(FaultName.RADIO_GONE)
    return page(
        request,
        f"help_relative_{name}.html",
        at=at + 1,
        count=len(RELATIVE_STEPS),
        before=("help" if at == 0 else "help/relative" if at == 1 else f"help/relative/{RELATIVE_STEPS[at - 1]}"),
        following=RELATIVE_STEPS[at + 1] if at + 1 < len(RELATIVE_STEPS) else None,
        helping=preferences_of(request).helping,
        sentences=MOTHER[:3],
        radio_fault=walk_of(radio) if radio.fault else None,
        radar=phone.radar(),
        hotline=_hotline(request),
        longest=LONGEST_NAME,
    )


def _hotline(request: PageRequest) -> str:
    return phone_of(request).guidance(site_of(request).language(request)).hotline


handlers = [questions, does, mother, relative, begin, larger, done, step, live_test]
