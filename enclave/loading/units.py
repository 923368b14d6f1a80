"""Who the rows are about: a number for each unit for ever, a dense key for this version, and the record key.

The source names a unit by its key, or, where the key is null, by `key_otherwise`. Both are *handles*. A handle gets its
person number once and keeps it over all versions; the vault remembers. A handle of the second kind that stands beside a
key anywhere in the source is the same unit as that key, so nobody is counted twice.

Limit: a unit first seen without a key, which gets one in a later version, has another person number from then on.
"""

from collections.abc import Iterable

import pyarrow as pa

from enclave.catalogue.model import Table
from enclave.loading.findings import Tally
from enclave.loading.keyed import KeyedHash
from enclave.loading.keys import Secrets
from enclave.loading.source import SourceTable
from enclave.loading.stored_types import stored_type
from enclave.loading.workshop import Workshop, quoted

BY_KEY = "key"  # the kind of a handle that is a key; else it is the name of the `key_otherwise` field, after a colon
PERSONS = "persons"  # unit, kind, value, person: all handles ever seen
UNITS = "units"  # unit, person, id, rk: the units of this version
HANDLES = "handles"  # unit, kind, value, person, id, rk: the handles of this version


def number_units(
    tables: Iterable[SourceTable],
    workshop: Workshop,
    *,
    known: Iterable[pa.Table],
    secrets: Secrets,
    version: str,
) -> None:
    """Fill the tables `persons`, `units` and `handles` of the workshop.

    Args:
        tables: those of the source; public ones have no units.
        known: the persons of the version before, in pieces, as `persons` is.
    """
    about_units = [found for found in tables if found.table.unit]
    _open_tables(workshop, known)
    _collect_handles(about_units, workshop)
    _number_new_persons(workshop, secrets)
    _number_units(workshop, secrets, version)


def handle_kind(table: Table, *, of: str) -> str:
    """SQL for the kind of handle by which a row of `of` names its unit."""
    if table.key_otherwise is None:
        return f"'{BY_KEY}'"
    key, otherwise = f"{of}.{quoted(table.key or '')}", _kind_otherwise(table)
    return f"CASE WHEN {key} IS NULL THEN {otherwise} ELSE '{BY_KEY}' END"


def handle_value(table: Table, *, of: str) -> str:
    """SQL for the handle itself, as text; null where the row is about nobody."""
    names = [name for name in (table.key, table.key_otherwise) if name]
    return f"coalesce({', '.join(f'{of}.{quoted(name)}::VARCHAR' for name in names)})"


def tally_keys(found: SourceTable, workshop: Workshop, tally: Tally) -> None:
    """Find rows about nobody, and keys that are longer than the catalogue says."""
    table = found.table
    key = table.fields[table.key or ""]
    value = handle_value(table, of="s")
    longest = stored_type(key.type).max_length
    too_long = f"length(s.{quoted(key.name)}) > {longest}" if longest else "false"
    nobody, long = workshop.whole_numbers(
        f"SELECT count(*) FILTER ({value} IS NULL OR trim({value}) = ''), count(*) FILTER ({too_long})"
        f" FROM {found.view} AS s"
    )
    tally.add("null-key", table.name, key.name, count=nobody)
    tally.add("too-long", table.name, key.name, count=long, about=f"{longest} characters")


def _kind_otherwise(table: Table) -> str:
    name = (table.key_otherwise or "").replace("'", "''")
    return f"'otherwise:{name}'"


def _open_tables(workshop: Workshop, known: Iterable[pa.Table]) -> None:
    handle = "unit VARCHAR, kind VARCHAR, value VARCHAR"
    workshop.run(f"CREATE TEMP TABLE {PERSONS} ({handle}, person BIGINT)")
    workshop.run(f"CREATE TEMP TABLE seen ({handle})")
    workshop.run(f"CREATE TEMP TABLE same ({handle}, key VARCHAR)")
    for piece in known:
        workshop.insert(PERSONS, piece)


def _collect_handles(tables: Iterable[SourceTable], workshop: Workshop) -> None:
    for found in tables:
        kind, value = handle_kind(found.table, of="s"), handle_value(found.table, of="s")
        workshop.run(
            f"INSERT INTO seen SELECT DISTINCT ?, {kind}, {value} FROM {found.view} AS s WHERE {value} IS NOT NULL",
            [found.table.unit],
        )
        if found.table.key_otherwise:
            _collect_same(found, workshop)
    workshop.run("CREATE TEMP TABLE distinct_seen AS SELECT DISTINCT * FROM seen")
    workshop.run("DROP TABLE seen")


def _collect_same(found: SourceTable, workshop: Workshop) -> None:
    """Remember which second handles stand beside a key. With several, the first in order, the same every time."""
    key, otherwise = quoted(found.table.key or ""), quoted(found.table.key_otherwise or "")
    workshop.run(
        f"INSERT INTO same SELECT ?, {_kind_otherwise(found.table)}, {otherwise}::VARCHAR, min({key}::VARCHAR)"
        f" FROM {found.view} WHERE {key} IS NOT NULL AND {otherwise} IS NOT NULL GROUP BY {otherwise}",
        [found.table.unit],
    )


def _number_new_persons(workshop: Workshop, secrets: Secrets) -> None:
    """Give the next numbers, in an order that only the secret knows, to handles without one."""
    workshop.run(
        "CREATE TEMP TABLE one_key AS SELECT unit, kind, value, min(key) AS key FROM same GROUP BY ALL"
    )
    workshop.run(
        "CREATE TEMP TABLE meant AS SELECT seen.*, CASE WHEN one_key.key IS NULL THEN seen.kind ELSE ? END AS own_kind,"
        " coalesce(one_key.key, seen.value) AS own_value"
        " FROM distinct_seen AS seen LEFT JOIN one_key USING (unit, kind, value)",
        [BY_KEY],
    )
    order = KeyedHash("number", secrets.record)
    hashed = order.sql("concat_ws(chr(31), unit, kind, value)")
    workshop.run(
        f"INSERT INTO {PERSONS} SELECT unit, kind, value,"
        f" (SELECT coalesce(max(person), 0) FROM {PERSONS}) + row_number() OVER (ORDER BY {hashed}, unit, kind, value)"
        " FROM (SELECT DISTINCT unit, own_kind AS kind, own_value AS value FROM meant)"
        f" ANTI JOIN {PERSONS} USING (unit, kind, value)",
        order.values,
    )


def _number_units(workshop: Workshop, secrets: Secrets, version: str) -> None:
    """Dense keys from 1, shuffled anew for each version, so that their order tells nothing."""
    workshop.run(
        "CREATE TEMP TABLE meant_persons AS SELECT meant.unit, meant.kind, meant.value, p.person FROM meant"
        f" JOIN {PERSONS} AS p ON p.unit = meant.unit AND p.kind = meant.own_kind AND p.value = meant.own_value"
    )
    shuffle, record = KeyedHash("shuffle", secrets.record), KeyedHash("rk", secrets.record)
    workshop.run(
        f"CREATE TEMP TABLE {UNITS} AS SELECT unit, person,"
        f" (row_number() OVER (PARTITION BY unit ORDER BY {shuffle.sql('concat_ws(chr(31), $version, person)')},"
        f" person))::INTEGER AS id,"
        f" ('0x' || {record.sql('person::VARCHAR')}[1:2])::SMALLINT AS rk"
        " FROM (SELECT DISTINCT unit, person FROM meant_persons) ORDER BY unit, id",
        {**shuffle.values, **record.values, "version": version},
    )
    workshop.run(
        f"CREATE TEMP TABLE {HANDLES} AS SELECT m.*, u.id, u.rk FROM meant_persons AS m JOIN {UNITS} AS u"
        " USING (unit, person)"
    )
