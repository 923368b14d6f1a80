"""Compare what the binder read with what the planner wrote and what was authorised."""

from collections.abc import Iterator, Sequence

from enclave.catalogue.marks import marks_of
from enclave.query.authorise import Authorised
from enclave.query.bound import Bound
from enclave.query.functions import REVIEWED, Policy
from enclave.query.rendering import ROW, apart_name
from enclave.query.store_view import structure

_COMPANIONS = frozenset(
    {"count", "count_star", "sum", "sum_no_overflow", "min", "max", "avg", "bool_or", "arg_min", "arg_max",
     "list_extract", "array_extract", "abs", "greatest", "+", "-", "*", "/", "//"}
)  # fmt: skip
"""What protection itself calls, beside what a researcher may write."""
_CALLED = _COMPANIONS | frozenset(
    name
    for (name, kind), line in REVIEWED.items()
    if kind in ("scalar", "aggregate", "window", "macro") and line.policy is not Policy.DENY
)
_OPERATORS = frozenset(
    {
        "LOGICAL_GET", "LOGICAL_PROJECTION", "LOGICAL_FILTER", "LOGICAL_AGGREGATE_AND_GROUP_BY", "LOGICAL_WINDOW",
        "LOGICAL_COMPARISON_JOIN", "LOGICAL_ANY_JOIN", "LOGICAL_CROSS_PRODUCT", "LOGICAL_DELIM_JOIN",
        "LOGICAL_DELIM_GET", "LOGICAL_DEPENDENT_JOIN", "LOGICAL_ORDER_BY", "LOGICAL_LIMIT", "LOGICAL_TOP_N",
        "LOGICAL_DISTINCT", "LOGICAL_UNION", "LOGICAL_EXCEPT", "LOGICAL_INTERSECT", "LOGICAL_EXPRESSION_GET",
        "LOGICAL_DUMMY_SCAN", "LOGICAL_CHUNK_GET", "LOGICAL_EMPTY_RESULT", "LOGICAL_MATERIALIZED_CTE",
        "LOGICAL_CTE_REF", "LOGICAL_JOIN",
    }
)  # fmt: skip


class Disagreement(AssertionError):
    """The binder and the planner differ: a broken promise, an incident. Nothing runs."""


def check_reads(
    bound: Bound, written: set[tuple[str, str]], authorised: Authorised, *, guards: Sequence[str] = ()
) -> None:
    """Tables, columns, functions and operators must be those that were written, and no more than was authorised.

    `guards` are functions that this statement alone may call: error(), which the binder puts around a subquery that
    must have one row (ours have one by their form, so it is never called), and those of the lists of a quantile.
    """
    problems = tuple(_differences(bound, written, authorised, frozenset(guards)))
    if problems:
        raise Disagreement("; ".join(problems))


def _differences(
    bound: Bound, written: set[tuple[str, str]], authorised: Authorised, guards: frozenset[str]
) -> Iterator[str]:
    read = {pair for pair in bound.tables if pair[1] and not _is_step(pair[0])}
    tables = {table for table, _ in bound.tables if not _is_step(table)}
    if tables != {table for table, _ in written}:
        yield f"bound reads the tables {sorted(tables)}"
    if read != written:
        yield f"bound reads {sorted(read - written)} more and {sorted(written - read)} less than written"
    beyond = read - _allowed(authorised)
    if beyond:
        yield f"reads beyond what was authorised: {sorted(beyond)}"
    functions = (bound.functions | bound.aggregates) - _CALLED - guards
    if functions:
        yield f"functions outside the review: {sorted(functions)}"
    operators = bound.operators - _OPERATORS
    if operators:
        yield f"operators outside the list: {sorted(operators)}"


def _is_step(relation: str) -> bool:
    return relation.startswith(("step_", "read_")) or relation == "answer"


def _allowed(authorised: Authorised) -> set[tuple[str, str]]:
    """The fields that were authorised, and what the planner adds: keys, clusters, the project's own restrictions."""
    catalogue = authorised.resolved.catalogue
    names = {(field.table, field.name) for field in authorised.fields}
    marks: set[tuple[str, str]] = set()
    for name in authorised.tables:
        table = catalogue.tables[name]
        if table.unit is None:
            names |= {(name, next(iter(table.fields)))}
            continue
        names |= {(name, field) for field in structure(table)}
        marks |= {(name, mark) for mark in marks_of(table)}
        grant = authorised.policy.table(name)
        if grant is not None:
            names |= {(name, field) for field in grant.rows or ()}
    stored = marks
    for table_name, field_name in names:
        if catalogue.tables[table_name].unit is not None and catalogue.tables[table_name].stored_apart(
            field_name
        ):
            relation = apart_name(table_name, field_name)
            stored |= {(relation, field_name), (relation, ROW), (table_name, ROW)}
        else:
            stored.add((table_name, field_name))
    return stored
