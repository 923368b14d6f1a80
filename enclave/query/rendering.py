"""Relations as SELECT trees in DuckDB's dialect. Column ids are the column names, so nothing needs a qualifier.

Two renderers: `PeopleRenderer` for what an engine runs over the research store, `OpenRenderer` for remainders over
safe tables. Both note what they read, so that the engine's own plan can be compared with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from enclave.catalogue.model import Field, Table
from enclave.projects import Policy
from enclave.query.data_types import data_type
from enclave.query.open_rows import provided
from enclave.query.people_rows import Kept, Linked, Rows_, Stacked, Summary, Windowed
from enclave.query.protected import Inner, Protected
from enclave.query.relations import (
    Aggregate,
    Aggregated,
    Column,
    Defined,
    Distinct,
    Extend,
    Filter,
    Join,
    JoinKind,
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
    SubqueryKind,
    column_ids,
)
from enclave.query.standing_lists import has_consented
from enclave.query.text import bracketed, hardened, tried

ROW = "_row"
"""The hidden row number by which tier-1 fields, kept in files of their own, meet the rest of a table."""


def apart_name(table: str, field: str) -> str:
    """The relation of a field that is kept in files of its own."""
    return f"{table}__{field}"


def identifier(name: str) -> exp.Identifier:
    return exp.Identifier(this=name, quoted=True)


def named(id: str) -> exp.Column:
    return exp.Column(this=identifier(id))


def aliased(scalar: Scalar, id: str) -> exp.Expr:
    return exp.Alias(this=scalar, alias=identifier(id))


def table_named(name: str, alias: str | None = None) -> exp.Table:
    node = exp.Table(this=identifier(name))
    if alias is not None:
        node.set("alias", exp.TableAlias(this=identifier(alias)))
    return node


@dataclass(slots=True)
class From:
    """FROM and WHERE of a SELECT in the making."""

    item: exp.Expr
    joins: list[exp.Join] = field(default_factory=list)
    where: list[Scalar] = field(default_factory=list)

    def select(self, columns: Sequence[exp.Expr]) -> exp.Select:
        made = exp.Select(expressions=list(columns), from_=exp.From(this=self.item))
        if self.joins:
            made.set("joins", self.joins)
        if self.where:
            made.set("where", exp.Where(this=_all(self.where)))
        return made


def _all(parts: Sequence[Scalar]) -> Scalar:
    result = _wrapped(parts[0])
    for part in parts[1:]:
        result = exp.And(this=result, expression=_wrapped(part))
    return result


def _wrapped(node: Scalar) -> Scalar:
    return exp.Paren(this=node) if isinstance(node, exp.Or | exp.And) else node


@dataclass(slots=True)
class Renderer:
    """What both renderers share: names, types of safe tables, the subqueries of the plan."""

    protected: Protected
    used: frozenset[str]
    types: Mapping[str, Mapping[str, str]]  # step -> column id -> type
    reads: set[tuple[str, str]] = field(default_factory=set)
    counter: int = 0
    values: list[str] = field(default_factory=list)  # scalar subqueries: the binder guards each with error()

    def alias(self) -> str:
        self.counter += 1
        return f"q{self.counter}"

    def subselect(self, select: exp.Expr) -> exp.Subquery:
        return exp.Subquery(this=select, alias=exp.TableAlias(this=identifier(self.alias())))

    def step(self, ref: StepRef) -> exp.Select:
        """The safe table of an earlier step, each column cast to the type the binder gave it there."""
        types = self.types[ref.step]
        wanted = [id for id in ref.columns if id in self.used] or list(ref.columns[:1])
        columns = [aliased(_cast(named(id), types[id]), id) for id in wanted]
        return From(table_named(ref.step)).select(columns or [exp.Literal.number(1)])

    def subquery(self, inner: Inner, body: exp.Expr, operand: Scalar | None) -> Scalar:
        match inner.kind:
            case SubqueryKind.SCALAR:
                self.values.append("error")
                return exp.Subquery(this=body)
            case SubqueryKind.EXISTS:
                return exp.Exists(this=body)
            case SubqueryKind.IN:
                assert operand is not None, "IN has an operand"
                return exp.In(this=operand, query=exp.Subquery(this=body))


def _cast(scalar: Scalar, type: str) -> Scalar:
    if type.strip('"') == "NULL":
        return scalar
    return exp.Cast(this=scalar, to=data_type(type))


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
                columns.append(aliased(self.scalar(_definition(self.protected.columns[id])), id))
        return From(self._item(relation.source)).select(columns or [exp.Literal.number(1)])

    def _join(self, relation: Join) -> exp.Select:
        condition = None if relation.condition is None else self.scalar(relation.condition)
        join = joined(self._item(relation.right), relation.kind, condition)
        ids = sorted(provided(relation) & self.used, key=lambda id: int(id[1:]))
        columns: list[exp.Expr] = [named(id) for id in ids] or [exp.Literal.number(1)]
        return From(self._item(relation.left), [join]).select(columns)

    def _aggregate(self, relation: Aggregate) -> exp.Select:
        keys = [bracketed(self.scalar(_definition(self.protected.columns[id]))) for id in relation.keys]
        columns: list[exp.Expr] = [
            aliased(key.copy(), id) for id, key in zip(relation.keys, keys, strict=True)
        ]
        columns += [
            aliased(self.scalar(_definition(self.protected.columns[id])), id) for id in relation.aggregates
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


def limited(select: exp.Select, limit: Limit) -> exp.Select:
    if limit.count is not None:
        select.set("limit", exp.Limit(expression=exp.Literal.number(limit.count)))
    if limit.offset:
        select.set("offset", exp.Offset(expression=exp.Literal.number(limit.offset)))
    return select


def _no_columns(relation: Relation) -> bool:
    return isinstance(relation, Rows) and not relation.columns


def _definition(found: Column) -> Scalar:
    assert isinstance(found.origin, Defined | Aggregated), "the column has an expression"
    return found.origin.expression


def grouped(keys: Sequence[Scalar], sets: tuple[tuple[int, ...], ...] | None) -> exp.Group:
    """GROUP BY these keys, or their grouping sets; GROUP BY () for none."""
    if sets is None and keys:
        return exp.Group(expressions=[key.copy() for key in keys])
    chosen = sets if sets is not None else ((),)
    tuples = [exp.Tuple(expressions=[keys[place].copy() for place in one]) for one in chosen]
    return exp.Group(expressions=[exp.GroupingSets(expressions=tuples)])


def joined(item: exp.Expr, kind: JoinKind, condition: Scalar | None) -> exp.Join:
    if kind is JoinKind.CROSS and condition is None:
        return exp.Join(this=item, kind="CROSS")
    made = exp.Join(this=item, on=condition if condition is not None else exp.true())
    if kind in (JoinKind.LEFT, JoinKind.RIGHT, JoinKind.FULL):
        made.set("side", kind.name)
    return made


@dataclass(slots=True)
class PeopleRenderer(Renderer):
    """Rows of people, from the research store. The project's rows and years are put in below everything else."""

    open: OpenRenderer = field(init=False)
    scans: list[Scan] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.open = OpenRenderer(self.protected, self.used, self.types)
        self.open.reads, self.open.values = self.reads, self.values

    @property
    def policy(self) -> Policy:
        return self.protected.authorised.policy

    def source(self, rows: Rows_) -> From:
        match rows:
            case Scan() if rows.table.unit is not None:
                return From(self.subselect(self._scan(rows)))
            case Linked():
                return self._linked(rows)
            case Kept():
                made = self.source(rows.source)
                made.where.append(self.scalar(rows.condition))
                return made
            case Summary():
                return From(self.subselect(self._summary(rows)))
            case Windowed():
                return From(self.subselect(self._windowed(rows)))
            case Stacked():
                return From(self.subselect(self._stacked(rows)))
            case _:
                return From(self.subselect(self.open.relation(rows)))

    def scalar(self, node: Scalar) -> Scalar:
        """A scalar over people's rows which cannot raise, its subqueries as SQL."""
        made = hardened(node, self.protected.bases)
        for part in list(made.find_all(exp.Placeholder)):
            body = self._inner(self.protected.subqueries[part.name])
            if part is made:
                return body
            part.replace(body)
        return bracketed(made)

    def _inner(self, inner: Inner) -> Scalar:
        operand = None if inner.operand is None else self.scalar(inner.operand)
        output: list[exp.Expr] = [exp.Literal.number(1)]
        if inner.people is None:
            assert inner.relation is not None, "a subquery is over people or open"
            output = output if inner.output is None else [inner.output.copy()]
            return self.subquery(inner, self.source(inner.relation).select(output), operand)
        if inner.kind is SubqueryKind.IN and inner.output is not None:
            output = [self.scalar(inner.output)]
        return self.subquery(inner, self.source(inner.people.relation).select(output), operand)

    def _linked(self, rows: Linked) -> From:
        left = self.source(rows.left)
        if rows.kind in (JoinKind.RIGHT, JoinKind.FULL) and left.where:
            left = From(self.subselect(left.select(self.all_columns(rows.left))))
        right = self.source(rows.right)
        item = right.item
        if right.joins or right.where:
            item = self.subselect(right.select(self.all_columns(rows.right)))
        condition = None if rows.condition is None else self.scalar(rows.condition)
        left.joins.append(joined(item, rows.kind, condition))
        return left

    def all_columns(self, rows: Rows_) -> list[exp.Expr]:
        """The columns in use that the rows provide."""
        ids = sorted(set(_provided(rows)) & self.used, key=_place)
        return [named(id) for id in ids] or [exp.Literal.number(1)]

    def _summary(self, rows: Summary) -> exp.Select:
        keys = [self.scalar(scalar) for _, scalar in rows.keys]
        columns: list[exp.Expr] = [
            aliased(key.copy(), id) for (id, _), key in zip(rows.keys, keys, strict=True)
        ]
        columns += [aliased(self.scalar(scalar), id) for id, scalar in rows.aggregates if id in self.used]
        made = self.source(rows.source).select(columns)
        made.set("group", grouped(keys, None))
        return made

    def _windowed(self, rows: Windowed) -> exp.Select:
        columns: list[exp.Expr] = [
            named(id) for id in sorted(set(_provided(rows.source)) & self.used, key=_place)
        ]
        columns += self.windows(rows)
        return self.source(rows.source).select(columns or [exp.Literal.number(1)])

    def windows(self, rows: Windowed) -> list[exp.Expr]:
        """The windows over people's own rows that are in use."""
        return [aliased(self.scalar(scalar), id) for id, scalar in rows.columns if id in self.used]

    def _stacked(self, rows: Stacked) -> exp.Union:
        used = [one for one in rows.columns if one[0] in self.used] or list(rows.columns[:1])
        left = self.source(rows.left).select([aliased(self.scalar(one), id) for id, one, _ in used])
        right = self.source(rows.right).select([aliased(self.scalar(other), id) for id, _, other in used])
        return exp.Union(this=left, expression=right, distinct=False)

    def _scan(self, scan: Scan) -> exp.Select:
        """The granted rows of a table of people; tier-1 fields from their own files."""
        self.scans.append(scan)
        table = scan.table
        pairs = [(name, id) for name, id in scan.columns.items() if id in self.used]
        assert table.key is not None, "a table of people has a key"
        pairs = pairs or [(table.key, scan.columns[table.key])]
        restricted = list(self.restrictions(table))
        apart = [name for name in dict.fromkeys([*(name for name, _ in pairs), *(name for name, _ in restricted)])
                 if table.stored_apart(name)]  # fmt: skip
        made = From(table_named(table.name, "main"))
        for name in apart:
            made.joins.append(self.apart(table, name))
        for name, _ in (*pairs, *restricted):
            self.reads.add((apart_name(table.name, name), name) if name in apart else (table.name, name))
        marks = [(name, id) for name, id in scan.marks.items() if id in self.used]
        self.reads.update((table.name, name) for name, _ in marks)
        made.where = [condition for _, condition in restricted]
        if self.policy.consent_of:
            made.where.append(self._consenting(table))
        return made.select([aliased(stored(name, apart, table), id) for name, id in (*pairs, *marks)])

    def apart(self, table: Table, name: str) -> exp.Join:
        relation = apart_name(table.name, name)
        self.reads.update({(table.name, ROW), (relation, ROW)})
        rows = exp.EQ(
            this=exp.Column(this=identifier(ROW), table=identifier("main")),
            expression=exp.Column(this=identifier(ROW), table=identifier(relation)),
        )
        return exp.Join(this=table_named(relation), on=rows)

    def restrictions(self, table: Table) -> Iterator[tuple[str, Scalar]]:
        """The project's years and rows, as (field, condition)."""
        grant = self.policy.table(table.name)
        assert grant is not None, "authorise refuses a table without a grant"
        if grant.years is not None and table.year is not None:
            yield table.year.field, self._is_one_of(table, table.year.field, grant.years)
        for name, values in (grant.rows or {}).items():
            yield name, self._is_one_of(table, name, values)

    def _consenting(self, table: Table) -> Scalar:
        """Where somebody of the project reaches only who has consented."""
        assert table.unit is not None, "a table of people has a unit"
        assert table.key is not None, "a table of people has a key"
        self.reads.add((table.name, table.key))
        return has_consented(table.unit, stored(table.key, (), table))

    def _is_one_of(self, table: Table, name: str, values: Sequence[str]) -> Scalar:
        literals = [_literal(value, table.fields[name]) for value in values]
        apart = [name] if table.stored_apart(name) else []
        return exp.In(this=stored(name, apart, table), expressions=literals)


def stored(name: str, apart: Sequence[str], table: Table) -> exp.Column:
    return exp.Column(
        this=identifier(name), table=identifier(apart_name(table.name, name) if name in apart else "main")
    )


def _literal(value: str, found: Field) -> exp.Expr:
    if found.type in ("SMALLINT", "INTEGER", "BIGINT"):
        return exp.Literal.number(int(value))
    if found.type == "BOOLEAN":
        return exp.true() if value.lower() == "true" else exp.false()
    return exp.Literal.string(value)


def _provided(rows: Rows_) -> Iterator[str]:
    match rows:
        case Linked():
            yield from _provided(rows.left)
            yield from _provided(rows.right)
        case Kept():
            yield from _provided(rows.source)
        case Summary():
            yield from (id for id, _ in (*rows.keys, *rows.aggregates))
        case Windowed():
            yield from _provided(rows.source)
            yield from (id for id, _ in rows.columns)
        case Stacked():
            yield from (id for id, _, _ in rows.columns)
        case _:
            yield from provided(rows)


def _place(id: str) -> int:
    return int(id[1:])


def scalars_of(rows: Rows_, protected: Protected) -> Iterator[Scalar]:  # noqa: C901 - one case a node
    """Every scalar that stands in the relation, definitions of its computed columns included."""
    match rows:
        case Linked():
            yield from scalars_of(rows.left, protected)
            yield from scalars_of(rows.right, protected)
            if rows.condition is not None:
                yield rows.condition
        case Kept():
            yield from scalars_of(rows.source, protected)
            yield rows.condition
        case Summary():
            yield from scalars_of(rows.source, protected)
            yield from (scalar for _, scalar in (*rows.keys, *rows.aggregates))
        case Windowed():
            yield from scalars_of(rows.source, protected)
            yield from (scalar for _, scalar in rows.columns)
        case Stacked():
            yield from scalars_of(rows.left, protected)
            yield from scalars_of(rows.right, protected)
            yield from (scalar for _, *both in rows.columns for scalar in both)
        case Filter():
            yield from scalars_of(rows.source, protected)
            yield rows.condition
        case Extend():
            yield from scalars_of(rows.source, protected)
            yield from (_definition(protected.columns[id]) for id in rows.columns)
        case Join():
            yield from scalars_of(rows.left, protected)
            yield from scalars_of(rows.right, protected)
            if rows.condition is not None:
                yield rows.condition
        case Aggregate():
            yield from scalars_of(rows.source, protected)
            yield from (_definition(protected.columns[id]) for id in (*rows.keys, *rows.aggregates))
        case Sort():
            yield from scalars_of(rows.source, protected)
            yield from (order.expression for order in rows.orders)
        case Limit():
            yield from scalars_of(rows.source, protected)
        case Distinct():
            yield from scalars_of(rows.source, protected)
            yield from (named(id) for id in rows.columns)
        case SetOperation():
            yield from scalars_of(rows.left, protected)
            yield from scalars_of(rows.right, protected)
            yield from (named(id) for id in (*rows.left_columns, *rows.right_columns, *rows.columns))
        case Scan() | Rows() | StepRef():
            return


def inner_scalars(inner: Inner, protected: Protected) -> Iterator[Scalar]:
    if inner.operand is not None:
        yield inner.operand
    if inner.output is not None:
        yield inner.output
    if inner.people is not None:
        yield from scalars_of(inner.people.relation, protected)
        yield inner.people.key
    if inner.relation is not None:
        yield from scalars_of(inner.relation, protected)


def ids_in(scalars: Iterator[Scalar]) -> frozenset[str]:
    return frozenset().union(*(column_ids(scalar) for scalar in scalars))
