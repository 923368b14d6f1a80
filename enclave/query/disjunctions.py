"""Disjunctions over several fields, in negation normal form: each branch is judged as if it were shown itself.

A shown cell, and the same cell OR a condition that picks out one known person, tell for certain whether that person is
in it. So is the negation of a conjunction: what it takes away is a branch too.
"""

from collections.abc import Iterator

from sqlglot import exp

from enclave.catalogue.model import Field
from enclave.query.conditions import fields_in
from enclave.query.people_rows import People
from enclave.query.relations import Scalar
from enclave.terms import Zeros


def branches_of(condition: Scalar, people: People) -> Iterator[Scalar]:
    """The branches of a conjunct that is a disjunction over two or more fields, and what it takes away when negated.

    Nothing for any other condition.
    """
    plain = in_normal_form(condition)
    if not isinstance(plain, exp.Or) or len(_fields(plain, people)) < 2:
        return
    yield from _disjuncts(plain)
    if _negates(condition):
        yield exp.Not(
            this=exp.Paren(
                this=exp.Coalesce(this=exp.Paren(this=condition.copy()), expressions=[exp.false()])
            )
        )


def excludes_compounds(condition: Scalar, people: People) -> bool:
    """Whether a condition excludes people by two or more fields, one of them with hidden zeros."""
    fields = _fields(condition, people)
    if len(fields) < 2 or not any(one.zeros is Zeros.HIDDEN for one in fields):
        return False
    return _negates(condition) and isinstance(in_normal_form(condition), exp.Or)


def in_normal_form(node: Scalar) -> Scalar:
    """The condition with every NOT pushed down to what it is a condition on."""
    return _pushed(node, negated=False)


def _pushed(node: Scalar, *, negated: bool) -> Scalar:
    match node:
        case exp.Paren():
            return _pushed(node.this, negated=negated)
        case exp.Not():
            return _pushed(node.this, negated=not negated)
        case exp.And() | exp.Or():
            turned = isinstance(node, exp.Or) != negated
            kind = exp.Or if turned else exp.And
            left, right = _pushed(node.this, negated=negated), _pushed(node.expression, negated=negated)
            return kind(this=_wrapped(left), expression=_wrapped(right))
        case _:
            return exp.Not(this=exp.Paren(this=node.copy())) if negated else node.copy()


def _wrapped(node: Scalar) -> Scalar:
    return exp.Paren(this=node) if isinstance(node, exp.And | exp.Or) else node


def _disjuncts(node: Scalar) -> Iterator[Scalar]:
    match node:
        case exp.Paren() if isinstance(node.this, exp.Or):
            yield from _disjuncts(node.this)
        case exp.Or():
            yield from _disjuncts(node.this)
            yield from _disjuncts(node.expression)
        case _:
            yield node


def _negates(node: Scalar) -> bool:
    """Whether a connective or a subquery stands under a NOT somewhere."""
    return any(
        isinstance(_inner(part), exp.And | exp.Or | exp.Placeholder) for part in node.find_all(exp.Not)
    )


def _inner(node: exp.Not) -> Scalar:
    inner: Scalar = node.this
    while isinstance(inner, exp.Paren):
        inner = inner.this
    return inner


def _fields(node: Scalar, people: People) -> frozenset[Field]:
    return fields_in(node, people)
