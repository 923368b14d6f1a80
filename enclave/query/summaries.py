"""GROUP BY with the key: a person's own summary, which keeps what it was made of."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from sqlglot import exp

from enclave.catalogue.model import Field
from enclave.problems import (
    MixesPeople,
)
from enclave.query.conditions import bands, determined, fields_in, null_path, one_sided, paths, selectors
from enclave.query.cutting import Cutting, arguments, population_fields
from enclave.query.inside import (
    digits_in,
    has_measure,
    people_bases,
)
from enclave.query.open_rows import reads_public
from enclave.query.own_values import (
    are_plain,
    call_of,
    made_of,
    most_degrees,
    own_objections,
    own_shape,
    values_of,
)
from enclave.query.people_rows import (
    FLOATING,
    Base,
    People,
    Size,
    Summary,
)
from enclave.query.products import multiplied, products, weighed
from enclave.query.relations import (
    Aggregate,
    Aggregated,
    Defined,
    Given,
    Scalar,
    column,
    column_id,
    column_ids,
)
from enclave.query.sizes import SUM_DIGITS, size_of, sums_fit
from enclave.query.subqueries import people_scalar
from enclave.terms import Span


def summary_rows(cut: Cutting, relation: Aggregate, people: People) -> People:
    """GROUP BY with the key: a row per person, whose columns are new base columns."""
    cut.not_correlated(people, relation.span, within_condition=True)
    keys: list[tuple[str, Scalar]] = []
    bases: dict[str, Base] = {}
    key_ids: set[str] = set()
    for id in relation.keys:
        origin = cut.columns[id].origin
        assert isinstance(origin, Defined), "keys are defined columns"
        people, scalar = people_scalar(cut, origin.expression, people)
        cut.check(scalar, people)
        keys.append((id, scalar))
        bases[id] = _key_base(id, scalar, people)
        if people.key_ids(scalar):
            key_ids.add(id)
    _one_person_each([scalar for id, scalar in keys if id in key_ids], people, relation.span)
    aggregates: list[tuple[str, Scalar]] = []
    for id in relation.aggregates:
        people, scalar, base = _own_aggregate(cut, id, people)
        base, witnesses = with_witnesses(cut, base, scalar, people)
        aggregates.append((id, scalar))
        bases[id] = base
        for witness, made, made_base in witnesses:
            aggregates.append((witness, made))
            bases[witness] = made_base
    branches = _branches(cut, people)
    aggregates += [(id, scalar) for id, scalar, _ in branches]
    bases.update({id: base for id, _, base in branches})
    cluster = next((id for id, scalar in keys if column_id(scalar) == people.cluster), None)
    if cluster is None and people.cluster is not None:
        cluster, scalar, bases[cluster] = _least_cluster(cut, people.cluster, people)
        aggregates.append((cluster, scalar))
    cut.bases.update(bases)
    key = min(key_ids)
    return People(
        relation=Summary(people.relation, tuple(keys), tuple(aggregates)),
        bases=bases,
        definitions={},
        key=column(key),
        keys=frozenset(key_ids),
        cluster=cluster,
        grain=(frozenset(id for id, _ in keys),),
        conditional=(),
        constants=frozenset(),
        equal={},
        copied=people.copied and any(reads_public(scalar, people) for _, scalar in keys),
        nullable=frozenset(id for id in key_ids if people.nullable & column_ids(dict(keys)[id])),
        filters=(),
        correlations=people.correlations,
        by_safe=people.by_safe,
        nobody=people.nobody,
        multiplied=(),
        subquery_fields=people.subquery_fields,
        span=relation.span,
        branches=tuple(column(id) for id, _, _ in branches),
    )


def _branches(cut: Cutting, people: People) -> list[tuple[str, Scalar, Base]]:
    """From which sides of a UNION below a person comes: it may be from both."""
    return [
        witness(cut, "branch", exp.LogicalOr(this=test.copy()), fields_in(test, people), boolean=True)
        for test in people.branches
    ]


def _least_cluster(cut: Cutting, cluster: str, people: People) -> tuple[str, Scalar, Base]:
    """One cluster of each person, so that clusters are counted above a summary too: never more than there are."""
    fields = people.bases[cluster].fields if cluster in people.bases else frozenset[Field]()
    return witness(cut, "cluster", exp.Min(this=column(cluster)), fields, boolean=False)


def _one_person_each(keys: list[Scalar], people: People, span: Span) -> None:
    """A key which an outer join may leave null would put many people into one row."""
    if all(column_ids(key) & people.nullable for key in keys):
        raise MixesPeople(
            detail="After this outer join the key may be missing, and everybody without one would be one row. "
            "Group by the key of the table that keeps all its rows.",
            spans=(span,),
        )


def _key_base(id: str, scalar: Scalar, people: People) -> Base:
    """A group column of a person's summary. A computed one is a band: its values weigh like a selector's."""
    inner = people.bases.get(column_id(scalar) or "")
    if inner is not None:
        fields = inner.fields | (population_fields(people) if inner.key else frozenset())
        return replace(inner, id=id, fields=fields)
    fields = fields_in(scalar, people)
    code, literal = only_codes(scalar, people), _has_literals(scalar, people)
    made = Base(id, fields, None, code, public=not fields, key=False, boolean=False, literal=literal)
    if made.code or made.public:
        return made
    power, plain = most_degrees([scalar], people), are_plain([scalar], people)
    return replace(
        made,
        inner_selectors=(id,),
        degree=power,
        plain=plain,
        digits=digits_in([scalar], people),
        made_of=made_of([scalar], people),
    )


def _own_aggregate(cut: Cutting, id: str, people: People) -> tuple[People, Scalar, Base]:
    origin = cut.columns[id].origin
    assert isinstance(origin, Aggregated), "aggregates are aggregated columns"
    people, scalar = people_scalar(cut, origin.expression, people)
    call = scalar.this if isinstance(scalar, exp.Filter) else scalar
    cut.check_arguments(scalar, call, people)
    for objection in own_objections(scalar, people):
        cut.object(objection)
    return people, scalar, own_base(id, scalar, people)


def own_base(id: str, scalar: Scalar, people: People) -> Base:
    """What a person's own aggregate is: a code or a measure, and what it is made of."""
    call = call_of(scalar)
    boolean = isinstance(call, exp.LogicalOr | exp.LogicalAnd)
    code = boolean or _keeps_codes(call, people)
    fields = fields_in(scalar, people)
    fields |= population_fields(people)
    literal = _has_literals(scalar, people)
    counts = not code and _is_own_count(call, people)
    shape = own_shape(scalar, people)
    base = Base(id, fields, None, code, False, False, boolean, literal=literal, counts=counts)
    return replace(
        base,
        degree=shape.degree,
        plain=shape.plain,
        digits=shape.digits,
        inner_bands=(id,) if shape.bent and not code else (),
        made_of=made_of(arguments(scalar), people),
    )


def _is_own_count(call: Scalar, people: People) -> bool:
    """Whether the aggregate counts a person's rows: count, a sum of constants, or any aggregate of such counts."""
    if isinstance(call, exp.Count | exp.CountIf):
        return True
    if not isinstance(call, exp.Sum | exp.Avg | exp.Min | exp.Max | exp.Median):
        return False
    bases = people_bases(call.this, people)
    return determined(call.this, people) or (bool(bases) and all(base.counts for base in bases))


def with_witnesses(
    cut: Cutting, base: Base, scalar: Scalar, people: People
) -> tuple[Base, list[tuple[str, Scalar, Base]]]:
    """Columns beside a person's summary that keep what went into it: conditions met, selectors seen, copies."""
    made: list[tuple[str, Scalar, Base]] = []
    inner_paths: list[str] = []
    inner_selectors: list[str] = []
    missing = [exp.Is(this=key.copy(), expression=exp.Null()) for key in people.multiplied]
    for found in (*_inner_paths(scalar, people), *missing):
        met: Scalar = exp.Coalesce(this=found.copy(), expressions=[exp.false()])
        for name, condition in (("met", met), ("unmet", exp.Not(this=met.copy()))):
            fields = fields_in(found, people)
            made.append(witness(cut, name, exp.LogicalOr(this=condition), fields, boolean=True))
            inner_paths.append(made[-1][0])
    for value in (*_inner_selectors(scalar, people), *people.copies):
        for pick in (exp.Min, exp.Max):
            fields = fields_in(value, people)
            made.append(witness(cut, "selected", pick(this=value.copy()), fields, boolean=False))
            inner_selectors.append(made[-1][0])
    inner_bands = list(base.inner_bands)
    for value in _inner_bands(scalar, people):
        for pick in (exp.Min, exp.Max):
            made.append(
                witness(cut, "band", pick(this=value.copy()), fields_in(value, people), boolean=False)
            )
            inner_bands.append(made[-1][0])
    inner_factors: list[str] = []
    for value in _inner_factors(scalar, people):
        for pick in (exp.Min, exp.Max):
            fields = fields_in(value, people)
            made.append(witness(cut, "factor", pick(this=value.copy()), fields, boolean=False))
            inner_factors.append(made[-1][0])
    inner_terms: list[str] = []
    for term in _inner_terms(scalar, people):
        made.append(witness(cut, "term", term, fields_in(term, people), boolean=False))
        inner_terms.append(made[-1][0])
    if people.copied:
        made.append(witness(cut, "copies", exp.Count(this=exp.Star()), frozenset(), boolean=False))
        inner_selectors.append(made[-1][0])
    told = any(people.bases[id].conditioned for id in column_ids(scalar) if id in people.bases)
    conditioned = (bool(inner_paths) or told or _counts(scalar)) and not base.code
    base = replace(
        base,
        conditioned=conditioned,
        inner_paths=tuple(inner_paths),
        inner_selectors=tuple(inner_selectors),
        inner_terms=tuple(inner_terms),
        inner_bands=tuple(inner_bands),
        inner_factors=tuple(inner_factors),
        size=_size_of_own(scalar, cut.bases),
    )
    return base, made


def witness(
    cut: Cutting, name: str, scalar: Scalar, fields: frozenset[Field], *, boolean: bool
) -> tuple[str, Scalar, Base]:
    id = cut.new_column(name, Given())
    return id, scalar, Base(id, fields, None, True, False, False, boolean=boolean)


def _has_literals(node: Scalar, people: People) -> bool:
    """Whether numbers that the reader wrote into VALUES enter the scalar."""
    return any(base.literal for id in column_ids(node) if (base := people.bases.get(id)) is not None)


def only_codes(node: Scalar, people: People) -> bool:
    bases = [people.bases[part.name] for part in node.find_all(exp.Column) if part.name in people.bases]
    return bool(bases) and all(base.code for base in bases)


def _keeps_codes(call: Scalar, people: People) -> bool:
    """Whether a person's own aggregate is a code: made of codes and looked-up values alone, and no count."""
    if isinstance(call, exp.Count):
        return False
    parts = [part for part in values_of(call) if not isinstance(part, exp.Star)]
    return (
        any(only_codes(part, people) for part in parts)
        and not any(has_measure(part, people) for part in parts)
        and not all(determined(part, people) for part in parts)
    )


def _inner_paths(node: Scalar, people: People) -> list[Scalar]:
    """The conditions inside a person's own aggregate, its FILTER and the nulls that a count leaves out among them."""
    found: list[Scalar] = []
    for part in arguments(node):
        conditions = [] if isinstance(part, exp.Star) else [one.condition for one in paths(part, people)]
        found += [condition for condition in conditions if condition not in found]
    call = node.this if isinstance(node, exp.Filter) else node
    if isinstance(call, exp.Count) and not isinstance(
        call.this, exp.Star | exp.Distinct | exp.Literal | None
    ):
        there = null_path(call.this, people)
        found += [there.condition] if there is not None else []
    return found


def _inner_bands(node: Scalar, people: People) -> list[Scalar]:
    """What is rounded or bent inside a person's own aggregate, equal ones once."""
    call = call_of(node)
    if isinstance(call, exp.Count):
        return []
    found: list[Scalar] = []
    for part in values_of(call):
        for one in bands(part, products(part, people), people):
            if one.value not in found:
                found.append(one.value)
    return found


def _counts(node: Scalar) -> bool:
    """Whether a person's own aggregate counts rows: where people have one of two numbers, a sum tells how many."""
    call = node.this if isinstance(node, exp.Filter) else node
    return isinstance(call, exp.Count | exp.CountIf)


def _inner_factors(node: Scalar, people: People) -> list[Scalar]:
    """Measures that others are multiplied by inside a person's own aggregate."""
    call = call_of(node)
    if isinstance(call, exp.Count):
        return []
    parts = [part for part in values_of(call) if not isinstance(part, exp.Star)]
    return [factor for part in parts for factor in multiplied(products(part, people))]


def _inner_terms(node: Scalar, people: People) -> list[Scalar]:
    """Aggregates of each product that the argument of a person's own aggregate is the sum of."""
    call = call_of(node)
    if isinstance(call, exp.Count):
        return []
    found: list[Scalar] = []
    for term in (term for part in values_of(call) for term in own_terms(part, people)):
        made = exp.Sum(this=term) if isinstance(call, exp.Sum) else exp.Max(this=exp.Abs(this=term))
        found.append(
            exp.Filter(this=made, expression=node.expression.copy()) if isinstance(node, exp.Filter) else made
        )
    return found


def own_terms(argument: Scalar, people: People) -> tuple[Scalar, ...]:
    """The products that an argument is the sum of, where their weights are to be judged."""
    if not has_measure(argument, people):
        return ()
    return tuple(weighed(products(argument, people), people))


def _size_of_own(node: Scalar, bases: Mapping[str, Base]) -> Size | None:
    """The size of a person's own aggregate."""
    call = node.this if isinstance(node, exp.Filter) else node
    match call:
        case exp.Count() | exp.CountIf():
            return Size(Decimal(10) ** SUM_DIGITS, 0, "BIGINT")
        case exp.Sum() if isinstance(call.this, exp.Expr):
            inner = size_of(call.this, bases)
            if inner is None or inner.floating or not sums_fit(call.this, bases):
                return FLOATING if inner is not None and inner.floating else None
            kind = "DECIMAL" if inner.type == "DECIMAL" else "HUGEINT"
            return Size(inner.most * 10**SUM_DIGITS, inner.places, kind)
        case exp.Min() | exp.Max() | exp.AnyValue() | exp.Mode() | exp.First() | exp.Last():
            return size_of(call.this, bases)
        case exp.Median():  # of decimals a decimal, which overflows
            inner = size_of(call.this, bases)
            return inner if inner is None or inner.type == "DECIMAL" else FLOATING
        case exp.Avg() | exp.Stddev() | exp.StddevSamp() | exp.StddevPop():
            return FLOATING
        case _:
            return None


def _inner_selectors(node: Scalar, people: People) -> list[Scalar]:
    """The selectors inside a person's own aggregate, equal ones once."""
    call = node.this if isinstance(node, exp.Filter) else node
    if isinstance(call, exp.Count):
        return []
    found: list[Scalar] = []
    for part in arguments(call):
        found += [one.value for one in selectors(part, people) if one.value not in found]
    for part in values_of(call):
        sides = [] if isinstance(part, exp.Star) else one_sided(part, products(part, people))
        found += [condition for condition in sides if condition not in found]
    return found
