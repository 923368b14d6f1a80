"""Which standard margins are published: those of enough units that do not give one of too few away.

A margin of 1 to `min_units - 1` units is not published, and if all others of its line were, their total less them would
give it. So in each line that is not published whole at least two cells are kept back, with `min_units` units or more
between them; the smallest are taken. Of a field with hidden zeros a code that nobody has is kept back like one that
nine have, and counts as one: else what is published would tell the two apart. What lies inside a cell that is not
published is not published either.

Limit: each line is looked at by itself. Two lines that cross may still narrow a cell down between them; the linear
audit and secondary suppression look at whole systems.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from enclave.disclosure.ledger.runs import Ints

Key = TypeVar("Key", bound=Hashable)
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Line(Generic[Key]):
    """How cells of a finer table add up to those of a coarser one.

    `parents`: for each finer cell the coarser one it is part of; -1 where it is in none, and so not published.
    `expected`: how many parts each coarser cell must have published to leave nothing open; 0 where a part of nobody is
    no part.
    """

    coarser: Key
    finer: Key
    parents: Ints
    expected: Ints


def published(sizes_of: Mapping[Key, Ints], lines: Sequence[Line[Key]], min_units: int) -> Mapping[Key, Ints]:
    """The places of the published cells of each table, in order. `sizes_of` has the units of each cell."""
    kept = {key: sizes >= min_units for key, sizes in sizes_of.items()}
    changed = True
    while changed:
        changed = False
        for line in lines:
            gone = _too_telling(line, sizes_of, kept, min_units)
            kept[line.finer][gone] = False
            changed = changed or len(gone) > 0
    return {key: np.flatnonzero(mask) for key, mask in kept.items()}


def _too_telling(
    line: Line[Key], sizes_of: Mapping[Key, Ints], kept: Mapping[Key, Mask], min_units: int
) -> Ints:
    """Finer cells to keep back next: those without a published parent, and the smallest of each line too open."""
    sizes, mine, parents = sizes_of[line.finer], kept[line.finer], line.parents
    known = kept[line.coarser]
    orphans = np.flatnonzero(mine & ~((parents >= 0) & known[parents]))
    back = (parents >= 0) & ~mine & (sizes > 0)
    count = len(known)
    rest = np.bincount(parents[back], weights=sizes[back], minlength=count)
    shown = np.bincount(parents[mine & (parents >= 0)], minlength=count)
    missing = np.maximum(np.bincount(parents[back], minlength=count), line.expected - shown)
    telling = known & (missing > 0) & ((rest < min_units) | (missing < 2))
    parts = np.flatnonzero(mine & (parents >= 0) & telling[parents])
    ordered = parts[np.lexsort((parts, sizes[parts], parents[parts]))]
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = parents[ordered[1:]] != parents[ordered[:-1]]
    return np.concatenate((orphans, ordered[first]))
