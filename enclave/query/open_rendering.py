"""Remainders over safe tables, as SELECT trees in DuckDB's dialect."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from enclave.query.open_rows import provided
from enclave.query.protected import Inner
from enclave.query.relations import (
    Aggregate,
    Distinct,
    Extend,
    Filter,
    Join,
    Limit,
    Order,
    Relation,
    Rows,
    Scalar,
    Scan,
    SetKind,
    SetOperation,
    Sort,
    StepRef,
    column_ids,
)
from enclave.query.rendering import (
    From,
    Renderer,
    aliased,
    definition,
    grouped,
    identifier,
    joined,
    limited,
    named,
    table_named,
)
from enclave.query.text import bracketed, hardened, tried


@dataclass(slots=True)
class OpenRenderer(Renderer):
    """Open relations. `public` decides how a public table is read: from the store, or from a step that fetched it."""

    from_store: bool = True
    fetched: dict[str, Scan] = field(default_factory=dict)

    def wanted(self, relation: Relation) -> list[str]:
        ids = provided(relation) & self.used
        return sorted(ids, key=lambda id: int(id[1:])) or sorted(provided(relation))[:1]

    def relation(self, relation: Relation) -> exp.Select | exp.SetOperation:
        """A query that gives the used columns of an open relation."""
        match relation:
            case Scan():
                return self._scan(relation)
            case StepRef():
                return self.step(relation)
            case Rows():
                return self._rows(relation)
            case Filter():
                source = From(self._item(relation.source), where=[self.scalar(relation.condition)])
                return source.select(self._columns(relation.source))
            case Extend():
                return self._extend(relation)
            case Join():
                return self._join(relation)
            case Aggregate():
                return self._aggregate(relation)
            case Distinct():
                made = From(self._item(relation.source)).select(
                    [named(id) for id in dict.fromkeys(relation.columns)]
                )
                made.set("distinct", exp.Distinct())
                return made
            case SetOperation():
                return self._set_operation(relation)
            case Sort():
                return self.relation(relation.source)  # order matters under a LIMIT and at the end only
            case Limit():
                return self._limit(relation)

    def scalar(self, node: Scalar) -> Scalar:
        """A scalar which cannot raise, its subqueries as SQL."""
        bases = self.protected.bases
        copy = hardened(node, bases) if column_ids(node) & bases.keys() else tried(node)
        for part in list(copy.find_all(exp.Placeholder)):
            made = self._inner(self.protected.subqueries[part.name])
            if part is copy:
                return made
            part.replace(made)
        return bracketed(copy)

    def _inner(self, inner: Inner) -> Scalar:
        assert inner.relation is not None, "an open subquery has an open relation"
        output = [exp.Literal.number(1)] if inner.output is None else [inner.output.copy()]
        body = From(self._item(inner.relation)).select(output)
        return self.subquery(inner, body, None if inner.operand is None else self.scalar(inner.operand))

    def _item(self, relation: Relation) -> exp.Expr:
        return self.subselect(self.relation(relation))

    def _columns(self, relation: Relation) -> list[exp.Expr]:
        ids = self.wanted(relation)
        return [named(id) for id in ids] or [exp.Literal.number(1)]

    def _scan(self, relation: Scan) -> exp.Select:
        pairs = [(name, id) for name, id in relation.columns.items() if id in self.used]
        pairs = pairs or [next(iter(relation.columns.items()))]
        if not self.from_store:
            self.fetched[relation.id] = relation
            return From(table_named(f"read_{relation.id}")).select([named(id) for _, id in pairs])
        self.reads.update((relation.table.name, name) for name, _ in pairs)
        return From(table_named(relation.table.name)).select([aliased(named(name), id) for name, id in pairs])

    def _rows(self, relation: Rows) -> exp.Select:
        if not relation.columns:
            return exp.Select(expressions=[aliased(exp.Literal.number(1), "one")])
        tuples = [exp.Tuple(expressions=[bracketed(cell) for cell in row]) for row in relation.rows]
        alias = exp.TableAlias(
            this=identifier(self.alias()), columns=[identifier(id) for id in relation.columns]
        )
        return From(exp.Values(expressions=tuples, alias=alias)).select(
            [named(id) for id in relation.columns]
        )

    def _extend(self, relation: Extend) -> exp.Select:
        columns = [] if _no_columns(relation.source) else self._columns(relation.source)
        for id in relation.columns:
            if id in self.used:
                columns.append(aliased(self.scalar(definition(self.protected.columns[id])), id))
        return From(self._item(relation.source)).select(columns or [exp.Literal.number(1)])

    def _join(self, relation: Join) -> exp.Select:
        condition = None if relation.condition is None else self.scalar(relation.condition)
        join = joined(self._item(relation.right), relation.kind, condition)
        ids = sorted(provided(relation) & self.used, key=lambda id: int(id[1:]))
        columns: list[exp.Expr] = [named(id) for id in ids] or [exp.Literal.number(1)]
        return From(self._item(relation.left), [join]).select(columns)

    def _aggregate(self, relation: Aggregate) -> exp.Select:
        keys = [bracketed(self.scalar(definition(self.protected.columns[id]))) for id in relation.keys]
        columns: list[exp.Expr] = [
            aliased(key.copy(), id) for id, key in zip(relation.keys, keys, strict=True)
        ]
        columns += [
            aliased(self.scalar(definition(self.protected.columns[id])), id) for id in relation.aggregates
        ]
        for id, positions in relation.groupings.items():
            columns.append(aliased(exp.Grouping(expressions=[keys[place].copy() for place in positions]), id))
        made = From(self._item(relation.source)).select(columns)
        if relation.grouped:
            made.set("group", grouped(keys, relation.sets))
        return made

    def _set_operation(self, relation: SetOperation) -> exp.SetOperation:
        left = From(self._item(relation.left)).select(
            [aliased(named(id), out) for id, out in zip(relation.left_columns, relation.columns, strict=True)]
        )
        right = From(self._item(relation.right)).select([named(id) for id in relation.right_columns])
        kinds: dict[SetKind, type[exp.SetOperation]] = {
            SetKind.UNION: exp.Union,
            SetKind.UNION_ALL: exp.Union,
            SetKind.INTERSECT: exp.Intersect,
            SetKind.EXCEPT: exp.Except,
        }
        return kinds[relation.kind](
            this=left, expression=right, distinct=relation.kind is not SetKind.UNION_ALL
        )

    def _limit(self, relation: Limit) -> exp.Select:
        source = relation.source
        made = From(self._item(source)).select(self._columns(source))
        orders = list(source.orders) if isinstance(source, Sort) else []
        made.set("order", self.ordering(orders, self.wanted(source)))
        return limited(made, relation)

    def ordering(self, orders: Sequence[Order], ties: Sequence[str]) -> exp.Order | None:
        """ORDER BY, ties broken by `ties` so that the answer is the same every time."""
        parts: list[exp.Expr] = [
            exp.Ordered(
                this=self.scalar(order.expression), desc=order.descending, nulls_first=bool(order.nulls_first)
            )
            for order in orders
        ]
        parts += [exp.Ordered(this=named(id), desc=False, nulls_first=False) for id in ties]
        return exp.Order(expressions=parts) if parts else None


def _no_columns(relation: Relation) -> bool:
    return isinstance(relation, Rows) and not relation.columns
