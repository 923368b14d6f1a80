"""Conditions, selectors and clipping inside an aggregate's argument: what splits its rows unseen.

For every path the disclosure rules count the units on each side. Without that, `count(*) FILTER (WHERE x)` beside
`count(*)` publishes the few who are not, and a CASE publishes each of its branches.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from enclave.catalogue.model import Field
from enclave.query.functions import lookup
from enclave.query.inside import is_condition, is_looked_up, people_bases
from enclave.query.people_rows import People
from enclave.query.relations import Scalar, column, column_id
from enclave.terms import Zeros


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A condition that splits rows, and whether 0 units on a side may be shown."""

    condition: Scalar
    zeros: Zeros


@dataclass(frozen=True, slots=True, eq=False)
class Selector:
    """A value without a measure in it, which weighs or picks rows."""

    value: Scalar
    zeros: Zeros


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
    operand = node.this
    earlier: list[Scalar] = []
    for branch in node.args.get("ifs") or ():
        condition = (
            branch.this if operand is None else exp.EQ(this=operand.copy(), expression=branch.this.copy())
        )
        yield path(_first(condition, earlier), people)
        earlier.append(condition)
        yield from paths(branch.args["true"], people)
    if len(earlier) > 1:
        yield path(_none_of(earlier), people)
    if (default := node.args.get("default")) is not None:
        yield from paths(default, people)


def _first(condition: Scalar, earlier: list[Scalar]) -> Scalar:
    """The condition of one branch: true, and none before it true."""
    if not earlier:
        return condition.copy()
    return exp.And(this=_none_of(earlier), expression=condition.copy())


def _none_of(conditions: list[Scalar]) -> Scalar:
    result: Scalar | None = None
    for condition in conditions:
        untrue = exp.Not(this=exp.Coalesce(this=condition.copy(), expressions=[exp.false()]))
        result = untrue if result is None else exp.And(this=result, expression=untrue)
    assert result is not None, "asked for no condition"
    return result


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
    """The largest parts of an argument without any measure that are not constant. A bare code alone is exempt."""
    base = people.bases.get(column_id(node) or "")
    if base is None or not (base.code and base.field is not None and not base.public):
        yield from _selectors(node, people)
    for part in node.find_all(exp.Column):
        inner = people.bases.get(part.name)
        for id in inner.inner_selectors if inner is not None else ():
            yield Selector(column(id), _zeros(column(id), people))


def _selectors(node: Scalar, people: People) -> Iterator[Selector]:
    if is_condition(node, people):
        return
    if isinstance(node, exp.If | exp.Case):
        yield from _branch_selectors(node, people)
        return
    if not _columns(node, people):
        return
    if not _has_measure(node, people) and not _has_branch(node):
        yield Selector(node, _zeros(node, people))
        return
    for child in node.iter_expressions():
        yield from _selectors(child, people)


def _branch_selectors(node: Scalar, people: People) -> Iterator[Selector]:
    branches = [node] if isinstance(node, exp.If) else node.args.get("ifs") or []
    results = [branch.args.get(name) for branch in branches for name in ("true", "false")]
    for result in (*results, node.args.get("default")):
        if result is not None:
            yield from _selectors(result, people)


def _columns(node: Scalar, people: People) -> bool:
    return any(
        part.name in people.bases or is_looked_up(part) for part in node.find_all(exp.Column, exp.Placeholder)
    )


def _has_branch(node: Scalar) -> bool:
    return next(node.find_all(exp.If, exp.Case), None) is not None


def _has_measure(node: Scalar, people: People) -> bool:
    return any(not base.code for base in people_bases(node, people))


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
