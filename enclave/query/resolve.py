"""Bind every name of a parsed query to a catalogue field, and put it into relational form.

Stars, positions, aliases and USING are made explicit here, so that later stages see columns only. Everything wrong with
names is reported at once. Nothing here knows who asks or what may be shown.
"""

from dataclasses import dataclass

from sqlglot import exp

from enclave.catalogue.model import Catalogue
from enclave.problems import Problem, Refusals
from enclave.query.parse import Parsed
from enclave.query.relations import Output, Query
from enclave.query.scopes import Work
from enclave.query.selects import resolve_query
from enclave.query.source_names import other_censuses, rewritten
from enclave.query.uses import Uses, find_uses


@dataclass(frozen=True, slots=True, eq=False)
class Resolved:
    """A parsed query whose names are bound. Made only by `resolve`."""

    parsed: Parsed
    catalogue: Catalogue
    query: Query
    uses: Uses


def resolve(parsed: Parsed, catalogue: Catalogue) -> Resolved:
    """Bind the names of a query.

    Raises:
        Refusals: every unknown table, unknown or ambiguous field, and misplaced aggregate.
    """
    work = Work(parsed, catalogue)
    try:
        query = _bind(parsed.tree, work)
    except Problem as problem:
        raise Refusals((*work.problems, problem)) from None
    if work.problems:
        raise Refusals(tuple(work.problems))
    others = tuple(other_censuses(query, catalogue, work.source_names))
    if others:
        raise Refusals(others)
    return Resolved(rewritten(parsed, work.source_names), catalogue, query, find_uses(query))


def _bind(tree: exp.Expr, work: Work) -> Query:
    bound = resolve_query(tree, work, common={}, parent=None)
    outputs = tuple(
        Output(name=item.name, column=item.column, span=span)
        for item, span in zip(bound.columns, bound.spans, strict=True)
    )
    return Query(bound.relation, outputs, work.columns, work.subqueries, work.selected)
