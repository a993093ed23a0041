from __future__ import annotations

import json

from benchmarks.__main__ import main
from benchmarks.harness import Row
from benchmarks.report import save


def test_new_rows_take_the_place_of_their_module_alone(tmp_path):
    def saved(name: str, ours: float, at: str) -> None:
        save(name, [Row(what="what", ours=ours, unit="s", promise=2)], at, {"cpu": "any"}, tmp_path)

    saved("matching", 1, "first")
    saved("archive", 3, "second")
    saved("matching", 2, "third")
    latest = json.loads((tmp_path / "latest.json").read_text())
    assert {name: (entry["at"], entry["rows"][0]["ours"]) for name, entry in latest.items()} == {
        "archive": ("second", 3),
        "matching": ("third", 2),
    }
    assert latest["matching"]["rows"][0]["kept"] is True
    assert "ratio" not in latest["matching"]["rows"][0]
    history = [json.loads(line) for line in (tmp_path / "history.jsonl").read_text().splitlines()]
    assert [(entry["module"], entry["at"]) for entry in history] == [
        ("matching", "first"),
        ("archive", "second"),
        ("matching", "third"),
    ]


def test_unknown_benchmark_is_named_with_those_that_exist(capsys):
    assert main(["matchin"]) == 2
    told = capsys.readouterr().err
    assert "No benchmark is called matchin" in told
    assert "archive" in told
