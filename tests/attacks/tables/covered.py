"""Covers by the product for made-up tables, and what the reader learns of them."""

import numpy as np

from enclave.disclosure.suppression.cover import cover
from enclave.disclosure.suppression.levels import below_threshold
from enclave.disclosure.suppression.system import Budget, Equation, Primary, System
from tests.attacks.tables.made import Linked, T, linked
from tests.attacks.tables.reader import bounds, solved

QUICK = Budget(exact_cells=0)
SEARCHED = Budget(exact_cells=60, rounds=6, nodes=20)


def system_of(made: Linked) -> tuple[System, list[Primary]]:
    values = np.array([made.values[cell] for cell in range(len(made.values))], dtype=np.float64)
    equations = tuple(Equation(total, tuple(parts)) for total, parts in made.lines)
    primaries = [below_threshold(cell, T, nobody=False) for cell in made.primaries]
    return System(values, np.maximum(values, 1), equations), primaries


def learnt(made: Linked, hidden: frozenset[int]) -> tuple[set[int], set[int]]:
    """The primaries that the reader knows exactly, and those that she bounds below the threshold or to somebody."""
    shown = {cell: value for cell, value in made.values.items() if cell not in hidden}
    order = sorted(hidden)
    exact = {cell for cell in solved(made.lines, shown, order) if cell in made.primaries}
    found = bounds(made.lines, shown, order, made.primaries, low=1, high=T)
    return exact, {cell for cell, (low, high) in found.items() if low > 1 + 1e-6 or high < T - 1e-6}


def is_open(seed: int) -> bool:
    """Whether the reader learns anything of one set of tables. Of one in twenty a better pattern is looked for."""
    made = linked(seed)
    system, primaries = system_of(made)
    found = cover(system, primaries, budget=QUICK if seed % 20 else SEARCHED)
    return bool(found.open) or learnt(made, found.hidden) != (set(), set())
