"""What checkers do: take an item, vote on it, decide a dispute. Votes are bound to what was seen, and blind.

Independence is asked of the policy here and of the database again: its constraint refuses a vote of an interested
party whatever this code believes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from enclave.actions.asker import Asker, Key
from enclave.actions.cases import case_of, followed, is_blocked, kept, rules_of, seal_of
from enclave.actions.outputs_seen import Seen, output_for, read_output_view
from enclave.actions.releases import committed
from enclave.actions.repeats import SameCall, made_before, remember
from enclave.actions.service_desk import ServiceDesk
from enclave.actions.settle_outputs import save_moved, settle_output
from enclave.actions.texts import MOST_COMMENT, short
from enclave.audit import Entry, Kind
from enclave.outputs.hashes import differing, hashes_of
from enclave.outputs.keeping import AlreadyThere, Change, NotIndependent, Stale
from enclave.outputs.pairs import would_be_over
from enclave.outputs.permissions import Act
from enclave.outputs.reasons import Reason
from enclave.outputs.records import ClaimRecord, OutputId, OutputRecord, ResultRecord, ReviewRecord
from enclave.outputs.review import VOTING
from enclave.outputs.states import State, Verdict
from enclave.outputs.views import OutputView, etag_of
from enclave.outputs.workflow import Case, Order, World, act
from enclave.problems import listed
from enclave.problems.service import Conflict, OwnOutput, PreconditionFailed

DECIDED: Final = {
    State.APPROVED: Kind.OUTPUT_APPROVED,
    State.RETURNED: Kind.OUTPUT_RETURNED,
    State.REJECTED: Kind.OUTPUT_REJECTED,
    State.DISPUTED: Kind.OUTPUT_DISPUTED,
}
"""What a vote can bring an output to: each has an entry of its own."""


@dataclass(frozen=True, slots=True)
class Vote:
    """What a checker decides, and the hashes of what they saw when they did."""

    verdict: Verdict
    comment: str
    hashes: Mapping[str, str] = field(default_factory=dict)
    reason: Reason | None = None


def claim_output(asker: Asker, id: OutputId, desk: ServiceDesk) -> OutputView:
    """Take an item up: its decision waits for this checker, until the claim lapses. Safe to repeat.

    Raises:
        NotFound, Forbidden, OwnOutput.
        Conflict: it is not up for votes, or this checker has voted.
    """
    settle_output(id, desk)
    seen = output_for(asker, id, Act.CLAIM, desk)
    _not_voted(seen)

    def change(opened: Change) -> None:
        now = _as_seen(opened, seen)
        after = _decided(Order(Act.CLAIM), now, seen, opened)
        opened.add_claim(ClaimRecord(id, now.round, seen.who.person, seen.who.organisation, opened.at))
        opened.save_output(kept(now, after))

    entry = Entry(Kind.OUTPUT_CLAIMED, asker.person, seen.item.output.project)
    _write(entry, change, seen, desk)
    return read_output_view(id, desk)


def review_output(
    asker: Asker, id: OutputId, vote: Vote, desk: ServiceDesk, *, etag: str, key: Key | None = None
) -> OutputView:
    """Vote on an item. The last vote of a round decides it, if all are of one mind; else a senior checker does.

    Args:
        etag: of the item as it was seen.

    Raises:
        NotFound, Forbidden, OwnOutput, SignInAgain.
        PreconditionFailed: the item, or anything that the vote is bound to, is not as it was seen.
        Conflict: it is not up for votes, this checker has voted in this round, or what is blocked would be approved.
    """
    if made_before(asker, key, desk) is not None:
        settle_output(id, desk)
        return output_for(asker, id, Act.READ, desk).view()
    settle_output(id, desk)
    seen = output_for(asker, id, Act.VOTE, desk)
    answer = seen.whole(desk).result
    _unchanged(seen, vote, etag)
    _not_voted(seen)
    _not_blocked(seen, answer, vote)
    _with_reason(vote)
    _not_too_often(seen, desk)
    if seen.item.output.state not in VOTING:
        raise Conflict(detail=f"{id} is not up for votes now.")

    def change(opened: Change) -> None:
        now = _as_seen(opened, seen)
        after = _decided(Order(Act.VOTE, vote.verdict, _seal(vote)), now, seen, opened, answer)
        opened.add_review(_review(seen, vote, opened, adjudicates=False))
        _save(now, after, opened)
        remember(opened, asker, key, id)

    _write(_entry(Kind.REVIEW_GIVEN, seen, answer, vote), change, seen, desk)
    settle_output(id, desk)
    return read_output_view(id, desk)


def adjudicate_output(
    asker: Asker, id: OutputId, vote: Vote, desk: ServiceDesk, *, etag: str, key: Key | None = None
) -> OutputView:
    """Decide a dispute, as a senior checker who is none of those who differ.

    Raises:
        NotFound, Forbidden, OwnOutput, SignInAgain, PreconditionFailed.
        Conflict: there is no dispute, or what is blocked would be approved.
    """
    if made_before(asker, key, desk) is not None:
        settle_output(id, desk)
        return output_for(asker, id, Act.READ, desk).view()
    settle_output(id, desk)
    seen = output_for(asker, id, Act.ADJUDICATE, desk)
    answer = seen.whole(desk).result
    _unchanged(seen, vote, etag)
    _not_blocked(seen, answer, vote)
    _with_reason(vote)
    if seen.item.output.state != State.DISPUTED:
        raise Conflict(detail=f"{id} is not disputed, so there is nothing to decide.")

    def change(opened: Change) -> None:
        now = _as_seen(opened, seen)
        after = _decided(Order(Act.ADJUDICATE, vote.verdict, _seal(vote)), now, seen, opened, answer)
        opened.add_review(_review(seen, vote, opened, adjudicates=True))
        _save(now, after, opened)
        remember(opened, asker, key, id)

    _write(_entry(Kind.OUTPUT_ADJUDICATED, seen, answer, vote), change, seen, desk)
    settle_output(id, desk)
    return read_output_view(id, desk)


def _decided(
    order: Order, now: OutputRecord, seen: Seen, opened: Change, answer: ResultRecord | None = None
) -> Case:
    """What the workflow makes of the order, on what is there in this very transaction."""
    case = case_of(now, opened, seen.policies, answer=answer)
    return followed(act(case, order, seen.who, World(rules_of(seen.policies)), now=opened.at), now)


def _save(now: OutputRecord, after: Case, opened: Change) -> None:
    """The output where the vote has brought it, and an entry if it was the one that decided."""
    save_moved(opened, kept(now, after))
    decisive = DECIDED.get(after.state)
    if decisive is not None:
        opened.also(Entry(decisive, None, now.project))


def _seal(vote: Vote) -> str:
    return seal_of(vote.hashes.items())


def _with_reason(vote: Vote) -> None:
    """Whoever rejects says why in a word that can be counted."""
    if vote.verdict is Verdict.REJECT and vote.reason is None:
        raise Conflict(detail=f"To reject needs a reason: one of {', '.join(Reason)}.")


def _not_too_often(seen: Seen, desk: ServiceDesk) -> None:
    """No pair decides most of what one project releases, where the house refuses that. Who the other is, is not said.

    Limit: two votes at one moment do not see one another; what comes of it shows in the figures.
    """
    rules, output = seen.policies.house.reviewing, seen.item.output
    if not rules.refuse_pairs:
        return
    with desk.records.read() as reading:
        handlers = reading.handlers(output.project).values()
    if would_be_over(handlers, seen.thing.voters, seen.who.person, percent=rules.pair_percent):
        raise Conflict(
            detail=f"You and one other checker would have decided on more than {rules.pair_percent} % of the "
            f"releases of {output.project}. Leave {output.id} to somebody else."
        )


def _unchanged(seen: Seen, vote: Vote, etag: str) -> None:
    """A vote counts for exactly what was seen."""
    output = seen.item.output
    if etag != etag_of(output):
        raise PreconditionFailed(detail=f"{output.id} has moved on since you looked at it. Open it again.")
    changed = differing(vote.hashes, hashes_of(output, policy=seen.policies.content_hash))
    if changed:
        what = listed(name.replace("_", " ") for name in changed)
        raise PreconditionFailed(
            detail=f"Not what you saw of {output.id}: {what}. Open it again and decide on what is there now."
        )


def _not_voted(seen: Seen) -> None:
    if seen.who.person in seen.thing.voters:
        raise Conflict(
            detail=f"You have voted on {seen.item.output.id} in this round; a vote is not changed."
        )


def _not_blocked(seen: Seen, answer: ResultRecord, vote: Vote) -> None:
    """What is blocked shows nothing, or what only a checker of another project could weigh. It can only go back."""
    if is_blocked(answer) and vote.verdict is Verdict.APPROVE:
        raise Conflict(
            detail=f"{seen.item.output.id} is blocked, so it cannot be approved as it is. Return it, or reject it."
        )


def _as_seen(opened: Change, seen: Seen) -> OutputRecord:
    """The output inside the transaction, still up for what it was seen to be up for.

    Another vote in between is no change: it does not bear on this one.
    """
    now = opened.output(seen.item.output.id)
    assert now is not None, "outputs stay"
    if etag_of(now) != etag_of(seen.item.output) or (now.state == State.DISPUTED) != (
        seen.item.output.state == State.DISPUTED
    ):
        raise Stale(now.id)
    return now


def _review(seen: Seen, vote: Vote, opened: Change, *, adjudicates: bool) -> ReviewRecord:
    output = seen.item.output
    return ReviewRecord(
        output_id=output.id,
        round=output.round,
        reviewer=seen.who.person,
        reviewer_organisation=seen.who.organisation,
        verdict=vote.verdict.value,
        comment=short(vote.comment, most=MOST_COMMENT),
        at=opened.at,
        hashes=hashes_of(output, policy=seen.policies.content_hash).as_json(),
        adjudicates=adjudicates,
        reason="" if vote.reason is None else vote.reason.value,
    )


def _entry(kind: Kind, seen: Seen, answer: ResultRecord, vote: Vote) -> Entry:
    item, policy_hash = seen.item, seen.policies.content_hash
    objects = {
        **committed(item.query, policy_hash=policy_hash),
        "table": answer.table,
        "report": answer.report,
    }
    body = {"verdict": vote.verdict.value, "reason": "" if vote.reason is None else vote.reason.value}
    return Entry(kind, seen.who.person, item.output.project, objects, body)


def _write(entry: Entry, change: Callable[[Change], None], seen: Seen, desk: ServiceDesk) -> None:
    id = seen.item.output.id
    try:
        desk.write(entry, change)
    except Stale:
        raise PreconditionFailed(detail=f"{id} has moved on since you looked at it. Open it again.") from None
    except SameCall:
        raise
    except AlreadyThere:
        raise Conflict(detail=f"You have voted on {id} in this round; a vote is not changed.") from None
    except NotIndependent:
        raise OwnOutput(detail=f"You, or those you work for, have an interest in {id}.") from None
