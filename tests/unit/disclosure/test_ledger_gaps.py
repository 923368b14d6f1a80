"""What is left of a whole when two parts are taken away: the quick way beside the plain one."""

import random

import numpy as np
import pytest

from enclave.disclosure.ledger.dense import in_one
from enclave.disclosure.ledger.gaps import gaps_between
from enclave.disclosure.ledger.numbers import Population, labels_of


def who(rng: random.Random, *, timeless: bool) -> Population:
    size = rng.randrange(9)
    units = [rng.randrange(8) for _ in range(size)]
    censuses = [0 if timeless else rng.randrange(1, 4) for _ in range(size)]
    labels = labels_of(units, censuses)
    return Population(labels, labels, frozenset())


def left(whole: set[int], part: set[int], other: set[int]) -> set[int]:
    return {one for one in whole | part | other if (one in whole) - (one in part) - (one in other)}


def plainly(whole: Population, part: Population, other: Population) -> list[int]:
    """Units left by units and, unless one of the three is of no time, by labels."""
    three = [set(one.labels.tolist()) for one in (whole, part, other)]
    found = [len(left(*({label >> 20 for label in one} for one in three)))]
    if all(one and all(label & 0xFFFFF for label in one) for one in three):
        found.append(len({label >> 20 for label in left(*three)}))
    return found


@pytest.mark.parametrize("seed", range(20))
def test_a_gap_leaves_what_whole_less_parts_leaves(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(200):
        whole, part, other = (who(rng, timeless=rng.random() < 0.2) for _ in range(3))
        assert gaps_between(whole, part).rests(other) == plainly(whole, part, other)


def test_equal_arrays_have_nothing_in_one_alone() -> None:
    same = np.arange(5)
    assert not len(in_one(same, same.copy()))
