"""On which conditions a row counts in a number of a leaf, and which of them can be no secret."""

from collections.abc import Iterator

from sqlglot import exp

from enclave.query.conditions import paths
from enclave.query.inside import is_condition
from enclave.query.leaves import Number
from enclave.query.people_rows import Kept, Linked, People, Rows_, Windowed
from enclave.query.relations import Rows, Scalar, conjuncts


def counts_in(number: Number, people: People) -> list[Scalar]:
    """The conditions on which a row counts in the number: its FILTER, and that its arguments have a value."""
    found = list(conjuncts(number.condition)) if number.condition is not None else []
    return [*found, *(_there(one) for one in number.arguments if not never_null(one, people))]


def _there(argument: Scalar) -> Scalar:
    return exp.Not(this=exp.Paren(this=exp.Is(this=argument.copy(), expression=exp.Null())))


def has_its_own_value(part: Scalar, number: Number, people: People) -> bool:
    """Whether the condition is no more than that there is a value of what the number tells of.

    That there is one of the other argument of a pair says which rows are meant, like a FILTER: those who lack it are in
    `avg(x)` and not in `regr_avgx(y, x)`.
    """
    if number.second is not None and not number.tells_of_both and part == _there(number.second):
        return False
    return is_having_a_value(part, people)


def is_having_a_value(part: Scalar, people: People) -> bool:
    """Whether the condition is that an argument without any condition in it is not null.

    Having a value is no secret of the value's field; which branch of a CASE a row takes may be one.
    """
    inner = part.this.this if isinstance(part, exp.Not) and isinstance(part.this, exp.Paren) else None
    if not (isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null)):
        return False
    return next(iter(paths(inner.this, people)), None) is None or _is_there_with_its_columns(inner.this)


def _is_there_with_its_columns(node: Scalar) -> bool:
    """Whether it is a comparison, as a number perhaps, which has a value just where the columns in it have one."""
    match node:
        case exp.Cast() | exp.Paren() | exp.Not():
            return _is_there_with_its_columns(node.this)
        case exp.EQ() | exp.NEQ() | exp.LT() | exp.LTE() | exp.GT() | exp.GTE():
            return all(isinstance(one, exp.Column | exp.Literal) for one in node.iter_expressions())
        case _:
            return False


_NULL_ONLY_BY_PARTS = (exp.Paren, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ,
                       exp.LT, exp.LTE, exp.GT, exp.GTE, exp.In, exp.Between)  # fmt: skip


def never_null(node: Scalar, people: People) -> bool:
    """Whether a scalar has a value in every row, by the catalogue."""
    match node:
        case exp.Literal() | exp.Boolean() | exp.Is():
            return True
        case exp.Column():
            return node.name not in people.nullable and _always_there(node.name, people)
        case exp.Cast() | exp.TryCast():
            return is_condition(node.this, people) and never_null(node.this, people)
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


def needs(node: Scalar, id: str) -> bool:
    """Whether a scalar is null, or a condition not true, wherever this column is null."""
    match node:
        case exp.Paren():
            return needs(node.this, id)
        case exp.And():
            return needs(node.left, id) or needs(node.right, id)
        case exp.Or():
            return needs(node.left, id) and needs(node.right, id)
        case exp.Not(this=exp.Is() as test) | exp.Not(this=exp.Paren(this=exp.Is() as test)):
            return isinstance(test.expression, exp.Null) and _is_null_with(test.this, id)
        case _:
            return _is_null_with(node, id)


def _is_null_with(node: Scalar, id: str) -> bool:
    """The same of a value. `AND` may be false where a part of it is null, so it is none of these."""
    match node:
        case exp.Column():
            return node.name == id
        case exp.Case(this=None):
            branches = [(one.this, one.args["true"]) for one in node.args.get("ifs") or ()]
            default = node.args.get("default")
            others = default is None or _is_null_with(default, id)
            return others and all(needs(test, id) or _is_null_with(then, id) for test, then in branches)
        case _ if isinstance(node, _NULL_BY_A_PART):
            return any(_is_null_with(one, id) for one in node.iter_expressions())
        case _:
            return False


_NULL_BY_A_PART = (exp.Paren, exp.Neg, exp.Cast, exp.TryCast, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.EQ, exp.NEQ,
                   exp.LT, exp.LTE, exp.GT, exp.GTE)  # fmt: skip


def _always_there(id: str, people: People) -> bool:
    """Whether a base column has a value in every row: by the catalogue, or as it is written in literal rows."""
    base = people.bases.get(id)
    if base is not None and base.field is not None:
        return base.field.never_null
    return any(_is_full(rows, id) for rows in _literals(people.relation))


def _literals(rows: Rows_) -> Iterator[Rows]:
    match rows:
        case Linked():
            yield from _literals(rows.left)
            yield from _literals(rows.right)
        case Kept() | Windowed():
            yield from _literals(rows.source)
        case Rows():
            yield rows
        case _:
            return


def _is_full(rows: Rows, id: str) -> bool:
    if id not in rows.columns:
        return False
    place = rows.columns.index(id)
    return all(isinstance(row[place], exp.Literal | exp.Boolean | exp.Neg) for row in rows.rows)
