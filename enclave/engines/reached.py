"""From a definition to the sets of those it reaches. The rows go no further: what is given are sets of dense keys."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from enclave.actions.run_query import Engine, Limits
from enclave.disclosure.ledger.members import UNIT
from enclave.transparency.reach import NO_YEAR, Bits, Definition, bits_of, year_name


def reached_by(definition: Definition, engine: Engine, *, limits: Limits) -> Mapping[str, Bits]:
    """Whose records a definition reaches, by year of the data."""
    inputs = {name: pa.ipc.open_stream(content).read_all() for name, content in definition.inputs}
    found = engine.run(definition.sql, inputs, limits=limits, cancel=None)
    return _planes(found.reveal(), definition)


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
