"""What hooks are told of: read from what a transaction changed, and written in it.

So no action can forget it, and nothing is told that did not happen. Compared are the words that the API has for where a
query or an output is: what it does not show as a change is none.
"""

from collections.abc import Mapping

from enclave.audit.entries import Entry, Json, Kind
from enclave.outputs.hooks import (
    ENDS,
    MOST_EVENTS,
    HookRecord,
    HookState,
    output_event,
    query_event,
    queue_event,
)
from enclave.outputs.keeping import Change, Reading
from enclave.outputs.notices import Notice
from enclave.outputs.records import OutputId, QueryId
from enclave.outputs.states import UNDECIDED, State
from enclave.outputs.words import WITH_CHECKERS, output_word

Words = tuple[str | None, bool]
"""Where a thing is as its people see it, and whether checkers have it in their queue."""
NOWHERE: Words = (None, False)
ASKED_FOR = frozenset({WITH_CHECKERS, State.WITHDRAWN.value})
"""Words that whoever asked need not be told: they did it."""
TOO_MANY = f"more than {MOST_EVENTS:,} events waited for it"


def words_of(reading: Reading, thing: str) -> Words:
    """Where a query or an output is; of a query, only that it is over."""
    if thing.startswith("Q-"):
        query = reading.query(QueryId(thing))
        return (query.status.value, False) if query is not None and query.status in ENDS else NOWHERE
    output = reading.output(OutputId(thing)) if thing.startswith("O-") else None
    if output is None:
        return NOWHERE
    return None if output.seeded else output_word(output.state), output.state in UNDECIDED


def tell_hooks(change: Change, thing: str, before: Words) -> None:
    """Put an event for each hook that is to hear of what became of a thing."""
    now = words_of(change, thing)
    if now == before:
        return
    if thing.startswith("Q-"):
        _tell_of_query(change, QueryId(thing))
        return
    output = change.output(OutputId(thing))
    assert output is not None, "outputs stay"
    if now[0] != before[0]:
        for hook in change.hooks_of(output.project):
            _tell(change, hook, output_event(output, at=change.at))
        if output.k and now[0] not in ASKED_FOR:
            change.notify(Notice("output.changed", output.asked_by, output.id, str(now[0])))
    if now[1] != before[1]:
        for hook in change.hooks_of(None):
            _tell(change, hook, queue_event(output, at=change.at))


def _tell_of_query(change: Change, id: QueryId) -> None:
    query = change.query(id)
    assert query is not None, "queries stay"
    for hook in change.hooks_of(query.project):
        _tell(change, hook, query_event(query, change.output_of(id), at=change.at))


def _tell(change: Change, hook: HookRecord, body: Mapping[str, Json]) -> None:
    if change.waiting_events(hook.id) < MOST_EVENTS:
        change.add_hook_event(hook.id, body)
        return
    change.end_hook(hook.id, HookState.OFF, TOO_MANY)
    change.also(Entry(Kind.WEBHOOK_OFF, None, hook.project, {}, {"hook": hook.id, "reason": TOO_MANY}))
