"""`enclave policy`, as an administrator types it: on a folder of policy files and on a home."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from enclave.cli.main import app
from enclave.wiring.home import make_home
from enclave.wiring.packaged import packaged_policies
from enclave.wiring.policies import policies_of

FILE = "projects/P-2026-014.yaml"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = make_home(tmp_path_factory.mktemp("made") / "home", policies=packaged_policies())
    policies_of(made)  # what was parsed once is not parsed again
    return made.root


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    shutil.copytree(template, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def folder(home: Path) -> Path:
    return home / "policies"


def policy(*words: object, given: str | None = None) -> Result:
    return CliRunner().invoke(app, ["policy", *map(str, words)], input=given)


def told(result: Result) -> Any:
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return json.loads(result.stdout)


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_explain_says_what_why_until_when_and_what_would_be_refused(folder: Path) -> None:
    words = ("explain", "P-2026-014", "--home", folder.parent, "--person", "researcher@northbridge.example")
    said = policy(*words, "--at", "2026-12-01T09:00:00").stdout
    for part in (
        "Purpose: Research into education.",
        "researcher@northbridge.example is on this project as researcher.",
        "until the end of 31 March 2028 (Europe/London): then the project ends",
        "fsm_eligible (tier 2): add up, choose people by and make tables by. Why: Main exposure.",
        "Less sensitive data: An area measure",
        "absence in any other year: year-not-in-project",
        "ks4_pupil.p8, to choose people by or make tables by: field-use",
        "any use for contact with individuals, decisions about individuals, immigration enforcement, marketing",
        "with tier 1 after 2 checkers agree",
    ):
        assert part in said, part
    assert "surname" not in said


def test_explain_says_why_somebody_can_ask_nothing_now(folder: Path) -> None:
    late = policy("explain", "P-2026-014", "--home", folder.parent, "--at", "2031-01-01T09:00:00").stdout
    assert "Now nobody may ask anything: today is 1 January 2031." in late
    stranger = ("--person", "researcher@elsewhere.example")
    assert (
        "is not on this project. Every query would be refused: not-on-project"
        in policy("explain", "P-2026-014", "--home", folder.parent, *stranger).stdout
    )


@pytest.mark.parametrize(("project", "person"), [("P-1", None), ("P-2026-014", "nobody@nowhere.example")])
def test_explain_of_nothing_is_a_wrong_use(folder: Path, project: str, person: str | None) -> None:
    named = [] if person is None else ["--person", person]
    assert policy("explain", project, "--home", folder.parent, *named).exit_code == 2


def test_the_cases_of_the_demo_hold_and_one_that_fails_is_pointed_at(folder: Path) -> None:
    good = policy("test", "--home", folder.parent)
    assert (good.exit_code, good.stdout.split("\n")[-2]) == (0, "14 cases")
    tests = folder / "projects" / "P-2026-014.tests.yaml"
    change(
        tests, "refused: individual-rows, line: 1, column: 8", "refused: individual-rows, line: 1, column: 9"
    )
    change(tests, "cells: [c, ok, c, ok]", "cells: [c, ok, ok, ok]")
    bad = policy("test", "--home", folder.parent)
    assert bad.exit_code == 1
    assert "the refusal points at 1:8, and should at 1:9" in bad.stdout
    assert "the cells are c, ok, c and ok, and should be c, ok, ok and ok" in bad.stdout


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("refused: not-on-project", "allowed: true", "it is refused (not-on-project), and should be allowed"),
        (
            "refused: not-on-project",
            "refused: project-ended",
            "it is refused with not-on-project, and should be",
        ),
        ("field: ks4_pupil.p8", "field: ks4_pupil.p9", "the refusal does not name ks4_pupil.p9"),
        ("route: { checkers: 1 }", "route: { checkers: 3 }", "its route is { checkers: 1 }, and should be"),
        (
            "allowed: true, route: { checkers: 2 }",
            "refused: field-use",
            "it is allowed ({ checkers: 2 }), and",
        ),
    ],
)
def test_a_case_that_expects_the_wrong_thing_is_told_what_was_found(
    folder: Path, old: str, new: str, said: str
) -> None:
    change(folder / "projects" / "P-2026-014.tests.yaml", old, new)
    assert said in policy("test", "--home", folder.parent).stdout


def test_fmt_mends_form_and_leaves_what_files_say(folder: Path) -> None:
    assert policy("fmt", "--home", folder.parent, "--check").exit_code == 0, "the product's own are in form"
    file = folder / FILE
    good = file.read_bytes()
    file.write_bytes(good.replace(b"\ndates:", b"\n\n  \n\ndates:  ").replace(b"\n", b"\r\n"))
    assert policy("fmt", "--home", folder.parent, "--check").exit_code == 1
    assert policy("fmt", "--home", folder.parent).stdout == f"changed {FILE}\n"
    assert file.read_bytes() == good
    file.write_text("id: [", "utf-8")
    assert policy("fmt", "--home", folder.parent).exit_code == 1
    assert file.read_text("utf-8") == "id: ["


def test_a_diff_says_what_each_change_does(home: Path) -> None:
    change(home / "policies" / FILE, "  - { id: researcher@northbridge.example, role: researcher }\n", "")
    found = told(policy("diff", "HEAD", "--home", home, "--json"))
    assert (found["effect"], found["replayed"]) == ("NARROWS", [])
    assert [(one["subject"], one["what"], one["effect"]) for one in found["changes"]] == [
        ("P-2026-014 people", "researcher@northbridge.example", "NARROWS")
    ]
    said = policy("diff", "HEAD", "files", "--home", home).stdout
    assert "NARROWS  P-2026-014 people researcher@northbridge.example  researcher -> nothing" in said
    assert policy("diff", "in-force", "--policies", home / "policies").exit_code == 2


ANSWERS = [
    "Attendance after a move",
    "northbridge-univresity",  # none of them: asked again
    "northbridge-university",
    "lead-researcher@northbridge.example",
    "researcher@northbridge.example",
    "education_research",
    'We study "moves": whether pupils who move miss more school.',
    "Councils can plan.",
    "",  # the default
    "Individual pupil information regulations",
    "DPIA-2026-077",
    "2026-02-31",  # no day: asked again
    "2026-02-10",
    "ETH-1",
    "2026-03-01",
    "DSP-1",
    "2026-03-02",
    "",  # no panel yet
    "2026-12-01",
    "2027-11-30",
    "2028-02-28",
    "npd-demo-1",
    "absence",
    "2023/24, 2024/25",
    "pmr_anon",
    "",
    "Count each pupil once",
    "persistent_absentee",
    "group",
    "The outcome",
    "The mean rate hides the few who miss most",
    "overall_year",
    "aggregate",
    "The second outcome",
    "",
    "school",
    "",
]


def test_new_asks_writes_and_checks_a_project(home: Path) -> None:
    done = policy("new", "P-2026-040", "--home", home, given="\n".join(ANSWERS) + "\n")
    assert done.exit_code == 0, done.output
    assert 'is none of them. Did you mean "northbridge-university"?' in done.output
    assert "a date was expected, in the form YYYY-MM-DD" in done.output
    assert "0 errors" in done.stdout
    said = policy("explain", "P-2026-040", "--home", home).stdout
    assert 'We study "moves": whether pupils who move miss more school.' in said
    assert "absence, 2023/24 and 2024/25" in said
    assert policy("fmt", "--home", home, "--check").exit_code == 0
    assert policy("new", "P-2026-040", "--home", home, given="").exit_code == 2, "never over another"


def test_versions_before_anything_was_applied_says_so(home: Path) -> None:
    assert policy("versions", "--home", home).stdout.startswith("Nothing was applied yet")
    assert told(policy("versions", "--home", home, "--json")) == []


def test_apply_from_the_command_line_waits_with_exit_code_1_and_is_confirmed(home: Path) -> None:
    first = policy("apply", "--home", home, "--reason", "the first", "--as", "admin@enclave.example")
    assert (first.exit_code, first.stdout[:22]) == (0, "Version 1 is in force ")
    file = home / "policies" / FILE
    change(file, 'use: [group, filter], why: "Compare boys', 'use: [group, filter, link], why: "Compare boys')
    shutil.rmtree(home / "policies" / ".git")
    commit(home / "policies")
    waits = policy("apply", "--home", home, "--reason", "DSP-26-0117", "--as", "admin@enclave.example")
    assert waits.exit_code == 1
    assert "error[second-admin] this version WIDENS 1 grant and needs a second administrator" in waits.stdout
    assert policy("apply", "--home", home, "--confirm", "2", "--as", "admin@enclave.example").exit_code == 2
    assert policy("apply", "--home", home, "--confirm", "2", "--as", "admin-2@enclave.example").exit_code == 0
    (one, two) = told(policy("versions", "--home", home, "--json"))
    assert (one["in_force"], two["in_force"], two["reason"]) == (False, True, "DSP-26-0117")


def commit(folder: Path) -> None:
    named = [
        "-c",
        "user.name=Somebody",
        "-c",
        "user.email=admin@enclave.example",
        "-c",
        "commit.gpgsign=false",
    ]
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "A change"]):
        subprocess.run(["git", *named, *words], cwd=folder, check=True, capture_output=True)
