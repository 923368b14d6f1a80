"""What checkers are done with, as far as one of them may look at it: released, returned, or over.

Each output is asked for by itself whether this checker may look at it, as in the queue. Known-bad items that came back
stand among what came back, so that nobody can tell them by what is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from enclave.actions.asker import Asker, Page
from enclave.actions.asking import refuse, thing_of, who_asks
from enclave.actions.check_policy import Policies
from enclave.actions.service_desk import ServiceDesk
from enclave.actions.settle_outputs import number_of
from enclave.outputs.keeping import Reading
from enclave.outputs.permissions import Act, Who, may, may_read_queue
from enclave.outputs.records import OutputId, OutputRecord
from enclave.outputs.review import present
from enclave.outputs.states import EVER_RELEASED, State
from enclave.terms import ProjectId

A_PIECE: Final = 50
MOST_PIECES: Final = 8
"""Of the record that are read for one page; what is further back is on the next."""


class Past(StrEnum):
    """Where outputs are that no checker has to look at now."""

    RELEASED = "released"
    RETURNED = "returned"
    OVER = "over"


STATES: Final[Mapping[Past, frozenset[State]]] = {
    Past.RELEASED: EVER_RELEASED,
    Past.RETURNED: frozenset({State.RETURNED}),
    Past.OVER: frozenset({State.REJECTED, State.WITHDRAWN, State.EXPIRED, State.ON_HOLD}),
}


@dataclass(frozen=True, slots=True)
class PastItem:
    """One output. `own_vote` is the word of this checker in its last round, if they gave one."""

    output: OutputId
    project: ProjectId
    project_title: str
    name: str
    state: State
    automatic: bool
    needed: int
    asked_at: datetime
    released_at: datetime | None
    own_vote: str | None


def list_past_work(
    asker: Asker, past: Past, desk: ServiceDesk, *, after: OutputId | None = None
) -> Page[PastItem]:
    """Fifty at a time, newest first.

    Raises:
        Forbidden: not a checker.
    """
    policies = desk.policies()
    who = who_asks(asker, policies, desk)
    decision = may_read_queue(who)
    if not decision.allowed:
        refuse(decision, called="the queue")
    items: list[PastItem] = []
    before = None if after is None else number_of(after)
    with desk.records.read() as reading:
        for _ in range(MOST_PIECES):
            found = reading.outputs(states=STATES[past], before=before, limit=A_PIECE, seeded=True)
            for output in found:
                item = _item(output, who, policies, reading)
                items += [] if item is None else [item]
                before = number_of(output.id)
                if len(items) == A_PIECE:
                    return Page(items, output.id)
            if len(found) < A_PIECE:
                return Page(items, None)
    return Page(items, found[-1].id)


def _item(output: OutputRecord, who: Who, policies: Policies, reading: Reading) -> PastItem | None:
    thing = thing_of(output.project, policies, asked_by=output.asked_by, parties=reading.parties(output.id))
    policy = policies.policy(output.project)
    if policy is None or not may(who, Act.READ_REVIEW, thing).allowed:
        return None
    own = [vote for vote in present(output, reading.reviews(output.id)) if vote.reviewer == who.person]
    return PastItem(
        output=output.id,
        project=output.project,
        project_title=policy.project.title,
        name=output.name,
        state=State(output.state),
        automatic=output.k == 0,
        needed=output.k,
        asked_at=output.asked_at,
        released_at=output.released_at,
        own_vote=own[-1].verdict if own else None,
    )
