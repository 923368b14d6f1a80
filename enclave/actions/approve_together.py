"""Approve several clear items in one go: each a vote of its own, with its own entry, on exactly what was listed.

One item in ten is drawn to be seen whole first. Nothing else is skipped: whatever `review_output` asks of a vote, it
asks of each of these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from enclave.actions.asker import Asker
from enclave.actions.outputs_seen import output_for
from enclave.actions.review_output import Vote, review_output
from enclave.actions.service_desk import ServiceDesk
from enclave.actions.work_queue import read_work_queue
from enclave.outputs.checking.queue import MOST_TOGETHER, QueueRow, drawn
from enclave.outputs.hashes import hashes_of
from enclave.outputs.permissions import Act
from enclave.outputs.records import OutputId
from enclave.outputs.states import Verdict
from enclave.problems import Problem
from enclave.problems.http import MalformedRequest
from enclave.problems.service import PreconditionFailed, SignInAgain

TOGETHER: Final = "Approved together with others, as clear."


@dataclass(frozen=True, slots=True)
class Chosen:
    """An item as it was listed."""

    output: OutputId
    etag: str
    seal: str


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of one item. `problem` says why it has no vote; `to_open`: it must be seen whole first."""

    output: OutputId
    status: str
    to_open: bool = False
    problem: Problem | None = None


def approve_together(asker: Asker, chosen: Sequence[Chosen], desk: ServiceDesk) -> list[Ended]:
    """Vote to approve each item, one after the other; what stops one does not stop the next.

    Raises:
        Forbidden: not a checker.
        MalformedRequest: nothing was chosen, or more than may be approved together.
        SignInAgain: before any vote.
    """
    if not 0 < len({one.output for one in chosen}) == len(chosen) <= MOST_TOGETHER:
        raise MalformedRequest(detail=f"Choose 1 to {MOST_TOGETHER} items, each once.")
    listed = {row.output: row for row in read_work_queue(asker, desk).rows}
    return [_approved(asker, one, listed.get(one.output), desk) for one in chosen]


def must_be_opened(row: QueueRow, asker: Asker) -> bool:
    """Whether this checker has to see the item whole before it is approved together with others."""
    return drawn(row.output, row.seal, asker.person) and not row.opened


def _approved(asker: Asker, chosen: Chosen, row: QueueRow | None, desk: ServiceDesk) -> Ended:
    try:
        if row is None or row.etag != chosen.etag or row.seal != chosen.seal:
            raise PreconditionFailed(detail=f"{chosen.output} is not as it was listed. Open it, then decide.")
        if not row.clear or must_be_opened(row, asker):
            return Ended(chosen.output, "to be opened", to_open=True)
        vote = Vote(Verdict.APPROVE, TOGETHER, _hashes(asker, row, desk))
        view = review_output(asker, row.output, vote, desk, etag=row.etag)
    except SignInAgain:
        raise
    except Problem as problem:
        return Ended(chosen.output, "not approved", problem=problem)
    return Ended(chosen.output, view.status)


def _hashes(asker: Asker, row: QueueRow, desk: ServiceDesk) -> dict[str, str]:
    """What the vote is bound to: of the item as it is now, if that still has the seal which was listed."""
    seen = output_for(asker, row.output, Act.VOTE, desk)
    now = hashes_of(seen.item.output, policy=seen.policies.content_hash)
    if now.seal != row.seal:
        raise PreconditionFailed(detail=f"{row.output} is not as it was listed. Open it, then decide.")
    return dict(now.as_json())
