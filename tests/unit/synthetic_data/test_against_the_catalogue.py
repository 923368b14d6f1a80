"""What the catalogue declares holds in the data: the loader would refuse anything else."""

from collections.abc import Iterator
from pathlib import Path

from enclave.catalogue import Catalogue, Field, Grain
from synthetic_data.generate import generate
from synthetic_data.quirks import Quirks
from synthetic_data.scale import TINY
from synthetic_data.shape import Shape
from synthetic_data.tables import MAKERS
from tests.unit.synthetic_data.conftest import Ask, asking


def fields(catalogue: Catalogue) -> Iterator[Field]:
    for table in MAKERS:
        yield from catalogue.tables[table].fields.values()


def test_every_code_is_in_its_list(ask: Ask, catalogue: Catalogue) -> None:
    strange = {}
    for field in fields(catalogue):
        if field.code_set is not None:
            found = {row[0] for row in ask(f"SELECT DISTINCT {field.name}::VARCHAR FROM {field.table}")}
            known = set(catalogue.code_sets[field.code_set].values)
            if found - known - {None}:
                strange[field.table, field.name] = found - known
    assert strange == {}


def test_every_number_lies_within_its_bounds(ask: Ask, catalogue: Catalogue) -> None:
    for field in fields(catalogue):
        if field.bounds is not None:
            least, most = field.bounds
            outside = f"{field.name} NOT BETWEEN {least} AND {most}"
            assert ask(f"SELECT count(*) FROM {field.table} WHERE {outside}") == [(0,)], field.ref


def test_a_field_that_is_never_null_never_is(ask: Ask, catalogue: Catalogue) -> None:
    for field in fields(catalogue):
        if field.never_null:
            assert ask(f"SELECT count(*) FROM {field.table} WHERE {field.name} IS NULL") == [(0,)], field.ref


def test_every_value_of_a_total_reference_is_found(ask: Ask, catalogue: Catalogue) -> None:
    for field in fields(catalogue):
        if field.total and field.references is not None:
            there = f"SELECT {field.references.field} FROM {field.references.table}"
            lost = f"{field.name} IS NOT NULL AND {field.name} NOT IN ({there})"
            assert ask(f"SELECT count(*) FROM {field.table} WHERE {lost}") == [(0,)], field.ref


def test_every_grain_is_unique_among_its_rows(ask: Ask, catalogue: Catalogue) -> None:
    for table in MAKERS:
        for grain in catalogue.tables[table].grain:
            columns = ", ".join(grain.columns)
            repeated = f"SELECT {columns} FROM {table} WHERE {among(grain)} GROUP BY ALL HAVING count(*) > 1"
            assert ask(f"SELECT count(*) FROM ({repeated})") == [(0,)], (table, columns)


def among(grain: Grain) -> str:
    """The rows that a conditional grain speaks of, as SQL."""
    where = grain.where
    if where is None:
        return "true"
    kept = f"{where.field} < {where.below}" if where.below is not None else f"{where.field} = {where.equals}"
    return f"({kept} OR {where.field} IS NULL)" if where.or_null else kept


def test_what_is_fixed_for_life_never_changes(ask: Ask, catalogue: Catalogue) -> None:
    for field in fields(catalogue):
        key = catalogue.tables[field.table].key
        if field.fixed and key is not None:
            changed = (
                f"SELECT {key} FROM {field.table} GROUP BY {key} HAVING count(DISTINCT {field.name}) > 1"
            )
            assert ask(f"SELECT count(*) FROM ({changed}) WHERE {key} IS NOT NULL") == [(0,)], field.ref


def test_what_the_catalogue_says_is_determined_is(ask: Ask, catalogue: Catalogue) -> None:
    for table in MAKERS:
        for dependency in catalogue.tables[table].dependencies:
            by, found = ", ".join(dependency.determining), ", ".join(dependency.determined)
            split = f"SELECT {by} FROM {table} GROUP BY {by} HAVING count(DISTINCT ({found})) > 1"
            assert ask(f"SELECT count(*) FROM ({split})") == [(0,)], (table, by, found)


def test_nobody_has_more_rows_than_the_catalogue_says(ask: Ask, catalogue: Catalogue) -> None:
    for table in MAKERS:
        declared = catalogue.tables[table]
        for bound in declared.rows_per_unit:
            per = ", ".join((str(declared.key), *bound.per))
            known = f"{declared.key} IS NOT NULL"
            most = ask(f"SELECT max(n) FROM (SELECT count(*) AS n FROM {table} WHERE {known} GROUP BY {per})")
            assert most <= [(bound.most,)], (table, per)


def test_the_bounds_on_rows_hold_however_frequent_the_quirks_are(
    shape: Shape, catalogue: Catalogue, tmp_path: Path
) -> None:
    """Rare at usual rates, and then a large run would break its own catalogue."""
    often = Quirks(
        dual_registration=0.3, off_roll=1, split_person=0.2, repeated_results=0.5, cla_second_authority=0.9
    )
    generate(tmp_path / "often", shape, scale=TINY, quirks=often)
    test_nobody_has_more_rows_than_the_catalogue_says(asking(tmp_path / "often"), catalogue)
    test_every_grain_is_unique_among_its_rows(asking(tmp_path / "often"), catalogue)


def test_a_field_holds_nothing_outside_the_years_in_which_it_was_collected(
    ask: Ask, catalogue: Catalogue
) -> None:
    for field in fields(catalogue):
        year = catalogue.tables[field.table].year
        if year is None or year.field != "academic_year":
            continue
        outside = [
            f"academic_year {sign} '{edge}'"
            for sign, edge in (("<", field.collected_from), (">", field.collected_to))
            if edge is not None
        ]
        for condition in outside:
            held = f"SELECT count({field.name}) FROM {field.table} WHERE {condition}"
            assert ask(held) == [(0,)], (field.ref, condition)


def test_everybody_is_in_the_identity_table(ask: Ask, catalogue: Catalogue) -> None:
    for table in MAKERS:
        if catalogue.tables[table].unit is not None and table != "pupil_identity":
            lost = "pmr_anon IS NOT NULL AND pmr_anon NOT IN (SELECT pmr_anon FROM pupil_identity)"
            assert ask(f"SELECT count(*) FROM {table} WHERE {lost}") == [(0,)], table
    assert ask(
        """SELECT count(*) FROM cla_episode ANTI JOIN cla_child USING (cla_child_id, reporting_year)"""
    ) == [(0,)]
