"""How much those add who add most: what lies between two sums may not be mostly one's or two's."""

import numpy as np
import pytest

from enclave.disclosure.ledger.numbers import labels_of
from enclave.disclosure.ledger.shares import (
    HOUSE,
    MOST_KEPT,
    Held,
    Shares,
    shares_in,
    shares_of,
    tells,
    together,
)
from enclave.disclosure.promises import BrokenPromise


def shares(sizes: dict[int, float]) -> Shares:
    return shares_of(np.array(list(sizes), dtype=np.int64), np.array(list(sizes.values()), dtype=np.float64))


def held(sizes: dict[int, float]) -> Held:
    return Held(shares(sizes), labels_of(sorted(sizes)))


MANY = {unit: 10.0 + unit % 7 for unit in range(200)}
RICH = dict.fromkeys(range(0, 200, 10), 900.0)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({500: 1000.0}, True),
        ({500: 1000.0, 501: 900.0, **dict.fromkeys(range(510, 530), 1.0)}, True),
        ({500: 1000.0, **dict.fromkeys(range(510, 530), 3.0)}, True),
        ({500: 1000.0, **dict.fromkeys(range(510, 530), 20.0)}, False),
        (dict.fromkeys(range(500, 520), 10.0), False),
        ({}, False),
    ],
)
def test_what_lies_between_two_sums_is_judged_like_a_sum(more: dict[int, float], told: bool) -> None:
    less, all_of_them = held(MANY | RICH), held(MANY | RICH | more)
    assert tells(less, all_of_them, HOUSE) is told
    assert tells(all_of_them, less, HOUSE) is told


def test_only_sums_of_which_one_holds_the_other_are_judged() -> None:
    assert not tells(held(MANY | {500: 1000.0}), held(MANY | {501: 2.0}), HOUSE)


def test_who_has_more_rows_in_the_larger_adds_the_difference() -> None:
    """One unit adds 3,000 in the larger and 10 in the smaller, where it is among the others."""
    assert tells(held(MANY | {7: 3000.0}), held(MANY), HOUSE)


def test_of_those_who_are_not_kept_the_most_that_they_may_add_is_taken() -> None:
    """The one between them is none of the first: it could be all of the difference, and here it is."""
    rich = dict.fromkeys(range(MOST_KEPT + 10), 500.0)
    assert shares(rich).rest == 500
    assert tells(held(rich), held({unit: size for unit, size in rich.items() if unit != 70}), HOUSE)


def test_sums_of_different_units_are_put_together() -> None:
    one, other = shares(MANY), shares({unit + 1000: size for unit, size in RICH.items()})
    both = together([one, other], apart=True)
    assert both.total == one.total + other.total
    assert both.two == pytest.approx((900.0, 900.0))
    assert len(both.units) == MOST_KEPT
    assert both.rest == 15


def test_what_is_kept_is_read_back() -> None:
    one = shares(MANY)
    found = shares_in(one.text)
    assert found is not None
    assert (found.total, found.rest) == (one.total, one.rest)
    assert np.array_equal(found.units, one.units)
    assert np.array_equal(found.sizes, one.sizes)
    assert shares_in("") is None


def test_a_size_that_is_none_is_a_broken_promise() -> None:
    with pytest.raises(BrokenPromise):
        shares({1: float("nan")})
