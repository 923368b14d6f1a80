"""A whole deployment by the command line alone: made, filled, checked, asked. Each command is a process of its own."""

import json
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import done, enclave

RESEARCHER = ("--project", "P-2026-014", "--as", "researcher@northbridge.example")
ADMIN = ("--project", "P-2026-014", "--as", "admin@enclave.example")
ABSENCE = (
    "SELECT la_code, count(*) AS pupils FROM school_census_pupil "
    "WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL) "
    "GROUP BY la_code"
)
NAMES = "SELECT la_code, surname, count(*) AS pupils FROM school_census_pupil GROUP BY 1, 2"


def session(home: Path, questions: list[dict[str, Any]], *options: str) -> list[dict[str, Any]]:
    given = "".join(f"{json.dumps(question)}\n" for question in questions)
    return [json.loads(line) for line in done("batch", "--home", home, *options, given=given).splitlines()]


def test_a_new_home_keeps_its_keys_to_its_owner_and_its_policies_under_git(home: Path) -> None:
    keys = list((home / "state" / "keys").iterdir())
    assert keys
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}
    assert stat.S_IMODE((home / "state").stat().st_mode) == 0o700
    status = ["git", "-C", str(home / "policies"), "status", "--porcelain"]
    assert subprocess.run(status, capture_output=True, text=True, check=True).stdout == ""


def test_a_folder_with_something_in_it_does_not_become_a_home(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    ended = enclave("init", tmp_path)
    assert ended.returncode == 2
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_policies_of_a_new_home_have_no_errors(home: Path) -> None:
    assert json.loads(done("policy", "check", "--home", home, "--json")) == []


def test_an_error_in_a_policy_file_is_shown_at_its_place_and_the_check_ends_with_1(
    home: Path, tmp_path: Path
) -> None:
    done("init", tmp_path / "home", "--policies", home / "policies")
    project = tmp_path / "home" / "policies" / "projects" / "P-2026-014.yaml"
    project.write_text(project.read_text("utf-8").replace("kind: Project", "kind: Projct"), "utf-8")
    ended = enclave("policy", "check", "--home", tmp_path / "home")
    assert ended.returncode == 1
    assert ended.stdout.startswith("projects/P-2026-014.yaml:")
    annotated = enclave("policy", "check", "--home", tmp_path / "home", "--format", "github")
    assert annotated.stdout.startswith("::error file=projects/P-2026-014.yaml,line=")


def test_the_fields_of_a_project_are_listed_with_their_uses(home: Path) -> None:
    text = done("fields", "--home", home, *RESEARCHER, "--find", "absence")
    assert "overall_year" in text
    listed = json.loads(done("fields", "absence", "--home", home, *RESEARCHER, "--json"))
    assert [table["table"] for table in listed] == ["absence"]


def test_a_good_query_is_ok_and_no_data_is_needed_to_say_so(home: Path) -> None:
    ended = enclave("check", ABSENCE, "--home", home, *RESEARCHER)
    assert (ended.returncode, ended.stdout.split()[0]) == (0, "ok")


def test_a_refused_query_is_underlined_and_ends_with_3(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "names.sql"
    file.write_text(NAMES, "utf-8")
    ended = enclave("check", "-f", file, "--home", home, *RESEARCHER)
    assert ended.returncode == 3
    assert "This query cannot run: field-not-granted" in ended.stdout
    assert "^^^^^^^" in ended.stdout


def test_a_session_answers_each_line_in_order_whatever_becomes_of_the_others(home: Path) -> None:
    answers = session(
        home,
        [
            {"id": "good", "sql": ABSENCE},
            {"id": "names", "sql": NAMES},
            {"id": 3},
            {"id": "again", "sql": ABSENCE},
            {"id": "nothing", "sql": "SELECT 1 + 2 AS three, NULL AS nothing"},
        ],
        *RESEARCHER,
    )
    assert [(one["id"], one["status"]) for one in answers] == [
        ("good", "released"),
        ("names", "refused"),
        (3, "failed"),
        ("again", "released"),
        ("nothing", "released"),
    ]
    good = answers[0]
    assert [column["name"] for column in good["columns"]] == ["la_code", "pupils"]
    assert all(row[1] is None or row[1] >= 10 for row in good["rows"])
    assert answers[1]["problem"]["code"] == "field-not-granted"
    assert answers[1]["rows"] == []
    assert answers[3]["rows"] == good["rows"]
    assert answers[4]["rows"] == [[3, None]]


def test_an_answer_that_needs_checkers_is_held_and_shows_nothing(home: Path) -> None:
    types = (
        "SELECT sen_type_primary, count(*) AS pupils FROM school_census_pupil "
        "WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL) GROUP BY 1"
    )
    (answer,) = session(
        home,
        [{"id": "sen", "sql": types}],
        "--project",
        "P-2026-021",
        "--as",
        "researcher@elsewhere.example",
    )
    assert (answer["status"], answer["rows"], answer["cells"], answer["frame"]) == ("held", [], [], None)


def test_what_the_engine_runs_can_be_explained(home: Path) -> None:
    text = done("explain", "--sql", ABSENCE, "--home", home, *ADMIN)
    assert "GROUP BY" in text
    refused = enclave("explain", "--sql", ABSENCE, "--home", home, *RESEARCHER)
    assert refused.returncode == 3
    assert "no admin" in refused.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("check", "SELECT 1"),
        ("check", "SELECT 1", "--home", "nowhere", *RESEARCHER),
        ("nothing",),
        ("policy", "check", "--policies", "nowhere"),
        ("policy", "schema", "nothing"),
    ],
)
def test_a_command_that_cannot_be_understood_ends_with_2(words: tuple[str, ...]) -> None:
    assert enclave(*words).returncode == 2


def test_a_source_that_breaks_its_catalogue_is_refused_with_3(home: Path, tmp_path: Path) -> None:
    (tmp_path / "absence.parquet").write_bytes(b"PAR1")
    ended = enclave("data", "load", "--home", home, "--source", tmp_path, "--version", "broken-1")
    assert ended.returncode == 3
    assert "absence" in ended.stderr


def test_a_reader_who_has_seen_enough_ends_a_command_quietly() -> None:
    listing = [sys.executable, "-m", "enclave.cli.main", "policy", "schema"]
    ended = subprocess.run(
        f"{shlex.join(listing)} | head -c 10", shell=True, capture_output=True, text=True, check=True
    )
    assert (ended.stdout, ended.stderr) == ('{\n  "catal', "")


def test_help_and_a_mistyped_option_need_none_of_the_heavy_packages() -> None:
    heavy = "duckdb", "numpy", "pyarrow", "pydantic", "rich", "ruamel", "sqlglot"
    program = f"import sys, enclave.cli.main; print([name for name in {heavy!r} if name in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )


def test_output_that_is_no_terminal_has_no_colour(home: Path) -> None:
    refused = enclave("check", NAMES, "--home", home, *RESEARCHER)
    assert "\x1b" not in refused.stdout + refused.stderr + enclave("--help").stdout
