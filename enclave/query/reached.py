"""Whose records a leaf reaches: one row per unit and year of the data, for nobody but those who answer for it.

A record is reached by a leaf if at least one of its rows is among those that the leaf counts, adds up or groups,
whether or not what came of it was hidden. The years are those of the rows: of each table of people whose columns can be
read, and else of the rows that a person's own summary is made of.

Limit: a record which a condition leaves out (an anti-join, NOT IN) was looked at to do so, and is not among those
reached.
"""

from dataclasses import dataclass

from sqlglot import exp

from enclave.catalogue.model import YearForm
from enclave.disclosure.ledger.members import UNIT
from enclave.query.census_rows import first_scans, ids_below, with_standing
from enclave.query.leaves import Leaf
from enclave.query.people_rendering import PeopleRenderer
from enclave.query.protected import Protected
from enclave.query.relations import Scan
from enclave.query.rendering import aliased, apart_name, named
from enclave.query.scalars_used import ids_in, inner_scalars, scalars_of
from enclave.query.standing import people_scans


@dataclass(frozen=True, slots=True, eq=False)
class ReachSelect:
    """The statement, and which of its columns hold a year in which form."""

    select: exp.Select
    years: tuple[tuple[str, YearForm], ...]


def reach_columns(leaf: Leaf, protected: Protected) -> frozenset[str]:
    """Column ids that the statement needs, and no others: equal populations of different queries are equal texts."""
    relation = leaf.people.relation
    found = ids_in(scalars_of(relation, protected)) | ids_in(iter([leaf.people.key])) | ids_below(relation)
    for inner in protected.subqueries.values():
        found |= ids_in(inner_scalars(inner, protected))
    return found | frozenset(id for scan in people_scans(relation) for id in _year_ids(scan))


def reach_of(leaf: Leaf, renderer: PeopleRenderer) -> ReachSelect:
    """Who is behind a leaf, as a statement for an engine.

    Args:
        renderer: one of its own, whose used columns are `reach_columns`.
    """
    relation = leaf.people.relation
    scans = [scan for scan in people_scans(relation) if scan.table.year is not None]
    below = None if any(True for _ in people_scans(relation)) else with_standing(relation, renderer)
    columns, years = [aliased(renderer.scalar(leaf.people.key), UNIT)], []
    if below is not None:
        rows = below.rows
        first = next(first_scans(relation), None)
        if first is not None and first.table.year is not None:
            columns.append(aliased(below.columns["w0"], "y0"))
            years.append(("y0", first.table.year.form))
    else:
        rows = renderer.source(relation)
        for place, scan in enumerate(scans):
            assert scan.table.year is not None, "these have a year"
            columns.append(aliased(named(scan.columns[scan.table.year.field]), f"y{place}"))
            years.append((f"y{place}", scan.table.year.form))
    there = exp.Not(this=exp.Paren(this=exp.Is(this=renderer.scalar(leaf.people.key), expression=exp.Null())))
    rows.where.append(there)
    made = rows.select(columns)
    made.set("distinct", exp.Distinct())
    return ReachSelect(made, tuple(years))


def fields_read(renderer: PeopleRenderer) -> tuple[tuple[str, str], ...]:
    """The fields of people that a statement reads, those of subqueries too: no marks, no row numbers, no public tables.

    A tier-1 field is read from a relation of its own; it is a field of its table all the same.
    """
    tables = {scan.table.name: scan.table for scan in renderer.scans}
    return tuple(
        sorted(
            (table.name, name)
            for relation, name in renderer.reads
            for table in tables.values()
            if name in table.fields and relation in (table.name, apart_name(table.name, name))
        )
    )


def _year_ids(scan: Scan) -> tuple[str, ...]:
    return () if scan.table.year is None else (scan.columns[scan.table.year.field],)
