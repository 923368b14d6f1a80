"""What protects a number: the conditions, selectors and weights of its arguments, found by looking at them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlglot import exp

from enclave.disclosure.asked import MOMENTS, Statistic
from enclave.query.classed import Combined, classed
from enclave.query.conditions import (
    FEW_VALUES,
    Path,
    Selector,
    bands,
    clips,
    determined,
    failures,
    fields_in,
    joint_paths,
    joint_selectors,
    null_path,
    path,
    paths,
    selectors,
)
from enclave.query.counting import needs, never_null
from enclave.query.inside import has_measure, is_condition, people_bases
from enclave.query.leaves import Number
from enclave.query.people_rows import People
from enclave.query.products import all_true, multiplied, products, weighed
from enclave.query.relations import Scalar, column_id, column_ids
from enclave.terms import Zeros

_SUMS = frozenset({Statistic.SUM, Statistic.MEAN})
_VALUED = frozenset({*MOMENTS, Statistic.QUANTILE})
"""Statistics of the values themselves, not of how many there are."""

_FEW = {
    Statistic.VARIANCE: 3,
    Statistic.COVARIANCE: 3,
    Statistic.SKEWNESS: FEW_VALUES,
    Statistic.KURTOSIS: FEW_VALUES,
    Statistic.QUANTILE: FEW_VALUES,
}
"""Up to so many different values are judged like classes: mean, variance and n give three classes away.

A quantile of so few is never shown where zeros are hidden. That each value which is there has enough would say of all
others that nobody has them.

Limit: of moments a class of nobody is not there, so it is told from one of a few, which hides the number.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One aggregate as it was asked, over base columns. `keys` are bare group columns of every grouping set."""

    id: str
    name: str
    node: Scalar
    people: People
    keys: frozenset[str]
    call: Scalar
    condition: Scalar | None

    def given(self, condition: Scalar) -> "Request":
        return replace(self, condition=condition)


def request(id: str, name: str, node: Scalar, people: People, keys: frozenset[str]) -> Request:
    """The aggregate taken apart into its call and its FILTER."""
    if isinstance(node, exp.Filter):
        return Request(id, name, node, people, keys, node.this, node.expression.this)
    return Request(id, name, node, people, keys, node, None)


def protected_number(
    asked: Request, statistic: Statistic, argument: Scalar | None, second: Scalar | None = None
) -> Number:
    """The number with everything that decides whether it is shown. With a `second` argument it is of pairs."""
    people, condition = asked.people, asked.condition
    arguments = [part for part in (argument, second) if part is not None]
    told = arguments if statistic is Statistic.COVARIANCE else arguments[:1]
    valued = told if statistic in _VALUED else []
    found = [one for part in arguments for one in _argument_paths(statistic, part, asked)]
    found += [] if second is None or argument is None else _pair_paths(statistic, argument, second, asked)
    found += [] if condition is None else [path(condition, people)]
    if statistic is not Statistic.UNITS:
        missing = (exp.Is(this=key.copy(), expression=exp.Null()) for key in people.multiplied)
        found += [path(test, people) for test in missing]
    found += [path(test, people) for test in people.branches]
    zeros = _zeros_of((*arguments, condition), people)
    first = valued[0] if valued and statistic in _SUMS else None
    return Number(
        id=asked.id,
        name=asked.name,
        aggregate=asked.node,
        statistic=statistic,
        argument=argument,
        condition=condition,
        counted=None,
        paths=tuple(one for one in _unique(found) if not _known(one.condition, asked.keys)),
        selectors=_unlike([one for part in valued for one in _selectors(statistic, part, people)]),
        clipped=zeros if first is not None and _two_values_tell(first, people) else None,
        zeros=zeros,
        weighed=tuple(one for part in valued for one in _weighed(part, people)),
        fixed_size=first is not None and determined(first, people),
        second=second,
        classed=(*classed(statistic, argument, second, people), *_copies(statistic, people)),
    )


def _weighed(argument: Scalar, people: People) -> tuple[Scalar, ...]:
    """The parts whose concentration is judged; where measures are multiplied, what is left of them together as well:
    of `x * (80 - y)` little is, where y is near to 80."""
    found = products(argument, people)
    return (*weighed(found, people), *((argument,) if len(found) > 1 and multiplied(found) else ()))


def _copies(statistic: Statistic, people: People) -> Iterator[Combined]:
    """Rows that find as many copies, of whatever is counted or added up."""
    if people.copies and statistic is not Statistic.UNITS:
        yield Combined(people.copies, 0)


def _selectors(statistic: Statistic, argument: Scalar, people: People) -> Iterator[Selector]:
    parts = products(argument, people)
    zeros = _zeros_of((argument,), people)
    if not has_measure(argument, people) and column_ids(argument) and not determined(argument, people):
        base = people.bases.get(_shifted(argument))
        listed = None if base is None else base.field
        # a bare code too: its mean, beside counts of the other codes, counts the last
        yield Selector(argument, zeros, listed=listed if zeros is Zeros.HIDDEN else None)
    yield from selectors(argument, people)
    yield from joint_selectors(parts, people)
    yield from bands(argument, parts, people)
    if statistic in _FEW:
        never = statistic is Statistic.QUANTILE and zeros is Zeros.HIDDEN
        yield Selector(argument, zeros, few=_FEW[statistic], never=never)


def _shifted(node: Scalar) -> str:
    """The column that the scalar is, but for constants added or multiplied."""
    match node:
        case exp.Column():
            return node.name
        case exp.Neg() | exp.Paren() | exp.Cast() | exp.TryCast() | exp.Try():
            return _shifted(node.this)
        case exp.Add() | exp.Sub() | exp.Mul() | exp.Div():
            sides = [side for side in (node.this, node.expression) if column_ids(side)]
            return _shifted(sides[0]) if len(sides) == 1 else ""
        case _:
            return ""


def _unlike(found: list[Selector]) -> tuple[Selector, ...]:
    unique: list[Selector] = []
    for one in found:
        if not any(one.value == other.value and one.few <= other.few for other in unique):
            unique.append(one)
    return tuple(unique)


def _two_values_tell(argument: Scalar, people: People) -> bool:
    """Whether mean and count of a two-valued cell would give its smaller side.

    So it is for clipped arguments, bare codes and a person's own counts.
    """
    base = people.bases.get(column_id(argument) or "")
    measures = [one for one in people_bases(argument, people) if not one.code]
    counts = bool(measures) and all(one.counts for one in measures)
    return clips(argument, people) or counts or (base is not None and base.code)


def _argument_paths(statistic: Statistic, argument: Scalar, asked: Request) -> Iterator[Path]:
    people = asked.people
    if statistic in (Statistic.VALUES, Statistic.UNITS):
        found = null_path(argument, people)
        if found is not None:  # that nobody lacks a value tells of a sensitive condition on who is counted
            yield replace(found, zeros=Zeros.HIDDEN) if _is_sensitive(asked.condition, people) else found
        if statistic is Statistic.VALUES and not is_condition(argument, people):
            yield from paths(argument, people)  # of a bare condition only the null matters, not the value
        return
    yield from paths(argument, people)
    yield from failures(argument, people)
    yield from joint_paths(products(argument, people), people)


def _pair_paths(statistic: Statistic, one: Scalar, other: Scalar, asked: Request) -> Iterator[Path]:
    """Of a count: rows that have both. Else rows that have one alone: beside statistics of the one, those of pairs
    would tell of them. Where nobody lacks it, to say so tells of a condition on a sensitive field in either."""
    found = [path for part in (one, other) if (path := null_path(part, asked.people)) is not None]
    zeros = Zeros.HIDDEN if any(path.zeros is Zeros.HIDDEN for path in found) else Zeros.SHOWN
    if statistic is Statistic.VALUES:
        if len(found) > 1:
            yield Path(all_true([_is_there(one), _is_there(other)]), zeros)
        return
    for held, lacked in ((one, other), (other, one)):
        if not _lacks_nowhere(held, lacked, asked):
            yield Path(exp.And(this=_is_there(held), expression=exp.Not(this=_is_there(lacked))), zeros)


def _is_there(part: Scalar) -> Scalar:
    return exp.Not(this=exp.Is(this=part.copy(), expression=exp.Null()))


def _lacks_nowhere(held: Scalar, lacked: Scalar, asked: Request) -> bool:
    """Whether nobody can have the one and lack the other: by the catalogue, or as the question says itself."""
    if held == lacked or never_null(lacked, asked.people):
        return True
    id = column_id(lacked)
    conditions = [*asked.people.filters, *([] if asked.condition is None else [asked.condition])]
    said = id is not None and id not in asked.people.nullable and any(needs(one, id) for one in conditions)
    return said or (id is not None and needs(held, id))


def _known(condition: Scalar, keys: frozenset[str]) -> bool:
    """Whether the condition is a function of the cell's own group columns: the reader can work it out."""
    used = column_ids(condition)
    return bool(used) and used <= keys and next(condition.find_all(exp.Placeholder), None) is None


def _unique(found: list[Path]) -> list[Path]:
    unique: list[Path] = []
    for one in found:
        if not any(one.condition == other.condition for other in unique):
            unique.append(one)
    return unique


def _is_sensitive(condition: Scalar | None, people: People) -> bool:
    return _zeros_of((condition,), people) is Zeros.HIDDEN


def _zeros_of(parts: tuple[Scalar | None, ...], people: People) -> Zeros:
    fields = [field for part in parts if part is not None for field in fields_in(part, people)]
    return Zeros.HIDDEN if any(field.zeros is Zeros.HIDDEN for field in fields) else Zeros.SHOWN


_NOT_STRICT = (
    exp.Case, exp.If, exp.Coalesce, exp.Is, exp.Not, exp.Or, exp.Greatest, exp.Least, exp.NullSafeEQ,
    exp.NullSafeNEQ, exp.Concat, exp.ConcatWs, exp.Placeholder, exp.Try,
)  # fmt: skip


def null_for_nobody(node: Scalar, people: People) -> bool:
    """Whether the scalar is null (or not true) on a row of nobody: it is strict in one of the people's columns."""
    if next(node.find_all(*_NOT_STRICT), None) is not None:
        return False
    return any(id in people.bases and not people.bases[id].public for id in column_ids(node))
