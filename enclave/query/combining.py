"""Set operations: of public and safe rows, of protected lists, and of people's own rows.

UNION ALL of two relations of people of one unit is rows of people again: the hidden key travels. From which branch a
row came is a condition that nobody sees in a number, so each branch is a path of every number above. With the key
among the columns, INTERSECT and EXCEPT are a person's distinct rows which EXISTS finds, or does not find, on the other
side; UNION is the distinct rows of UNION ALL. Without the key each side is a protected list.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from enclave.catalogue.model import Field
from enclave.problems import FunctionNotAllowed, MixesPeople
from enclave.query.conditions import bands, fields_in, one_sided, paths, selectors
from enclave.query.cutting import Cutting, population_fields
from enclave.query.cutting_leaves import grouped_by, listed
from enclave.query.digits import together
from enclave.query.histories import refuse_branches
from enclave.query.inside import digits_in, has_measure, is_condition
from enclave.query.open_rows import Open
from enclave.query.own_values import are_fields, made_of, most_degrees
from enclave.query.people_rows import Base, People, Size, Stacked, defined, kept
from enclave.query.products import multiplied, products
from enclave.query.protected import Inner
from enclave.query.relations import (
    Given,
    Rows,
    Scalar,
    SetKind,
    SetOperation,
    SubqueryKind,
    all_of,
    column,
    column_id,
    placeholder,
)
from enclave.query.sizes import size_of
from enclave.query.stacked_grain import are_apart, mark_base, told_apart
from enclave.query.standing import unit_in
from enclave.query.summaries import own_terms, summary_rows

Both = tuple[str, Scalar, Scalar, Base]
"""A column of stacked rows: its id, what it is in either branch, and what it is known to be."""


def combined_rows(cut: Cutting, relation: SetOperation) -> People | Open:
    left, right = cut.rows(relation.left, []), cut.rows(relation.right, [])
    people = [side for side in (left, right) if isinstance(side, People)]
    if isinstance(left, People) and isinstance(right, People):
        if relation.kind is SetKind.UNION_ALL:
            return _stacked(cut, relation, left, right)
        if _by_key(relation, left, right):
            return _of_persons(cut, relation, left, right)
    if people and relation.kind is SetKind.UNION_ALL:
        raise FunctionNotAllowed(
            detail="UNION ALL of people's rows with other rows would tell them apart. Aggregate the people first.",
            spans=(relation.span,),
        )
    sides = [
        listed(cut, side, columns, relation.span)
        for side, columns in ((left, relation.left_columns), (right, relation.right_columns))
    ]
    made = replace(relation, left=sides[0].relation, right=sides[1].relation)
    return Open(made, sides[0].steps | sides[1].steps)


def _by_key(relation: SetOperation, left: People, right: People) -> bool:
    """Whether the key stands opposite the key, so that rows of the same person are compared."""
    pairs = zip(relation.left_columns, relation.right_columns, strict=True)
    return any(
        left.key_ids(left.inline(column(one))) and right.key_ids(right.inline(column(other)))
        for one, other in pairs
    )


# UNION ALL


def _stacked(cut: Cutting, relation: SetOperation, left: People, right: People) -> People:
    _of_one_unit(relation, left, right)
    made = [
        both
        for id, one, other in zip(
            relation.columns, relation.left_columns, relation.right_columns, strict=True
        )
        for both in _column(cut, id, left.inline(column(one)), right.inline(column(other)), left, right)
    ]
    keys = frozenset(id for id, _, _, base in made if base.key)
    made.append(_travelling(cut, left, right))
    key = made[-1][0]
    multiplied = _multiplied(cut, left, right)
    made += multiplied
    copies = _copies(cut, left, right)
    made += copies
    tell, marker = _tells_branches(cut, relation, left, right)
    made += marker
    cluster = _cluster(cut, left, right)
    made += cluster
    columns = tuple((id, one, other) for id, one, other, _ in made)
    grain, conditional, marks = told_apart(cut, left, right, columns)
    bases = {id: base for id, _, _, base in made} | {id: mark_base(id) for id, *_ in marks}
    cut.bases.update(bases)
    return People(
        relation=Stacked(left.relation, right.relation, columns, marks),
        bases=bases,
        definitions={},
        key=column(key),
        keys=keys | {key},
        cluster=cluster[0][0] if cluster else None,
        grain=grain,
        conditional=conditional,
        constants=frozenset(),
        equal={},
        copied=left.copied or right.copied,
        nullable=frozenset(
            id for id, one, other, _ in made if _may_lack(one, left) or _may_lack(other, right)
        ),
        filters=(),
        correlations=(),
        by_safe=left.by_safe or right.by_safe,
        nobody=left.nobody or right.nobody,
        multiplied=tuple(column(id) for id, *_ in multiplied),
        subquery_fields={**left.subquery_fields, **right.subquery_fields},
        span=relation.span,
        branches=(tell, exp.Not(this=tell.copy())),
        found_by=frozenset(id for id, *_ in copies),
    )


def _of_one_unit(relation: SetOperation, left: People, right: People) -> None:
    if unit_in(left.relation) != unit_in(right.relation):
        raise MixesPeople(
            detail="The two sides are rows of different units. Aggregate each side first.",
            spans=(relation.span,),
        )
    if left.correlations or right.correlations:
        raise MixesPeople(
            detail="A UNION inside a subquery cannot refer to the query around it.", spans=(relation.span,)
        )
    for side in (left, right):
        refuse_branches(side, relation.span)


def _may_lack(node: Scalar, people: People) -> bool:
    return column_id(node) in people.nullable or isinstance(node, exp.Null)


def _column(cut: Cutting, id: str, one: Scalar, other: Scalar, left: People, right: People) -> list[Both]:
    """A column of the result, with the conditions and selectors that went into it in columns beside it."""
    beside: list[Both] = []
    inner_paths, inner_selectors, inner_terms, inner_bands, inner_factors = [], [], [], [], []
    keys = left.key_ids(one) and right.key_ids(other)
    for side, node, people in ((0, one, left), (1, other, right)):
        if not keys:  # the key opposite something else would be a value
            cut.check_condition(node, people)
        for path in paths(node, people):
            if not is_condition(node, people):
                met: Scalar = exp.Coalesce(this=path.condition.copy(), expressions=[exp.false()])
                beside.append(_witness(cut, "met", met, side, people, boolean=True))
                inner_paths.append(beside[-1][0])
        parts = products(node, people)
        weights = [*(found.value for found in selectors(node, people)), *one_sided(node, parts)]
        for value in weights:
            beside.append(_witness(cut, "selected", value, side, people, boolean=False))
            inner_selectors.append(beside[-1][0])
        for factor in multiplied(parts):
            beside += [_witness(cut, "factor", factor, side, people, boolean=False) for _ in range(2)]
            inner_factors += [one for one, *_ in beside[-2:]]
        for found in bands(node, parts, people):
            beside.append(_witness(cut, "band", found.value, side, people, boolean=False))
            inner_bands.append(beside[-1][0])
        for term in own_terms(node, people):
            beside.append(_witness(cut, "term", term, side, people, boolean=False))
            inner_terms.append(beside[-1][0])
    base = replace(
        _base(id, (one, left), (other, right)),
        inner_paths=tuple(inner_paths),
        inner_selectors=tuple(inner_selectors),
        inner_terms=tuple(inner_terms),
        inner_bands=tuple(inner_bands),
        inner_factors=tuple(inner_factors),
    )
    return [(id, one, other, base), *beside]


def _witness(cut: Cutting, name: str, value: Scalar, side: int, people: People, *, boolean: bool) -> Both:
    """A column that one branch has; in the other it is false, or null."""
    id = cut.new_column(name, Given())
    absent: Scalar = exp.false() if boolean else exp.Null()
    base = Base(id, fields_in(value, people), None, True, False, False, boolean=boolean)
    pair = (value.copy(), absent) if side == 0 else (absent, value.copy())
    return (id, *pair, base)


def _base(id: str, *sides: tuple[Scalar, People]) -> Base:
    """What is known of a column: what both branches agree on."""
    bases = [people.bases.get(column_id(node) or "") for node, people in sides]
    fields = frozenset[Field]().union(*(fields_in(node, people) for node, people in sides))
    key = all(people.key_ids(node) for node, people in sides)
    if key:
        fields = fields.union(*(population_fields(people) for _, people in sides))
    known = [base.field for base in bases if base is not None and base.field is not None]
    same = len(known) == len(sides) and len({field.ref for field in known}) == 1
    return Base(
        id,
        fields,
        known[0] if same else None,
        code=not any(has_measure(node, people) for node, people in sides),
        public=False,
        key=key,
        boolean=all(is_condition(node, people) for node, people in sides),
        conditioned=any(base is None or base.conditioned for base in bases),
        counts=any(base is not None and base.counts for base in bases),
        literal=any(_written(node, people) for node, people in sides),
        size=_size(sides),
        degree=max(most_degrees([node], people) for node, people in sides),
        plain=all(are_fields(node, people) for node, people in sides),
        digits=together([digits_in([node], people) for node, people in sides]),
        made_of=frozenset[Field]().union(*(made_of([node], people) for node, people in sides)),
    )


def _written(node: Scalar, people: People) -> bool:
    """Whether numbers that the reader wrote are values of the column."""
    if isinstance(node, exp.Literal) and not node.is_string:
        return True
    return any(
        people.bases[part.name].literal for part in node.find_all(exp.Column) if part.name in people.bases
    )


def _size(sides: Sequence[tuple[Scalar, People]]) -> Size | None:
    sizes = [size_of(node, people.bases) for node, people in sides]
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes) or len({size.type for size in known}) != 1:
        return None
    return Size(max(size.most for size in known), max(size.places for size in known), known[0].type)


def _travelling(cut: Cutting, left: People, right: People) -> Both:
    """The hidden key."""
    id = cut.new_column("key", Given())
    fields = population_fields(left) | population_fields(right)
    base = Base(id, fields, None, False, False, True, boolean=False)
    return id, left.key.copy(), right.key.copy(), base


def _multiplied(cut: Cutting, left: People, right: People) -> list[Both]:
    """What outer joins inside a branch may not have found goes on deciding how often a person counts."""
    found = []
    for side, people in ((0, left), (1, right)):
        for key in people.multiplied:
            id = cut.new_column("found", Given())
            there: Scalar = exp.Literal.number(1)
            base = Base(
                id,
                fields_in(key, people) | population_fields(people),
                None,
                True,
                False,
                False,
                boolean=False,
            )
            pair = (key.copy(), there) if side == 0 else (there, key.copy())
            found.append((id, *pair, base))
    return found


def _copies(cut: Cutting, left: People, right: People) -> list[Both]:
    """What decides inside a branch how often a row is copied."""
    sides = ((0, left), (1, right))
    return [
        _witness(cut, "copies", one, side, people, boolean=False)
        for side, people in sides
        for one in people.copies
    ]


def _tells_branches(
    cut: Cutting, relation: SetOperation, left: People, right: People
) -> tuple[Scalar, list[Both]]:
    """A condition that is true in one branch alone. Where a column of the result names the branch, it is made of that
    column, so that a reader who groups by it is told nothing more."""
    for id, one, other in zip(relation.columns, relation.left_columns, relation.right_columns, strict=True):
        texts = [left.inline(column(one)), right.inline(column(other))]
        if all(isinstance(text, exp.Literal) for text in texts) and are_apart(texts[:1], texts[1:]):
            return exp.EQ(this=column(id), expression=texts[0].copy()), []
    id = cut.new_column("branch", Given())
    fields = population_fields(left) | population_fields(right)
    base = Base(id, fields, None, True, False, False, boolean=True)
    return column(id), [(id, exp.true(), exp.false(), base)]


def _cluster(cut: Cutting, left: People, right: People) -> list[Both]:
    """The cluster. Where the sides have not the same kind of it, that of one side counts: rather too few than none."""
    ids = [_cluster_of(left), _cluster_of(right)]
    known = [base for base in ids if base is not None]
    if not known:
        return []
    names = [{field.name for field in base.fields} for base in known]
    if len(known) > 1 and names[0] != names[1]:
        ids[1] = None
    pair = [exp.Null() if base is None else column(base.id) for base in ids]
    fields = frozenset[Field]().union(*(base.fields for base in ids if base is not None))
    id = cut.new_column("cluster", Given())
    return [(id, pair[0], pair[1], Base(id, fields, None, True, False, False, boolean=False))]


def _cluster_of(people: People) -> Base | None:
    return None if people.cluster is None else people.bases.get(people.cluster)


# With the key among the columns


def _of_persons(cut: Cutting, relation: SetOperation, left: People, right: People) -> People:
    if relation.kind is SetKind.UNION:
        stacked = _stacked(cut, relation, left, right)
        return _distinct(cut, relation, stacked, relation.columns)
    for side, columns in ((left, relation.left_columns), (right, relation.right_columns)):
        _whole_keys(relation, side, columns)
    own = _distinct(cut, relation, left, relation.left_columns)
    same = [
        _same(own.inline(column(one)), right.inline(column(other)), own)
        for one, other in zip(relation.left_columns, relation.right_columns, strict=True)
    ]
    condition = all_of(same)
    assert condition is not None, "a set operation has columns"
    cut.around.append(own)
    cut.check_condition(condition, right)
    cut.around.pop()
    found = kept(right, condition)
    id = f"s{len(cut.query.subqueries) + len(cut.inners)}"
    cut.inners[id] = Inner(SubqueryKind.EXISTS, found, None, None, None)
    own = replace(own, subquery_fields={**own.subquery_fields, id: population_fields(found)})
    there: Scalar = placeholder(id)
    if relation.kind is SetKind.EXCEPT:
        there = exp.Not(this=there)
    names = {
        new: own.inline(column(old)) for old, new in zip(relation.left_columns, relation.columns, strict=True)
    }
    return defined(kept(own, there), names)


def _whole_keys(relation: SetOperation, side: People, columns: Sequence[str]) -> None:
    """A key that an outer join may leave null is nobody's: two of them are not the same person's."""
    keys = [
        id for one in columns if (id := column_id(side.inline(column(one)))) is not None and id in side.keys
    ]
    if side.correlations or all(id in side.nullable for id in keys):
        raise MixesPeople(
            detail="After this outer join the key may be missing. Use IN or EXISTS on the key of the table that keeps "
            "all its rows.",
            spans=(relation.span,),
        )


def _same(one: Scalar, other: Scalar, own: People) -> Scalar:
    equal = exp.EQ if own.key_ids(one) else exp.NullSafeEQ
    return equal(this=other.copy(), expression=one.copy())


def _distinct(cut: Cutting, relation: SetOperation, people: People, columns: Sequence[str]) -> People:
    """A person's distinct rows, the columns going by the names that they had."""
    aggregate = grouped_by(cut, tuple(columns), Rows((), ((),)), relation.span, summary=True)
    made = summary_rows(cut, aggregate, people)
    return defined(made, {old: column(new) for old, new in zip(columns, aggregate.keys, strict=True)})
