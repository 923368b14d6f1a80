"""An admin, an auditor and the public over real HTTP."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from synthetic_data.questions import ABSENCE, NAMES, NEEDS, PROJECT
from tests.support.commands import done
from tests.support.people import Human

People = Callable[[str], Human]
RESEARCHER = "researcher@northbridge.example"
ADMIN = "admin@enclave.example"
LEAD = "lead-researcher@northbridge.example"
MOST_TRIES = 500


def read(url: str) -> tuple[str, dict[str, str]]:
    """A page as a browser gets it, without a sign-in."""
    with urlopen(url, timeout=60) as answer:
        return answer.read().decode(), {name.lower(): value for name, value in answer.headers.items()}


def test_an_admin_takes_a_release_back_and_the_register_keeps_saying_so(human: People, service: str) -> None:
    researcher, admin = human(RESEARCHER), human(ADMIN)
    output = researcher.told("query", ABSENCE.sql, "--name", "To be taken back")["output"]
    assert researcher.does("revoke", output, "--reason", "Mine").returncode == 3
    told = admin.did("revoke", output, "--reason", "Wrong year in the title", "--emergency")
    assert told == f"{output} is revoked.\n"
    ended = researcher.does("get", output)
    assert (ended.returncode, ended.stdout) == (4, "")
    assert ended.stderr.startswith("revoked: ")
    page, _ = read(f"{service}/register/{PROJECT}")
    assert re.search(rf"{output}</th><td[^>]*>To be taken back</td><td[^>]*>[^<]*; revoked", page)


def test_an_admin_reads_no_table(human: People) -> None:
    output = human(RESEARCHER).told("query", ABSENCE.sql)["output"]
    ended = human(ADMIN).does("get", output)
    assert (ended.returncode, ended.stdout) == (3, "")


def test_a_paused_project_is_closed_within_moments_and_opened_again(human: People, home: Path) -> None:
    person = human("researcher@elsewhere.example")
    file = home / "policies" / "projects" / "P-2026-021.yaml"
    before = file.read_text("utf-8")
    try:
        file.write_text(before.replace("status: active", "status: paused"), "utf-8")
        assert "project-ended" in ends_with(3, person)
    finally:
        file.write_text(before, "utf-8")
    assert ends_with(0, person).startswith("ok")


def ends_with(code: int, person: Human) -> str:
    """What a check says once it ends so; the policy files are looked at twice a second."""
    question = "SELECT nc_year, count(*) AS pupils FROM school_census_pupil GROUP BY nc_year"
    for _ in range(MOST_TRIES):
        ended = person.does("check", question)
        if ended.returncode == code:
            return ended.stdout
    raise AssertionError(f"still {ended.returncode}: {ended.stdout}")


def test_the_public_reads_the_register_without_a_sign_in(human: People, service: str) -> None:
    researcher = human(RESEARCHER)
    before = json.loads(read(f"{service}/api/v1/register/{PROJECT}")[0])["activity"]
    output = researcher.told("query", ABSENCE.sql, "--name", ABSENCE.name)["output"]
    researcher.does("query", NAMES.sql)
    after = json.loads(read(f"{service}/api/v1/register/{PROJECT}")[0])["activity"]
    assert after["queries_run"] == before["queries_run"] + 1
    assert after["queries_refused"] == before["queries_refused"] + 1
    release = after["releases"][0]
    assert (release["output"], release["title"]) == (output, ABSENCE.name)
    assert isinstance(release["audit_leaf"], int)
    page, headers = read(f"{service}/register")
    assert "Who uses pupil data, and why" in page
    assert "made up" in page
    assert "<script>" not in page
    assert headers["content-security-policy"].startswith("default-src 'self'; script-src 'self'")
    assert re.search(rf"<th[^>]*>{output}</th>", read(f"{service}/register/{PROJECT}")[0])
    feed, headers = read(f"{service}/register.atom")
    assert headers["content-type"].startswith("application/atom+xml")
    assert f"<title>Released: {ABSENCE.name}</title>" in feed
    assert "sen_type_primary" in read(f"{service}/register.csv")[0]


def test_the_register_on_the_command_line_needs_no_sign_in(service: str) -> None:
    listed = done("register", "--service", service)
    assert "P-2026-014" in listed
    assert "Police: 0 requests, 0 records given" in listed
    entry = done("register", PROJECT, "--service", service)
    assert re.search(r"sen_type_primary +tier 1 +Absence differs by type of need", entry)


def test_who_may_adds_a_line_to_the_register_from_the_command_line(human: People, service: str) -> None:
    line = ("--title", "A paper on absence", "--text", "Journal of Schools", "--url", "https://example.org/1")
    assert "On the register: publication" in human(LEAD).did("note", "publication", PROJECT, *line)
    assert "Journal of Schools" in read(f"{service}/register/{PROJECT}")[0]
    ended = human(RESEARCHER).does(
        "note", "incident", PROJECT, "--title", "A laptop", "--text", "It was lost"
    )
    assert (ended.returncode, ended.stderr.split(":")[0]) == (3, "forbidden")
    told = human(ADMIN).told("note", "incident", PROJECT, "--title", "A laptop", "--text", "It was lost")
    assert isinstance(told["audit_leaf"], int)


def test_what_is_not_released_is_not_on_the_register(human: People, service: str) -> None:
    researcher = human(RESEARCHER)
    query = researcher.told("query", NEEDS.sql, "--name", "Not to be seen yet", code=4)["id"]
    output = researcher.told("ask-release", query, "--why", "A secret reason")["id"]
    for address in (
        f"/register/{PROJECT}",
        f"/api/v1/register/{PROJECT}",
        "/api/v1/register",
        "/register",
        "/register.atom",
        "/register.csv",
    ):
        page = read(service + address)[0]
        assert "Not to be seen yet" not in page
        assert "A secret reason" not in page
        assert not re.search(rf"\b{output}\b", page)


@pytest.mark.parametrize("path", ["/me", "/queries", "/outputs", "/queue", f"/projects/{PROJECT}/fields"])
def test_nothing_else_is_read_without_a_sign_in(path: str, service: str) -> None:
    with pytest.raises(HTTPError) as refused:
        read(f"{service}/api/v1{path}")
    assert refused.value.code == 401
    assert json.loads(refused.value.read())["code"] == "unauthenticated"
    refused.value.close()


def test_the_log_can_be_verified_while_the_service_runs(human: People, home: Path, service: str) -> None:
    human(RESEARCHER).did("query", ABSENCE.sql)
    assert read(f"{service}/audit/checkpoint")[0].count("\n") >= 4
    assert done("audit", "verify", "--home", home).startswith("ok: ")
