"""What goes wrong is told in Vietnamese: the project's own faults and what click says by itself."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from bluezone.cli.faults import told, vietnamese
from bluezone.cli.phone import FAULTS_VI
from bluezone.phone import FaultName
from scripts import catalogues, reference
from tests.cli.conftest import Run

PLACEHOLDER = re.compile(r"\{\w+")
CLICKS_ENGLISH = re.compile(
    r"Usage|Options|OPTIONS|COMMAND|Commands|Show |default|required|Error|TEXT|INTEGER|FLOAT|DIRECTORY"
)


def test_every_code_has_a_vietnamese_sentence_and_none_is_left_over() -> None:
    codes = {error.code for error in reference.errors()}
    assert codes - vietnamese().keys() == set()
    assert vietnamese().keys() - codes == set()


@pytest.mark.parametrize("code", sorted(vietnamese()))
def test_a_sentence_is_whole_and_at_most_two(code: str) -> None:
    text = vietnamese()[code].text
    assert unicodedata.is_normalized("NFC", text)
    assert text[0].isupper()
    assert text.endswith(".")
    assert len(re.findall(r"[.?!](?= |$)", text)) <= 2


@pytest.mark.parametrize(
    ("lang", "codes", "said"),
    [
        ("vi", ("no_keys",), "Lần gửi này không có khóa nào. Hãy chọn ít nhất một ngày. [no_keys]"),
        ("vi", ("receiver_unknown",), "(There is no receiver 7) [receiver_unknown]"),
        ("vi", ("of_a_newer_server",), "There is no receiver 7. [of_a_newer_server]"),
        ("vi", ("of_a_newer_server", "no_keys"), "Hãy chọn ít nhất một ngày. [no_keys]"),
        ("en", ("no_keys",), "There is no receiver 7. [no_keys]"),
    ],
)
def test_the_english_is_kept_where_it_names_something_or_nothing_else_is_known(
    lang: str, codes: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bluezone.cli.language._language", lang)
    assert told("There is no receiver 7.", *codes).endswith(said)


def test_every_fault_of_a_phone_has_a_vietnamese_sentence() -> None:
    assert set(FAULTS_VI) == set(FaultName)


def test_a_failing_command_is_told_in_vietnamese(bluezone: Run, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("no archive")
    damaged = bluezone("archive", "show", "a.zip", lang="vi")
    assert damaged.returncode == 1
    assert (
        damaged.stderr == "bluezone: Tệp khóa bị hỏng hoặc không phải tệp zip. Hãy tải lại tệp. [archive_unreadable]\n"
    )


def test_what_a_file_has_wrong_is_named_after_the_vietnamese(bluezone: Run, tmp_path: Path) -> None:
    (tmp_path / "heard.csv").write_text("time,rssi\n1,-60\n")
    refused = bluezone("replay", "heard.csv", lang="vi")
    assert refused.returncode == 1
    assert refused.stderr.startswith("bluezone: Bản ghi có cột thiếu, lạ hoặc lặp lại. Hãy sửa tên cột")
    assert "(The column identifier is missing;" in refused.stderr
    assert refused.stderr.endswith(" [recording_column_wrong]\n")


@pytest.mark.parametrize(
    "command", [(), ("run",), ("town",), ("archive",), ("archive", "build"), ("serve",), ("code", "issue")]
)
def test_help_says_nothing_in_english_by_itself(command: tuple[str, ...], bluezone: Run) -> None:
    shown = bluezone(*command, "--help", lang="vi")
    assert shown.returncode == 0
    assert shown.stdout.startswith("Cách dùng: bluezone")
    assert CLICKS_ENGLISH.findall(shown.stdout) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("foo",), "Lỗi: Không có lệnh 'foo'."),
        (("archive", "verify"), "Lỗi: Thiếu tham số 'FILE'."),
        (
            ("archive", "show", "--limt", "3", "a.zip"),
            "Lỗi: Không có tùy chọn '--limt'. Có phải bạn muốn gõ '--limit'?",
        ),
        (("archive", "show", "a.zip", "b.zip"), "Lỗi: Thừa tham số (b.zip)."),
        (("town", "--phones", "99"), "Lỗi: Giá trị của '--phones' không dùng được: 99 nằm ngoài khoảng 1<=x<=26."),
        (("replay", "none"), "không có 'none'; hãy kiểm tra lại đường dẫn."),
        (("code", "issue", "f9"), "'f9' không có trong danh sách: 'f0', 'likely', 'f1'."),
    ],
)
def test_a_mistyped_command_is_told_in_vietnamese(arguments: tuple[str, ...], said: str, bluezone: Run) -> None:
    refused = bluezone(*arguments, lang="vi")
    assert refused.returncode == 2
    assert said in refused.stderr
    assert "--help' để xem hướng dẫn." in refused.stderr
    assert not CLICKS_ENGLISH.search(refused.stderr)


def test_clicks_words_are_those_of_the_installed_click_and_all_translated() -> None:
    current, extracted = catalogues.current(catalogues.CLICK), catalogues.extracted(catalogues.CLICK)
    assert {message.id for message in current} - {""} == {message.id for message in extracted} - {""}
    assert catalogues.missing(current) == []
    assert catalogues.CLICK.catalogue.with_suffix(".mo").read_bytes() == catalogues.compiled(current)


def test_clicks_words_are_filled_in_with_what_click_gives() -> None:
    for message in catalogues.current(catalogues.CLICK):
        sources, targets = (
            " ".join([text] if isinstance(text, str) else text) for text in (message.id, message.string or "")
        )
        assert set(PLACEHOLDER.findall(targets)) <= set(PLACEHOLDER.findall(sources))
        assert unicodedata.is_normalized("NFC", targets)
