"""The SQL of one leaf: the asked aggregates, and beside them the companions that `disclose` decides on.

A leaf is a join of *pieces* on its keys. The `rows` piece has what is asked. Where a unit is proven to have at most one
row in a cell, counting rows counts units and the same piece has the companions too; else the `units` piece groups by
cell and unit first. Values per class of a selector, per value of a clipped argument and per cluster have pieces of
their own. Every piece reads the one `base`, in which conditions and arguments are computed once a row.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from enclave.disclosure.asked import (
    Cells,
    ClassCounts,
    Concentration,
    Extremes,
    Measure,
    PathCounts,
    Statistic,
)
from enclave.query.leaves import Leaf, Number
from enclave.query.relations import Scalar, column_ids
from enclave.query.rendering import From, PeopleRenderer, aliased, grouped, identifier, named, table_named
from enclave.query.sizes import sums_fit
from enclave.terms import Zeros

UNIT, CLUSTER, SET = "u", "s", "gid"
UNITS, CLUSTERS = "units", "clusters"
FEW_VALUES = 20
"""Up to so many different values a rounded or curved measure is judged like a code: one number could print how many
units have each. More do not fit into the digits of one number."""
ENOUGH_CLUSTERS = 2


def call(name: str, *arguments: Scalar) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def count_rows() -> Scalar:
    return exp.Count(this=exp.Star())


def count_where(condition: Scalar) -> Scalar:
    return exp.Filter(this=count_rows(), expression=exp.Where(this=condition))


def number_literal(value: int) -> Scalar:
    return exp.Literal.number(value)


def is_there(id: str) -> Scalar:
    return exp.Not(this=exp.Paren(this=exp.Is(this=named(id), expression=exp.Null())))


def both(one: Scalar | None, other: Scalar) -> Scalar:
    return other if one is None else exp.And(this=one, expression=other)


def true_or_false(condition: Scalar) -> Scalar:
    """The condition with null as not true."""
    return exp.Coalesce(this=condition, expressions=[exp.false()])


@dataclass(slots=True)
class Piece:
    """One grouped SELECT over the base, one row a cell; `columns` are what it adds to the leaf."""

    name: str
    select: exp.Select
    columns: list[str]


@dataclass(slots=True)
class LeafCompiler:
    """Writes one leaf. `judges_clusters`: the rules ask for a least number of clusters above one."""

    leaf: Leaf
    renderer: PeopleRenderer
    min_clusters: int
    base: dict[str, Scalar] = field(default_factory=dict)
    rows: dict[str, Scalar] = field(default_factory=dict)
    per_unit: dict[str, Scalar] = field(default_factory=dict)
    units: dict[str, Scalar] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)

    def compiled(self) -> tuple[exp.Select, Cells]:
        """The leaf's SELECT and the contract of its columns."""
        self._start()
        for place, number in enumerate(self.leaf.numbers):
            _NumberCompiler(self, number, place).compile()
        return self._joined(), self._cells()

    # The frame of the leaf

    @property
    def keys(self) -> list[str]:
        return [id for id, _ in self.leaf.keys]

    @property
    def proven(self) -> bool:
        return self.leaf.proven

    @property
    def judges_clusters(self) -> bool:
        return self.min_clusters > 1 and self.leaf.people.cluster is not None

    def _start(self) -> None:
        for id, scalar in self.leaf.keys:
            self.base[id] = self.renderer.scalar(scalar)
        self.base[UNIT] = self.renderer.scalar(self.leaf.people.key)
        if self.judges_clusters:
            assert self.leaf.people.cluster is not None, "judged only where there is one"
            self.base[CLUSTER] = named(self.leaf.people.cluster)
        if self.proven:
            self.rows[UNITS] = exp.Count(this=named(UNIT))
        else:
            self.units[UNITS] = count_rows()
        if self.judges_clusters:
            self.rows[CLUSTERS] = self._clusters()

    def _clusters(self) -> Scalar:
        """How many clusters. Where two are enough, least and greatest tell none, one or more, much cheaper."""
        if self.min_clusters > ENOUGH_CLUSTERS:
            return exp.Count(this=exp.Distinct(expressions=[named(CLUSTER)]))
        least, greatest = exp.Min(this=named(CLUSTER)), exp.Max(this=named(CLUSTER))
        none = exp.If(this=exp.Is(this=least.copy(), expression=exp.Null()), true=number_literal(0))
        one = exp.If(this=exp.EQ(this=least, expression=greatest), true=number_literal(1))
        return exp.Case(ifs=[none, one], default=number_literal(ENOUGH_CLUSTERS))

    def counted(self, name: str, condition: Scalar) -> str:
        """A column with the number of units that have a row which meets the condition (a function of base columns)."""
        if self.proven:
            self.rows[name] = count_where(both(self._counts_somebody(), condition))
        else:
            self.per_unit[name] = call("bool_or", condition)
            self.units[name] = count_where(named(name))
        return name

    def _counts_somebody(self) -> Scalar | None:
        """Rows of nobody (a public table left-joined to people) count no unit."""
        return is_there(UNIT) if column_ids(self.leaf.people.key) & self.leaf.people.nullable else None

    def group(self, extra: Sequence[str] = ()) -> exp.Group:
        """GROUP BY the keys (and more columns), once per grouping set."""
        keys = [named(id) for id in (*self.keys, *extra)]
        if self.leaf.sets is None:
            return grouped(keys, None)
        more = tuple(range(len(self.keys), len(keys)))
        return grouped(keys, tuple((*one, *more) for one in self.leaf.sets))

    def set_number(self) -> list[exp.Expr]:
        """The number of the grouping set: a null key and a rolled-up key look alike."""
        if self.leaf.sets is None or not self.keys:
            return []
        return [aliased(exp.Grouping(expressions=[named(id) for id in self.keys]), SET)]

    @property
    def cell(self) -> list[str]:
        """The columns that name a cell."""
        return [*self.keys, *([SET] if self.leaf.sets is not None and self.keys else [])]

    def by_part(
        self, name: str, part: str, condition: Scalar, columns: dict[str, Scalar], value: Scalar
    ) -> None:
        """A piece that groups by cell and `part` first: `value` is named n there, `columns` are over part and n."""
        inner = From(table_named("base"), where=[both(self._counts_somebody(), condition)]).select(
            [*map(named, self.keys), *self.set_number(), named(part), aliased(value, "n")]
        )
        inner.set("group", self.group((part,)))
        self._outer(name, inner, columns)

    def _outer(self, name: str, inner: exp.Select, columns: dict[str, Scalar]) -> None:
        subselect = exp.Subquery(this=inner, alias=exp.TableAlias(this=identifier(f"{name}_parts")))
        outer = From(subselect).select(
            [*map(named, self.cell), *(aliased(scalar, id) for id, scalar in columns.items())]
        )
        if self.cell:
            outer.set("group", grouped([named(id) for id in self.cell], None))
        self.pieces.append(Piece(name, outer, list(columns)))

    def distinct_units(self) -> Scalar:
        return count_rows() if self.proven else exp.Count(this=exp.Distinct(expressions=[named(UNIT)]))

    # Putting it together

    def _joined(self) -> exp.Select:
        base = self.renderer.source(self.leaf.people.relation).select(
            [aliased(scalar, id) for id, scalar in self.base.items()]
        )
        pieces = [self._rows_piece(), *([] if self.proven else [self._units_piece()]), *self.pieces]
        made = exp.Select(expressions=self._columns(pieces), from_=exp.From(this=table_named(pieces[0].name)))
        made.set("joins", [self._join(piece) for piece in pieces[1:]])
        common = [exp.CTE(this=base, alias=exp.TableAlias(this=identifier("base")))]
        common += [
            exp.CTE(this=piece.select, alias=exp.TableAlias(this=identifier(piece.name))) for piece in pieces
        ]
        made.set("with_", exp.With(expressions=common))
        return made

    def _rows_piece(self) -> Piece:
        groupings = {
            id: exp.Grouping(expressions=[named(self.keys[place]) for place in positions])
            for id, positions in self.leaf.groupings.items()
        }
        columns = {**groupings, **self.rows}
        if not columns and not self.keys:
            columns = {"one": number_literal(1)}
        made = From(table_named("base")).select(
            [
                *map(named, self.keys),
                *self.set_number(),
                *(aliased(scalar, id) for id, scalar in columns.items()),
            ]
        )
        made.set("group", self.group())
        return Piece("rows", made, [*self.cell, *columns])

    def _units_piece(self) -> Piece:
        inner = From(table_named("base"), where=[is_there(UNIT)]).select(
            [
                *map(named, self.keys),
                *self.set_number(),
                *(aliased(scalar, id) for id, scalar in self.per_unit.items()),
            ]
        )
        if not inner.expressions:
            inner.set("expressions", [named(UNIT)])
        inner.set("group", self.group((UNIT,)))
        subselect = exp.Subquery(this=inner, alias=exp.TableAlias(this=identifier("per_unit")))
        made = From(subselect).select(
            [*map(named, self.cell), *(aliased(scalar, id) for id, scalar in self.units.items())]
        )
        if self.cell:
            made.set("group", grouped([named(id) for id in self.cell], None))
        return Piece("units", made, list(self.units))

    def _columns(self, pieces: list[Piece]) -> list[exp.Expr]:
        return [
            aliased(exp.Column(this=identifier(id), table=identifier(piece.name)), id)
            for piece in pieces
            for id in piece.columns
        ]

    def _join(self, piece: Piece) -> exp.Join:
        same: Scalar = exp.true()
        for place, id in enumerate(self.cell):
            equal = exp.NullSafeEQ(
                this=exp.Column(this=identifier(id), table=identifier("rows")),
                expression=exp.Column(this=identifier(id), table=identifier(piece.name)),
            )
            same = equal if place == 0 else exp.And(this=same, expression=equal)
        return exp.Join(this=table_named(piece.name), side="LEFT", on=same)

    def _cells(self) -> Cells:
        return Cells(
            dimensions=(*self.keys, *self.leaf.groupings),
            units=UNITS,
            clusters=CLUSTERS if self.judges_clusters else None,
            measures=tuple(self.measures),
            grouping=SET if SET in self.cell else None,
            always_one_row=self.leaf.one_row,
        )


@dataclass(slots=True)
class _NumberCompiler:
    """The columns of one asked number. `x`, `d` and `p` are its argument, its FILTER and its paths in the base."""

    leaf: LeafCompiler
    number: Number
    place: int

    def compile(self) -> None:
        self._base()
        self.leaf.rows[self.number.id] = self._asked()
        contributors = self._contributors()
        by_unit, by_cluster = self._by_unit(), self._by_cluster()
        self.leaf.measures.append(
            Measure(
                column=self.number.id,
                statistic=self.number.statistic,
                contributors=contributors,
                zeros=self.number.zeros,
                by_unit=next(iter(by_unit), None),
                by_cluster=next(iter(by_cluster), None),
                parts_by_unit=tuple(by_unit[1:]),
                parts_by_cluster=tuple(by_cluster[1:]),
                paths=tuple(self._paths()),
                classes=tuple(self._classes()),
                extremes=tuple(self._extremes()),
            )
        )

    def _name(self, letter: str, *places: int) -> str:
        return "_".join([f"{letter}{self.place}", *map(str, places)])

    @property
    def renderer(self) -> PeopleRenderer:
        return self.leaf.renderer

    def _base(self) -> None:
        number, base = self.number, self.leaf.base
        if number.condition is not None:
            base[self._name("d")] = true_or_false(self.renderer.scalar(number.condition))
        if number.argument is not None:
            argument = self.renderer.scalar(number.argument)
            if self._is_sum and not sums_fit(number.argument, self.renderer.protected.bases):
                argument = exp.Cast(this=argument, to=exp.DataType.build("DOUBLE"))
            if number.condition is not None:
                let_through = true_or_false(self.renderer.scalar(number.condition))
                argument = exp.Case(ifs=[exp.If(this=let_through, true=argument)])
            base[self._name("x")] = argument

    @property
    def filter(self) -> Scalar | None:
        return named(self._name("d")) if self.number.condition is not None else None

    @property
    def value(self) -> Scalar:
        return named(self._name("x"))

    @property
    def counts(self) -> Scalar:
        """The rows that count."""
        if self.number.argument is not None:
            return is_there(self._name("x"))
        return self.filter if self.filter is not None else exp.true()

    def _asked(self) -> Scalar:
        match self.number.statistic:
            case Statistic.ROWS:
                return self._asked_rows()
            case Statistic.VALUES:
                return exp.Count(this=self.value)
            case Statistic.UNITS:
                who = named(UNIT) if self.number.argument is None else self.value
                distinct = exp.Count(this=exp.Distinct(expressions=[who]))
                if self.filter is None:
                    return distinct
                return exp.Filter(this=distinct, expression=exp.Where(this=self.filter))
            case Statistic.SUM:
                return exp.Sum(this=self.value)
            case Statistic.MEAN:
                return exp.Avg(this=self.value)

    def _asked_rows(self) -> Scalar:
        if self.number.counted is None:
            return count_rows() if self.filter is None else count_where(self.filter)
        condition, filtered = self.number.counted
        self.leaf.base[self._name("y")] = self.renderer.scalar(condition)
        asked = exp.CountIf(this=named(self._name("y")))
        if filtered is None:
            return asked
        self.leaf.base[self._name("z")] = true_or_false(self.renderer.scalar(filtered))
        return exp.Filter(this=asked, expression=exp.Where(this=named(self._name("z"))))

    def _contributors(self) -> str:
        if self.number.argument is None and self.filter is None:
            return UNITS
        return self.leaf.counted(self._name("n"), self.counts)

    # Concentration

    def _weighs(self) -> bool:
        return self.number.statistic in (Statistic.SUM, Statistic.MEAN) and not (
            self.number.fixed_size and self.leaf.proven
        )

    def _size(self) -> Scalar:
        return exp.Abs(this=exp.Cast(this=self.value, to=exp.DataType.build("DOUBLE")))

    def _sizes(self) -> list[Scalar]:
        """The sizes of what a row adds: of the argument, or of each product that it is the sum of."""
        return [self._size()] if not self.number.weighed else [*map(self._part_size, self._parts())]

    def _parts(self) -> list[str]:
        names = []
        for place, part in enumerate(self.number.weighed):
            name = self._name("v", place)
            self.leaf.base[name] = self.renderer.scalar(part)
            names.append(name)
        return names

    def _part_size(self, name: str) -> Scalar:
        """0 where the product has no value and the argument has one: another branch was taken."""
        size = exp.Abs(this=exp.Cast(this=named(name), to=exp.DataType.build("DOUBLE")))
        there = exp.Coalesce(this=size, expressions=[number_literal(0)])
        return exp.Case(ifs=[exp.If(this=self.counts, true=there)])

    def _by_unit(self) -> list[Concentration]:
        if self._weighs():
            return [self._by_unit_of(place, size) for place, size in enumerate(self._sizes())]
        if self.leaf.proven or self.number.statistic is Statistic.UNITS or self._is_sum:
            return []
        return [self._top(0, self.leaf.units, named(self._rows_per_unit()))]

    def _by_unit_of(self, place: int, size: Scalar) -> Concentration:
        if self.leaf.proven:
            return self._top(place, self.leaf.rows, size)
        name = self._name("w", place)
        self.leaf.per_unit[name] = exp.Sum(this=size)
        return self._top(place, self.leaf.units, named(name))

    @property
    def _is_sum(self) -> bool:
        return self.number.statistic in (Statistic.SUM, Statistic.MEAN)

    def _top(self, place: int, columns: dict[str, Scalar], size: Scalar) -> Concentration:
        """Sum, greatest and second greatest of a size."""
        largest = call("max", size.copy(), number_literal(2))
        names = [self._name(letter, place) for letter in ("total", "first", "second")]
        columns[names[0]] = exp.Sum(this=size.copy())
        columns[names[1]] = exp.Max(this=size.copy())
        columns[names[2]] = call("list_extract", largest, number_literal(2))
        return Concentration(*names)

    def _by_cluster(self) -> list[Concentration]:
        if not (self.leaf.judges_clusters and self._is_sum and not self.number.fixed_size):
            return []
        return [self._by_cluster_of(place, size) for place, size in enumerate(self._sizes())]

    def _by_cluster_of(self, place: int, size: Scalar) -> Concentration:
        columns: dict[str, Scalar] = {}
        found = self._top(place, columns, named("n"))
        names = {name: f"c{name}" for name in columns}
        columns = {names[name]: scalar for name, scalar in columns.items()}
        self.leaf.by_part(self._name("clusters", place), CLUSTER, self.counts, columns, exp.Sum(this=size))
        return Concentration(names[found.total], names[found.first], names[found.second])

    @property
    def _is_a_count(self) -> bool:
        """count(*), count(x), and a sum of constants, which is a count in other words."""
        return self.number.statistic in (Statistic.ROWS, Statistic.VALUES) or (
            self.number.statistic is Statistic.SUM and self.number.fixed_size
        )

    # Paths, classes, extremes

    def _paths(self) -> list[PathCounts]:
        return [self._path(place) for place in range(len(self.number.paths))]

    def _path(self, place: int) -> PathCounts:
        path = self.number.paths[place]
        name = self._name("p", place)
        whole = self.number.condition is not None and path.condition == self.number.condition
        if whole:
            name = self._name("d")
        else:
            self.leaf.base[name] = true_or_false(self.renderer.scalar(path.condition))
        domain = None if whole else self.filter
        true = self.leaf.counted(self._name("t", place), both(_copy(domain), named(name)))
        untrue = self.leaf.counted(self._name("f", place), both(_copy(domain), exp.Not(this=named(name))))
        units = UNITS if domain is None else self.leaf.counted(self._name("e", place), domain.copy())
        return PathCounts(units, true, untrue, path.zeros)

    def _classes(self) -> list[ClassCounts]:
        found = [self._class(place) for place in range(len(self.number.selectors))]
        if self.leaf.leaf.people.copied and self.number.statistic is not Statistic.UNITS:
            found.append(self._copies())
        return found

    def _class(self, place: int) -> ClassCounts:
        selector = self.number.selectors[place]
        part = self._name("g", place)
        self.leaf.base[part] = self.renderer.scalar(selector.value)
        smallest, classes = self._name("least", place), self._name("classes", place)
        least: Scalar = exp.Min(this=named("n"))
        if selector.few:
            many = exp.GT(this=count_rows(), expression=number_literal(FEW_VALUES))
            least = _if(many, exp.Sum(this=named("n")), least)
        columns: dict[str, Scalar] = {smallest: least, classes: count_rows()}
        self.leaf.by_part(self._name("class", place), part, self.counts, columns, self.leaf.distinct_units())
        return ClassCounts(smallest, classes, selector.zeros)

    def _copies(self) -> ClassCounts:
        """Rows per unit after a join that copies: ×1, ×100, ×10,000 spell a histogram in count(*).

        Limit: it is the rows of a unit that are counted, not how often each single row was copied.
        """
        smallest, classes = self._name("least_copies"), self._name("kinds_of_copies")
        per_unit = From(table_named("base"), where=[both(is_there(UNIT), self.counts)]).select(
            [*map(named, self.leaf.keys), *self.leaf.set_number(), aliased(count_rows(), "copies")]
        )
        per_unit.set("group", self.leaf.group((UNIT,)))
        subselect = exp.Subquery(this=per_unit, alias=exp.TableAlias(this=identifier(self._name("copied"))))
        inner = From(subselect).select([*map(named, self.leaf.cell), aliased(count_rows(), "n")])
        inner.set("group", grouped([named(id) for id in (*self.leaf.cell, "copies")], None))
        columns: dict[str, Scalar] = {smallest: exp.Min(this=named("n")), classes: count_rows()}
        self.leaf._outer(self._name("copies"), inner, columns)  # noqa: SLF001 - one compiler in two classes
        return ClassCounts(smallest, classes, Zeros.SHOWN)

    def _extremes(self) -> list[Extremes]:
        found = []
        if self.number.clipped is not None:
            found.append(self._clipped(self.number.clipped))
        if not self.leaf.proven and self._is_a_count:
            found.append(self._rows_extremes())
        return found

    def _clipped(self, zeros: Zeros) -> Extremes:
        part = self._name("x")
        low, high, between, differ = (self._name(name) for name in ("low", "high", "between", "differ"))
        columns: dict[str, Scalar] = {
            low: call("arg_min", named("n"), named(part)),
            high: call("arg_max", named("n"), named(part)),
            between: exp.Greatest(
                this=exp.Sub(this=count_rows(), expression=number_literal(2)), expressions=[number_literal(0)]
            ),
            differ: exp.GT(this=count_rows(), expression=number_literal(1)),
        }
        self.leaf.by_part(self._name("values"), part, self.counts, columns, self.leaf.distinct_units())
        return Extremes(low, high, between, differ, zeros)

    def _rows_per_unit(self) -> str:
        """The rows of a unit that count, null for none."""
        name = self._name("r")
        if self._is_sum:
            counted: Scalar = exp.Sum(this=self._size())
        else:
            counted = count_rows() if self.counts == exp.true() else count_where(self.counts)
        self.leaf.per_unit[name] = exp.Nullif(this=counted, expression=number_literal(0))
        return name

    def _rows_extremes(self) -> Extremes:
        """Two-valued exactly when the sum over units of (r - low)(r - high) is 0; whole numbers, so exact."""
        rows = named(self._rows_per_unit())
        low, high = exp.Min(this=rows.copy()), exp.Max(this=rows.copy())
        total, units = exp.Sum(this=rows.copy()), exp.Count(this=rows.copy())
        below, above, between, differ = (
            self._name(name) for name in ("rlow", "rhigh", "rbetween", "rdiffer")
        )
        excess = _minus(total, _times(units, low))
        at_high = _cast_bigint(exp.IntDiv(this=_paren(excess), expression=_paren(_minus(high, low))))
        same = exp.EQ(this=low.copy(), expression=high.copy())
        squares = exp.Sum(this=_times(rows.copy(), rows.copy()))
        spread = exp.Add(
            this=_paren(
                _minus(squares, _times(_paren(exp.Add(this=low.copy(), expression=high.copy())), total))
            ),
            expression=_times(_times(units, low), high),
        )
        columns = self.leaf.units
        columns[below] = _if(same, units, _minus(units, at_high))
        columns[above] = _if(same, units, at_high)
        none_between = exp.EQ(this=spread, expression=number_literal(0))
        columns[between] = _if(none_between, number_literal(0), number_literal(1))
        columns[differ] = exp.NEQ(this=low.copy(), expression=high.copy())
        return Extremes(below, above, between, differ, Zeros.SHOWN)


def _copy(node: Scalar | None) -> Scalar | None:
    return None if node is None else node.copy()


def _paren(node: Scalar) -> Scalar:
    return exp.Paren(this=node)


def _minus(one: Scalar, other: Scalar) -> Scalar:
    return exp.Sub(this=_bracket(one), expression=_bracket(other))


def _times(one: Scalar, other: Scalar) -> Scalar:
    return exp.Mul(this=_bracket(one), expression=_bracket(other))


def _bracket(node: Scalar) -> Scalar:
    return exp.Paren(this=node.copy()) if isinstance(node, exp.Binary) else node.copy()


def _if(condition: Scalar, then: Scalar, otherwise: Scalar) -> Scalar:
    return exp.Case(ifs=[exp.If(this=condition.copy(), true=then.copy())], default=otherwise.copy())


def _cast_bigint(node: Scalar) -> Scalar:
    return exp.Cast(this=node, to=exp.DataType.build("BIGINT"))
