"""Covers by the product for made-up tables, and what the reader learns of them."""

from collections.abc import Mapping

import numpy as np

from enclave.disclosure.suppression.cover import cover
from enclave.disclosure.suppression.insiders import Insider
from enclave.disclosure.suppression.levels import below_threshold
from enclave.disclosure.suppression.system import Budget, Equation, Primary, System
from tests.attacks.tables.made import Linked, Summed, T, linked, summed
from tests.attacks.tables.reader import Level, bounds, solved

QUICK = Budget(exact_cells=0)
SEARCHED = Budget(exact_cells=60, rounds=6, nodes=20)
NOBODY = frozenset[int]()
SLACK = 1e-6


def system_of(made: Linked) -> tuple[System, list[Primary]]:
    values = np.array([made.values[cell] for cell in range(len(made.values))], dtype=np.float64)
    equations = tuple(Equation(total, tuple(parts)) for total, parts in made.lines)
    primaries = [below_threshold(cell, T, nobody=False) for cell in made.primaries]
    return System(values, np.maximum(values, 1), equations), primaries


def system_of_sums(made: Summed) -> tuple[System, list[Primary], list[Insider]]:
    system, _ = system_of(made.made)
    primaries = [Primary(cell, low, high) for cell, (low, high) in made.levels.items()]
    return system, primaries, [Insider(own, tuple(primaries)) for own in made.own]


def learnt(
    made: Linked, hidden: frozenset[int], levels: Mapping[int, Level] | None = None
) -> tuple[set[int], set[int]]:
    """The primaries that the reader knows exactly, and those that she bounds more tightly than they may be.

    `levels`: what has to stay possible; below the threshold or to somebody, where nothing else is said.
    """
    wanted = levels if levels is not None else dict.fromkeys(made.primaries, (1.0, float(T)))
    return exactly(made, hidden) & set(wanted), narrowly(made, hidden, wanted)


def exactly(made: Linked, hidden: frozenset[int], known: frozenset[int] = NOBODY) -> set[int]:
    """The cells that follow from what is shown, and from cells that she has from elsewhere."""
    shown = {cell: value for cell, value in made.values.items() if cell not in hidden or cell in known}
    return set(solved(made.lines, shown, [cell for cell in sorted(hidden) if cell not in known]))


def narrowly(
    made: Linked, hidden: frozenset[int], wanted: Mapping[int, Level], known: frozenset[int] = NOBODY
) -> set[int]:
    """The cells that she bounds more tightly than they may be: those too that she knows exactly."""
    shown = {cell: value for cell, value in made.values.items() if cell not in hidden or cell in known}
    order = [cell for cell in sorted(hidden) if cell not in known]
    found = bounds(made.lines, shown, order, {cell: wanted[cell] for cell in order if cell in wanted})
    return {cell for cell, level in found.items() if _is_narrow(made, cell, level, wanted[cell], known)}


def _is_narrow(made: Linked, cell: int, found: Level, wanted: Level, known: frozenset[int]) -> bool:
    """Whether bounds are tighter than they may be, and than those of who has seen nothing but what is her own."""
    if found[0] > wanted[0] + SLACK * max(1, found[0]) and known:
        others = [one for one in made.values if one not in known]
        before = bounds(made.lines, {one: made.values[one] for one in known}, others, {cell: wanted})
        wanted = (max(wanted[0], before[cell][0]), wanted[1])
    return found[0] > wanted[0] + SLACK * max(1, found[0]) or found[1] < wanted[1] - SLACK * max(1, found[1])


def is_open(seed: int) -> bool:
    """Whether the reader learns anything of one set of tables: of each ten one of sums, one with what is one's own.

    Of one in twenty a better pattern is looked for.
    """
    budget = QUICK if seed % 20 not in (0, 3, 14) else SEARCHED
    if seed % 10 == 3:
        return are_sums_open(summed(seed), budget)
    made = linked(seed)
    system, primaries = system_of(made)
    own = own_of(made) if seed % 10 == 4 else []
    insiders = [Insider(cells, tuple(primaries)) for cells in own]
    found = cover(system, primaries, insiders=insiders, budget=budget)
    levels = dict.fromkeys(made.primaries, (1.0, float(T)))
    return (
        bool(found.open)
        or learnt(made, found.hidden) != (set(), set())
        or any(narrowly(made, found.hidden, levels, one) for one in own)
    )


def are_sums_open(made: Summed, budget: Budget) -> bool:
    system, primaries, insiders = system_of_sums(made)
    found = cover(system, primaries, insiders=insiders, budget=budget)
    return (
        bool(found.open)
        or learnt(made.made, found.hidden, made.levels) != (set(), set())
        or any(narrowly(made.made, found.hidden, made.levels, one) for one in made.own if one & found.hidden)
    )


def own_of(made: Linked) -> list[frozenset[int]]:
    """Cells that a cluster each has for its own: those of one code of the first way."""
    codes = {next(iter(places))[0] for places in made.inside.values()}
    own = (
        frozenset(cell for cell, places in made.inside.items() if {place[0] for place in places} == {code})
        for code in sorted(codes)
    )
    return [one for one in own if any(cell not in one for cell in made.primaries)]
