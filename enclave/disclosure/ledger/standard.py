"""What one read of a register must give for its standard margins, and the rows of each census that come of it.

The contract between `query.standard_margins`, which writes the statement, and `counted`, which counts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from enclave.disclosure.columns import Column, plain
from enclave.disclosure.ledger.censuses import read_censuses
from enclave.disclosure.ledger.codes import Codes, coded
from enclave.disclosure.ledger.counted import CensusRows, MarginField
from enclave.disclosure.ledger.finer import Finer, in_finer_words
from enclave.disclosure.ledger.numbers import Kind
from enclave.disclosure.ledger.reading import units_in
from enclave.disclosure.raw import Raw
from enclave.terms.moments import python_values

_SMALL = np.int32


@dataclass(frozen=True, slots=True)
class MarginColumn:
    """A field by which margins are made: its column, and what it is canonically.

    `kind`: what is learnt by it, where its zeros are hidden; None where they are shown. `possible`: the values that the
    catalogue knows, as text; more may occur. `nulls`: whether to have no value is possible.
    """

    column: str
    name: str
    text: str
    kind: Kind | None
    possible: tuple[str, ...]
    nulls: bool


@dataclass(frozen=True, slots=True)
class MarginsLayout:
    """How to read the table of a register for its margins.

    `areas` is the column of the areas that clusters stand in, `part` the name of the field of parts of clusters.
    `main`: what the census columns hold at the main census of a year; None where no census is.
    """

    table: str
    clusters: str
    areas: str | None
    part: str | None
    censuses: tuple[str, ...]
    main: tuple[tuple[str, str], ...] | None
    fields: tuple[MarginColumn, ...]
    by: tuple[tuple[str, ...], ...]
    finer: tuple[Finer, ...] = ()


def read_rows(found: Raw, layout: MarginsLayout, persons: Codes | None) -> Iterator[CensusRows]:
    """The rows of each census in a table of units, clusters, areas, censuses and fields.

    Raises:
        BrokenPromise: a column is missing or of a wrong type.
    """
    table = found.reveal()
    units = units_in(table, persons)
    clusters, cluster_names = coded(table, layout.clusters)
    areas, area_names = coded(table, layout.areas)
    fields = {field.name: _field(table, field) for field in layout.fields}
    censuses = read_censuses(table, layout.censuses)
    main = _main(table, layout)
    for code, name in sorted(censuses.names.items(), key=lambda one: one[1]):
        rows = np.flatnonzero(censuses.codes == code)
        if not len(rows):
            continue
        year = censuses.years[code]
        yield CensusRows(
            table=layout.table,
            name=name,
            code=code,
            year=year,
            term=name.removeprefix(year),
            units=units[rows],
            clusters=clusters[rows],
            cluster_names=cluster_names,
            areas=areas[rows].astype(_SMALL),
            fields={of: _in_year(field.taken(rows), year, layout) for of, field in fields.items()},
            is_main=bool(main[rows].all()),
            part=layout.part,
            area_names=area_names,
        )


def listed_areas(found: Raw, *, clusters: str, areas: str) -> Column:
    """The clusters of a public list, each with its area, in one column: to be kept for all who ask.

    Raises:
        BrokenPromise: a column is missing.
    """
    table = found.reveal()
    return pa.StructArray.from_arrays([plain(table, clusters), plain(table, areas)], ["cluster", "area"])


def areas_of(listed: Column) -> Mapping[str, str]:
    """In which area each of these clusters stands, by their names."""
    names, areas = (python_values(pc.struct_field(listed, name)) for name in ("cluster", "area"))
    return {str(one): str(area) for one, area in zip(names, areas, strict=True) if None not in (one, area)}


def _field(table: pa.Table, field: MarginColumn) -> MarginField:
    """Codes of the values that occur, in a fixed order; those that could and do not have codes too."""
    encoded = plain(table, field.column).dictionary_encode(null_encoding="encode")
    values = python_values(encoded.dictionary)
    order = sorted(range(len(values)), key=lambda place: (values[place] is not None, str(values[place])))
    ranks = np.zeros(len(values), dtype=_SMALL)
    ranks[order] = np.arange(len(values))
    ordered = [values[place] for place in order]
    texts = [str(value) for value in ordered if value is not None]
    count = len({*texts, *field.possible}) + (field.nulls or None in values)
    hidden = None if field.kind is None else [f"{field.text} = {value!r}" for value in ordered]
    return MarginField(
        codes=ranks[encoded.indices.to_numpy(zero_copy_only=False)],
        count=count,
        hidden=hidden,
        kind=field.kind,
        names=["" if value is None else str(value) for value in ordered],
    )


def _in_year(field: MarginField, year: str, layout: MarginsLayout) -> MarginField:
    """Hidden conditions in the words that they have in a year."""
    if field.hidden is None:
        return field
    said = [in_finer_words(frozenset([text]), layout.finer, [year]) for text in field.hidden]
    return replace(field, hidden=[next(iter(one)) for one in said])


def _main(table: pa.Table, layout: MarginsLayout) -> npt.NDArray[np.bool_]:
    found = np.full(table.num_rows, layout.main is not None, dtype=np.bool_)
    for column, value in layout.main or ():
        found &= np.array([str(one) == value for one in python_values(plain(table, column))], dtype=np.bool_)
    return found
