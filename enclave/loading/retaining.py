"""How long values of a field are kept (`retain_years` of the catalogue), counted from the year of their row.

A row's year is over with the calendar year in which it ends; its values are kept for so many calendar years more. Rows
whose years are out lose the value when a version is loaded, and in every version that is loaded already (`emptying`).
When the newest row of every version is out, the field itself goes, from all versions (`retracting`).
"""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from enclave.catalogue.model import Catalogue, Field, Table, YearForm
from enclave.loading.emptying import years_held
from enclave.loading.manifest import manifest_as_written
from enclave.loading.retracting import retracted_fields
from enclave.loading.versions import loaded_versions
from enclave.loading.work import Load, Stage
from enclave.loading.workshop import quoted
from enclave.terms import FieldRef


def last_day(year: str, form: YearForm, *, retain_years: int) -> date:
    """The last day on which values of rows of a year are kept."""
    ends = int(year[:4]) + (1 if form is YearForm.ACADEMIC else 0)
    return date(ends + retain_years, 12, 31)


def retained(catalogue: Catalogue) -> Iterator[tuple[Table, Field]]:
    """Every field that has a term."""
    for table in catalogue.tables.values():
        for field in table.fields.values():
            if field.retain_years is not None:
                yield table, field


def last_days(home_data: Path, catalogue: Catalogue) -> Mapping[FieldRef, date]:
    """By field with a term, the last day on which it is kept at all; none for those of which nothing is held."""
    wanted = [(table, field) for table, field in retained(catalogue)]
    if not wanted:
        return {}
    gone = set(retracted_fields(home_data))
    newest = _newest_years(home_data)
    found = {}
    for table, field in wanted:
        assert table.year is not None, "the catalogue was checked"
        assert field.retain_years is not None, "these are the ones that have a term"
        if table.name in newest and field.ref not in gone:
            found[field.ref] = last_day(newest[table.name], table.year.form, retain_years=field.retain_years)
    return found


def years_due(home_data: Path, catalogue: Catalogue, today: date) -> Mapping[FieldRef, tuple[str, ...]]:
    """By field with a term, the years that are out of it and of which some version still has values.

    Not of a field that is out of its term as a whole: that goes with all its years.
    """
    found = {}
    for ref, last in last_days(home_data, catalogue).items():
        field, year = catalogue.field(ref), catalogue.tables[ref.table].year
        assert year is not None, "the catalogue was checked"
        assert field.retain_years is not None, "it has a term"
        held = years_held(home_data, ref) if last >= today else frozenset()
        out = [one for one in held if last_day(one, year.form, retain_years=field.retain_years) < today]
        if out:
            found[ref] = tuple(sorted(out))
    return found


def let_go(stage: Stage, load: Load) -> int:
    """Empty what is out of its term in the staged rows, as of the day of the load. Returns how many values went."""
    table, emptied = stage.table, 0
    for field in table.fields.values():
        for year in _years_out(field, stage, load.today):
            assert table.year is not None, "the catalogue was checked"
            held = f"{quoted(table.year.field)}::VARCHAR = ? AND {quoted(field.name)} IS NOT NULL"
            (count,) = load.workshop.whole_numbers(f"SELECT count(*) FROM stage WHERE {held}", [year])
            if count:
                load.workshop.run(f"UPDATE stage SET {quoted(field.name)} = NULL WHERE {held}", [year])
                emptied += count
    return emptied


def _years_out(field: Field, stage: Stage, today: date) -> list[str]:
    year = stage.table.year
    if field.retain_years is None or year is None:
        return []
    years = {one.year for one in stage.partitions if one.year is not None}
    return sorted(one for one in years if last_day(one, year.form, retain_years=field.retain_years) < today)


def _newest_years(home_data: Path) -> dict[str, str]:
    """The newest year of each table in any version."""
    newest: dict[str, str] = {}
    for version in loaded_versions(home_data):
        for table in manifest_as_written(home_data / version).tables.values():
            if table.years:
                newest[table.name] = max(newest.get(table.name, ""), *table.years)
    return newest
