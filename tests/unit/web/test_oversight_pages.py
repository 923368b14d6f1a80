"""Pages of admins and auditors: they show the whole house, to nobody else, and change nothing."""

import re
from datetime import date

import httpx2
import pytest

from enclave.actions.check_policy import load_policies
from enclave.audit import Kind
from enclave.terms import PersonId
from tests.support.service import (
    ADMIN,
    ASKS,
    AUDITOR,
    CHECKERS,
    LAPSED,
    REFUSED,
    STEWARD,
    THIS,
    Files,
    edit_yaml,
    write_service_policies,
)
from tests.support.web import ANYBODY, Web

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PAGES = (
    "/oversight",
    "/oversight/projects",
    f"/oversight/projects/{THIS}",
    "/oversight/people",
    "/oversight/data",
    "/oversight/jobs",
    "/oversight/record",
    "/oversight/versions",
)


def get(web: Web, path: str, person: PersonId = ADMIN, **asked: str) -> httpx2.Response:
    signed = {} if person == ANYBODY else {"Authorization": f"Bearer {web.token(person)}"}
    return web.client.get(path, params=asked, headers={**BROWSER, **signed}, follow_redirects=False)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("person", [ADMIN, AUDITOR])
def test_admins_and_auditors_see_each_page(shared: Web, path: str, person: PersonId) -> None:
    answer = get(shared, path, person)
    assert answer.status_code == 200, answer.text
    assert answer.text.count("<h1") == 1
    assert 'aria-current="page"' in answer.text


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("person", [ASKS, CHECKERS[0], LAPSED])
def test_nobody_else_does(shared: Web, path: str, person: PersonId) -> None:
    assert get(shared, path, person).status_code == 403


@pytest.mark.parametrize("path", PAGES)
def test_a_data_steward_sees_the_data_versions_and_nothing_else(shared: Web, path: str) -> None:
    assert get(shared, path, STEWARD).status_code == (200 if path == "/oversight/data" else 403)


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_signs_in_first(shared: Web, path: str) -> None:
    assert get(shared, path, ANYBODY).status_code in (302, 303)


def test_the_house_has_policy_sandbox_and_log(shared: Web) -> None:
    page = get(shared, "/oversight").text
    for words in (shared.service.policies.content_hash[:16], "level 3", "Floors of the house"):
        assert words in page


def test_people_are_listed_with_what_they_lack_and_what_ends(shared: Web) -> None:
    page = get(shared, "/oversight/people").text
    assert re.search(rf"{LAPSED}.{{0,400}}May do nothing", page, re.DOTALL)
    assert not re.search(rf"{ASKS}<br>.{{0,400}}May do nothing", page, re.DOTALL)
    assert "accreditation:" in page
    assert f'href="/oversight/projects/{THIS}"' in page


def test_what_ends_soonest_comes_first_and_is_marked(web: Web) -> None:
    web.service.clock.move(days=740)
    page = get(web, "/oversight/people").text
    assert "over</strong>" in page or "days</strong>" in page


def test_projects_are_found_by_a_word(shared: Web) -> None:
    assert str(THIS) in get(shared, "/oversight/projects", find=THIS.lower()).text
    assert "0 projects" in get(shared, "/oversight/projects", find="nothing of the kind").text
    assert get(shared, "/oversight/projects/P-0").status_code == 404


def test_jobs_that_wait_are_listed_without_their_text(web: Web) -> None:
    web.workers.asleep = True
    web.call("POST", "/queries", body={"project": THIS, "sql": "SELECT count(*) AS hush FROM patient"})
    page = get(web, "/oversight/jobs").text
    assert "1 job running or waiting" in page
    assert "hush" not in page


def test_the_record_is_read_by_kind_project_and_person(web: Web) -> None:
    web.released()
    web.ask(REFUSED)
    everything = get(web, "/oversight/record").text
    assert "query.asked" in everything
    refused = get(web, "/oversight/record", AUDITOR, kind=Kind.QUERY_REFUSED.value).text
    assert "1 entry" in refused
    assert "0 entries" in get(web, "/oversight/record", project="P-0").text
    assert "0 entries" in get(web, "/oversight/record", actor="nobody@example").text
    assert get(web, "/oversight/record", kind="no such kind").status_code == 400


def test_no_page_of_overseers_has_the_text_of_a_query_or_a_cell(web: Web) -> None:
    web.call(
        "POST",
        "/queries",
        body={"project": THIS, "sql": "SELECT count(*) AS hush FROM patient", "name": "Hush"},
    )
    for path in PAGES:
        assert "hush" not in get(web, path).text.casefold()


def with_files(web: Web) -> Web:
    """What is in force stands in the files of the home, too."""
    folder = web.folder / "policies"
    write_service_policies(folder)
    web.service.policies = load_policies(folder, today=web.service.clock.now().date())
    return web


def for_longer(project: Files) -> None:
    dates = project["dates"]
    assert isinstance(dates, dict)
    dates["ends"] = date(2029, 6, 30)


def test_files_that_are_as_what_is_in_force_differ_in_nothing(web: Web) -> None:
    page = get(with_files(web), "/oversight/versions/files").text
    assert "Nothing differs." in page
    assert "No file differs." in page
    assert 'id="file"' in get(web, f"/oversight/projects/{THIS}").text


def test_what_widens_access_is_said_to(web: Web) -> None:
    edit_yaml(with_files(web).folder / f"policies/projects/{THIS}.yaml", for_longer)
    page = get(web, "/oversight/versions/files").text
    assert "It widens access" in page
    assert "It needs a second administrator." in page
    assert "2029-06-30" in page


def test_past_queries_are_tried_when_somebody_asks(web: Web) -> None:
    web.released()
    edit_yaml(
        with_files(web).folder / f"policies/projects/{THIS}.yaml",
        lambda project: project.update(status="paused"),
    )
    asked = get(web, "/oversight/versions/files").text
    assert "Try past queries against it" in asked
    tried = get(web, "/oversight/versions/files", replay="yes").text
    assert "Q-1: allowed, automatic_if_clear before, project-ended after" in tried


def test_files_with_an_error_are_told_as_such(web: Web) -> None:
    path = with_files(web).folder / f"policies/projects/{THIS}.yaml"
    path.write_text("status: [", "utf-8")
    answer = get(web, "/oversight/versions/files")
    assert answer.status_code == 409
    assert f"projects/{THIS}.yaml" in answer.text


@pytest.mark.parametrize(("name", "status"), [("7", 404), ("..%2F..", 404), ("x", 400)])
def test_only_versions_that_are_there_are_shown(shared: Web, name: str, status: int) -> None:
    assert get(shared, f"/oversight/versions/{name}").status_code == status
