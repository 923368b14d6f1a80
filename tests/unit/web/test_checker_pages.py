"""The checker's pages over HTTP: the queue, one output whole, decisions by plain forms, and nothing typed lost."""

import html
import re
from collections.abc import Mapping, Sequence

import httpx2
import pytest

from enclave.actions import approve_together
from enclave.actions.ask_release import ask_release
from enclave.outputs.records import OutputId, Wanted
from enclave.outputs.states import State, Verdict
from enclave.problems.service import SignInAgain
from enclave.terms import PersonId
from tests.support.seeded import many
from tests.support.service import ADMIN, ASKS, AUDITOR, CHECKERS, OWN_CHECKER, SENIOR
from tests.support.web import ANYBODY, Web

BY_SEX = "SELECT sex, count(*) AS n\nFROM patient\nGROUP BY 1"
BUT_ONE = "SELECT sex, count(*) AS n FROM patient WHERE weight > 30.5 GROUP BY 1"  # one man weighs less
FORM = "application/x-www-form-urlencoded"


def asked(web: Web, sql: str = BY_SEX, why: str = "For the paper") -> OutputId:
    service = web.service
    return ask_release(service.asker(ASKS), service.ran(sql, Wanted.CHECKERS), why, service.desk).id


def get(web: Web, path: str, person: PersonId = CHECKERS[0]) -> httpx2.Response:
    signed = {} if person == ANYBODY else {"Authorization": f"Bearer {web.token(person)}"}
    return web.client.get(path, headers={"Accept": "text/html", **signed}, follow_redirects=False)


def post(
    web: Web, path: str, form: Mapping[str, str | Sequence[str]], person: PersonId = CHECKERS[0]
) -> httpx2.Response:
    signed = {"Authorization": f"Bearer {web.token(person)}", "Accept": "text/html"}
    same = {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}
    return web.client.post(path, data=dict(form), headers=signed | same, follow_redirects=False)


def hidden_fields(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    return {name: html.unescape(value) for name, value in found}


def decide(
    web: Web, id: OutputId, verdict: str, person: PersonId = CHECKERS[0], **more: str | Sequence[str]
) -> httpx2.Response:
    seen = hidden_fields(get(web, f"/checking/{id}", person).text)
    return post(web, f"/checking/{id}", {**seen, "verdict": verdict, **more}, person)


def test_the_queue_lists_what_waits_with_its_risk_and_its_clock(web: Web) -> None:
    first, second = asked(web), asked(web, BUT_ONE)
    page = get(web, "/checking").text
    assert page.index(f">{second}<") < page.index(f">{first}<")
    assert "1 to look at" in page
    assert "Clear" in page
    assert re.search(r"\d days? left", page)
    assert get(web, "/checking?order=clock").status_code == 200


def test_an_empty_queue_says_so(web: Web) -> None:
    assert "Nothing waits for you" in get(web, "/checking").text
    assert "Nothing waits for you" in get(web, "/checking", OWN_CHECKER).text


@pytest.mark.parametrize("person", [ASKS, ADMIN])
def test_the_queue_is_for_checkers(web: Web, person: PersonId) -> None:
    answer = get(web, "/checking", person)
    assert answer.status_code == 403
    assert "<h1" in answer.text


def test_one_screen_has_query_checks_copy_fields_and_reasons(web: Web) -> None:
    web.service.ran(BY_SEX)
    id = asked(web, BUT_ONE, why="Table 2 of the working paper")
    page = get(web, f"/checking/{id}").text
    for words in (
        "Table 2 of the working paper",
        "weight &gt; 30.5",
        "Risk report: flagged",
        "Differences with numbers shown before",
        "Earlier numbers that findings name",
        "patient.weight",
        "Why each marked cell is marked",
        "To approve, say that you have looked at",
    ):
        assert words in page


def test_an_approval_goes_on_to_the_next_and_says_what_was_done(web: Web) -> None:
    first, second = asked(web), asked(web, BY_SEX + "\nORDER BY 1")
    answer = decide(web, first, "approve")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/checking/{second}?order=risk&done={first}+approve+released"
    assert web.service.state(first) is State.RELEASED
    page = get(web, answer.headers["location"]).text
    assert f"{first} approve released. This is the next." in page
    answer = decide(web, second, "approve")
    assert answer.headers["location"] == "/checking?order=risk"


def test_a_finding_is_ticked_before_the_output_is_approved_and_what_was_typed_stays(web: Web) -> None:
    web.service.ran(BY_SEX)
    id = asked(web, BUT_ONE)
    answer = decide(web, id, "approve", comment="I think it is fine")
    assert answer.status_code == 400
    assert "Say that you have looked at: Differences with numbers shown before" in answer.text
    assert "I think it is fine" in answer.text
    assert web.service.state(id) is State.QUEUED
    decide(web, id, "approve", looked=["Differences with numbers shown before"])
    assert web.service.state(id) is not State.QUEUED


def test_nothing_comes_back_without_a_word(web: Web) -> None:
    id = asked(web)
    answer = decide(web, id, "return", comment="  ")
    assert answer.status_code == 400
    assert "Write why it comes back" in answer.text
    assert web.service.state(id) is State.QUEUED


def test_a_question_names_its_column_and_never_its_row_to_whoever_asked(web: Web) -> None:
    id = asked(web)
    decide(web, id, "return", comment="Why so few?", row="2", column="n")
    assert web.call("GET", f"/outputs/{id}").json()["reasons"] == ["About n: Why so few?"]


def test_checkers_read_the_cell_that_a_question_is_about(web: Web) -> None:
    id = asked(web)
    decide(web, id, "return", comment="Why so few?", row="2", column="n")
    page = get(web, f"/checking/{id}", CHECKERS[1]).text
    assert re.search(r"about row 2, n, .*?Why so few\?", page, re.DOTALL)
    (told,) = web.call("GET", f"/outputs/{id}/comments").json()["items"]
    assert told["cell"] == {"row": None, "column": "n"}


def test_something_is_said_without_deciding(web: Web) -> None:
    id = asked(web)
    assert post(web, f"/checking/{id}/comments", {"text": "Is this the final one?"}).status_code == 303
    assert "Is this the final one?" in get(web, f"/checking/{id}").text
    assert web.service.state(id) is State.QUEUED
    assert post(web, f"/checking/{id}/comments", {"text": " "}).status_code == 400


def test_what_left_by_rule_is_looked_at_afterwards_by_checkers(web: Web) -> None:
    page = get(web, "/looks")
    assert page.status_code == 200
    assert "How checking goes" in page.text
    assert get(web, "/looks", ASKS).status_code == 403


def test_a_rejection_says_why_in_a_word_of_the_list(web: Web) -> None:
    id = asked(web)
    answer = decide(web, id, "reject", comment="It tells too much")
    assert answer.status_code == 400
    assert "Choose why it is rejected" in answer.text
    assert decide(web, id, "reject", comment="It tells too much", reason="no such reason").status_code == 400
    assert web.service.state(id) is State.QUEUED
    assert decide(web, id, "reject", comment="It tells too much", reason="differencing").status_code == 303
    assert web.service.state(id) is State.REJECTED


def test_a_cell_that_the_table_does_not_have_is_refused(web: Web) -> None:
    id = asked(web)
    for row, column in (("999", "n"), ("1", "nothing")):
        assert decide(web, id, "return", comment="Why?", row=row, column=column).status_code == 400
    assert web.service.state(id) is State.QUEUED


def test_a_colleagues_decision_meanwhile_is_shown_and_the_words_are_kept(web: Web) -> None:
    id = asked(web)
    seen = hidden_fields(get(web, f"/checking/{id}").text)
    web.service.vote(id, CHECKERS[1], Verdict.RETURN, "Which year?")
    answer = post(web, f"/checking/{id}", {**seen, "verdict": "return", "comment": "A long thought"})
    assert answer.status_code in (409, 412)
    assert "A long thought" in answer.text
    assert "Nothing of yours was recorded" in answer.text
    assert "It is <strong>returned</strong>" in answer.text


def test_a_policy_that_changed_meanwhile_asks_to_look_again(web: Web) -> None:
    id = asked(web)
    seen = hidden_fields(get(web, f"/checking/{id}").text)
    web.service.touch_policy()
    answer = post(web, f"/checking/{id}", {**seen, "verdict": "approve", "comment": "As before"})
    assert answer.status_code == 412
    assert "As before" in answer.text
    assert web.service.state(id) is State.QUEUED
    assert decide(web, id, "approve").status_code == 303


def test_an_old_sign_in_keeps_what_was_typed(web: Web) -> None:
    id = asked(web)
    seen = hidden_fields(get(web, f"/checking/{id}").text)
    signed = {"Authorization": f"Bearer {web.token(CHECKERS[0])}", "Accept": "text/html"}
    web.service.clock.move(minutes=16)
    answer = web.client.post(
        f"/checking/{id}", data={**seen, "verdict": "return", "comment": "My words"}, headers=signed
    )
    assert answer.status_code == SignInAgain.status
    assert "My words" in answer.text
    assert "Sign in again, then decide" in answer.text


def test_votes_are_blind_until_all_are_in(web: Web) -> None:
    id = web.service.with_checkers()
    web.service.vote(id, CHECKERS[0], Verdict.REJECT, "A secret reason")
    assert "A secret reason" not in get(web, f"/checking/{id}", CHECKERS[1]).text
    own = get(web, f"/checking/{id}").text
    assert "A secret reason" in own
    assert 'id="decision"' not in own


def test_a_dispute_is_settled_on_the_same_screen_by_a_senior(web: Web) -> None:
    id = web.service.with_checkers()
    web.service.vote(id, CHECKERS[0], Verdict.REJECT, "It tells too much")
    web.service.vote(id, CHECKERS[1], Verdict.APPROVE, "It does not")
    page = get(web, f"/checking/{id}", SENIOR).text
    assert "Disputed" in page
    assert "It tells too much" in page
    assert decide(web, id, "reject", SENIOR, comment="I agree", reason="other").status_code == 303
    assert web.service.state(id) is State.REJECTED


def test_an_item_is_taken_by_a_form(web: Web) -> None:
    id = asked(web)
    assert (
        post(web, f"/checking/{id}/claim", {"order": "clock"}).headers["location"]
        == f"/checking/{id}?order=clock"
    )
    assert "taken by a colleague" in get(web, "/checking", CHECKERS[1]).text


def test_clear_items_are_approved_together_by_a_form(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approve_together, "drawn", lambda *_: False)
    ids = [asked(web), asked(web, BY_SEX + "\nORDER BY 1")]
    items = re.findall(r'name="items" id="[^"]*" value="([^"]*)"', get(web, "/checking").text)
    answer = post(web, "/checking", {"items": items})
    assert answer.status_code == 200
    assert [web.service.state(id) for id in ids] == [State.RELEASED] * 2
    assert "2 votes to approve" in answer.text


def test_an_item_that_is_drawn_has_no_box_to_tick(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approve_together, "drawn", lambda *_: True)
    id = asked(web)
    assert "Drawn: open it" in get(web, "/checking").text
    assert 'name="items"' not in get(web, "/checking").text
    get(web, f"/checking/{id}")
    assert 'name="items"' in get(web, "/checking").text


@pytest.mark.parametrize("items", [[], ["O-1"], ["O-1 x"], ["O-1 x y z"]])
def test_a_choice_that_was_not_listed_decides_nothing(web: Web, items: list[str]) -> None:
    assert post(web, "/checking", {"items": items}).status_code == 400


def test_an_auditor_looks_and_has_nothing_to_decide_with(web: Web) -> None:
    id = asked(web)
    page = get(web, f"/checking/{id}", AUDITOR)
    assert page.status_code == 200
    assert (
        post(web, f"/checking/{id}", {**hidden_fields(page.text), "verdict": "approve"}, AUDITOR).status_code
        == 403
    )


def test_whoever_has_an_interest_or_is_nobody_sees_no_screen(web: Web) -> None:
    id = asked(web)
    assert get(web, f"/checking/{id}", OWN_CHECKER).status_code == 403
    assert get(web, f"/checking/{id}", ASKS).status_code == 403
    assert get(web, f"/checking/{id}", ANYBODY).status_code in (303, 401)


def test_what_people_wrote_is_text_on_every_page(web: Web) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>'\""
    id = asked(
        web,
        f'SELECT sex AS "{evil.replace(chr(34), "")}", count(*) AS n FROM patient GROUP BY 1 -- {evil}',
        evil,
    )
    decide(web, id, "approve", CHECKERS[1])
    again = asked(web, f"SELECT sex, count(*) AS n FROM patient GROUP BY 1 -- {evil}", evil)
    for path in ("/checking", f"/checking/{id}", f"/checking/{again}", "/checking/keys"):
        page = get(web, path).text
        assert "<script>alert" not in page
        assert "<img" not in page
    answer = decide(web, again, "return", comment=evil, row="9", column=evil)
    assert "<script>alert" not in answer.text


def test_what_is_done_is_listed_for_whoever_may_look_at_it(web: Web) -> None:
    released, returned, rejected = (asked(web, f"{BY_SEX}\n-- {number}") for number in range(3))
    web.service.vote(released, CHECKERS[0])
    web.service.vote(returned, CHECKERS[1], Verdict.RETURN, "Which year?")
    web.service.vote(rejected, CHECKERS[1], Verdict.REJECT, "Too fine")
    for part, there in (("released", released), ("returned", returned), ("over", rejected)):
        page = get(web, f"/checking/past/{part}").text
        assert re.findall(r'href="/checking/(O-\d+)"', page) == [there]
        assert (
            re.findall(r'href="/checking/(O-\d+)"', get(web, f"/checking/past/{part}", OWN_CHECKER).text)
            == []
        )
    assert ">approve<" in get(web, "/checking/past/released").text
    assert get(web, f"/checking/{released}").status_code == 200
    assert get(web, "/checking/past/released", ASKS).status_code == 403
    assert get(web, "/checking/past/elsewhere").status_code == 400


def test_a_long_list_of_what_is_done_goes_on_where_it_ended(web: Web) -> None:
    first = asked(web)
    web.service.vote(first, CHECKERS[1])
    many(web.service, 60, of=first)
    page = get(web, "/checking/past/released").text
    (older,) = re.findall(r'href="(/checking/past/released\?after=O-\d+)"', page)
    ids = re.findall(r'href="/checking/(O-\d+)"', page) + re.findall(
        r'href="/checking/(O-\d+)"', get(web, older).text
    )
    assert len(ids) == len(set(ids)) == 61
