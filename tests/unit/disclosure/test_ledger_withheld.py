"""Whether somebody asks for what is withheld: for the very people, or for all but a few of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from enclave.disclosure.ledger.numbers import Labels, LedgerNumber, Likeness, Population, labels_of, units_of
from enclave.disclosure.ledger.runs import histogram
from enclave.disclosure.ledger.withheld import WITHHELD, Withheld, is_bound, withheld_in

T = 5
PARTNER = np.arange(100, 400)


@dataclass(frozen=True)
class Kept:
    units: int
    bins: bytes | None
    value: str = ""


def known(people: Mapping[int, Labels], *, bins: bool = True) -> Withheld:
    found = Withheld(lambda handle: Population(people[handle], people[handle], frozenset()))
    kept = [
        Kept(len(units_of(one)), histogram(units_of(one)).tobytes() if bins else None)
        for one in people.values()
    ]
    found.follow(kept, lambda _handle: WITHHELD)
    return found


@pytest.mark.parametrize("bins", [True, False])
@pytest.mark.parametrize(
    ("asked", "bound"),
    [
        (PARTNER, True),
        (PARTNER[:-1], True),
        (PARTNER[T - 1 :], True),
        (PARTNER[T:], False),
        (np.append(PARTNER[2:], [1, 2]), True),
        (np.append(PARTNER[3:], [1, 2]), False),
        (PARTNER + 1000, False),
    ],
)
def test_the_same_people_are_bound_and_all_but_fewer_than_the_threshold(
    asked: Labels, bound: bool, bins: bool
) -> None:
    withheld = known({0: labels_of(np.arange(7)), 1: labels_of(PARTNER, 3)}, bins=bins)
    assert is_bound(labels_of(np.sort(asked), 8), withheld, (), T) is bound


def test_so_are_those_that_this_answer_withholds() -> None:
    people = Population(labels_of(PARTNER), labels_of(PARTNER), frozenset())
    mine = LedgerNumber(b"", Likeness(WITHHELD, ""), (), people)
    shown = LedgerNumber(b"", Likeness("count", ""), (), people)
    assert is_bound(labels_of(PARTNER), known({}), withheld_in([shown, mine]), T)
    assert not is_bound(labels_of(PARTNER), known({}), withheld_in([shown]), T)
