"""What the votes of a round come to. Blind: nobody reads a vote before all are in, their own apart.

Any dissent blocks. Two approvals do not outvote a third checker who objects, nor one who has taken the item and not
yet spoken: an objection that comes a minute too late is what other systems lose.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from enclave.outputs.states import Command, Verdict

ONE_MIND = {
    Verdict.APPROVE: Command.APPROVE,
    Verdict.RETURN: Command.RETURN,
    Verdict.REJECT: Command.REJECT,
}


def tally(votes: Sequence[Verdict], *, needed: int, awaited: int) -> Command:
    """What the votes of a round make of the item.

    Args:
        votes: of this round, one per checker.
        needed: k.
        awaited: how many others have taken the item and not voted, claims that lapsed left out.
    """
    if not votes or len(votes) < needed or awaited:
        return Command.VOTE
    first, *others = set(votes)
    return Command.DISPUTE if others else ONE_MIND[first]


def decided(verdict: Verdict) -> Command:
    """What a senior checker's decision of a dispute makes of the item."""
    return ONE_MIND[verdict]


def claim_holds(claimed_at: datetime, *, now: datetime, lapses_after_hours: int) -> bool:
    """Whether whoever took an item is still waited for."""
    return now < claimed_at + timedelta(hours=lapses_after_hours)
