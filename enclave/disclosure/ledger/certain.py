"""Whether numbers add up to nothing whatever the fields with hidden zeros hold, or only because nobody is somewhere.

A population is the visible part of it with its hidden conditions applied. So a sum of populations that comes to nothing
is certain if it does so for every visible person and in every *world*: whatever that person's hidden fields may be.
Else it says that nobody is in some group, which is as good as a count.

A world gives each hidden field one of the values that are compared with it here, or another where only one is. So all
that a table shows of a field makes up a whole: that nobody has a further value is taken as known.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import product
from math import prod

import numpy as np

from enclave.disclosure.ledger.atoms import Flags
from enclave.disclosure.ledger.echelon import PRIME, residues

Hidden = frozenset[str]
"""Conditions on hidden fields, as canonical texts: all of them hold."""

NO_CONDITIONS: Hidden = frozenset()
MOST_WORLDS = 4_096
_COLUMN = r'"[^"]+"'
_CASE = r"CASE (?:(?!CASE ).)* END"
_CONSTANT = r"'(?:[^']|'')*'|-?\d+(?:\.\d+)?|None|True|False"
_VALUE_OF = re.compile(rf"({_COLUMN}|{_CASE}) = (?:{_CONSTANT})", re.DOTALL)


def adds_up_always(times: Sequence[int], hidden: Sequence[Hidden], visible: Flags) -> bool:
    """Whether numbers that add up to nothing, each taken so many times, do so in every world.

    Args:
        times: residues modulo the prime, one for each number.
        hidden: the hidden conditions of each number.
        visible: (numbers, atoms of visible people) who is in each number's visible population.
    """
    sums = _sums(times, hidden, visible)
    rows = np.array(list(sums.values()))
    if not rows.any():
        return True
    sorts = np.unique(rows[:, rows.any(axis=0)], axis=1)
    return all(_is_nothing(dict(zip(sums, sort, strict=True))) for sort in sorts.T.tolist())


def _sums(times: Sequence[int], hidden: Sequence[Hidden], visible: Flags) -> dict[Hidden, list[int]]:
    """For each set of conditions, how often each atom is counted under it."""
    often = np.array(times, dtype=np.int64) % PRIME
    places: dict[Hidden, list[int]] = {}
    for place in often.nonzero()[0].tolist():
        places.setdefault(hidden[place], []).append(place)
    return {one: residues(often[where] @ visible[where]).tolist() for one, where in places.items()}


def _is_nothing(counted: Mapping[Hidden, int]) -> bool:
    """Whether a person who is counted so often under each set of conditions is counted for nothing in every world."""
    counted = {conditions: often for conditions, often in counted.items() if often}
    choices = _choices(frozenset[str]().union(*counted))
    if prod(len(some) for some in choices) > MOST_WORLDS:
        return False
    return not any(
        sum(often for conditions, often in counted.items() if conditions <= world) % PRIME
        for world in (frozenset(true) for true in product(*choices))
    )


def _choices(conditions: Hidden) -> list[list[str]]:
    """Conditions of which just one is true at a time; "" is another than all of them."""
    fields: dict[str, list[str]] = {}
    for text in sorted(conditions):
        value_of = _VALUE_OF.fullmatch(text)
        fields.setdefault(value_of[1] if value_of else text, []).append(text)
    return [texts if len(texts) > 1 else [*texts, ""] for texts in fields.values()]
