"""What a reader of the repository may rely on."""

from __future__ import annotations

import ast
import re
import unicodedata
from pathlib import Path

import pytest

LONGEST_MODULE = 600
PICTURES_AND_ARCHIVES = {
    ".png", ".jpg", ".ico", ".woff2", ".ttf", ".otf", ".mo", ".zip", ".bin", ".sig", ".sqlite", ".btsnoop", ".gz",
}  # fmt: skip
# Put together here so that this file does not contain what it looks for.
MACHINE = re.compile(
    r"(?<![\w.])/(?:work|root|opt)/[a-z]"
    r"|/(?:home|Users)/[a-z]\w+/"
    r"|files\.python" + "hosted"
    r"|pypi\.org/" + "simple"
    r"|(?<!emit-)index" + "-url"
)  # fmt: skip
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE_BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#+) ", re.MULTILINE)
TEST_NAME = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@pytest.fixture(scope="module")
def texts(tracked: list[Path]) -> dict[Path, str]:
    return {path: path.read_text("utf-8") for path in tracked if path.suffix not in PICTURES_AND_ARCHIVES}


def test_files_name_no_machine_and_no_registry(texts: dict[Path, str], root: Path) -> None:
    found = [
        f"{path.relative_to(root)}: {match.group()}" for path, text in texts.items() for match in MACHINE.finditer(text)
    ]
    assert found == []


def test_locks_pin_every_library_by_hash_and_name_no_address(root: Path) -> None:
    for name in ("run.txt", "dev.txt"):
        lock = (root / "requirements" / name).read_text("utf-8")
        assert "://" not in lock
        entries = re.split(r"\n(?=[a-z0-9])", lock.strip())
        assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_everything_that_runs_was_tested_at_the_same_version(root: Path) -> None:
    run, dev = (
        set(re.findall(r"^[a-z0-9][^ ;]*==[^ ;]+", (root / "requirements" / name).read_text("utf-8"), re.MULTILINE))
        for name in ("run.txt", "dev.txt")
    )
    assert run <= dev


def test_text_is_composed_unicode(texts: dict[Path, str], root: Path) -> None:
    """Vietnamese letters are single characters (NFC), so that searching and sorting work everywhere."""
    assert [path.relative_to(root) for path, text in texts.items() if not unicodedata.is_normalized("NFC", text)] == []


def test_modules_hold_one_idea(texts: dict[Path, str], root: Path) -> None:
    long = {
        str(path.relative_to(root)): count
        for path, text in texts.items()
        if path.suffix == ".py" and not path.stem.endswith("_pb2")
        if (count := len(text.splitlines())) > LONGEST_MODULE
    }
    assert long == {}


def test_readmes_are_of_equal_weight(root: Path) -> None:
    vietnamese, english = ((root / name).read_text("utf-8") for name in ("README.md", "README.en.md"))
    assert HEADING.findall(vietnamese) == HEADING.findall(english)
    assert CODE_BLOCK.findall(vietnamese) == CODE_BLOCK.findall(english)
    assert vietnamese.count("\n- ") == english.count("\n- ")
    assert "README.en.md" in vietnamese.splitlines()[0]
    assert "README.md" in english.splitlines()[0]


def test_manual_has_every_guide_in_both_languages(root: Path) -> None:
    vietnamese, english = ({path.name for path in (root / "docs" / language).iterdir()} for language in ("vi", "en"))
    assert vietnamese == english
    for name in vietnamese:
        pair = [(root / "docs" / language / name).read_text("utf-8") for language in ("vi", "en")]
        assert HEADING.findall(pair[0]) == HEADING.findall(pair[1]), name
        assert CODE_BLOCK.findall(pair[0]) == CODE_BLOCK.findall(pair[1]), name


def test_links_between_documents_lead_somewhere(texts: dict[Path, str], root: Path) -> None:
    broken = [
        f"{path.relative_to(root)}: {target}"
        for path, text in texts.items()
        if path.suffix == ".md"
        for target in LINK.findall(CODE_BLOCK.sub("", text))
        if "://" not in target and not target.startswith(("#", "mailto:"))
        if not (path.parent / target.split("#")[0]).exists()
    ]
    assert broken == []


def test_change_log_keeps_its_form(root: Path) -> None:
    text = (root / "CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert versions
    assert [
        one for one in versions if not re.fullmatch(r"\[Unreleased\]|\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", one)
    ] == []
    kinds = set(re.findall(r"^### (.+)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_decisions_say_context_decision_and_consequences(root: Path) -> None:
    decisions = sorted((root / "docs" / "decisions").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    for path in decisions:
        headings = re.findall(r"^## (.+)$", path.read_text("utf-8"), re.MULTILINE)
        assert {"Context", "Decision", "Consequences"} <= set(headings), path.name


@pytest.mark.parametrize("document", ["attacks.md", "asvs.md"])
def test_attacks_are_shown_by_tests_that_exist(root: Path, document: str) -> None:
    named = TEST_NAME.findall((root / "docs" / document).read_text("utf-8"))
    assert named
    missing = [f"{path}::{name}" for path, name in named if name not in functions_of(root / path)]
    assert missing == []


def test_every_attack_names_a_test_or_says_that_none_can_show_it(root: Path) -> None:
    sections = re.split(r"^## ", (root / "docs" / "attacks.md").read_text("utf-8"), flags=re.MULTILINE)[1:]
    assert [one.splitlines()[0] for one in sections if "**Shown by:**" not in one] == []


def test_pictures_fetch_nothing(tracked: list[Path], root: Path) -> None:
    outside = [
        f"{path.relative_to(root)}: {address}"
        for path in tracked
        if path.suffix == ".svg"
        for address in re.findall(r"https?://[^\s\"')]+", path.read_text("utf-8"))
        if not address.startswith("http://www.w3.org/")
    ]
    assert outside == []


def functions_of(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
