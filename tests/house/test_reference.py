"""The manual's reference pages say what the code says; `make docs` writes them again."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from bluezone.server import Settings
from scripts import reference


@pytest.mark.parametrize("name", sorted(reference.PAGES))
def test_reference_page_is_what_the_code_says(root: Path, name: str) -> None:
    written = (root / "docs" / name).read_text("utf-8")
    assert written == reference.PAGES[name](), f"docs/{name} is not up to date: run `make docs`"


def test_error_codes_are_unique() -> None:
    assert [code for code, count in Counter(error.code for error in reference.errors()).items() if count > 1] == []


def test_error_codes_are_the_names_of_their_errors() -> None:
    named = {error: re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", error.__name__).lower() for error in reference.errors()}
    assert {error: error.code for error, name in named.items() if error.code != name} == {}


def test_every_error_says_what_it_means() -> None:
    assert [error for error in reference.errors() if not (error.__doc__ or "").strip()] == []


def test_every_setting_is_described_once() -> None:
    described = [name for names, _ in reference.described_settings(Settings.__doc__ or "") for name in names]
    assert Counter(described) == Counter(reference.setting_names())
