"""Takes the pictures of a gate for the manual: `python -m scripts.gate_pictures` writes them to docs/pictures."""

from __future__ import annotations

import asyncio
import io
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import argon2
import uvicorn
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from bluezone.randomness import SeededRandomness
from bluezone.server import Accounts, Audit, Settings, create_core
from bluezone.server.app import assemble
from bluezone.server.desk import Desk
from scripts import chromium
from tests.server.accounts.support import join
from tests.server.casework.support import plant_province
from tests.server.support import keys_room

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
LABELS = {"vi": "Cổng chính UBND phường", "en": "Main gate, People's Committee"}
TAPS = {"running": 23, "helped": 12, "without": 4, "preferredNot": 2}


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, str]]:
    """The address of a console and the session of a head of office who is signed in."""
    core = create_core(Settings(data_dir=folder, run_jobs=False), randomness=SeededRandomness("gate pictures"))
    core.database.migrate()
    plant_province(core)
    accounts = Accounts(core, Audit(core), hasher=argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
    head = asyncio.run(join(accounts, "ha", "manager", "11950", name="Phạm Thị Thu Hà"))
    asyncio.run(join(accounts, "minh", "recorder", "11950", name="Đỗ Văn Minh"))
    app = assemble(core, desk=Desk(core), keys=keys_room(core), accounts=accounts)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.05)
    try:
        yield f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}", head.token
    finally:
        server.should_exit = True
        thread.join()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (url, token), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.program(), args=[*chromium.ARGUMENTS])
        for language, label in LABELS.items():
            context = browser.new_context(
                viewport={"width": 1280, "height": 800},
                locale=language,
                extra_http_headers={"Accept-Language": language},
            )
            context.add_cookies([{"name": "bluezone-session", "value": token, "url": url}])
            page, device = context.new_page(), context.new_page()
            page.goto(f"{url}/console/gates/new")
            page.fill("#label", label)
            page.click("main form .button-main")
            gate = page.url.partition("?")[0]
            page.click("form[action$='/link'] button")
            device.goto(page.input_value("textarea.link"))
            device.click("[data-kind=running]")
            device.locator("[data-try]").wait_for(state="hidden")
            for kind, count in TAPS.items():
                for _ in range(count):
                    device.click(f"[data-kind={kind}]")
            device.locator("[data-undo]").wait_for(state="hidden")
            _keep(device, f"gate.{language}")
            device.evaluate("dispatchEvent(new Event('online'))")
            page.goto(gate)
            while str(TAPS["running"]) not in page.inner_text(".gate-sum"):
                page.reload()
            _keep(page, f"console-gate.{language}")
            context.close()
        browser.close()


def _keep(page: Page, name: str) -> None:
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    picture.quantize(64, dither=Image.Dither.NONE).save(PICTURES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
