"""A researcher's pages: what they show, what they send to the actions, and what stays as text."""

import html
import json
import re
from itertools import accumulate

import pytest

from enclave.outputs.records import OutputId
from enclave.outputs.states import Verdict
from tests.support.service import (
    ASKS,
    AUTOMATIC,
    CHECKED,
    CHECKERS,
    REFUSED,
    SENIOR,
    STRANGER,
    THIS,
)
from tests.support.web import Browser, Web

PROJECT = f"/projects/{THIS}"
EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
def asks(web: Web) -> Browser:
    return web.browser(ASKS)


@pytest.fixture(scope="module")
def looks(shared: Web) -> Browser:
    """For tests that leave everything as it was."""
    return shared.browser(ASKS)


def run(browser: Browser, sql: str, name: str = "A table") -> str:
    """Where the browser is sent after it asked."""
    answer = browser.sends(f"{PROJECT}/query", sql=sql, name=name, route="ordinary", act="run")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def check(browser: Browser, sql: str) -> str:
    answer = browser.sends(f"{PROJECT}/query", sql=sql, name="", route="ordinary", act="check")
    assert answer.status_code == 200
    return str(answer.text)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/projects", "Your projects"),
        (PROJECT, "queries used today"),
        (f"{PROJECT}/fields", "patient"),
        (f"{PROJECT}/fields?find=sex", "sex"),
        (f"{PROJECT}/fields?find=nothing-like-it", "No field of the project mentions"),
        (f"{PROJECT}/fields/patient/sex", "May be used to"),
        (f"{PROJECT}/query", "Check (free)"),
        (f"{PROJECT}/saved", "You keep none yet"),
        (f"{PROJECT}/history", "Nothing was asked yet"),
        (f"{PROJECT}/outputs", "Nothing was asked to leave yet"),
    ],
)
def test_every_page_is_there_when_nothing_was_asked(looks: Browser, path: str, words: str) -> None:
    answer = looks.opens(path)
    assert answer.status_code == 200
    assert words in html.unescape(answer.text)
    assert answer.text.count("<h1") == 1


@pytest.mark.parametrize(
    "end", ["", "/query", "/saved", "/fields", "/history", "/outputs", "/completion.json"]
)
def test_a_project_of_others_is_not_there(shared: Web, end: str) -> None:
    assert shared.browser(STRANGER).opens(f"{PROJECT}{end}").status_code == 404


def test_a_query_of_others_is_not_there(web: Web, asks: Browser) -> None:
    run(asks, AUTOMATIC)
    for path in ("/queries/Q-1", "/outputs/O-1", "/outputs/O-1/files/csv"):
        assert asks.opens(path).status_code == 200
        assert web.browser(STRANGER).opens(path).status_code == 404


def test_a_refusal_is_marked_at_the_exact_words(looks: Browser) -> None:
    text = check(looks, REFUSED)
    assert "This query cannot run" in text
    assert ">nothing</mark>" in text
    assert "<title>Error: " in text
    (kept,) = re.findall(r'data-marks="([^"]*)"', text)
    (problem,) = json.loads(html.unescape(kept))
    ((start, end),) = problem["spans"]
    assert REFUSED[start:end] == "nothing"


def test_a_fix_is_the_whole_text_mended_and_passes_the_check(looks: Browser) -> None:
    text = check(looks, "SELECT sexx, count(*) AS n FROM patient GROUP BY 1")
    offered = [html.unescape(one) for one in re.findall(r'name="sql" value="([^"]*)"', text)]
    assert offered
    assert any("The query can run" in check(looks, one) for one in offered)


def test_what_was_typed_stays_whatever_becomes_of_it(looks: Browser) -> None:
    typed = "SELECT sex,\n  'café 😀'  AS \"x\"\nFROM nowhere"
    (shown,) = re.findall(
        r"<textarea[^>]*>\n(.*?)</textarea>", check(looks, typed.replace("\n", "\r\n")), re.DOTALL
    )
    assert html.unescape(shown) == typed


def test_before_a_run_one_is_told_its_fields_shape_route_and_cost(looks: Browser) -> None:
    text = html.unescape(check(looks, AUTOMATIC))
    for words in (
        "patient.sex",
        "2 of sex",
        "At once, automatically",
        "1 query and 2 cells",
        "No data were read",
    ):
        assert words in text
    assert "checkers must approve: it compares a measure" in html.unescape(check(looks, CHECKED))


def test_a_check_asks_nothing(web: Web, asks: Browser) -> None:
    check(asks, AUTOMATIC)
    with web.service.records.read() as reading:
        assert reading.queries(project=THIS) == ()


def test_a_query_that_is_released_at_once_is_shown_next_with_its_files(asks: Browser) -> None:
    at = run(asks, AUTOMATIC)
    assert at == "/outputs/O-1"
    text = asks.opens(at).text
    assert "418" in text
    assert '<svg class="enc-chart"' in text
    assert asks.opens(f"{at}/files/csv").text.startswith("sex,n\r\n")


def test_a_hidden_cell_and_an_empty_one_are_drawn_alike(asks: Browser) -> None:
    """The frame is drawn in full: what nobody has is `c` like what is hidden."""
    hidden = asks.opens(run(asks, "SELECT sex, stage, count(*) AS n FROM patient GROUP BY 1, 2")).text
    empty = asks.opens(
        run(asks, "SELECT sex, year, count(*) AS n FROM patient WHERE stage < 2 GROUP BY 1, 2")
    )
    drawn = [re.findall(r'<td class="[^"]*">c</td>', text) for text in (hidden, empty.text)]
    assert [len(cells) for cells in drawn] == [2, 2]
    assert len({cell for cells in drawn for cell in cells}) == 1


def test_asking_for_release_needs_a_reason_and_says_who_has_it_since_when(asks: Browser) -> None:
    at = run(asks, CHECKED)
    assert at == "/queries/Q-1"
    assert "Nothing is shown before checkers have approved it" in asks.opens(at).text
    without = asks.sends(f"{at}/release", why=" ")
    assert without.status_code == 200
    assert "<title>Error: " in without.text
    sent = asks.sends(f"{at}/release", why="Table 2")
    assert sent.headers["location"] == "/outputs/O-1"
    text = asks.opens("/outputs/O-1").text
    assert "With checkers. They aim to decide within" in text
    assert "<table" not in text


def test_whoever_waited_on_the_page_can_ask_for_release_without_loading_it_again(asks: Browser) -> None:
    page = asks.opens(run(asks, CHECKED)).text
    after = page.partition('<div id="standing"')[2]
    depth = accumulate((-1 if end else 1 for end in re.findall("<(/?)div", after)), initial=1)
    inside = re.split("</?div", after)[: list(depth).index(0)]  # what is swapped once the question is over
    assert "Ask for release" in "".join(inside)


def test_several_answers_are_asked_for_together_and_move_alone(asks: Browser) -> None:
    run(asks, CHECKED)
    run(asks, CHECKED.replace("63.7", "64.7"))
    nothing = asks.sends(f"{PROJECT}/outputs", why="Table 2")
    assert "Choose at least one answer." in nothing.text
    sent = asks.client.post(
        f"{PROJECT}/outputs",
        data={"queries": ["Q-1", "Q-2"], "why": "Table 2"},
        headers={"Sec-Fetch-Site": "same-origin"},
        follow_redirects=False,
    )
    assert sent.status_code == 303
    assert asks.opens("/outputs/O-1").status_code == asks.opens("/outputs/O-2").status_code == 200
    asks.sends("/outputs/O-1/withdraw")
    assert "withdrawn" in asks.opens("/outputs/O-1").text
    assert "with checkers" in asks.opens("/outputs/O-2").text


def test_what_came_back_shows_what_checkers_wrote_and_can_be_asked_for_again(web: Web, asks: Browser) -> None:
    asks.sends(f"{run(asks, CHECKED)}/release", why="Table 2")
    for checker in CHECKERS[:2]:
        web.service.vote(web_output(web), checker, Verdict.RETURN, f"Why so fine? {EVIL}")
    text = asks.opens("/outputs/O-1").text
    assert "Why so fine?" in text
    assert EVIL not in text
    assert asks.sends("/outputs/O-1/again", why="With broader bands").status_code == 303
    assert "with checkers" in asks.opens("/outputs/O-1").text


def test_a_question_of_a_checker_is_answered_on_the_page_and_names_no_row(web: Web, asks: Browser) -> None:
    asks.sends(f"{run(asks, CHECKED)}/release", why="Table 2")
    question = {"text": f"What is n here? {EVIL}", "cell": {"row": 1, "column": "n"}}
    web.service.vote(web_output(web), CHECKERS[0], Verdict.RETURN, "Please")
    assert web.call("POST", "/outputs/O-1/comments", CHECKERS[1], body=question).status_code < 300
    web.service.vote(web_output(web), CHECKERS[1], Verdict.RETURN, "Please")
    text = asks.opens("/outputs/O-1").text
    assert "What is n here?" in text
    assert EVIL not in text
    assert CHECKERS[1] not in text
    assert asks.sends("/outputs/O-1/comments", text="The number of patients").status_code == 303
    assert "The number of patients" in asks.opens("/outputs/O-1").text


def web_output(web: Web) -> OutputId:
    with web.service.records.read() as reading:
        return reading.outputs(projects=[THIS])[0].id


def test_history_shows_refused_queries_too_and_what_changed(asks: Browser) -> None:
    asks.sends(f"{PROJECT}/query", sql=REFUSED, name="First", route="ordinary", act="run")
    run(asks, AUTOMATIC)
    text = asks.opens(f"{PROJECT}/history").text
    assert "First" in text
    assert "unknown-field" in text
    changed = asks.opens(f"{PROJECT}/changes?before=Q-1&after=Q-2").text
    assert f"- {REFUSED}</del>" in changed
    assert f"+ {AUTOMATIC}</ins>" in changed
    assert asks.opens(f"{PROJECT}/query?from=Q-1").status_code == 200


def test_a_query_that_waits_can_be_cancelled(web: Web, asks: Browser) -> None:
    web.workers.asleep = True
    web.gateway.stopping.set()  # so that nobody waits for it
    at = run(asks, AUTOMATIC)
    text = asks.opens(at).text
    assert 'hx-trigger="every 1s"' in text
    assert "Look again" in text
    assert asks.sends("/queries/Q-1/cancel").status_code == 303
    assert "cancelled" in asks.opens(at).text


def test_whoever_waited_goes_on_to_the_output_however_late_it_is_released(web: Web, asks: Browser) -> None:
    web.workers.asleep = True
    web.gateway.stopping.set()  # so that nobody waits for it
    at = run(asks, AUTOMATIC)
    assert at == "/queries/Q-1?then=output"
    web.workers.asleep = False
    web.workers.wake()
    assert asks.opens(at).headers["location"] == "/outputs/O-1"
    assert asks.opens("/queries/Q-1").status_code == 200  # as somebody comes who looks it up


def test_when_the_allowance_is_used_up_the_text_is_not_lost(web: Web, asks: Browser) -> None:
    def little(project: dict[str, object]) -> None:
        project["allowance"] = {"queries_per_day": 1, "cells_per_day": 100}

    web.service.change_policy(little, file=f"projects/{THIS}.yaml")
    run(asks, AUTOMATIC)
    answer = asks.sends(f"{PROJECT}/query", sql=CHECKED, name="", route="ordinary", act="run")
    assert "has asked its 1 queries of today" in answer.text
    assert html.escape(CHECKED) in answer.text


def test_names_reasons_and_sql_are_text_and_never_markup(asks: Browser) -> None:
    quoted = EVIL.replace("'", "''")
    sql = f"SELECT sex AS \"{EVIL.replace(chr(34), '')}\", '{quoted}' AS t, count(*) AS n FROM patient GROUP BY 1, 2"
    answer = asks.sends(f"{PROJECT}/query", sql=sql, name=EVIL, route="ordinary", act="run")
    pages = [answer.text, asks.opens(f"{PROJECT}/history").text, asks.opens("/queries/Q-1").text]
    pages += [asks.opens(f"{PROJECT}/fields?find={EVIL}").text, asks.opens(f"{PROJECT}/query?from=Q-1").text]
    if "location" in answer.headers:
        pages.append(asks.opens(answer.headers["location"]).text)
    at = asks.sends(f"{run(asks, CHECKED, EVIL)}/release", why=EVIL).headers["location"]
    pages += [asks.opens(at).text, asks.opens(PROJECT).text, asks.opens(f"{PROJECT}/outputs").text]
    for text in pages:
        assert "<script>alert" not in text
        assert "<img" not in text


def test_what_data_must_not_be_used_for_is_read_and_acknowledged_on_the_first_page(asks: Browser) -> None:
    text = asks.opens("/projects").text
    assert "must not be used for" in text
    (said,) = re.findall(r'name="acknowledgement" value="([0-9a-f]{64})"', text)
    assert asks.sends(f"{PROJECT}/acknowledge", acknowledgement="0" * 64).status_code == 409
    assert asks.sends(f"{PROJECT}/acknowledge", acknowledgement=said).status_code == 303
    assert "must not be used for" not in asks.opens("/projects").text


def test_where_it_is_required_nothing_is_checked_before_and_the_text_is_not_lost(web: Web) -> None:
    def required(house: dict[str, object]) -> None:
        house["sign_in"] = {"prohibited_uses": "required"}

    web.service.change_policy(required, file="house.yaml")
    asks = web.browser(ASKS)
    text = check(asks, AUTOMATIC)
    assert "purposes-not-acknowledged" in text
    assert AUTOMATIC in text
    (said,) = re.findall(r'name="acknowledgement" value="([0-9a-f]{64})"', asks.opens("/projects").text)
    asks.sends(f"{PROJECT}/acknowledge", acknowledgement=said)
    assert "The query can run" in check(asks, AUTOMATIC)


def test_a_release_that_was_taken_back_is_a_page_that_says_so(web: Web, asks: Browser) -> None:
    at = run(asks, AUTOMATIC)
    with web.service.records.read() as reading:
        before = reading.output(web_output(web))
    assert before is not None
    body = {"reason": "Published with the wrong year", "emergency": True}
    tag = web.call("GET", at, SENIOR).headers["etag"]
    answer = web.call("POST", f"{at}/revoke", SENIOR, body=body, headers={"If-Match": tag})
    assert answer.status_code == 200, answer.text
    text = asks.opens(at).text
    assert "This release was taken back" in text
    assert "<table" not in text
    assert "418" not in text
    assert asks.opens(f"{at}/bundle.zip").status_code == 410
    assert asks.opens(f"{at}/files/csv").status_code == 410


def test_the_editor_is_offered_granted_fields_and_published_codes_alone(looks: Browser) -> None:
    found = looks.opens(f"{PROJECT}/completion.json").json()
    names = {field["name"] for table in found["tables"] for field in table["fields"]}
    assert "sex" in names
    assert [code for code, _ in found["codes"]["patient_sex"]] == ["F", "M"]


def test_only_the_editor_may_write_its_own_style(looks: Browser) -> None:
    editor = looks.opens(f"{PROJECT}/query")
    (nonce,) = re.findall(r'data-nonce="([^"]+)"', editor.text)
    policy = editor.headers["content-security-policy"]
    assert f"'nonce-{nonce}'" in policy
    assert "script-src 'self';" in policy
    assert nonce not in looks.opens(f"{PROJECT}/query").text
    assert "unsafe" not in looks.opens(PROJECT).headers["content-security-policy"]
