"""A warned person's pages: the steps, and telling the health office only what was shown."""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from bluezone.clock import FixedClock
from bluezone.phone import Phone, Preferences, ServerClient, StatusLevel
from bluezone.protocol import wire
from bluezone.randomness import SeededRandomness
from bluezone.server import Settings, create_app
from tests.phone.conftest import START, FileServer
from tests.phone.pages.conftest import ORIGIN
from tests.phone.pages.office import client_for
from tests.phone.test_publish import Line
from tests.phone.test_sync import batch, key_of, meet, phone_of

TOLD = {"day": "2020-08-03", "phone": "0912 345 678", "note": "Hơi mệt,\r\nkhông sốt."}

Post = Callable[..., Awaitable[httpx.Response]]
Story = Callable[[Phone, Line, httpx.AsyncClient, Post], Awaitable[None]]


@pytest.fixture
def warned(server: FileServer, clock: FixedClock, tmp_path: Path) -> Callable[[Story], None]:
    """Runs a story with a phone that was near a case for 40 minutes, whose health office is the real server."""
    phone = phone_of(server, clock)
    phone.set_preferences(Preferences(first_run_done=True))
    meet(phone, key_of("ill"), START + 3600, 40)
    server.add("1.zip", batch(key_of("ill")))
    clock.set(START + 86400)

    async def main(story: Story) -> None:
        await phone.sync()
        assert phone.status().level is StatusLevel.F1
        settings = Settings(data_dir=tmp_path, run_jobs=False)
        app = create_app(settings, clock=clock, randomness=SeededRandomness("server"))
        async with app.lifespan(), client_for(phone) as http:
            line = Line(app)
            assert phone._online is not None
            phone._online.teller._client = ServerClient("http://server.test", line)

            async def post(**fields: str) -> httpx.Response:
                return await http.post("warned/tell", data=fields, headers={"origin": ORIGIN})

            await story(phone, line, http, post)

    return lambda story: asyncio.run(main(story))


def test_steps_days_and_the_hotline_are_shown(warned: Callable[[Story], None]) -> None:
    async def story(phone: Phone, line: Line, http: httpx.AsyncClient, post: Post) -> None:
        page = html.unescape((await http.get("warned")).text)
        guidance = phone.guidance("en")
        assert guidance.title in page
        assert all(step in page for step in guidance.steps)
        assert "Monday 3 Aug" in page
        assert f'href="tel:{guidance.hotline}"' in page
        assert "Nobody is to blame" in page

    warned(story)


def test_what_is_shown_is_what_is_sent_and_only_when_the_button_is_pressed(warned: Callable[[Story], None]) -> None:
    async def story(phone: Phone, line: Line, http: httpx.AsyncClient, post: Post) -> None:
        page = html.unescape((await post(**TOLD)).text)
        found = re.search(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
        assert found is not None
        assert line.bodies(wire.PATH_TELL) == []
        response = await post(**TOLD, send="yes")
        assert response.headers["location"].endswith("warned/told")
        (body,) = line.bodies(wire.PATH_TELL)
        sent = json.loads(body)
        assert sent.pop("padding").strip("0") == ""
        assert sent == json.loads(found[1])
        assert sent == {
            "level": "f1",
            "exposureDays": ["2020-08-03"],
            "phone": "0912 345 678",
            "note": "Hơi mệt,\nkhông sốt.",
        }
        receipt = html.unescape((await http.get("warned/told")).text)
        assert "0912 345 678" in receipt
        assert "The health office destroys it on" in receipt

    warned(story)


def test_an_unticked_day_and_empty_fields_are_not_told(warned: Callable[[Story], None]) -> None:
    async def story(phone: Phone, line: Line, http: httpx.AsyncClient, post: Post) -> None:
        page = html.unescape((await post(note="Gọi tôi")).text)
        assert page.count("not told") == 4
        assert '"exposureDays": []' in page
        assert "your name" in page
        assert "your number" in page

    warned(story)


def test_fields_survive_looking_and_changing(warned: Callable[[Story], None]) -> None:
    async def story(phone: Phone, line: Line, http: httpx.AsyncClient, post: Post) -> None:
        page = html.unescape((await post(**TOLD, change="yes")).text)
        assert 'value="0912 345 678"' in page
        assert "Hơi mệt,\nkhông sốt.</textarea>" in page
        assert 'value="2020-08-03" checked' in page

    warned(story)


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"phone": "không có"}, "A telephone number has digits"), ({"note": "a" * 501}, "One of the fields is too long")],
)
def test_what_the_office_would_refuse_is_said_before(
    warned: Callable[[Story], None], fields: dict[str, str], said: str
) -> None:
    async def story(phone: Phone, line: Line, http: httpx.AsyncClient, post: Post) -> None:
        page = html.unescape((await post(**fields, send="yes")).text)
        assert "Nothing was sent." in page
        assert said in page
        assert line.bodies(wire.PATH_TELL) == []

    warned(story)


@pytest.mark.parametrize("what", ["lose_request", "lose_answer"])
def test_without_a_connection_the_words_stay_and_the_telephone_is_offered(
    warned: Callable[[Story], None], what: str
) -> None:
    async def story(phone: Phone, line: Line, http: httpx.AsyncClient, post: Post) -> None:
        setattr(line, what, wire.PATH_TELL)
        page = html.unescape((await post(**TOLD, send="yes")).text)
        assert "cannot be reached right now" in page
        assert "0912 345 678" in page
        assert 'href="tel:' in page

    warned(story)


def test_who_was_not_warned_is_told_so_and_asked_nothing(server: FileServer, clock: FixedClock) -> None:
    async def story() -> None:
        async with client_for(phone_of(server, clock)) as http:
            page = html.unescape((await http.get("warned")).text)
            assert "No warning" in page
            assert "warned/tell" not in page
            assert (await http.get("warned/tell")).headers["location"].endswith("/warned")

    asyncio.run(story())
