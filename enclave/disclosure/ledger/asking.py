"""What a leaf asks of the ledger, one cell after the other: the numbers that would be known if all were shown."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from enclave.disclosure.ledger.members import Adding, Counting, Lifetime, MemberNumber
from enclave.disclosure.ledger.numbers import Kind, LedgerNumber, Likeness, units_of
from enclave.disclosure.ledger.populations import Reader, is_fixed
from enclave.disclosure.ledger.repeating import Repeats
from enclave.disclosure.ledger.shares import shares_of
from enclave.disclosure.report import Codes


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A number and what hides when it may not be shown: a measure of a cell, or the whole cell."""

    number: LedgerNumber
    cell: int
    measure: str | None
    enough: bool = True  # a branch of fewer units than the threshold has no need of a comparison
    lifetime: Lifetime | None = None
    counting: Counting | None = None  # of a count: who counts, so that those of a line of cells add up
    again: bool = False  # the very population of its cell, as a count, right after it: decided with the cell


@dataclass(slots=True)
class Asking:
    """Makes the numbers of one leaf, of what the primary rules let pass and what is no repeat.

    Args:
        primary: codes of the primary rules by measure, 0 where nothing is hidden.
        value: that of a measure in a cell, as it is written down with its number.
        alone: whether nothing waits for checkers and nothing is weighed by them.
    """

    reader: Reader
    primary: Mapping[str, Codes]
    repeats: Repeats
    value: Callable[[str, int], str]
    min_units: int
    alone: bool
    _the_cell: dict[str, bool] = field(default_factory=dict)  # whether a measure counts just its cell

    def of_cell(self, cell: int) -> Iterator[Asked]:
        """The cell itself, its branches, then each measure with its parts and branches."""
        members = self.reader.table.members
        if not self.repeats.has(cell, None):
            whole = self._number(cell, members.counting, "units", (), members.kinds)
            yield Asked(whole, cell, None, counting=members.counting)
            for branch in members.branches:
                if branch.of is None:
                    yield self._part(cell, branch.counting, "branch", members.kinds, None, must=True)
        first = not members.branches and not self.repeats.has(cell, None)
        for number in members.numbers:
            if not self.primary[number.column][cell] and not self.repeats.has(cell, number.column):
                yield from self._of_measure(cell, number, again=first and self._is_the_cell(number))
                first = False

    def _is_the_cell(self, number: MemberNumber) -> bool:
        """Whether a measure counts just those that its cell is about, and nothing weighs it or waits."""
        if number.column not in self._the_cell:
            self._the_cell[number.column] = self._counts_the_cell(number)
        return self._the_cell[number.column]

    def _counts_the_cell(self, number: MemberNumber) -> bool:
        whole = self.reader.table.members
        same = (number.kinds, number.families, number.lifetimes) == (whole.kinds, (), ())
        who, those = number.counting, whole.counting
        alike = replace(who, what="") == replace(those, what="")
        return same and alike and self.alone

    def _of_measure(self, cell: int, number: MemberNumber, *, again: bool) -> Iterator[Asked]:
        asked = self._number(cell, number.counting, number.what, number.families, number.kinds)
        asked = replace(asked, value=self.value(number.column, cell))
        yield Asked(
            asked,
            cell,
            number.column,
            counting=None if number.families else number.counting,
            again=again and bool(asked.likeness.censuses),
        )
        for lifetime in number.lifetimes:
            yield self._item(cell, asked, number.column, lifetime)
        for adding in number.adding:
            yield self._adding(cell, adding, number.column)
        for counting in number.parts:
            yield self._part(cell, counting, "part", number.kinds, number.column, must=False)
        for branch in self.reader.table.members.branches:
            if branch.of in (None, number.column):
                yield self._part(cell, branch.counting, "branch", number.kinds, number.column, must=True)

    def _part(
        self,
        cell: int,
        counting: Counting,
        what: str,
        kinds: Sequence[Kind],
        measure: str | None,
        *,
        must: bool,
    ) -> Asked:
        number = self._number(cell, counting, f"{what} {counting.what}", (), tuple(kinds))
        enough = len(units_of(number.population.labels)) >= self.min_units
        return Asked(number, cell, measure, enough or not must, counting=None if must else counting)

    def _adding(self, cell: int, adding: Adding, measure: str) -> Asked:
        """Those who add anything to a sum, as a number of its own.

        Two sums may be of people many of whom add nothing; what is left between them is of the few who do.
        """
        kinds = () if adding.kind is None else (adding.kind,)
        number = self._number(
            cell, adding.counting, adding.counting.what, (adding.like,), kinds, fixed=adding.fixed
        )
        table = self.reader.table
        rows = table.rows(cell, adding.counting)
        shares = shares_of(table.units[rows], table.amounts[adding.amount][rows])
        return Asked(replace(number, shares=shares.text), cell, measure, counting=adding.counting)

    def _item(self, cell: int, asked: LedgerNumber, measure: str, lifetime: Lifetime) -> Asked:
        """One item of a group of which a population has few: it has no other rule than that."""
        item = replace(
            asked,
            identity=self.reader.identity(
                cell, f"{asked.population.hidden} {lifetime.group} {lifetime.item}"
            ),
            likeness=Likeness(lifetime.group, asked.likeness.censuses),
            kinds=(),
            clusters={},
            lasting=b"",
            value="",
        )
        return Asked(item, cell, measure, lifetime=lifetime)

    def _number(
        self,
        cell: int,
        counting: Counting,
        what: str,
        families: Sequence[str],
        kinds: tuple[Kind, ...],
        *,
        fixed: bool | None = None,
    ) -> LedgerNumber:
        reader = self.reader
        who = reader.who(cell, counting, fixed=is_fixed(kinds) if fixed is None else fixed)
        return LedgerNumber(
            identity=reader.identity(cell, what),
            likeness=who.likeness(families),
            kinds=kinds,
            population=who.population,
            clusters=who.clusters,
            years=who.years,
            tables=reader.table.members.tables,
            lasting=reader.lasting(cell, what),
        )
