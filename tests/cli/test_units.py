"""`bluezone units`: the tree from a file, and finding one's way in it."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run


def test_hung_yen_is_loaded_once_and_found_without_marks(bluezone: Run) -> None:
    assert bluezone("units", "--data", "d", "load").stdout == "Loaded: 172 added, 0 changed, 0 as they were.\n"
    assert bluezone("units", "--data", "d", "load").stdout == "Loaded: 0 added, 0 changed, 172 as they were.\n"
    found = bluezone("units", "--data", "d", "find", "lam", "son")
    assert found.stdout == "   11950  phường Lam Sơn, thành phố Hưng Yên, tỉnh Hưng Yên\n"


def test_a_file_with_faults_loads_nothing_and_names_every_line(bluezone: Run, tmp_path: Path) -> None:
    (tmp_path / "units.csv").write_text("code,type,name,parent_code\n1,tỉnh,A,\n2,huyện,,1\nx,xã,C,1\n", "utf-8")
    refused = bluezone("units", "--data", "d", "load", "units.csv")
    assert refused.returncode == 1
    assert "line 3: the name is empty" in refused.stderr
    assert "line 4: the code “x”" in refused.stderr
    assert refused.stderr.strip().endswith("[units_file_invalid]")
    assert bluezone("units", "--data", "d", "find", "A").returncode == 1


def test_a_rename_takes_effect_on_its_day(bluezone: Run, tmp_path: Path) -> None:
    for name, day in (("A", "2020-01-01"), ("B", "2020-08-03")):
        (tmp_path / "units.csv").write_text(f"code,type,name,parent_code\n1,tỉnh,{name},\n", "utf-8")
        loaded = bluezone("units", "--data", "d", "load", "units.csv", "--from", day)
    assert loaded.stdout == "Loaded: 0 added, 1 changed, 0 as they were.\n"
    assert bluezone("units", "--data", "d", "find", "1").stdout == "       1  tỉnh B\n"
