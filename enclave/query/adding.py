"""What a sum or mean adds up, and which codes it counts: by these the ledger compares it with sums that were shown.

Many more people may be in one sum than in another, and nearly all of them add nothing, or what one person adds is
nearly all. And the sum of a code counts those who have it: where of sixty people three have a 2 and the others a 1, it
is 63. So those who add anything are a population of their own, and so are those with each code.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product as combinations
from typing import Final

from sqlglot import exp

from enclave.catalogue.model import Field, FieldClass
from enclave.disclosure.asked import MOMENTS
from enclave.disclosure.ledger.worlds import FieldCodes, FindCodes
from enclave.query.classed import pair
from enclave.query.conditions import outside_conditions
from enclave.query.leaves import Number
from enclave.query.people_rows import People
from enclave.query.products import Product, all_true, beyond_usual, products, uncovered
from enclave.query.relations import Scalar, column_id

MOST_CODES: Final = 64
"""Of a list whose codes are compared one by one. Codes of a longer list are names: see `naming`."""


@dataclass(frozen=True, slots=True, eq=False)
class Added:
    """Something that a number adds up: whoever has a `value` other than 0 adds, and `amount` is how much, but for
    constants and weights. `always`: the value is never 0. `beyond`: it is what is beyond a usual value."""

    value: Scalar
    amount: Scalar
    always: bool = False
    beyond: bool = False


def added_in(number: Number, people: People) -> Iterator[Added]:
    """What a sum, a mean or a spread adds up, and each thing in it that is rounded or bent."""
    if number.statistic not in MOMENTS or number.fixed_size:
        return
    if number.tells_of_both:
        yield from _added_by_a_pair(pair(*number.told), people)
    else:
        yield from _added(number.told[0], people)
    for one in number.selectors:
        if one.few:
            yield Added(one.value, one.value)


def _added_by_a_pair(argument: Scalar, people: People) -> Iterator[Added]:
    """Both, and their product; a code weighs it, and leaves nobody out."""
    whole = products(argument, people)
    for beyond, some in ((False, uncovered(whole, people)), (True, beyond_usual(whole, people))):
        found: list[Product] = []
        for one in some:
            part = replace(one, weights=())
            if part not in found:
                found.append(part)
                yield Added(part.value, part.amount, not beyond and _is_never_zero(part, people), beyond)


def _added(argument: Scalar, people: People) -> Iterator[Added]:
    found = products(argument, people)
    parts = uncovered(found, people)
    alone = len(found) == 1 and len(parts) == 1
    for part in parts:
        yield Added(argument if alone else part.value, part.amount, _is_never_zero(part, people))
    for part in beyond_usual(found, people):
        yield Added(part.value, part.amount, beyond=True)


def _is_never_zero(part: Product, people: People) -> bool:
    """Whether it cannot be 0, by the catalogue's bounds of the fields in it."""
    return not part.weights and all(_leaves_out_zero(factor, people) for factor in part.amounts)


def _leaves_out_zero(factor: Scalar, people: People) -> bool:
    base = people.bases.get(column_id(factor) or "")
    bounds = None if base is None or base.field is None else base.field.bounds
    return bounds is not None and (bounds[0] > 0 or bounds[1] < 0)


def coded_in(number: Number, people: People, find: FindCodes, known: frozenset[str]) -> Iterator[Scalar]:
    """For each code of people that a sum, a mean or a spread is of: that somebody has it. Of a statistic of pairs also
    that somebody has both of two codes or conditions.

    `known`: columns of which a cell has one value.
    """
    if number.statistic not in MOMENTS:
        return
    codes = [list(_codes_in(argument, people, find, known)) for argument in number.arguments]
    yield from (code for some in codes for code in some)
    if number.tells_of_both:
        one, other = (
            [*some, *(condition for part in products(argument, people) for condition in part.conditions)]
            for some, argument in zip(codes, number.arguments, strict=True)
        )
        if len(one) * len(other) <= MOST_CODES:
            yield from (all_true(both) for both in combinations(one, other))


def _codes_in(argument: Scalar, people: People, find: FindCodes, known: frozenset[str]) -> Iterator[Scalar]:
    ids = {column_id(part) for part in outside_conditions(argument, people)} - known
    for id in sorted(one for one in ids if one is not None):
        base = people.bases.get(id)
        if base is None or base.public or base.field is None or base.field.kind is not FieldClass.DIMENSION:
            continue
        codes = find(f"{base.field.table}.{base.field.name}")
        yield from (exp.EQ(this=exp.column(id), expression=one) for one in _constants(codes, base.field))


def _constants(codes: FieldCodes | None, field: Field) -> Iterator[Scalar]:
    listed = () if codes is None or codes.codes is None else codes.codes
    for one in listed if len(listed) <= MOST_CODES else ():
        if field.type == "BOOLEAN":
            yield exp.Boolean(this=one.code == "TRUE")
        elif one.code.startswith("'"):
            yield exp.Literal.string(one.code[1:-1].replace("''", "'"))
        else:
            number = exp.Literal.number(one.code.lstrip("-"))
            yield exp.Neg(this=number) if one.code.startswith("-") else number
