"""Partners over several counts of a table that make up one another: a FILTER for each code, beside the count of all.

Each number by itself has its partners already. But where each other number of a cell is shown, the whole less these
gives a partner back. So all that tell of one another stand in one system: of each cell the counts under conditions that
shut one another out, and what is left of a whole that holds them.

Limit: of the ways to make up a whole those are found that begin with the largest count; of more than `MOST` counts, or
of a system of more than `MOST_CELLS` cells, each is for itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from enclave.disclosure.ledger.additive import Relations
from enclave.disclosure.ledger.codes import Flags
from enclave.disclosure.ledger.members import Counting
from enclave.disclosure.ledger.reading import MembersTable
from enclave.disclosure.report import CODE_OF, Codes, Rule
from enclave.disclosure.suppression.cover import cover
from enclave.disclosure.suppression.insiders import Insider
from enclave.disclosure.suppression.levels import around, below_threshold
from enclave.disclosure.suppression.system import Budget, Equation, Primary, System

MOST, MOST_CELLS = 24, 6_000
MANY = 2
"""Counts below a whole that tell of one another."""


@dataclass(frozen=True, slots=True, eq=False)
class Count:
    """People who count alike, and the numbers that tell how many they are; none of those who are counted as cells."""

    counting: Counting
    columns: tuple[str, ...]
    flags: Flags


@dataclass(frozen=True, slots=True)
class Made:
    """A whole and the counts that are in it, of which no two have anybody in common; all by their places."""

    whole: int
    parts: tuple[int, ...]


def counts_in(table: MembersTable) -> tuple[Count, ...]:
    """The counts that the cells and the numbers of a table tell, each once, the whole cells first."""
    everybody, found = table.members.counting, dict[bytes, tuple[Counting, list[str]]]()
    told = [(everybody, "")]
    for number in table.members.numbers:
        told += [(number.counting, number.column)] if not number.families else []
        told += [(part, number.column) for part in number.parts]
    flags = {counting: _flags(table, counting) for counting, _ in told}
    for counting, column in told:
        found.setdefault(flags[counting].tobytes(), (counting, []))[1].append(column)
    return tuple(
        Count(counting, tuple(dict.fromkeys(column for column in columns if column)), flags[counting])
        for counting, columns in found.values()
    )


def _flags(table: MembersTable, counting: Counting) -> Flags:
    flag = table.without_needless(counting.inside)
    return np.ones(len(table.units), dtype=np.bool_) if flag is None else table.flags[flag]


def made_up(counts: Sequence[Count]) -> Iterator[Made]:
    """Which counts make up others, as far as they go."""
    order = sorted(range(len(counts)), key=lambda at: (-int(counts[at].flags.sum()), at))
    for whole in order:
        mine = counts[whole].flags
        below = [at for at in order if at != whole and _is_part(counts[at].flags, mine)]
        while len(below) >= MANY:
            parts, covered = list[int](), np.zeros_like(mine)
            for at in below:
                if not (covered & counts[at].flags).any():
                    parts.append(at)
                    covered |= counts[at].flags
            if len(parts) >= MANY:
                yield Made(whole, tuple(parts))
            below = [at for at in below if at not in parts]


def _is_part(one: Flags, whole: Flags) -> bool:
    return not (one & ~whole).any() and int(one.sum()) < int(whole.sum())


@dataclass(frozen=True, slots=True)
class JointPartners:
    """All counts of a table in one system: count after count, of each all cells, and then what is left over."""

    table: MembersTable
    relations: Relations
    min_units: int
    own: Sequence[Sequence[int]]
    budget: Budget

    def found(
        self,
        cells: Codes,
        measures: Mapping[str, Codes],
        cost: Callable[[int, Counting, str], float],
    ) -> dict[str, Codes]:
        """The codes with those of further partners."""
        counts = counts_in(self.table)
        made = list(made_up(counts)) if len(counts) <= MOST else []
        size = len(self.relations.raw)
        if not made or size * (len(counts) + len(made)) > MOST_CELLS:
            return dict(measures)
        codes = [self._codes(one, cells, measures) for one in counts]
        if not any((one > 0).any() and (one == 0).any() for one in codes[1:]):
            return dict(measures)
        system, sizes = self._system(counts, made, codes, cost)
        primaries = list(self._primaries(counts, sizes, codes))
        if not primaries:
            return dict(measures)
        insiders = self._insiders(primaries, system, len(counts))
        some = cover(system, primaries, insiders=insiders, budget=self.budget)
        return self._with(counts, some.secondary, cells, measures)

    def _codes(self, one: Count, cells: Codes, measures: Mapping[str, Codes]) -> Codes:
        """A count is hidden where all that tell it are; by what hid it first."""
        found = [
            np.where(cells == 0, measures[column], cells) for column in one.columns if column in measures
        ]
        if not found:
            return cells
        codes = np.stack(found)
        return np.where((codes > 0).all(axis=0), codes[0], 0).astype(np.int8)

    def _system(
        self,
        counts: Sequence[Count],
        made: Sequence[Made],
        codes: Sequence[Codes],
        cost: Callable[[int, Counting, str], float],
    ) -> tuple[System, list[list[int]]]:
        size, raw, known = len(self.relations.raw), self.relations.raw, self.relations.known
        sizes = [self.relations.sizes(self.table, one.counting) for one in counts]
        values, costs, equations = list[float](), list[float](), list[Equation]()
        for at, one in enumerate(counts):
            values += map(float, sizes[at])
            equations += (one.moved(at * size) for one in self.relations.holding(sizes[at]))
            for place, cell in enumerate(raw):
                hidden = place not in known and (cell < 0 or codes[at][cell] > 0)
                dear = [cost(place, one.counting, column) for column in one.columns] if cell >= 0 else []
                costs.append(0.0 if hidden else max(dear, default=inf))
        for whole in made:
            rests = [
                sizes[whole.whole][place] - sum(sizes[at][place] for at in whole.parts)
                for place in range(size)
            ]
            is_all = not any(rests)
            for place, rest in enumerate(rests):
                if rest < 0 or place in known:  # some people have rows under several conditions
                    continue
                parts = [at * size + place for at in whole.parts]
                if not is_all:
                    parts.append(len(values))
                    values.append(float(rest))
                    costs.append(0.0)
                equations.append(Equation(whole.whole * size + place, tuple(parts)))
        return System(np.array(values), np.array(costs), tuple(equations)), sizes

    def _primaries(
        self, counts: Sequence[Count], sizes: Sequence[Sequence[int]], codes: Sequence[Codes]
    ) -> Iterator[Primary]:
        """What was hidden by rules of its own; of a rest of few its own system takes care."""
        size, least = len(self.relations.raw), self.min_units
        for at, one in enumerate(counts):
            for place, cell in enumerate(self.relations.raw):
                if place in self.relations.known or (
                    cell >= 0 and codes[at][cell] in (0, CODE_OF[Rule.SECONDARY])
                ):
                    continue
                here, nobody = sizes[at][place], self.relations.of_nobody[place] or bool(one.counting.hidden)
                if here < least:
                    yield below_threshold(at * size + place, least, nobody=nobody)
                else:
                    yield around(at * size + place, here, least)

    def _insiders(self, primaries: Sequence[Primary], system: System, counts: int) -> list[Insider]:
        size = len(self.relations.raw)
        targets = tuple(around(one.cell, float(system.values[one.cell]), 2) for one in primaries)
        clusters = [
            frozenset(at * size + cell for cell in cells for at in range(counts)) for cells in self.own
        ]
        return [Insider(cells, targets) for cells in clusters]

    def _with(
        self, counts: Sequence[Count], partners: Sequence[int], cells: Codes, measures: Mapping[str, Codes]
    ) -> dict[str, Codes]:
        found, size = {column: codes.copy() for column, codes in measures.items()}, len(self.relations.raw)
        for partner in partners:
            cell = self.relations.raw[partner % size]
            for column in counts[partner // size].columns:
                if column in found and not cells[cell] and not found[column][cell]:
                    found[column][cell] = CODE_OF[Rule.SECONDARY]
        return found
