from __future__ import annotations

import json

from tests.phone.pages.conftest import ORIGIN, Visit, Visitor, statics_of


def test_look_and_size_of_text_are_chosen_and_kept(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        await visitor.send("settings", theme="dark")
        await visitor.send("settings", text_size="largest")
        html = await visitor.text()
        assert 'data-theme="dark"' in html
        assert 'data-text="largest"' in html
        await visitor.send("settings", theme="pink")
        assert visitor.phone.preferences().theme == "dark"

    visit(story)


def test_pages_can_be_installed(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        response = await visitor.get("app.webmanifest")
        assert response.headers["content-type"].startswith("application/manifest+json")
        manifest = json.loads(response.content)
        assert manifest["start_url"] == manifest["scope"] == "/a-secret-of-this-start/"
        for icon in manifest["icons"]:
            answer = await visitor.http.get(ORIGIN + icon["src"])
            assert answer.status_code == 200
            assert answer.headers["content-type"] == icon["type"]
        worker = await visitor.get("worker.js")
        assert worker.headers["content-type"].startswith("text/javascript")
        assert worker.headers["cache-control"] == "no-cache"
        assert "addEventListener" in worker.text

    visit(story)


def test_static_files_are_kept_by_the_browser_and_pages_are_not(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        page = await visitor.get("settings")
        assert page.headers["cache-control"] == "no-store"
        for name in statics_of(page.text):
            assert "immutable" in (await visitor.get(name)).headers["cache-control"]
        assert (await visitor.get("static/x/own/../app.py")).status_code == 404
        assert (await visitor.get("static/x/own/%2e%2e/app.py")).status_code == 404

    visit(story)


def test_offline_page_holds_nothing_of_the_owner(visit: Visit) -> None:
    """It is what the browser keeps of these pages when the program is not running."""

    async def story(visitor: Visitor) -> None:
        await visitor.send("welcome/done", invitation="VG-03")
        html = await visitor.text("offline")
        assert "VG-03" not in html
        assert "badge" not in html

    visit(story)
