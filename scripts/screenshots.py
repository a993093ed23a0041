"""Takes the pictures of the phone's main screens and of the town board from `bluezone run`, as a newcomer plays it.

`python -m scripts.screenshots` starts the command in a folder of its own, lives the story in a browser and writes
docs/pictures/phone-SCREEN.LANGUAGE.png and board.LANGUAGE.png; a picture shows what really was on the screen.
"""

from __future__ import annotations

import io
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from scripts import chromium

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
LANGUAGES = ("vi", "en")
PHONE, BOARD = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
PHONE_SCALE, BOARD_SCALE = 2.0, 1.5
COLOURS = 64
_WAIT = 20_000  # milliseconds
_STORY_WAIT = 90_000

AGREE = {"vi": "Đồng ý và gửi", "en": "Agree and send"}


@contextmanager
def running() -> Iterator[str]:
    """The address of the town board of a `bluezone run` that has told its story."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        taken.close()
        command = [
            str(Path(sys.executable).with_name("bluezone")),
            "run",
            "--folder",
            f"{folder}/town",
            "--port",
            str(port),
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as town:
            assert town.stdout is not None
            try:
                for line in town.stdout:
                    if found := re.fullmatch(r"\s+(http://127\.0\.0\.1:\d+/[0-9a-f]{36}/)", line.rstrip()):
                        break
                else:
                    raise SystemExit("`bluezone run` ended before it named its town board.")
                yield found[1]
            finally:
                town.send_signal(signal.SIGINT)
                town.communicate()


class Album:
    """One browser profile a language and kind of screen; `keep` writes what a page shows."""

    def __init__(self, browser: Browser) -> None:
        self.phones = {language: _profile(browser, language, PHONE, PHONE_SCALE) for language in LANGUAGES}
        self.boards = {language: _profile(browser, language, BOARD, BOARD_SCALE) for language in LANGUAGES}

    def keep(self, name: str, language: str, page: Page) -> None:
        page.evaluate("document.fonts.ready.then(() => true)")
        picture = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide")))
        few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(PICTURES / f"{name}.{language}.png", optimize=True)

    def screens(self, name: str, url: str) -> None:
        """One page of a phone in every language."""
        for language, profile in self.phones.items():
            page = profile.new_page()
            page.goto(url)
            speak(page, language)
            self.keep(f"phone-{name}", language, page)
            page.close()


def _profile(browser: Browser, language: str, size: dict[str, int], scale: float) -> BrowserContext:
    profile = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        device_scale_factor=scale,
        locale=language,
        reduced_motion="reduce",
        color_scheme="light",
    )
    profile.set_default_timeout(_WAIT)
    return profile


def play(album: Album, board_url: str) -> None:
    """Drag two phones together, publish on one, wait until the other is warned; a picture wherever one is worth it."""
    board = album.boards["en"].new_page()
    board.goto(f"{board_url}?lang=en")
    urls = {key: board.locator(f"#phone-{key} iframe").get_attribute("src") or "" for key in "ABCDEF"}
    _drag(board, "B", beside="A")
    speed(board, 600)
    expect(board.locator("#steps > li").nth(0)).to_have_attribute("data-done", "true")
    speed(board, 1)
    album.screens("home", urls["B"])
    album.screens("invite", f"{urls['B']}invite")
    album.screens("scan", f"{urls['B']}scan")

    board.locator("form[data-kind=f0] select").select_option("A")
    board.locator("form[data-kind=f0] button").click()
    code = board.locator("#cases .code").first
    expect(code).to_have_text(re.compile(r"^\d{4} \d{4}$"))
    owner = album.phones["en"].new_page()
    owner.goto(f"{urls['A']}code")
    owner.locator("#code").fill(code.inner_text())
    owner.locator("form button.button-main").click()
    owner.wait_for_url(re.compile(r"/code/\w+$"))
    album.screens("code", owner.url)
    owner.reload()
    owner.get_by_role("button", name=re.compile("|".join(AGREE.values()))).click()
    owner.wait_for_url("**/receipt*")
    speed(board, 600)
    expect(board.locator("#steps > li").nth(2)).to_have_attribute("data-done", "true")
    speed(board, 1)

    album.screens("notices", f"{urls['B']}notices")
    album.screens("warned", f"{urls['B']}warned")
    album.screens("diary", f"{urls['B']}diary")
    for language, profile in album.phones.items():
        page = profile.new_page()
        page.goto(f"{urls['C']}gate")
        speak(page, language)
        page.locator("#word").fill("SE")
        page.locator("#word").press("Enter")
        page.locator(".digits").wait_for()
        album.keep("phone-gate", language, page)
        page.close()
    for language, profile in album.boards.items():
        page = profile.new_page()
        # The board's own button, since it lets the phones speak the language too.
        page.goto(f"{board_url}?lang={'vi' if language == 'en' else 'en'}")
        page.locator(".language button").click()
        page.wait_for_url(f"**/?lang={language}")
        for key in urls:
            page.frame_locator(f"#phone-{key} iframe").locator(".status-card").wait_for()
        page.locator("#links .link").first.wait_for(state="attached")
        album.keep("board", language, page)
        page.close()


def speak(page: Page, language: str) -> None:
    """Let the phone speak this language; it is the phone's own setting, whatever the browser asks for."""
    if page.locator("html").get_attribute("lang") != language:
        page.locator(f"button[name=language][value={language}]").first.click()
        expect(page.locator("html")).to_have_attribute("lang", language)


def speed(board: Page, rate: int) -> None:
    button = board.locator(f"[data-rate='{rate}']")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")


def _drag(board: Page, key: str, beside: str) -> None:
    taken, other = (board.locator(f"[data-puck={one}] .body").bounding_box() for one in (key, beside))
    assert taken is not None
    assert other is not None
    board.mouse.move(taken["x"] + taken["width"] / 2, taken["y"] + taken["height"] / 2)
    board.mouse.down()
    board.mouse.move(other["x"] + 1.6 * other["width"], other["y"] + other["height"] / 2, steps=8)
    board.mouse.up()


def main() -> None:
    expect.set_options(timeout=_STORY_WAIT)
    with running() as board_url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.program(), args=list(chromium.ARGUMENTS))
        play(Album(browser), board_url)
        browser.close()


if __name__ == "__main__":
    main()
