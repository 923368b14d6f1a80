"""Reports and notices of a home: what they are made of."""

from collections.abc import Iterator, Mapping
from datetime import date

import pyarrow.parquet as pq

from enclave.actions.check_policy import Policies
from enclave.actions.count_reach import count_reach
from enclave.catalogue import Catalogue
from enclave.engines.duckdb.engine import DuckDBEngine
from enclave.loading import DataVersion, current_version, open_version
from enclave.store import Store
from enclave.transparency.notes import notes_of
from enclave.transparency.reach_counts import begins, last_date
from enclave.transparency.register import register_of
from enclave.transparency.reports import Place, Reporter, providers_of
from enclave.wiring.home import Home, WrongUse
from enclave.wiring.reach import count_desk_of
from enclave.wiring.sources import SystemClock


def reporter_of(home: Home, store: Store, engine: DuckDBEngine, policies: Policies, *, year: int) -> Reporter:
    """What the reports of one year are made of: uses in that year, as of the last fixed date in it or after it.

    Raises:
        WrongUse: no data, no listing of clusters, or the year has not begun.
    """
    house, now = policies.house, SystemClock().now()
    on = min(last_date(house, now), date(year + 1, 1, 1))
    if on <= date(year, 1, 1):
        raise WrongUse(f"{year} has no date yet on which uses are counted; the last was {on.isoformat()}")
    since = begins(date(year, 1, 1), house)
    with store.read() as reading:
        register = register_of(policies, reading, now=now, listed=0)
        providers = providers_of(notes_of(reading))
    return Reporter(
        register=register,
        catalogue=policies.catalogue,
        counted=count_reach(count_desk_of(home, store, engine, policies), house, on, since=since),
        year=year,
        places=places_of(home, policies.catalogue),
        providers=providers,
        contact=house.comments_to,
    )


def places_of(home: Home, catalogue: Catalogue) -> Mapping[str, Place]:
    """The clusters that the catalogue lists, by code, with their areas: from public tables of the last data version.

    Raises:
        WrongUse
    """
    listing, version = next(iter(catalogue.listings.values()), None), current_version(home.data)
    if listing is None:
        raise WrongUse("the catalogue lists no clusters: add listed: to one of them in catalogue.yaml")
    if version is None:
        raise WrongUse("no data are loaded")
    opened, area = open_version(home.data, version), listing.area
    columns = [listing.key, listing.name, *([] if area is None else [area.field])]
    names: dict[object, object] = {}
    if area is not None:
        names.update((row[0], row[1]) for row in _rows(opened, area.table, [area.key, area.name]))
    return {
        str(row[0]): Place(
            str(row[0]), str(row[1]), *((str(row[2]), str(names.get(row[2], row[2]))) if area else ())
        )
        for row in _rows(opened, listing.table, columns)
    }


def _rows(version: DataVersion, table: str, columns: list[str]) -> Iterator[tuple[object, ...]]:
    """Of a public table."""
    for path in version.table(table).main_files:
        found = pq.read_table(path, columns=columns)
        yield from zip(*(found.column(name).to_pylist() for name in columns), strict=True)
