"""Judge the cells and measures of a leaf beside everything that was shown before, coarser ones first.

What passed the primary rules is made into numbers, one after the other held against pairs of known numbers and against
the linear systems of its bases; what may be shown becomes known to the next. The result is codes like those of the
primary rules, and the numbers to reserve.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from enclave.disclosure.columns import Column
from enclave.disclosure.ledger import linear, pairs
from enclave.disclosure.ledger.asking import Asked, Asking
from enclave.disclosure.ledger.coarseness import Coarseness
from enclave.disclosure.ledger.covering import Covering
from enclave.disclosure.ledger.hidden_conditions import Hidden
from enclave.disclosure.ledger.history import Limits
from enclave.disclosure.ledger.known import KnownNumbers
from enclave.disclosure.ledger.known_sums import Sums
from enclave.disclosure.ledger.lines import Line, Lines
from enclave.disclosure.ledger.members import Counting
from enclave.disclosure.ledger.numbers import LedgerNumber, Population, are_equal
from enclave.disclosure.ledger.partners import Partnered
from enclave.disclosure.ledger.populations import Reader
from enclave.disclosure.ledger.repeating import NOTHING, Repeats
from enclave.disclosure.ledger.systems import Systems
from enclave.disclosure.ledger.totals import OpenTotal, OpenTotals
from enclave.disclosure.ledger.unions import union_of, untied
from enclave.disclosure.ledger.weighing import Weigher
from enclave.disclosure.report import CODE_OF, Codes, Guard, Rule, Witness

_OF_DIFFERENCE = {
    pairs.Difference.NESTED: Rule.DIFFERENCE,
    pairs.Difference.COMPLEMENT: Rule.COMPLEMENT,
    pairs.Difference.TWO_SIDED: Rule.TWO_SIDED,
    pairs.Difference.ZERO: Rule.ZERO_DIFFERENCE,
}
_OF_SYSTEM = {
    linear.Finding.FEW: Rule.LINEAR,
    linear.Finding.SMALL_ATOMS: Rule.LINEAR,
    linear.Finding.ZERO_REST: Rule.ZERO_REST,
    linear.Finding.CAP: Rule.LIFETIME_CAP,
}
MOST_TAKEN_FROM_A_LEVEL = 20
"""Cells that may be hidden so that what is left out of a level is no small number; then the whole level is."""


@dataclass(frozen=True, slots=True, eq=False)
class LedgerVerdict:
    """What the ledger hides in one leaf, and the numbers that are shown. All follow the raw table's rows."""

    cells: Codes
    measures: Mapping[str, Codes]
    numbers: tuple[LedgerNumber, ...]
    witnesses: tuple[Witness, ...]
    flagged: tuple[Witness, ...] = ()  # shown, for checkers to weigh
    repeats: Repeats = NOTHING  # shown as they were, whatever the primary rules say
    changed: Mapping[str, Column] = field(
        default_factory=dict
    )  # measures as they may be seen, where a method changes them
    guards: tuple[Guard, ...] = ()  # of what is hidden with what the primary rules hide

    def with_partners(self, partnered: Partnered) -> "LedgerVerdict":
        """The same with what was hidden before it was asked, as partners of what the primary rules hide."""
        return replace(
            self,
            cells=np.maximum(self.cells, _partners_in(partnered.cells)),
            measures={
                name: np.maximum(codes, _partners_in(partnered.measures[name]))
                for name, codes in self.measures.items()
            },
            guards=partnered.guards,
        )


def _partners_in(codes: Codes) -> Codes:
    return np.where(codes == CODE_OF[Rule.SECONDARY], codes, 0).astype(np.int8)


def no_areas(_table: str) -> Mapping[str, str]:
    """Nothing is known of areas."""
    return {}


@dataclass(slots=True)
class Book:
    """All that is known where the question is asked: an index of pairs, linear systems, and what this answer shows."""

    known: KnownNumbers
    population_of: Callable[[int], Population]
    systems: Systems
    limits: Limits
    equals: Callable[[LedgerNumber], Iterable[bytes]]
    told: Systems | None = None  # the systems without what waits for checkers, where something does
    weigher: Weigher | None = None  # on a route where checkers look
    areas: Callable[[str], Mapping[str, str]] = no_areas  # where each cluster of a table stands
    own: list[LedgerNumber] = field(default_factory=list)
    sums: Sums = field(default_factory=Sums)

    def audited(self, number: LedgerNumber) -> Iterator[linear.Finding]:
        """What the linear audit has against a number. What waits counts against it, and speaks for nothing."""
        yield from self.systems.findings(number)
        if self.told is not None:
            yield from self.told.findings(number)

    def add(self, number: LedgerNumber) -> None:
        """Let later numbers be audited beside one that is shown. Those of what is known have it already."""
        audits = () if self.known.knows(number.identity) else (self.systems, self.told)
        for one in (*audits, self.weigher):
            if one is not None:
                one.add(number)

    def forget_ties(self) -> None:
        """More may be published now that ties clusters together."""
        for one in (self.systems, self.told, self.weigher):
            if one is not None:
                one.forget_ties()

    def beside(self, number: LedgerNumber, more: Iterable[LedgerNumber]) -> int:
        """How many other numbers of the same likeness over the very same population are known."""
        found, labels = set(self.equals(number)), number.population.labels
        for one in (*self.own, *more):
            if one.likeness == number.likeness and are_equal(one.population.labels, labels):
                found.add(one.identity)
        return len(found - {number.identity})


@dataclass(frozen=True, slots=True)
class _Found:
    """Which rule a number breaks, with which known answers, and whether checkers may weigh it instead."""

    rule: Rule
    handles: tuple[int, ...] = ()
    may_weigh: bool = False


def judge_leaf(
    reader: Reader,
    cells: Codes,
    measures: Mapping[str, Codes],
    book: Book,
    *,
    repeats: Repeats = NOTHING,
    value: Callable[[str, int], str] = lambda _column, _cell: "",
) -> LedgerVerdict:
    """Judge what the primary rules let pass. What is shown is added to the book.

    Args:
        cells, measures: codes of the primary rules, 0 where nothing is hidden.
        repeats: what is shown as it was over another version of the data, so that there is nothing to judge.
        value: that of a measure in a cell, as it is written down with its number.
    """
    return _LeafJudge(reader, cells, measures, book, repeats, value).judged()


class _LeafJudge:
    def __init__(
        self,
        reader: Reader,
        cells: Codes,
        measures: Mapping[str, Codes],
        book: Book,
        repeats: Repeats,
        value: Callable[[str, int], str],
    ) -> None:
        self._reader = reader
        self._covering = Covering(reader.table, book.limits.codes)
        areas = book.areas(reader.table.members.tables[0])
        self._lines = Lines(reader.table, areas, book.limits.min_units, self._covering)
        self._open_totals = OpenTotals(reader, self._lines)
        self._book = book
        self._primary = measures
        self._repeats = repeats
        alone = book.weigher is None and book.told is None
        self._asking = Asking(reader, measures, repeats, value, book.limits.min_units, alone)
        coarseness = Coarseness(reader.table, self._open_totals, book.limits.codes)
        self._order = sorted((int(cell) for cell in np.flatnonzero(cells == 0)), key=coarseness.of)
        self._cells = np.zeros(len(cells), dtype=np.int8)
        self._measures = {name: np.zeros(len(cells), dtype=np.int8) for name in measures}
        self._witnesses: list[Witness] = []
        self._flagged: list[Witness] = []
        self._shown: list[Asked] = []
        self._places: dict[int, list[int]] = {}  # of what a cell shows, among the judge's numbers
        self._counts: dict[tuple[str | None, Counting], dict[int, tuple[int, LedgerNumber]]] = {}
        self._first: list[OpenTotal] = []

    def judged(self) -> LedgerVerdict:
        groups = [list(self._asking.of_cell(cell)) for cell in self._order]
        everything = [asked for group in groups for asked in group]
        self._start = len(self._book.own)
        self._pairs = self._pair_judge([asked.number for asked in everything])
        self._totals()
        place = self._start
        for group in groups:
            self._group(group, place)
            place += len(group)
        self._judge_lines()
        self._levels()
        numbers = (
            *(total.number for total in self._first if self._is_of_something(total)),
            *(asked.number for asked in self._shown if not self._is_hidden(asked)),
        )
        self._book.own.extend(numbers)
        flagged = _merged(one for one in self._flagged if not self._hides(one.cell, one.measure))
        return LedgerVerdict(
            self._cells, self._measures, numbers, tuple(self._witnesses), flagged, self._repeats
        )

    def _pair_judge(self, numbers: Sequence[LedgerNumber]) -> pairs.PairJudge:
        """A judge of these numbers, to whom what this answer shows already is known."""
        book = self._book
        judge = pairs.PairJudge(
            [*book.own, *numbers],
            book.known,
            book.population_of,
            min_units=book.limits.min_units,
            every_finding=book.weigher is not None,
            codes=book.limits.codes,
        )
        for place in range(len(book.own)):
            judge.show(place)
        return judge

    # Judging

    def _group(self, group: Sequence[Asked], place: int) -> None:
        """The numbers of one cell: the cell's own first; each measure with its parts."""
        by_measure: dict[str | None, list[tuple[int, Asked]]] = {}
        for offset, asked in enumerate(group):
            by_measure.setdefault(asked.measure, []).append((place + offset, asked))
        for asked_ones in by_measure.values():
            if not self._together(asked_ones) and asked_ones[0][1].measure is None:
                return

    def _together(self, asked: Sequence[tuple[int, Asked]]) -> bool:
        flags = {}
        for place, one in asked:
            found = self._rule(place, one)
            if found is not None and not found.may_weigh:
                self._hide(one.cell, one.measure, found)
                return False
            if found is not None:
                flags[place] = found
        for place, one in asked:
            if len(one.number.population.labels):
                self._show(place, one, flags.get(place))
        return True

    def _show(self, place: int, one: Asked, flag: _Found | None) -> None:
        if flag is not None:
            one = self._flag(one, flag)
        self._shown.append(one)
        if one.lifetime is None:
            self._pairs.show(place)
            self._places.setdefault(one.cell, []).append(place)
            if one.counting is not None:
                self._counts.setdefault((one.measure, one.counting), {})[one.cell] = place, one.number
            if not one.again:  # it would be in every system twice
                self._book.add(one.number)
            self._book.sums.show(one.number)

    def _rule(self, place: int, one: Asked) -> _Found | None:
        if not one.enough:
            return _Found(Rule.BRANCH)
        if not len(one.number.population.labels) or self._book.known.knows(one.number.identity):
            return None
        if one.again:
            return None  # the cell was shown, or its measures would not be asked about
        if one.lifetime is not None:
            beside = self._book.beside(one.number, [asked.number for asked in self._shown])
            return _Found(Rule.LIFETIME_CAP) if beside >= one.lifetime.most else None
        near = self._book.sums.against(one.number)
        if near is not None:
            return _Found(Rule.HELD_DIFFERENCE, near)
        if one.number.shares and not one.number.kinds:
            return None  # whoever counts adds something: the sum itself is judged by whom it is about
        of_few, audited = self._pairs.findings(place), self._book.audited(one.number)
        if self._book.weigher is not None:
            return self._weighed(one.number, tuple(of_few), tuple(audited), self._book.weigher)
        first = next(of_few, None)
        if first is not None:
            return _Found(_OF_DIFFERENCE[first.difference], _handles([first]))
        system = next(audited, None)
        return None if system is None else _Found(_OF_SYSTEM[system])

    @staticmethod
    def _weighed(
        number: LedgerNumber,
        of_few: Sequence[pairs.Finding],
        audited: Sequence[linear.Finding],
        weigher: Weigher,
    ) -> _Found | None:
        """What a number breaks where checkers look. It is hidden as soon as one of its findings hides."""
        if of_few:
            may = weigher.may_weigh_pairs(of_few) and weigher.may_weigh_systems(number, audited)
            return _Found(_OF_DIFFERENCE[of_few[0].difference], _handles(of_few), may)
        if audited:
            first = next((one for one in audited if one is not linear.Finding.CAP), audited[0])
            may = weigher.may_weigh_systems(number, audited)
            return _Found(_OF_SYSTEM[first], weigher.beside(number) if may else (), may)
        return None

    def _hide(self, cell: int, measure: str | None, found: _Found) -> None:
        codes = self._cells if measure is None else self._measures[measure]
        codes[cell] = CODE_OF[found.rule]
        self._witnesses.append(Witness(cell, measure, found.rule, found.handles))

    def _flag(self, one: Asked, found: _Found) -> Asked:
        """Let checkers weigh a number that would be hidden if nobody looked."""
        self._flagged.append(Witness(one.cell, one.measure, found.rule, found.handles))
        return replace(one, number=replace(one.number, flagged=found.rule.name))

    def _is_hidden(self, asked: Asked) -> bool:
        return self._hides(asked.cell, asked.measure)

    def _hides(self, cell: int, measure: str | None) -> bool:
        return bool(self._cells[cell]) or (measure is not None and bool(self._measures[measure][cell]))

    # Lines

    def _totals(self) -> None:
        """What the cells add up to, where they lie in clusters: see `totals`."""
        totals = list(self._open_totals.of_leaf(self._order, self._primary))
        self._pairs.expect([total.number for total in totals])
        for total in totals:
            number, known = total.number, self._book.known
            if known.knows(number.identity) or self._pairs.finding_of(number) is not None:
                continue
            if next(self._book.audited(number), None) is None:
                self._first.append(total)
                self._pairs.show_also(number)
                self._book.add(number)

    def _is_of_something(self, total: OpenTotal) -> bool:
        """Whether any of the cells that add up to a total is shown."""
        return any(not self._hides(cell, total.measure) for cell in total.cells)

    def _judge_lines(self) -> None:
        """The shown cells of each line together: what is known of the line may not leave a few, or nobody, of it.

        Where nothing of it is known yet, what is shown of the line is remembered, for whatever comes later.
        """
        lines = [
            (line, measure, counting)
            for (measure, counting), counts in self._counts.items()
            for line in self._lines.of(list(counts))
        ]
        unions = [self._of_line(*one) for one in lines]
        self._pairs.expect([union for _, union in unions if union is not None])
        for one, (cells, union) in zip(lines, unions, strict=True):
            self._line(*one, cells, union)

    def _of_line(
        self, line: Line, measure: str | None, counting: Counting
    ) -> tuple[list[int], LedgerNumber | None]:
        """The cells of a line that are shown, and what they are together if they lack a few of it."""
        cells = [cell for cell in line.cells if not self._hides(cell, measure)]
        if len(cells) < 2 or not self._lines.lacks_a_few(line, counting, cells):
            return cells, None
        said = self._covering.said_of(cells, counting, line.kept)
        return cells, self._union([self._counts[measure, counting][cell][1] for cell in cells], said)

    def _line(
        self,
        line: Line,
        measure: str | None,
        counting: Counting,
        cells: list[int],
        union: LedgerNumber | None,
    ) -> None:
        """`cells` and `union` are as they were before any line was judged."""
        if any(self._hides(cell, measure) for cell in cells):
            cells, union = self._of_line(line, measure, counting)
        while union is not None:
            found = self._of_union(union)
            if found is None or found.may_weigh:
                self._show_union(union, cells[-1], measure, found)
                return
            self._hide(cells[-1], measure, found)
            self._take_back(cells[-1], measure, counting)
            cells, union = self._of_line(line, measure, counting)

    def _show_union(self, union: LedgerNumber, cell: int, measure: str | None, found: _Found | None) -> None:
        asked = Asked(untied(union), cell, measure)
        self._pairs.show_also(union)
        self._book.sums.show(union)
        self._shown.append(asked if found is None else self._flag(asked, found))

    # Levels

    def _levels(self) -> None:
        """The shown cells of each grouping set together: what is left out must be enough, or nobody in sight.

        Limit: of rows at one census no more is known than whose they are. Where somebody has rows in a shown cell and
        in a hidden one, nobody seems to be left of them, and more cells are hidden than need be.
        """
        members = self._reader.table.members
        levels: list[tuple[str | None, Counting]] = [(None, members.counting)]
        levels += [(one.column, adding.counting) for one in members.numbers for adding in one.adding]
        for measure, counting in levels:
            shown = [cell for cell in self._order if not self._hides(cell, measure)]
            shown = [cell for cell in shown if cell in self._counts.get((measure, counting), {})]
            for which in range(len(self._reader.table.sets)):
                self._level(
                    [cell for cell in shown if self._reader.table.set_of_cell[cell] == which],
                    measure,
                    counting,
                )

    def _level(self, cells: list[int], measure: str | None, counting: Counting) -> None:
        for _ in range(MOST_TAKEN_FROM_A_LEVEL):
            if len(cells) < 2:
                return
            said = self._covering.said_of(cells, counting)
            counts = self._counts[measure, counting]
            union = self._union([counts[cell][1] for cell in cells], said)
            found = self._of_union(union)
            if found is None or found.may_weigh:
                self._show_union(union, cells[-1], measure, found)
                return
            self._hide(cells[-1], measure, found)
            self._take_back(cells.pop(), measure, counting)  # else the rest would be judged beside it
        for cell in cells:
            self._hide(cell, measure, _Found(Rule.DIFFERENCE))

    def _take_back(self, cell: int, measure: str | None, counting: Counting) -> None:
        """What was shown of a cell is not shown after all; of one measure, who counts there."""
        counts = self._counts[measure, counting]
        for place in self._places.pop(cell, ()) if measure is None else (counts[cell][0],):
            self._pairs.take_back(place)

    def _union(self, numbers: Sequence[LedgerNumber], said: Hidden | None) -> LedgerNumber:
        return union_of(numbers, said, min_units=self._book.limits.min_units)

    def _of_union(self, union: LedgerNumber) -> _Found | None:
        """What speaks against showing all of it. That it lacks nobody of what is known does, unless that is certain."""
        weigher, near = self._book.weigher, self._book.sums.against(union)
        if near is not None:
            return _Found(Rule.HELD_DIFFERENCE, near)
        found = tuple(islice(self._pairs.findings_of(union), 1 if weigher is None else None))
        if not found:
            return None
        may = weigher is not None and weigher.may_weigh_pairs(found)
        return _Found(_OF_DIFFERENCE[found[0].difference], _handles(found), may)


def _merged(witnesses: Iterable[Witness]) -> tuple[Witness, ...]:
    """One for all that a rule has against the same thing."""
    found: dict[tuple[int, str | None, Rule], dict[int, None]] = {}
    for one in witnesses:
        found.setdefault((one.cell, one.measure, one.rule), {}).update(dict.fromkeys(one.handles))
    return tuple(Witness(*what, tuple(handles)) for what, handles in found.items())


def _handles(found: Sequence[pairs.Finding]) -> tuple[int, ...]:
    """Of known answers; headcounts have handles below 0."""
    witnesses = [one for some in found for one in some.witnesses]
    return tuple(dict.fromkeys(one.handle for one in witnesses if not one.here and one.handle >= 0))
