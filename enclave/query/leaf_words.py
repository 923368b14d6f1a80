"""Small trees that the SQL of a leaf is made of."""

from sqlglot import exp

from enclave.query.data_types import data_type
from enclave.query.relations import Scalar
from enclave.query.rendering import named


def call(name: str, *arguments: Scalar) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def count_rows() -> Scalar:
    return exp.Count(this=exp.Star())


def count_where(condition: Scalar) -> Scalar:
    return filtered(count_rows(), condition)


def filtered(aggregate: Scalar, condition: Scalar) -> Scalar:
    return exp.Filter(this=aggregate, expression=exp.Where(this=condition))


def number_literal(value: int) -> Scalar:
    return exp.Literal.number(value)


def is_there(id: str) -> Scalar:
    return exp.Not(this=exp.Paren(this=exp.Is(this=named(id), expression=exp.Null())))


def value_tested(condition: Scalar) -> Scalar | None:
    """The column of which the condition asks no more than that it has a value, as `is_there` writes it."""
    inner = condition.this if isinstance(condition, exp.Not) else None
    test = inner.this if isinstance(inner, exp.Paren) else None
    if (
        isinstance(test, exp.Is)
        and isinstance(test.expression, exp.Null)
        and isinstance(test.this, exp.Column)
    ):
        return test.this.copy()
    return None


def of_one_row(aggregate: Scalar) -> Scalar:
    """What an aggregate over the rows of a unit is where the unit has one row."""
    match aggregate:
        case exp.Anonymous() if aggregate.name == "bool_or":
            only: Scalar = aggregate.expressions[0]
            return only.copy()
        case exp.Sum():
            summed: Scalar = aggregate.this
            return summed.copy()
        case exp.Count() if isinstance(aggregate.this, exp.Star):
            return number_literal(1)
        case exp.Filter() if isinstance(aggregate.this, exp.Count) and isinstance(
            aggregate.this.this, exp.Star
        ):
            return if_else(aggregate.expression.this, number_literal(1), number_literal(0))
        case exp.Nullif() if isinstance(aggregate.this, exp.Count):
            return number_literal(1)  # and not 0
        case exp.Nullif():
            return exp.Nullif(this=of_one_row(aggregate.this), expression=aggregate.expression.copy())
        case _:
            raise AssertionError(f"no aggregate of a unit's rows: {type(aggregate).__name__}")


def both(one: Scalar | None, other: Scalar) -> Scalar:
    return other if one is None else exp.And(this=one, expression=other)


def true_or_false(condition: Scalar) -> Scalar:
    """The condition with null as not true."""
    return exp.Coalesce(this=condition, expressions=[exp.false()])


def copied(node: Scalar | None) -> Scalar | None:
    return None if node is None else node.copy()


def paren(node: Scalar) -> Scalar:
    return exp.Paren(this=node)


def plus(one: Scalar, other: Scalar) -> Scalar:
    return exp.Add(this=_bracket(one), expression=_bracket(other))


def minus(one: Scalar, other: Scalar) -> Scalar:
    return exp.Sub(this=_bracket(one), expression=_bracket(other))


def times(one: Scalar, other: Scalar) -> Scalar:
    return exp.Mul(this=_bracket(one), expression=_bracket(other))


def divided(one: Scalar, other: Scalar) -> Scalar:
    return exp.Div(this=_bracket(one), expression=_bracket(other))


def squared(node: Scalar) -> Scalar:
    return times(node, node)


def _bracket(node: Scalar) -> Scalar:
    return exp.Paren(this=node.copy()) if isinstance(node, exp.Binary) else node.copy()


def if_else(condition: Scalar, then: Scalar, otherwise: Scalar) -> Scalar:
    return exp.Case(ifs=[exp.If(this=condition.copy(), true=then.copy())], default=otherwise.copy())


def only_if(condition: Scalar, then: Scalar) -> Scalar:
    """The value where the condition is true, else null."""
    return exp.Case(ifs=[exp.If(this=condition.copy(), true=then.copy())])


def cast(node: Scalar, type: str) -> Scalar:
    return exp.Cast(this=node, to=data_type(type))
