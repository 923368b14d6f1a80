"""Secondary suppression of a leaf: what goes with the cells that the primary rules hide, before the ledger judges.

First whole cells, by the units in them; then each count, sum and mean by its contributors, for where a number alone is
hidden. What was shown before stays shown, so partners hidden once are the ones that are chosen again;
`withheld` keeps them hidden elsewhere.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from math import inf, isqrt

import numpy as np

from enclave.disclosure.amounts import Amounts
from enclave.disclosure.ledger.additive import Relations, relations_of
from enclave.disclosure.ledger.history import Limits
from enclave.disclosure.ledger.known_totals import KnownTotals
from enclave.disclosure.ledger.members import Counting
from enclave.disclosure.ledger.numbers import distinct
from enclave.disclosure.ledger.reading import MembersTable
from enclave.disclosure.ledger.sum_partners import SumPartners, with_codes
from enclave.disclosure.report import CODE_OF, Codes, Guard, Rule
from enclave.disclosure.suppression.cover import cover
from enclave.disclosure.suppression.insiders import Insider
from enclave.disclosure.suppression.levels import around, below_threshold
from enclave.disclosure.suppression.system import Budget, Cover, Primary, System

BUDGET = Budget(exact_cells=150, rounds=6, nodes=50, audits=600, intervals=300, insiders=24)
"""For one table of an answer, which somebody waits for."""

COST = 1_000
"""Of a cell in sight of nobody; what is below it tells equally dear cells apart."""
A_TOTAL = 2
"""How many times as dear a total is as another cell of as many."""
MustShow = Callable[[int, str | None], bool]


@dataclass(frozen=True, slots=True, eq=False)
class Partnered:
    """The codes of the primary rules with those of the partners, and what the attacker is left with."""

    cells: Codes
    measures: Mapping[str, Codes]
    guards: tuple[Guard, ...] = ()


def with_partners(
    table: MembersTable,
    cells: Codes,
    measures: Mapping[str, Codes],
    limits: Limits,
    must_show: MustShow,
    totals: KnownTotals | None = None,
    amounts: Sequence[Amounts] = (),
) -> Partnered:
    """Hide partners too.

    Args:
        cells, measures: codes of the primary rules, by the rows of the raw table.
        must_show: whether a cell, or a measure in it, was shown before.
        totals: what is known of lines besides.
        amounts: what sums and means add up from.
    """
    known = () if totals is None else totals.of(table, cells)
    relations = relations_of(table, limits.codes, known) if known or len(table.sets) > 1 else None
    if relations is None or not relations.equations:
        return Partnered(cells, measures)
    partners = _Partners(table, relations, limits.min_units, must_show, amounts)
    return partners.found(cells, measures)


@dataclass(slots=True)
class _Partners:
    table: MembersTable
    relations: Relations
    min_units: int
    must_show: MustShow
    amounts: Sequence[Amounts]
    _wholes: list[int] = field(init=False)
    _totals: frozenset[int] = field(init=False)
    _own: dict[int, list[int]] = field(init=False)

    def __post_init__(self) -> None:
        """How many units each cell has, which are totals, and which everybody can see to lie in one cluster."""
        self._wholes = self.relations.sizes(self.table, self.table.members.counting)
        self._totals = frozenset(one.total for one in self.relations.equations)
        self._own = {}
        for place, raw in enumerate(self.relations.raw):
            if raw < 0:
                continue
            rows = self.table.visible_rows(raw, self.table.members.counting)
            clusters = distinct(self.table.clusters[rows])
            if len(clusters) == 1 and clusters[0] >= 0:
                self._own.setdefault(int(clusters[0]), []).append(place)

    def found(self, cells: Codes, measures: Mapping[str, Codes]) -> Partnered:
        counting = self.table.members.counting
        cells, guard = self._hidden(None, counting, cells, cells)
        guards, by_measure = [guard], dict(measures)
        for number in self.table.members.numbers:
            codes = by_measure.get(number.column)
            if codes is None or number.lifetime is not None or not (codes * (cells == 0)).any():
                continue
            whole = np.where(cells == 0, codes, cells)
            new, more = self._hidden(number.column, number.counting, whole, whole)
            by_measure[number.column] = np.where((cells == 0) & (codes == 0), new, codes).astype(np.int8)
            guards.append(more)
        for amounts in self.amounts:
            by_measure, more = self._of_sums(amounts, cells, by_measure)
            guards.append(more)
        return Partnered(cells, by_measure, tuple(one for one in guards if one is not None))

    def _of_sums(
        self, amounts: Amounts, cells: Codes, measures: dict[str, Codes]
    ) -> tuple[dict[str, Codes], Guard | None]:
        """The codes with partners of sums: where one of several numbers of the same amounts is shown, all are known."""
        numbers = {one.column: one for one in self.table.members.numbers if one.lifetime is None}
        columns = [column for column in amounts.columns if column in measures and column in numbers]
        if not columns:
            return measures, None
        codes = np.stack([np.where(cells == 0, measures[column], cells) for column in columns])
        hidden = np.where((codes > 0).all(axis=0), codes[0], 0).astype(np.int8)
        first = numbers[columns[0]]

        def cost(place: int) -> float:
            return max(self._cost(place, first.counting, column) for column in columns)

        sums = SumPartners(self.relations, amounts, self.min_units, tuple(self._own.values()), BUDGET)
        found = sums.found(hidden, cost)
        if found is None:
            return measures, None
        primary = len(found.cover.hidden) - len(found.cover.secondary)
        guard = self._guard(columns[0], found.cover, primary, found.ceiling, found.unit)
        return with_codes(measures, columns, cells, found.partners), guard

    def _hidden(
        self, measure: str | None, counting: Counting, codes: Codes, before: Codes
    ) -> tuple[Codes, Guard | None]:
        """The codes with those of partners, for one number of the table."""
        sizes = self.relations.sizes(self.table, counting)
        known = self.relations.known
        hidden = [
            place not in known and (raw < 0 or bool(codes[raw]))
            for place, raw in enumerate(self.relations.raw)
        ]
        equations = self.relations.holding(sizes)
        if not any(hidden) or all(hidden) or not equations:
            return codes, None
        primaries = [
            self._primary(place, sizes[place], counting)
            for place, is_hidden in enumerate(hidden)
            if is_hidden
        ]
        costs = np.array(
            [self._cost(place, counting, measure) for place in range(len(sizes))], dtype=np.float64
        )
        system = System(np.array(sizes, dtype=np.float64), costs, equations)
        small = [one.cell for one in primaries if sizes[one.cell] < self.min_units]
        targets = tuple(Primary(one.cell, *_apart(sizes[one.cell])) for one in primaries)
        found = cover(system, primaries, insiders=self._insiders(small, targets), budget=BUDGET)
        new = before.copy()
        for place in found.secondary:
            new[self.relations.raw[place]] = CODE_OF[Rule.SECONDARY]
        return new, self._guard(measure, found, len(primaries), system.ceiling)

    def _insiders(self, small: Sequence[int], targets: tuple[Primary, ...]) -> list[Insider]:
        """Each cluster, which knows its own cells, and somebody in each small cell, as if nobody else were in it.

        Whether somebody is alone must not show in what is hidden. To these a cell may be one more or less than it is.
        """
        own = {frozenset(cells) for cells in self._own.values()}
        clusters = sorted(own, key=sorted)
        return [Insider(cells, targets) for cells in (*clusters, *(frozenset([cell]) for cell in small))]

    def _primary(self, place: int, size: int, counting: Counting) -> Primary:
        """What has to stay possible of a hidden number: the same for all that lie on the same side of the threshold.

        A part of a cell is hidden also where few of the cell are not in it. Then it may be nearly all, or leave enough.
        """
        nobody = self.relations.of_nobody[place] or bool(counting.hidden)
        whole, least = self._wholes[place], self.min_units
        if size < least or (size < whole < 2 * least):
            return below_threshold(place, least, nobody=nobody)
        if 0 < whole - size < least or (whole == size and nobody and counting.hidden):
            return Primary(place, whole - least, whole if nobody else whole - 1)
        return around(place, size, least)

    def _cost(self, place: int, counting: Counting, measure: str | None) -> float:
        """By how many everybody can see in the cell: which partners go may not follow from counts that are hidden.

        Larger cells are dearer, and far from in proportion: what a reader loses with a cell is mostly the cell. Totals
        are dearer still: somebody may have one from elsewhere, so the ledger judges lines as if they were known. No two
        patterns cost the same but by chance, so that it is not the solver's way to one that decides between them.
        """
        raw = self.relations.raw[place]
        if place in self.relations.known or (raw >= 0 and self.must_show(raw, measure)):
            return inf
        if raw < 0:
            return float(COST)  # nobody's: it is hidden in any case
        seen = len(distinct(self.table.units[self.table.visible_rows(raw, counting)]))
        name = sha256(repr(self.relations.cells[place]).encode()).digest()
        dear = A_TOTAL if place in self._totals else 1
        return float(COST * dear * (1 + isqrt(seen)) + int.from_bytes(name[:4], "big") % COST)

    def _guard(
        self, measure: str | None, found: Cover, primary: int, ceiling: float, unit: float | None = None
    ) -> Guard:
        """`unit`: what 1 of a system of amounts is worth; None for people."""
        times = 1.0 if unit is None else unit
        widths = sorted(
            (one.low * times, one.high * times if one.high < ceiling else inf, cell in found.secondary)
            for cell, one in found.intervals.items()
        )
        return Guard(
            measure=measure,
            cells=len(self.relations.cells),
            primary=primary,
            secondary=len(found.secondary),
            cost=found.cost / COST,
            bound=found.bound / COST,
            open=len(found.open),
            intervals=tuple(widths),
            amounts=unit is not None,
        )


def _apart(size: int) -> tuple[float, float]:
    return max(0.0, size - 1), size + 1
