"""Whether numbers add up to nothing whatever the fields with hidden zeros hold, or only because nobody is somewhere.

A population is the visible part of it with its hidden conditions applied. So a sum of populations that comes to nothing
is certain if it does so for every visible person and in every *world*: whatever that person's hidden fields may be.
Else it says that nobody is in some group, which is as good as a count.

A world gives each hidden field one of its published codes, or no value where that is allowed. So all that a table
shows of a field makes up a whole only where every code that somebody could have is shown: that nobody has a further one
is as good as a count of nobody.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod

import numpy as np

from enclave.disclosure.ledger.atoms import Flags
from enclave.disclosure.ledger.echelon import PRIME, residues
from enclave.disclosure.ledger.hidden_conditions import Condition, Hidden, condition_of
from enclave.disclosure.ledger.worlds import Worlds

MOST_WORLDS = 65_536
"""For all sorts of visible people together; what would take more is not certain."""
MOST_IN_A_KEPT_ONE = 128
"""Numbers times atoms of a sum whose answer is kept, and so many answers."""
MOST_KEPT = 4_096
_ANOTHER = "another value"


def adds_up_always(times: Sequence[int], hidden: Sequence[Hidden], visible: Flags, worlds: Worlds) -> bool:
    """Whether numbers that add up to nothing, each taken so many times, do so in every world.

    A table with a cell per cluster asks the same of each of thousands, so small answers are kept with the worlds.

    Args:
        times: residues modulo the prime, one for each number.
        hidden: the hidden conditions of each number.
        visible: (numbers, atoms of visible people) who is in each number's visible population.
        worlds: the codes that somebody could have.
    """
    if visible.size > MOST_IN_A_KEPT_ONE:
        return _adds_up(times, hidden, visible, worlds)
    key = (tuple(times), tuple(hidden), visible.shape, visible.tobytes())
    found = worlds.certain.get(key)
    if found is None:
        found = _adds_up(times, hidden, visible, worlds)
        if len(worlds.certain) < MOST_KEPT:
            worlds.certain[key] = found
    return found


def _adds_up(times: Sequence[int], hidden: Sequence[Hidden], visible: Flags, worlds: Worlds) -> bool:
    sums = _sums(times, hidden, visible)
    rows = np.array(list(sums.values()))
    if not rows.any():
        return True
    sorts = {tuple(sort) for sort in rows.T.tolist() if any(sort)}
    most = MOST_WORLDS // len(sorts)
    return all(_is_nothing(dict(zip(sums, sort, strict=True)), most, worlds) for sort in sorts)


def _sums(times: Sequence[int], hidden: Sequence[Hidden], visible: Flags) -> dict[Hidden, list[int]]:
    """For each set of conditions, how often each atom is counted under it."""
    often = np.array(times, dtype=np.int64) % PRIME
    places: dict[Hidden, list[int]] = {}
    for place in often.nonzero()[0].tolist():
        places.setdefault(hidden[place], []).append(place)
    return {one: residues(often[where] @ visible[where]).tolist() for one, where in places.items()}


def _is_nothing(counted: Mapping[Hidden, int], most_worlds: int, worlds: Worlds) -> bool:
    """Whether a person who is counted so often under each set of conditions is counted for nothing in every world."""
    read = {
        conditions: [condition_of(text) for text in sorted(conditions)]
        for conditions, often in counted.items()
        if often
    }
    fields: dict[str, set[Condition]] = {}
    for condition in (one for some in read.values() for one in some):
        fields.setdefault(condition.field, set()).add(condition)
    values = [_values(worlds.possible(name), conditions) for name, conditions in fields.items()]
    if prod(len(some) for some in values) > most_worlds:
        return False
    for world in (dict(zip(fields, chosen, strict=True)) for chosen in product(*values)):
        counts = (
            often for often, some in ((counted[one], read[one]) for one in read) if _all_hold(some, world)
        )
        if sum(counts) % PRIME:
            return False
    return True


def _all_hold(conditions: Sequence[Condition], world: Mapping[str, str]) -> bool:
    return all(one.holds(world[one.field]) for one in conditions)


def _values(possible: frozenset[str] | None, conditions: set[Condition]) -> list[str]:
    """What a field may be, as far as these conditions can tell: all that none of them names is one."""
    named = frozenset[str]().union(*(one.values for one in conditions))
    if possible is None:
        return [*sorted(named), _ANOTHER]
    return [*sorted(named & possible), *([_ANOTHER] if possible - named else [])]
