"""Pages of admins and auditors: they show the whole house, to nobody else, and change nothing."""

import httpx2
import pytest

from enclave.audit import Kind
from enclave.terms import PersonId
from tests.support.service import (
    ADMIN,
    ASKS,
    AUDITOR,
    CHECKERS,
    LAPSED,
    REFUSED,
    THIS,
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
def test_a_stranger_signs_in_first(shared: Web, path: str) -> None:
    assert get(shared, path, ANYBODY).status_code in (302, 303)


def test_the_house_has_policy_sandbox_and_log(shared: Web) -> None:
    page = get(shared, "/oversight").text
    for words in (shared.service.policies.content_hash[:16], "level 3", "Floors of the house"):
        assert words in page


def test_people_are_listed_with_what_they_lack_and_what_ends(shared: Web) -> None:
    page = get(shared, "/oversight/people").text
    assert page.count("May do nothing") == 1
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
