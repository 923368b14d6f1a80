"""What to hide so that no primary can be worked out: a first cover, the attacker's audit, repairs, and what is cheaper.

Everything is a function of the table alone: no clock, no chance, and ties go by place.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from enclave.disclosure.suppression.attack import Attacker
from enclave.disclosure.suppression.blocks import Block, blocks
from enclave.disclosure.suppression.elimination import gaussian_cover
from enclave.disclosure.suppression.insiders import (
    Insider,
    Tight,
    as_asked,
    everyone_inside,
    known_to_insiders,
    without_lone_cells,
)
from enclave.disclosure.suppression.lines import line_cover
from enclave.disclosure.suppression.optimum import begun, improved
from enclave.disclosure.suppression.repair import Repairer, rechosen, trimmed
from enclave.disclosure.suppression.system import (
    Budget,
    Cover,
    Interval,
    Primary,
    System,
    cost_of,
)
from enclave.disclosure.suppression.trees import cheapest
from enclave.disclosure.suppression.windows import Windows

ELIMINATED = 1_500
"""Cells of a table whose first cover is by elimination, and whose insiders are asked; larger ones go by their lines."""
ONE_BY_ONE, TOGETHER, MANY = 6_000, 16, 100
"""Cells of a table whose primaries are moved one by one. Of larger ones so many move together; or, where more than so
many are too tight, each in a window."""
ANEW = 64
"""Of larger tables so many move together where partners are chosen anew."""
ELIMINATED_FOR = 12
"""Insiders that the elimination heeds; what more of them know is mended after it."""
CHOICES = 4
"""Cells of each line that may become partners, the cheapest, before all are tried."""
ORDINARY = Budget()


def cover(
    system: System,
    primaries: Sequence[Primary],
    *,
    insiders: Sequence[Insider] = (),
    budget: Budget = ORDINARY,
) -> Cover:
    """Hide what protects the primaries, as cheaply as the budget allows; cells of no cost are hidden in any case.

    Args:
        insiders: who knows cells besides those who stand alone in a primary. Of as many as the budget allows it is
            asked what they can work out, in tables of moderate size; all others learn nothing from line to line.

    Raises:
        ValueError: a primary is no cell of the table, or is named twice.
    """
    cells = {one.cell for one in primaries}
    if len(cells) < len(primaries) or not cells <= set(range(len(system))):
        raise ValueError("a primary is one cell of the table, named once")
    keep = frozenset(cells | set(np.flatnonzero(system.costs == 0).tolist()))
    if not primaries:
        return Cover(keep, (), 0.0, 0.0, {})
    inside = everyone_inside(primaries, insiders)
    some = inside[: budget.insiders if len(system) <= ELIMINATED else 0]
    asked = [as_asked(system, one) for one in some]
    hidden, bound, unsafe, attacker = _pattern(system, primaries, keep, budget, (inside, asked))
    if hidden != attacker.hidden:
        less = attacker if attacker.hidden < hidden else None
        attacker = Attacker(system, hidden, primaries, before=less)
        unsafe |= {(one.cell, NOBODY) for one in attacker.too_tight()}
    secondary = tuple(sorted(hidden - keep))
    cost = cost_of(system, secondary)
    intervals = _intervals(attacker, budget)
    open_ = tuple(sorted({cell for cell, _ in unsafe}))
    return Cover(hidden, secondary, cost, min(bound, cost), intervals, open_)


Unsafe = set[tuple[int, frozenset[int]]]
"""Primaries that nothing protects, from who knows these cells."""
NOBODY = frozenset[int]()


def _pattern(
    system: System,
    primaries: Sequence[Primary],
    keep: frozenset[int],
    budget: Budget,
    insiders: tuple[Sequence[Insider], Sequence[Insider]],
) -> tuple[frozenset[int], float, Unsafe, Attacker]:
    """What to hide, what that costs at least, what nothing protects, and the last attack, on this or on less or more.

    `insiders`: all, and those who are asked.
    """
    inside, asked = insiders
    start, bound, before = _by_blocks(system, primaries, keep, budget)
    search = None if start else begun(system, primaries, keep, budget, insiders=asked)
    cheapest = None if search is None else search.at_once()
    if cheapest is not None:
        hidden = without_lone_cells(system, cheapest.hidden, inside)
        return hidden, cost_of(system, tuple(cheapest.hidden - keep)), set(), cheapest
    first = frozenset[int]() if search is None else search.begin()
    if search is not None and first:
        hidden, bound = improved(system, primaries, first, keep, budget, insiders=asked, search=search)
        hidden = without_lone_cells(system, hidden, inside)
        found = search.attack
        if found is not None and found.hidden == hidden:
            return hidden, bound, set(), found
        attacker = Attacker(system, hidden, primaries)
        if not too_tight(attacker, asked):
            return hidden, bound, set(), attacker
    start = without_lone_cells(system, start, inside) if start else start
    first = start or keep | set(_first(system, primaries, keep, asked))
    first = without_lone_cells(system, first, inside) if asked else first
    hidden, unsafe, attacker = _safe(system, primaries, first, asked, before)
    guarded = [one for one in primaries if (one.cell, NOBODY) not in unsafe]
    held = [_without(one, unsafe) for one in asked]
    if guarded and budget.audits and hidden != start:
        hidden, attacker = _fewer(attacker, guarded, start or keep, held)
        hidden = trimmed(system, guarded, hidden, start or keep, audits=budget.audits, insiders=held)
    if guarded and not start:
        same = None if unsafe else search
        hidden, bound = improved(system, guarded, hidden, keep, budget, insiders=held, search=same)
    hidden = hidden if hidden == start else without_lone_cells(system, hidden, inside)
    return hidden, bound, unsafe, attacker


def _by_blocks(
    system: System, primaries: Sequence[Primary], keep: frozenset[int], budget: Budget
) -> tuple[frozenset[int], float, Attacker | None]:
    """A pattern for each part of a large table by itself, and what they cost at least; none for one that has no parts.

    The cheapest ones are mostly found without a program. Of the other parts only those are looked at of which the
    attacker of the whole knows too much when nothing but primaries is hidden. The attack is the third.
    """
    parts = blocks(system, primaries, keep) if len(system) > ELIMINATED else []
    if not parts:
        return frozenset(), 0.0, None
    hidden, bound, left = set(keep), 0.0, list[Block]()
    for part in parts:
        pattern = (
            None
            if any(one.alone for one in part.primaries)
            else cheapest(part.system, part.primaries, part.keep)
        )
        if pattern is None:
            left.append(part)
            continue
        hidden.update(part.cells[cell] for cell in pattern)
        bound += cost_of(part.system, tuple(pattern - part.keep))
    attacker = Attacker(system, keep, primaries) if left else None
    tight = {one.cell for one in attacker.unproven()} if attacker is not None else set()
    for part in left:
        if any(part.cells[one.cell] in tight for one in part.primaries):
            found = cover(part.system, part.primaries, budget=replace(budget, intervals=0))
            hidden.update(part.cells[cell] for cell in found.hidden)
            bound += found.bound
    return frozenset(hidden), bound, attacker


def _without(one: Insider, unsafe: Unsafe) -> Insider:
    return Insider(
        one.known, tuple(target for target in one.targets if (target.cell, one.known) not in unsafe)
    )


def _first(
    system: System, primaries: Sequence[Primary], keep: frozenset[int], insiders: Sequence[Insider]
) -> tuple[int, ...]:
    if len(system) > ELIMINATED:
        return line_cover(system, keep)
    return gaussian_cover(system, primaries, insiders if len(insiders) <= ELIMINATED_FOR else ())


def _safe(
    system: System,
    primaries: Sequence[Primary],
    hidden: frozenset[int],
    insiders: Sequence[Insider],
    before: Attacker | None,
) -> tuple[frozenset[int], Unsafe, Attacker]:
    """The pattern with what each primary lacks hidden too, the primaries that nothing protects, and the last audit."""
    unsafe: Unsafe = set()
    while True:
        before = attacker = Attacker(system, hidden, primaries, before=before)
        found = too_tight(attacker, insiders)
        tight = [(one, known) for one, known in found if (one.cell, known) not in unsafe]
        if not tight:
            return hidden, unsafe, attacker
        if len(system) > ONE_BY_ONE and len(tight) > MANY:
            windows = Windows(system, set(hidden), attacker.middle())
            windows.protect_all([one for one, known in tight if not known])
            if windows.hidden != hidden:
                hidden = frozenset(windows.hidden)
                continue
        hidden, stuck = _repaired(system, hidden, tight)
        unsafe |= stuck


def _fewer(
    attacker: Attacker, guarded: Sequence[Primary], keep: frozenset[int], insiders: Sequence[Insider]
) -> tuple[frozenset[int], Attacker]:
    """A pattern of partners chosen anew among these, if it is cheaper and as safe; and its audit."""
    system, hidden = attacker.system, attacker.hidden
    found = rechosen(system, guarded, hidden, keep, together=1 if len(system) <= ONE_BY_ONE else ANEW)
    if cost_of(system, tuple(found - keep)) >= cost_of(system, tuple(hidden - keep)):
        return hidden, attacker
    audit = Attacker(system, found, attacker.primaries)
    there = {one.cell for one in guarded}
    if any(known or one.cell in there for one, known in too_tight(audit, insiders)):
        return hidden, attacker
    return found, audit


def _repaired(
    system: System, hidden: frozenset[int], tight: Sequence[Tight]
) -> tuple[frozenset[int], Unsafe]:
    """The pattern with what these primaries lack, and those that nothing protects."""
    everybody = [one for one, known in tight if not known]
    quick = Repairer(system, set(hidden), choices=CHOICES)
    left = quick.protect_all(everybody, together=1 if len(system) <= ONE_BY_ONE else TOGETHER)
    insiders = [(one, known) for one, known in tight if known]
    if not left and not insiders:
        return frozenset(quick.hidden), set()
    repairer = Repairer(system, quick.hidden)
    stuck = {(one.cell, NOBODY) for one in repairer.protect_all(left)}
    stuck |= {(one.cell, known) for one, known in insiders if not repairer.protect(one, known=known)}
    return frozenset(repairer.hidden), stuck


def too_tight(attacker: Attacker, insiders: Sequence[Insider] = ()) -> list[Tight]:
    """The primaries that everybody, or an insider, knows too well; with the cells that tell."""
    found: list[Tight] = [(one, NOBODY) for one in attacker.too_tight()]
    return found + list(known_to_insiders(attacker.system, attacker.hidden, insiders))


def _intervals(attacker: Attacker, budget: Budget) -> dict[int, Interval]:
    """What the attacker must hold possible of each hidden cell: exactly of so many, at least that of the others."""
    if len(attacker.hidden) <= budget.intervals:
        return {cell: attacker.interval(cell) for cell in sorted(attacker.hidden)}
    return {cell: attacker.seen(cell) for cell in sorted(attacker.hidden)}
