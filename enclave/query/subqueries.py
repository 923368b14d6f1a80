"""Subqueries inside scalars: the same person's rows, a protected list, or an open relation."""

from dataclasses import replace

from sqlglot import exp

from enclave.catalogue.model import Field
from enclave.problems import (
    EncodesPeople,
    FunctionNotAllowed,
    MixesPeople,
    ValueOfOnePerson,
)
from enclave.query.conditions import fields_in
from enclave.query.cutting import Cutting, population_fields
from enclave.query.expressions import renamed
from enclave.query.inside import (
    CONSTANT,
    LOOKED_UP,
    has_measure,
    off_numbers,
)
from enclave.query.leaves import Leaf
from enclave.query.open_rows import Open, single_row
from enclave.query.people_rows import (
    Base,
    People,
)
from enclave.query.protected import Inner
from enclave.query.relations import (
    Aggregate,
    Aggregated,
    Defined,
    Distinct,
    Extend,
    Filter,
    Join,
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
    SubqueryKind,
    column,
    column_ids,
    placeholder,
)


def open_scalar(cut: Cutting, node: Scalar) -> tuple[Scalar, frozenset[str]]:
    """A scalar over an open relation, its subqueries made open; what it takes from people outside is judged."""
    copy = node.copy()
    _no_distant_people(cut, copy)
    outer = cut.around[-1] if cut.around else None
    if outer is not None:
        copy = renamed(copy, outer.definitions)
        own = column_ids(copy) - outer.bases.keys()
        public = {id: _public_base(cut, id) for id in own}
        cut.check_condition(copy, replace(outer, bases={**outer.bases, **public}))
    steps: frozenset[str] = frozenset()
    for part in list(copy.find_all(exp.Placeholder)):
        if part.name not in cut.query.subqueries:  # it came with a computed column of the people outside
            raise FunctionNotAllowed(
                detail="A column that is computed by a subquery cannot be used inside another one.",
                spans=(cut.span(node),),
            )
        found = cut.query.subqueries[part.name]
        steps |= _open_subquery(cut, found)
        if is_looked_up_for_rows(found) and _counts_none(cut, found):
            filled = exp.Coalesce(this=part.copy(), expressions=[exp.Literal.number(0)])
            copy = _put(copy, part, filled)
    return copy, steps


def _counts_none(cut: Cutting, subquery: Subquery) -> bool:
    """With the rules off, a count of rows that are not there is 0; else it is hidden, as few are."""
    origin = cut.columns[subquery.output or ""].origin
    if cut.authorised.policy.rules.min_units > 1 or not isinstance(origin, Aggregated):
        return False
    return isinstance(origin.expression, exp.Count | exp.CountIf)


def _put(node: Scalar, part: Scalar, other: Scalar) -> Scalar:
    """The scalar with another in the place of one of its parts."""
    if part is node:
        return other
    part.replace(other)
    return node


def _public_base(cut: Cutting, id: str) -> Base:
    """A column of the subquery's own. What is no field of the catalogue may be a number that the reader wrote."""
    field = Rewrites(cut.columns).field(id)
    return Base(id, frozenset(), field, True, True, False, boolean=False, literal=field is None)


def _open_subquery(cut: Cutting, subquery: Subquery) -> frozenset[str]:
    if is_looked_up_for_rows(subquery):
        relation, value, steps = cut.looked_up(subquery)
        cut.inners[subquery.id] = Inner(subquery.kind, None, relation, value, None)
        return steps
    cut.around.append(None)
    typed = cut.rows(subquery.relation, [])
    cut.around.pop()
    if isinstance(typed, People):
        typed = _distinct_values(cut, subquery, typed)
    check_single(cut, subquery, typed.relation)
    operand, steps = (
        (None, frozenset[str]()) if subquery.operand is None else open_scalar(cut, subquery.operand)
    )
    output = None if subquery.output is None else column(subquery.output)
    cut.inners[subquery.id] = Inner(subquery.kind, None, typed.relation, output, operand)
    return typed.steps | steps


def _distinct_values(cut: Cutting, subquery: Subquery, people: People) -> Open:
    """`x IN (SELECT x FROM people)`: the list of values is a protected table."""
    if subquery.kind is not SubqueryKind.IN or subquery.output is None or people.correlations:
        detail = (
            "EXISTS over people must be linked to the person outside by the key."
            if subquery.kind is SubqueryKind.EXISTS
            else "A subquery over people used as a value must aggregate: it would be one person's value."
        )
        problem = MixesPeople if subquery.kind is SubqueryKind.EXISTS else ValueOfOnePerson
        raise problem(detail=detail, spans=(subquery.span,))
    if people.key_ids(people.inline(column(subquery.output))):
        raise MixesPeople(
            detail="The key can be compared with the key of the person outside only.",
            spans=(subquery.span,),
        )
    return cut.listed(people, (subquery.output,), subquery.span)


def check_single(cut: Cutting, subquery: Subquery, relation: Relation) -> None:
    if subquery.kind is SubqueryKind.SCALAR and not single_row(relation):
        cut.problems.append(
            FunctionNotAllowed(
                detail="A subquery used as a value must have one row: an aggregate without GROUP BY, or LIMIT 1.",
                spans=(subquery.span,),
            )
        )


def people_scalar(cut: Cutting, node: Scalar, people: People) -> tuple[People, Scalar]:
    """A scalar over base columns of people, its subqueries typed."""
    inlined = people.inline(node)
    _no_distant_people(cut, inlined)
    if cut.around and cut.around[-1] is not None:
        inlined = renamed(inlined, cut.around[-1].definitions)
    for part in list(inlined.find_all(exp.Placeholder)):
        if part.name in cut.inners:
            continue
        found = cut.query.subqueries[part.name]
        if is_looked_up_for_rows(found):
            people, value = cut.summarised(found, people)
            inlined = _put(inlined, part, value)
            continue
        people, id = _people_subquery(cut, found, people)
        made = placeholder(id, like=part)
        if found.kind is SubqueryKind.SCALAR:
            made.set("kind", LOOKED_UP if found.outer else CONSTANT)
            relation = cut.inners[id].relation
            made.meta["written"] = relation is not None and writes_numbers(cut, relation)
        inlined = _put(inlined, part, made)
    return people, inlined


def is_looked_up_for_rows(subquery: Subquery) -> bool:
    """Whether it is a value from people's rows that depends on the row around it."""
    return subquery.kind is SubqueryKind.SCALAR and bool(subquery.outer) and _of_people(subquery.relation)


def _of_people(relation: Relation) -> bool:
    match relation:
        case Scan():
            return relation.table.unit is not None
        case Join() | SetOperation():
            return _of_people(relation.left) or _of_people(relation.right)
        case Filter() | Extend() | Aggregate() | Distinct() | Sort() | Limit():
            return _of_people(relation.source)
        case Rows() | StepRef():
            return False


def _no_distant_people(cut: Cutting, node: Scalar) -> None:
    """A subquery may refer to the query directly around it, not further out: there its columns are not judged."""
    for outer in cut.around[:-1]:
        if outer is not None and column_ids(node) & (outer.bases.keys() | outer.definitions.keys()):
            raise FunctionNotAllowed(
                detail="A subquery can refer to the query directly around it only.",
                spans=(cut.span(node),),
            )


def _people_subquery(cut: Cutting, subquery: Subquery, people: People) -> tuple[People, str]:
    """A subquery inside a scalar over people's rows: the same person's rows, or an open relation."""
    operand = None
    if subquery.operand is not None:
        people, operand = people_scalar(cut, subquery.operand, people)
    cut.around.append(people)
    typed = cut.rows(subquery.relation, [])
    same = isinstance(typed, People) and _same_unit(subquery, typed, people, operand)
    if isinstance(typed, People) and same:
        _no_branches(typed, subquery)
    if isinstance(typed, People) and same and subquery.kind is SubqueryKind.IN:
        _compared_values(cut, subquery, typed, people, operand)
    cut.around.pop()
    id = f"s{len(cut.query.subqueries) + len(cut.inners)}"
    if isinstance(typed, People) and same:
        output = output_of(subquery, typed)
        inner = Inner(subquery.kind, typed, None, output, operand)
        fields = population_fields(typed)
        fields |= fields_in(output, typed) if output is not None else frozenset()
    else:
        if isinstance(typed, People):
            typed = _distinct_values(cut, subquery, typed)
        inner = _open_inner(cut, subquery, typed, people, operand)
        taken = [fields_in(people.inline(column(one)), people) for one in subquery.outer]
        fields = frozenset[Field]().union(*taken)
        people = replace(people, by_safe=people.by_safe or bool(typed.steps))
    if operand is not None:
        fields |= fields_in(operand, people)
    cut.inners[id] = inner
    return replace(people, subquery_fields={**people.subquery_fields, id: fields}), id


def _no_branches(people: People, subquery: Subquery) -> None:
    """Inside a subquery the branches of a UNION could not be judged one by one."""
    if people.branches:
        raise EncodesPeople(
            detail="A UNION of people inside a subquery on the key cannot be judged branch by branch. Write one IN or "
            "EXISTS for each side, with OR between them.",
            spans=(subquery.span,),
        )


def _compared_values(
    cut: Cutting, subquery: Subquery, inner: People, outer: People, operand: Scalar | None
) -> None:
    """IN over the person's own rows: key against key, or two values that are judged like any other."""
    output = output_of(subquery, inner)
    assert output is not None, "IN compares with a column"
    assert operand is not None, "IN looks for something"
    if inner.key_ids(output) and outer.key_ids(operand):
        return
    cut.check_condition(output, inner)
    cut.check_condition(operand, inner)


def _open_inner(
    cut: Cutting, subquery: Subquery, typed: Open, people: People, operand: Scalar | None
) -> Inner:
    """A subquery over public or safe tables: a list to look into, or one value."""
    check_single(cut, subquery, typed.relation)
    if typed.steps and subquery.outer:
        raise MixesPeople(
            detail="A subquery over an aggregate that refers to the query around it is not offered in this "
            "version; aggregate in a WITH and join the result.",
            spans=(subquery.span,),
        )
    if subquery.output in subquery.outer:
        raise MixesPeople(
            detail="The value of a subquery must come from its own tables.", spans=(subquery.span,)
        )
    if operand is not None:
        cut.check_condition(operand, people)
        if writes_numbers(cut, typed.relation) and has_measure(operand, people):
            cut.off_cuts.append(subquery.span)
    output = None if subquery.output is None else column(subquery.output)
    return Inner(subquery.kind, None, cut.materialised(typed), output, operand)


def writes_numbers(cut: Cutting, relation: Relation) -> bool:
    """Whether the reader wrote numbers that the relation's values are, or are moved by."""
    match relation:
        case Rows():
            return bool(relation.columns)
        case Scan():
            return False
        case StepRef():
            step = next(step for step in cut.steps if step.id == relation.step)
            if isinstance(step, Leaf):
                return any(off_numbers(number.aggregate) for number in step.numbers)
            return writes_numbers(cut, step.relation)
        case Extend() | Aggregate():
            ids = relation.columns if isinstance(relation, Extend) else relation.aggregates
            made = [cut.columns[id].origin for id in ids]
            written = any(
                off_numbers(one.expression) for one in made if isinstance(one, Defined | Aggregated)
            )
            return written or writes_numbers(cut, relation.source)
        case Join() | SetOperation():
            return writes_numbers(cut, relation.left) or writes_numbers(cut, relation.right)
        case Filter() | Distinct() | Sort() | Limit():
            return writes_numbers(cut, relation.source)


def output_of(subquery: Subquery, people: People) -> Scalar | None:
    return None if subquery.output is None else people.inline(column(subquery.output))


def _same_unit(subquery: Subquery, inner: People, outer: People, operand: Scalar | None) -> bool:
    """Whether the subquery looks at rows of the very person outside: key = key, at top level."""
    if subquery.kind is SubqueryKind.IN:
        output = output_of(subquery, inner)
        by_operand = (
            output is not None and inner.key_ids(output) and operand is not None and outer.key_ids(operand)
        )
        return by_operand or _key_equated(inner, outer)
    return subquery.kind is SubqueryKind.EXISTS and _key_equated(inner, outer)


def _key_equated(inner: People, outer: People) -> bool:
    for part in inner.correlations:
        if isinstance(part, exp.EQ):
            for one, other in ((part.this, part.expression), (part.expression, part.this)):
                if inner.key_ids(one) and outer.key_ids(other):
                    return True
    return False
