"""Access ends at its instant, in the time of the house: for what waits, what runs, and what was just computed."""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from enclave.actions.end_barred import end_barred
from enclave.actions.read_outputs import read_query
from enclave.actions.run_jobs import run_next_job
from enclave.actions.run_query import Limits
from enclave.audit import Kind
from enclave.disclosure.raw import Raw
from enclave.outputs.records import QueryId, QueryRecord, QueryStatus
from enclave.outputs.views import QueryView
from tests.support.service import ASKS, AUTOMATIC, CHECKED, COLLEAGUE, Files, Service

PROJECT_FILE = "projects/P-WORLD-1.yaml"
PERSON_FILE = f"people/{ASKS}.yaml"
LAST_MOMENT = datetime(2027, 6, 30, 22, 59, 59, tzinfo=UTC)  # 23:59:59 in London, where it is summer
SECOND = timedelta(seconds=1)

Ends = Callable[[Service], None]


def project_ends(name: str) -> Ends:
    def edit(project: Files) -> None:
        dates = project["dates"]
        assert isinstance(dates, dict)
        dates |= {name: LAST_MOMENT.date()}

    return lambda service: service.change_policy(edit, file=PROJECT_FILE)


def person_ends(part: str) -> Ends:
    def edit(person: Files) -> None:
        found = person[part]
        one = found[0] if isinstance(found, list) else found
        assert isinstance(one, dict)
        one |= {"expires_on": LAST_MOMENT.date()}

    return lambda service: service.change_policy(edit, file=PERSON_FILE)


def agreement_ends(service: Service) -> None:
    def edit(organisation: Files) -> None:
        agreement = organisation["agreement"]
        assert isinstance(agreement, dict)
        agreement |= {"expires_on": LAST_MOMENT.date()}

    service.change_policy(edit, file="organisations/infirmary.yaml")


ENDS = {
    "project": project_ends("ends"),
    "review": project_ends("review_by"),
    "accreditation": person_ends("accreditation"),
    "training": person_ends("training"),
    "agreement": agreement_ends,
}


@pytest.fixture(params=sorted(ENDS))
def ending(request: pytest.FixtureRequest, service: Service) -> Service:
    """A service in the last second of something that access needs."""
    ENDS[request.param](service)
    service.clock.time = LAST_MOMENT
    return service


def record(service: Service, id: str) -> QueryRecord:
    with service.records.read() as reading:
        found = reading.query(QueryId(id))
    assert found is not None
    return found


def codes(service: Service, id: str) -> str:
    return str(record(service, id).problem)


def test_what_waits_is_ended_at_the_instant_and_not_a_second_before(ending: Service) -> None:
    id = ending.ask(AUTOMATIC).id
    assert end_barred(ending.desk) == 0
    ending.clock.time = LAST_MOMENT + SECOND
    assert end_barred(ending.desk) == 1
    assert record(ending, id).status is QueryStatus.CANCELLED
    assert not run_next_job(ending.desk)
    with ending.records.read() as reading:
        (entry,) = reading.entries(kinds=[Kind.QUERY_CANCELLED])
    assert entry.actor is None
    assert entry.body is not None
    assert entry.body["codes"] in (["project-ended"], ["accreditation-expired"])


def test_what_was_computed_before_the_instant_is_not_shown_after_it(ending: Service) -> None:
    """The answer is held to the time grid, and the day ends meanwhile."""
    ending.clock.move(seconds=0.999)
    id = ending.ask(AUTOMATIC).id
    ending.run()
    assert ending.clock.time >= LAST_MOMENT + SECOND
    assert record(ending, id).status in (QueryStatus.REFUSED, QueryStatus.FAILED)
    with ending.records.read() as reading:
        assert reading.output_of(QueryId(id)) is None
        assert reading.result(QueryId(id)) is None


@pytest.mark.parametrize("sql", [AUTOMATIC, CHECKED])
def test_the_last_look_is_in_the_transaction_that_would_show_it(tmp_path: Path, sql: str) -> None:
    services: list[Service] = []

    def at(step: str) -> None:
        if step == f"{Kind.QUERY_FINISHED}:before":
            services[0].clock.time = LAST_MOMENT + SECOND

    service = Service(tmp_path, at=at)
    services.append(service)
    try:
        ENDS["project"](service)
        service.clock.time = LAST_MOMENT - timedelta(hours=3)
        id = service.ask(sql).id
        service.run()
        assert record(service, id).status is QueryStatus.REFUSED
        assert "project-ended" in codes(service, id)
        with service.records.read() as reading:
            assert reading.output_of(QueryId(id)) is None
    finally:
        service.close()


@pytest.fixture
def revoking(service: Service, monkeypatch: pytest.MonkeyPatch) -> Callable[[Ends], QueryRecord]:
    """Change the policy while a query runs, as a running service notices it; gives the query as it ended."""

    def revoke(change: Ends) -> QueryRecord:
        told: list[bool] = []

        def run(
            sql: str, inputs: Mapping[str, pa.Table], *, limits: Limits, cancel: threading.Event | None
        ) -> Raw:
            del sql, inputs, limits
            change(service)
            end_barred(service.desk)
            told.append(cancel is not None and cancel.is_set())
            raise AssertionError("what is cancelled is not run on")

        id = service.ask(AUTOMATIC).id
        monkeypatch.setattr(service.engine, "run", run)
        service.run()
        assert told == [True], "the engine is told to stop"
        return record(service, id)

    return revoke


def off_the_project(project: Files) -> None:
    project["people"] = [{"id": str(COLLEAGUE), "role": "lead_researcher"}]


def paused(project: Files) -> None:
    project["status"] = "paused"


@pytest.mark.parametrize("edit", [off_the_project, paused])
def test_a_running_query_of_somebody_who_is_revoked_is_cancelled(
    revoking: Callable[[Ends], QueryRecord], edit: Callable[[Files], None]
) -> None:
    ended = revoking(lambda service: service.change_policy(edit, file=PROJECT_FILE))
    assert ended.status is QueryStatus.CANCELLED
    assert ended.output_id is None


def test_whoever_was_cancelled_reads_why(service: Service) -> None:
    id = service.ask(AUTOMATIC).id
    service.change_policy(paused, file=PROJECT_FILE)
    end_barred(service.desk)
    found: QueryView = read_query(service.asker(ASKS), QueryId(id), service.desk)
    assert found.status == "cancelled"
    assert "Access ended before the query did" in str(found.problem)


def test_queries_of_others_go_on(service: Service) -> None:
    mine, theirs = service.ask(AUTOMATIC).id, service.ask(AUTOMATIC, person=COLLEAGUE).id
    person = {"id": str(COLLEAGUE), "role": "lead_researcher"}
    service.change_policy(lambda project: project.update(people=[person]), file=PROJECT_FILE)
    assert end_barred(service.desk) == 1
    assert end_barred(service.desk) == 0
    assert record(service, mine).status is QueryStatus.CANCELLED
    assert record(service, theirs).status is QueryStatus.QUEUED
