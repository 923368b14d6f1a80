"""On which conditions a row counts in a number of a leaf, and which of them can be no secret."""

from sqlglot import exp

from enclave.query.conditions import paths
from enclave.query.leaves import Number
from enclave.query.people_rows import People
from enclave.query.relations import Scalar, column_id, conjuncts


def counts_in(number: Number, people: People) -> list[Scalar]:
    """The conditions on which a row counts in the number: its FILTER, and that its arguments have a value."""
    found = list(conjuncts(number.condition)) if number.condition is not None else []
    for argument in number.arguments:
        if not never_null(argument, people):
            found.append(exp.Not(this=exp.Paren(this=exp.Is(this=argument.copy(), expression=exp.Null()))))
    return found


def is_having_a_value(part: Scalar, people: People) -> bool:
    """Whether the condition is that an argument without any condition in it is not null.

    Having a value is no secret of the value's field; which branch of a CASE a row takes may be one.
    """
    inner = part.this.this if isinstance(part, exp.Not) and isinstance(part.this, exp.Paren) else None
    if not (isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null)):
        return False
    return next(iter(paths(inner.this, people)), None) is None


_NULL_ONLY_BY_PARTS = (exp.Paren, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ,
                       exp.LT, exp.LTE, exp.GT, exp.GTE, exp.In, exp.Between)  # fmt: skip


def never_null(node: Scalar, people: People) -> bool:
    """Whether a scalar has a value in every row, by the catalogue."""
    match node:
        case exp.Literal() | exp.Boolean() | exp.Is():
            return True
        case exp.Column():
            base = people.bases.get(node.name)
            known = base is not None and base.field is not None and base.field.never_null
            return known and node.name not in people.nullable
        case exp.Cast() | exp.TryCast():
            base = people.bases.get(column_id(node.this) or "")
            return base is not None and base.boolean and never_null(node.this, people)
        case exp.Case():
            results = [branch.args["true"] for branch in node.args.get("ifs") or ()]
            default = node.args.get("default")
            return default is not None and all(never_null(one, people) for one in (*results, default))
        case exp.If():
            results = [node.args.get("true"), node.args.get("false")]
            return all(one is not None and never_null(one, people) for one in results)
        case exp.Coalesce():
            return any(never_null(one, people) for one in node.iter_expressions())
        case _ if isinstance(node, _NULL_ONLY_BY_PARTS):
            return all(never_null(one, people) for one in node.iter_expressions())
        case _:
            return False
