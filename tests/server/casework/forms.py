"""The fields that a browser would send of a form, as it stands in a page."""

from __future__ import annotations

from html.parser import HTMLParser


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self._form: dict[str, str] | None = None
        self._select: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag, attrs):
        held = dict(attrs)
        name, value = held.get("name"), held.get("value") or ""
        if tag == "form":
            self._form = {} if held.get("method") == "post" else None
            if self._form is not None:
                self.forms[held["action"]] = self._form
        elif self._form is None:
            return
        elif tag == "input" and name:
            if held.get("type") not in {"checkbox", "radio"} or "checked" in held:
                self._form[name] = value
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            if "selected" in held or self._select not in self._form:
                self._form[self._select] = value
        elif tag == "textarea":
            self._area = name
            self._form[name] = ""

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data):
        if self._area and self._form is not None:
            self._form[self._area] += data


def forms_of(page: str) -> dict[str, dict[str, str]]:
    """By where they go."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms


async def send(page, action, code=303, **fields):
    """Send the form of this page that goes to `action`, with these fields filled in."""
    return await page.post(action, forms_of(page.page)[action] | fields, code)
