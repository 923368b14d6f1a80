"""Correlated aggregates: a scalar subquery over people that refers to the row around it becomes a join.

`(SELECT sum(e.sessions) FROM exclusion e WHERE e.person = p.person)` is that person's own summary; with other
equalities it is a protected leaf grouped by the inner sides. Either is joined to the rows around it where the sides are
equal. No row there is NULL, and 0 for a count of the person's own rows; a hidden cell is NULL.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from enclave.problems import MixesPeople
from enclave.query.aggregates import aggregate_name
from enclave.query.cutting import Cutting
from enclave.query.expressions import renamed
from enclave.query.joining import people_join, public_join
from enclave.query.open_rows import Open
from enclave.query.people_rows import People
from enclave.query.relations import (
    Aggregate,
    Aggregated,
    Defined,
    Distinct,
    Extend,
    Filter,
    Join,
    JoinKind,
    Limit,
    Relation,
    Rewrites,
    Rows,
    Scalar,
    Scan,
    SetOperation,
    Sort,
    StepRef,
    Subquery,
    all_of,
    column,
    column_id,
    column_ids,
    conjuncts,
)

_COUNTS = frozenset({"count", "count_if", "countif", "regr_count", "approx_count_distinct"})


def summarised(cut: Cutting, subquery: Subquery, people: People) -> tuple[People, Scalar]:
    """The rows with the subquery's aggregates beside them, and its value as a scalar over the rows."""
    extends, aggregate = _taken_apart(subquery)
    keys, outers, found = _leaf(cut, subquery, aggregate)
    on: list[Scalar] = [
        exp.EQ(this=outer.copy(), expression=column(key)) for outer, key in zip(outers, keys, strict=True)
    ]
    join = Join(Rows((), ((),)), Rows((), ((),)), JoinKind.LEFT, all_of(on), subquery.span)
    if isinstance(found, People):
        joined = people_join(cut, join, people, found, on, [])
    else:
        joined = replace(public_join(cut, join, people, found, on), by_safe=True)
    empty = isinstance(found, People) or cut.authorised.policy.rules.min_units <= 1
    values = {id: _value(cut, id, empty_is_zero=empty) for id in aggregate.aggregates}
    return joined, _output(cut, subquery, extends, values)


def _leaf(
    cut: Cutting, subquery: Subquery, aggregate: Aggregate
) -> tuple[tuple[str, ...], list[Scalar], People | Open]:
    """The aggregate by the inner sides of its equations: the groups, the outer sides, and what it is."""
    inner, pairs = _equations(subquery, aggregate)
    keys = tuple(cut.new_column("group", Defined(part.copy())) for part, _ in pairs)
    by_key = any(_is_unit_key(cut, part) for part, _ in pairs)
    grouped = replace(aggregate, source=inner, keys=keys, summary=by_key, grouped=True, span=subquery.span)
    cut.around.append(None)
    found = cut.rows(grouped, [])
    cut.around.pop()
    return keys, [outer for _, outer in pairs], found


def looked_up(cut: Cutting, subquery: Subquery) -> tuple[Relation, Scalar, frozenset[str]]:
    """For rows that are nobody's: the safe table of the subquery, kept to the row around, its value, and its steps."""
    extends, aggregate = _taken_apart(subquery)
    keys, outers, found = _leaf(cut, subquery, aggregate)
    if isinstance(found, People):
        raise _refused(subquery, "is over other fields than the key")
    same = all_of(
        exp.EQ(this=outer.copy(), expression=column(key)) for outer, key in zip(outers, keys, strict=True)
    )
    assert same is not None, "it is correlated"
    made = _output(cut, subquery, extends, {})
    return Filter(cut.materialised(found), same), made, found.steps


def _taken_apart(subquery: Subquery) -> tuple[list[Extend], Aggregate]:
    """What stands above the aggregate, the outermost first, and the aggregate."""
    extends: list[Extend] = []
    relation = subquery.relation
    while isinstance(relation, Extend):
        extends.append(relation)
        relation = relation.source
    if not isinstance(relation, Aggregate) or relation.grouped:
        raise _refused(subquery, "must be one aggregate without GROUP BY")
    return extends, relation


def _equations(subquery: Subquery, aggregate: Aggregate) -> tuple[Relation, list[tuple[Scalar, Scalar]]]:
    """The rows below the aggregate without the equations with the row around them, and these: (inner, outer)."""
    kept: list[Scalar] = []
    pairs: list[tuple[Scalar, Scalar]] = []
    source = aggregate.source
    while isinstance(source, Filter):
        for part in conjuncts(source.condition):
            if column_ids(part) & subquery.outer:
                pairs.append(_pair(subquery, part))
            else:
                kept.append(part)
        source = source.source
    if not pairs or any(column_ids(one) & subquery.outer for one in _scalars(source)):
        raise _refused(subquery, "refers to it in its WHERE alone, by equations")
    if any(next(part.find_all(exp.Placeholder), None) is not None for part in kept):
        raise _refused(subquery, "has no subquery of its own")
    condition = all_of(kept)
    return source if condition is None else Filter(source, condition), pairs


def _pair(subquery: Subquery, part: Scalar) -> tuple[Scalar, Scalar]:
    if isinstance(part, exp.EQ):
        for inner, outer in ((part.this, part.expression), (part.expression, part.this)):
            plain = not column_ids(inner) & subquery.outer and bool(column_ids(inner))
            if plain and column_ids(outer) and column_ids(outer) <= subquery.outer:
                return inner, outer
    raise _refused(subquery, "refers to it in its WHERE alone, by equations")


def _scalars(relation: Relation) -> Iterator[Scalar]:
    """The conditions inside FROM; computed columns of a query there cannot see the row around."""
    match relation:
        case Join():
            yield from _scalars(relation.left)
            yield from _scalars(relation.right)
            yield from conjuncts(relation.condition)
        case Filter():
            yield from _scalars(relation.source)
            yield from conjuncts(relation.condition)
        case Extend() | Aggregate() | Distinct() | Sort() | Limit():
            yield from _scalars(relation.source)
        case SetOperation():
            yield from _scalars(relation.left)
            yield from _scalars(relation.right)
        case Scan() | Rows() | StepRef():
            return


def _refused(subquery: Subquery, what: str) -> MixesPeople:
    return MixesPeople(
        detail=f"A value from other rows of people, looked up for each row, is offered where its subquery {what}. "
        "Aggregate in a WITH and join the result instead.",
        spans=(subquery.span,),
    )


def _is_unit_key(cut: Cutting, part: Scalar) -> bool:
    id = column_id(part)
    field = None if id is None else Rewrites(cut.columns).field(id)
    if field is None:
        return False
    table = cut.authorised.resolved.catalogue.tables[field.table]
    return table.unit is not None and field.name == table.key


def _value(cut: Cutting, id: str, *, empty_is_zero: bool) -> Scalar:
    origin = cut.columns[id].origin
    scalar: Scalar = column(id)
    if not empty_is_zero or not isinstance(origin, Aggregated):
        return scalar
    call = origin.expression.this if isinstance(origin.expression, exp.Filter) else origin.expression
    if aggregate_name(call) not in _COUNTS:
        return scalar
    return exp.Coalesce(this=scalar, expressions=[exp.Literal.number(0)])


def _output(
    cut: Cutting, subquery: Subquery, extends: Sequence[Extend], values: Mapping[str, Scalar]
) -> Scalar:
    """The subquery's value, down to its aggregates."""
    assert subquery.output is not None, "a value has a column"
    scalar: Scalar = column(subquery.output)
    for extend in extends:
        made = {}
        for id in extend.columns:
            origin = cut.columns[id].origin
            assert isinstance(origin, Defined), "Extend adds defined columns"
            made[id] = origin.expression
        scalar = renamed(scalar, made)
    scalar = renamed(scalar, values)
    if next(scalar.find_all(exp.Placeholder, exp.Window), None) is not None:
        raise _refused(subquery, "gives a plain value of its aggregates")
    return exp.Paren(this=scalar)
