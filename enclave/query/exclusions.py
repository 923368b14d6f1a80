"""Compound exclusions of a query, counted: a property of its text alone, whatever becomes of it.

Total first, then the total without "this known person if she has X": being hidden is an answer too. Each such question
is judged without its hidden conditions, so that it tells nothing; a project that asks many of them goes on the checked
route.
"""

from collections.abc import Iterator

from sqlglot import exp

from enclave.catalogue.model import Field
from enclave.query.conditions import fields_in
from enclave.query.disjunctions import conditions_in, in_normal_form, outer_sides
from enclave.query.leaves import Leaf
from enclave.query.people_rows import People
from enclave.query.protected import Protected
from enclave.query.relations import Scalar, column_ids, conjuncts
from enclave.terms import Zeros


def compound_exclusions(protected: Protected) -> int:
    """How many conditions of the query exclude people by two or more fields, one of them with hidden zeros."""
    return sum(1 for step in protected.steps if isinstance(step, Leaf) for _ in _excluding(step))


def _excluding(leaf: Leaf) -> Iterator[Scalar]:
    conditions = [*leaf.people.filters, *(one for _, one in leaf.keys)]
    for number in leaf.numbers:
        conditions += [] if number.condition is None else list(conjuncts(number.condition))
        conditions += [path.condition for path in number.paths if path.condition != number.condition]
    yield from (one for one in conditions if excludes(one, leaf.people))


def excludes(condition: Scalar, people: People) -> bool:
    """Whether the condition excludes people by two or more fields, one of them with hidden zeros."""
    fields = fields_in(condition, people) | _not_found(condition, people)
    if len(fields) < 2 or not any(one.zeros is Zeros.HIDDEN for one in fields):
        return False
    plain = in_normal_form(condition)
    return isinstance(plain, exp.Or) or _denies(plain) or bool(_not_found(condition, people))


def _denies(plain: Scalar) -> bool:
    """Whether a subquery on people is denied: NOT IN, NOT EXISTS."""
    return any(next(part.find_all(exp.Placeholder), None) is not None for part in plain.find_all(exp.Not))


def _not_found(condition: Scalar, people: People) -> frozenset[Field]:
    """The fields by which an anti-join excludes: a null test of what an outer join may not find."""
    tests = {id for part in condition.find_all(exp.Is) for id in column_ids(part)} & people.nullable
    if not tests:
        return frozenset()
    sides = outer_sides(people.relation)
    return frozenset[Field]().union(
        *(fields_in(part, people) for side in sides for part in conditions_in(side))
    )
