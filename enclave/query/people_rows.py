"""Rows that each belong to one unit: what is known about them, and how filters and joins change it.

This is the heart of the planner's typing. `People.relation` holds no `Extend`: computed columns are kept as
`definitions` over base columns and put in wherever they are used, so that every condition, value and selector inside an
aggregate is seen down to catalogue fields.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

from sqlglot import exp

from enclave.catalogue.model import Field
from enclave.query.digits import AS_IT_IS, Digits
from enclave.query.expressions import renamed
from enclave.query.grain import Columns, Conditional, is_one, joined_grain, joined_rules, unmet, whole_join
from enclave.query.relations import (
    JoinKind,
    Relation,
    Scalar,
    Scan,
    column,
    column_id,
    column_ids,
    conjuncts,
)
from enclave.terms import Span


@dataclass(frozen=True, slots=True, eq=False)
class Linked:
    """A join in which at least one side is rows of people; conditions are over base columns."""

    left: "Rows_"
    right: "Rows_"
    kind: JoinKind
    condition: Scalar | None


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """The rows of people which meet a condition over base columns."""

    source: "Rows_"
    condition: Scalar


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """One row per unit (and further keys): a person's own summary. Key and aggregate ids are base columns above it."""

    source: "Rows_"
    keys: tuple[tuple[str, Scalar], ...]
    aggregates: tuple[tuple[str, Scalar], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Windowed:
    """The same rows with more columns, each a window over the rows of one unit: its own history."""

    source: "Rows_"
    columns: tuple[tuple[str, Scalar], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Stacked:
    """Rows of people one below the other (UNION ALL). A column is an id, and what it is made of on either side.

    `marks` are likewise: of the marks of the loader, and read only where somebody is counted by them.
    """

    left: "Rows_"
    right: "Rows_"
    columns: tuple[tuple[str, Scalar, Scalar], ...]
    marks: tuple[tuple[str, Scalar, Scalar], ...] = ()


Rows_: TypeAlias = Scan | Linked | Kept | Summary | Windowed | Stacked | Relation


@dataclass(frozen=True, slots=True)
class Size:
    """The greatest absolute value of a number, its digits after the point, and the type that DuckDB computes it in."""

    most: Decimal
    places: int
    type: str

    @property
    def floating(self) -> bool:
        """Floating-point numbers never overflow into an error."""
        return self.type == "DOUBLE"


FLOATING = Size(Decimal(0), 0, "DOUBLE")


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """A base column of people's rows.

    `fields` are all catalogue fields it is made of. `field` is set where it is one catalogue field, bare; `code` tells
    a code (or a boolean) from a measure; `public` columns come from public or safe tables.
    """

    id: str
    fields: frozenset[Field]
    field: Field | None
    code: bool
    public: bool
    key: bool
    boolean: bool
    conditioned: bool = False  # a per-person summary with conditions inside: clipped like a CASE
    counts: bool = False  # a person's own count of rows: the two-valued rule holds as for count(*)
    literal: bool = False  # written out in the reader's own VALUES
    inner_paths: tuple[str, ...] = ()  # boolean columns: which of its conditions any row of the person met
    inner_selectors: tuple[str, ...] = ()  # columns with the values of its selectors
    size: Size | None = None  # of a person's own aggregate, where it is known
    inner_terms: tuple[str, ...] = ()  # columns with each product that its argument is the sum of
    inner_bands: tuple[str, ...] = ()  # columns with what was rounded or bent in it
    inner_factors: tuple[str, ...] = ()  # columns with measures that others were multiplied by in it
    degree: int = 1  # the power of measures in it
    plain: bool = True  # a measure as it is, some of them added up, or picked
    digits: Digits = AS_IT_IS  # how large what stands in it is beside its measures
    made_of: frozenset[Field] = frozenset()  # of a computed measure: the fields whose values it carries

    @property
    def values(self) -> frozenset[Field]:
        """The fields whose values a measure carries."""
        if self.code or self.public or self.key:
            return frozenset()
        return self.made_of or (frozenset() if self.field is None else frozenset({self.field}))


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Rows of people. All column ids are of base columns, but for those of `definitions`.

    `keys` are columns known to hold the unit of the row; `key` is the scalar that counts it. `grain` are column sets
    without repeats, written with the representatives of `equal`; `constants` have one value only.
    """

    relation: Rows_
    bases: Mapping[str, Base]
    definitions: Mapping[str, Scalar]
    key: Scalar
    keys: Columns
    cluster: str | None
    grain: tuple[Columns, ...]
    conditional: tuple[Conditional, ...]
    constants: Columns
    equal: Mapping[str, str]
    copied: bool
    nullable: Columns
    filters: tuple[Scalar, ...]
    correlations: tuple[Scalar, ...]
    by_safe: bool
    nobody: bool  # some rows may belong to nobody: a public table was left-joined to people
    multiplied: tuple[Scalar, ...]  # keys of outer-joined sides of which one row here may find several
    subquery_fields: Mapping[str, frozenset[Field]]
    span: Span
    branches: tuple[Scalar, ...] = ()  # conditions: from which side of a UNION a row or a person came
    copying: Columns = frozenset()  # columns of public tables that copy rows
    found_by: Columns = frozenset()  # those of them by which a row finds its copies

    @property
    def copies(self) -> tuple[Scalar, ...]:
        """What decides how often a row is copied: the columns of public tables that joins and conditions look at."""
        asked = frozenset[str]().union(*(column_ids(part) for part in self.filters))
        return tuple(column(id) for id in sorted(self.found_by | (self.copying & asked)))

    def inline(self, node: Scalar) -> Scalar:
        """The scalar over base columns."""
        return renamed(node, self.definitions)

    def representative(self, id: str) -> str:
        return self.equal.get(id, id)

    def bare(self, node: Scalar) -> str | None:
        """The representative of a bare base column."""
        id = column_id(node)
        return None if id is None or id not in self.bases else self.representative(id)

    def key_ids(self, node: Scalar) -> bool:
        """Whether the scalar is the bare key of these rows."""
        id = column_id(node)
        return id is not None and id in self.keys


def counts_units(node: Scalar, people: People) -> bool:
    """Whether the scalar is the unit of these rows: a bare key, or what stands for it after a FULL JOIN."""
    return people.key_ids(node) or node == people.key


def defined(people: People, definitions: Mapping[str, Scalar]) -> People:
    """The same rows with further computed columns (already over base columns)."""
    return replace(people, definitions={**people.definitions, **definitions})


def kept(people: People, condition: Scalar) -> People:
    """The rows which meet a condition (over base columns); what it proves is kept."""
    parts = list(conjuncts(condition))
    outside = [part for part in parts if column_ids(part) - people.bases.keys()]
    constants = people.constants | {id for part in parts for id in _fixed(people, part)}
    rules = [Conditional(rule.columns, unmet(people, rule.needs, parts)) for rule in people.conditional]
    return replace(
        people,
        relation=Kept(people.relation, condition),
        constants=constants,
        grain=(*people.grain, *(rule.columns for rule in rules if not rule.needs)),
        conditional=tuple(rule for rule in rules if rule.needs),
        filters=(*people.filters, *parts),
        correlations=(*people.correlations, *outside),
    )


def _fixed(people: People, part: Scalar) -> Iterable[str]:
    """Columns that the condition pins to one constant."""
    if isinstance(part, exp.Column):
        found = people.bare(part)
        return (found,) if found is not None and people.bases[part.name].boolean else ()
    if isinstance(part, exp.EQ):
        for one, other in ((part.this, part.expression), (part.expression, part.this)):
            found = people.bare(one)
            if found is not None and _is_one_value(other, people.bases[one.name]):
                return (found,)
    if isinstance(part, exp.In) and len(part.expressions) == 1:
        found = people.bare(part.this)
        if found is not None and _is_one_value(part.expressions[0], people.bases[part.this.name]):
            return (found,)
    return ()


def _is_one_value(constant: Scalar, base: Base) -> bool:
    """Whether one value of the column alone equals the constant. As numbers, '1' and '01' are equal."""
    if isinstance(constant, exp.Boolean):
        return base.boolean
    if not isinstance(constant, exp.Literal) or base.field is None:
        return False
    return constant.is_string or kind_of(base.field) is not Kind.TEXT


class Kind(Enum):
    """Kinds of types that are compared value by value within themselves, and not with one another."""

    TEXT = "text"
    FLOAT = "float"
    EXACT = "exact"


def kind_of(field: Field) -> Kind:
    if "CHAR" in field.type:
        return Kind.TEXT
    return Kind.FLOAT if field.type in ("DOUBLE", "FLOAT", "REAL") else Kind.EXACT


def linked(
    left: People, right: People, kind: JoinKind, condition: Scalar, *, pairs: list[tuple[str, str]]
) -> People:
    """Two relations of people of one key class, joined. `pairs` are the equal columns (left, right), keys included."""
    equal = {**left.equal, **right.equal}
    if kind is JoinKind.INNER:
        for one, other in pairs:
            equal = _united(equal, one, other)
    joined = replace(
        left,
        relation=Linked(left.relation, right.relation, kind, condition),
        bases={**left.bases, **right.bases},
        definitions={**left.definitions, **right.definitions},
        key=_key(left, right, kind),
        keys=left.keys | right.keys,
        cluster=left.cluster if left.cluster is not None else right.cluster,
        equal=equal,
        constants=_constants(left, right, kind),
        copied=left.copied or right.copied,
        nullable=left.nullable | right.nullable | _nulled(left, right, kind),
        filters=(*left.filters, *right.filters, *conjuncts(condition))
        if kind is JoinKind.INNER
        else left.filters,
        correlations=(*left.correlations, *right.correlations),
        by_safe=left.by_safe or right.by_safe,
        nobody=left.nobody or right.nobody,
        multiplied=(*left.multiplied, *right.multiplied, *_multiplied(left, right, kind, pairs)),
        subquery_fields={**left.subquery_fields, **right.subquery_fields},
        branches=(*left.branches, *right.branches),
        copying=left.copying | right.copying,
        found_by=left.found_by | right.found_by,
        conditional=(),
        grain=(),
    )
    rules = joined_rules(left, right, kind, pairs)
    if kind is JoinKind.FULL and _on_the_key_alone(left, right, condition, pairs):
        rules = whole_join(left, right)
    conditional = tuple(
        Conditional(frozenset(joined.representative(id) for id in rule.columns), rule.needs)
        for rule in rules
        if rule.needs
    )
    sets = [*joined_grain(left, right, kind, pairs), *(rule.columns for rule in rules if not rule.needs)]
    grain = tuple(frozenset(joined.representative(id) for id in ids) for ids in sets)
    constants = frozenset(joined.representative(id) for id in joined.constants)
    if kind is JoinKind.INNER:
        spread = frozenset(id for id in joined.bases if joined.representative(id) in constants)
        constants = constants | spread
    return replace(joined, grain=grain, conditional=conditional, constants=constants)


def _on_the_key_alone(left: People, right: People, condition: Scalar, pairs: list[tuple[str, str]]) -> bool:
    """Whether ON is that the keys are equal, once: no row of a unit is left alone while the unit has one opposite.

    A key that an outer join left null stands for nobody only where it is what the rows are counted by.
    """
    if len(list(conjuncts(condition))) != 1 or len(pairs) != 1:
        return False
    return all(
        id in side.keys and (id not in side.nullable or id == column_id(side.key))
        for side, id in zip((left, right), pairs[0], strict=True)
    )


def _multiplied(
    left: People, right: People, kind: JoinKind, pairs: list[tuple[str, str]]
) -> Iterable[Scalar]:
    """Keys of the sides that an outer join may leave without a row, and of which it may take several.

    Then ON is a condition which decides how often a person counts, and nobody sees it in the number.
    """
    if kind in (JoinKind.LEFT, JoinKind.FULL) and not is_one(right, {other for _, other in pairs}):
        yield right.key
    if kind in (JoinKind.RIGHT, JoinKind.FULL) and not is_one(left, {one for one, _ in pairs}):
        yield left.key


def _united(equal: Mapping[str, str], one: str, other: str) -> dict[str, str]:
    first, second = equal.get(one, one), equal.get(other, other)
    merged = {id: (first if found == second else found) for id, found in equal.items()}
    merged[second] = first
    merged[other] = first
    merged.setdefault(one, first)
    return merged


def _key(left: People, right: People, kind: JoinKind) -> Scalar:
    if kind is JoinKind.RIGHT:
        return right.key
    if kind is JoinKind.FULL:
        return exp.Coalesce(this=left.key.copy(), expressions=[right.key.copy()])
    return left.key


def _nulled(left: People, right: People, kind: JoinKind) -> Columns:
    """Columns of the side that an outer join may leave without a row."""
    nulled: set[str] = set()
    if kind in (JoinKind.LEFT, JoinKind.FULL):
        nulled |= right.bases.keys()
    if kind in (JoinKind.RIGHT, JoinKind.FULL):
        nulled |= left.bases.keys()
    return frozenset(nulled)


def _constants(left: People, right: People, kind: JoinKind) -> Columns:
    """A constant of a side that may be missing has a second value: null."""
    constants: Columns = frozenset()
    if kind in (JoinKind.INNER, JoinKind.LEFT):
        constants |= left.constants
    if kind in (JoinKind.INNER, JoinKind.RIGHT):
        constants |= right.constants
    return constants
