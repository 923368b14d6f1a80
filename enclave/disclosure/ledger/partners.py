"""Secondary suppression of a leaf: what goes with the cells that the primary rules hide, before the ledger judges.

First whole cells, by the units in them; then each count, sum and mean by its contributors, for where a number alone is
hidden. What was shown before stays shown, so partners hidden once are the ones that are chosen again;
`withheld` keeps them hidden elsewhere.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from math import inf, isqrt

import numpy as np

from enclave.disclosure.amounts import Amounts
from enclave.disclosure.columns import Numbers
from enclave.disclosure.ledger.additive import Relations, relations_of
from enclave.disclosure.ledger.history import Limits
from enclave.disclosure.ledger.joint_partners import JointPartners
from enclave.disclosure.ledger.known_totals import KnownTotals
from enclave.disclosure.ledger.members import Counting, MemberNumber
from enclave.disclosure.ledger.people_partners import PeoplePartners
from enclave.disclosure.ledger.reading import MembersTable
from enclave.disclosure.ledger.sum_partners import SumPartners, with_codes
from enclave.disclosure.report import CODE_OF, Codes, Guard, Rule
from enclave.disclosure.suppression.system import Budget, Cover

BUDGET = Budget(exact_cells=150, rounds=30, nodes=300, audits=600, intervals=300, insiders=24)
"""For one table of an answer, which somebody waits for."""

JOINT = replace(BUDGET, exact_cells=0)
"""For several counts of one table together."""

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
    _clusters: list[list[int]] = field(init=False)

    def __post_init__(self) -> None:
        """How many units each cell has, which are totals, and which everybody can see to lie in one cluster."""
        self._wholes = self.relations.sizes(self.table, self.table.members.counting)
        self._totals = frozenset(one.total for one in self.relations.equations)
        own = dict[int, list[int]]()
        for place, raw in enumerate(self.relations.raw):
            if raw < 0:
                continue
            cluster = self.table.cluster_in_sight(raw, self.table.members.counting)
            if cluster >= 0:
                own.setdefault(cluster, []).append(place)
        self._clusters = sorted(own.values())

    def found(self, cells: Codes, measures: Mapping[str, Codes]) -> Partnered:
        everybody = self.table.members.counting
        cells, guard = self._by_people(None, everybody, self._people(everybody, self._wholes), cells, cells)
        guards, by_measure = [guard], dict(measures)
        for number in self.table.members.numbers:
            codes = by_measure.get(number.column)
            if codes is None or not number.adds_up or not (codes * (cells == 0)).any():
                continue
            for people in self._counts(number):
                whole = np.where(cells == 0, by_measure[number.column], cells)
                new, more = self._by_people(number.column, number.counting, people, whole, cells)
                by_measure[number.column] = np.where(cells == 0, new, codes).astype(np.int8)
                guards.append(more)
        joint = JointPartners(self.table, self.relations, self.min_units, self._clusters, JOINT)
        by_measure = joint.found(cells, by_measure, self._cost)
        for amounts in self.amounts:
            by_measure, several = self._of_sums(amounts, cells, by_measure)
            guards += several
        return Partnered(cells, by_measure, tuple(one for one in guards if one is not None))

    def _counts(self, number: MemberNumber) -> Iterator[PeoplePartners]:
        """Who counts in a number, of all in the cell; and for whom each of its conditions is true, of those."""
        contributors = self.relations.sizes(self.table, number.counting)
        yield self._people(number.counting, self._wholes, contributors)
        for part in number.parts:
            yield self._people(part, contributors)

    def _people(
        self, counting: Counting, wholes: Sequence[int], sizes: Sequence[int] | None = None
    ) -> PeoplePartners:
        return PeoplePartners(
            relations=self.relations,
            sizes=self.relations.sizes(self.table, counting) if sizes is None else sizes,
            wholes=wholes,
            nobody=(self.relations.of_nobody, bool(counting.hidden)),
            own=self._clusters,
            min_units=self.min_units,
            budget=BUDGET,
        )

    def _of_sums(
        self, amounts: Amounts, cells: Codes, measures: dict[str, Codes]
    ) -> tuple[dict[str, Codes], list[Guard | None]]:
        """The codes with partners of sums: where one of several numbers of the same amounts is shown, all are known."""
        numbers = {one.column: one for one in self.table.members.numbers if one.adds_up}
        columns = [column for column in amounts.columns if column in measures and column in numbers]
        if not columns:
            return measures, []
        codes = np.stack([np.where(cells == 0, measures[column], cells) for column in columns])
        hidden = np.where((codes > 0).all(axis=0), codes[0], 0).astype(np.int8)
        first, guards = numbers[columns[0]], list[Guard | None]()

        def cost(place: int) -> float:
            return max(self._cost(place, first.counting, column) for column in columns)

        if amounts.at_greatest is not None:
            people = self._of_two_values(amounts, amounts.at_greatest, first)
            new, more = self._by_people(columns[0], first.counting, people, hidden, cells)
            measures = with_codes(measures, columns, cells, np.flatnonzero(new > hidden).tolist())
            hidden, guards = new, [more]
        sums = SumPartners(self.relations, amounts, self.min_units, self._clusters, BUDGET)
        found = sums.found(hidden, cost)
        if found is None:
            return measures, guards
        primary = len(found.cover.hidden) - len(found.cover.secondary)
        guards.append(self._guard(columns[0], found.cover, primary, found.ceiling, found.unit))
        return with_codes(measures, columns, cells, found.partners), guards

    def _of_two_values(self, amounts: Amounts, at_greatest: Numbers, number: MemberNumber) -> PeoplePartners:
        """How many have the greater of two values: so much a sum and a count tell."""
        raw = self.relations.raw
        sizes, wholes = (
            [int(some[cell]) if cell >= 0 else 0 for cell in raw]
            for some in (at_greatest, amounts.contributors)
        )
        people = self._people(number.counting, wholes, sizes)
        return replace(people, nobody=(self.relations.of_nobody, amounts.zeros_hidden))

    def _by_people(
        self, measure: str | None, counting: Counting, people: PeoplePartners, codes: Codes, cells: Codes
    ) -> tuple[Codes, Guard | None]:
        """The codes with those of partners, for one number of the table."""
        known, raw = self.relations.known, self.relations.raw
        hidden = [place not in known and (one < 0 or bool(codes[one])) for place, one in enumerate(raw)]
        wholes = [place not in known and (one < 0 or bool(cells[one])) for place, one in enumerate(raw)]
        found = people.found(hidden, wholes, lambda place: self._cost(place, counting, measure))
        if found is None:
            return codes, None
        some, primary, ceiling = found
        new = codes.copy()
        for place in some.secondary:
            new[raw[place]] = CODE_OF[Rule.SECONDARY]
        return new, self._guard(measure, some, primary, ceiling)

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
        seen = self.table.units_in_sight(raw, counting)
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
            if cell < len(self.relations.raw)
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
