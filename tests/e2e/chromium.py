"""A real browser as a phone's owner holds it, what it is watched for, and what is measured on a page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import segno
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Frame, Page, Playwright, Request

from scripts import chromium

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
NARROW = {"width": 360, "height": 740}
WAIT = 30_000
"""Milliseconds after which what was to appear is said to be missing: far more than a busy machine takes."""


def launch(playwright: Playwright, camera: Path) -> Browser:
    """Chromium whose camera sees what lies in `camera` when it is switched on; see `hold_before_camera`."""
    camera_arguments = ("--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={camera}")
    return playwright.chromium.launch(executable_path=chromium.program(), args=[*chromium.ARGUMENTS, *camera_arguments])


def hold_before_camera(camera: Path, text: str) -> None:
    """Let the camera see the QR code of `text`: two frames of 640x480 pixels as uncompressed YUV 4:2:0."""
    width, height = 640, 480
    matrix = segno.make(text, error="m", micro=False).matrix
    module = (height - 40) // len(matrix)
    left, top = (width - module * len(matrix)) // 2, (height - module * len(matrix)) // 2
    picture = bytearray(b"\xd0" * (width * height))
    for row, line in enumerate(matrix):
        dark = bytearray(b"\xd0" * width)
        for column, is_dark in enumerate(line):
            if is_dark:
                start = left + column * module
                dark[start : start + module] = b"\x20" * module
        for y in range(top + row * module, top + (row + 1) * module):
            picture[y * width : (y + 1) * width] = dark
    frame = b"FRAME\n" + bytes(picture) + b"\x80" * (width * height // 2)
    camera.write_bytes(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode() + 2 * frame)


@dataclass
class Watch:
    """What a browser must never do, seen in everything it did: ask another machine, complain, fail."""

    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    """Regular expressions of complaints that the test provokes."""

    def over(self, context: BrowserContext) -> None:
        context.on("request", self._ask)
        context.on("console", self._say)
        context.on("weberror", lambda error: self.complaints.append(f"error: {error.error}"))

    def expect(self, *expressions: str) -> None:
        self.expected += expressions

    def verify(self) -> None:
        """Raises AssertionError for what was seen and not expected."""
        assert self.foreign == []
        assert [one for one in self.complaints if not any(re.search(known, one) for known in self.expected)] == []

    def _ask(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob"} and address.hostname != "127.0.0.1":
            self.foreign.append(request.url)

    def _say(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")


@contextmanager
def context_of(browser: Browser, **options: Any) -> Iterator[tuple[BrowserContext, Watch]]:
    """A browser of its own, as if on another device, narrow as a phone unless told otherwise."""
    settings: dict[str, Any] = {"viewport": NARROW, "locale": "en", "reduced_motion": "reduce"} | options
    context = browser.new_context(**settings)
    context.set_default_timeout(WAIT)
    watch = Watch()
    watch.over(context)
    try:
        yield context, watch
        watch.verify()
    finally:
        context.close()


_RUN_AXE = """
() => axe.run(document, { resultTypes: ["violations"], iframes: false }).then((result) => result.violations)
"""


def axe(frame: Page | Frame) -> list[str]:
    """What axe-core finds serious or critical, one line a finding."""
    if not frame.evaluate("() => 'axe' in window"):
        frame.evaluate(AXE.read_text("utf-8"))
    found = frame.evaluate(_RUN_AXE)
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {json.dumps([node['html'][:160] for node in one['nodes']])}"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


_SMALL_TARGETS = """
() => {
  const least = 44;
  const targets = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  const small = [];
  for (const element of document.querySelectorAll(targets)) {
    const style = getComputedStyle(element);
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    // WCAG 2.5.8: a link within a sentence may be as high as its line.
    if (element.matches("a") && style.display === "inline" && element.closest("p, li, dd, td")) continue;
    const labels = element.matches("input") && /^(checkbox|radio|file)$/.test(element.type) ? element.labels : null;
    const boxes = [element, ...(labels ?? [])].map((one) => one.getBoundingClientRect());
    if (element.matches(".skip-link") && boxes[0].bottom <= 0) continue;
    if (boxes.some((box) => box.width >= least - 0.5 && box.height >= least - 0.5)) continue;
    small.push(`${Math.round(boxes[0].width)}x${Math.round(boxes[0].height)} ${element.outerHTML.slice(0, 120)}`);
  }
  return small;
}
"""


def small_targets(frame: Page | Frame) -> list[str]:
    """What can be touched and is smaller than 44 CSS pixels in either direction."""
    found: list[str] = frame.evaluate(_SMALL_TARGETS)
    return found


_SIDEWAYS = """
(size) => {
  const root = document.documentElement;
  root.style.fontSize = size;
  const wide = root.scrollWidth > root.clientWidth
    ? [...document.body.querySelectorAll("*")]
        .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > root.clientWidth + 1)
        .map((one) => one.outerHTML.slice(0, 120))
    : [];
  const scrolls = root.scrollWidth > root.clientWidth;
  root.style.fontSize = "";
  return scrolls ? [`${scrolls}`, ...wide.slice(0, 5)] : [];
}
"""


def sideways(frame: Page | Frame, size: str = "200%") -> list[str]:
    """What makes a page scroll sideways when the device's text has this size; empty when it does not."""
    found: list[str] = frame.evaluate(_SIDEWAYS, size)
    return found


_POST = """
([address, fields]) => {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: address });
  for (const [name, value] of fields) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name, value });
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}
"""


def post(page: Page, address: str, fields: Sequence[tuple[str, str]]) -> None:
    """Send a form from the page that is open and wait for what it leads to."""
    with page.expect_navigation():
        page.evaluate(_POST, [address, [list(field) for field in fields]])
