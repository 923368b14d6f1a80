"""A tree as text with every bracket written, so that nothing is left to precedence.

sqlglot and DuckDB rank some operators differently (`-2 ^ 2`, `a = b IS NULL`). Regenerated plainly, such a text looks
right to both while the tree means something else. With all brackets written, DuckDB binds what the tree says, and
its plan can be held against the plan of the reader's own text.
"""

from sqlglot import exp

from enclave.query.dialect import DUCKDB

_OPERATORS = (
    exp.Binary,
    exp.Unary,
    exp.Between,
    exp.In,
    exp.Case,
    exp.Cast,
    exp.Interval,
)
_WHOLE = (exp.Paren, exp.Column, exp.Literal, exp.Star, exp.Null, exp.Boolean, exp.Subquery)


def spelled_out(tree: exp.Query) -> str:
    """The tree as SQL of DuckDB, every operand in brackets and every side of a set operation too."""
    copy = tree.copy()
    for node in list(copy.walk()):
        if isinstance(node, exp.SetOperation):
            _bracket_sides(node)
        elif isinstance(node, _OPERATORS) and not isinstance(node, (exp.Paren, exp.Escape)):
            _bracket_operands(node)
    return copy.sql(DUCKDB, copy=False, comments=False)


def _bracket_operands(node: exp.Expr) -> None:
    for name in ("this", "expression", "low", "high"):
        operand = node.args.get(name)
        if (
            isinstance(operand, exp.Expr)
            and isinstance(operand, _OPERATORS)
            and not isinstance(operand, _WHOLE)
        ):
            node.set(name, exp.Paren(this=operand))


def _bracket_sides(node: exp.SetOperation) -> None:
    for name in ("this", "expression"):
        side = node.args.get(name)
        if isinstance(side, exp.SetOperation):
            node.set(name, exp.Subquery(this=side))
