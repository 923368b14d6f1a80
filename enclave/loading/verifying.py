"""Find in the staged rows what breaks the catalogue. Only counts leave the engine."""

from enclave.catalogue.model import Field, Table, YearField, YearForm
from enclave.loading.checks import Verification, row_checks
from enclave.loading.source import SourceTable, source_view
from enclave.loading.work import Load, Progress, Stage, partition_columns
from enclave.loading.workshop import quoted

CODES = "codes"
ALWAYS = (0, 9999)
"""The first and the last year, by the year in which they start: of what has no years of its own."""


def open_codes(load: Load) -> None:
    """The catalogue's code sets as a table of the workshop, with the years in which each code is in use."""
    workshop = load.workshop
    workshop.run(f"CREATE TEMP TABLE {CODES} (code_set VARCHAR, value VARCHAR, first INTEGER, last INTEGER)")
    for code_set in load.catalogue.code_sets.values():
        years = [_years(code.valid_from, code.valid_to) for code in code_set.codes]
        workshop.run(
            f"INSERT INTO {CODES} SELECT ?, unnest(?), unnest(?), unnest(?)",
            [
                code_set.name,
                list(code_set.values),
                [first for first, _ in years],
                [last for _, last in years],
            ],
        )


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
        if table.unit and field.name == table.key:
            continue
        if field.code_set is not None:
            _check_code_set(field, field.code_set, table.year, load)
        if table.year is not None and not field.never_null:
            _check_collected(field, table.year, load)


def _check_code_set(field: Field, code_set: str, year: YearField | None, load: Load) -> None:
    """No value that the set lacks, nor one that it has in other years alone: what nobody can have is taken for known
    wherever numbers are held against each other.
    """
    name = quoted(field.name)
    started = _started(year) if year is not None else "NULL::INTEGER"
    unknown, unused = load.workshop.whole_numbers(
        f"WITH there AS (SELECT {name}::VARCHAR AS value, {started} AS year, count(*) AS n FROM stage GROUP BY ALL),"
        f" mine AS (FROM {CODES} WHERE code_set = ?),"
        " judged AS (SELECT n, value IN (SELECT value FROM mine) AS is_known, year IS NULL OR EXISTS ("
        " FROM mine WHERE mine.value = there.value AND there.year BETWEEN first AND last) AS is_used"
        " FROM there WHERE value IS NOT NULL)"
        " SELECT coalesce(sum(n) FILTER (NOT is_known), 0), coalesce(sum(n) FILTER (is_known AND NOT is_used), 0)"
        " FROM judged",
        [code_set],
    )
    load.tally.add("unknown-code", field.table, field.name, count=unknown, about=code_set)
    load.tally.add("code-not-in-use", field.table, field.name, count=unused, about=code_set)


def _check_collected(field: Field, year: YearField, load: Load) -> None:
    first, last = _years(field.collected_from, field.collected_to)
    if (first, last) != ALWAYS:
        (early,) = load.workshop.whole_numbers(
            f"SELECT count({quoted(field.name)}) FROM stage WHERE {_started(year)} NOT BETWEEN ? AND ?",
            [first, last],
        )
        load.tally.add("not-collected", field.table, field.name, count=early)


def _started(year: YearField) -> str:
    """The year in which a row's year starts, as `Code` and `collected` count them; null where it is of another form."""
    before = 1 if year.form is YearForm.ENDING else 0
    return f"TRY_CAST(left({quoted(year.field)}::VARCHAR, 4) AS INTEGER) - {before}"


def _years(first: str | None, last: str | None) -> tuple[int, int]:
    return (ALWAYS[0] if first is None else int(first[:4]), ALWAYS[1] if last is None else int(last[:4]))


def _settle(promise: Verification, groups: str, table: Table, load: Load, progress: Progress) -> None:
    broken, most = load.workshop.whole_numbers(promise.settle.replace("{groups}", groups))
    load.tally.add(promise.code, table.name, promise.column, count=broken, about=promise.about)
    progress.most[promise] = max(most, progress.most.get(promise, 0))


def _gathered(number: int) -> str:
    return f"gathered_{number}"
