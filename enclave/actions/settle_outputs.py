"""Move outputs that are due by themselves: release what was approved, void votes that the policy overtook, end, hold.

Each move is one transaction with its entry. A process that dies between two leaves an output where the next one, or
another process, finds it due again: so a release is neither lost nor made twice.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from enclave.actions.asking import parties_of
from enclave.actions.cases import Item, case_of, item_of, kept, world_of
from enclave.actions.check_policy import Policies
from enclave.actions.ledger_desk import scope_of, show_numbers
from enclave.actions.releases import release_entry, released
from enclave.actions.service_desk import ServiceDesk
from enclave.audit import Entry, Kind
from enclave.outputs.due import due
from enclave.outputs.keeping import MOST_LISTED, Change, Stale
from enclave.outputs.ledger import NotTogether, Recheck
from enclave.outputs.records import OutputId, OutputRecord
from enclave.outputs.states import EVER_RELEASED, UNRELEASED, Command, Event, State, move
from enclave.outputs.workflow import Case, Refused, World, act, facts_of

KINDS: Final = {
    Command.APPROVE: Kind.OUTPUT_APPROVED,
    Command.RETURN: Kind.OUTPUT_RETURNED,
    Command.REJECT: Kind.OUTPUT_REJECTED,
    Command.DISPUTE: Kind.OUTPUT_DISPUTED,
    Command.HOLD: Kind.OUTPUT_HELD,
    Command.RESUME: Kind.OUTPUT_RESUMED,
    Command.VOID: Kind.REVIEWS_VOIDED,
    Command.EXPIRE: Kind.OUTPUT_EXPIRED,
    Command.OVERDUE: Kind.REVOCATION_OVERDUE,
    Command.SUPERSEDE: Kind.OUTPUT_SUPERSEDED,
}
DUE_IN: Final = UNRELEASED | {State.SUSPENDED}
"""Where time alone can make a move due."""
MOST_MOVES: Final = 4
"""Of one output at a time: its votes are voided, it is held; or approved, released."""
NEVER_RELEASED: Final = frozenset({State.REJECTED, State.WITHDRAWN, State.EXPIRED})
NOT_BESIDE_OTHERS: Final = (
    "Beside what was shown or reserved since it was computed, it would tell more than either of them alone"
)
"""For checkers alone: which others, and whose, is not said."""


def settle_outputs(desk: ServiceDesk, *, states: Iterable[State] = DUE_IN) -> bool:
    """Make every move that is due of outputs in these states. False when none was.

    Each output is planned anew under the policy in force, so all of them at once are for once a minute.
    """
    moved, before, states = False, None, frozenset(states)
    while True:
        with desk.records.read() as reading:
            found = reading.outputs(states=states, before=before, seeded=True)
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
        if item is None or item.output.state not in DUE_IN | EVER_RELEASED:
            return False
        case = case_of(item.output, reading, policies)
    world = world_of(item, policies, desk) if case.state in DUE_IN else World()
    command = due(facts_of(case, world, now=desk.clock.now()))
    if command is None:
        return False
    try:
        _make(command, item, world, policies, desk)
    except Stale:
        return False  # somebody else moved it: they settle it
    return True


def _make(command: Command, item: Item, world: World, policies: Policies, desk: ServiceDesk) -> None:
    if command is Command.RELEASE:
        _release(item, world, policies, desk)
        return

    def change(opened: Change) -> None:
        before = item.output
        after = _again(command, item, world, policies, opened)
        save_moved(opened, _with_tombstone(kept(before, after), command))
        if after.round > before.round:
            opened.add_parties(before.id, parties_of(before.project, policies))

    event = move(State(item.output.state), command)
    assert isinstance(event, Event), "what is due is a move"
    body = {"state": event.to.value, "reasons": list(world.lapses)}
    desk.write(Entry(KINDS[command], None, item.output.project, {}, body), change)


def _again(command: Command, item: Item, world: World, policies: Policies, opened: Change) -> Case:
    """The move, decided again inside the transaction: what was due a moment ago may not be any more."""
    output = opened.output(item.output.id)
    if output is None or output.version != item.output.version:
        raise Stale(item.output.id)
    after = act(case_of(output, opened, policies), command, None, world, now=opened.at)
    if isinstance(after, Refused):
        raise Stale(item.output.id)
    return after


def _with_tombstone(output: OutputRecord, command: Command) -> OutputRecord:
    """That nobody agreed in time to an emergency is said where it is read. The table stays taken back."""
    if command is not Command.OVERDUE:
        return output
    return replace(output, tombstone={**(output.tombstone or {}), "confirmation": "overdue"})


def save_moved(opened: Change, output: OutputRecord) -> OutputRecord:
    """Save an output that was moved. When it will never be released, its numbers will not be shown."""
    if output.state in NEVER_RELEASED and not output.seeded:
        opened.free_numbers(output.query_id)
    return opened.save_output(output)


def moved_to(output: OutputRecord, event: Event) -> OutputRecord:
    return replace(output, state=event.to, round=output.round + event.new_round)


def _release(item: Item, world: World, policies: Policies, desk: ServiceDesk) -> None:
    """Release it, and show its numbers in the same transaction; or back to checkers, when others came between."""
    query, policy = item.query, policies.in_force[item.output.project]
    scope = scope_of(query.project, policies)

    def write(recheck: Recheck | None) -> None:
        def change(opened: Change) -> None:
            _again(Command.RELEASE, item, world, policies, opened)
            opened.show_numbers(query.id, scope, recheck=recheck)
            opened.save_output(released(item.output, policies, at=opened.at))

        write_it = desk.write if recheck is None else desk.write_alone
        write_it(
            release_entry(query, item.result, policy_hash=policies.content_hash, needs=item.output.k), change
        )

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
