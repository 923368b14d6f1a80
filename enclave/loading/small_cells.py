"""Suppression of a table of aggregates, before anything else reads it: afterwards it is as public as a register.

Which cells count people and how they add up is the catalogue's; what it does not say is hidden. Three steps, in the
workshop alone: each cell by itself, then everything from which a hidden cell could be worked out, until nothing more
follows; then a row about too few is left out, so that it looks like a row that never was.

Limits: relations that the catalogue does not state are not seen, nor what the same table of another year tells. Nobody
knows how an average is made up inside the source: one that stands on enough people is shown, whoever dominates it. What
is shown here is not compared with what queries show.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from enclave.catalogue.adding_up import Component, components
from enclave.catalogue.model import CellKind, Field, Grain, Sum, Table
from enclave.loading.source import SourceTable
from enclave.loading.stored_types import decimal_places
from enclave.loading.work import Load
from enclave.loading.workshop import columns, literal, quoted
from enclave.terms import Zeros

JUDGED: Final = "judged"


def suppress_small_cells(found: SourceTable, load: Load) -> None:
    """Make the table's view from its raw one. Rows that share a grain are found before any of them is left out."""
    assert load.min_units is not None, "without a threshold the table is left out"
    table, workshop, tally = found.table, load.workshop, load.tally
    (rows,) = workshop.whole_numbers(f"SELECT count(*) FROM {found.raw}")
    tally.add("no-rows", table.name, count=int(rows == 0))
    for grain in table.grain:
        (copies,) = workshop.whole_numbers(_copies(grain, found.raw))
        tally.add(
            "duplicate", table.name, ", ".join(grain.columns), count=copies, about=", ".join(grain.columns)
        )
    judging = _Judging(table, load.min_units)
    workshop.run(f"CREATE OR REPLACE TEMP TABLE {JUDGED} AS SELECT *, {judging.by_itself()} FROM {found.raw}")
    hidden = -1
    while (now := workshop.whole_numbers(judging.count_hidden())[0]) != hidden:
        hidden = now
        workshop.run(f"CREATE OR REPLACE TEMP TABLE {JUDGED} AS {judging.what_follows()}")
    workshop.run(f"CREATE TEMP TABLE {found.view} AS {judging.shown()}")
    workshop.run(f"DROP TABLE {JUDGED}")


def _copies(grain: Grain, view: str) -> str:
    names = columns(grain.columns)
    return f"SELECT coalesce(sum(n), 0) FROM (SELECT count(*) AS n FROM {view} GROUP BY {names} HAVING count(*) > 1)"


@dataclass(frozen=True, slots=True)
class _Judging:
    """The SQL of one table. A cell `x` has its flag `hidden x` beside it; a flag is never null."""

    table: Table
    min_units: int

    def by_itself(self) -> str:
        """A flag for each cell: whether it stands on too few, or tells of too few."""
        return ", ".join(f"NOT {self._safe(field)} AS {_flag(field.name)}" for field in self._cells())

    def what_follows(self) -> str:
        """The judged rows with every flag that one more step raises."""
        changed = [f"({' OR '.join(self._reasons(field))}) AS {_flag(field.name)}" for field in self._cells()]
        return f"SELECT * REPLACE ({', '.join(changed)}) FROM {JUDGED}"

    def count_hidden(self) -> str:
        return f"SELECT sum({' + '.join(f'{_flag(field.name)}::INTEGER' for field in self._cells())}) FROM {JUDGED}"

    def shown(self) -> str:
        """The rows about enough people; a hidden cell is null, and so is a field of which nothing is known."""
        selected = ", ".join(
            f"{self._shown(field)} AS {quoted(field.name)}" for field in self.table.fields.values()
        )
        return f"SELECT {selected} FROM {JUDGED} WHERE NOT {_flag(self._population)}"

    @property
    def _population(self) -> str:
        assert self.table.population is not None, "only a table that counts its people is loaded"
        return self.table.population

    def _cells(self) -> Iterator[Field]:
        for field in self.table.fields.values():
            if field.cell is not None and field.cell.kind is not CellKind.PLAIN:
                yield field

    def _counting(self) -> Iterator[Field]:
        """Counts, and shares, which are counts to whoever knows their base."""
        yield from (field for field in self._cells() if _kind(field) is not CellKind.AVERAGE)

    def _shown(self, field: Field) -> str:
        if field.cell is not None and field.cell.kind is not CellKind.PLAIN:
            return f"CASE WHEN {_flag(field.name)} THEN NULL ELSE {quoted(field.name)} END"
        known = field.cell is not None or any(field.name in grain.columns for grain in self.table.grain)
        return quoted(field.name) if known else "NULL"

    def _safe(self, field: Field) -> str:
        """Whether a cell may be shown, were it alone. A null is hidden like any cell that may not."""
        name, bases = quoted(field.name), [quoted(base) for base in _of(field)]
        if _kind(field) is CellKind.AVERAGE:
            return f"({name} IS NOT NULL AND {self._enough(bases[0], '0', field)})"
        value, slack = _counted(field)
        checks = [self._enough(value, slack, field)]
        checks += [self._enough(f"({base} - {value})", slack, field) for base in bases]
        checks += [self._rest(field, one) for one in self._incomplete(field)]
        return f"({' AND '.join(checks)})"

    def _incomplete(self, field: Field) -> Iterator[Sum]:
        """The sums with a rest in which the field, or its row, is a part."""
        for one in self.table.adds_up:
            if not one.complete and (one.by is not None or field.name in one.parts):
                yield one

    def _rest(self, field: Field, one: Sum) -> str:
        """Whether what is left of a total without its parts may be told. Without a total nothing is left."""
        if one.by is None:
            rest = f"({quoted(one.total)} - {' - '.join(quoted(part) for part in one.parts)})"
            return f"({quoted(one.total)} IS NULL OR {self._enough(rest, '0', field)})"
        value, slack = _counted(field)
        by, over = quoted(one.by), self._together(one.by)
        total = f"(max({value}) FILTER ({by} = {literal(one.total)}) {over})"
        parts = f"(sum({value}) FILTER ({by} IN ({_listed(one.parts)})) {over})"
        slacks = f"(sum({slack}) {over})"
        left = self._enough(f"({total} - {parts})", slacks, field)
        return f"({by}::VARCHAR NOT IN ({_listed(one.parts)}) OR {total} IS NULL OR {left})"

    def _enough(self, value: str, slack: str, field: Field) -> str:
        """Whether a number of people, known to within `slack`, may be told."""
        enough = f"{value} - {slack} > {self.min_units - 1}"
        if field.zeros is Zeros.SHOWN:
            enough = f"({enough} OR ({value} + {slack} < 1 AND {value} - {slack} > -1))"
        return f"coalesce({enough}, false)"

    def _reasons(self, field: Field) -> Iterator[str]:
        """Why a cell is hidden: as before, with its row, with what it stands on, or with what it adds up with."""
        yield _flag(field.name)
        yield _flag(self._population)
        if _kind(field) is not CellKind.COUNT:
            yield from (_flag(base) for base in _of(field))
        if _kind(field) is CellKind.AVERAGE:
            return
        for by in dict.fromkeys(one.by for one in self.table.adds_up):
            for component in components(one for one in self.table.adds_up if one.by == by):
                if by is not None:
                    yield self._in_rows(field, by, component)
                elif field.name in component.parts:
                    yield f"({' OR '.join(_flag(member) for member in component.members)})"

    def _in_rows(self, field: Field, by: str, component: Component) -> str:
        """A part's row, where a member is hidden or a part is not there: what is not there may be few."""
        value, over = f"{quoted(by)}::VARCHAR", self._together(by)
        parts, members = _listed(component.parts), _listed(component.members)
        hidden = f"coalesce(bool_or({_flag(field.name)}) FILTER ({value} IN ({members})) {over}, false)"
        missing = f"count(*) FILTER ({value} IN ({parts})) {over} < {len(component.parts)}"
        return f"({value} IN ({parts}) AND ({hidden} OR {missing}))"

    def _together(self, by: str) -> str:
        """A window over the rows that differ in nothing but `by`."""
        grain = next(grain for grain in self.table.grain if by in grain.columns and grain.where is None)
        others = columns([name for name in grain.columns if name != by])
        return f"OVER (PARTITION BY {others})" if others else "OVER ()"


def _kind(field: Field) -> CellKind:
    assert field.cell is not None, "only fields with a cell are judged"
    return field.cell.kind


def _of(field: Field) -> tuple[str, ...]:
    assert field.cell is not None, "only fields with a cell are judged"
    return field.cell.of


def _counted(field: Field) -> tuple[str, str]:
    """How many people a count or a share tells of, and how far that can be from the truth."""
    name = quoted(field.name)
    if _kind(field) is CellKind.COUNT:
        return name, "0"
    base = quoted(_of(field)[0])
    return f"({name} * {base} / 100.0)", f"({base} * {0.5 * 10 ** -decimal_places(field.type)} / 100.0)"


def _flag(name: str) -> str:
    return quoted(f"hidden {name}")


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(literal(value) for value in values)
