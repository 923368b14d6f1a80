"""Which move of an output is due by itself, without anybody's command. Pure: the facts are gathered by the caller."""

from dataclasses import dataclass
from typing import Final

from enclave.outputs.states import EVER_RELEASED, UNDECIDED, UNRELEASED, Command, State, Verdict
from enclave.outputs.votes import tally

WITH_CHECKERS: Final = UNDECIDED | {State.APPROVED}
IDLE: Final = frozenset({State.RETURNED, State.ON_HOLD})
"""Where an output waits for whoever asked, or for what allowed it: it ends when nothing happens for long."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides.

    Attributes:
        votes: of the present round, decisions of disputes left out.
        awaited: who has taken the item, has not voted and is waited for.
        over: the project is at its end.
        lapses: why the answer may not leave under the policy in force now.
        overtaken: somebody voted in this round, and a field that it was asked by means of is there no more.
        checkers_now: how many checkers the policy in force now asks for.
        bound: every vote of the round was given on what there is now: table, SQL, policy, data version and report.
        upheld: a senior checker approved it in a dispute.
        agreed: how many different, independent people approved of what there is now; None: as many as votes say.
        fresh: somebody voted in this round itself.
        idle: nothing has happened to it for as long as the house waits.
        replaced: a newer release stands in its place.
        cosign_due, noted: nobody agreed in time to an emergency, and whether that is on record.
        seeded: put in to test checkers, so it is over when they have decided.
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
    agreed: int | None = None
    overtaken: bool = False
    fresh: bool = True
    idle: bool = False
    replaced: bool = False
    cosign_due: bool = False
    noted: bool = False
    seeded: bool = False


def due(facts: Facts) -> Command | None:
    """The move that is due; None when the output waits for somebody."""
    if facts.over and facts.state in UNRELEASED:
        return Command.EXPIRE
    if facts.idle and facts.state in IDLE:
        return Command.EXPIRE
    if facts.state in EVER_RELEASED:
        return _of_release(facts)
    if facts.state is State.ON_HOLD:
        return None if facts.lapses else Command.RESUME
    return _with_checkers(facts) if facts.state in WITH_CHECKERS else None


def _with_checkers(facts: Facts) -> Command | None:
    if facts.seeded and facts.state is State.APPROVED:
        return Command.EXPIRE
    if facts.lapses:
        return Command.VOID if facts.overtaken else Command.HOLD  # held next, with no vote that counts
    if not facts.bound or facts.checkers_now > facts.needed:
        return Command.VOID
    return _by_votes(facts)


def _of_release(facts: Facts) -> Command | None:
    if facts.state is State.SUSPENDED and facts.cosign_due and not facts.noted:
        return Command.OVERDUE
    return Command.SUPERSEDE if facts.replaced and facts.state is State.RELEASED else None


def _by_votes(facts: Facts) -> Command | None:
    """That an output is approved is not taken on trust: the votes are counted again, and the people behind them."""
    enough = facts.agreed is None or facts.agreed >= facts.needed
    agreed = facts.upheld or tally(facts.votes, needed=facts.needed, awaited=0) is Command.APPROVE
    if facts.state is State.APPROVED:
        return Command.RELEASE if (agreed and enough) or _automatic(facts) else Command.VOID
    if facts.state is not State.IN_REVIEW or not facts.fresh:
        return None
    command = tally(facts.votes, needed=facts.needed, awaited=facts.awaited)
    return None if command is Command.VOTE else command


def _automatic(facts: Facts) -> bool:
    """Nobody was to look at it, and nobody did."""
    return facts.needed == 0 and not facts.votes
