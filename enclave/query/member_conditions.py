"""Conditions on people that the ledger must see apart, lifted out of their rows.

Limit: conditions below a person's own summary, on the null-supplying side of an outer join or inside a subquery on the
key stay where they are.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from enclave.catalogue.model import Field
from enclave.query.conditions import fields_in
from enclave.query.disjunctions import (
    branches_of,
    conditions_in,
    in_normal_form,
    outer_sides,
    provided_ids,
)
from enclave.query.people_rows import Kept, Linked, People, Rows_
from enclave.query.relations import JoinKind, Scalar, all_of, column_ids, conjuncts
from enclave.terms import Zeros


@dataclass(frozen=True, slots=True)
class ConditionsApart:
    """What conditions on these people are made of: whether zeros of it are hidden, and which branches it has."""

    people: People

    def lifted(self, rows: Rows_) -> tuple[Rows_, list[Scalar]]:
        """The relation without the conditions that the ledger must see apart, and these."""
        match rows:
            case Kept():
                source, found = self.lifted(rows.source)
                parts = list(conjuncts(rows.condition))
                apart = [part for part in parts if self._stands_apart(part)]
                rest = all_of(part for part in parts if not any(part is one for one in apart))
                return (source if rest is None else Kept(source, rest)), [*found, *apart]
            case Linked() if rows.kind in (JoinKind.INNER, JoinKind.LEFT):
                left, found = self.lifted(rows.left)
                inner = rows.kind is JoinKind.INNER
                right, more = self.lifted(rows.right) if inner else (rows.right, [])
                return Linked(left, right, rows.kind, rows.condition), [*found, *more]
            case _:
                return rows, []

    def _stands_apart(self, part: Scalar) -> bool:
        if not column_ids(part) <= self.people.bases.keys():
            return False
        return self.is_hidden(part) or next(iter(self.parts_of(part)), None) is not None

    def parts_of(self, condition: Scalar) -> Iterator[Scalar]:
        """What is judged as if it were shown: branches of a disjunction, and whom an anti-join takes away."""
        yield from branches_of(condition, self.people)
        missing = self._missing(condition)
        if isinstance(condition, exp.Is) and len(missing) > 1 and self.is_hidden(condition):
            yield exp.Not(this=exp.Paren(this=condition.copy()))
        denied = _denied(condition)
        if denied is not None and len(fields_in(denied, self.people)) > 1 and self.is_hidden(denied):
            yield denied.copy()

    def _missing(self, node: Scalar) -> frozenset[Field]:
        """The fields that decide whether an outer join finds a row, where the scalar asks for what it may not find."""
        ids = column_ids(node) & self.people.nullable
        sides = [side for side in outer_sides(self.people.relation) if ids & frozenset(provided_ids(side))]
        found = [fields_in(part, self.people) for side in sides for part in conditions_in(side)]
        return frozenset[Field]().union(*found)

    def is_hidden(self, node: Scalar) -> bool:
        fields = fields_in(node, self.people) | self._missing(node)
        return any(one.zeros is Zeros.HIDDEN for one in fields)

    def fields(self, nodes: Iterable[Scalar]) -> list[Field]:
        return sorted(
            {one for node in nodes for one in fields_in(node, self.people)},
            key=lambda one: (one.table, one.name),
        )


def _denied(condition: Scalar) -> Scalar | None:
    """The subquery on people that a condition denies: of NOT EXISTS and NOT IN."""
    inner = in_normal_form(condition)
    if not isinstance(inner, exp.Not):
        return None
    found = inner.this
    while isinstance(found, exp.Paren):
        found = found.this
    return found if isinstance(found, exp.Placeholder) else None
