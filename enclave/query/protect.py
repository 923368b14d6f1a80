"""Type every relation, cut the query at its leaves, and say what each leaf needs to be protected.

`rows()` goes bottom-up. Rows of people stay `People` until an aggregate without the unit key turns them into a leaf;
from there on the relation is `Open`: public and safe tables, on which ordinary SQL may do anything. A step of the plan
is a leaf, or a remainder that people's rows are joined with or filtered by. Unknown combinations are refused.
"""

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from enclave.catalogue.marks import ONCE, marks_of
from enclave.catalogue.model import RowCondition
from enclave.problems import (
    ChoosesRows,
    IndividualRows,
    Problem,
    Refusals,
)
from enclave.query.across import without_windows
from enclave.query.authorise import Authorised
from enclave.query.combining import combined_rows
from enclave.query.correlated import looked_up, summarised
from enclave.query.cutting import Cutting
from enclave.query.cutting_leaves import distinct_rows, grouped_rows, listed
from enclave.query.grain import Conditional, Need
from enclave.query.joining import joined_rows
from enclave.query.open_rows import Open, provided
from enclave.query.people_rows import (
    People,
    defined,
    kept,
)
from enclave.query.protected import Protected
from enclave.query.relations import (
    Aggregate,
    Defined,
    Distinct,
    Extend,
    Filter,
    Given,
    Join,
    Limit,
    Output,
    Relation,
    Rows,
    Scalar,
    Scan,
    SetOperation,
    Sort,
    StepRef,
    column,
    column_ids,
    conjuncts,
)
from enclave.query.stacked_grain import mark_base
from enclave.query.subqueries import open_scalar, people_scalar
from enclave.query.table_columns import columns_of
from enclave.terms import Fix


def rows(cut: Cutting, relation: Relation, pending: list[Scalar]) -> People | Open:
    """Type a relation. `pending` are conditions from above that may be met below; those met are taken out."""
    match relation:
        case Scan():
            return _met(cut, _scan(cut, relation), pending)
        case Rows() | StepRef():
            return Open(relation, frozenset())
        case Filter():
            return _filter(cut, relation, pending)
        case Extend():
            return _extend(cut, relation, pending)
        case Join():
            return joined_rows(cut, relation, pending)
        case Aggregate():
            return grouped_rows(cut, relation)
        case Distinct():
            return distinct_rows(cut, relation)
        case SetOperation():
            return combined_rows(cut, relation)
        case Sort():
            return _sort(cut, relation)
        case Limit():
            return _limit(cut, relation)


def _scan(cut: Cutting, relation: Scan) -> People | Open:
    table = relation.table
    if table.unit is None:
        return Open(relation, frozenset())
    assert table.key is not None, "the catalogue gives every table of people a key"
    key = relation.columns[table.key]
    relation = replace(relation, marks={mark: cut.new_column(mark, Given()) for mark in marks_of(table)})
    first = int(next(iter(relation.columns.values()))[1:])
    bases = {
        **columns_of(table, first).bases,
        **{id: mark_base(id) for id in relation.marks.values()},
    }
    cut.bases.update(bases)
    plain = [grain for grain in table.grain if grain.where is None]
    return People(
        relation=relation,
        bases=bases,
        definitions={},
        key=column(key),
        keys=frozenset({key}),
        cluster=relation.columns[table.cluster.by] if table.cluster is not None else None,
        grain=tuple(frozenset(relation.columns[name] for name in grain.columns) for grain in plain),
        conditional=(*_marked(relation), *_main_rows(relation)),
        constants=_single_year(cut, relation),
        equal={},
        copied=False,
        nullable=frozenset(),
        filters=(),
        correlations=(),
        by_safe=False,
        nobody=False,
        multiplied=(),
        subquery_fields={},
        span=relation.span,
    )


def _marked(scan: Scan) -> Iterator[Conditional]:
    """What the marks of rows tell apart. A unit's row in the whole table is looked at where most units have one."""
    table = scan.table
    for mark, census in marks_of(table).items():
        if mark == ONCE or table.mostly_once:
            columns = frozenset(scan.columns[name] for name in (table.key or "", *census))
            yield Conditional(columns, (Need(scan.marks[mark], RowCondition(mark, equals=True)),))


def _main_rows(scan: Scan) -> Iterator[Conditional]:
    """What the catalogue tells apart among main rows."""
    for grain in scan.table.grain:
        if grain.where is not None:
            columns = frozenset(scan.columns[name] for name in grain.columns)
            yield Conditional(columns, (Need(scan.columns[grain.where.field], grain.where),))


def _single_year(cut: Cutting, relation: Scan) -> frozenset[str]:
    """A project with one year of a table has one value in its year column."""
    year = relation.table.year
    grant = cut.authorised.policy.table(relation.table.name)
    if year is not None and grant is not None and grant.years is not None and len(grant.years) == 1:
        return frozenset({relation.columns[year.field]})
    return frozenset()


def _met(cut: Cutting, typed: People | Open, pending: list[Scalar]) -> People | Open:
    """Apply those pending conditions that this relation can answer alone."""
    own = _provided(typed)
    for condition in list(pending):
        used = column_ids(condition)
        if used and used <= own and not list(condition.find_all(exp.Placeholder)):
            pending[:] = [other for other in pending if other is not condition]
            typed = _filtered(cut, typed, condition)
    return typed


def _provided(typed: People | Open) -> frozenset[str]:
    if isinstance(typed, People):
        return frozenset(typed.bases) | frozenset(typed.definitions)
    return provided(typed.relation)


def _filter(cut: Cutting, relation: Filter, pending: list[Scalar]) -> People | Open:
    own = list(conjuncts(relation.condition))
    together = [*pending, *own]
    typed = rows(cut, relation.source, together)
    left = {id(condition) for condition in together}
    pending[:] = [condition for condition in pending if id(condition) in left]
    for condition in own:
        if id(condition) in left:
            typed = _filtered(cut, typed, condition)
    return typed


def _filtered(cut: Cutting, typed: People | Open, condition: Scalar) -> People | Open:
    if isinstance(typed, Open):
        inner, steps = open_scalar(cut, condition)
        return Open(Filter(typed.relation, inner), typed.steps | steps)
    people, inner = people_scalar(cut, condition, typed)
    cut.check_condition(inner, people)
    return kept(people, inner)


def _extend(cut: Cutting, relation: Extend, pending: list[Scalar]) -> People | Open:
    windows = any(_has_window(cut, id) for id in relation.columns)
    typed = rows(
        cut, relation.source, [] if windows else pending
    )  # a window sees the rows before the filter above
    if isinstance(typed, Open):
        return _open_extend(cut, relation, typed)
    people = typed
    for id in relation.columns:
        people, inner = people_scalar(cut, _definition(cut, id), people)
        if next(inner.find_all(exp.Window), None) is not None:
            people, inner = without_windows(cut, inner, people)
        people = defined(people, {id: inner})
    return _met(cut, people, pending)


def _open_extend(cut: Cutting, relation: Extend, typed: Open) -> Open:
    steps = typed.steps
    for id in relation.columns:
        inner, more = open_scalar(cut, _definition(cut, id))
        cut.columns[id] = replace(cut.columns[id], origin=Defined(inner))
        steps |= more
    return Open(Extend(typed.relation, relation.columns), steps)


def _definition(cut: Cutting, id: str) -> Scalar:
    origin = cut.columns[id].origin
    assert isinstance(origin, Defined), "Extend adds defined columns"
    return origin.expression


def _has_window(cut: Cutting, id: str) -> bool:
    return next(_definition(cut, id).find_all(exp.Window), None) is not None


def _sort(cut: Cutting, relation: Sort) -> People | Open:
    typed = rows(cut, relation.source, [])
    if isinstance(typed, People):
        return typed  # order among people's rows means nothing until rows are chosen by it
    orders = []
    steps = typed.steps
    for order in relation.orders:
        inner, more = open_scalar(cut, order.expression)
        orders.append(replace(order, expression=inner))
        steps |= more
    return Open(Sort(typed.relation, tuple(orders)), steps)


def _limit(cut: Cutting, relation: Limit) -> People | Open:
    typed = rows(cut, relation.source, [])
    if isinstance(typed, Open):
        return Open(replace(relation, source=typed.relation), typed.steps)
    cut.problems.append(
        ChoosesRows(
            detail="LIMIT and OFFSET over people's rows pick out single people. Aggregate first; the answer may be "
            "limited.",
            spans=(relation.span,),
        )
    )
    return typed


def refuse_individual_rows(cut: Cutting, people: People) -> None:
    """The result would be people's rows: point at the key where it is selected, else at the first column."""
    outputs = cut.query.outputs
    shown = next((output for output in outputs if _is_key(output, people)), outputs[0])
    cut.problems.append(
        IndividualRows(
            detail="The result would have a row for each person. Only statistics leave: count, sum or average "
            "over groups.",
            spans=(shown.span,),
            fixes=(Fix("Aggregate: for example SELECT ..., count(*) ... GROUP BY ..."),),
        )
    )


def _is_key(output: Output, people: People) -> bool:
    return people.key_ids(people.inline(column(output.column)))


def protect(authorised: Authorised) -> Protected:
    """Cut an authorised query at its leaves.

    Raises:
        Refusals: everything by which the query would show, compare or spell out single people.
    """
    cut = Cutting(
        authorised,
        rows=lambda relation, pending: rows(cut, relation, pending),
        listed=lambda *side: listed(cut, *side),
        looked_up=lambda subquery: looked_up(cut, subquery),
        summarised=lambda subquery, people: summarised(cut, subquery, people),
    )
    try:
        result = rows(cut, authorised.resolved.query.relation, [])
    except Problem as problem:
        raise Refusals((*cut.problems, problem)) from None
    if isinstance(result, People):
        refuse_individual_rows(cut, result)
    if cut.problems:
        raise Refusals(tuple(cut.problems))
    assert isinstance(result, Open), "rows of people were refused above"
    return Protected(
        authorised=authorised,
        query=cut.query,
        columns=cut.columns,
        steps=tuple(cut.steps),
        final=result.relation,
        subqueries=cut.inners,
        bases=cut.bases,
        off_cuts=tuple(cut.off_cuts),
        by_safe=frozenset(cut.by_safe),
    )
