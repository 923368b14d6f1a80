"""Fields whose codes follow from those of a finer field, as the ledger reads them."""

from collections.abc import Iterable, Iterator

from enclave.catalogue.model import Catalogue, Table
from enclave.disclosure.ledger.finer import Finer, FinerCode
from enclave.query.dialect import DUCKDB
from enclave.query.published_codes import constant, listed
from enclave.query.recent import Recent
from enclave.query.rendering import identifier
from enclave.terms import Zeros


def finer_of(tables: Iterable[Table], catalogue: Catalogue) -> tuple[Finer, ...]:
    """Of each table the fields with hidden zeros that follow from one which always has a value, by code lists."""
    return tuple(found for table in tables for found in _known_of(table, catalogue))


_KNOWN: Recent[tuple[int, int], tuple[Table, Catalogue, tuple[Finer, ...]]] = Recent(64)
"""By the ids of the table and the catalogue, which are kept with what follows: nothing else gets their ids."""


def _known_of(table: Table, catalogue: Catalogue) -> tuple[Finer, ...]:
    """Lists of codes are long, and every question asks for those of its tables."""
    known = _KNOWN.get((id(table), id(catalogue)))
    if known is None:
        known = (table, catalogue, tuple(_of_table(table, catalogue)))
        _KNOWN.keep((id(table), id(catalogue)), known)
    return known[2]


def _of_table(table: Table, catalogue: Catalogue) -> Iterator[Finer]:
    lists = {(one.fine, one.coarse): one.parents for one in catalogue.hierarchies}
    for one in table.dependencies:
        if not one.by_hierarchy or len(one.determining) != 1:
            continue
        fine = table.fields[one.determining[0]]
        for name in one.determined:
            coarse = table.fields[name]
            parents = lists.get((fine.code_set or "", coarse.code_set or ""))
            if parents is None or not fine.never_null or coarse.zeros is not Zeros.HIDDEN:
                continue
            codes = catalogue.code_sets[fine.code_set or ""]
            made = [
                FinerCode(listed(code, value, fine.type), constant(parents[value], coarse.type))
                for code, value in zip(codes.codes, codes.values, strict=True)
            ]
            yield Finer(_text(table, name), _text(table, fine.name), tuple(made))


def _text(table: Table, name: str) -> str:
    return identifier(f"{table.name}.{name}").sql(DUCKDB)
