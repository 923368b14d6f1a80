"""Aggregates and DISTINCT: where people's rows stop being about one person."""

from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp

from enclave.disclosure.asked import MOMENTS
from enclave.problems import (
    FunctionNotAllowed,
    Problem,
    ValueOfOnePerson,
)
from enclave.query.cutting import Cutting
from enclave.query.cutting_values import Groups, with_values
from enclave.query.dialect import DUCKDB
from enclave.query.inside import has_measure
from enclave.query.leaf_steps import leaf_step
from enclave.query.leaves import Number, always_grouped
from enclave.query.naming import names_added
from enclave.query.number_protection import Request, request
from enclave.query.numbers import Refused, number
from enclave.query.open_rows import Open
from enclave.query.people_rows import (
    People,
    defined,
)
from enclave.query.quantiles import quantiles_of, single
from enclave.query.relations import (
    Aggregate,
    Aggregated,
    Defined,
    Distinct,
    Extend,
    Given,
    Relation,
    Rows,
    Scalar,
    column,
    column_ids,
)
from enclave.query.sizes import size_of
from enclave.query.subqueries import open_scalar, people_scalar
from enclave.query.summaries import summary_rows
from enclave.query.values import Shown, shown_values
from enclave.terms import Edit, Fix, Span


def grouped_rows(cut: Cutting, relation: Aggregate) -> People | Open:
    typed = cut.rows(relation.source, [])
    if isinstance(typed, Open):
        return _open_aggregate(cut, relation, typed)
    if relation.summary:
        return summary_rows(cut, relation, typed)
    return cut_leaf(cut, relation, typed)


def _open_aggregate(cut: Cutting, relation: Aggregate, typed: Open) -> Open:
    steps = typed.steps
    for id in (*relation.keys, *relation.aggregates):
        origin = cut.columns[id].origin
        assert isinstance(origin, Defined | Aggregated), "keys and aggregates have expressions"
        inner, more = open_scalar(cut, origin.expression)
        cut.columns[id] = replace(cut.columns[id], origin=type(origin)(inner))
        steps |= more
    return Open(replace(relation, source=typed.relation), steps)


def cut_leaf(cut: Cutting, relation: Aggregate, people: People) -> Open:
    cut.not_correlated(people, relation.span, within_condition=False)
    keys: list[tuple[str, Scalar]] = []
    constant: list[str] = []
    positions: dict[int, int] = {}
    for place, id in enumerate(relation.keys):
        origin = cut.columns[id].origin
        assert isinstance(origin, Defined), "keys are defined columns"
        people, scalar = people_scalar(cut, origin.expression, people)
        cut.check(scalar, people)
        if relation.sets is None and not column_ids(scalar) and not list(scalar.find_all(exp.Placeholder)):
            constant.append(id)
            continue
        positions[place] = len(keys)
        keys.append((id, scalar))
    return leaf_over(cut, relation, people, tuple(keys), constant, positions)


def leaf_over(
    cut: Cutting,
    relation: Aggregate,
    people: People,
    keys: tuple[tuple[str, Scalar], ...],
    constant: list[str],
    positions: dict[int, int],
) -> Open:
    if not keys and not relation.aggregates:
        raise FunctionNotAllowed(
            detail="The query asks for no statistic: add count(*) or group by a field.",
            spans=(relation.span,),
        )
    grouped = always_grouped(keys, relation.sets)
    numbers: list[Number] = []
    lists: dict[str, Scalar] = {}
    values: list[Shown] = []
    for id in relation.aggregates:
        people, scalar = _checked(cut, id, people)
        if scalar is None:
            continue
        value = shown_values(id, scalar, people)
        if value is not None:
            values.append(value)
            continue
        found = _numbers_of(cut, id, scalar, people, grouped)
        numbers += found
        if [one.id for one in found] != [id]:
            lists[id] = list_of(found)
    _few_points(cut, numbers)
    groupings = {id: tuple(positions[place] for place in found) for id, found in relation.groupings.items()}
    numbering = cut.new_column("grouping", Given()) if values and relation.sets is not None else None
    if numbering is not None:
        groupings[numbering] = tuple(range(len(keys)))
    ref: Relation | None = None
    steps: frozenset[str] = frozenset()
    if numbers or keys or not values:
        made = leaf_step(
            cut,
            people,
            keys,
            numbers,
            sets=relation.sets,
            groupings=groupings,
            one_row=not relation.grouped,
            span=relation.span,
        )
        ref, steps = made, frozenset({made.step})
    if values:
        groups = Groups(people, keys, relation.sets, numbering, relation.span)
        ref, more = with_values(cut, groups, values, ref)
        steps |= more
    assert ref is not None, "a leaf gives numbers or values"
    if constant:
        ref = Extend(ref, tuple(constant))
    if lists:
        cut.columns.update({id: replace(cut.columns[id], origin=Defined(lists[id])) for id in lists})
        ref = Extend(ref, tuple(lists))
    return Open(ref, steps)


def _checked(cut: Cutting, id: str, people: People) -> tuple[People, Scalar | None]:
    """An aggregate over base columns; none where something inside it is refused."""
    origin = cut.columns[id].origin
    assert isinstance(origin, Aggregated), "aggregates are aggregated columns"
    people, scalar = people_scalar(cut, origin.expression, people)
    before = len(cut.problems)
    cut.check_arguments(scalar, scalar.this if isinstance(scalar, exp.Filter) else scalar, people)
    return people, scalar if len(cut.problems) == before else None


def _numbers_of(
    cut: Cutting, id: str, scalar: Scalar, people: People, grouped: frozenset[str]
) -> list[Number]:
    """The protected numbers of one aggregate: one, or one for each point of a list of quantiles."""
    origin = cut.columns[id].origin
    assert isinstance(origin, Aggregated), "aggregates are aggregated columns"
    name = cut.columns[id].name
    asked = [request(one, name, part, people, grouped) for one, part in _points_of(cut, id, name, scalar)]
    found = [number(one) for one in asked]
    refused = next((one for one in found if isinstance(one, Refused)), None)
    if refused is not None:
        cut.problems.append(_refusal(cut, refused, asked[0], cut.span(origin.expression)))
    made = [one for one in found if isinstance(one, Number)]
    for one in made:
        if one.statistic in MOMENTS:
            for objection in names_added(one.told, people, cut.authorised.resolved.catalogue):
                cut.object(objection)
    return made


def _points_of(cut: Cutting, id: str, name: str, node: Scalar) -> list[tuple[str, Scalar]]:
    """The aggregate, or for a list of quantiles each of its points, with a column of its own."""
    found = quantiles_of(node.this if isinstance(node, exp.Filter) else node)
    if found is None or not found.listed:
        return [(id, node)]
    return [(cut.new_column(name, Given()), single(node, place)) for place in range(len(found.points))]


def list_of(numbers: list[Number]) -> Scalar:
    """The points as a list; nothing, as in DuckDB, where no point has a value."""
    made = exp.Array(expressions=[column(one.id) for one in numbers])
    nothing = exp.Array(expressions=[exp.Null() for _ in numbers])
    return exp.Nullif(this=made, expression=nothing)


def _few_points(cut: Cutting, numbers: list[Number]) -> None:
    """A grid of quantiles is the values themselves: so many points of one expression, and no more."""
    most = cut.authorised.policy.rules.quantile_points_per_population
    points: dict[str, set[object]] = {}
    for one in numbers:
        if one.point is not None and one.argument is not None:
            points.setdefault(one.argument.sql(DUCKDB), set()).add(one.point)
            if len(points[one.argument.sql(DUCKDB)]) > most:
                detail = f"More than {most} quantiles of one expression would be the list of its values."
                cut.problems.append(FunctionNotAllowed(detail=detail, spans=(cut.span(one.aggregate),)))
                return


def _refusal(cut: Cutting, refused: Refused, asked: Request, span: Span) -> Problem:
    problem = ValueOfOnePerson if refused.of_one_person else FunctionNotAllowed
    return problem(detail=refused.detail, spans=(span,), fixes=_quantile_instead(cut, refused, asked))


def _quantile_instead(cut: Cutting, refused: Refused, asked: Request) -> tuple[Fix, ...]:
    """A quantile in place of an extreme, where the argument is a number."""
    argument = asked.call.this
    if refused.quantile is None or not isinstance(argument, exp.Expr):
        return ()
    if not has_measure(argument, asked.people) or size_of(argument, asked.people.bases) is None:
        return ()
    whole, inner = cut.span(asked.call), cut.span(argument)
    made = f"quantile_cont({inner.text}, {refused.quantile})"
    return (Fix(f"Use {made}", (Edit(whole.start, whole.end, made),)),)


def distinct_rows(cut: Cutting, relation: Distinct) -> People | Open:
    typed = cut.rows(relation.source, [])
    if isinstance(typed, Open):
        return Open(replace(relation, source=typed.relation), typed.steps)
    with_key = any(typed.key_ids(typed.inline(column(id))) for id in relation.columns)
    aggregate = grouped_by(cut, relation.columns, relation.source, relation.span, summary=with_key)
    made = summary_rows(cut, aggregate, typed) if with_key else cut_leaf(cut, aggregate, typed)
    names = dict(zip(aggregate.keys, relation.columns, strict=True))
    if isinstance(made, People):
        return defined(made, {old: column(new) for new, old in names.items()})
    return renamed_rows(cut, made, {old: new for new, old in names.items()})


def grouped_by(
    cut: Cutting, ids: tuple[str, ...], source: Relation, span: Span, *, summary: bool
) -> Aggregate:
    keys = tuple(cut.new_column(cut.columns[id].name, Defined(column(id))) for id in dict.fromkeys(ids))
    if len(keys) < len(ids):
        raise FunctionNotAllowed(detail="DISTINCT has the same column twice.", spans=(span,))
    return Aggregate(source, keys, (), None, {}, summary, grouped=True, span=span)


def renamed_rows(cut: Cutting, typed: Open, names: Mapping[str, str]) -> Open:
    """Let columns above go on under the ids by which they are known there."""
    for old, new in names.items():
        cut.columns[new] = replace(cut.columns[new], origin=Given())
        cut.columns[old] = replace(cut.columns[old], origin=Defined(column(new)))
    return Open(Extend(typed.relation, tuple(names)), typed.steps)


def listed(cut: Cutting, side: People | Open, columns: tuple[str, ...], span: Span) -> Open:
    """One side of UNION, INTERSECT or EXCEPT: of people, it is the protected list of its distinct rows."""
    if isinstance(side, Open):
        return side
    if any(side.key_ids(side.inline(column(id))) for id in columns):
        raise FunctionNotAllowed(
            detail="The key stands opposite something else: put it at the same place on both sides.",
            spans=(span,),
        )
    aggregate = grouped_by(cut, columns, Rows((), ((),)), span, summary=False)
    made = cut_leaf(cut, aggregate, side)
    return renamed_rows(cut, made, dict(zip(columns, aggregate.keys, strict=True)))
