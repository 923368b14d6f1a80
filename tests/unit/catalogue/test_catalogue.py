"""The product's catalogue: what it holds, and what its policy rests on."""

from collections import Counter
from pathlib import Path

import pytest

from enclave.catalogue import Catalogue, Field, FieldClass, load_catalogue
from enclave.catalogue.model import AnnexB
from enclave.terms import FieldRef, Zeros

FOLDER = Path(__file__).parents[3] / "policies" / "catalogue"
GENERATED = {
    "local_authority",
    "area_lsoa",
    "school",
    "school_census_pupil",
    "ks2_pupil",
    "ks4_pupil",
    "absence",
    "exclusion",
    "cla_child",
    "cla_episode",
    "pupil_identity",
    "school_census_school",
    "school_performance",
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(FOLDER)


@pytest.fixture(scope="module")
def fields(catalogue: Catalogue) -> list[Field]:
    return [field for table in catalogue.tables.values() for field in table.fields.values()]


@pytest.mark.parametrize(
    ("code_set", "first", "last"),
    [
        ("ethnic_group_major", "WHIT", "UNCL"),
        ("ethnic_group_minor", "WBRI", "UNCL"),
        ("language_group_major", "1_ENG", "3_UNC"),
        ("sen_provision", "N", "E"),
        ("sen_provision_major", "1_NON", "UNCL"),
        ("ealgrp", "0", "9"),
    ],
)
def test_lists_begin_with_what_most_people_have(
    catalogue: Catalogue, code_set: str, first: str, last: str
) -> None:
    """Where tables have to give up a code it is the one that stands further down."""
    values = catalogue.code_sets[code_set].values
    assert (values[0], values[-1]) == (first, last)


def test_it_has_all_tables_and_fields(catalogue: Catalogue, fields: list[Field]) -> None:
    assert (len(catalogue.tables), len(fields)) == (40, 950)


def test_its_tiers_are_those_of_the_published_tables(fields: list[Field]) -> None:
    assert Counter(field.tier for field in fields) == {1: 319, 2: 145, 3: 32, 4: 454}
    assert Counter(field.annex_b for field in fields) == {
        AnnexB.NONE: 631,
        AnnexB.HIGHLY_SENSITIVE: 166,
        AnnexB.IDENTIFYING: 153,
    }


def test_every_identifying_field_is_an_identifier_and_so_not_in_the_store(
    catalogue: Catalogue, fields: list[Field]
) -> None:
    identifying = [field for field in fields if field.annex_b is AnnexB.IDENTIFYING]
    assert all(field.kind is FieldClass.IDENTIFIER for field in identifying)
    assert not any(catalogue.tables[field.table].in_store(field.name) for field in identifying)


def test_what_must_never_leave_the_department_serves_no_purpose(fields: list[Field]) -> None:
    never = {str(field.ref) for field in fields if field.sensitivity == "A"}
    assert never == {
        f"school_census_pupil.{name}"
        for name in ("nationality", "nationality_2", "country_of_birth", "proficiency_in_english")
    }
    assert all(not field.purposes for field in fields if str(field.ref) in never)


def test_no_field_of_the_identity_table_serves_a_purpose(catalogue: Catalogue) -> None:
    assert not any(field.purposes for field in catalogue.tables["pupil_identity"].fields.values())


def test_a_row_about_care_or_need_is_itself_tier_1_with_the_key(catalogue: Catalogue) -> None:
    tables = [table for table in catalogue.tables.values() if table.name.startswith(("cla_", "cin_"))]
    assert len(tables) == 7
    assert all(table.presence is not None and table.presence.tier == 1 for table in tables)
    assert {field.tier for table in tables for field in table.fields.values()} == {1}


def test_public_tables_are_those_about_nobody(catalogue: Catalogue) -> None:
    public = {table.name for table in catalogue.tables.values() if table.public}
    assert public == {"school", "school_link", "local_authority", "area_lsoa"}
    assert {table.name for table in catalogue.tables.values() if table.tier_3} == {
        "school_census_school",
        "school_performance",
    }


def test_every_table_about_people_but_one_has_their_key(catalogue: Catalogue) -> None:
    people = [table for table in catalogue.tables.values() if table.unit is not None]
    assert {table.name for table in people if table.key is None} == {"cin_assessment"}
    assert {table.key for table in people if table.key is not None} == {"pmr_anon"}


def test_generated_tables_have_bounds_on_every_measure_that_is_collected_now(catalogue: Catalogue) -> None:
    unbounded = [
        str(field.ref)
        for name in GENERATED
        for field in catalogue.tables[name].fields.values()
        if field.kind is FieldClass.MEASURE and field.bounds is None
    ]
    assert unbounded == []


def test_generated_tables_about_people_say_how_many_rows_a_unit_adds(catalogue: Catalogue) -> None:
    people = [catalogue.tables[name] for name in GENERATED if catalogue.tables[name].unit]
    assert all(any(rows.per == () for rows in table.rows_per_unit) for table in people)


def test_a_total_reference_is_never_null_and_leads_to_a_public_table(
    catalogue: Catalogue, fields: list[Field]
) -> None:
    total = [field for field in fields if field.total]
    assert total
    assert all(field.never_null for field in total)
    assert all(field.references and catalogue.tables[field.references.table].public for field in total)


def test_the_census_is_one_row_per_unit_among_main_records_only(catalogue: Catalogue) -> None:
    table = catalogue.tables["school_census_pupil"]
    (conditional,) = [grain for grain in table.grain if grain.where]
    assert conditional.columns == ("pmr_anon", "academic_year", "term")
    assert conditional.where is not None
    assert (conditional.where.field, conditional.where.below, conditional.where.or_null) == (
        "record_status",
        100,
        True,
    )
    assert table.main_census == {"term": "SPR"}


def test_nobody_may_be_told_from_few_only_where_a_field_is_open(fields: list[Field]) -> None:
    assert all(field.zeros is Zeros.HIDDEN for field in fields if field.tier < 4)


def test_hierarchies_give_every_code_a_parent(catalogue: Catalogue) -> None:
    for level in catalogue.hierarchies:
        fine, coarse = catalogue.code_sets[level.fine], catalogue.code_sets[level.coarse]
        assert set(level.parents) == set(fine.values)
        assert set(level.parents.values()) <= set(coarse.values)


def test_regions_are_held_by_name(catalogue: Catalogue) -> None:
    assert "London" in catalogue.code_sets["region"].values


def test_a_field_is_found_by_its_reference(catalogue: Catalogue) -> None:
    assert catalogue.field(FieldRef("absence", "overall_year")).family == "sessions_missed"
