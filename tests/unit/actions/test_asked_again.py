"""A question that was answered is answered again as it was, without a run, while a run could say nothing else."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from enclave.actions import run_jobs
from enclave.actions.ask_release import withdraw_output
from enclave.actions.read_outputs import read_output
from enclave.actions.revoke_output import revoke_output
from enclave.actions.run_query import run_query
from enclave.audit import Kind
from enclave.outputs.records import OutputRecord, QueryId, Wanted
from enclave.store import check_database_at
from tests.support.records import log_in
from tests.support.service import ASKS, AUTOMATIC, CHECKED, COLLEAGUE, OTHER, SENIOR, STRANGER, THIS, Service


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[QueryId | None]:
    """The queries that were run."""
    ran: list[QueryId | None] = []

    def run(*given: object, query: QueryId | None = None, **rest: object) -> object:
        ran.append(query)
        return run_query(*given, query=query, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(run_jobs, "run_query", run)
    return ran


def output(service: Service, query: str) -> OutputRecord:
    with service.records.read() as reading:
        found = reading.output_of(QueryId(query))
    assert found is not None
    return found


def end_of(service: Service, query: str) -> Mapping[str, object]:
    with service.records.read() as reading:
        (body,) = (one.body for one in reading.entries_about(query) if one.kind == Kind.QUERY_FINISHED)
    assert body is not None
    return body


def test_the_same_question_is_answered_as_it_was_and_not_run(
    service: Service, runs: list[QueryId | None]
) -> None:
    first, second, third = (service.ran(AUTOMATIC) for _ in range(3))
    assert runs == [first]
    one, *others = (output(service, id) for id in (first, second, third))
    for other in others:
        assert (other.table_hash, other.report_hash, other.state) == (
            one.table_hash,
            one.report_hash,
            "released",
        )
    assert [end_of(service, id).get("answered as") for id in (first, second, third)] == [None, first, first]
    assert end_of(service, third)["ledger"] == end_of(service, first)["ledger"]


def test_it_reaches_whom_the_first_one_reached_and_the_record_says_so(
    service: Service, tmp_path: Path
) -> None:
    first, second = service.ran(AUTOMATIC), service.ran(AUTOMATIC)
    uses = service.records.reach.uses(THIS)
    assert [(use.query, use.released) for use in uses] == [(first, True), (second, True)]
    assert uses[0].definition == uses[1].definition
    assert uses[0].fields == uses[1].fields
    service.close()
    database, log = f"sqlite:///{tmp_path / 'enclave.db'}", log_in(tmp_path)
    assert check_database_at(database, log.checkpoint()).findings == []


def test_another_person_of_the_project_has_the_same_answer(
    service: Service, runs: list[QueryId | None]
) -> None:
    first = service.ran(AUTOMATIC)
    second = service.ask(AUTOMATIC, person=COLLEAGUE).id
    service.run()
    assert runs == [first]
    assert output(service, second).asked_by == COLLEAGUE


def policy_touched(service: Service) -> None:
    service.touch_policy()


def revoked(service: Service) -> None:
    asker, id = service.asker(SENIOR), output(service, "Q-1").id
    etag = read_output(asker, id, service.desk).etag
    revoke_output(asker, id, "A slip", service.desk, etag=etag, emergency=True)


@pytest.mark.parametrize("change", [policy_touched, revoked])
def test_under_other_policies_or_once_it_was_taken_back_it_is_run(
    service: Service, runs: list[QueryId | None], change: Callable[[Service], None]
) -> None:
    first = service.ran(AUTOMATIC)
    change(service)
    second = service.ran(AUTOMATIC)
    assert runs == [first, second]


def test_another_text_another_route_and_another_project_are_run(
    service: Service, runs: list[QueryId | None]
) -> None:
    ids = [service.ran(AUTOMATIC), service.ran(AUTOMATIC + " "), service.ran(AUTOMATIC, Wanted.CHECKERS)]
    ids.append(service.ask(AUTOMATIC, person=STRANGER, project=OTHER).id)
    service.run()
    assert runs == ids


def test_what_checkers_approve_is_run_each_time(service: Service, runs: list[QueryId | None]) -> None:
    ids = [service.ran(CHECKED), service.ran(CHECKED)]
    assert runs == ids


def test_once_something_that_was_known_is_free_again_it_is_run(
    service: Service, runs: list[QueryId | None]
) -> None:
    """It may have been hidden beside that, and could be shown now."""
    waits = service.with_checkers()
    first, again = service.ran(AUTOMATIC), service.ran(AUTOMATIC)
    withdraw_output(service.asker(ASKS), waits, service.desk)
    second, after = service.ran(AUTOMATIC), service.ran(AUTOMATIC)
    assert again not in runs
    assert after not in runs
    assert runs[1:] == [first, second]


def test_what_was_freed_before_it_was_judged_is_no_hindrance(
    service: Service, runs: list[QueryId | None]
) -> None:
    withdraw_output(service.asker(ASKS), service.with_checkers(), service.desk)
    first = service.ran(AUTOMATIC)
    service.ran(AUTOMATIC)
    assert runs[1:] == [first]


def test_a_result_that_is_not_what_its_hash_says_is_given_to_nobody(
    service: Service, runs: list[QueryId | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = service.ran(AUTOMATIC)
    monkeypatch.setattr("enclave.actions.asked_again.intact", lambda _result: False)
    assert runs == [first]
    assert [service.ran(AUTOMATIC)] == runs[1:]
