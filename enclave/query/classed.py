"""What a number adds up class by class, where several factors together decide how much of a value enters.

Of `sum(x * (w - 1))` those with a weight of 1 add nothing: it is the sum of the others, though its two products are of
everybody. A covariance of two conditions is, beside their means, the number of those who meet both; that of a code and
a measure is the sum of the measure over one code. So of a weighed sum each class of the weights is judged like a sum by
itself, a statistic of pairs like the sums of its arguments and of their product, and of values which together are few
each combination like a cell.

Limit: of measures alone, combinations are judged where each of them has two values; more of them solve nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product as combinations

from sqlglot import exp

from enclave.disclosure.asked import MOMENTS, Statistic
from enclave.query.conditions import FEW_VALUES, one_sided
from enclave.query.inside import has_measure, is_condition
from enclave.query.people_rows import People
from enclave.query.products import Product, beyond_usual, given, multiplied, products, uncovered
from enclave.query.relations import Scalar, column, column_id, column_ids


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """In each class of `by`, who adds to each of the sizes and how much; one class where it is by nothing.

    With `few` classes are judged only where there are at most so many.
    """

    by: tuple[Scalar, ...]
    sizes: tuple[Scalar, ...]
    few: int = 0

    @property
    def scalars(self) -> tuple[Scalar, ...]:
        return (*self.by, *self.sizes)


@dataclass(frozen=True, slots=True, eq=False)
class Combined:
    """Units per combination of values: each enough, where there are at most `few`; 0: however many there are. That is
    asked where a unit may have several rows in a cell, which are copied differently.

    `codes`: no measure is among them. Then a value with two codes is judged however many the other has, and where zeros
    are hidden, a combination of nobody is one of few.
    """

    values: tuple[Scalar, ...]
    few: int
    codes: bool = False

    @property
    def scalars(self) -> tuple[Scalar, ...]:
        return self.values


Classed = Shares | Combined


def classed(
    statistic: Statistic, argument: Scalar | None, second: Scalar | None, people: People
) -> tuple[Classed, ...]:
    """All that is to be judged of a sum, a mean or a statistic of spread; of others nothing.

    Raises:
        TooComplex: there are too many products.
    """
    if argument is None:
        return ()
    if statistic is Statistic.COVARIANCE and second is not None:
        return tuple(_of_a_pair(argument, second, people))
    if statistic not in MOMENTS:
        return ()
    found = products(argument, people)
    return (
        *_of_weights(found, [*one_sided(argument, found), *people.copies], people),
        *_of_amounts(found),
        *_by_measures(found, people),
        *(() if statistic in (Statistic.SUM, Statistic.MEAN) else _of_terms(argument, people)),
    )


def pair(one: Scalar, other: Scalar) -> Scalar:
    """A scalar whose products are those of two arguments and of both multiplied."""
    left, right = (exp.Add(this=exp.Literal.number(1), expression=side.copy()) for side in (one, other))
    return exp.Mul(this=left, expression=right)


def _of_weights(found: Sequence[Product], others: Sequence[Scalar], people: People) -> Iterator[Shares]:
    by, sizes = _unique([*_weights(found, people), *others]), _sizes(found, people)
    if by and sizes:
        yield Shares(by, sizes)


def _of_amounts(found: Sequence[Product]) -> Iterator[Combined]:
    for one in found:
        factors = _unique(one.amounts)
        if len(factors) > 1:
            yield Combined(factors, 2 ** len(factors))


def _of_terms(argument: Scalar, people: People) -> Iterator[Combined]:
    """The square of a sum is of what two of its terms are together: of conditions, and of counts of a person's own
    rows, it counts who has both."""
    sides = [_sides(term, people) for term in _terms(argument)]
    for place, some in enumerate(sides):
        for one, other in combinations(some, [side for later in sides[place + 1 :] for side in later]):
            codes = is_condition(one, people) and is_condition(other, people)
            yield Combined((one, other), 4, codes)


def _terms(node: Scalar) -> Iterator[Scalar]:
    match node:
        case exp.Add() | exp.Sub():
            yield from _terms(node.this)
            yield from _terms(node.expression)
        case exp.Paren() | exp.Neg() | exp.Cast() | exp.TryCast():
            yield from _terms(node.this)
        case exp.Mul() | exp.Div() if not column_ids(node.expression):
            yield from _terms(node.this)
        case exp.Mul() if not column_ids(node.this):
            yield from _terms(node.expression)
        case _:
            yield node


def _sides(term: Scalar, people: People) -> list[Scalar]:
    """The conditions of a term, that of its last branch left out, and its counts of a person's own rows."""
    found = products(term, people)
    conditions = _unique([condition for one in found for condition in one.conditions])
    counts = [
        factor
        for factor in _unique([amount for one in found for amount in one.amounts])
        if (base := people.bases.get(column_id(factor) or "")) is not None and base.counts
    ]
    return [*(conditions[:-1] if len(conditions) > 1 else conditions), *counts]


def _of_a_pair(one: Scalar, other: Scalar, people: People) -> Iterator[Classed]:
    """Beside the sums of both, a covariance is the sum of their product."""
    codes = not has_measure(one, people) and not has_measure(other, people)
    yield Combined((one, other), FEW_VALUES if codes else 4, codes)
    found = products(pair(one, other), people)
    if any(part.amounts for part in found):
        conditions = [condition for part in found for condition in part.conditions]
        by = _unique([*_weights(found, people), *conditions, *people.copies])
        yield Shares(by, _sizes(found, people))
        yield from _by_measures(found, people)


def _by_measures(found: Sequence[Product], people: People) -> Iterator[Shares]:
    """A measure that another is multiplied by: where it has two values, it is a condition. A person's rows have the
    one, the other or both."""
    for factor in multiplied(found):
        others = [replace(one, amounts=_without(factor, one)) for one in found]
        yield Shares((factor,), _sizes([one for one in others if one.amounts], people), few=2)
    for own in _unique([amount for one in found for amount in one.amounts]):
        base = people.bases.get(column_id(own) or "")
        inner = () if base is None else base.inner_factors
        for least, greatest in zip(inner[::2], inner[1::2], strict=True):
            yield Shares((column(least), column(greatest)), _sizes(found, people), few=3)


def _without(factor: Scalar, one: Product) -> tuple[Scalar, ...]:
    return tuple(amount for amount in one.amounts if amount != factor)


def _weights(found: Sequence[Product], people: People) -> Iterator[Scalar]:
    """What weighs measures, in a person's own sum too."""
    for one in found:
        if not one.amounts:
            continue
        yield from one.weights
        for factor in one.amounts:
            base = people.bases.get(column_id(factor) or "")
            yield from (column(id) for id in (base.inner_selectors if base is not None else ()))


def _sizes(found: Sequence[Product], people: People) -> tuple[Scalar, ...]:
    parts = (*uncovered(found, people), *beyond_usual(found, people))
    return _unique([given(one.conditions, one.amount) for one in parts])


def _unique(found: Sequence[Scalar]) -> tuple[Scalar, ...]:
    unique: list[Scalar] = []
    for one in found:
        if one not in unique:
            unique.append(one)
    return tuple(unique)
