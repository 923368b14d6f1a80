"""The select items, stars expanded."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from enclave.problems import SyntaxProblem, UnknownField
from enclave.query.dialect import DUCKDB
from enclave.query.relations import Scalar, column
from enclave.query.scopes import Named, Scope, Work
from enclave.terms import Span


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One select item: its expression, unbound, or bound already where a star stood for it."""

    tree: Scalar
    name: str
    alias: str | None
    bound: Scalar | None
    span: Span


def expand_items(tree: exp.Select, scope: Scope, work: Work) -> list[Item]:
    """Every select item in order; `*`, `t.*`, EXCLUDE and REPLACE made explicit."""
    return [item for node in tree.expressions for item in _expanded(node, scope, work)]


def _expanded(node: exp.Expr, scope: Scope, work: Work) -> Iterator[Item]:
    if isinstance(node, exp.Star):
        yield from _star(node, node, scope.every_column(), work)
    elif isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
        yield from _star(node.this, node, _columns_of(node, scope, work), work)
    elif isinstance(node, exp.Alias):
        yield Item(node.this, node.alias, node.alias, None, work.span(node.this))
    else:
        yield Item(node, _own_name(node), None, None, work.span(node))


def _columns_of(node: exp.Column, scope: Scope, work: Work) -> list[Named]:
    for source in scope.sources:
        if source.alias.lower() == node.table.lower():
            return list(source.columns)
    work.problems.append(
        UnknownField(detail=f"No table or alias {node.table} stands in FROM here.", spans=(work.span(node),))
    )
    return []


def _star(star: exp.Expr, place: exp.Expr, columns: list[Named], work: Work) -> Iterator[Item]:
    excluded = {part.name.lower() for part in star.args.get("except_") or ()}
    replaced = {part.alias.lower(): part.this for part in star.args.get("replace") or ()}
    unknown = (excluded | set(replaced)) - {item.name.lower() for item in columns}
    span = work.span(place)
    if unknown:
        work.problems.append(UnknownField(detail=f"The star has no column {min(unknown)}.", spans=(span,)))
    if not columns and not work.problems:
        work.problems.append(SyntaxProblem(detail="A star needs a FROM.", spans=(span,)))
    for item in columns:
        name = item.name.lower()
        if name in replaced:
            yield Item(replaced[name], item.name, item.name, None, span)
        elif name not in excluded:
            yield Item(place, item.name, None, column(item.column, like=place), span)


def _own_name(node: exp.Expr) -> str:
    return node.name if isinstance(node, exp.Column) else node.sql(DUCKDB).lower()
