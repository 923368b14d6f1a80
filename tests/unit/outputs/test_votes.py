"""What votes come to, and whose are waited for."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enclave.outputs.states import Command, Verdict
from enclave.outputs.votes import claim_holds, tally

A, B, C = Verdict.APPROVE, Verdict.RETURN, Verdict.REJECT


@pytest.mark.parametrize(
    ("votes", "needed", "awaited", "outcome"),
    [
        ([], 1, 0, Command.VOTE),
        ([A], 2, 0, Command.VOTE),
        ([A], 1, 0, Command.APPROVE),
        ([A, A], 2, 0, Command.APPROVE),
        ([B, B], 2, 0, Command.RETURN),
        ([C, C], 2, 0, Command.REJECT),
        ([A, B], 2, 0, Command.DISPUTE),
        ([B, C], 2, 0, Command.DISPUTE),
        ([A, A], 2, 1, Command.VOTE),  # a third has taken it, and may object
        ([A, A, C], 2, 0, Command.DISPUTE),  # two approvals do not outvote an objection
        ([B], 2, 0, Command.VOTE),  # a dissent waits too: reviews are blind until all are in
        ([], 0, 0, Command.VOTE),  # nobody's approval is no approval
    ],
)
def test_votes_come_to(votes: Sequence[Verdict], needed: int, awaited: int, outcome: Command) -> None:
    assert tally(votes, needed=needed, awaited=awaited) is outcome


@given(st.lists(st.sampled_from(Verdict), max_size=6), st.integers(0, 5), st.integers(0, 2))
def test_approved_means_that_enough_voted_and_every_vote_approves(
    votes: list[Verdict], needed: int, awaited: int
) -> None:
    if tally(votes, needed=needed, awaited=awaited) is Command.APPROVE:
        assert votes
        assert len(votes) >= needed
        assert set(votes) == {Verdict.APPROVE}
        assert not awaited


@given(st.permutations([A, A, B]), st.integers(1, 3))
def test_the_order_of_votes_makes_no_difference(votes: list[Verdict], needed: int) -> None:
    assert tally(votes, needed=needed, awaited=0) is tally(sorted(votes), needed=needed, awaited=0)


def test_a_claim_is_waited_for_until_it_lapses() -> None:
    taken = datetime(2026, 3, 2, 9, tzinfo=UTC)
    almost, then = taken + timedelta(hours=24, microseconds=-1), taken + timedelta(hours=24)
    assert claim_holds(taken, now=almost, lapses_after_hours=24)
    assert not claim_holds(taken, now=then, lapses_after_hours=24)
