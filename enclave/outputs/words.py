"""What a researcher is told of a query or an output: a word that says where it is and nothing about what it holds."""

from typing import Final

from enclave.outputs.records import OutputRecord, QueryRecord, QueryStatus
from enclave.outputs.states import State
from enclave.projects import Route

WITH_CHECKERS: Final = "with checkers"
DONE: Final = "done"
SAID_AS_THEY_ARE: Final = frozenset(
    {
        State.RELEASED,
        State.RETURNED,
        State.REJECTED,
        State.WITHDRAWN,
        State.EXPIRED,
        State.SUPERSEDED,
        State.REVOKED,
    }
)
SAID_AS: Final = {State.REVOCATION_ASKED: State.RELEASED, State.SUSPENDED: State.REVOKED}
"""That one person wants a release back is for those who decide it; that it is not given out shows."""


def output_word(state: str) -> str:
    """Of an output that checkers have, only that they have it: neither votes nor disputes show."""
    known = SAID_AS.get(State(state), State(state))
    return known.value if known in SAID_AS_THEY_ARE else WITH_CHECKERS


def query_word(query: QueryRecord, output: OutputRecord | None) -> str:
    """Where a query is, or once it ran where its output is. `done`: it ran, and nobody asked for its release yet."""
    if query.status is not QueryStatus.FINISHED:
        return query.status.value
    return DONE if output is None else output_word(output.state)


def route_words(checkers: int) -> str:
    """`automatic_if_clear`, or `checkers: 2`."""
    route = Route(checkers)
    return str(route) if route.automatic else f"checkers: {checkers}"
