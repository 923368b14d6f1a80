"""A small catalogue of hospitals and patients, with rows that keep it. Nothing in the loader is about pupils."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from enclave.catalogue.model import (
    AnnexB,
    Catalogue,
    Cluster,
    Code,
    CodeSet,
    Dependency,
    Field,
    FieldClass,
    Grain,
    Hierarchy,
    Implication,
    RowCondition,
    RowsPerUnit,
    Table,
    Words,
    YearField,
    YearForm,
)
from enclave.loading import Secrets
from enclave.terms import FieldRef, Zeros

SECRETS = Secrets(vault=b"v" * 32, record=b"r" * 32)
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
Rows = Mapping[str, pa.Table]


def field(
    table: str,
    name: str,
    type_: str,
    kind: FieldClass = FieldClass.DIMENSION,
    *,
    tier: int = 4,
    code_set: str | None = None,
    bounds: tuple[int, int] | None = None,
    never_null: bool = False,
    references: FieldRef | None = None,
) -> Field:
    return Field(
        table=table,
        name=name,
        type=type_,
        kind=kind,
        tier=tier,
        annex_b=AnnexB.IDENTIFYING if kind is FieldClass.IDENTIFIER else AnnexB.NONE,
        identifiability=5,
        sensitivity="E",
        zeros=Zeros.HIDDEN,
        purposes=frozenset({"research"}),
        code_set=code_set,
        bounds=(Decimal(bounds[0]), Decimal(bounds[1])) if bounds else None,
        never_null=never_null,
        references=references,
        total=references is not None,
    )


def codes(name: str, *values: str) -> CodeSet:
    return CodeSet(name, tuple(Code(value, value) for value in values), values)


def table(name: str, fields: tuple[Field, ...], grain: tuple[Grain, ...], **more: object) -> Table:
    bare = Table(name, "", {field.name: field for field in fields}, grain)
    return replace(bare, **more)  # type: ignore[arg-type]


HOSPITAL = table(
    "hospital",
    (
        field("hospital", "code", "INTEGER", FieldClass.KEY),
        field("hospital", "region", "VARCHAR", code_set="region"),
        field("hospital", "beds", "SMALLINT", FieldClass.MEASURE, bounds=(0, 5000)),
    ),
    (Grain(("code",)),),
)
STAY = table(
    "stay",
    (
        field("stay", "patient", "VARCHAR(12)", FieldClass.KEY),
        field("stay", "year", "CHAR(7)", code_set="year"),
        field("stay", "quarter", "CHAR(2)", code_set="quarter"),
        field("stay", "hospital", "INTEGER", references=FieldRef("hospital", "code"), never_null=True),
        field("stay", "surname", "VARCHAR", FieldClass.IDENTIFIER, tier=1),
        field("stay", "born", "DATE", FieldClass.IDENTIFIER, tier=1),
        field("stay", "main", "BOOLEAN", never_null=True),
        field("stay", "ward", "VARCHAR(4)", code_set="ward"),
        field("stay", "wing", "CHAR(1)", code_set="wing"),
        field("stay", "diagnosis", "CHAR(3)", tier=1, code_set="diagnosis"),
        field("stay", "weight", "DOUBLE", FieldClass.MEASURE, tier=1),
        field("stay", "nights", "SMALLINT", FieldClass.MEASURE, bounds=(0, 90)),
        field("stay", "cost", "DECIMAL(7,2)", FieldClass.MEASURE),
    ),
    (
        Grain(("patient", "year", "quarter", "hospital")),
        Grain(("patient", "year", "quarter"), where=RowCondition("main", equals=True)),
    ),
    unit="patient",
    key="patient",
    cluster=Cluster("hospital", "hospital"),
    year=YearField("year", YearForm.ACADEMIC),
    term="quarter",
    rows_per_unit=(RowsPerUnit(("year", "quarter"), 2), RowsPerUnit(("year",), 8), RowsPerUnit((), 20)),
    dependencies=(Dependency(("ward",), ("wing",), by_hierarchy=True),),
    implications=(Implication("diagnosis", "ward", ("W1", "W2")),),
)
PLAN = table(
    "plan",
    (
        field("plan", "patient", "VARCHAR(12)", FieldClass.KEY, tier=1),
        field("plan", "clinic_number", "VARCHAR(12)", FieldClass.IDENTIFIER, tier=1),
        field("plan", "ending", "SMALLINT", tier=1, never_null=True),
        field("plan", "kind", "CHAR(1)", tier=1, code_set="plan_kind"),
    ),
    (Grain(("clinic_number", "ending")),),
    unit="patient",
    key="patient",
    key_otherwise="clinic_number",
    year=YearField("ending", YearForm.ENDING),
    rows_per_unit=(RowsPerUnit(("ending",), 3),),
)
TOTALS = table("totals", (field("totals", "code", "INTEGER"),), (Grain(("code",)),), tier_3=True)
CATALOGUE = Catalogue(
    name="hospitals",
    title="Hospitals",
    units={"patient": Words("patient", "patients")},
    clusters={"hospital": Words("hospital", "hospitals")},
    code_sets={
        each.name: each
        for each in (
            codes("region", "North", "South"),
            codes("year", "2022/23", "2023/24", "last year", "2022/2"),
            codes("quarter", "Q1", "Q2", "Q3", "Q4"),
            codes("ward", "W1", "W2", "W3"),
            codes("wing", "A", "B"),
            codes("diagnosis", "D01", "D02"),
            codes("plan_kind", "s", "l"),
        )
    },
    hierarchies=(Hierarchy("ward", "wing", {"W1": "A", "W2": "A", "W3": "B"}),),
    tables={each.name: each for each in (HOSPITAL, STAY, PLAN, TOTALS)},
    alias_index={},
)


def hospitals() -> pa.Table:
    return pa.table(
        {
            "code": pa.array([101, 102, 103], pa.int32()),
            "region": ["North", "North", "South"],
            "beds": pa.array([40, 900, None], pa.int16()),
        }
    )


def stays(patients: int = 40) -> pa.Table:
    """Each patient has one main stay in each of two quarters of two years, every fifth a second stay elsewhere."""
    rows = [
        (number, year, quarter, main)
        for number in range(patients)
        for year in ("2022/23", "2023/24")
        for quarter in ("Q1", "Q2")
        for main in ((True, False) if number % 5 == 0 else (True,))
    ]
    ward = [f"W{number % 3 + 1}" for number, *_ in rows]
    return pa.table(
        {
            "patient": [patient(number) for number, *_ in rows],
            "year": [year for _, year, _, _ in rows],
            "quarter": [quarter for _, _, quarter, _ in rows],
            "hospital": pa.array(
                [101 + (number + (not main)) % 3 for number, _, _, main in rows], pa.int32()
            ),
            "surname": [f"Surname-{number}" for number, *_ in rows],
            "born": pa.array([number % 9000 for number, *_ in rows], pa.date32()),
            "main": [main for *_, main in rows],
            "ward": ward,
            "wing": ["B" if each == "W3" else "A" for each in ward],
            "diagnosis": [None if each == "W3" else "D01" for each in ward],
            "weight": pa.array([50.0 + number / 8 for number, *_ in rows], pa.float64()),
            "nights": pa.array([number % 30 for number, *_ in rows], pa.int16()),
            "cost": pa.array([Decimal(number) / 4 for number, *_ in rows], pa.decimal128(7, 2)),
        }
    )


def plans() -> pa.Table:
    """Patients 0 to 9 by their key, four clinic numbers without one, and one number with and without."""
    keys = [*(patient(number) for number in range(10)), None, None, None, None, patient(3), None]
    clinics = [f"clinic-{number}" for number in range(14)] + ["clinic-both", "clinic-both"]
    return pa.table(
        {
            "patient": keys,
            "clinic_number": clinics,
            "ending": pa.array([2023] * 15 + [2024], pa.int16()),
            "kind": ["s", "l"] * 8,
        }
    )


def patient(number: int) -> str:
    return f"PAT{number:06}XYZ"


def all_rows() -> dict[str, pa.Table]:
    return {"hospital": hospitals(), "stay": stays(), "plan": plans()}


def write_source(folder: Path, tables: Rows) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        pq.write_table(rows, folder / f"{name}.parquet")
    return folder
