"""Mistakes in a catalogue: each is found, named and placed."""

import shutil
from pathlib import Path

import pytest

from enclave.catalogue import catalogue_findings, load_catalogue, read_catalogue
from enclave.documents import Findings, Report

SHARED = """\
apiVersion: enclave/v1
kind: Catalogue
name: small
title: A small catalogue
units: { patient: { one: patient, many: patients } }
clusters: { ward: { one: ward, many: wards } }
codes: codes.csv
code_sets:
  year: { years: { from: 2020/21, to: 2022/23 } }
  age: { integers: [0, 9] }
hierarchies:
  - { fine: fine, coarse: coarse }
defaults:
  zeros: { 1: hidden, 2: hidden, 3: hidden, 4: shown }
  purposes: { 1: [research], 2: [research], 3: [research], 4: [research] }
"""
CODES = """\
code_set,code,label,parent,valid_from,valid_to,note
fine,A1,First,A,,,
fine,A2,Second,A,,,
coarse,A,All,,,,
sex,all,All,,,,
sex,men,Men,,,,
"""
WARD = """\
apiVersion: enclave/v1
kind: Table
name: ward
unit: none
description: Wards
source: { collection: register }
grain:
  - { columns: [ward_id] }
fields:
  ward_id:
    { type: INTEGER, class: key, tier: 4, annex_b: none, identifiability: 5, sensitivity: E }
"""
STAY = """\
apiVersion: enclave/v1
kind: Table
name: stay
unit: patient
key: person
cluster: { name: ward, by: ward_id, parts: kind }
year: { field: year, form: YYYY/YY }
description: Stays
source: { collection: stays }
grain:
  - { columns: [person, year] }
  - columns: [person]
    where: { field: main, equals: true }
rows_per_unit:
  - { per: [year], max: 2 }
dependencies:
  - { fields: [kind], determine: [group], by: hierarchy }
  - { when: { kind: not_null }, then: { group: [A] } }
fields:
  person:
    { type: VARCHAR(9), class: key, tier: 4, annex_b: none, identifiability: 3, sensitivity: E }
  name:
    { type: VARCHAR, class: identifier, tier: 1, annex_b: identifying, identifiability: 1, sensitivity: E,
      instead: { need: age, fields: [age] } }
  year:
    { type: CHAR(7), class: dimension, tier: 4, annex_b: none, identifiability: 5, sensitivity: E, code_set: year }
  main:
    { type: BOOLEAN, class: dimension, tier: 4, annex_b: none, identifiability: 5, sensitivity: E }
  ward_id:
    { type: INTEGER, class: dimension, tier: 4, annex_b: none, identifiability: 5, sensitivity: E,
      references: ward.ward_id, total: true, nulls: never }
  kind:
    { type: CHAR(2), class: dimension, tier: 2, annex_b: none, identifiability: 5, sensitivity: D, code_set: fine,
      purposes: [research], aliases: ["Kind_[term][yy]"], collected: { from: 2020/21, to: 2021/22 } }
  group:
    { type: CHAR(1), class: dimension, tier: 2, annex_b: none, identifiability: 5, sensitivity: D, code_set: coarse }
  age:
    { type: SMALLINT, class: dimension, tier: 2, annex_b: none, identifiability: 5, sensitivity: E, code_set: age }
  days:
    { type: SMALLINT, class: measure, tier: 4, annex_b: none, identifiability: 5, sensitivity: E,
      bounds: [0, 365], cuts: [1, 7, 30], family: days }
"""


TOTALS = """\
apiVersion: enclave/v1
kind: Table
name: totals
unit: none
tier_3: true
population: patients
adds_up:
  - { by: kind, total: all, parts: [men], complete: false }
  - { total: patients, parts: [short, long], complete: false }
description: Patients per ward
source: { collection: stays }
grain:
  - { columns: [ward_id, kind] }
fields:
  ward_id:
    { type: INTEGER, class: dimension, tier: 3, annex_b: none, identifiability: 5, sensitivity: E }
  kind:
    { type: CHAR(3), class: dimension, tier: 3, annex_b: none, identifiability: 5, sensitivity: E, code_set: sex }
  patients:
    { type: INTEGER, class: measure, tier: 3, annex_b: none, identifiability: 5, sensitivity: E,
      cell: { is: count, about: [] } }
  short:
    { type: INTEGER, class: measure, tier: 3, annex_b: none, identifiability: 5, sensitivity: E,
      cell: { is: count, of: [patients], about: [age] } }
  long:
    { type: INTEGER, class: measure, tier: 3, annex_b: none, identifiability: 5, sensitivity: E,
      cell: { is: count, of: [patients], about: [age] } }
  late:
    { type: "DECIMAL(4,1)", class: measure, tier: 3, annex_b: none, identifiability: 5, sensitivity: E,
      cell: { is: share, of: [patients], about: [] } }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tables").mkdir()
    (tmp_path / "catalogue.yaml").write_text(SHARED)
    (tmp_path / "codes.csv").write_text(CODES)
    (tmp_path / "tables" / "ward.yaml").write_text(WARD)
    (tmp_path / "tables" / "stay.yaml").write_text(STAY)
    (tmp_path / "tables" / "totals.yaml").write_text(TOTALS)
    return tmp_path


def change(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))


def test_a_catalogue_about_something_else_altogether_is_as_good(folder: Path) -> None:
    catalogue = load_catalogue(folder)
    assert catalogue.units["patient"].many == "patients"
    cluster = catalogue.tables["stay"].cluster
    assert cluster is not None
    assert cluster.by == "ward_id"
    assert cluster.parts == "kind"


def test_tables_may_stand_in_the_catalogue_file_too(folder: Path) -> None:
    table = "\n".join(f"    {line}" for line in WARD.splitlines()[3:])
    (folder / "tables" / "ward.yaml").unlink()
    with (folder / "catalogue.yaml").open("a") as file:
        file.write(f"tables:\n  ward:\n{table}\n")
    assert set(load_catalogue(folder).tables) == {"stay", "totals", "ward"}


def test_a_table_may_stand_beside_the_catalogue_and_the_catalogue_have_another_name(folder: Path) -> None:
    (folder / "tables" / "ward.yaml").rename(folder / "ward.yaml")
    (folder / "catalogue.yaml").rename(folder / "small.yaml")
    assert set(load_catalogue(folder).tables) == {"stay", "totals", "ward"}


def test_there_is_one_file_of_what_tables_share(folder: Path) -> None:
    (folder / "more.yaml").write_text(SHARED)
    assert "same-name" in {finding.code for finding in catalogue_findings(folder)}


def test_a_file_that_would_be_passed_over_is_reported(folder: Path) -> None:
    (folder / "tables" / "ward.yaml").rename(folder / "tables" / "ward.yml")
    assert "unexpected-file" in {finding.code for finding in catalogue_findings(folder)}


STAYS = "tables/stay.yaml"
AGGREGATES = "tables/totals.yaml"
MISTAKES = [
    (STAYS, "tier: 4, annex_b: none, identifiability: 3", "annex_b: none, identifiability: 3", "missing"),
    (STAYS, "unit: patient", "unit: pateint", "unknown-unit"),
    (STAYS, "cluster: { name: ward", "cluster: { name: wrad", "unknown-cluster"),
    (STAYS, "by: ward_id", "by: wardid", "unknown-field"),
    (STAYS, "parts: kind", "parts: kin", "unknown-field"),
    (STAYS, "parts: kind", "parts: ward_id", "parts"),
    (STAYS, "parts: kind", "parts: days", "parts"),
    (STAYS, "parts: kind", "parts: main", "parts"),
    (STAYS, "key: person", "key: persn", "unknown-field key"),
    (STAYS, "type: VARCHAR(9), class: key", "type: VARCHAR(9), class: dimension", "key"),
    (STAYS, "columns: [person, year]", "columns: [person, yaer]", "unknown-field"),
    (STAYS, "where: { field: main,", "where: { field: mian,", "unknown-field"),
    (STAYS, "equals: true }", "or_null: true }", "condition"),
    (STAYS, "per: [year]", "per: [yeer]", "unknown-field"),
    (STAYS, "fields: [kind], determine: [group]", "fields: [group], determine: [kind]", "hierarchy"),
    (STAYS, "when: { kind: not_null }", "fields: [kind], when: { kind: not_null }", "dependency"),
    (STAYS, "class: identifier, tier: 1", "class: dimension, tier: 1", "class"),
    (STAYS, "tier: 1, annex_b: identifying", "tier: 2, annex_b: identifying", "tier"),
    (STAYS, "fields: [age] }", "fields: [aeg] }", "unknown-field"),
    (STAYS, "type: BOOLEAN", "type: BOOL", "type"),
    (STAYS, "code_set: year", "code_set: years", "unknown-code-set"),
    (STAYS, "type: CHAR(2)", "type: CHAR(1)", "code-does-not-fit"),
    (STAYS, "references: ward.ward_id", "references: ward.id", "unknown-field"),
    (STAYS, "references: ward.ward_id, ", "", "reference"),
    (STAYS, "references: ward.ward_id", "references: stay.year", "reference"),
    (STAYS, "total: true, nulls: never", "total: true", "reference"),
    (STAYS, "bounds: [0, 365]", "bounds: [365, 0]", "bounds"),
    (STAYS, "cuts: [1, 7, 30]", "cuts: [7, 1, 30]", "bounds"),
    (STAYS, "cuts: [1, 7, 30]", "cuts: [1, 7, 400]", "bounds"),
    (STAYS, "cuts: [1, 7, 30]", "usual: 400", "bounds"),
    (STAYS, "cuts: [1, 7, 30]", "usual: 0", "bounds"),
    (STAYS, "type: SMALLINT, class: measure", "type: VARCHAR, class: measure", "bounds class"),
    (STAYS, "purposes: [research]", "purposes: [marketing]", "purpose-not-permitted"),
    (STAYS, "purposes: [research]", "purposes: [reserch]", "unknown-purpose"),
    (STAYS, "Kind_[term]", "Kind_[trem]", "alias"),
    (STAYS, "Kind_[term][yy]", "AGE", "alias"),
    (STAYS, "from: 2020/21, to: 2021/22", "from: 2021/22, to: 2020/21", "dates"),
    (STAYS, "from: 2020/21, to: 2021/22", "from: 2020/22", "dates"),
    (STAYS, "nulls: never }", "nulls: never, retain_years: 5 }", "retention"),
    (STAYS, "code_set: year }", "code_set: year, retain_years: 5 }", "retention"),
    (STAYS, "code_set: coarse }", "code_set: coarse, retain_years: 5 }", "retention"),
    (
        STAYS,
        "cuts: [1, 7, 30], family: days }",
        "cuts: [1, 7, 30], family: days, retain_years: 5 }",
        "retention",
    ),
    (STAYS, "code_set: age }", "code_set: age, retain_years: 0 }", "wrong-kind"),
    (STAYS, "  main:\n", "  Person:\n", "same-name unknown-field"),
    (STAYS, "  days:\n", "  _days:\n", "reserved-name"),
    (STAYS, "name: stay", "name: Ward", "file-name same-name"),
    (STAYS, "unit: patient", "unit: none", "public-table unknown-field"),
    (AGGREGATES, "tier_3: true\n", "", "aggregates public-table"),
    (AGGREGATES, "population: patients\n", "", "aggregates"),
    (AGGREGATES, "population: patients", "population: pateints", "unknown-field"),
    (AGGREGATES, "population: patients", "population: short", "aggregates"),
    (AGGREGATES, "{ is: count, of: [patients],", "{ is: count, of: [late],", "aggregates"),
    (AGGREGATES, "{ is: count, of: [patients],", "{ is: count, of: [short],", "aggregates"),
    (AGGREGATES, "{ is: share, of: [patients],", "{ is: share,", "aggregates"),
    (AGGREGATES, "{ is: share, of: [patients], about: [] }", "{ is: plain, of: [patients] }", "aggregates"),
    (AGGREGATES, "{ is: share, of: [patients],", "{ is: count, of: [patients],", "aggregates"),
    (
        AGGREGATES,
        "cell: { is: count, about: [] } }",
        "nulls: never, cell: { is: count, about: [] } }",
        "aggregates",
    ),
    (AGGREGATES, "parts: [short, long]", "parts: [short, short]", "aggregates"),
    (AGGREGATES, "parts: [short, long]", "parts: [short, late]", "aggregates"),
    (AGGREGATES, "by: kind, total: all", "by: late, total: all", "aggregates"),
    (AGGREGATES, "parts: [men]", "parts: [mne]", "unknown-code"),
    (AGGREGATES, "parts: [men], complete: false", "parts: [men]", "aggregates"),
    (AGGREGATES, "about: [age]", "about: [aeg]", "unknown-field"),
    (AGGREGATES, ", about: [age]", "", "aggregates"),
    (AGGREGATES, "{ is: share, of: [patients], about: [] }", "{ is: plain, about: [age] }", "aggregates"),
    (AGGREGATES, "is: share", "is: percentage", "not-allowed-value"),
    ("tables/ward.yaml", "tier: 4", "tier: 2", "public-table"),
    ("catalogue.yaml", "4: [research]", "4: [reserch]", "unknown-purpose"),
    ("catalogue.yaml", "from: 2020/21", "from: 2020/22", "dates"),
    ("catalogue.yaml", "fine: fine", "fine: fien", "unknown-code-set hierarchy"),
    ("catalogue.yaml", "codes: codes.csv", "codes: ../codes.csv", "wrong-kind"),
    ("codes.csv", "fine,A2,Second,A", "fine,A2,Second,", "hierarchy"),
    ("codes.csv", "fine,A2,Second", "fine,A1,Second", "codes"),
    ("codes.csv", "fine,A2,Second,A,,,", "fine,A2,Second", "codes"),
    ("codes.csv", "code_set,code,label", "set,code,label", "codes"),
    ("codes.csv", "fine,A2,Second,A,,,", "fine,A2,Second,A,soon,,", "dates"),
]


@pytest.mark.parametrize(("file", "old", "new", "codes"), MISTAKES)
def test_each_mistake_is_found_and_placed(folder: Path, file: str, old: str, new: str, codes: str) -> None:
    change(folder, file, old, new)
    report = Report()
    assert read_catalogue(folder, report, purposes={"research"}) is None
    found = report.findings()
    assert codes.split()[0] in {finding.code for finding in found}
    assert {finding.code for finding in found} <= set(codes.split()) | ({"key"} if "key" in codes else set())
    assert all(finding.fix for finding in found)
    assert all(finding.line for finding in found)


def test_a_table_that_cannot_be_read_is_not_reported_as_missing_elsewhere(folder: Path) -> None:
    change(folder, "tables/ward.yaml", "unit: none", "unit none")
    assert {finding.file for finding in catalogue_findings(folder)} == {"catalogue/tables/ward.yaml"}


def test_mistakes_in_several_files_are_reported_together(folder: Path) -> None:
    change(folder, STAYS, "unit: patient", "unit: pateint")
    change(folder, "catalogue.yaml", "from: 2020/21", "from: 2020/22")
    change(folder, "codes.csv", "fine,A2,Second", "fine,A1,Second")
    assert len({finding.file for finding in catalogue_findings(folder)}) == 3


def test_a_missing_catalogue_is_a_finding(folder: Path) -> None:
    shutil.rmtree(folder)
    with pytest.raises(Findings, match="no file of kind Catalogue"):
        load_catalogue(folder)
