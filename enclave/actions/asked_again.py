"""A question that was answered before, over the same data under the same policies, is answered as it was then.

Nothing is computed for it, and it reaches whom the first one reached. A run would come to the same bytes: what was
shown may be shown again as it was, and what was hidden beside numbers that are known stays hidden while they stay. So
once anything that was known is free again, a run may show more, and is made. Whoever may see this answer may see the
first: both are of one project, under the same policies.

Limit: a number that another table has shown since would be repeated by a run, and stays hidden here.

Limit: what is remembered is gone with the process, whose successor may be another version of the program. Where people
are reached by their consent each question is run, since who consents changes without the policies; so is one that
checkers approved.
"""

from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from enclave.actions.check_policy import Policies
from enclave.actions.kept_answers import intact
from enclave.actions.ledger_past import Position
from enclave.actions.plan_query import Planned
from enclave.outputs.hashes import sha256
from enclave.outputs.keeping import Records
from enclave.outputs.records import QueryId, QueryRecord, ResultRecord
from enclave.outputs.states import State
from enclave.query.recent import Recent

MOST: Final = 4096
Asked: TypeAlias = tuple[object, ...]
"""A question, with all that its answer hangs on beside the ledger."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that was computed and released. `query` is the one that was run, `position` where it was judged."""

    query: QueryId
    position: Position


@dataclass(frozen=True, slots=True)
class Again:
    """The answer of a query that was run before, as the result of the one that is asked now."""

    result: ResultRecord
    first: Answered


class Remembered:
    """Which questions this process has answered. Safe to use from many threads."""

    def __init__(self) -> None:
        self._answered: Recent[Asked, Answered] = Recent(MOST)

    def keep(self, query: QueryRecord, policies: Policies, planned: Planned, answered: Answered) -> None:
        """Remember the answer of a query that was released without a checker."""
        if planned.routing.route.automatic and not planned.policy.consent_of:
            self._answered.keep(_asked(query, policies, planned), answered)

    def again(
        self, query: QueryRecord, policies: Policies, planned: Planned, records: Records
    ) -> Again | None:
        """The answer that the question was given before; None when it has to be run.

        `planned` is the question as it would be run now, so that nothing is given again that may not be asked.
        """
        first = self._answered.get(_asked(query, policies, planned))
        if first is None:
            return None
        with records.read() as reading:
            result, output = reading.result(first.query), reading.output_of(first.query)
        if result is None or output is None or output.state != State.RELEASED or not intact(result):
            return None
        if not records.ledger.only_grew(first.position.judged):
            return None
        return Again(replace(result, query_id=query.id), first)


def _asked(query: QueryRecord, policies: Policies, planned: Planned) -> Asked:
    text, policy = sha256(query.sql.encode()), planned.policy
    return (
        query.project,
        text,
        query.wanted,
        policies.content_hash,
        policy.content_hash,
        policy.project.data_version,
        planned.routing.route.checkers,
        planned.routing.reasons,
    )
