"""Move outputs that are due by themselves: release what was approved, void votes that the policy overtook, end, hold.

Each move is one transaction with its entry. A process that dies between two leaves an output where the next one, or
another process, finds it due again: so a release is neither lost nor made twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from enclave.actions.asking import parties_of
from enclave.actions.check_policy import Policies
from enclave.actions.in_force import lapses, over, planned_now
from enclave.actions.kept_answers import intact, read_report
from enclave.actions.ledger_desk import scope_of, show_numbers
from enclave.actions.releases import release_entry, released
from enclave.actions.service_desk import ServiceDesk
from enclave.audit import Entry, Kind
from enclave.outputs.due import Facts, due
from enclave.outputs.hashes import differing, hashes_of
from enclave.outputs.keeping import MOST_LISTED, Change, Reading, Stale
from enclave.outputs.ledger import NotTogether, Recheck
from enclave.outputs.records import OutputId, OutputRecord, QueryRecord, ResultRecord
from enclave.outputs.review import awaited, present
from enclave.outputs.states import UNRELEASED, Command, Event, State, Verdict, move
from enclave.problems import Refusals

KINDS: Final = {
    Command.APPROVE: Kind.OUTPUT_APPROVED,
    Command.RETURN: Kind.OUTPUT_RETURNED,
    Command.REJECT: Kind.OUTPUT_REJECTED,
    Command.DISPUTE: Kind.OUTPUT_DISPUTED,
    Command.HOLD: Kind.OUTPUT_HELD,
    Command.RESUME: Kind.OUTPUT_RESUMED,
    Command.VOID: Kind.REVIEWS_VOIDED,
    Command.EXPIRE: Kind.OUTPUT_EXPIRED,
}
MOST_MOVES: Final = 4
"""Of one output at a time: its votes are voided, it is held; or approved, released."""
NEVER_RELEASED: Final = frozenset({State.REJECTED, State.WITHDRAWN, State.EXPIRED})
NOT_BESIDE_OTHERS: Final = (
    "Beside what was shown or reserved since it was computed, it would tell more than either of them alone"
)
"""For checkers alone: which others, and whose, is not said."""


@dataclass(frozen=True, slots=True)
class Item:
    """An output with what it is of."""

    output: OutputRecord
    query: QueryRecord
    result: ResultRecord


def settle_outputs(desk: ServiceDesk, *, states: Iterable[State] = UNRELEASED) -> bool:
    """Make every move that is due of outputs in these states. False when none was.

    Each output is planned anew under the policy in force, so all of them at once are for once a minute.
    """
    moved, before, states = False, None, frozenset(states)
    while True:
        with desk.records.read() as reading:
            found = reading.outputs(states=states, before=before)
        for output in found:
            moved |= settle_output(output.id, desk)
        if len(found) < MOST_LISTED:
            return moved
        before = number_of(found[-1].id)


def settle_output(id: OutputId, desk: ServiceDesk) -> bool:
    """Make the moves of one output that are due by themselves. False when none is."""
    moves = 0
    while moves < MOST_MOVES and _settle_once(id, desk):
        moves += 1
    return moves > 0


def number_of(id: str) -> int:
    """The number in an id such as O-131."""
    return int(id.rpartition("-")[2])


def _settle_once(id: OutputId, desk: ServiceDesk) -> bool:
    policies = desk.policies()
    with desk.records.read() as reading:
        item = item_of(id, reading)
        if item is None:
            return False
        facts = _facts(item, reading, policies, desk)
    command = due(facts)
    if command is None:
        return False
    try:
        _make(command, item, facts, policies, desk)
    except Stale:
        return False  # somebody else moved it: they settle it
    return True


def item_of(id: OutputId, reading: Reading) -> Item | None:
    output = reading.output(id)
    if output is None:
        return None
    query, result = reading.query(output.query_id), reading.result(output.query_id)
    assert query is not None, "an output is of a query"
    assert result is not None, "an output is of a result"
    return Item(output, query, result)


def _facts(item: Item, reading: Reading, policies: Policies, desk: ServiceDesk) -> Facts:
    """What decides whether an output is due for a move."""
    output, now = item.output, desk.clock.now()
    reviews, claims = reading.reviews(output.id), reading.claims(output.id)
    hours = policies.house.reviewing.claim_lapses_after_hours
    waited = awaited(output, reviews, claims, now=now, lapses_after_hours=hours)
    votes = present(output, reviews)
    bound_to = hashes_of(output, policy=policies.content_hash)
    this_round = [review for review in reviews if review.round == output.round]
    ended = over(output.project, policies, now=now)
    planned = None if ended else planned_now(item.query, policies, desk)
    found = lapses(item.query, read_report(item.result)["rules"], planned) if planned is not None else ()
    return Facts(
        state=State(output.state),
        votes=tuple(Verdict(vote.verdict) for vote in votes),
        needed=output.k,
        awaited=len(waited),
        over=ended,
        lapses=found if intact(item.result) else (*found, "What is kept of it is not what was computed"),
        checkers_now=output.k
        if planned is None or isinstance(planned, Refusals)
        else planned.routing.route.checkers,
        bound=all(not differing(review.hashes, bound_to) for review in this_round),
        upheld=any(review.adjudicates and review.verdict == Verdict.APPROVE for review in this_round),
    )


def _make(command: Command, item: Item, facts: Facts, policies: Policies, desk: ServiceDesk) -> None:
    if command is Command.RELEASE:
        _release(item, policies, desk)
        return
    event = move(facts.state, command)
    assert isinstance(event, Event), "what is due is a move"

    def change(opened: Change) -> None:
        moved = moved_to(item.output, event)
        save_moved(opened, replace(moved, k=max(moved.k, facts.checkers_now)))
        if event.new_round:
            opened.add_parties(item.output.id, parties_of(item.output.project, policies))

    body = {"state": event.to.value, "reasons": list(facts.lapses)}
    desk.write(Entry(KINDS[command], None, item.output.project, {}, body), change)


def save_moved(opened: Change, output: OutputRecord) -> OutputRecord:
    """Save an output that was moved. When it will never be released, its numbers will not be shown."""
    if output.state in NEVER_RELEASED:
        opened.free_numbers(output.query_id)
    return opened.save_output(output)


def moved_to(output: OutputRecord, event: Event) -> OutputRecord:
    return replace(output, state=event.to, round=output.round + event.new_round)


def _release(item: Item, policies: Policies, desk: ServiceDesk) -> None:
    """Release it, and show its numbers in the same transaction; or back to checkers, when others came between."""
    query, policy = item.query, policies.in_force[item.output.project]
    scope = scope_of(query.project, policies)

    def write(recheck: Recheck | None) -> None:
        def change(opened: Change) -> None:
            opened.show_numbers(query.id, scope, recheck=recheck)
            opened.save_output(released(item.output, policies, at=opened.at))

        write_it = desk.write if recheck is None else desk.write_alone
        write_it(release_entry(query, item.result, policy_hash=policies.content_hash), change)

    try:
        show_numbers(query.id, scope, desk.records.ledger, write, recheck=lambda met: desk.judge(met, policy))
    except NotTogether:
        _back_to_checkers(item, policies, desk)


def _back_to_checkers(item: Item, policies: Policies, desk: ServiceDesk) -> None:
    event = move(State(item.output.state), Command.VOID)
    assert isinstance(event, Event), "what is approved can go back"

    def change(opened: Change) -> None:
        opened.save_output(moved_to(item.output, event))
        opened.add_parties(item.output.id, parties_of(item.output.project, policies))

    body = {"state": event.to.value, "reasons": [NOT_BESIDE_OTHERS]}
    desk.write(Entry(Kind.REVIEWS_VOIDED, None, item.output.project, {}, body), change)
