"""Which fields a query uses, for what, and where: what `authorise` decides on.

A computed column needs, of each of its inputs, the use that it is put to; so uses are followed down through
definitions and per-person summaries, and stop at aggregates over people, above which no one is left.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from enclave.catalogue.model import Field, FieldClass, Table
from enclave.query.aggregates import is_aggregate, shows_values, takes_conditions
from enclave.query.relations import (
    Aggregate,
    Aggregated,
    Defined,
    Distinct,
    Extend,
    Filter,
    FromField,
    Join,
    Limit,
    Query,
    Relation,
    Rewrites,
    Rows,
    Scalar,
    Scan,
    SetKind,
    SetOperation,
    Sort,
    StepRef,
    SubqueryKind,
    column_id,
    conjuncts,
    stretch,
    subquery_ids,
)
from enclave.terms import Use

CONDITIONS = (
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between,
    exp.Like, exp.ILike, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Where, exp.StartsWith, exp.EndsWith, exp.Contains,
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class FieldUse:
    """One use of one field, at one place; `use` is None where it is only named. `node` carries the place."""

    field: Field
    use: Use | None
    node: Scalar


@dataclass(frozen=True, slots=True, eq=False)
class YearNamed:
    """A year of a table that the query names as a constant."""

    field: Field
    year: str
    node: Scalar


@dataclass(frozen=True, slots=True, eq=False)
class Uses:
    fields: tuple[FieldUse, ...]
    scans: tuple[Scan, ...]
    years: tuple[YearNamed, ...]


def find_uses(query: Query) -> Uses:
    """Every use of every field in a query, subqueries included."""
    finder = _Finder(query)
    finder.relation(query.relation)
    for output in query.outputs:
        finder.scalar(query.columns[output.column].origin, None, query.bare(output.column))
    return Uses(tuple(finder.found), tuple(finder.scans), tuple(finder.years))


@dataclass(slots=True)
class _Finder:
    query: Query
    found: list[FieldUse] = field(default_factory=list)
    scans: list[Scan] = field(default_factory=list)
    years: list[YearNamed] = field(default_factory=list)
    stops: set[str] = field(default_factory=set)
    visited: set[str] = field(default_factory=set)
    written: dict[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # columns of literal rows, with their neighbours
    found_by: dict[str, list[exp.Column]] = field(
        default_factory=dict
    )  # and the fields by which rows are looked up
    sides: dict[str, tuple[str, str]] = field(
        default_factory=dict
    )  # what a set operation's columns are made of
    shows: bool = False  # inside an aggregate that shows the values of codes: they are grouped by

    def relation(self, relation: Relation) -> None:  # noqa: C901 - one case a node
        """Visit below first: what an aggregate makes must be known before what stands above it is followed."""
        match relation:
            case Scan():
                self.scans.append(relation)
            case Rows():
                self.written.update(dict.fromkeys(relation.columns, relation.columns))
            case StepRef():
                pass
            case Filter():
                self.relation(relation.source)
                self.expression(relation.condition, Use.FILTER)
            case Extend():
                self.relation(relation.source)
                for id in relation.columns:
                    self.mentions(id)
            case Join():
                self.relation(relation.left)
                self.relation(relation.right)
                for part in conjuncts(relation.condition):
                    self._join_part(part)
            case Aggregate():
                self._aggregate(relation)
            case Distinct():
                self.relation(relation.source)
                for id in relation.columns:
                    self.expression(self.query.bare(id), Use.GROUP)
            case SetOperation():
                self.relation(relation.left)
                self.relation(relation.right)
                pairs = zip(relation.left_columns, relation.right_columns, strict=True)
                self.sides.update(zip(relation.columns, pairs, strict=True))
                use = None if relation.kind is SetKind.UNION_ALL else Use.GROUP
                for id in (*relation.left_columns, *relation.right_columns):
                    self.scalar(self.query.columns[id].origin, use, self.query.bare(id))
            case Sort():
                self.relation(relation.source)
                for order in relation.orders:
                    self.expression(order.expression, Use.FILTER)
            case Limit():
                self.relation(relation.source)

    def _join_part(self, part: Scalar) -> None:
        """A field equated with a field links. Literal rows in the reader's own text are a recode: that filters."""
        columns = list(part.find_all(exp.Column))
        literal = [column for column in columns if self._written(column) is not None]
        plain = (
            isinstance(part, exp.EQ | exp.NullSafeEQ) and column_id(part.this) and column_id(part.expression)
        )
        self.expression(part, Use.LINK if plain and not literal else Use.FILTER)
        for column in literal:
            for id in self.written[self._written(column) or ""]:
                self.found_by.setdefault(id, []).extend(other for other in columns if other not in literal)

    def _written(self, node: exp.Column) -> str | None:
        """The column of literal rows that a bare column is."""
        id = Rewrites(self.query.columns).base(node.name).id
        return id if id in self.written else None

    def _aggregate(self, relation: Aggregate) -> None:
        self.relation(relation.source)
        for id in relation.keys:
            origin = self.query.columns[id].origin
            assert isinstance(origin, Defined), "keys are defined columns"
            self.expression(origin.expression, Use.GROUP)
        for id in relation.aggregates:
            origin = self.query.columns[id].origin
            assert isinstance(origin, Aggregated), "aggregates are aggregated columns"
            self.shows = not relation.summary and shows_values(_call(origin.expression))
            self.aggregate(origin.expression)
            self.shows = False
        if not relation.summary:
            self.stops.update((*relation.keys, *relation.aggregates))

    def aggregate(self, node: Scalar) -> None:
        """An aggregate: its values are aggregated, its conditions filter."""
        if isinstance(node, exp.Filter):
            self.expression(node.expression.this, Use.FILTER)
            self.aggregate(node.this)
            return
        use = Use.FILTER if takes_conditions(node) else Use.AGGREGATE
        for child in node.iter_expressions():
            self.expression(child, use)

    def expression(self, node: Scalar, use: Use) -> None:
        """Every column in the scalar is put to `use`; conditions inside an aggregate's argument filter."""
        self._years(node)
        for id in subquery_ids(node):
            self._subquery(id)
        for part, found in _parts(node, use):
            self.scalar(self.query.columns[part.name].origin, found, part)

    def mentions(self, id: str) -> None:
        origin = self.query.columns[id].origin
        if isinstance(origin, Defined):
            self._years(origin.expression)
            for inner in subquery_ids(origin.expression):
                self._subquery(inner)
            for part in origin.expression.find_all(exp.Column):
                self.scalar(self.query.columns[part.name].origin, None, part)

    def scalar(self, origin: object, use: Use | None, node: Scalar) -> None:
        """Follow one column down to the fields it is made of."""
        if node.name in self.stops:
            return
        for column in self.found_by.get(node.name, ()) if use is not Use.LINK else ():
            self.scalar(self.query.columns[column.name].origin, use, self._placed(column, node))
        for side in self.sides.get(node.name, ()):
            self.scalar(self.query.columns[side].origin, use, self._placed(self.query.bare(side), node))
        if isinstance(origin, FromField):
            self._field(origin.field, use, node)
        elif isinstance(origin, Defined):
            for part, found in _parts(origin.expression, use):
                self.scalar(self.query.columns[part.name].origin, found, self._placed(part, node))
        elif isinstance(origin, Aggregated):
            for part in origin.expression.find_all(exp.Column):
                self.scalar(self.query.columns[part.name].origin, use, self._placed(part, node))

    def _placed(self, part: Scalar, used: Scalar) -> Scalar:
        """The place of the definition; that of the use where the definition has none."""
        return part if stretch(part) is not None else _renamed(used, part.name)

    def _field(self, found: Field, use: Use | None, node: Scalar) -> None:
        if use is not None and _is_unit_key(found, self.scans):
            use = Use.LINK
        elif use is Use.AGGREGATE and self.shows and found.kind is not FieldClass.MEASURE:
            use = Use.GROUP
        self.found.append(FieldUse(found, use, node))

    def _subquery(self, id: str) -> None:
        if id in self.visited:
            return
        self.visited.add(id)
        made = self.query.subqueries[id]
        self.relation(made.relation)
        if made.operand is not None:
            self.expression(made.operand, Use.FILTER)
        if made.output is not None:
            use = Use.FILTER if made.kind is SubqueryKind.IN else None
            node = self.query.bare(made.output)
            self.scalar(self.query.columns[made.output].origin, use, node)

    def _years(self, node: Scalar) -> None:
        for comparison in node.find_all(exp.EQ, exp.In):
            for column, constants in _compared(comparison):
                origin = self._base(column.name)
                if isinstance(origin, FromField) and self._is_year(origin.field):
                    for constant in constants:
                        self.years.append(YearNamed(origin.field, constant.name, constant))

    def _base(self, id: str) -> object:
        origin = self.query.columns[id].origin
        while isinstance(origin, Defined) and (inner := column_id(origin.expression)) is not None:
            origin = self.query.columns[inner].origin
        return origin

    def _is_year(self, found: Field) -> bool:
        return any(
            scan.table.name == found.table
            and scan.table.year is not None
            and scan.table.year.field == found.name
            for scan in self.scans
        )


def _renamed(used: Scalar, id: str) -> Scalar:
    copy = used.copy()
    if isinstance(copy, exp.Column):
        copy.this.set("this", id)
    return copy


def _is_unit_key(found: Field, scans: list[Scan]) -> bool:
    tables: Iterator[Table] = (scan.table for scan in scans if scan.table.name == found.table)
    return any(table.unit is not None and table.key == found.name for table in tables)


def _parts(node: Scalar, use: Use | None) -> Iterator[tuple[exp.Column, Use | None]]:
    """Columns of a scalar with the use each is put to; subqueries are visited apart."""
    if isinstance(node, exp.Column):
        yield node, use
        return
    if isinstance(node, exp.Window):
        yield from _window_parts(node, use)
        return
    if use is Use.AGGREGATE and isinstance(node, exp.If):
        yield from _parts(node.this, Use.FILTER)
        for name in ("true", "false"):
            if (branch := node.args.get(name)) is not None:
                yield from _parts(branch, use)
        return
    if use is Use.AGGREGATE and isinstance(node, exp.Case) and node.this is not None:
        yield from _parts(node.this, Use.FILTER)
    inner = Use.FILTER if use is Use.AGGREGATE and isinstance(node, CONDITIONS) else use
    for child in node.iter_expressions():
        if not (isinstance(node, exp.Case) and use is Use.AGGREGATE and child is node.this):
            yield from _parts(child, inner)


def _window_parts(node: exp.Window, use: Use | None) -> Iterator[tuple[exp.Column, Use | None]]:
    """A window groups by its partition and picks by its order; what it aggregates is aggregated."""
    for part in node.args.get("partition_by") or ():
        yield from _parts(part, Use.GROUP)
    if (order := node.args.get("order")) is not None:
        yield from _parts(order, Use.FILTER)
    if isinstance(node.this, exp.Filter):
        yield from _parts(node.this.expression, Use.FILTER)
    call = _call(node.this)
    if is_aggregate(call):
        use = Use.FILTER if takes_conditions(call) else Use.AGGREGATE
    for child in call.iter_expressions():
        yield from _parts(child, use)


def _compared(node: Scalar) -> Iterator[tuple[exp.Column, list[exp.Literal]]]:
    if isinstance(node, exp.EQ):
        for one, other in ((node.this, node.expression), (node.expression, node.this)):
            if isinstance(one, exp.Column) and isinstance(other, exp.Literal):
                yield one, [other]
    elif isinstance(node, exp.In) and isinstance(node.this, exp.Column):
        yield node.this, [item for item in node.expressions if isinstance(item, exp.Literal)]


def _call(node: Scalar) -> Scalar:
    call: Scalar = node.this if isinstance(node, exp.Filter) else node
    return call
