"""Taking a release back by forms: two people, or one in an emergency, and nothing typed lost."""

import html
import re
from collections.abc import Mapping

import httpx2
import pytest

from enclave.outputs.records import OutputId
from enclave.outputs.states import State
from enclave.terms import PersonId
from tests.support.service import ADMIN, ASKS, CHECKERS, SENIOR
from tests.support.web import Web

WHY = "The year in the title is wrong"


def call(
    web: Web, path: str, person: PersonId = ADMIN, form: Mapping[str, str] | None = None
) -> httpx2.Response:
    headers = {
        "Authorization": f"Bearer {web.token(person)}",
        "Accept": "text/html",
        "Sec-Fetch-Site": "same-origin",
    }
    if form is None:
        return web.client.get(path, headers=headers, follow_redirects=False)
    return web.client.post(path, headers=headers, data=dict(form), follow_redirects=False)


def etag(web: Web, output: OutputId, person: PersonId) -> str:
    found = re.search(
        rf'/{output}/confirm"><input type="hidden" name="etag" value="([^"]*)"',
        call(web, "/revocations", person).text,
    )
    assert found is not None
    return html.unescape(found[1])


def test_two_people_take_a_release_back(web: Web) -> None:
    id = web.released()
    assert call(web, "/revocations", form={"output": id, "reason": WHY}).status_code == 303
    assert web.service.state(id) is State.REVOCATION_ASKED
    page = call(web, "/revocations", SENIOR).text
    assert WHY in page
    assert call(web, f"/revocations/{id}/confirm", SENIOR, {"etag": etag(web, id, SENIOR)}).status_code == 303
    assert web.service.state(id) is State.REVOKED


def test_whoever_asked_does_not_agree_to_it(web: Web) -> None:
    id = web.released()
    call(web, "/revocations", form={"output": id, "reason": WHY})
    assert "somebody else answers" in call(web, "/revocations").text
    answer = call(web, f"/revocations/{id}/confirm", form={"etag": etag(web, id, SENIOR)})
    assert answer.status_code in (403, 409)
    assert web.service.state(id) is State.REVOCATION_ASKED


def test_in_an_emergency_one_person_does_it_at_once(web: Web) -> None:
    id = web.released()
    call(web, "/revocations", form={"output": id, "reason": WHY, "emergency": "yes"})
    assert web.service.state(id) is State.SUSPENDED
    assert "Suspended" in call(web, "/revocations", SENIOR).text


def test_a_second_person_may_say_why_it_stands(web: Web) -> None:
    id = web.released()
    call(web, "/revocations", form={"output": id, "reason": WHY})
    form = {"etag": etag(web, id, SENIOR), "reason": "The title is right"}
    assert call(web, f"/revocations/{id}/keep", SENIOR, form).status_code == 303
    assert web.service.state(id) is State.RELEASED


@pytest.mark.parametrize(("output", "reason"), [("O-1", " "), ("O-99", WHY)])
def test_what_cannot_be_asked_for_keeps_what_was_typed(web: Web, output: str, reason: str) -> None:
    web.released()
    answer = call(web, "/revocations", form={"output": output, "reason": reason})
    assert answer.status_code in (400, 404)
    assert f'value="{output}"' in answer.text
    assert "govuk-error-summary" in answer.text


@pytest.mark.parametrize("person", [ASKS, CHECKERS[0]])
def test_it_is_for_admins_and_senior_checkers(web: Web, person: PersonId) -> None:
    id = web.released()
    assert call(web, "/revocations", person).status_code == 403
    assert call(web, "/revocations", person, {"output": id, "reason": WHY}).status_code == 403
    assert web.service.state(id) is State.RELEASED
