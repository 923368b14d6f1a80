"""Whether a record that a dead process left holds anything that is half done."""

from collections import Counter

from enclave.actions.ledger_past import run_of
from enclave.audit import Kind
from enclave.outputs.keeping import Reading
from enclave.outputs.ledger import Known, NumbersState
from enclave.outputs.records import QueryId, QueryStatus
from enclave.outputs.states import UNRELEASED, State


def half_done(reading: Reading) -> list[str]:
    """What is wrong with the queries and outputs."""
    return [*_queries_and_results(reading), *_outputs_and_entries(reading)]


def half_shown(reading: Reading, known: Known) -> list[str]:
    """What is wrong with the numbers in the ledger, each answer of which shows some."""
    wrong = []
    for one in known.reservations:
        assert one.query_id is not None
        query, output = reading.query(one.query_id), reading.output_of(one.query_id)
        assert query is not None
        shown = output is not None and output.state in (State.RELEASED, State.REVOKED)
        waits = query.status is QueryStatus.RUNNING or (
            query.status is QueryStatus.FINISHED and (output is None or output.state in UNRELEASED)
        )
        if (one.state is NumbersState.SHOWN) != shown or (one.state is NumbersState.RESERVED) != waits:
            wrong.append(f"the numbers of {query.id} are {one.state}, and its output says otherwise")
    remembered = {one.query_id for one in known.reservations}
    wrong += [
        f"{output.id} is released, and what it shows is not remembered"
        for output in reading.outputs(states=[State.RELEASED])
        if _run_of(output.query_id, reading) not in remembered
    ]
    return wrong


def _run_of(query: QueryId, reading: Reading) -> QueryId:
    """The query that was run: its own, or the one that it was answered as."""
    ends = [one.body for one in reading.entries_about(query) if one.kind == Kind.QUERY_FINISHED]
    return run_of(query, ends[-1] if ends else None)


def _queries_and_results(reading: Reading) -> list[str]:
    wrong = []
    for query in reading.queries():
        job = reading.job_of(query.id)
        finished = query.status is QueryStatus.FINISHED
        if finished != (reading.result(query.id) is not None):
            wrong.append(f"{query.id} is {query.status}, and its result says otherwise")
        if job is None or (job.state.value == "ended") != (query.status.value in ("finished", "failed")):
            wrong.append(f"{query.id} is {query.status}, and its job says otherwise")
        if (query.output_id is None) != (reading.output_of(query.id) is None):
            wrong.append(f"{query.id} and its output do not know of one another")
    return wrong


def _outputs_and_entries(reading: Reading) -> list[str]:
    wrong = []
    for output in reading.outputs():
        kinds = Counter(entry.kind for entry in reading.entries_about(output.id))
        released = output.state == State.RELEASED
        if kinds[Kind.OUTPUT_RELEASED] != int(released):
            wrong.append(f"{output.id} is {output.state}, and its entries say otherwise")
        if released != (output.manifest is not None) or released != (output.released_at is not None):
            wrong.append(f"{output.id} is {output.state}, and its manifest says otherwise")
        if kinds[Kind.REVIEW_GIVEN] != len(reading.reviews(output.id)):
            wrong.append(f"{output.id} has votes without an entry, or entries without a vote")
    return wrong
