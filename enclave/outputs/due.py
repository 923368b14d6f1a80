"""Which move of an output is due by itself, without anybody's command. Pure: the facts are gathered by the caller."""

from dataclasses import dataclass
from typing import Final

from enclave.outputs.states import UNDECIDED, UNRELEASED, Command, State, Verdict
from enclave.outputs.votes import tally

WITH_CHECKERS: Final = UNDECIDED | {State.APPROVED}


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides.

    Attributes:
        votes: of the present round, decisions of disputes left out.
        awaited: who has taken the item, has not voted and is waited for.
        over: the project is at its end.
        lapses: why the answer may not leave under the policy in force now.
        checkers_now: how many checkers the policy in force now asks for.
        bound: every vote of the round was given on what there is now: table, SQL, policy, data version and report.
        upheld: a senior checker approved it in a dispute.
    """

    state: State
    votes: tuple[Verdict, ...]
    needed: int
    awaited: int
    over: bool
    lapses: tuple[str, ...]
    checkers_now: int
    bound: bool
    upheld: bool = False


def due(facts: Facts) -> Command | None:
    """The move that is due; None when the output waits for somebody."""
    if facts.over and facts.state in UNRELEASED:
        return Command.EXPIRE
    if facts.state is State.ON_HOLD:
        return None if facts.lapses else Command.RESUME
    if facts.state not in WITH_CHECKERS:
        return None
    if facts.lapses:
        return Command.HOLD
    if not facts.bound or facts.checkers_now > facts.needed:
        return Command.VOID
    return _by_votes(facts)


def _by_votes(facts: Facts) -> Command | None:
    """That an output is approved is not taken on trust: the votes are counted again."""
    agreed = facts.upheld or tally(facts.votes, needed=facts.needed, awaited=0) is Command.APPROVE
    if facts.state is State.APPROVED:
        return Command.RELEASE if agreed else Command.VOID
    if facts.state is not State.IN_REVIEW:
        return None
    command = tally(facts.votes, needed=facts.needed, awaited=facts.awaited)
    return None if command is Command.VOTE else command
