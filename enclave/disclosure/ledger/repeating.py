"""The same number over a newer version of the data: its old value, unless enough people differ.

A number is *the same* if its definition, its cell and its statistic are. Where those behind it now and those behind
the one that was shown differ by fewer than `min_units`, and be it by nobody, the old value is shown again: whoever has
both learns nothing from the second, and cannot tell nobody from a few. Where more differ it is computed anew, and
judged like any other. So one person's objection takes away no table that was seen, and does not show in it.

Some cells of a table anew and the others as before give away, beside a new total, what became of the others together.
So they are not mixed unless in these, taken together, enough people differ as well.

Limit: values that were corrected while the people stayed the same are not recomputed. Limit: tables are held together
by grouping sets, not by each parent of a cell (the schools of one authority).
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from enclave.disclosure.ledger.members import Counting
from enclave.disclosure.ledger.memory import Memory, Older
from enclave.disclosure.ledger.numbers import Kind, Labels, distinct, units_of
from enclave.disclosure.ledger.populations import Reader, is_fixed
from enclave.terms.versions import method_in


@dataclass(frozen=True, slots=True)
class Repeats:
    """What is shown as it was: cells, and the values of their measures with the data version that each is of."""

    cells: frozenset[int] = frozenset()
    measures: Mapping[str, Mapping[int, Older]] = field(default_factory=dict)

    def has(self, cell: int, measure: str | None) -> bool:
        """Whether the cell, or this measure in it, is repeated."""
        return cell in self.cells if measure is None else cell in self.measures.get(measure, ())


NOTHING = Repeats()


@dataclass(frozen=True, slots=True, eq=False)
class _Beside:
    """A number beside the same one of an older version. `near`: too few differ to compute it anew."""

    cell: int
    older: Older
    now: Labels
    then: Labels
    near: bool


def repeats_in(reader: Reader, memory: Memory, *, min_units: int) -> Repeats:
    """What of a table is repeated, whatever the primary rules say of it now: they said otherwise of what was shown."""
    if not memory.has_older:
        return NOTHING
    repeating = _Repeating(reader, memory, min_units)
    members = reader.table.members
    cells = frozenset(repeating.of(members.counting, "units", members.kinds, ()))
    measures = {}
    for number in members.numbers:
        found = repeating.of(number.counting, number.what, number.kinds, cells)
        measures[number.column] = {cell: older for cell, older in found.items() if older.value}
    return Repeats(cells, {name: values for name, values in measures.items() if values})


class _Repeating:
    def __init__(self, reader: Reader, memory: Memory, min_units: int) -> None:
        self._reader, self._memory, self._min_units = reader, memory, min_units
        self._method = method_in(reader.data_version)

    def of(
        self, counting: Counting, what: str, kinds: Sequence[Kind], with_cells: Container[int]
    ) -> dict[int, Older]:
        """The cells in which a statistic is repeated, as that of `with_cells` is in any case."""
        levels: dict[int, list[_Beside]] = {}
        for cell, level in enumerate(self._reader.table.set_of_cell.tolist()):
            found = self._beside(cell, counting, what, fixed=is_fixed(kinds))
            if found is not None:
                near = found.near or cell in with_cells
                levels.setdefault(level, []).append(replace(found, near=near))
        kept = (one for level in levels.values() for one in self._balanced(level))
        return {one.cell: one.older for one in kept}

    def _balanced(self, level: Sequence[_Beside]) -> Sequence[_Beside]:
        """Those of one grouping set that are repeated: the near ones, and more until enough people differ in them."""
        kept = [one for one in level if one.near]
        anew = [one for one in level if not one.near]
        while kept and anew and self._differ(kept) < self._min_units:
            kept.append(anew.pop())
        return kept

    @staticmethod
    def _differ(some: Sequence[_Beside]) -> int:
        now, then = (
            distinct(np.concatenate(parts))
            for parts in ([one.now for one in some], [one.then for one in some])
        )
        return _apart(now, then)

    def _beside(self, cell: int, counting: Counting, what: str, *, fixed: bool) -> _Beside | None:
        """The number beside the last that was shown and is near, or else the last.

        None where there is none, or where this very number was shown of this version.
        """
        reader, last = self._reader, None
        if self._memory.known.knows(reader.identity(cell, what)):
            return None
        now = None
        for older in self._memory.older_of(reader.lasting(cell, what)):
            if now is None:
                now = units_of(reader.population(cell, counting, fixed=fixed).labels)
            then = units_of(self._memory.population_of(older.handle).labels)
            if len(then) < self._min_units or method_in(older.version) != self._method:
                continue  # another project's rules let it be shown, or as it is never shown here
            near = _apart(now, then) < self._min_units
            if near or last is None:
                last = _Beside(cell, older, now, then, near)
            if near:
                break
        return last


def _apart(some: Labels, others: Labels) -> int:
    """How many units are in one of two sets and not in the other."""
    return len(np.setxor1d(some, others, assume_unique=True))
