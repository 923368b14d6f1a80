"""What a system holds while nobody looks at it: the very same, in a fraction of the room."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enclave.disclosure.ledger.echelon import PRIME, Echelon
from enclave.disclosure.ledger.folded import FOLDED_FROM, Folded, folded, unfolded
from enclave.disclosure.ledger.hidden_conditions import NO_CONDITIONS
from enclave.disclosure.ledger.linear import Finding, System
from enclave.disclosure.ledger.numbers import labels_of

GROUPS = st.lists(st.sets(st.integers(0, 60), min_size=10, max_size=50), min_size=13, max_size=24)


def form(rank: int, width: int, seed: int = 0) -> Echelon:
    rng = np.random.default_rng(seed)
    rows = rng.choice([0, 0, 0, 1, PRIME - 1, 12_345], size=(rank, width + rank)).astype(np.int64)
    return Echelon(rows, np.arange(rank), width)


@pytest.mark.parametrize(("rank", "width"), [(8, 24), (12, 10), (40, 90)])
def test_a_form_is_the_same_again(rank: int, width: int) -> None:
    one = form(rank, width)
    small = folded(one)
    assert isinstance(small, Folded)
    again = unfolded(small)
    assert np.array_equal(again.rows, one.rows)
    assert again.rows.dtype == np.int64
    assert again.width == one.width
    assert again.pivots is one.pivots


def test_a_small_form_stays_as_it_is() -> None:
    one = form(2, 3)
    assert one.rows.size < FOLDED_FROM
    assert folded(one) is one


def test_a_form_with_few_residues_takes_little_room() -> None:
    one = Echelon(np.eye(100, 300, dtype=np.int64), np.arange(100), 200)
    small = folded(one)
    assert isinstance(small, Folded)
    assert (small.places.nbytes + small.residues.nbytes) * 100 < one.rows.nbytes


@given(GROUPS, st.integers(1, 5), st.booleans(), st.sampled_from([None, 1_000]))
def test_a_system_that_rests_between_questions_finds_what_one_that_never_does_finds(
    groups: list[set[int]], every: int, together: bool, most_rank: int | None
) -> None:
    awake, resting = (System(min_units=10, most_rank=most_rank) for _ in range(2))
    for at, group in enumerate(groups):
        labels = labels_of(sorted(group))
        seen = labels if together else labels_of(sorted(group | {61, 62}))
        if at % every == 0:
            resting.settled()
            resting.rest()
            awake.settled()
        found = [one.judge(labels, seen) for one in (awake, resting)]
        assert found[0] is found[1]
        if found[0] is Finding.CLEAR or at % 3 == 0:
            for one in (awake, resting):
                one.add(labels, seen)
    assert awake.rank == resting.rank
    if together or most_rank:
        assert awake.visible_rank == resting.visible_rank
    for mine, theirs in zip(
        (awake.settled().real, awake.settled().visible),
        (resting.settled().real, resting.settled().visible),
        strict=True,
    ):
        assert np.array_equal(mine.echelon.rows, theirs.echelon.rows)
        assert np.array_equal(mine.echelon.pivots, theirs.echelon.pivots)
    assert (awake.settled().visible is awake.settled().real) is (
        resting.settled().visible is resting.settled().real
    )


@given(GROUPS, GROUPS)
def test_a_system_without_a_cap_finds_what_one_with_room_for_all_finds(
    groups: list[set[int]], others: list[set[int]]
) -> None:
    """It keeps the atoms of whom everybody can see alone, and the other what follows from them too."""
    bare, capped = System(min_units=10, most_rank=None), System(min_units=10, most_rank=1_000)
    conditions = [NO_CONDITIONS, frozenset({"f = 1"}), frozenset({"f = 2"})]
    for at, group in enumerate(groups):
        labels = labels_of(sorted(group))
        seen = labels_of(sorted(group | others[at % len(others)])) if at % 4 else labels
        hidden = conditions[at % 3] if at % 4 else NO_CONDITIONS
        if at % 5 == 2:
            assert bare.rank == capped.rank
        found = [one.judge(labels, seen, hidden) for one in (bare, capped)]
        assert found[0] is found[1]
        for one in (bare, capped):
            one.add(labels, seen, hidden)
    assert np.array_equal(bare.settled().seen, capped.settled().seen)


def test_what_a_copy_is_made_of_rests_and_the_copy_goes_on() -> None:
    rng = np.random.default_rng(3)
    known = System(min_units=10, most_rank=None)
    for _ in range(20):
        labels = labels_of(sorted(rng.choice(90, 40, replace=False).tolist()))
        known.add(labels, labels)
    known.settled()
    copies = [known.copy(), known.copy()]
    assert known.is_at_rest
    assert [one.rank for one in copies] == [20, 20]
    assert known.is_at_rest
