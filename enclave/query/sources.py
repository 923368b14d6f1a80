"""Bind FROM: tables, CTEs, subqueries, literal rows and joins. NATURAL and USING become conditions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from sqlglot import exp

from enclave.problems import FunctionNotAllowed, SyntaxProblem, UnknownField, UnknownTable
from enclave.query.expressions import Binder
from enclave.query.near_names import did_you_mean, near_names
from enclave.query.pivot_lists import NoList
from enclave.query.relations import (
    Defined,
    Extend,
    Filter,
    Given,
    Join,
    JoinKind,
    Relation,
    Rows,
    Scalar,
    Scan,
    Subquery,
    SubqueryKind,
    all_of,
    column,
    placeholder,
)
from enclave.query.scopes import CommonTable, Named, Scope, Source, Work
from enclave.query.table_columns import columns_of
from enclave.terms import Edit, Fix

MOST_LITERAL_ROWS = 1000
UNNAMED = ""
"""The alias of a subquery without one: nothing can be named by it."""


class BoundLike(Protocol):
    """A bound query, as `selects` makes it."""

    @property
    def relation(self) -> Relation: ...
    @property
    def columns(self) -> tuple[Named, ...]: ...


BindQuery = Callable[[exp.Expr, "Mapping[str, CommonTable] | None"], BoundLike]


def bind_from(
    tree: exp.Select,
    work: Work,
    scope: Scope,
    binder: Binder,
    query: BindQuery,
    common: Mapping[str, CommonTable],
) -> Relation:
    """The relation of FROM with its joins; without FROM one row without columns. Fills `scope`."""
    clause = tree.args.get("from_")
    if clause is None:
        return Rows((), ((),))
    reader = _From(work, scope, binder, query, common)
    relation = reader.first(clause.this)
    joins = [*(clause.this.args.get("joins") or ()), *(tree.args.get("joins") or ())]
    for join in joins:
        relation = reader.join(relation, join)
    return relation


@dataclass(slots=True)
class _From:
    work: Work
    scope: Scope
    binder: Binder
    query: BindQuery
    common: Mapping[str, CommonTable]

    def first(self, node: exp.Expr) -> Relation:
        relation, source = self._source(node)
        self.scope.sources.append(source)
        return relation

    def join(self, left: Relation, node: exp.Join) -> Relation:
        right, source = self._source(node.this)
        if source.alias and self.scope.has_source(source.alias):
            self.work.problems.append(
                SyntaxProblem(
                    detail=f"{source.alias} stands twice in FROM; give one of them another alias.",
                    spans=(self.work.span(node.this),),
                )
            )
        for nested in node.this.args.get("joins") or ():
            self.work.problems.append(
                FunctionNotAllowed(
                    detail="Write joins one after another, not nested.", spans=(self.work.span(nested),)
                )
            )
        kind = (node.args.get("kind") or "").upper()
        if kind in ("SEMI", "ANTI"):
            return self._semi(left, right, source, node, anti=kind == "ANTI")
        return self._join(left, right, source, node)

    def _join(self, left: Relation, right: Relation, source: Source, node: exp.Join) -> Relation:
        kind = _kind(node)
        equal, merged = self._using(source, node, kind)
        self.scope.sources.append(source)
        self.scope.merged.update(merged)
        written = node.args.get("on")
        condition = all_of([*equal, *([self.binder.bind(written)] if written is not None else [])])
        if kind is JoinKind.CROSS and condition is not None:
            kind = JoinKind.INNER
        joined = Join(left, right, kind, condition, self.work.span(node.this))
        return Extend(joined, tuple(merged.values())) if kind is JoinKind.FULL and merged else joined

    def _semi(
        self, left: Relation, right: Relation, source: Source, node: exp.Join, *, anti: bool
    ) -> Relation:
        """SEMI and ANTI are EXISTS and NOT EXISTS: one idea, one place where it is judged."""
        equal, _ = self._using(source, node, JoinKind.INNER)
        written = node.args.get("on")
        conditions = list(equal)
        if written is not None:
            sees_right = Scope(
                sources=[*self.scope.sources, source], merged=self.scope.merged, parent=self.scope.parent
            )
            conditions.append(Binder(self.work, sees_right, self.binder.subquery).bind(written))
        condition = all_of(conditions)
        if condition is None:
            self.work.problems.append(
                SyntaxProblem(
                    detail="A SEMI or ANTI join needs ON or USING.", spans=(self.work.span(node.this),)
                )
            )
            return left
        inside = {item.column for item in source.columns}
        outer = frozenset(part.name for part in condition.find_all(exp.Column)) - inside
        id = f"s{len(self.work.subqueries)}"
        span = self.work.span(node.this)
        self.work.subqueries[id] = Subquery(
            id, SubqueryKind.EXISTS, Filter(right, condition), None, None, outer, span
        )
        found: Scalar = placeholder(id, like=node.this)
        return Filter(left, exp.Not(this=found) if anti else found)

    def _using(self, source: Source, node: exp.Join, kind: JoinKind) -> tuple[list[Scalar], dict[str, str]]:
        """The equations of USING or NATURAL, and the merged column for each name."""
        names = [(part.name, part) for part in node.args.get("using") or ()]
        if (node.args.get("method") or "").upper() == "NATURAL":
            ours = {item.name.lower() for item in self.scope.every_column()}
            names = [(item.name, node.this) for item in source.columns if item.name.lower() in ours]
            if not names:
                self.work.problems.append(
                    SyntaxProblem(
                        detail="NATURAL finds no column that both sides have.",
                        spans=(self.work.span(node.this),),
                    )
                )
        equations: list[Scalar] = []
        merged: dict[str, str] = {}
        for name, place in names:
            left, right = self.scope.find(name, None), source.find(name)
            if len(left) != 1 or len(right) != 1:
                self.work.problems.append(
                    UnknownField(
                        detail=f"USING needs {name} once on each side of the join.",
                        spans=(self.work.span(place),),
                    )
                )
                continue
            equations.append(
                exp.EQ(this=column(left[0], like=place), expression=column(right[0], like=place))
            )
            merged[name.lower()] = self._merge(name, left[0], right[0], kind)
        return equations, merged

    def _merge(self, name: str, left: str, right: str, kind: JoinKind) -> str:
        if kind is JoinKind.RIGHT:
            return right
        if kind is JoinKind.FULL:
            both = exp.Coalesce(this=column(left), expressions=[column(right)])
            return self.work.new_column(name, Defined(both))
        return left

    def _source(self, node: exp.Expr) -> tuple[Relation, Source]:
        if node.args.get("pivots"):  # what has its list was written out before
            (pivot,) = node.args["pivots"]
            node.set("pivots", None)
            _, source = self._source(node)
            raise NoList(pivot, source.columns).problem(self.work)
        match node:
            case exp.Table():
                return self._table(node)
            case exp.Subquery():
                bound = self.query(node, None)
                return bound.relation, self._named(node, UNNAMED, bound.columns)
            case exp.Values():
                return self._values(node)
            case _:
                raise FunctionNotAllowed(detail="This cannot stand in FROM.", spans=(self.work.span(node),))

    def _table(self, node: exp.Table) -> tuple[Relation, Source]:
        name = node.name
        known = self.common.get(name.lower())
        if known is not None:
            return self._common(node, known)
        table = self.work.catalogue.tables.get(name.lower())
        if table is None:
            return self._unknown_table(node)
        id = self.work.new_relation()
        made = columns_of(table, len(self.work.columns))
        self.work.columns.update(made.columns)
        scan = Scan(id, table, made.ids, self.work.span(node.this))
        source = self._named(node, name, made.named)
        return scan, replace(source, by_name=made.by_name) if source.columns is made.named else source

    def _common(self, node: exp.Table, known: CommonTable) -> tuple[Relation, Source]:
        self.work.new_relation()
        bound = self.query(known.query, known.visible)
        columns = self._aliased(bound.columns, known.columns, node)
        return bound.relation, self._named(node, node.name, columns)

    def _unknown_table(self, node: exp.Table) -> tuple[Relation, Source]:
        span = self.work.span(node.this)
        close = near_names(node.name, [*self.work.catalogue.tables, *self.common])
        hint = did_you_mean(close) or " `enclave fields` lists the tables of a project."
        fixes = tuple(Fix(f"Write {name}", (Edit(span.start, span.end, name),)) for name in close)
        raise UnknownTable(detail=f"There is no table {node.name}.{hint}", spans=(span,), fixes=fixes)

    def _values(self, node: exp.Values) -> tuple[Relation, Source]:
        rows = [row.expressions if isinstance(row, exp.Tuple) else [row] for row in node.expressions]
        width = len(rows[0])
        if len(rows) > MOST_LITERAL_ROWS or any(len(row) != width for row in rows):
            raise SyntaxProblem(
                detail=f"VALUES takes up to {MOST_LITERAL_ROWS} rows of the same length.",
                spans=(self.work.span(node),),
            )
        self.work.new_relation()
        bound = tuple(tuple(self.binder.bind(cell) for cell in row) for row in rows)
        if any(next(cell.find_all(exp.Column, exp.Placeholder), None) for row in bound for cell in row):
            raise FunctionNotAllowed(detail="VALUES takes constants only.", spans=(self.work.span(node),))
        columns = tuple(
            Named(f"col{place}", self.work.new_column(f"col{place}", Given())) for place in range(width)
        )
        relation = Rows(tuple(item.column for item in columns), bound)
        return relation, self._named(node, "values", columns)

    def _named(self, node: exp.Expr, default: str, columns: tuple[Named, ...]) -> Source:
        alias = node.args.get("alias")
        if alias is None:
            return Source(default, columns)
        names = tuple(part.name for part in alias.args.get("columns") or ())
        return Source(alias.name or default, self._aliased(columns, names, node))

    def _aliased(
        self, columns: tuple[Named, ...], names: tuple[str, ...], node: exp.Expr
    ) -> tuple[Named, ...]:
        if len(names) > len(columns):
            self.work.problems.append(
                SyntaxProblem(
                    detail="There are more column names than columns.", spans=(self.work.span(node),)
                )
            )
        if not names:
            return columns
        renamed = [Named(name, item.column) for name, item in zip(names, columns, strict=False)]
        return (*renamed, *columns[len(renamed) :])


def _kind(node: exp.Join) -> JoinKind:
    side, kind = (node.args.get("side") or "").upper(), (node.args.get("kind") or "").upper()
    if side in ("LEFT", "RIGHT", "FULL"):
        return JoinKind[side]
    has_condition = node.args.get("on") is not None or node.args.get("using") or node.args.get("method")
    return JoinKind.CROSS if kind == "CROSS" or not has_condition else JoinKind.INNER
