"""One question's look into the ledger: its leaves are judged one after the other, each beside those before it."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from enclave.disclosure.amounts import Amounts
from enclave.disclosure.columns import Mask, plain
from enclave.disclosure.ledger.census_margins import CensusMargins
from enclave.disclosure.ledger.history import Limits
from enclave.disclosure.ledger.judge import Book, LedgerVerdict, judge_leaf
from enclave.disclosure.ledger.known_sums import Sums
from enclave.disclosure.ledger.known_totals import KnownTotals
from enclave.disclosure.ledger.members import Counting
from enclave.disclosure.ledger.memory import Memory
from enclave.disclosure.ledger.numbers import Kind, LedgerNumber, units_of
from enclave.disclosure.ledger.pairs import Finding as OfFew
from enclave.disclosure.ledger.pairs import PairJudge
from enclave.disclosure.ledger.partners import MustShow, Partnered, with_partners
from enclave.disclosure.ledger.populations import Reader, is_fixed
from enclave.disclosure.ledger.reading import MembersTable
from enclave.disclosure.ledger.repeating import Repeats, repeats_in
from enclave.disclosure.ledger.shown_counts import among, counted_in
from enclave.disclosure.ledger.shown_values import text_of
from enclave.disclosure.ledger.structure import Structure
from enclave.disclosure.ledger.systems import Systems
from enclave.disclosure.ledger.weighing import Selection, Weigher
from enclave.disclosure.ledger.withheld import is_bound, is_withheld, withheld, withheld_in
from enclave.disclosure.perturbation.perturbed import Changed
from enclave.disclosure.raw import Raw
from enclave.disclosure.report import CODE_OF, Codes, Rule
from enclave.terms.moments import python_value

_BYTES = 8
"""Of a unit in an array."""
Change: TypeAlias = Callable[[Mapping[str, Mask]], Changed]
"""By measure, what is hidden; back come its values as they may be seen."""


@dataclass(slots=True)
class LedgerSession:
    """What one question has been judged against, and what its answer shows so far.

    `mine` is given where checkers look at the answer: whether a known number is of the same project.
    """

    memory: Memory
    limits: Limits
    data_version: str
    structures: dict[str, Structure]
    mine: Callable[[int], bool] | None = None
    book: Book = field(init=False)
    _read: Reader | None = None

    def __post_init__(self) -> None:
        """Systems are those that the memory keeps, copied where this question adds to them."""
        if self.memory.systems is None:
            self.memory.systems = Systems(self.memory, self.structures, self.limits)
        systems = Systems(self.memory, self.structures, self.limits, self.memory.systems)
        told = self._told()
        weigher = None if self.mine is None else Weigher(self.memory, self.structures, self.limits, self.mine)
        self.book = Book(
            self.memory.known,
            self.memory.population_of,
            systems,
            self.limits,
            self.memory.equals,
            told,
            weigher,
            self.memory.headcounts.areas,
            sums=Sums(
                self.memory.sums,
                lambda handle: self.memory.population_of(handle).labels,
                self.limits.dominance,
            ),
        )

    @property
    def numbers(self) -> Sequence[LedgerNumber]:
        """Everything that the answer shows, to be reserved."""
        return tuple(self.book.own)

    def publish(
        self,
        margins: Iterable[CensusMargins],
        table: str = "",
        areas: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Judge beside these standard margins from now on, in this question and in all after it.

        `areas`: in which area each cluster of a table stands, as a public list has it.
        """
        if areas:
            self.memory.headcounts.list_areas(table, areas)
        self.memory.headcounts.publish(margins, self.memory.known)
        self.book.forget_ties()

    def knows_areas(self, table: str) -> bool:
        """Whether it is known already where the clusters of a table stand, as a public list has it."""
        return self.memory.headcounts.has_listed(table)

    def shown_before(
        self, table: MembersTable, cells: Mapping[str, Sequence[int]]
    ) -> dict[str, dict[int, set[int]]]:
        """By measure and cell, the counts that were shown of the very people who count there.

        `cells`: for each measure, the cells that are looked up.
        """
        reader, found = self._reader(table), dict[str, dict[int, set[int]]]()
        counts = self.memory.counts()
        for one in table.members.numbers:
            for cell in cells.get(one.column, ()) if not one.families else ():
                labels = reader.population(cell, one.counting, fixed=is_fixed(one.kinds)).labels
                values = {*counts.of(labels), *among(self.book.own, labels)}
                if values:
                    found.setdefault(one.column, {})[cell] = values
        return found

    def _reader(self, table: MembersTable) -> Reader:
        """One for each table: what it has worked out it keeps."""
        if self._read is None or self._read.table is not table:
            self._read = Reader(table, self.data_version)
        return self._read

    def prepare(self, table: MembersTable, cells: Codes, measures: Mapping[str, Codes]) -> None:
        """Read whom the numbers of a leaf are about: what can be done before others have to wait for its judging."""
        reader, members = self._reader(table), table.members
        for cell in np.flatnonzero(cells == 0).tolist():
            reader.who(cell, members.counting, fixed=is_fixed(members.kinds))
            for number in members.numbers:
                if not measures[number.column][cell]:
                    reader.who(cell, number.counting, fixed=is_fixed(number.kinds))

    def judge(
        self,
        raw: Raw,
        table: MembersTable,
        *,
        primary: tuple[Codes, Mapping[str, Codes]],
        change: Change | None = None,
        amounts: Sequence[Amounts] = (),
    ) -> LedgerVerdict:
        """Judge one leaf. `table` is its members table; `primary` what the primary rules hide, in the raw order.

        `change` gives its measures as they may be seen, where a method changes them, once it is known what is hidden:
        so nothing that is hidden has a say in what is shown. These are what is remembered. `amounts`: what its sums and
        means add up from.

        Raises:
            BrokenPromise: a table is not what it should be.
        """
        memory = self.memory
        memory.headcounts.enter(self.structures.values(), memory.known, min_units=self.limits.min_units)
        reader = self._reader(table)
        shown = raw.reveal()
        columns = {
            one.column: plain(shown, one.column)
            for one in table.members.numbers
            if change is None and one.column in shown.column_names
        }
        first = len(self.book.own)
        repeats = repeats_in(reader, memory, min_units=self.limits.min_units)
        was_shown = self._was_shown(reader, repeats)
        before = self._bound(reader, primary, was_shown)
        totals = KnownTotals(memory.known, memory.population_of)
        partnered = with_partners(table, *before, self.limits, was_shown, totals, amounts)
        verdict = judge_leaf(
            reader,
            partnered.cells,
            partnered.measures,
            self.book,
            repeats=repeats,
            value=lambda column, cell: (
                text_of(python_value(columns[column][cell])) if column in columns else ""
            ),
        )
        verdict = verdict.with_partners(partnered)
        self.book.own.extend(self._withheld(reader, before, partnered))
        return verdict if change is None else self._changed(reader, primary, verdict, change, first)

    def _bound(
        self, reader: Reader, primary: tuple[Codes, Mapping[str, Codes]], was_shown: MustShow
    ) -> tuple[Codes, Mapping[str, Codes]]:
        """What the primary rules hide, with what was a partner before or is nearly one."""
        known, by_cell, by_measure = self.memory.withheld(), primary[0], dict(primary[1])
        own, least = withheld_in(self.book.own), self.limits.min_units
        if not known and not own:
            return primary
        members = reader.table.members
        asked: list[tuple[str | None, Counting, tuple[Kind, ...]]] = [
            (None, members.counting, members.kinds),
            *((one.column, one.counting, one.kinds) for one in members.numbers if one.column in by_measure),
        ]
        for measure, counting, kinds in asked:
            codes = by_cell if measure is None else by_measure[measure]
            new = codes.copy()
            for cell in np.flatnonzero((codes == 0) & (by_cell == 0)).tolist():
                labels = reader.population(cell, counting, fixed=is_fixed(kinds)).labels
                if is_bound(labels, known, own, least) and not was_shown(cell, measure):
                    new[cell] = CODE_OF[Rule.SECONDARY]
            if measure is None:
                by_cell = new
            else:
                by_measure[measure] = new
        return by_cell, by_measure

    def _withheld(
        self, reader: Reader, before: tuple[Codes, Mapping[str, Codes]], partnered: Partnered
    ) -> Iterator[LedgerNumber]:
        """The partners of this leaf, to be remembered."""
        members, code = reader.table.members, CODE_OF[Rule.SECONDARY]
        for cell in np.flatnonzero((partnered.cells == code) & (before[0] == 0)).tolist():
            yield withheld(reader, cell, members.counting, members.kinds)
        for one in members.numbers:
            codes, was = partnered.measures.get(one.column), before[1].get(one.column)
            if codes is None or was is None:
                continue
            alone = (codes == code) & (was == 0) & (partnered.cells == 0)
            for cell in np.flatnonzero(alone).tolist():
                yield withheld(reader, cell, one.counting, one.kinds)

    def _changed(
        self,
        reader: Reader,
        primary: tuple[Codes, Mapping[str, Codes]],
        verdict: LedgerVerdict,
        change: Change,
        first: int,
    ) -> LedgerVerdict:
        """The verdict with the numbers as they may be seen, written down with what this leaf shows, from `first` on."""
        by_cell, by_measure = primary
        away = (by_cell > 0) | (verdict.cells > 0)
        hidden = {
            name: away | (codes > 0) | (verdict.measures[name] > 0) for name, codes in by_measure.items()
        }
        changed = change(hidden)
        values = {
            reader.lasting(cell, one.what): text_of(python_value(changed[one.column][cell]))
            for one in reader.table.members.numbers
            if one.column in changed
            for cell in np.flatnonzero(~hidden[one.column]).tolist()
        }
        for place in range(first, len(self.book.own)):
            number = self.book.own[place]
            self.book.own[place] = replace(number, value=values.get(number.lasting, ""))
        return replace(verdict, changed=changed)

    def _was_shown(self, reader: Reader, repeats: Repeats) -> MustShow:
        """Whether a cell, or a measure in it, was shown before, so that to hide it would hide nothing.

        A cell was also where the very same people were counted by another question.
        """
        members, counts, own = reader.table.members, self.memory.counts(), counted_in(self.book.own)
        what = {one.column: one.what for one in members.numbers}
        sizes = {len(one) // _BYTES for one in own}

        def was_shown(cell: int, measure: str | None) -> bool:
            if repeats.has(cell, measure):
                return True
            if self.memory.known.knows(reader.identity(cell, what.get(measure or "", "units"))):
                return True
            if measure is not None:
                return False
            many = reader.table.units_in(cell, members.counting)
            if many not in sizes and not counts.have(many):
                return False  # of thousands of cells few are as large as anything that was counted
            labels = reader.labels(cell, members.counting, fixed=is_fixed(members.kinds))
            return units_of(labels).tobytes() in own or any(True for _ in counts.of(labels))

        return was_shown

    @property
    def may_repeat(self) -> bool:
        """Whether something was shown over another version of the data."""
        return self.memory.has_older

    def all_clear(self, numbers: Sequence[LedgerNumber], *, since: Container[int] = range(0)) -> bool:
        """Whether these numbers, judged before, may still all be shown, beside what is known now.

        A number that was flagged may have against it what checkers were told of. `since` are the handles of what nobody
        has looked at beside these numbers: that stands against flagged ones like any other.
        """
        judge = PairJudge(
            numbers,
            self.memory.known,
            self.memory.population_of,
            min_units=self.limits.min_units,
            every_finding=any(number.flagged for number in numbers),
            codes=self.limits.codes,
        )
        for position, number in enumerate(numbers):
            if self.memory.known.knows(number.identity):
                continue
            if not self._is_unbound(number) or self.book.sums.against(number) is not None:
                return False
            if is_withheld(number):
                continue
            if not self._is_clear(judge.findings(position), number, since):
                return False
            judge.show(position)
            self.book.add(number)
            self.book.sums.show(number)
        return True

    def _is_unbound(self, number: LedgerNumber) -> bool:
        """Whether nobody came first: who counted what this withholds, or withheld what this shows."""
        labels = number.population.labels
        if is_withheld(number):
            return next(iter(self.memory.counts().of(labels)), None) is None
        return not is_bound(labels, self.memory.withheld(), (), self.limits.min_units)

    def _is_clear(self, of_few: Iterator[OfFew], number: LedgerNumber, since: Container[int]) -> bool:
        audited = next(self.book.audited(number), None)
        if not number.flagged:
            return audited is None and next(of_few, None) is None
        for found in of_few:
            earlier = [one.handle for one in found.witnesses if not one.here and one.handle >= 0]
            if not earlier or any(handle in since for handle in earlier):
                return False
        return audited is None or not self._is_touched(number, since)

    def _is_touched(self, number: LedgerNumber, since: Container[int]) -> bool:
        """Whether anything of these handles tells of the same kinds in the same places."""
        return any(handle in since for handle in self.memory.alike_in_place(number))

    def _told(self) -> Systems | None:
        """Systems without what waits for checkers, copied where this question adds to them."""
        known = self.memory.known
        if not known.waiting:
            return None
        told = Selection(self.memory, lambda handle: not known.waits(handle))
        if self.memory.told_systems is None:
            self.memory.told_systems = Systems(told, self.structures, self.limits)
        return Systems(told, self.structures, self.limits, self.memory.told_systems)
