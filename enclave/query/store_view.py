"""What a project may see of the research store: its tables with the granted columns, and those that protection needs.

The same list makes the worker's views and the binder's shadow, so that what is not in it exists for neither. The shadow
also has the apart fields under their own table (`logical`), to bind the reader's own text; that our generated text
reads them from their own files is what `witness` checks.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from enclave.catalogue.marks import marks_of
from enclave.catalogue.model import Catalogue, FieldClass, Table
from enclave.projects import Policy, TableGrant
from enclave.query.rendering import ROW, apart_name


@dataclass(frozen=True, slots=True)
class StoreRelation:
    """One relation: its name in SQL and its columns. `apart` names the tier-1 field that it holds, if it does."""

    name: str
    table: str
    columns: tuple[str, ...]
    apart: str | None = None
    logical: tuple[str, ...] = ()  # fields that the reader's own text finds here, kept apart in the store


def store_view(policy: Policy, catalogue: Catalogue) -> tuple[StoreRelation, ...]:
    """Every relation that workers of this project and policy may see."""
    return tuple(
        relation
        for grant in policy.grants.values()
        for relation in _relations(catalogue.tables[grant.table], grant)
    )


def _relations(table: Table, grant: TableGrant) -> Iterator[StoreRelation]:
    if table.unit is None:
        rows = next(iter(table.fields))  # what a count of rows reads, granted or not
        granted = (
            tuple(table.fields) if table.public else tuple(dict.fromkeys((rows, *_granted(table, grant))))
        )
        yield StoreRelation(table.name, table.name, granted)
        return
    names = sorted(set(_granted(table, grant)) | set(_needed(table, grant)))
    apart = [name for name in names if table.stored_apart(name)]
    main = [name for name in names if name not in apart]
    yield StoreRelation(table.name, table.name, (*main, *marks_of(table), ROW), logical=tuple(apart))
    for name in apart:
        yield StoreRelation(apart_name(table.name, name), table.name, (name, ROW), name)


def _granted(table: Table, grant: TableGrant) -> Iterator[str]:
    for name, field in table.fields.items():
        if field.kind is not FieldClass.IDENTIFIER and grant.grant(name) is not None:
            yield name


def _needed(table: Table, grant: TableGrant) -> Iterator[str]:
    """What protection reads: where and when a unit stands, and what restricts the project's rows."""
    yield from structure(table)
    yield from grant.rows or ()


def structure(table: Table) -> Iterator[str]:
    """The fields by which the rows of people are told apart: the key, the cluster and its parts, year and term."""
    assert table.key is not None, "a table of people has a key"
    yield table.key
    if table.cluster is not None:
        yield table.cluster.by
        if table.cluster.parts is not None:
            yield table.cluster.parts
    if table.year is not None:
        yield table.year.field
    if table.term is not None:
        yield table.term
    yield from (grain.where.field for grain in table.grain if grain.where is not None)
