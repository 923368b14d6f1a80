"""Bind SELECTs and set operations: the order in which DuckDB lets names be seen is here.

In SELECT, WHERE, GROUP BY, HAVING and QUALIFY a column wins over an alias; in ORDER BY the output name wins; an alias
can be used only after its definition.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from enclave.problems import FunctionNotAllowed, SyntaxProblem
from enclave.query.expressions import Binder
from enclave.query.grouping import Groups, read_groups
from enclave.query.lifting import Lifter, has_aggregate, has_window
from enclave.query.relations import (
    Aggregate,
    Defined,
    Distinct,
    Extend,
    Filter,
    FromField,
    Given,
    Limit,
    Order,
    Relation,
    Scalar,
    SetKind,
    SetOperation,
    Sort,
    Subquery,
    SubqueryKind,
    column_id,
)
from enclave.query.scopes import CommonTable, Named, Scope, Source, Work
from enclave.query.sources import bind_from
from enclave.query.stars import Item, expand_items
from enclave.terms import Span


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """A query as a relation, its visible columns, and the place of each in the reader's text."""

    relation: Relation
    columns: tuple[Named, ...]
    spans: tuple[Span, ...]


def resolve_query(
    tree: exp.Expr,
    work: Work,
    *,
    common: Mapping[str, CommonTable],
    parent: Scope | None,
    outer: set[str] | None = None,
) -> BoundQuery:
    """Bind a SELECT or a set operation; `outer` collects what it takes of the scope around it, `parent`."""
    common = _with(tree, common)
    if isinstance(tree, exp.Subquery):
        inner = resolve_query(tree.this, work, common=common, parent=parent, outer=outer)
        return _ordered_and_limited(tree, inner, work)
    if isinstance(tree, exp.Values):
        tree = exp.Select(expressions=[exp.Star()], from_=exp.From(this=tree))
    if isinstance(tree, exp.SetOperation):
        return _set_operation(tree, work, common=common, parent=parent, outer=outer)
    assert isinstance(tree, exp.Select), "the gate lets nothing else through"
    return _Select(tree, work, common, Scope(parent=parent, outer=set() if outer is None else outer)).bound()


def _with(tree: exp.Expr, common: Mapping[str, CommonTable]) -> Mapping[str, CommonTable]:
    clause = tree.args.get("with_")
    if clause is None:
        return common
    visible = dict(common)
    for item in clause.expressions:
        names = tuple(part.name for part in item.args["alias"].args.get("columns") or ())
        visible[item.alias.lower()] = CommonTable(item.this, names, dict(visible))
    return visible


@dataclass(frozen=True, slots=True)
class _Place:
    """A subquery as it was written and what it sees: in the ON of a join, not what is joined after it."""

    tree: exp.Expr
    kind: SubqueryKind
    operand: Scalar | None
    sees: tuple[Source, ...]


@dataclass(slots=True)
class _Select:
    """One SELECT on its way through the stages. Methods are called in the order of `bound`."""

    tree: exp.Select
    work: Work
    common: Mapping[str, CommonTable]
    scope: Scope
    subqueries: list[tuple[_Place, Subquery]] = field(default_factory=list)  # those bound so far
    binder: Binder = field(init=False)
    relation: Relation = field(init=False)

    def bound(self) -> BoundQuery:
        self.binder = Binder(self.work, self.scope, self._subquery)
        self.relation = bind_from(self.tree, self.work, self.scope, self.binder, self._query, self.common)
        items = expand_items(self.tree, self.scope, self.work)
        self._where(items)
        bound_items = self._items(items)
        groups = read_groups(self.tree, items, bound_items, self.binder, self.work)
        having = self._condition("having")
        qualify = self._condition("qualify")
        orders = self._orders(items, bound_items)
        everything = [*bound_items, *([having] if having else []), *([qualify] if qualify else [])]
        everything += [order.expression for order in orders]
        if groups is not None or any(has_aggregate(scalar) for scalar in everything):
            groups = groups or Groups((), None, grouped=False)
            lift = Lifter.over(groups.keys, self.work, self.scope.outer)
            bound_items = [lift(scalar) for scalar in bound_items]
            having = lift(having) if having is not None else None
            qualify = lift(qualify) if qualify is not None else None
            orders = [Order(lift(order.expression), order.descending, order.nulls_first) for order in orders]
            self.relation = self._grouped(groups, lift)
        elif having is not None:
            span = self.work.span(self.tree.args["having"].this)
            detail = "HAVING needs a GROUP BY or an aggregate."
            self.work.problems.append(SyntaxProblem(detail=detail, spans=(span,)))
        return self._finished(items, bound_items, having, qualify, orders)

    def _query(self, tree: exp.Expr, common: Mapping[str, CommonTable] | None) -> BoundQuery:
        """A query in FROM: it sees the CTEs, not the neighbours."""
        return resolve_query(tree, self.work, common=self.common if common is None else common, parent=None)

    def _subquery(
        self, tree: exp.Expr, kind: SubqueryKind, operand: Scalar | None, scope: Scope, place: Scalar
    ) -> Subquery:
        """Equal subqueries of equal operands that see the same are one: as a group key and as what is selected."""
        where = _Place(tree, kind, operand, tuple(scope.sources))
        for known, subquery in self.subqueries:
            if known == where:
                return subquery
        outer: set[str] = set()
        inner = resolve_query(tree, self.work, common=self.common, parent=scope, outer=outer)
        span = self.work.span(place)
        if kind is not SubqueryKind.EXISTS and len(inner.columns) != 1:
            self.work.problems.append(
                SyntaxProblem(detail="This subquery must have exactly one column.", spans=(span,))
            )
        output = inner.columns[0].column if inner.columns else None
        id = f"s{len(self.work.subqueries)}"
        made = Subquery(id, kind, inner.relation, output, operand, frozenset(outer), span)
        self.work.subqueries[id] = made
        self.subqueries.append((where, made))
        return made

    def _where(self, items: list[Item]) -> None:
        where = self.tree.args.get("where")
        if where is None:
            return
        self._offer_aliases(items, only_plain=True)
        condition = self.binder.bind(where.this)
        self.binder.aliases.clear()
        if has_aggregate(condition) or has_window(condition):
            self.work.problems.append(
                SyntaxProblem(
                    detail="WHERE looks at single rows: an aggregate or a window belongs in HAVING or QUALIFY.",
                    spans=(self.work.span(where.this),),
                )
            )
        self.relation = Filter(self.relation, condition)

    def _offer_aliases(self, items: list[Item], *, only_plain: bool) -> None:
        """Aliases that WHERE may use: DuckDB puts the select item in, unless it has an aggregate."""
        wanted = {
            part.name.lower() for part in self.tree.args["where"].find_all(exp.Column) if not part.table
        }
        for item in items:
            if item.alias and item.alias.lower() in wanted and not self.scope.find(item.alias, None):
                bound = self.binder.bind(item.tree)
                if not (only_plain and (has_aggregate(bound) or has_window(bound))):
                    self.binder.aliases[item.alias.lower()] = bound

    def _items(self, items: list[Item]) -> list[Scalar]:
        bound = []
        for item in items:
            scalar = item.bound if item.bound is not None else self.binder.bind(item.tree)
            if item.alias and item.alias.lower() not in self.binder.aliases:
                self.binder.aliases[item.alias.lower()] = scalar
            bound.append(scalar)
        return bound

    def _condition(self, clause: str) -> Scalar | None:
        part = self.tree.args.get(clause)
        return None if part is None else self.binder.bind(part.this)

    def _orders(self, items: list[Item], bound_items: list[Scalar]) -> list[Order]:
        clause = self.tree.args.get("order")
        if clause is None:
            return []
        if _is_all(clause):
            part = clause.expressions[0]
            return [_order(part, scalar.copy()) for scalar in bound_items]
        orders = []
        for part in clause.expressions:
            position = _position(part.this, len(items), self.work)
            scalar = (
                bound_items[position].copy()
                if position is not None
                else self.binder.bind(part.this, aliases_first=True)
            )
            orders.append(_order(part, scalar))
        return orders

    def _grouped(self, groups: Groups, lifter: Lifter) -> Aggregate:
        summary = any(self._is_unit_key(key) for key in groups.keys)
        return Aggregate(
            source=self.relation,
            keys=lifter.keys,
            aggregates=tuple(lifter.aggregates),
            sets=groups.sets,
            groupings=lifter.groupings,
            summary=summary and groups.sets is None,
            grouped=groups.grouped,
            span=self.work.span(self.tree),
        )

    def _is_unit_key(self, key: Scalar) -> bool:
        id = column_id(key)
        if id is None:
            return False
        origin = self.work.rewrites.base(id).origin
        if not isinstance(origin, FromField):
            return False
        table = self.work.catalogue.tables[origin.field.table]
        return table.unit is not None and origin.field.name == table.key

    def _finished(
        self,
        items: list[Item],
        scalars: list[Scalar],
        having: Scalar | None,
        qualify: Scalar | None,
        orders: list[Order],
    ) -> BoundQuery:
        relation = self.relation
        if having is not None:
            relation = Filter(relation, having)
        columns, computed = [], []
        for item, scalar in zip(items, scalars, strict=True):
            id = column_id(scalar)
            if id is None:
                id = self.work.new_column(item.name, Defined(scalar))
                computed.append(id)
            else:
                self.work.selected.setdefault(id, item.span)
            columns.append(Named(item.name, id))
        if computed:
            relation = Extend(relation, tuple(computed))
        if qualify is not None:
            hidden = self.work.new_column("qualify", Defined(qualify))
            relation = Filter(Extend(relation, (hidden,)), exp.Column(this=exp.Identifier(this=hidden)))
        visible = tuple(columns)
        if self.tree.args.get("distinct") is not None:
            relation = Distinct(relation, tuple(item.column for item in visible), self.work.span(self.tree))
            self._orders_are_selected(orders, visible)
        spans = tuple(item.span for item in items)
        relation = _sorted(relation, orders)
        return BoundQuery(_limited(self.tree, relation, self.work), visible, spans)

    def _orders_are_selected(self, orders: list[Order], visible: tuple[Named, ...]) -> None:
        """After DISTINCT, ORDER BY sees selected columns only."""
        by_definition = {
            self.work.columns[item.column].origin.expression: item.column  # type: ignore[union-attr]
            for item in visible
            if isinstance(self.work.columns[item.column].origin, Defined)
        }
        shown = {item.column for item in visible}
        for place, order in enumerate(orders):
            found = by_definition.get(order.expression)
            if found is not None:
                orders[place] = Order(
                    exp.Column(this=exp.Identifier(this=found)), order.descending, order.nulls_first
                )
            elif not {part.name for part in order.expression.find_all(exp.Column)} <= shown:
                self.work.problems.append(
                    SyntaxProblem(detail="With DISTINCT, ORDER BY can use selected columns only.")
                )


def _set_operation(
    tree: exp.SetOperation,
    work: Work,
    *,
    common: Mapping[str, CommonTable],
    parent: Scope | None,
    outer: set[str] | None,
) -> BoundQuery:
    left = resolve_query(tree.this, work, common=common, parent=parent, outer=outer)
    right = resolve_query(tree.expression, work, common=common, parent=parent, outer=outer)
    if len(left.columns) != len(right.columns):
        work.problems.append(
            SyntaxProblem(detail="Both sides need the same number of columns.", spans=(work.span(tree),))
        )
        return left
    columns = tuple(Named(item.name, work.new_column(item.name, Given())) for item in left.columns)
    relation = SetOperation(
        _set_kind(tree, work),
        left.relation,
        right.relation,
        tuple(item.column for item in left.columns),
        tuple(item.column for item in right.columns),
        tuple(item.column for item in columns),
        work.span(tree),
    )
    return _ordered_and_limited(tree, BoundQuery(relation, columns, left.spans), work)


def _set_kind(tree: exp.SetOperation, work: Work) -> SetKind:
    distinct = tree.args.get("distinct")
    if isinstance(tree, exp.Union):
        return SetKind.UNION if distinct else SetKind.UNION_ALL
    if not distinct:
        work.problems.append(
            FunctionNotAllowed(
                detail="INTERSECT ALL and EXCEPT ALL are not offered.", spans=(work.span(tree),)
            )
        )
    return SetKind.INTERSECT if isinstance(tree, exp.Intersect) else SetKind.EXCEPT


def _ordered_and_limited(tree: exp.Expr, bound: BoundQuery, work: Work) -> BoundQuery:
    """ORDER BY and LIMIT of a set operation or a query in brackets: they see its output columns only."""
    clause = tree.args.get("order")
    orders: list[Order] = []
    if clause is not None:
        scope = Scope()
        scope.merged.update({item.name.lower(): item.column for item in bound.columns})
        binder = Binder(work, scope, _no_subquery)
        for part in clause.expressions:
            position = _position(part.this, len(bound.columns), work)
            scalar: Scalar = (
                exp.Column(this=exp.Identifier(this=bound.columns[position].column))
                if position is not None
                else binder.bind(part.this)
            )
            orders.append(_order(part, scalar))
    relation = _limited(tree, _sorted(bound.relation, orders), work)
    return BoundQuery(relation, bound.columns, bound.spans)


def _no_subquery(*_: object) -> Subquery:
    raise SyntaxProblem(detail="A subquery cannot stand in this ORDER BY.")


def _is_all(clause: exp.Expr) -> bool:
    """ORDER BY ALL."""
    if len(clause.expressions) != 1:
        return False
    only = clause.expressions[0].this
    return isinstance(only, exp.Var) and only.name.upper() == "ALL"


def _position(node: Scalar, columns: int, work: Work) -> int | None:
    """A select position written as a number, from 0."""
    if not (isinstance(node, exp.Literal) and not node.is_string):
        return None
    if node.name.isdigit() and 1 <= int(node.name) <= columns:
        return int(node.name) - 1
    work.problems.append(
        SyntaxProblem(
            detail=f"Position {node.name} is not one of the {columns} columns.", spans=(work.span(node),)
        )
    )
    return 0 if columns else None


def _order(part: exp.Expr, scalar: Scalar) -> Order:
    return Order(scalar, bool(part.args.get("desc")), part.args.get("nulls_first"))


def _sorted(relation: Relation, orders: list[Order]) -> Relation:
    return Sort(relation, tuple(orders)) if orders else relation


def _limited(tree: exp.Expr, relation: Relation, work: Work) -> Relation:
    limit, offset = tree.args.get("limit"), tree.args.get("offset")
    if limit is None and offset is None:
        return relation
    count = _whole_number(limit, work) if limit is not None else None
    skipped = _whole_number(offset, work) if offset is not None else 0
    return Limit(relation, count, skipped, work.span(limit if limit is not None else offset or tree))


def _whole_number(clause: exp.Expr, work: Work) -> int:
    value = clause.expression
    if isinstance(value, exp.Literal) and not value.is_string and value.name.isdigit():
        return int(value.name)
    work.problems.append(
        FunctionNotAllowed(detail="LIMIT and OFFSET take a whole number.", spans=(work.span(clause),))
    )
    return 0
