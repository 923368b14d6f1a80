"""Answers a question over a little world by plain loops, and judges every number at the leaves.

Every value carries marks: on which side of each condition its row stands, and which class of each selector it is in.
They travel through subqueries and per-person summaries, so that a condition cannot be lost on the way.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NoReturn

from tests.oracle import scalars
from tests.oracle.aggregates import aggregate, asked, entries, kind, of_a_group, of_shown, shows_values
from tests.oracle.quantiles import judge_quantile, published
from tests.oracle.relations import Reach, Rel, Row, groups, is_key, joined, read_table, renamed
from tests.oracle.rules import (
    NO_MARKS,
    Entry,
    Marks,
    OwnCount,
    Path,
    Rules,
    Ruling,
    Verdict,
    gravest,
    judge_cell,
    judge_number,
)
from tests.oracle.scalars import Column, Datum, Paths, Scope, Subqueries, safe
from tests.oracle.schema import TABLES
from tests.oracle.spreads import SPREADS, judge_spread
from tests.oracle.tree import (
    Agg,
    And,
    Col,
    Compare,
    Derived,
    Expr,
    IsNull,
    Joined,
    Lit,
    Named,
    Not,
    Query,
    Source,
    is_aggregate,
    sql,
)
from tests.oracle.values import Value, sort_key
from tests.oracle.windows import windowed
from tests.oracle.world import World


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of a leaf, before protection. `level` is how many keys it groups by."""

    level: int
    keys: tuple[Value, ...]
    values: Mapping[Agg, Value]
    ruling: Ruling
    rulings: Mapping[Agg, Ruling]

    def verdict(self, agg: Agg) -> Verdict:
        return max(self.ruling.verdict, self.rulings[agg].verdict)


@dataclass(frozen=True, slots=True)
class Leaf:
    """The first point where something stops being about one person; `query` can be asked by itself."""

    query: Query
    cells: tuple[Cell, ...]


SafeCell = tuple[tuple[Value, ...], Mapping[Agg, Value]]
Protect = Callable[[Leaf], list[SafeCell]]


def unprotected(leaf: Leaf) -> list[SafeCell]:
    """Everything, as at a threshold of 1."""
    return [(cell.keys, cell.values) for cell in leaf.cells]


def protected(most: Verdict) -> Protect:
    """Keeps cells and numbers whose verdict is at most `most`: hidden cells absent, hidden numbers null."""

    def protect(leaf: Leaf) -> list[SafeCell]:
        shown: list[SafeCell] = []
        for cell in leaf.cells:
            if cell.ruling.verdict <= most:
                kept = {
                    agg: value if cell.verdict(agg) <= most else None for agg, value in cell.values.items()
                }
                shown.append((cell.keys, kept))
            elif not leaf.query.keys:
                shown.append(((), dict.fromkeys(cell.values)))
        return shown

    return protect


@dataclass(frozen=True, slots=True)
class Answer:
    """`reached`: the units of whom a row is in any leaf."""

    rows: tuple[tuple[Value, ...], ...]
    leaves: tuple[Leaf, ...]
    reached: frozenset[Value]


def answer(query: Query, world: World, rules: Rules, protect: Protect = unprotected) -> Answer:
    """The answer to a question, with every leaf computed on the way."""
    judge = _Judge(world, rules, protect)
    found = judge.query(query, Reach(Subqueries(judge.no_subquery, judge.no_subquery)))
    assert not found.people, "a result of individual rows"
    rows = tuple(tuple(datum.value for datum in row.data) for row in found.rows)
    return Answer(rows, tuple(judge.leaves), frozenset(judge.reached))


@dataclass
class _Judge:
    world: World
    rules: Rules
    protect: Protect
    leaves: list[Leaf] = field(default_factory=list)
    reached: set[Value] = field(default_factory=set)
    tables: dict[int, tuple[Named, Rel]] = field(default_factory=dict)
    paths: Paths = field(default_factory=dict)

    @staticmethod
    def no_subquery(query: Query, scope: Scope) -> NoReturn:
        raise AssertionError(f"a subquery outside any SELECT: {query} in {scope}")

    def query(self, query: Query, above: Reach) -> Rel:
        """Rows of one SELECT."""
        ctes, written = dict(above.ctes), above.written
        for name, cte in query.ctes:
            ctes[name] = self.query(cte, replace(above, ctes=dict(ctes), written=written))
            written = (*written, (name, cte))
        reach = Reach(self._subqueries(ctes, written), ctes, written, above.outer)
        source = self._filtered(query, reach)
        if query.distinct and source.people:  # the same leaf, spelled otherwise
            grouped = replace(query, distinct=False, keys=tuple(item for item, _ in query.items))
            return self._grouped(grouped, source, reach)
        if not is_aggregate(query):
            return self._project(query, source, reach)
        if source.people and any(is_key(key, source) for key in query.keys):
            return self._summary(query, source, reach)
        return self._grouped(query, source, reach)

    def _subqueries(self, ctes: Mapping[str, Rel], written: tuple[tuple[str, Query], ...]) -> Subqueries:
        def run(query: Query, scope: Scope) -> list[tuple[Value, ...]]:
            found = self.query(query, Reach(scope.inner, ctes, written, scope))
            return [tuple(datum.value for datum in row.data) for row in found.rows]

        def own(query: Query, scope: Scope) -> Datum:
            reach = Reach(scope.inner, ctes, written, scope)
            source = self._filtered(query, reach)
            (agg,) = asked(query)
            return _summed_up(agg, entries(agg, source.rows, source, reach))

        return Subqueries(run, own, paths=self.paths)

    def _filtered(self, query: Query, reach: Reach) -> Rel:
        """FROM and WHERE."""
        source = self._source(query.source, reach)
        if query.where is None:
            return source
        kept = [row for row in source.rows if scalars.holds(query.where, reach.of_row(source, row))]
        return replace(source, rows=tuple(kept))

    def _source(self, source: Source, reach: Reach) -> Rel:
        match source:
            case Named(name, alias) if name in reach.ctes:
                return renamed(reach.ctes[name], alias)
            case Named():
                return self._table(source)
            case Derived(query, alias):
                return renamed(self.query(query, reach), alias)
            case Joined(_, left, right, _, _):
                return joined(source, self._source(left, reach), self._source(right, reach), reach)

    def _table(self, source: Named) -> Rel:
        """A table where it stands in the question: read once, for as many rows outside as it is looked at."""
        if id(source) not in self.tables:
            table = renamed(read_table(TABLES[source.name], self.world), source.alias)
            self.tables[id(source)] = (source, table)
        return self.tables[id(source)][1]

    def _project(self, query: Query, source: Rel, reach: Reach) -> Rel:
        """Rows stay rows: with computed columns, and for public ones ORDER BY and LIMIT too."""
        scopes = [reach.of_row(source, row) for row in source.rows]
        if not source.people:
            return _finished(query, scopes)
        rows = tuple(
            Row(row.unit, row.cluster, tuple(scalars.argument(item, scope) for item, _ in query.items))
            for row, scope in zip(source.rows, scopes, strict=True)
        )
        return Rel(_outputs(query, source), rows, people=True)

    def _summary(self, query: Query, source: Rel, reach: Reach) -> Rel:
        """One row per person (and further keys): any aggregate, with the marks of all the rows under it."""
        rows = []
        for keys, members in groups(query, source, reach, level=len(query.keys)).items():
            known: dict[Expr, Datum] = _keys(query, keys)
            for agg in asked(query):
                known[agg] = _summed_up(agg, entries(agg, members, source, reach))
            scope = reach.of_group(source, known)
            if query.having is None or scalars.holds(query.having, scope):
                data = tuple(scalars.argument(item, scope) for item, _ in query.items)
                rows.append(Row(members[0].unit, members[0].cluster, data))
        return Rel(_outputs(query, source), tuple(rows), people=True)

    def _grouped(self, query: Query, source: Rel, reach: Reach) -> Rel:
        """The leaf, protected, and the rest of the SELECT over what is left of it."""
        of_values = [agg for agg in asked(query) if source.people and shows_values(agg, source)]
        plain = tuple(agg for agg in asked(query) if agg not in of_values)
        cells = self._safe_cells(query, plain, source, reach)
        of_groups = [agg for agg in of_values if _is_of_a_group(agg, query)]
        shown = {
            agg: self._shown_values(agg, query, source, reach) for agg in of_values if agg not in of_groups
        }
        scopes = []
        for keys, values in cells:
            known: dict[Expr, Datum] = _keys(query, keys)
            known.update((agg, Datum(value)) for agg, value in values.items())
            known.update((agg, Datum(of_a_group(agg, known[agg.of].value))) for agg in of_groups if agg.of)
            for agg, found in shown.items():
                known[agg] = Datum(of_shown(agg, found.get(keys, []), self.rules))
            scopes.append(reach.of_group(source, known))
        if query.having is not None:
            scopes = [scope for scope in scopes if scalars.holds(query.having, scope)]
        return _finished(query, scopes)

    def _safe_cells(self, query: Query, aggs: tuple[Agg, ...], source: Rel, reach: Reach) -> list[SafeCell]:
        """What is left of a leaf."""
        leaf = Leaf(_askable(query, aggs, reach), tuple(self._cells(query, aggs, source, reach)))
        if not source.people:
            return unprotected(leaf)
        if not aggs and not query.keys:
            return [((), {})]
        self.leaves.append(leaf)
        self.reached |= {row.unit for row in source.rows} - {None}
        return self.protect(leaf)

    def _shown_values(
        self, agg: Agg, query: Query, source: Rel, reach: Reach
    ) -> dict[tuple[Value, ...], list[Value]]:
        """The values of an argument, by group, which are shown where one groups by it too."""
        assert agg.of is not None
        where = tuple(part for part in (query.where, agg.where) if part is not None)
        finer = replace(query, keys=(*query.keys, agg.of), where=And(where) if where else None)
        rows = [row for row in source.rows if self._passes(agg, source, row, reach)]
        found: dict[tuple[Value, ...], list[Value]] = {}
        for keys, _ in self._safe_cells(finer, (), replace(source, rows=tuple(rows)), reach):
            found.setdefault(keys[:-1], []).append(keys[-1])
        return found

    @staticmethod
    def _passes(agg: Agg, source: Rel, row: Row, reach: Reach) -> bool:
        return agg.where is None or scalars.holds(agg.where, reach.of_row(source, row))

    def _cells(self, query: Query, aggs: tuple[Agg, ...], source: Rel, reach: Reach) -> list[Cell]:
        cells = []
        levels = range(len(query.keys), -1, -1) if query.rollup else [len(query.keys)]
        for level in levels:
            for keys, members in groups(query, source, reach, level=level).items():
                padded = keys + (None,) * (len(query.keys) - level)
                cells.append(self._cell(query, aggs, level, padded, members, source, reach))
        return cells

    def _cell(
        self,
        query: Query,
        aggs: tuple[Agg, ...],
        level: int,
        keys: tuple[Value, ...],
        members: list[Row],
        source: Rel,
        reach: Reach,
    ) -> Cell:
        units = {row.unit for row in members} - {None}
        clusters = {row.cluster for row in members if row.unit is not None} - {None}
        constant = _without_marks(members, source, query.keys[:level])
        numbers = {agg: _possible(entries(agg, constant, source, reach), query.where) for agg in aggs}
        values = {agg: self._value(agg, found) for agg, found in numbers.items()}
        grouped = frozenset(sql(key) for key in query.keys[:level] if isinstance(key, Col))
        rulings = {agg: self._ruling(agg, found, grouped, source) for agg, found in numbers.items()}
        return Cell(level, keys, values, judge_cell(units, clusters, self.rules), rulings)

    def _value(self, agg: Agg, found: Sequence[Entry]) -> Value:
        return aggregate(agg, found) if agg.point is None else published(agg.point, found, self.rules)

    def _ruling(self, agg: Agg, found: Sequence[Entry], keys: frozenset[str], source: Rel) -> Ruling:
        ruling = judge_number(kind(agg), found, self.rules, keys=keys)
        counted = [entry for entry in found if entry.counted and entry.unit is not None]
        if agg.point is not None and agg.of is not None:
            hidden = scalars.hidden_zeros(agg.of, source.columns)
            return gravest([ruling, *judge_quantile(agg.point, counted, self.rules, hidden=hidden)])
        if agg.name not in SPREADS:
            return ruling
        return gravest([ruling, *judge_spread(agg.name, counted, self.rules)])


def _is_of_a_group(agg: Agg, query: Query) -> bool:
    """Whether a value aggregate is of a column that the cell is grouped by."""
    return agg.of in query.keys and agg.where is None and not query.rollup


def _possible(found: Sequence[Entry], where: Expr | None) -> list[Entry]:
    """Without the marks that one value of a pair is missing which the question itself says is there: `x = 1`."""
    parts = where.parts if isinstance(where, And) else (where,)
    there = {
        part.left
        for part in parts
        if isinstance(part, Compare) and isinstance(part.left, Col) and isinstance(part.right, Lit)
    }
    gone = [sql(Not(IsNull(column, negated=True))) for column in there]

    def kept(marks: Marks) -> Marks:
        return frozenset(mark for mark in marks if not _is_missing(mark[0], gone))

    return [replace(entry, marks=kept(entry.marks)) for entry in found] if gone else list(found)


def _is_missing(mark: object, gone: Sequence[str]) -> bool:
    return isinstance(mark, Path) and mark.missing and any(text in mark.text for text in gone)


def _summed_up(agg: Agg, found: Sequence[Entry]) -> Datum:
    """An aggregate of one person's rows, with the marks of all of them."""
    own: Marks = frozenset({(OwnCount(), None)}) if agg.name in ("count", "count_if") else NO_MARKS
    return Datum(aggregate(agg, found), own.union(*(entry.marks | entry.filter_marks for entry in found)))


def _without_marks(members: list[Row], source: Rel, keys: tuple[Expr, ...]) -> list[Row]:
    """The rows of one cell: a column that it is grouped by is the same in all of them, and tells no two apart."""
    cols = [key for key in keys if isinstance(key, Col)]
    same = [any(scalars.matches(col, column) for col in cols) for column in source.columns]
    return [
        replace(
            row, data=tuple(Datum(d.value) if fixed else d for d, fixed in zip(row.data, same, strict=True))
        )
        for row in members
    ]


def _keys(query: Query, values: tuple[Value, ...]) -> dict[Expr, Datum]:
    return {key: Datum(value) for key, value in zip(query.keys, values, strict=True)}


def _outputs(query: Query, source: Rel) -> tuple[Column, ...]:
    return tuple(scalars.projected(item, name, source.columns) for item, name in query.items)


def _askable(query: Query, aggs: tuple[Agg, ...], reach: Reach) -> Query:
    """The leaf alone: its keys and aggregates, nothing above them."""
    keys = tuple((key, f"k{place}") for place, key in enumerate(query.keys))
    numbers = tuple((agg, f"a{place}") for place, agg in enumerate(aggs))
    return replace(query, items=keys + numbers, ctes=reach.written, having=None, order=(), limit=None)


def _finished(query: Query, scopes: Sequence[Scope]) -> Rel:
    """Windows, the outputs, ORDER BY and LIMIT, over rows that are safe."""
    plain = [windowed(query, scope, scopes) for scope in scopes]
    rows = [tuple(scalars.evaluate(item, scope).value for item, _ in query.items) for scope in plain]
    ordered = _ordered(query, list(zip(plain, rows, strict=True)))
    columns = tuple(Column("", name, "public", hidden=False) for _, name in query.items)
    return Rel(columns, tuple(Row(None, None, safe(row)) for row in ordered), people=False)


def _ordered(query: Query, rows: list[tuple[Scope, tuple[Value, ...]]]) -> list[tuple[Value, ...]]:
    for key, descending in reversed(query.order):
        keyed = [(sort_key(_order_value(query, key, row), descending=descending), row) for row in rows]
        rows = [row for _, row in sorted(keyed, key=lambda pair: pair[0])]
    return [values for _, values in rows][: query.limit]


def _order_value(query: Query, key: Expr, row: tuple[Scope, tuple[Value, ...]]) -> Value:
    """In ORDER BY the name of an output wins over a column."""
    names = [name for _, name in query.items]
    if isinstance(key, Col) and not key.source and key.name in names:
        return row[1][names.index(key.name)]
    return scalars.evaluate(key, row[0]).value
