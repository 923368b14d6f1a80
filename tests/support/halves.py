"""Whether a record that a dead process left holds anything that is half done."""

from collections import Counter

from enclave.audit import Kind
from enclave.outputs.keeping import Reading
from enclave.outputs.records import QueryStatus
from enclave.outputs.states import State


def half_done(reading: Reading) -> list[str]:
    """What is wrong with the queries and outputs."""
    return [*_queries_and_results(reading), *_outputs_and_entries(reading)]


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
