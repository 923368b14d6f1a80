"""Joins: public with anything, people with people by the key alone."""

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from enclave.catalogue.model import Field
from enclave.problems import (
    MixesPeople,
    Problem,
)
from enclave.query.conditions import fields_in
from enclave.query.cutting import Cutting, population_fields
from enclave.query.grain import beside_public
from enclave.query.open_rows import Open, literal_kind, provided, unique_sets
from enclave.query.people_rows import (
    Base,
    Kind,
    Linked,
    People,
    kind_of,
    linked,
)
from enclave.query.relations import (
    Join,
    JoinKind,
    Relation,
    Rewrites,
    Scalar,
    Scan,
    all_of,
    column,
    column_id,
    column_ids,
    conjuncts,
)
from enclave.query.subqueries import open_scalar, people_scalar, writes_numbers
from enclave.terms import Fix


def joined_rows(cut: Cutting, relation: Join, pending: list[Scalar]) -> People | Open:
    on = list(conjuncts(relation.condition))
    left_on = on if relation.kind in (JoinKind.INNER, JoinKind.RIGHT) else []
    right_on = on if relation.kind in (JoinKind.INNER, JoinKind.LEFT) else []
    inner = relation.kind in (JoinKind.INNER, JoinKind.CROSS)
    left = side_of(
        cut, relation.left, pending if inner or relation.kind is JoinKind.LEFT else [], left_on, on
    )
    right = side_of(
        cut, relation.right, pending if inner or relation.kind is JoinKind.RIGHT else [], right_on, on
    )
    if isinstance(left, Open) and isinstance(right, Open):
        return _open_join(cut, relation, left, right, on)
    if isinstance(left, People) and isinstance(right, People):
        return people_join(cut, relation, left, right, on, pending if inner else [])
    return public_join(cut, relation, left, right, on, pending if inner else [])


def side_of(
    cut: Cutting, relation: Relation, pending: list[Scalar], usable: list[Scalar], on: list[Scalar]
) -> People | Open:
    """One side of a join, with the conditions that it alone can answer."""
    together = [*pending, *usable]
    typed = cut.rows(relation, together)
    left = {id(condition) for condition in together}
    pending[:] = [condition for condition in pending if id(condition) in left]
    used = [condition for condition in usable if id(condition) not in left]
    on[:] = [condition for condition in on if all(condition is not other for other in used)]
    return typed


def _open_join(cut: Cutting, relation: Join, left: Open, right: Open, on: list[Scalar]) -> Open:
    condition, steps = open_scalar(cut, _and(on)) if on else (None, frozenset())
    kind = relation.kind
    if condition is None and kind is not JoinKind.CROSS:
        condition = exp.true()
    joined = Join(left.relation, right.relation, kind, condition, relation.span)
    return Open(joined, left.steps | right.steps | steps)


def people_join(
    cut: Cutting, relation: Join, left: People, right: People, on: list[Scalar], pending: list[Scalar]
) -> People:
    both = replace(
        left,
        bases={**left.bases, **right.bases},
        definitions={**left.definitions, **right.definitions},
        keys=left.keys | right.keys,
        nullable=left.nullable | right.nullable,
        subquery_fields={**left.subquery_fields, **right.subquery_fields},
    )
    parts = [both.inline(part) for part in [*on, *pending]]
    pairs = [pair for part in parts if (pair := _pair(part, left, right)) is not None]
    if not any(one in left.keys and other in right.keys for one, other in pairs):
        cut.problems.append(_unlinked(cut, relation, right))  # and go on looking: the query is refused
    condition: Scalar | None = None
    for part in on:
        both, inlined = _on_scalar(cut, part, both)
        cut.check_condition(inlined, both)
        condition = inlined if condition is None else exp.And(this=condition, expression=inlined)
    kind = JoinKind.INNER if relation.kind is JoinKind.CROSS else relation.kind
    joined = linked(left, right, kind, condition if condition is not None else exp.true(), pairs=pairs)
    definitions = {**joined.definitions, **_guarded(left, right, kind)}
    joined = replace(joined, definitions=definitions, subquery_fields=both.subquery_fields)
    return _missing_tells(joined, left, right, condition)


def _on_scalar(cut: Cutting, part: Scalar, people: People) -> tuple[People, Scalar]:
    """A part of ON over base columns. A value looked up for each row would need the join to have been made."""
    made, inlined = people_scalar(cut, part, people)
    if made.relation is not people.relation:
        raise MixesPeople(
            detail="A subquery that is looked up for each row cannot stand in ON. Put it into WHERE, or aggregate in a "
            "WITH and join the result.",
            spans=(cut.span(part),),
        )
    return made, inlined


def _missing_tells(joined: People, left: People, right: People, condition: Scalar | None) -> People:
    """A null where an outer join found no row tells what the other side was filtered by, and of being in it."""
    bases = dict(joined.bases)
    on = fields_in(condition, joined) if condition is not None else frozenset[Field]()
    for side in (left, right):
        gone = side.bases.keys() & joined.nullable
        fields = population_fields(side) | on
        bases.update({id: replace(bases[id], fields=bases[id].fields | fields) for id in gone})
    return replace(joined, bases=bases)


def _unlinked(cut: Cutting, relation: Join, right: People) -> Problem:
    key = cut.columns[next(iter(right.keys))].name
    return MixesPeople(
        detail=f"Rows of people are joined without {key} = {key}, so that one person's row meets another's. "
        f"Join on {key}, or aggregate one side first and join the result.",
        spans=(relation.span,),
        fixes=(Fix(f"Add {key} to the ON or USING of this join"),),
    )


def public_join(
    cut: Cutting,
    relation: Join,
    left: People | Open,
    right: People | Open,
    on: list[Scalar],
    pending: Sequence[Scalar] = (),
) -> People:
    """Rows of people, each with the public rows that it meets. `pending` are conditions of the WHERE above."""
    people, other = (left, right) if isinstance(left, People) else (right, left)
    assert isinstance(people, People), "one side is people"
    assert isinstance(other, Open), "the other is open"
    flipped = isinstance(left, Open)
    kind = _flipped(relation.kind) if flipped else relation.kind
    table = cut.materialised(other)
    ids = provided(table)
    safe = bool(other.steps)
    written = writes_numbers(cut, table)
    joined = replace(people, bases={**people.bases, **_public_bases(table, ids, written=written)})
    condition: Scalar | None = None
    for part in on:
        joined, inlined = _on_scalar(cut, part, joined)
        cut.check_condition(inlined, joined)
        condition = inlined if condition is None else exp.And(this=condition, expression=inlined)
    if condition is None and kind is not JoinKind.CROSS:
        condition = exp.true()
    joined = _looked_up(joined, ids, condition)
    equal = [*conjuncts(condition), *map(joined.inline, pending)]
    equated = {two for part in equal if (two := _equated(cut, part, table, joined)) is not None}
    sets = unique_sets(table)
    single = any(unique <= equated for unique in sets)
    nullable = frozenset(ids) if kind in (JoinKind.LEFT, JoinKind.FULL) else frozenset()
    if kind in (JoinKind.RIGHT, JoinKind.FULL):
        nullable |= frozenset(people.bases)
    link = Linked(people.relation, table, kind, condition)
    grain, conditional = beside_public(
        people, (frozenset(),) if single else sets, nobody=kind not in _KEEPING
    )
    return replace(
        joined,
        relation=link if not flipped else Linked(table, people.relation, relation.kind, condition),
        grain=grain,
        conditional=conditional,
        copied=people.copied or not single,
        copying=people.copying if single else people.copying | ids,
        found_by=people.found_by if single else people.found_by | _looked_at(equal, ids),
        constants=people.constants if kind in _KEEPING else frozenset(),
        nullable=people.nullable | nullable,
        by_safe=people.by_safe or (safe and kind in (JoinKind.INNER, JoinKind.CROSS)),
        nobody=people.nobody or kind in (JoinKind.RIGHT, JoinKind.FULL),
        filters=(*people.filters, *conjuncts(condition)) if kind is JoinKind.INNER else people.filters,
    )


def _looked_at(conditions: Sequence[Scalar], ids: frozenset[str]) -> frozenset[str]:
    return frozenset[str]().union(*(column_ids(part) & ids for part in conditions))


_KEEPING = (JoinKind.INNER, JoinKind.LEFT, JoinKind.CROSS)
"""Joins with public rows that make no row of nobody."""


def beside_safe(cut: Cutting, people: People, table: Relation, pairs: Sequence[tuple[Scalar, str]]) -> People:
    """The same rows, each with the one row of a safe table in which its groups are the same, or with none.

    `pairs` are a scalar over the rows and the group column of the table that is made of it, for every group column.
    """
    same: list[Scalar] = [exp.NullSafeEQ(this=part.copy(), expression=column(id)) for part, id in pairs]
    condition = all_of(same)
    kind = JoinKind.CROSS if condition is None else JoinKind.LEFT
    ids = provided(table)
    bases = _public_bases(table, ids, written=writes_numbers(cut, table))
    joined = replace(people, bases={**people.bases, **bases})
    joined = _looked_up(joined, ids, condition)
    return replace(
        joined,
        relation=Linked(people.relation, table, kind, condition),
        nullable=people.nullable | (ids if kind is JoinKind.LEFT else frozenset()),
        by_safe=True,
    )


def _equated(cut: Cutting, part: Scalar, table: Relation, joined: People) -> str | None:
    """The public column of which the condition lets one value through, for each row of people."""
    if not isinstance(part, exp.EQ):
        return None
    ids = provided(table)
    for one, other in ((part.this, part.expression), (part.expression, part.this)):
        id = column_id(one)
        if id is not None and id in ids and not column_ids(other) & ids:
            field = Rewrites(cut.columns).field(id)
            kind = literal_kind(table, id) if field is None else kind_of(field)
            if kind is not None and _tells_one(kind, other, joined):
                return id
    return None


def _looked_up(joined: People, ids: frozenset[str], condition: Scalar | None) -> People:
    """A looked-up value tells of the people's fields by which it was found."""
    if condition is None:
        return joined
    fields = fields_in(condition, joined)
    bases = {id: replace(joined.bases[id], fields=joined.bases[id].fields | fields) for id in ids}
    return replace(joined, bases={**joined.bases, **bases})


def _public_bases(table: Relation, ids: frozenset[str], *, written: bool) -> dict[str, Base]:
    fields = (
        {id: table.table.fields[name] for name, id in table.columns.items()}
        if isinstance(table, Scan)
        else {}
    )
    return {
        id: Base(id, frozenset(), fields.get(id), True, True, False, boolean=False, literal=written)
        for id in sorted(ids, key=lambda id: int(id[1:]))
    }


def _and(parts: list[Scalar]) -> Scalar:
    result = parts[0]
    for part in parts[1:]:
        result = exp.And(this=result, expression=part)
    return result


def _flipped(kind: JoinKind) -> JoinKind:
    return {JoinKind.LEFT: JoinKind.RIGHT, JoinKind.RIGHT: JoinKind.LEFT}.get(kind, kind)


def _pair(part: Scalar, left: People, right: People) -> tuple[str, str] | None:
    """Base columns (left, right) that the condition makes equal."""
    if not isinstance(part, exp.EQ):
        return None
    one, other = column_id(part.this), column_id(part.expression)
    if one is None or other is None:
        return None
    if one in left.bases and other in right.bases and _compare_exactly(left.bases[one], right.bases[other]):
        return one, other
    if other in left.bases and one in right.bases and _compare_exactly(left.bases[other], right.bases[one]):
        return other, one
    return None


def _compare_exactly(one: Base, other: Base) -> bool:
    """Whether equal means the same value: compared with a number, the texts '1' and '01' are equal."""
    if one.key and other.key:
        return True
    return one.field is not None and other.field is not None and kind_of(one.field) is kind_of(other.field)


def _tells_one(kind: Kind, other: Scalar, people: People) -> bool:
    """Whether one value of the kind alone can equal a value of the scalar."""
    base = people.bases.get(column_id(other) or "")
    if base is not None and base.field is not None:
        return kind_of(base.field) is kind
    if kind is Kind.TEXT:
        return isinstance(other, exp.Literal) and other.is_string
    return kind is Kind.EXACT


def _guarded(left: People, right: People, kind: JoinKind) -> dict[str, Scalar]:
    """Computed columns of a side that an outer join may leave without a row: null there, whatever they compute."""
    guarded: dict[str, Scalar] = {}
    sides = []
    if kind in (JoinKind.LEFT, JoinKind.FULL):
        sides.append(right)
    if kind in (JoinKind.RIGHT, JoinKind.FULL):
        sides.append(left)
    for side in sides:
        for id, scalar in side.definitions.items():
            if column_id(scalar) is None:
                there = exp.Not(this=exp.Is(this=side.key.copy(), expression=exp.Null()))
                guarded[id] = exp.Case(ifs=[exp.If(this=there, true=scalar.copy())])
    return guarded
