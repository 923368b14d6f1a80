"""The frame of a leaf's SQL: the columns and pieces that its numbers are computed in, and how they are joined.

A leaf is a join of *pieces* on its keys. The `rows` piece has what is asked. Where a unit is proven to have at most one
row in a cell, counting rows counts units and the same piece has the companions too; else the `units` piece groups by
cell and unit first. Where that is proven of all units but those with a row that does not meet the needs, it does so for
these `few` alone, and takes each row of the others as it is: the loader's marks say of a row which it is. Values per
class of a selector, per value of a clipped argument and per cluster have pieces of their own. Every piece reads the one
`base`, in which conditions and arguments are computed once a row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from enclave.disclosure.asked import Cells, Measure, Rules
from enclave.query.grain import Need, is_mark
from enclave.query.ladder import FUNCTIONS, climbed, rungs
from enclave.query.leaf_words import (
    both,
    call,
    cast,
    count_rows,
    count_where,
    if_else,
    is_there,
    number_literal,
    of_one_row,
    only_if,
    value_tested,
)
from enclave.query.leaves import Leaf
from enclave.query.people_rendering import PeopleRenderer
from enclave.query.relations import Scalar, all_of, column_id, column_ids
from enclave.query.rendering import From, aliased, grouped, identifier, named, table_named
from enclave.query.standing import meets

if TYPE_CHECKING:
    from enclave.query.quantile_sql import Ordered

UNIT, CLUSTER, SET, OTHER = "u", "s", "gid", "other"
FEW = "few"
"""The units that have a row which does not meet the needs."""
UNITS, CLUSTERS = "units", "clusters"
ENOUGH_CLUSTERS = 2


@dataclass(slots=True)
class Piece:
    """One grouped SELECT over the base, one row a cell; `columns` are what it adds to the leaf.

    With a certificate it is over those cells alone that do not have it.
    """

    name: str
    select: exp.Select
    columns: list[str]
    certificate: "Certificate | None" = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """A condition over the columns of a cell's rows that decides what a piece is asked for: what it is, by column."""

    holds: Scalar
    instead: Mapping[str, Scalar]


@dataclass(slots=True)
class LeafFrame:
    """One leaf in the making. `judges_clusters`: the rules ask for a least number of clusters above one.

    Of a unit's rows in a cell there are `per_unit` columns, and of a cell's units `units`. `summed` are numbers of
    `rows` as sums over units;
    `same` are names of columns of the base that another number has already, and `shared` pieces by what they are of.
    """

    leaf: Leaf
    renderer: PeopleRenderer
    rules: Rules
    types: Mapping[str, str]  # of quantiles, as DuckDB gives them
    base: dict[str, Scalar] = field(default_factory=dict)
    rows: dict[str, Scalar] = field(default_factory=dict)
    per_unit: dict[str, Scalar] = field(default_factory=dict)
    units: dict[str, Scalar] = field(default_factory=dict)
    summed: dict[str, Scalar] = field(default_factory=dict)
    asked_units: set[str] = field(default_factory=set)
    pieces: list[Piece] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    ordered: dict[str, "Ordered"] = field(default_factory=dict)
    same: dict[str, str] = field(default_factory=dict)
    shared: dict[tuple[str, ...], tuple[str, str]] = field(default_factory=dict)

    @property
    def keys(self) -> list[str]:
        return [id for id, _ in self.leaf.keys]

    @property
    def proven(self) -> bool:
        return self.leaf.proven

    @property
    def judges_clusters(self) -> bool:
        return self.rules.min_clusters > 1 and self.leaf.people.cluster is not None

    def start(self) -> None:
        for id, scalar in self.leaf.keys:
            self.base[id] = self.renderer.scalar(scalar)
        self.base[UNIT] = self.renderer.scalar(self.leaf.people.key)
        if self.leaf.needs:
            self.base[OTHER] = other_rows(self.leaf)
        if self.judges_clusters:
            assert self.leaf.people.cluster is not None, "judged only where there is one"
            self.base[CLUSTER] = named(self.leaf.people.cluster)
        if self.proven:
            self.rows[UNITS] = count_rows() if self.everybody else exp.Count(this=named(UNIT))
        else:
            self.units[UNITS] = count_rows()
        if self.judges_clusters:
            self.rows[CLUSTERS] = self._clusters()

    def _clusters(self) -> Scalar:
        """How many clusters. Where two are enough, least and greatest tell none, one or more, much cheaper."""
        if self.rules.min_clusters > ENOUGH_CLUSTERS:
            return exp.Count(this=exp.Distinct(expressions=[named(CLUSTER)]))
        least, greatest = exp.Min(this=named(CLUSTER)), exp.Max(this=named(CLUSTER))
        none = exp.If(this=exp.Is(this=least.copy(), expression=exp.Null()), true=number_literal(0))
        one = exp.If(this=exp.EQ(this=least, expression=greatest), true=number_literal(1))
        return exp.Case(ifs=[none, one], default=number_literal(ENOUGH_CLUSTERS))

    @property
    def everybody(self) -> bool:
        """Whether every row is surely somebody's: the catalogue says that the key is never null, and no join adds."""
        key = column_id(self.leaf.people.key)
        base = self.leaf.people.bases.get(key) if key is not None else None
        if base is None or base.field is None or key in self.leaf.people.nullable:
            return False
        return base.field.never_null

    def add(self, name: str, scalar: Scalar) -> str:
        """The name of a column of the base: that of one which is the same for another number, or this."""
        taken = {*self.keys, UNIT, OTHER, CLUSTER}
        alike = (id for id, other in self.base.items() if id not in taken and other == scalar)
        self.same[name] = next(alike, name)
        self.base.setdefault(self.same[name], scalar)
        return self.same[name]

    def once(self, into: dict[str, Scalar], name: str, scalar: Scalar) -> str:
        """The name of a companion: that of one which is there already, or this. What was asked is no companion."""
        asked = {number.id for number in self.leaf.numbers}
        found = next((id for id, other in into.items() if id not in asked and other == scalar), name)
        into.setdefault(found, scalar)
        return found

    def counted(self, name: str, condition: Scalar) -> str:
        """A column with the number of units that have a row which meets the condition (a function of base columns)."""
        if self.proven:
            somebody = self.counts_somebody()
            there = value_tested(condition)
            whole = somebody is None and there is not None
            counts = exp.Count(this=there) if whole else count_where(both(somebody, condition))
            return self.once(self.rows, name, counts)
        of_a_unit = self.once(self.per_unit, name, call("bool_or", condition))
        return self.once(self.units, name, count_where(named(of_a_unit)))

    def same_as(self, name: str, counted: str) -> None:
        """A number of units that is asked for: it is the count that judges it, which nobody need make twice."""
        if self.proven:
            self.rows[name] = self.rows[counted].copy()
        else:
            self.units[name] = self.units[counted].copy()
            self.asked_units.add(name)

    def counts_somebody(self) -> Scalar | None:
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
        self,
        name: str,
        part: str | Sequence[str],
        condition: Scalar,
        columns: dict[str, Scalar],
        value: Scalar,
        certificate: Certificate | None = None,
    ) -> None:
        """A piece that groups by cell and `part` first: `value` is named n there, `columns` are over part and n."""
        parts = (part,) if isinstance(part, str) else tuple(part)
        joins = [] if certificate is None else [self.undecided(name)]
        inner = From(table_named("base"), joins, [both(self.counts_somebody(), condition)]).select(
            [*map(named, self.keys), *self.set_number(), *map(named, parts), aliased(value, "n")]
        )
        inner.set("group", self.group(parts))
        self.over_parts(name, inner, columns, certificate)

    def undecided(self, name: str) -> exp.Join:
        """The base's rows of the cells that have no certificate for a piece. A row is in several where there are
        grouping sets."""
        assert self.leaf.sets is None, "a row is in one cell"
        same = [exp.NullSafeEQ(this=named(id), expression=named(f"m_{id}")) for id in self.keys]
        return exp.Join(this=table_named(f"{name}_cells"), on=all_of(list[Scalar](same)) or exp.true())

    def over_parts(
        self,
        name: str,
        inner: exp.Select,
        columns: dict[str, Scalar],
        certificate: Certificate | None = None,
    ) -> None:
        subselect = exp.Subquery(this=inner, alias=exp.TableAlias(this=identifier(f"{name}_parts")))
        outer = From(subselect).select(
            [*map(named, self.cell), *(aliased(scalar, id) for id, scalar in columns.items())]
        )
        if self.cell:
            outer.set("group", grouped([named(id) for id in self.cell], None))
        self.pieces.append(Piece(name, outer, list(columns), certificate))

    def distinct_units(self) -> Scalar:
        return count_rows() if self.proven else exp.Count(this=exp.Distinct(expressions=[named(UNIT)]))

    # Putting it together

    def joined(self) -> exp.Select:
        base = self.renderer.source(self.leaf.people.relation).select(
            [aliased(scalar, id) for id, scalar in self.base.items()]
        )
        if self.leaf.asks_threshold_only:
            return self._climbed(base)
        pieces = [*self._first_pieces(), *self.pieces]
        common = [_common("base", base), *([_common(FEW, _few())] if self._looks_for_few else [])]
        if len(pieces) == 1:
            made = pieces[0].select
            made.set("with_", exp.With(expressions=common))
            return made
        made = exp.Select(expressions=self._columns(pieces), from_=exp.From(this=table_named(pieces[0].name)))
        made.set("joins", [self._join(pieces[0].name, piece) for piece in pieces[1:]])
        for piece in pieces:
            if piece.certificate is not None:
                common.append(_common(f"{piece.name}_cells", self._undecided(piece.certificate)))
            common.append(_common(piece.name, piece.select))
        made.set("with_", exp.With(expressions=common))
        return made

    def _climbed(self, base: exp.Select) -> exp.Select:
        """Nothing is asked of the units but whether they are enough."""
        assert not self.per_unit, "there is no number"
        assert not self.pieces, "there is no number"
        made = climbed(self.keys, UNITS, self.rows, self.rules.min_units)
        common = [_common("base", base), *rungs(self.keys, UNIT, self.rows, self.rules.min_units)]
        made.set("with_", exp.With(expressions=common))
        self.renderer.values.extend(FUNCTIONS)
        return made

    def _first_pieces(self) -> list[Piece]:
        """The piece that names the cells, and that of units. Where units tell all that is asked, theirs names them."""
        if self.proven:
            return [self._rows_piece()]
        of_units = self.rows.keys() <= self.summed.keys() and not self.leaf.groupings
        units_only = of_units and self.keys and self.leaf.sets is None and self.everybody
        if units_only:
            self.units |= self.summed
        units = self._units_piece()
        if units_only:
            self.asked_units.clear()
            return [Piece(units.name, units.select, [*self.cell, *units.columns])]
        return [self._rows_piece(), units]

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

    @property
    def _looks_for_few(self) -> bool:
        """Whether a row may meet the needs and its unit have another row. With marks, a unit's rows are all alike."""
        return not all(map(is_mark, self.leaf.needs))

    def _units_piece(self) -> Piece:
        few = _of_the_few() if self._looks_for_few else named(OTHER)
        somebody = [] if self.everybody else [is_there(UNIT)]
        each: exp.Expr = self._per_unit(self.per_unit, [*somebody, *([few] if self.leaf.needs else [])])
        each.set("group", self.group((UNIT,)))
        if self.leaf.needs:
            others = self._as_they_are([*somebody, exp.Not(this=few.copy())])
            each = exp.Union(this=others, expression=each, distinct=False)
        made = _from_all(each, "per_unit", self.cell, self.units)
        if self.cell:
            made.set("group", grouped([named(id) for id in self.cell], None))
        return Piece("units", made, list(self.units))

    def _as_they_are(self, where: list[Scalar]) -> exp.Select:
        """The rows that are the only ones of their units in a cell, once for each grouping set."""
        as_they_are = {id: of_one_row(scalar) for id, scalar in self.per_unit.items()}
        if SET not in self.cell:
            return self._per_unit(as_they_are, where)
        assert self.leaf.sets is not None, "their number is that of a grouping set"
        numbers = {_number_of(one, len(self.keys)): one for one in self.leaf.sets}
        keys = [
            aliased(_where_in(key, [number for number, one in numbers.items() if place in one]), key)
            for place, key in enumerate(self.keys)
        ]
        columns = [*keys, named(SET), *(aliased(scalar, id) for id, scalar in as_they_are.items())]
        return From(table_named("base"), [_listed_sets(numbers)], where).select(columns)

    def _per_unit(self, columns: Mapping[str, Scalar], where: list[Scalar]) -> exp.Select:
        made = From(table_named("base"), where=where).select(
            [
                *map(named, self.keys),
                *self.set_number(),
                *(aliased(scalar, id) for id, scalar in columns.items()),
            ]
        )
        if not made.expressions:
            made.set("expressions", [named(UNIT)])
        return made

    def _columns(self, pieces: list[Piece]) -> list[exp.Expr]:
        return [self._column(piece, id) for piece in pieces for id in piece.columns]

    def _undecided(self, certificate: Certificate) -> exp.Select:
        holds = exp.Coalesce(this=certificate.holds.copy(), expressions=[exp.false()])
        cells: list[exp.Expr] = [aliased(named(id), f"m_{id}") for id in self.keys]
        return From(table_named("rows"), where=[exp.Not(this=holds)]).select(cells or [number_literal(1)])

    def _column(self, piece: Piece, id: str) -> exp.Expr:
        """A column of a piece. A cell of nobody is missing in the units: asked how many they are, it is 0."""
        if piece.certificate is not None:
            certificate = piece.certificate
            return aliased(if_else(certificate.holds, certificate.instead[id], named(id)), id)
        if id in self.asked_units:
            return aliased(exp.Coalesce(this=named(id), expressions=[number_literal(0)]), id)
        return exp.Column(this=identifier(id), table=identifier(piece.name)) if id in self.cell else named(id)

    def _join(self, first: str, piece: Piece) -> exp.Join:
        same: Scalar = exp.true()
        for place, id in enumerate(self.cell):
            equal = exp.NullSafeEQ(
                this=exp.Column(this=identifier(id), table=identifier(first)),
                expression=exp.Column(this=identifier(id), table=identifier(piece.name)),
            )
            same = equal if place == 0 else exp.And(this=same, expression=equal)
        return exp.Join(this=table_named(piece.name), side="LEFT", on=same)

    def cells(self) -> Cells:
        return Cells(
            dimensions=(*self.keys, *self.leaf.groupings),
            units=UNITS,
            clusters=CLUSTERS if self.judges_clusters else None,
            measures=tuple(self.measures),
            grouping=SET if SET in self.cell else None,
            always_one_row=self.leaf.one_row,
        )


def _common(name: str, select: exp.Select) -> exp.CTE:
    return exp.CTE(this=select, alias=exp.TableAlias(this=identifier(name)))


def _from_all(source: exp.Expr, name: str, kept: Sequence[str], columns: Mapping[str, Scalar]) -> exp.Select:
    subselect = exp.Subquery(this=source, alias=exp.TableAlias(this=identifier(name)))
    return From(subselect).select(
        [*map(named, kept), *(aliased(scalar, id) for id, scalar in columns.items())]
    )


def _number_of(places: Sequence[int], keys: int) -> int:
    """What GROUPING(all keys) is in the grouping set of these: a bit for each key not in it, the first the highest."""
    return sum(1 << (keys - 1 - place) for place in range(keys) if place not in places)


def _where_in(key: str, numbers: Sequence[int]) -> Scalar:
    """The key in the grouping sets with these numbers, null in the others."""
    if not numbers:
        return only_if(exp.false(), named(key))
    return only_if(exp.In(this=named(SET), expressions=[number_literal(one) for one in numbers]), named(key))


def _listed_sets(numbers: Iterable[int]) -> exp.Join:
    """Every row once for each of the grouping sets."""
    rows = [exp.Tuple(expressions=[cast(number_literal(one), "BIGINT")]) for one in numbers]
    alias = exp.TableAlias(this=identifier("sets"), columns=[identifier(SET)])
    return exp.Join(this=exp.Values(expressions=rows, alias=alias), kind="CROSS")


def _few() -> exp.Select:
    made = From(table_named("base"), where=[named(OTHER), is_there(UNIT)]).select([named(UNIT)])
    made.set("distinct", exp.Distinct())
    return made


def _of_the_few() -> Scalar:
    few = From(table_named(FEW)).select([named(UNIT)])
    return exp.In(this=named(UNIT), query=exp.Subquery(this=few))


def other_rows(leaf: Leaf) -> Scalar:
    """Whether a row does not meet a need. What an outer join left without a row adds no second one."""
    unmet: Scalar | None = None
    for need in leaf.needs:
        missing = _missing(need, leaf)
        unmet = (
            missing
            if unmet is None
            else exp.Or(this=exp.Paren(this=unmet), expression=exp.Paren(this=missing))
        )
    assert unmet is not None, "there is a need"
    return unmet


def _missing(need: Need, leaf: Leaf) -> Scalar:
    nullable = need.on in leaf.people.nullable
    if is_mark(need):  # never null where there is a row
        unmarked = exp.Not(this=named(need.on))
        return exp.Coalesce(this=unmarked, expressions=[exp.false()]) if nullable else unmarked
    missing: Scalar = exp.Not(this=exp.Paren(this=meets(need.where, named(need.on))))
    field = leaf.people.bases[need.on].field
    if nullable and field is not None and field.never_null:
        missing = both(is_there(need.on), missing)
    return missing
