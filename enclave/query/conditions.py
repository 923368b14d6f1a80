"""Conditions, selectors and clipping inside an aggregate's argument: what splits its rows unseen.

For every path the disclosure rules count the units on each side. Without that, `count(*) FILTER (WHERE x)` beside
`count(*)` publishes the few who are not, and a CASE publishes each of its branches.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from enclave.catalogue.model import Field, FieldClass
from enclave.query.digits import may_round
from enclave.query.functions import lookup
from enclave.query.inside import digits_in, has_measure, is_condition, known_digits, value_leaves
from enclave.query.people_rows import Base, People
from enclave.query.products import Product, all_true, branches, varies
from enclave.query.relations import Scalar, column, column_id, column_ids
from enclave.query.sizes import never_fails
from enclave.query.text import in_floating_point, may_fail
from enclave.terms import Zeros


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A condition that splits rows, and whether 0 units on a side may be shown."""

    condition: Scalar
    zeros: Zeros


FEW_VALUES = 20
"""Up to so many different values a rounded or curved measure is judged like a code: one number could print how many
units have each. More do not fit into the digits of one number."""


@dataclass(frozen=True, slots=True, eq=False)
class Selector:
    """A value which weighs or picks rows. With `few` it is judged only where it has at most so many values.

    `never`: there nothing of it is shown, however many have each. `listed`: it is this field, bare, and where zeros are
    hidden all of its published codes have to be there: that nobody has one would be told by a number that is shown.
    """

    value: Scalar
    zeros: Zeros
    few: int = 0
    never: bool = False
    listed: Field | None = None


def path(condition: Scalar, people: People) -> Path:
    return Path(condition, _zeros(condition, people))


def paths(node: Scalar, people: People) -> Iterator[Path]:  # noqa: C901 - one case a kind of node
    """Every condition path of an argument. A CASE is its first matching branch, ELSE included, null as not true."""
    if is_condition(node, people):
        yield path(node, people)
        return
    match node:
        case exp.Column():
            yield from _summary_path(node, people)
        case exp.Case():
            yield from _case(node, people)
        case exp.If():
            yield path(node.this, people)
            yield from _branches((node.args.get("true"), node.args.get("false")), people)
        case exp.Coalesce():
            arguments = list(node.iter_expressions())
            yield from (_null_test(argument, people) for argument in arguments[:-1])
            yield from _branches(arguments, people)
        case exp.Nullif():
            yield path(exp.EQ(this=node.this.copy(), expression=node.expression.copy()), people)
            yield from _branches((node.this,), people)
        case exp.Greatest() | exp.Least():
            yield from _extreme(node, people)
        case exp.Abs():
            yield path(exp.LT(this=node.this.copy(), expression=exp.Literal.number(0)), people)
            yield from paths(node.this, people)
        case exp.Sign():
            for sign in (exp.LT, exp.GT):
                yield path(sign(this=node.this.copy(), expression=exp.Literal.number(0)), people)
            yield from paths(node.this, people)
        case exp.Try() | exp.TryCast():
            yield from _tried(node, people)
        case _:
            for child in node.iter_expressions():
                yield from paths(child, people)


def _summary_path(node: exp.Column, people: People) -> Iterator[Path]:
    """A person's own summary with conditions inside: each is a path, by whether any row of the person met it."""
    base = people.bases.get(node.name)
    for inner in base.inner_paths if base is not None else ():
        yield path(column(inner), people)


def _branches(nodes: Sequence[Scalar | None], people: People) -> Iterator[Path]:
    for node in nodes:
        if node is not None:
            yield from paths(node, people)


def _case(node: exp.Case, people: People) -> Iterator[Path]:
    several = len(node.args.get("ifs") or ()) > 1
    for conditions, result in branches(node):
        if several or result is not node.args.get("default"):
            yield path(all_true(conditions), people)
        if result is not None:
            yield from paths(result, people)


def joint_paths(found: Sequence[Product], people: People) -> Iterator[Path]:
    """Conditions which only together decide what a row adds: of nested CASEs, and of CASEs multiplied."""
    for one in found:
        if len(one.conditions) > 1:
            yield path(all_true(one.conditions), people)


def _null_test(node: Scalar, people: People) -> Path:
    test = exp.Is(this=node.copy(), expression=exp.Null())
    id = column_id(node)
    base = people.bases.get(id) if id is not None else None
    plain = base is not None and base.field is not None and not base.public and id not in people.nullable
    return Path(test, Zeros.SHOWN) if plain else path(test, people)


def null_path(node: Scalar, people: People) -> Path | None:
    """The path of count(x): x is null. None where the catalogue, verified at load, says that it never is."""
    id = column_id(node)
    base = people.bases.get(id) if id is not None else None
    if base is not None and base.field is not None and base.field.never_null and id not in people.nullable:
        return None
    found = _null_test(node, people)
    return Path(exp.Not(this=found.condition), found.zeros)


def _extreme(node: Scalar, people: People) -> Iterator[Path]:
    arguments = list(node.iter_expressions())
    comparison = exp.GTE if isinstance(node, exp.Greatest) else exp.LTE
    for place, argument in enumerate(arguments):
        for other in arguments[place + 1 :]:
            yield path(comparison(this=argument.copy(), expression=other.copy()), people)
    yield from _branches(arguments, people)


def _tried(node: Scalar, people: People) -> Iterator[Path]:
    inner = node.this
    if column_id(inner) is None:
        failed = exp.And(
            this=exp.Is(this=node.copy(), expression=exp.Null()),
            expression=exp.Not(this=exp.Is(this=inner.copy(), expression=exp.Null())),
        )
        yield path(failed, people)
    yield from paths(inner, people)


def selectors(node: Scalar, people: People) -> Iterator[Selector]:
    """The largest parts of an argument without any measure that are not constant. A bare code alone is exempt.

    Not so a number that names something (a school, an authority): the sum of such names tells how often each was added.
    """
    base = people.bases.get(column_id(node) or "")
    if base is None or not _is_ordinal(base):
        yield from _selectors(node, people)
    for part in node.find_all(exp.Column):
        inner = people.bases.get(part.name)
        for id in inner.inner_selectors if inner is not None else ():
            yield Selector(column(id), _zeros(column(id), people))


def _is_ordinal(base: Base) -> bool:
    field = base.field
    return (
        field is not None
        and not base.public
        and field.kind is FieldClass.DIMENSION
        and field.references is None
    )


def _selectors(node: Scalar, people: People) -> Iterator[Selector]:
    if determined(node, people) or not varies(node, people):
        return
    if not _has_measure(node, people):
        yield Selector(node, _zeros(node, people))
        return
    results = [result for _, result in branches(node)] if isinstance(node, exp.If | exp.Case) else None
    for child in node.iter_expressions() if results is None else results:
        if child is not None:
            yield from _selectors(child, people)


def one_sided(node: Scalar, found: Sequence[Product]) -> list[Scalar]:
    """Conditions which measures are multiplied by, as numbers, beside measures that are not: what is taken away so is
    a branch that nobody wrote. The branches of a CASE are all there."""
    added = [one for one in found if one.amounts]
    if len(added) <= 1 or isinstance(node.unnest(), exp.Case | exp.If | exp.Coalesce | exp.Nullif):
        return []
    return [condition for one in added for condition in one.conditions]


def joint_selectors(found: Sequence[Product], people: People) -> Iterator[Selector]:
    """Weights which only together, or only under a condition, decide how much a row adds."""
    for one in found:
        if len(one.weights) + bool(one.conditions) > 1 and one.weights:
            yield Selector(one.weight, _zeros(one.weight, people))


def bands(node: Scalar, found: Sequence[Product], people: People) -> Iterator[Selector]:
    """Roundings, and measures in other than a straight line: where they have few values they are codes in disguise.

    `sum(pow(1000, x))` prints how many have each x, `sum(x // 200)` how many have 200 and more.
    """
    for part in outside_conditions(node, people):
        if rounds(part, people) and has_measure(part, people):
            yield Selector(part, _zeros(part, people), few=FEW_VALUES)
        base = people.bases.get(column_id(part) or "")
        for id in base.inner_bands if base is not None else ():
            yield Selector(column(id), _zeros(column(id), people), few=FEW_VALUES)
    for one in found:
        if _is_curved(one, people):
            yield Selector(one.value, _zeros(one.value, people), few=FEW_VALUES)


def outside_conditions(node: Scalar, people: People) -> Iterator[Scalar]:
    """The scalar and its parts, without conditions: of these the sides are counted."""
    if is_condition(node, people):
        return
    yield node
    inner = [result for _, result in branches(node)] if isinstance(node, exp.If | exp.Case) else None
    for child in node.iter_expressions() if inner is None else inner:
        if child is not None:
            yield from outside_conditions(child, people)


STRAIGHT = (exp.Abs, exp.Greatest, exp.Least, exp.Coalesce, exp.Nullif, exp.If, exp.Case, exp.Try)


def rounds(node: Scalar, people: People) -> bool:
    """Whether different values come to one."""
    if isinstance(node, exp.IntDiv):
        return True
    if isinstance(node, exp.Cast | exp.TryCast):
        return _rounding_cast(node, people)
    if isinstance(node, exp.Add | exp.Sub):
        return may_round(node, known_digits(people))
    function = None if isinstance(node, STRAIGHT) else lookup(node)
    return function is not None and function.conditional


def _rounding_cast(node: exp.Cast, people: People) -> bool:
    """A FLOAT has seven digits, which are those of a field as it is, and of nothing that is larger by a constant."""
    if node.to.this == exp.DType.FLOAT:
        digits = digits_in([node.this], people)
        return digits.unsure or digits.lost > 0
    return bool(node.to.this != exp.DType.DOUBLE)


def _is_curved(one: Product, people: People) -> bool:
    """Whether some measure enters other than once and as it is."""
    if any(column_id(factor) is None and not isinstance(factor, STRAIGHT) for factor in one.amounts):
        return True
    names = [part.name for factor in one.amounts for part in value_leaves(factor, people)]
    return len(set(names)) < len(names)


def failures(node: Scalar, people: People) -> Iterator[Path]:
    """Where a cast or arithmetic comes to nothing though nothing in it is null: overflow is a threshold on a value."""
    for part in outside_conditions(node, people):
        if not has_measure(part, people) or not (isinstance(part, exp.Cast | exp.TryCast) or may_fail(part)):
            continue
        if never_fails(part, people.bases) or in_floating_point(part, people.bases):
            continue
        there = [
            exp.Not(this=exp.Is(this=column(id), expression=exp.Null())) for id in sorted(column_ids(part))
        ]
        nothing = exp.Is(this=part.copy(), expression=exp.Null())
        yield path(all_true([nothing, *there]), people)
        return


def _has_measure(node: Scalar, people: People) -> bool:
    return any(
        base is not None and not base.public and not base.code
        for part in value_leaves(node, people)
        for base in (people.bases.get(part.name),)
    )


def clips(node: Scalar, people: People) -> bool:
    """Whether the argument has a condition, clipping or rounding whose values the paths alone do not determine.

    A CASE of constants or a boolean made a number is determined by its paths.
    """
    if determined(node, people):
        return False
    if next(paths(node, people), None) is not None:
        return True
    return any((found := lookup(part)) is not None and found.conditional for part in node.walk()) or any(
        people.bases[part.name].conditioned for part in node.find_all(exp.Column) if part.name in people.bases
    )


def determined(node: Scalar, people: People) -> bool:
    """Whether the scalar's values are constants of the text, chosen by its paths."""
    if isinstance(node, exp.Literal | exp.Null | exp.Boolean) or is_condition(node, people):
        return True
    if isinstance(node, exp.Neg | exp.Cast | exp.TryCast):
        return determined(node.this, people)
    if isinstance(node, exp.If):
        return all(determined(part, people) for name in ("true", "false") if (part := node.args.get(name)))
    if isinstance(node, exp.Case):
        results = [branch.args["true"] for branch in node.args.get("ifs") or ()]
        default = node.args.get("default")
        return all(
            determined(part, people) for part in [*results, *([default] if default is not None else [])]
        )
    return False


def _zeros(node: Scalar, people: People) -> Zeros:
    hidden = any(field.zeros is Zeros.HIDDEN for field in fields_in(node, people))
    return Zeros.HIDDEN if hidden else Zeros.SHOWN


def fields_in(node: Scalar, people: People) -> frozenset[Field]:
    """Every catalogue field that the scalar is made of, fields used inside its subqueries included."""
    found = [
        people.bases[part.name].fields for part in node.find_all(exp.Column) if part.name in people.bases
    ]
    inside = [people.subquery_fields.get(part.name, frozenset()) for part in node.find_all(exp.Placeholder)]
    return frozenset().union(*found, *inside)
