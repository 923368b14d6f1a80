"""Find in the staged rows what breaks the catalogue. Only counts leave the engine."""

from enclave.catalogue.model import Table
from enclave.loading.checks import Verification, row_checks
from enclave.loading.source import SourceTable, source_view
from enclave.loading.work import Load, Progress, Stage, partition_columns
from enclave.loading.workshop import quoted

CODES = "codes"


def open_codes(load: Load) -> None:
    """The catalogue's code sets as a table of the workshop."""
    workshop = load.workshop
    workshop.run(f"CREATE TEMP TABLE {CODES} (code_set VARCHAR, value VARCHAR)")
    for code_set in load.catalogue.code_sets.values():
        workshop.run(f"INSERT INTO {CODES} SELECT ?, unnest(?)", [code_set.name, list(code_set.values)])


def tally_references(found: SourceTable, load: Load) -> None:
    """Find rows that a join to a total reference would lose. A null is lost too."""
    table = found.table
    for field in table.fields.values():
        if field.references is None or not field.total:
            continue
        there = field.references
        if there.table not in load.tables:
            missing = load.tally.clears(there.table)  # else what is wrong with it has been said
            load.tally.add("reference-missing", table.name, field.name, count=int(missing), about=there.table)
            continue
        name, key = quoted(field.name), quoted(there.field)
        (lost,) = load.workshop.whole_numbers(
            f"SELECT count(*) FROM {found.view} AS s"
            f" ANTI JOIN {source_view(there.table)} AS r ON s.{name}::VARCHAR = r.{key}::VARCHAR"
        )
        load.tally.add("unmatched-reference", table.name, field.name, count=lost, about=str(there))


def check_rows(stage: Stage, load: Load, progress: Progress) -> None:
    """One pass for all promises about single rows, and one small grouping for each field with a code set."""
    table = stage.table
    checks = row_checks(table)
    own = list(table.fields)
    nulls = [f"count(*) - count({quoted(name)})" for name in own]
    broken = [f"count(*) FILTER ({check.breaks})" for check in checks]
    values = [value for check in checks for value in check.values]
    rows, *counts = load.workshop.whole_numbers(
        f"SELECT {', '.join(['count(*)', *nulls, *broken])} FROM stage", values
    )
    load.tally.add("changed", table.name, count=int(rows != stage.rows))
    progress.with_nulls.update(name for name, count in zip(own, counts, strict=False) if count)
    for check, count in zip(checks, counts[len(own) :], strict=True):
        load.tally.add(check.code, table.name, check.column, count=count, about=check.about)
    _check_codes(table, load)


def verify_stage(table: Table, promises: tuple[Verification, ...], load: Load, progress: Progress) -> None:
    """Settle what whole partitions can settle alone; gather the rest for `verify_whole`."""
    by = partition_columns(table)
    for number, promise in enumerate(promises):
        if promise.settles_in(by):
            _settle(promise, f"({promise.gather})", table, load, progress)
        else:
            groups = _gathered(number)
            load.workshop.run(f"CREATE TEMP TABLE IF NOT EXISTS {groups} AS {promise.gather} LIMIT 0")
            load.workshop.run(f"INSERT INTO {groups} {promise.gather}")


def verify_whole(table: Table, promises: tuple[Verification, ...], load: Load, progress: Progress) -> None:
    by = partition_columns(table)
    for number, promise in enumerate(promises):
        if not promise.settles_in(by):
            _settle(promise, _gathered(number), table, load, progress)
            load.workshop.run(f"DROP TABLE {_gathered(number)}")


def _check_codes(table: Table, load: Load) -> None:
    for field in table.fields.values():
        if field.code_set is None or (table.unit and field.name == table.key):
            continue
        name = quoted(field.name)
        (unknown,) = load.workshop.whole_numbers(
            f"SELECT sum(n) FROM (SELECT {name}::VARCHAR AS value, count(*) AS n FROM stage GROUP BY {name})"
            f" WHERE value IS NOT NULL AND value NOT IN (SELECT value FROM {CODES} WHERE code_set = ?)",
            [field.code_set],
        )
        load.tally.add("unknown-code", table.name, field.name, count=unknown, about=field.code_set)


def _settle(promise: Verification, groups: str, table: Table, load: Load, progress: Progress) -> None:
    broken, most = load.workshop.whole_numbers(promise.settle.replace("{groups}", groups))
    load.tally.add(promise.code, table.name, promise.column, count=broken, about=promise.about)
    progress.most[promise] = max(most, progress.most.get(promise, 0))


def _gathered(number: int) -> str:
    return f"gathered_{number}"
