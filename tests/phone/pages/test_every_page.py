"""What holds for every page that can be reached by links."""

from __future__ import annotations

import gzip
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from tests.phone.pages.conftest import SECRET, Visit, Visitor, links_of, statics_of

FIRST_PAGE_BYTES = 60_000
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
DOWNLOADS = {"diary/export"}


class Checker(HTMLParser):
    """Notes what a page must not have: inline scripts and styles, foreign addresses, controls without a name."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.complaints: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.fields: list[dict[str, str | None]] = []
        self._open: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.feed(html)
        self.close()
        self.complaints += [
            f"field {field} has no label" for field in self.fields if field.get("id") not in self.labelled
        ]
        self.complaints += [f"id {name} comes twice" for name in set(self.ids) if self.ids.count(name) > 1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name, value in given.items():
            if name == "style" or name.startswith("on"):
                self.complaints.append(f"<{tag}> has an inline {name}")
            if name in {"href", "src", "action"} and not re.match(rf"/{SECRET}/|#|tel:", value or ""):
                self.complaints.append(f"<{tag}> leads to {value}")
        if tag == "style" or (tag == "script" and not given.get("src")):
            self.complaints.append(f"inline <{tag}>")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if "id" in given:
            self.ids.append(given["id"] or "")
        if tag == "label" and given.get("for"):
            self.labelled.add(given["for"] or "")
        inside_label = any(name == "label" for name, _, _ in self._open)
        if (
            tag in {"input", "textarea", "select"}
            and given.get("type") not in {"hidden", "submit"}
            and not inside_label
            and not given.get("aria-label")
        ):
            self.fields.append(given)
        if tag not in VOID:
            self._open.append((tag, given, []))

    def handle_data(self, data: str) -> None:
        for _, _, text in self._open:
            text.append(data.strip())

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            name, given, text = self._open.pop()
            if name in {"a", "button"} and not "".join(text) and not given.get("aria-label"):
                self.complaints.append(f"<{name} {given.get('href')}> has no name")
            if name == tag:
                return
        self.complaints.append(f"</{tag}> closes nothing")


async def every_page(visitor: Visitor) -> dict[str, str]:
    """Every page that can be reached from the first one and the welcome."""
    seen: dict[str, str] = {}
    waiting = ["", "welcome", "offline", *(f"repair/{name}" for name in ("stopped", "radio_gone", "clock_wrong"))]
    while waiting:
        path = waiting.pop()
        if path in seen or path in DOWNLOADS:
            continue
        seen[path] = await visitor.text(path)
        waiting += links_of(seen[path])
    return seen


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_renders_and_keeps_the_rules(visit: Visit, language: str) -> None:
    async def story(visitor: Visitor) -> None:
        pages = await every_page(visitor)
        assert {"", "diary", "diary/stored", "notices", "settings", "settings/licences", "welcome/unit"} <= set(pages)
        for path, html in pages.items():
            checker = Checker(html)
            assert checker.complaints == [], path
            assert checker.headings.count(1) == 1, path
            assert all(later - earlier <= 1 for earlier, later in pairwise(checker.headings)), path
            assert f'<html lang="{language}"' in html, path
            assert re.search(r"<title>[^<·]+ · Bluezone</title>", html), path
            assert 'id="main"' in html, path
            assert re.search(r"%\(\w+\)[sd]|\{\{|\{%", html) is None, path

    visit(story, language=language)


def test_every_link_leads_to_a_page(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        for path in {link for html in (await every_page(visitor)).values() for link in links_of(html)}:
            assert (await visitor.get(path)).status_code == 200, path

    visit(story)


def test_first_page_with_all_it_needs_is_small(visit: Visit) -> None:
    """60 KB gzipped, fonts and scripts and all, so that it opens on a cheap phone over 3G."""

    async def story(visitor: Visitor) -> None:
        for path in ("", "welcome"):
            response = await visitor.get(path, **{"accept-encoding": "gzip"})
            assert response.headers["content-encoding"] == "gzip"
            total = len(gzip.compress(response.content, 6))
            wanted = set(statics_of(response.text))
            base = next(name for name in wanted if name.endswith("look/base.css"))
            fonts = re.findall(r'url\("([^"]+)"\)', (await visitor.get(base)).text)
            wanted |= {f"{base.rsplit('/', 1)[0]}/{font}" for font in fonts}
            assert len(fonts) == 3
            for name in wanted:
                answer = await visitor.get(name)
                assert answer.status_code == 200, name
                compressed = answer.headers.get("content-encoding") == "gzip"
                total += int(answer.headers["content-length"]) if compressed else len(answer.content)
            assert total < FIRST_PAGE_BYTES

    visit(story)


def test_unknown_pages_say_so_in_the_same_look(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        for path in ("nowhere", "diary/2020-13-40", "diary/1999-01-01", "repair/none", "welcome/five"):
            response = await visitor.get(path)
            assert response.status_code in {400, 404}, path
            assert "Không có trang nào ở địa chỉ này." in response.text
            assert Checker(response.text).complaints == []

    visit(story)


def test_a_failure_shows_its_code_and_no_traceback(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(visitor: Visitor) -> None:
        def broken() -> None:
            raise ZeroDivisionError("the owner's words")

        monkeypatch.setattr(visitor.phone, "stored", broken)
        response = await visitor.get("diary/stored")
        assert response.status_code == 500
        assert "internal_error" in response.text
        assert "owner's words" not in response.text
        assert "Dữ liệu trên máy vẫn an toàn." in response.text

    visit(story)


def test_what_the_owner_typed_is_never_markup(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        html = await visitor.text('settings?done="><script>x</script>')
        assert "<script>x" not in html

    visit(story)
