"""From a definition to the sets of those it reaches. The rows go no further: what is given are sets of dense keys."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from enclave.actions.run_query import Engine, Limits
from enclave.catalogue.model import Table, YearForm
from enclave.disclosure.ledger.members import UNIT
from enclave.query.looked import CLUSTER, YEAR, heads_sql
from enclave.transparency.reach import EVERY_CLUSTER, NO_YEAR, Bits, Definition, Looked, bits_of, year_name


def reached_by(definition: Definition, engine: Engine, *, limits: Limits) -> Mapping[str, Bits]:
    """Whose records a definition reaches, by year of the data."""
    inputs = {name: pa.ipc.open_stream(content).read_all() for name, content in definition.inputs}
    found = engine.run(definition.sql, inputs, limits=limits, cancel=None)
    return _planes(found.reveal(), definition)


def looked_at(looked: Looked, form: YearForm, engine: Engine, *, limits: Limits) -> Sequence[tuple[str, str]]:
    """The clusters and years through which a leaf looks."""
    found = engine.run(looked.sql, {}, limits=limits, cancel=None).reveal()
    years = [year_name(year, form) for year in found.column(YEAR).to_pylist()]
    if CLUSTER not in found.column_names:
        return [(EVERY_CLUSTER, year) for year in years]
    clusters = found.column(CLUSTER).to_pylist()
    return [
        (str(cluster), year) for cluster, year in zip(clusters, years, strict=True) if cluster is not None
    ]


def heads_of(table: Table, engine: Engine, *, limits: Limits) -> Mapping[tuple[str, str], int]:
    """How many units each cluster has in each year: what everybody knows. Of several terms the largest number."""
    assert table.year is not None, "it is of years"
    found = engine.run(heads_sql(table), {}, limits=limits, cancel=None).reveal()
    columns = (found.column(name).to_pylist() for name in (CLUSTER, YEAR, "n"))
    most: dict[tuple[str, str], int] = {}
    for cluster, year, units in zip(*columns, strict=True):
        if cluster is not None:
            key = (str(cluster), year_name(year, table.year.form))
            most[key] = max(units, most.get(key, 0))
    return most


def _planes(found: pa.Table, definition: Definition) -> Mapping[str, Bits]:
    """Who is reached in each year, from what a definition's statement gives."""
    units = found.column(UNIT).to_numpy()
    if not definition.years:
        return {NO_YEAR: bits_of(units)}
    planes: dict[str, np.ndarray[tuple[int], np.dtype[np.bool_]]] = {}
    for column, form in definition.years:
        values = found.column(column).combine_chunks().dictionary_encode()
        codes = values.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        names = [year_name(value, form) for value in values.dictionary.to_pylist()]
        for code, name in [*enumerate(names), (-1, NO_YEAR)]:
            there = codes == code
            if there.any():
                planes[name] = there | planes[name] if name in planes else there
    return {name: bits_of(units[rows]) for name, rows in planes.items()}
