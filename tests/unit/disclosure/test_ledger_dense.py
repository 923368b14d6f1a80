"""Sets of labels held against one another by tables: the same as plain sets say, large or small, thick or thin."""

import random

import numpy as np
import pytest

from enclave.disclosure.ledger.dense import are_in, census_of, in_one, places_of, ways
from enclave.disclosure.ledger.numbers import Labels, distinct, labels_of

CENSUSES = (7, 123_456, 1_048_575)


def some(rng: random.Random, *, of: int, censuses: int) -> Labels:
    """Labels of people below a number, at up to so many censuses; none for 0, where they are units alone."""
    units = [rng.randrange(of) for _ in range(rng.choice((0, 1, 60, 3_000)))]
    if not censuses:
        return distinct(np.array(units, dtype=np.int64))
    return labels_of(units, [rng.choice(CENSUSES[:censuses]) for _ in units])


SHAPES = [(of, censuses) for of in (40, 4_000, 1 << 21) for censuses in (0, 1, 3)]


@pytest.mark.parametrize(("of", "censuses"), SHAPES)
def test_tables_of_marks_say_what_plain_sets_say(of: int, censuses: int) -> None:
    rng = random.Random(of + censuses)
    for _ in range(30):
        one, other, third = (some(rng, of=of, censuses=censuses) for _ in range(3))
        first, second, last = set(one.tolist()), set(other.tolist()), set(third.tolist())
        assert are_in(one, other).tolist() == [label in second for label in one.tolist()]
        assert in_one(one, other).tolist() == sorted(first ^ second)
        everybody = first | second | last
        found = {(label in first, label in second, label in last) for label in everybody}
        assert {tuple(column) for column in ways([one, other, third]).T.tolist()} == found


def test_the_census_of_labels_is_known_where_they_have_one() -> None:
    assert census_of(labels_of([3, 1, 2], 9)) == 9
    assert census_of(labels_of([3, 1], [9, 8])) is None
    assert census_of(labels_of([])) is None


def test_no_table_is_made_for_a_few_labels_or_for_thin_ones() -> None:
    few, thin = labels_of([1, 2], 9), labels_of(np.arange(2_000) * 100_000, 9)
    assert places_of([few, few]) is None
    assert places_of([thin, thin]) is None
