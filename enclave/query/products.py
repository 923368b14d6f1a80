"""An aggregate's argument as a sum of products, so that each product is judged by itself.

`x + 1000000` hides behind its constant how much one person holds of x; `a * (b * x)` counts those who meet both a and b
though each alone is met by many. So an argument is multiplied out: every product has conditions that must all hold,
weights (codes and looked-up values) and amounts (people's measures).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product as combinations
from typing import TypeVar

from sqlglot import exp

from enclave.problems import TooComplex
from enclave.query.data_types import data_type
from enclave.query.inside import has_measure, is_condition, is_looked_up, value_leaves
from enclave.query.people_rows import People
from enclave.query.relations import Scalar, column, column_id

Part = TypeVar("Part")
MOST_PRODUCTS = 100
_PASSED_ON = (exp.Paren, exp.Cast, exp.TryCast, exp.Try, exp.Round, exp.Floor, exp.Ceil, exp.Trunc, exp.Neg)
_PICKS_ONE = (exp.Greatest, exp.Least, exp.Abs)


@dataclass(frozen=True, slots=True)
class Product:
    """Factors of one product, constants left out. Without weights and amounts it is a constant of the text."""

    conditions: tuple[Scalar, ...] = ()
    weights: tuple[Scalar, ...] = ()
    amounts: tuple[Scalar, ...] = ()

    @property
    def constant(self) -> bool:
        return not self.weights and not self.amounts

    @property
    def value(self) -> Scalar:
        """The product as a scalar, null where its conditions do not hold."""
        return given(self.conditions, _times([*self.weights, *self.amounts]))

    @property
    def amount(self) -> Scalar:
        """What measures add to it, without what weighs them."""
        return _times(self.amounts)

    @property
    def weight(self) -> Scalar:
        return given(self.conditions, _times(self.weights))


def products(node: Scalar, people: People) -> tuple[Product, ...]:
    """The products that an argument is the sum of.

    Raises:
        TooComplex: there are more than `MOST_PRODUCTS`.
    """
    return _limited(_products(node, people))


def _limited(found: Iterator[Part]) -> tuple[Part, ...]:
    kept: list[Part] = []
    for one in found:
        kept.append(one)
        if len(kept) > MOST_PRODUCTS:
            raise TooComplex(
                detail=f"An aggregate's argument is a sum of more than {MOST_PRODUCTS} products."
            )
    return tuple(kept)


def _products(node: Scalar, people: People) -> Iterator[Product]:  # noqa: C901 - one case a kind of node
    if is_condition(node, people):
        yield Product(conditions=(node,))
        return
    match node:
        case exp.Add() | exp.Sub() if _between_dates(node, people):
            yield _factor(node, people)
        case exp.Add() | exp.Sub():
            yield from _products(node.this, people)
            yield from _products(node.expression, people)
        case exp.Mul():
            sides = (products(node.this, people), products(node.expression, people))
            yield from (_joined(one, other) for one, other in combinations(*sides))
        case exp.Div():
            divisor = _divisor(node.expression, people)
            yield from (_joined(one, divisor) for one in products(node.this, people))
        case exp.Case() | exp.If():
            for conditions, result in branches(node):
                for one in () if result is None else _products(result, people):
                    yield _joined(Product(conditions=tuple(conditions)), one)
                if result is None:
                    yield Product(conditions=tuple(conditions))
        case exp.Coalesce():
            yield from _first_there(list(node.iter_expressions()), people)
        case exp.Nullif():
            differ = exp.NEQ(this=node.this.copy(), expression=node.expression.copy())
            yield from (_joined(Product(conditions=(differ,)), one) for one in _products(node.this, people))
        case exp.Pow() if (power := _whole_power(node)) is not None:
            for chosen in combinations(products(node.this, people), repeat=power):
                yield _all_joined(chosen)
        case _ if isinstance(node, _PASSED_ON):
            yield from _products(node.this, people)
        case _ if isinstance(node, _PICKS_ONE) and has_measure(node, people):
            yield Product(amounts=(node,))
            for argument in node.iter_expressions():
                yield from _products(argument, people)
        case _:
            yield _factor(node, people)


def _between_dates(node: Scalar, people: People) -> bool:
    """Whether one side is a day or an instant, which is no number by itself."""
    return any(_is_time(side, people) for side in (node.this, node.expression))


def _is_time(node: Scalar, people: People) -> bool:
    if isinstance(node, exp.Cast):
        return node.to.this in _TIMES
    id = column_id(node)
    base = people.bases.get(id) if id is not None else None
    return base is not None and base.field is not None and base.field.type == "DATE"


_TIMES = (exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ, exp.DType.TIME)


def _factor(node: Scalar, people: People) -> Product:
    if _has_measure_value(node, people):
        return Product(amounts=(node,))
    return Product(weights=(node,)) if varies(node, people) else Product()


def _divisor(node: Scalar, people: People) -> Product:
    inverse = exp.Div(this=exp.Literal.number(1), expression=node.copy())
    found = _factor(node.this if isinstance(node, exp.Nullif) else node, people)
    if found.amounts:
        return Product(amounts=(inverse,))
    return Product(weights=(inverse,)) if found.weights else Product()


def _has_measure_value(node: Scalar, people: People) -> bool:
    return any(
        base is not None and not base.public and not base.code
        for part in value_leaves(node, people)
        for base in (people.bases.get(part.name),)
    )


def varies(node: Scalar, people: People) -> bool:
    """Whether the scalar's value depends on the row."""
    return any(
        part.name in people.bases or is_looked_up(part) for part in node.find_all(exp.Column, exp.Placeholder)
    )


def _first_there(arguments: Sequence[Scalar], people: People) -> Iterator[Product]:
    """COALESCE: each argument where those before it are null."""
    missing: list[Scalar] = []
    for argument in arguments:
        for one in _products(argument, people):
            yield _joined(Product(conditions=tuple(missing)), one)
        missing = [*missing, exp.Is(this=argument.copy(), expression=exp.Null())]


def _whole_power(node: exp.Pow) -> int | None:
    power = node.expression
    if isinstance(power, exp.Literal) and not power.is_string and power.name in ("1", "2", "3"):
        return int(power.name)
    return None


def _joined(one: Product, other: Product) -> Product:
    return Product(
        (*one.conditions, *other.conditions),
        (*one.weights, *other.weights),
        (*one.amounts, *other.amounts),
    )


def _all_joined(chosen: Sequence[Product]) -> Product:
    made = Product()
    for one in chosen:
        made = _joined(made, one)
    return made


def branches(node: exp.Case | exp.If) -> Iterator[tuple[list[Scalar], Scalar | None]]:
    """Each result of a CASE with the condition under which it is taken: the first that is true, null as not true."""
    earlier: list[Scalar] = []
    for branch in [node] if isinstance(node, exp.If) else node.args.get("ifs") or ():
        condition: Scalar = branch.this
        if isinstance(node, exp.Case) and node.this is not None:
            condition = exp.EQ(this=node.this.copy(), expression=branch.this.copy())
        yield [first_true(condition, earlier)], branch.args.get("true")
        earlier = [*earlier, condition]
    yield [none_true(earlier)], node.args.get("false" if isinstance(node, exp.If) else "default")


def first_true(condition: Scalar, earlier: Sequence[Scalar]) -> Scalar:
    """The condition of one branch: true, and none before it true."""
    if not earlier:
        return condition.copy()
    return exp.And(this=none_true(earlier), expression=condition.copy())


def none_true(conditions: Sequence[Scalar]) -> Scalar:
    result: Scalar | None = None
    for condition in conditions:
        untrue = exp.Not(this=exp.Coalesce(this=condition.copy(), expressions=[exp.false()]))
        result = untrue if result is None else exp.And(this=result, expression=untrue)
    assert result is not None, "asked for no condition"
    return result


def all_true(conditions: Sequence[Scalar]) -> Scalar:
    result = conditions[0].copy()
    for condition in conditions[1:]:
        result = exp.And(this=result, expression=condition.copy())
    return result


def given(conditions: Sequence[Scalar], value: Scalar) -> Scalar:
    """The value where all conditions hold, else null."""
    if not conditions:
        return value
    return exp.Case(ifs=[exp.If(this=all_true(conditions), true=value)])


def _times(factors: Sequence[Scalar]) -> Scalar:
    result: Scalar = exp.Literal.number(1)
    for place, factor in enumerate(factors):
        result = factor.copy() if place == 0 else exp.Mul(this=result, expression=factor.copy())
    return result


def weighed(found: Sequence[Product], people: People) -> tuple[Scalar, ...]:
    """The parts of an argument whose concentration is judged, where the argument's own would not tell.

    Empty where the argument is one product that hides nothing: then the argument itself is judged.
    """
    parts = [one for one in found if not one.constant]
    hidden = any(_inner_terms(factor, people) for one in parts for factor in one.amounts)
    beyond = beyond_usual(found, people)
    if len(found) <= 1 and not hidden and not beyond:
        return ()
    uncovered_ones = (part for one in parts for part in _uncovered(one, people))
    return _limited(part.value for part in (*uncovered_ones, *beyond))


def beyond_usual(found: Sequence[Product], people: People) -> tuple[Product, ...]:
    """The products with what a person has beyond the usual value of a field, in the place of what they have.

    `sum(x)` is n times the usual value and the sum of `x - usual`, to which the few add who have another value.
    """
    return _limited(part for one in found if one.amounts for part in _beyond_usual(one, people))


def _beyond_usual(one: Product, people: People) -> Iterator[Product]:
    choices = [(factor, *_less_usual(factor, people)) for factor in one.amounts]
    for chosen in list(combinations(*choices))[1:]:  # the first is the product itself
        yield Product(one.conditions, one.weights, tuple(chosen))


def _less_usual(factor: Scalar, people: People) -> Iterator[Scalar]:
    base = people.bases.get(column_id(factor) or "")
    usual = None if base is None or base.public or base.field is None else base.field.usual
    if usual is not None:
        whole = exp.Cast(this=factor.copy(), to=data_type("DOUBLE"))  # a decimal near its end would overflow
        value: Scalar = exp.Literal.number(f"{abs(usual):f}")
        less = exp.Add if usual < 0 else exp.Sub
        yield exp.Paren(this=less(this=whole, expression=value))


def uncovered(found: Sequence[Product], people: People) -> tuple[Product, ...]:
    """The products with amounts, each of the parts that a person's own sum was made of by itself."""
    return _limited(part for one in found if one.amounts for part in _uncovered(one, people))


def _uncovered(one: Product, people: People) -> Iterator[Product]:
    """The product with each of the parts that a person's own sum was made of, in the place of the sum."""
    choices = [_inner_terms(factor, people) or (factor,) for factor in one.amounts]
    for chosen in combinations(*choices):
        yield Product(one.conditions, one.weights, tuple(chosen))


def _inner_terms(factor: Scalar, people: People) -> tuple[Scalar, ...]:
    base = people.bases.get(column_id(factor) or "")
    return () if base is None else tuple(column(id) for id in base.inner_terms)


def multiplied(found: Sequence[Product]) -> tuple[Scalar, ...]:
    """The measures that others are multiplied by, each once."""
    factors: list[Scalar] = []
    for one in found:
        if any(factor != one.amounts[0] for factor in one.amounts[1:]):
            factors += [factor for factor in one.amounts if factor not in factors]
    return tuple(factors)
