"""Questions as they are asked: recorded, counted, and made once however often they are sent."""

from dataclasses import replace

import pytest

from enclave.actions.ask_query import AskQuery, ask_query, check_query, read_allowance
from enclave.actions.asker import Key
from enclave.audit import Kind
from enclave.outputs.records import QueryId, QueryStatus
from enclave.problems import Problem, Refusals
from enclave.problems.service import AllowanceUsedUp, Forbidden, IdempotencyMismatch, NotFound, TooManyWaiting
from enclave.projects.model import Allowance
from enclave.query.limits import MAX_BYTES
from enclave.terms import PersonId, ProjectId
from tests.support.service import ASKS, AUTOMATIC, CHECKED, OTHER, REFUSED, STRANGER, THIS, Files, Service


def count(service: Service, kind: Kind) -> int:
    with service.records.read() as reading:
        return reading.entry_count(kinds=[kind])


def question(service: Service, sql: str = AUTOMATIC, name: str = "A table") -> AskQuery:
    return AskQuery(service.asker(ASKS), THIS, sql, name)


def allow(service: Service, *, queries: int, cells: int) -> None:
    in_force = {
        id: replace(policy, allowance=Allowance(queries, cells))
        for id, policy in service.policies.in_force.items()
    }
    service.policies = replace(service.policies, in_force=in_force)


def test_a_question_waits_and_is_on_record(service: Service) -> None:
    asked = service.ask(CHECKED)
    assert (asked.id, asked.status, asked.route, asked.cells) == ("Q-1", "queued", "checkers: 2", 2)
    assert asked.reasons == ("it compares a measure with a number that is not one of its cut points",)
    with service.records.read() as reading:
        (entry,) = reading.entries(kinds=[Kind.QUERY_ASKED])
    assert (entry.actor, entry.project) == (ASKS, THIS)


def test_a_refusal_is_recorded_like_a_success_and_uses_no_allowance(service: Service) -> None:
    with pytest.raises(Refusals) as refused:
        service.ask(REFUSED)
    assert refused.value.query_id == "Q-1"
    with service.records.read() as reading:
        query = reading.query(QueryId("Q-1"))
        job = reading.job_of(QueryId("Q-1"))
    assert query is not None
    assert query.status is QueryStatus.REFUSED
    assert query.problem is not None
    assert query.problem["code"] == refused.value.problems[0].code
    assert job is None
    assert count(service, Kind.QUERY_REFUSED) == 1
    allowance = read_allowance(THIS, service.desk)
    assert allowance is not None
    assert (allowance.used, allowance.cells_used) == (0, 0)


def test_a_stranger_leaves_nothing_on_the_project(service: Service) -> None:
    with pytest.raises(Refusals) as refused:
        service.ask(person=STRANGER)
    assert [problem.code for problem in refused.value.problems] == ["not-on-project"]
    with service.records.read() as reading:
        assert reading.queries() == ()
        (entry,) = reading.entries(kinds=[Kind.ACT_REFUSED])
    assert (entry.actor, entry.project) == (STRANGER, None)


def test_a_project_that_is_not_there_looks_like_one_of_others(service: Service) -> None:
    told = []
    for project in (OTHER, ProjectId("P-NOWHERE")):
        with pytest.raises(Refusals) as refused:
            service.ask(project=project)
        told.append([str(problem) for problem in refused.value.problems])
    assert told[0] == told[1]


def test_whom_the_policy_does_not_know_may_ask_nothing(service: Service) -> None:
    with pytest.raises(Forbidden):
        service.ask(person=PersonId("nobody@nowhere.example"))


def test_a_check_is_counted_and_asks_nothing(service: Service) -> None:
    checked = check_query(question(service, CHECKED), service.desk)
    assert (checked.cells, checked.route.checkers) == (2, 2)
    with pytest.raises(Refusals):
        check_query(question(service, REFUSED), service.desk)
    assert count(service, Kind.CHECK_MADE) == 2
    with service.records.read() as reading:
        assert reading.queries() == ()


def test_the_same_call_made_twice_asks_once(service: Service) -> None:
    key = Key("mine", b"body")
    first = ask_query(question(service), service.desk, key=key)
    service.run()
    again = ask_query(question(service), service.desk, key=key)
    assert first.id == again.id
    assert again.status == "released"
    assert count(service, Kind.QUERY_ASKED) == 1


def test_the_same_call_is_refused_twice_in_the_same_words(service: Service) -> None:
    key, told = Key("mine", b"body"), []
    for _ in range(2):
        with pytest.raises(Refusals) as refused:
            ask_query(question(service, REFUSED), service.desk, key=key)
        problems = refused.value.problems
        told.append((refused.value.query_id, [(str(one), one.spans, one.fixes) for one in problems]))
    assert told[0] == told[1]
    assert count(service, Kind.QUERY_REFUSED) == 1


def test_a_call_made_again_by_who_left_the_project_tells_nothing(service: Service) -> None:
    key = Key("mine", b"body")
    asked = question(service)
    ask_query(asked, service.desk, key=key)

    def leaves(project: Files) -> None:
        people = project["people"]
        assert isinstance(people, list)
        project["people"] = [{**people[1], "role": "lead_researcher"}, *people[2:]]

    service.change_policy(leaves, file=f"projects/{THIS}.yaml")
    with pytest.raises(NotFound):
        ask_query(asked, service.desk, key=key)


def test_a_key_with_another_body_is_another_call_and_refused(service: Service) -> None:
    ask_query(question(service), service.desk, key=Key("mine", b"body"))
    with pytest.raises(IdempotencyMismatch):
        ask_query(question(service), service.desk, key=Key("mine", b"another"))


def test_a_key_is_its_owners_own_and_kept_for_a_day(service: Service) -> None:
    key = Key("mine", b"body")
    first = ask_query(question(service), service.desk, key=key)
    colleague = replace(question(service), asker=service.asker(PersonId("colleague@infirmary.example")))
    assert ask_query(colleague, service.desk, key=key).id != first.id
    service.clock.move(hours=24, seconds=1)
    assert ask_query(question(service), service.desk, key=Key("mine", b"another")).id != first.id


def test_the_allowance_of_a_day_ends_and_begins_anew(service: Service) -> None:
    allow(service, queries=2, cells=1000)
    service.ask()
    service.ask()
    with pytest.raises(AllowanceUsedUp) as used_up:
        service.ask()
    assert used_up.value.retry_after_seconds == 12 * 3600  # it is noon in winter
    service.clock.move(seconds=used_up.value.retry_after_seconds)
    service.ask()


def test_cells_are_counted_by_what_could_be_there(service: Service) -> None:
    allow(service, queries=100, cells=5)
    service.ask(AUTOMATIC)
    service.ask(AUTOMATIC)
    with pytest.raises(AllowanceUsedUp):
        service.ask(AUTOMATIC)
    allowance = read_allowance(THIS, service.desk)
    assert allowance is not None
    assert allowance.cells_used == 4


def test_one_project_does_not_fill_the_queue(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enclave.actions.ask_query.MOST_WAITING", 2)
    service.ask()
    service.ask()
    with pytest.raises(TooManyWaiting):
        service.ask()
    service.run()
    service.ask()


def test_a_policy_that_does_not_know_the_project_has_no_allowance(service: Service) -> None:
    assert read_allowance(ProjectId("P-NOWHERE"), service.desk) is None


@pytest.mark.parametrize(
    "sql", ["SELECT \0 FROM patient", "SELECT '\ud800' AS a FROM patient", "x" * (MAX_BYTES + 9)]
)
def test_a_text_that_no_database_holds_is_refused_and_recorded(service: Service, sql: str) -> None:
    with pytest.raises((Refusals, Problem)):
        service.ask(sql)
    with service.records.read() as reading:
        (query,) = reading.queries()
    assert query.status is QueryStatus.REFUSED
    assert len(query.sql) <= MAX_BYTES


def test_a_name_is_one_short_line(service: Service) -> None:
    asked = ask_query(question(service, name=" Absence\n by\tarea " + "x" * 500), service.desk)
    assert asked.name.startswith("Absence by area x")
    assert len(asked.name) == 200
