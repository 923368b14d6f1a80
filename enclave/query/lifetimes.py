"""Statistics of a measure of which one population has few, for ever: moments beside the mean, and quantile points.

From as many of either as there are values, the values follow. A measure times a constant or plus one is the same
measure, and so is what a person's own rows give of it. The mean of a product is a moment, and so is that of a root, of
a logarithm and of what is rounded: sums of `floor(x * 1.37 + 0.1)` with other numbers count slices of the people.

Where several fields are added up, the number is one of each: else a little of another field made one more.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product as combinations

from sqlglot import exp

from enclave.disclosure.asked import MOMENTS, Statistic
from enclave.disclosure.ledger.members import Lifetime
from enclave.query.conditions import STRAIGHT, outside_conditions, rounds
from enclave.query.inside import digits_in
from enclave.query.leaves import Number
from enclave.query.people_rows import People
from enclave.query.products import products
from enclave.query.relations import Scalar, column_id

MEAN = 1
MOST_MOMENTS, MOST_POINTS = 1, 20
Name = Callable[[Scalar], str]


def lifetimes_of(number: Number, people: People, name: Name) -> tuple[Lifetime, ...]:
    """The groups that the number is one of."""
    whole = " and ".join(sorted(name(argument) for argument in number.arguments))
    if number.statistic is Statistic.QUANTILE:
        groups = set(_each(number.arguments, people, name))
        return _lifetimes("points", groups, f"{number.point} of {whole}", MOST_POINTS)
    moment = MOMENTS.get(number.statistic, 0)
    if moment > MEAN:
        sides = [_measures(argument, people, name) for argument in number.arguments]
        groups = {tuple(sorted(set(chosen))) for chosen in combinations(*sides)}
    else:
        groups = set(_bent(number.arguments, people, name)) if moment == MEAN else set()
    return _lifetimes("moments", groups, f"{moment} of {whole}", MOST_MOMENTS)


def adds_up(number: Number, name: Name) -> bool:
    """Whether the number of a whole is made up by its parts': a count, a sum or a mean, not of a square."""
    columns = [part for argument in number.arguments for part in argument.find_all(exp.Column)]
    moment = MOMENTS.get(number.statistic, 0)
    squared = len(columns) > len({name(column) for column in columns})
    return number.statistic is not Statistic.QUANTILE and moment <= MEAN and not (moment and squared)


def _lifetimes(of: str, groups: Iterable[tuple[str, ...]], item: str, most: int) -> tuple[Lifetime, ...]:
    return tuple(Lifetime(f"{of} of {' and '.join(group)}", item, most) for group in sorted(groups))


def _each(arguments: Iterable[Scalar], people: People, name: Name) -> Iterator[tuple[str, ...]]:
    return ((one,) for argument in arguments for one in _measures(argument, people, name))


def _bent(arguments: Iterable[Scalar], people: People, name: Name) -> Iterator[tuple[str, ...]]:
    """What is rounded or curved in a mean, and what is multiplied. The plain mean is taken as shown.

    A sum over rows that are multiplied by very different numbers rounds the small ones.
    """
    for argument in arguments:
        if digits_in([argument], people).unsure:
            yield from _each([argument], people, name)
        for part in outside_conditions(argument, people):
            if rounds(part, people) or _is_bent_below(part, people):
                yield from _each([part], people, name)
        for one in products(argument, people):
            yield from _of_product(one.amounts, people, name)


def _is_bent_below(part: Scalar, people: People) -> bool:
    base = people.bases.get(column_id(part) or "")
    return base is not None and bool(base.inner_bands)


def _of_product(amounts: Sequence[Scalar], people: People, name: Name) -> Iterator[tuple[str, ...]]:
    """Factors that are curved, each; several factors, together: of ratios by one field there are many."""
    for factor in amounts:
        if column_id(factor) is None and not isinstance(factor, (*STRAIGHT, exp.Div)):
            yield from _each([factor], people, name)
    if len(amounts) > 1 or any(isinstance(factor, exp.Div) for factor in amounts):
        yield tuple(sorted({measure for factor in amounts for measure in _measures(factor, people, name)}))


def _measures(node: Scalar, people: People, name: Name) -> list[str]:
    """The fields whose values the scalar carries; a code by itself."""
    found: set[str] = set()
    for column in node.find_all(exp.Column):
        base = people.bases.get(column.name)
        fields = () if base is None else base.values
        found.update({f"{field.table}.{field.name}" for field in fields} or {name(column)})
    return sorted(found)
