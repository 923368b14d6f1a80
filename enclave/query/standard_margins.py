"""Standard margins as the house names them: the statement that reads what they are counted from.

It follows from the catalogue and the house alone, and is run by a worker of the ledger's own, which sees these columns
of this one table and nothing else. A question has no part in it but which censuses it touches.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from enclave.catalogue.model import Catalogue, Field, Table
from enclave.disclosure.ledger.members import UNIT
from enclave.disclosure.ledger.numbers import Kind
from enclave.disclosure.ledger.standard import MarginColumn, MarginsLayout
from enclave.projects.model import StandardMargins
from enclave.query.dialect import DUCKDB
from enclave.query.finer_codes import finer_of
from enclave.query.member_kinds import kinds_of
from enclave.query.rendering import From, aliased, identifier, table_named
from enclave.query.standing import CENSUSES, CLUSTER, at_censuses, census_names, main_condition, main_rows
from enclave.terms import Zeros

AREA = "a"


@dataclass(frozen=True, slots=True)
class MarginsStep:
    """SQL over one table; `reads` are its columns. The input `censuses_input` lists the censuses that are wanted."""

    table: str
    unit: str
    sql: str
    reads: tuple[str, ...]
    censuses_input: str
    layout: MarginsLayout


def margins_step(
    name: str, catalogue: Catalogue, margins: Sequence[StandardMargins], *, stored: Collection[str]
) -> MarginsStep | None:
    """How the standard margins of a table are read; None where the house names none, or nobody stands in clusters.

    Args:
        stored: the fields that the data version has. Nobody publishes a margin by another.
    """
    table = catalogue.tables[name]
    sets = [by for one in margins if one.table == name for by in one.by if set(by) <= set(stored)]
    if not sets or table.key is None or table.cluster is None:
        return None
    area = _area(table, sets)
    places = {table.cluster.by, area}
    by = tuple(dict.fromkeys(tuple(one for one in fields if one not in places) for fields in sets))
    used = [table.fields[one] for one in dict.fromkeys(one for fields in by for one in fields)]
    columns = {UNIT: table.key, CLUSTER: table.cluster.by} | ({AREA: area} if area is not None else {})
    columns |= {f"f{place}": field.name for place, field in enumerate(used)}
    columns |= {f"w{place}": one for place, one in enumerate(census_names(table))}
    where = main_rows(table)
    reads = dict.fromkeys([*columns.values(), *([where.field] if where is not None else [])])
    assert table.unit is not None, "a table with a key has a unit"
    return MarginsStep(
        table=name,
        unit=table.unit,
        sql=_select(table, columns).sql(DUCKDB),
        reads=tuple(reads),
        censuses_input=CENSUSES,
        layout=MarginsLayout(
            table=name,
            clusters=CLUSTER,
            areas=AREA if area is not None else None,
            part=table.cluster.parts,
            censuses=tuple(f"w{place}" for place in range(len(census_names(table)))),
            main=_main(table),
            fields=tuple(_column(field, f"f{place}", catalogue) for place, field in enumerate(used)),
            by=tuple(fields for fields in by if fields),
            finer=finer_of([table], catalogue),
        ),
    )


@dataclass(frozen=True, slots=True)
class AreasStep:
    """SQL over the public table that lists clusters: each with its area, as texts, in columns of these names."""

    table: str
    sql: str
    reads: tuple[str, ...]
    clusters: str = CLUSTER
    areas: str = AREA


def areas_step(name: str, catalogue: Catalogue) -> AreasStep | None:
    """How the areas of a table's clusters are read; None where the catalogue lists none."""
    cluster = catalogue.tables[name].cluster
    listing = None if cluster is None else catalogue.listings.get(cluster.name)
    if listing is None or listing.area is None:
        return None
    reads = (listing.key, listing.area.field)
    texts = [
        aliased(exp.cast(exp.Column(this=identifier(column)), exp.DataType.Type.TEXT), id)
        for column, id in zip(reads, (CLUSTER, AREA), strict=True)
    ]
    return AreasStep(listing.table, From(table_named(listing.table)).select(texts).sql(DUCKDB), reads)


def _area(table: Table, sets: Sequence[Sequence[str]]) -> str | None:
    """The field of the areas that clusters stand in: one that is published, and that follows from the cluster."""
    assert table.cluster is not None, "areas are of clusters"
    follows = {
        name
        for one in table.dependencies
        if one.determining == (table.cluster.by,)
        for name in one.determined
    }
    return next((fields[0] for fields in sets if len(fields) == 1 and fields[0] in follows), None)


def _select(table: Table, columns: dict[str, str]) -> exp.Select:
    made = From(table_named(table.name, "main")).select(
        [
            aliased(exp.Column(this=identifier(name), table=identifier("main")), id)
            for id, name in columns.items()
        ]
    )
    where = main_rows(table)
    if where is not None:
        made.set("where", exp.Where(this=main_condition(where)))
    made.set("joins", list(at_censuses(table)))
    made.set("distinct", exp.Distinct())
    return made


def _column(field: Field, id: str, catalogue: Catalogue) -> MarginColumn:
    return MarginColumn(
        column=id,
        name=field.name,
        text=identifier(f"{field.table}.{field.name}").sql(DUCKDB),
        kind=_kind(field),
        possible=tuple(_possible(field, catalogue)),
        nulls=not field.never_null,
    )


def _kind(field: Field) -> Kind | None:
    return next(iter(kinds_of([field], measured=False)), None) if field.zeros is Zeros.HIDDEN else None


def _possible(field: Field, catalogue: Catalogue) -> Iterator[str]:
    if field.code_set is not None:
        yield from catalogue.code_sets[field.code_set].values
    elif field.type == "BOOLEAN":
        yield from ("True", "False")


def _main(table: Table) -> tuple[tuple[str, str], ...] | None:
    """What the census columns hold at the main census. Where there is no term, every census is its year's only one."""
    if table.term is None:
        return ()
    names = census_names(table)
    if table.main_census is None or not set(table.main_census) <= set(names):
        return None
    return tuple((f"w{names.index(field)}", value) for field, value in table.main_census.items())
