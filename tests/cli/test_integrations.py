"""`bluezone fhir`, `bluezone godata` and `bluezone dhis2` as an operator runs them, against servers on this machine."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluezone.server import Settings, create_core
from tests.cli.conftest import Run
from tests.server.casework.support import outbreak, plant_province
from tests.server.exchange import dhis2d, godatad


@pytest.fixture
def data(tmp_path: Path) -> Path:
    core = create_core(Settings(data_dir=tmp_path / "d"))
    core.database.migrate()
    plant_province(core)
    outbreak(core, ill=3, exposed_each=2)
    core.database.close_now()
    return tmp_path / "d"


@pytest.fixture
def godata(data: Path, tmp_path: Path) -> Iterator[godatad.GoDataServer]:
    with godatad.serving(godatad.GoDataServer()) as server:
        chosen = server.settings(tmp_path)
        (tmp_path / "s.toml").write_text(
            f'[godata]\nurl = "{chosen.url}"\noutbreak = "{chosen.outbreak}"\nemail = "{chosen.email}"\n'
            'password_file = "godata-password"\n',
            "utf-8",
        )
        yield server


@pytest.fixture
def dhis2(data: Path, tmp_path: Path) -> Iterator[dhis2d.Dhis2Server]:
    with dhis2d.serving(dhis2d.Dhis2Server()) as server:
        server.settings(tmp_path)
        (tmp_path / "s.toml").write_text(
            f'[dhis2]\nurl = "http://127.0.0.1:{server.port}"\ntoken_file = "dhis2-token"\n', "utf-8"
        )
        yield server


def test_a_bundle_is_a_private_file_that_is_not_written_over(bluezone: Run, data: Path, tmp_path: Path) -> None:
    run = lambda *options, **more: bluezone("fhir", "--data", "d", "export", "--out", "b.json", *options, **more)  # noqa: E731
    done = run()
    assert done.stdout == "Wrote b.json without names, readable by you alone.\n", done.stderr
    file = tmp_path / "b.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_bytes())["resourceType"] == "Bundle"
    again = run(lang="vi")
    assert again.returncode == 1
    assert "Đã có tệp b.json" in again.stderr
    assert run("--identified").returncode == 2
    assert "with names" in run("--force", "--identified", "--reason", "bệnh viện tỉnh cần").stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_tables_for_epicontacts_are_private_files(bluezone: Run, data: Path, tmp_path: Path) -> None:
    done = bluezone("epicontacts", "--data", "d", "export", "--out", "r")
    assert done.stdout.startswith("Wrote r/linelist.csv without names"), done.stderr
    assert {file.name for file in (tmp_path / "r").iterdir()} == {"linelist.csv", "contacts.csv"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "r").iterdir()} == {0o600}
    assert bluezone("epicontacts", "--data", "d", "export", "--out", "r").returncode == 1


def test_an_outbreak_is_brought_to_godata_and_fetched(
    bluezone: Run, godata: godatad.GoDataServer, tmp_path: Path
) -> None:
    run = lambda *arguments, **more: bluezone("godata", "--settings", "s.toml", "--data", "d", *arguments, **more)  # noqa: E731
    assert run("locations", "--out", "places.json").returncode == 0
    looked = run("push", "--dry-run")
    assert looked.stdout.startswith("Looked only, nothing was written at Go.Data:\n  Cases: 3 made"), looked.stderr
    assert "people live where Go.Data has no location" in looked.stdout
    assert godata.people == {}
    godata.load_locations((tmp_path / "places.json").read_bytes())
    pushed = run("push", "--reason", "đưa vào Go.Data của tỉnh")
    assert pushed.returncode == 0, pushed.stderr
    assert "  Cases: 3 made, 0 changed, 0 moved here, 0 as they were\n" in pushed.stdout
    fetched = run("pull", "--out", "from")
    assert fetched.stdout.startswith("Go.Data has 3 cases"), fetched.stderr
    assert {file.name for file in (tmp_path / "from").iterdir()} == {"ca-benh.xlsx", "tiep-xuc.xlsx"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "from").iterdir()} == {0o600}
    godata.faults.extend([""] * 7 + [422])
    next(iter(godata.people.values()))["documents"] = []
    refused = run("push", "--reason", "đưa vào Go.Data của tỉnh", lang="vi")
    assert (refused.returncode, "Không nhận (Ca bệnh)" in refused.stdout) == (1, True)
    assert "  Ca bệnh: thêm 0, sửa 0, chuyển loại 0, giữ nguyên 2\n" in refused.stdout


def test_a_week_is_sent_to_dhis2_and_conflicts_end_with_an_exit_code(
    bluezone: Run, dhis2: dhis2d.Dhis2Server, tmp_path: Path
) -> None:
    run = lambda *arguments, **more: bluezone("dhis2", "--settings", "s.toml", "--data", "d", *arguments, **more)  # noqa: E731
    before = run("push", "--week", "2020W32")
    assert before.returncode == 1
    assert "0 created, 0 updated, 1720 ignored.\n" in before.stdout
    assert "Conflict: Data element not found or not accessible: `BZ_CASES_NEW` (E7610).\n" in before.stdout
    assert run("metadata", "--out", "m.json").stdout == "Wrote m.json.\n"
    assert run("metadata").stdout == "183 created, 0 updated, 0 ignored.\n"
    assert run("push", "--week", "2020W32", "--dry-run").stdout.startswith("DHIS2 only checked and kept nothing:\n1720")
    assert dhis2.values == {}
    assert run("push", "--week", "2020W32", lang="vi").stdout == "Thêm 1720, sửa 0, bỏ qua 0.\n"
    assert "Không có tuần như vậy." in run("push", "--week", "2020W60", lang="vi").stderr


def test_without_settings_a_command_says_what_is_missing(bluezone: Run, data: Path) -> None:
    told = bluezone("godata", "--data", "d", "push", "--dry-run", lang="vi")
    assert (told.returncode, "[link_not_set]" in told.stderr) == (1, True)
