"""The life of an answer's numbers: reserved when it was judged, shown with its release, freed when it never will be."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from enclave.actions import run_jobs
from enclave.actions.ask_release import withdraw_output
from enclave.actions.cancel_query import cancel_query
from enclave.actions.ledger_desk import QuestionLedger, scope_of, scopes_of
from enclave.actions.plan_query import Question
from enclave.actions.read_outputs import read_output, read_query, read_review
from enclave.actions.revoke_output import revoke_output
from enclave.actions.run_query import Answer, Desk, run_query
from enclave.actions.settle_outputs import NOT_BESIDE_OTHERS, settle_outputs
from enclave.audit import Entry, Kind
from enclave.disclosure.ledger.numbers import LedgerNumber
from enclave.outputs.ledger import Meeting, NumbersState
from enclave.outputs.records import OutputId, QueryId
from enclave.outputs.states import State, Verdict
from enclave.problems import OutOfMemory
from tests.support.ledger import far_enough, number, scope
from tests.support.service import (
    ADMIN,
    ASKS,
    AUTOMATIC,
    CHECKED,
    CHECKERS,
    OTHER,
    STRANGER,
    THIS,
    Files,
    Service,
)

CROWD, NEARLY, FAR = number(range(100)), number(range(102)), number(range(40))
Shows = Callable[..., None]


@pytest.fixture
def shows(service: Service, monkeypatch: pytest.MonkeyPatch) -> Shows:
    """`shows(numbers, …)`: the next runs show these numbers, whatever they ask; judged by the simple judge."""
    waiting: list[Sequence[LedgerNumber]] = []

    def run(question: Question, desk: Desk, *, query: QueryId | None = None, **rest: Any) -> Answer:
        answer = run_query(question, desk, query=query, **rest)
        mine = QuestionLedger(desk.ledger, scope_of(question.project, desk.policies), query)
        version = answer.planned.policy.project.data_version
        numbers, known = waiting.pop(0), mine.shown()
        assert mine.reserve(numbers, data_version=version, known=known, recheck=far_enough)
        return answer

    monkeypatch.setattr(run_jobs, "run_query", run)
    service.desk = replace(service.desk, judge=lambda meeting, _policy: far_enough(meeting))
    return lambda *numbers: waiting.extend([one] for one in numbers)


def states(service: Service) -> dict[str, NumbersState]:
    known = service.records.ledger.shown(scope_of(THIS, service.policies))
    return {str(one.query_id): one.state for one in known.reservations}


def with_checkers(service: Service, shows: Shows) -> OutputId:
    shows(CROWD)
    return service.with_checkers()


def approved(service: Service, id: OutputId) -> State:
    for checker in CHECKERS[:2]:
        service.vote(id, checker)
    return service.state(id)


def test_an_automatic_answer_is_shown_when_it_is_released(service: Service, shows: Shows) -> None:
    shows(CROWD)
    id = service.ran(AUTOMATIC)
    assert states(service) == {id: "shown"}


def test_an_answer_for_checkers_is_reserved_until_it_is_released(service: Service, shows: Shows) -> None:
    id = with_checkers(service, shows)
    assert states(service) == {"Q-1": "reserved"}
    assert approved(service, id) is State.RELEASED
    assert states(service) == {"Q-1": "shown"}


def test_what_is_withdrawn_is_free_and_reserved_again_when_it_is_asked_for_again(
    service: Service, shows: Shows
) -> None:
    id = with_checkers(service, shows)
    withdraw_output(service.asker(ASKS), id, service.desk)
    assert states(service) == {}
    service.ask_again(id)
    assert states(service) == {"Q-1": "reserved"}


def test_what_is_rejected_is_free(service: Service, shows: Shows) -> None:
    id = with_checkers(service, shows)
    for checker in CHECKERS[:2]:
        service.vote(id, checker, Verdict.REJECT)
    assert service.state(id) is State.REJECTED
    assert states(service) == {}


def test_what_is_returned_stays_reserved(service: Service, shows: Shows) -> None:
    id = with_checkers(service, shows)
    for checker in CHECKERS[:2]:
        service.vote(id, checker, Verdict.RETURN)
    assert service.state(id) is State.RETURNED
    assert states(service) == {"Q-1": "reserved"}


def test_what_expires_with_its_project_is_free_and_what_was_shown_stays_known(
    service: Service, shows: Shows
) -> None:
    shows(FAR)
    service.ran(AUTOMATIC)
    id = with_checkers(service, shows)
    assert states(service) == {"Q-1": "shown", "Q-2": "reserved"}

    def close(project: Files) -> None:
        project["status"] = "closed"

    service.change_policy(close, file=f"projects/{THIS}.yaml")
    settle_outputs(service.desk)
    assert service.state(id) is State.EXPIRED
    assert states(service) == {"Q-1": "shown"}


def test_what_was_shown_stays_known_when_it_is_revoked(service: Service, shows: Shows) -> None:
    shows(CROWD)
    query = service.ran(AUTOMATIC)
    output = read_query(service.asker(ASKS), query, service.desk).output
    assert output is not None
    etag = read_output(service.asker(ASKS), output, service.desk).etag
    revoke_output(service.asker(ADMIN), output, "A slip", service.desk, etag=etag)
    assert states(service) == {query: "shown"}


OVERFLOWS = """
    WITH t AS (SELECT sex, count(*) AS n FROM patient WHERE year = 2021 GROUP BY 1)
    SELECT (SELECT max(n) FROM t) * 9223372036854775807 AS told"""


def test_a_run_that_fails_on_its_protected_numbers_has_shown_them(service: Service) -> None:
    """That it fails tells how large they are, so they count as if they had been printed."""
    id = service.ran(OVERFLOWS)
    seen = read_query(service.asker(ASKS), id, service.desk)
    assert (seen.status, seen.output) == ("failed", None)
    assert states(service) == {id: "reserved"}
    again = service.ran("SELECT sex, count(*) AS n FROM patient WHERE year = 2021 GROUP BY 1")
    assert states(service) == {id: "reserved", again: "shown"}
    with service.records.read() as reading:
        assert reading.entry_count(kinds=[Kind.QUERY_FAILED]) == 1


def test_numbers_are_reserved_before_anything_is_computed_from_them(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[dict[str, NumbersState]] = []
    run = service.scratch.run

    def looked_at(*args: Any, **rest: Any) -> Any:
        found.append(states(service))
        return run(*args, **rest)

    monkeypatch.setattr(service.scratch, "run", looked_at)
    table = "SELECT sex, count(*) AS n FROM patient WHERE year = 2021 GROUP BY 1"
    id = service.ran(f"SELECT sex, n * 2 AS twice FROM ({table}) AS t")
    assert found[0] == {id: "reserved"}
    assert states(service) == {id: "shown"}


def test_a_run_that_fails_before_it_was_judged_has_no_numbers(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_large(*_: object, **__: object) -> None:
        raise OutOfMemory(detail="The answer is larger than what can be kept.")

    monkeypatch.setattr(service.engine, "run", too_large)
    id = service.ran(AUTOMATIC)
    assert read_query(service.asker(ASKS), id, service.desk).status == "failed"
    assert states(service) == {}


def test_a_run_that_fails_after_it_was_judged_stays_reserved(
    service: Service, shows: Shows, monkeypatch: pytest.MonkeyPatch
) -> None:
    shows(CROWD)

    def too_large(*_: object) -> None:
        raise OutOfMemory(detail="The answer is larger than what can be kept.")

    monkeypatch.setattr(run_jobs, "keep", too_large)
    id = service.ran(AUTOMATIC)
    assert read_query(service.asker(ASKS), id, service.desk).status == "failed"
    assert states(service) == {id: "reserved"}


def test_a_run_that_is_cancelled_after_it_was_judged_stays_reserved(
    service: Service, shows: Shows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever cancels has seen that it took so long."""
    shows(CROWD)
    id = service.ask(AUTOMATIC).id
    during_the_hold(service, monkeypatch, lambda: cancel_query(service.asker(ASKS), id, service.desk))
    service.run()
    assert read_query(service.asker(ASKS), id, service.desk).status == "cancelled"
    assert states(service) == {id: "reserved"}


def test_what_came_into_the_scope_since_goes_back_to_checkers_who_alone_read_why(
    service: Service, shows: Shows
) -> None:
    shows(NEARLY)
    service.ask(AUTOMATIC, person=STRANGER, project=OTHER)
    service.run()
    id = with_checkers(service, shows)
    stranger_joins(service)

    assert approved(service, id) is State.QUEUED
    assert states(service) == {"Q-1": "shown", "Q-2": "reserved"}
    seen = read_review(service.asker(CHECKERS[0]), id, service.desk)
    assert seen.round == 2
    assert seen.to_look_at[0] == f"{NOT_BESIDE_OTHERS}."
    told = read_output(service.asker(ASKS), id, service.desk)
    assert told.status == "with checkers"
    assert NOT_BESIDE_OTHERS not in str(told.as_json())
    with service.records.read() as reading:
        assert reading.entry_count(kinds=[Kind.REVIEWS_VOIDED]) == 1

    assert approved(service, id) is State.QUEUED, "a second look changes nothing while the others are there"


def test_what_came_into_the_scope_and_was_freed_is_no_hindrance(service: Service, shows: Shows) -> None:
    shows(NEARLY)
    service.ask(CHECKED, person=STRANGER, project=OTHER)
    service.run()
    id = with_checkers(service, shows)
    stranger_joins(service)
    assert approved(service, id) is State.QUEUED
    freed = Entry(Kind.OUTPUT_WITHDRAWN, STRANGER, OTHER)
    service.records.write(freed, lambda change: change.free_numbers(QueryId("Q-1")))
    assert approved(service, id) is State.RELEASED
    assert states(service) == {"Q-2": "shown"}


def test_what_came_into_the_scope_and_is_far_enough_is_no_hindrance(service: Service, shows: Shows) -> None:
    shows(FAR)
    service.ask(AUTOMATIC, person=STRANGER, project=OTHER)
    service.run()
    id = with_checkers(service, shows)
    stranger_joins(service)
    assert approved(service, id) is State.RELEASED
    assert states(service) == {"Q-1": "shown", "Q-2": "shown"}


def test_an_automatic_answer_that_was_overtaken_is_computed_again(
    service: Service, shows: Shows, monkeypatch: pytest.MonkeyPatch
) -> None:
    shows(NEARLY)
    service.ask(AUTOMATIC, person=STRANGER, project=OTHER)
    service.run()
    shows(CROWD, FAR)
    id = service.ask(AUTOMATIC).id
    during_the_hold(service, monkeypatch, lambda: stranger_joins(service))
    service.run()
    assert read_query(service.asker(ASKS), id, service.desk).status == "released"
    known = service.records.ledger.shown(scope_of(THIS, service.policies))
    assert [(one.query_id, one.state, len(one.numbers)) for one in known.reservations] == [
        ("Q-1", "shown", 1),
        ("Q-2", "shown", 1),
    ]
    assert [one.units for one in known.numbers] == [102, 40]


def test_a_run_that_is_overtaken_each_time_ends_with_its_code_and_is_free(
    service: Service, shows: Shows, monkeypatch: pytest.MonkeyPatch
) -> None:
    shows(*[CROWD] * run_jobs.MOST_RUNS)
    id = service.ask(AUTOMATIC).id

    turns = itertools.count(1)

    def others_come() -> None:
        """A project that shared nobody was shown nearly the same; then the asker joins it."""
        where = scope(f"P-NEW-{next(turns)}", ["somebody"])
        others = QuestionLedger(service.records.ledger, where)
        assert others.reserve([NEARLY], data_version="v", known=others.shown(), recheck=nothing)
        service.records.ledger.remember([replace(where, people=frozenset({ASKS}))])

    during_the_hold(service, monkeypatch, others_come)
    service.run()
    told = read_query(service.asker(ASKS), id, service.desk)
    assert told.problem is not None
    assert (told.status, told.problem["code"]) == ("failed", "overtaken")
    assert id not in states(service)


def during_the_hold(service: Service, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Do something once a run was judged, and before its end is written."""
    really = service.clock.sleep

    def sleep(seconds: float) -> None:
        act()
        really(seconds)

    monkeypatch.setattr(service.clock, "sleep", sleep)


def stranger_joins(service: Service) -> None:
    """Somebody of the other project is on this one too."""

    def join(project: Files) -> None:
        people = project["people"]
        assert isinstance(people, list)
        people.append({"id": str(STRANGER), "role": "researcher"})

    service.change_policy(join, file=f"projects/{THIS}.yaml")
    service.records.ledger.remember(scopes_of(service.policies))


def nothing(_met: Meeting) -> bool:
    raise AssertionError("nobody comes between")
