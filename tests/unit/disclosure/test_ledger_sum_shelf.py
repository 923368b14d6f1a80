"""How many of the known sums are looked at beside a new one."""

import numpy as np

from enclave.disclosure.ledger.known import SEVERAL, Sketch
from enclave.disclosure.ledger.numbers import Likeness
from enclave.disclosure.ledger.runs import BINS
from enclave.disclosure.ledger.shares import HOUSE, shares_of
from enclave.disclosure.ledger.sum_shelf import LARGEST, MOST_PAIRS, SumShelf

MANY = 1_000


def shelf() -> SumShelf:
    """Sums of 1, 2, 3 and so on."""
    made = SumShelf()
    bins = np.zeros(BINS, dtype=np.uint8)
    for total in range(1, MANY + 1):
        shares = shares_of(np.array([1]), np.array([float(total)]))
        made.add(shares, Sketch(Likeness("any x", "2024"), False, SEVERAL, 1, bins), total)
    return made


def test_all_totals_between_two_bounds_are_found() -> None:
    made = shelf()
    found = np.concatenate([at for _, at in made.between(np.array([7.0]), np.array([9.0]))])
    assert sorted(made.totals[found].tolist()) == [7, 8, 9]


def test_beside_the_first_bounds_all_are_looked_at_and_of_the_others_so_many() -> None:
    bounds = np.ones(3 * LARGEST)
    found = np.concatenate([which for which, _ in shelf().between(bounds, MANY * bounds)])
    many = np.bincount(found, minlength=len(bounds))
    assert (many[:LARGEST] == MANY).all()
    assert 0 < many[LARGEST:].sum() <= 2 * MOST_PAIRS  # of those in order, and of the last that came


def test_how_much_may_be_left_grows_with_the_shelf() -> None:
    made = shelf()
    before = made.reaches(HOUSE)
    made.add(
        *made.sums[0][:1], Sketch(Likeness("any x", "2024"), False, SEVERAL, 1, np.zeros(BINS, np.uint8)), 0
    )
    assert (made.reaches(HOUSE)[:MANY] == before).all()
    assert made.reaches(HOUSE)[MANY] == before[0]
    assert made.furthest(HOUSE) == before.max()
