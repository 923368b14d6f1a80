"""The little world that the oracle asks about: patients, hospitals, visits and outcomes.

One description, from which come the policy files (`policies`), the people (`world`) and the questions (`sql`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from tests.oracle.values import Value

PERSON = "person"


@dataclass(frozen=True, slots=True)
class Field:
    """One column. Codes have `values`, measures `bounds`; `hidden` is the catalogue's `zeros: hidden`."""

    name: str
    type: str
    kind: str  # key | dimension | measure
    values: tuple[Value, ...] = ()
    bounds: tuple[Decimal | int, Decimal | int] | None = None
    cuts: tuple[Decimal | int, ...] = ()
    usual: Decimal | int | None = None
    hidden: bool = False
    nullable: bool = False
    references: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table; `unit` is false for public reference data."""

    name: str
    unit: bool
    fields: Mapping[str, Field]
    grain: tuple[Mapping[str, object], ...]
    rows_per_unit: tuple[Mapping[str, object], ...] = ()
    cluster: str | None = None
    extra: Mapping[str, object] = field(default_factory=dict)


def _fields(*fields: Field) -> dict[str, Field]:
    return {column.name: column for column in fields}


_PERSON = Field(PERSON, "VARCHAR(18)", "key")
_YEAR = Field("year", "SMALLINT", "dimension", values=(2021, 2022, 2023))
_HOSPITAL_ID = Field("hospital_id", "INTEGER", "dimension", references="hospital.hospital_id")

HOSPITAL = Table(
    "hospital",
    unit=False,
    fields=_fields(
        Field("hospital_id", "INTEGER", "key"),
        Field("region", "VARCHAR", "dimension", values=("North", "South", "West")),
        Field("teaching", "BOOLEAN", "dimension", values=(True, False)),
        Field("beds", "SMALLINT", "measure", bounds=(10, 500)),
    ),
    grain=({"columns": ["hospital_id"]},),
)

PATIENT = Table(
    "patient",
    unit=True,
    cluster="hospital_id",
    fields=_fields(
        _PERSON,
        _YEAR,
        Field("wave", "VARCHAR(3)", "dimension", values=("AUT", "SPR")),
        Field("entry_status", "SMALLINT", "dimension", values=(1, 101), nullable=True),
        _HOSPITAL_ID,
        Field("sex", "CHAR(1)", "dimension", values=("F", "M")),
        Field("smoker", "BOOLEAN", "dimension", values=(True, False), hidden=True, nullable=True),
        Field("insured", "BOOLEAN", "dimension", values=(True, False)),
        Field("band", "SMALLINT", "dimension", values=(1, 2, 3, 4)),
        Field("stage", "SMALLINT", "dimension", values=(1, 2, 3), hidden=True, nullable=True),
        Field(
            "diagnosis",
            "VARCHAR(6)",
            "dimension",
            values=("ASTHMA", "HEART", "RARE"),
            hidden=True,
            nullable=True,
        ),
        Field("weight", "DECIMAL(5,1)", "measure", bounds=(2, 300), cuts=(50, 70, 90)),
        Field("change", "SMALLINT", "measure", bounds=(-20, 20), cuts=(-5, 0, 5), nullable=True),
        Field(
            "risk", "DOUBLE", "measure", bounds=(0, 1), cuts=(Decimal("0.25"), Decimal("0.5")), hidden=True
        ),
    ),
    grain=(
        {"columns": [PERSON, "year", "wave", "hospital_id"]},
        {
            "columns": [PERSON, "year", "wave"],
            "where": {"field": "entry_status", "below": 100, "or_null": True},
        },
    ),
    rows_per_unit=({"per": ["year", "wave"], "max": 2}, {"per": ["year"], "max": 4}, {"per": [], "max": 12}),
)

VISIT = Table(
    "visit",
    unit=True,
    cluster="hospital_id",
    fields=_fields(
        _PERSON,
        _YEAR,
        Field("visit_number", "SMALLINT", "dimension", values=(1, 2, 3, 4, 5, 6)),
        _HOSPITAL_ID,
        Field("ward", "VARCHAR(5)", "dimension", values=("DAY", "HEART", "NIGHT")),
        Field("urgent", "BOOLEAN", "dimension", values=(True, False), hidden=True),
        Field("nights", "SMALLINT", "measure", bounds=(0, 60), cuts=(1, 2, 5)),
        Field("cost", "DECIMAL(8,2)", "measure", bounds=(-500, 50000), cuts=(0, 100, 1000), nullable=True),
    ),
    grain=({"columns": [PERSON, "year", "visit_number"]},),
    rows_per_unit=({"per": ["year"], "max": 6}, {"per": [], "max": 18}),
)

OUTCOME = Table(
    "outcome",
    unit=True,
    cluster="hospital_id",
    fields=_fields(
        _PERSON,
        _YEAR,
        _HOSPITAL_ID,
        Field("recovered", "BOOLEAN", "dimension", values=(True, False), nullable=True),
        Field("grade", "SMALLINT", "dimension", values=(0, 1, 2), hidden=True),
        Field("points", "DECIMAL(5,2)", "measure", bounds=(-10, 90), cuts=(0, 20, 40), nullable=True),
    ),
    grain=({"columns": [PERSON, "year"]},),
    rows_per_unit=({"per": ["year"], "max": 1}, {"per": [], "max": 3}),
)

TABLES: Mapping[str, Table] = {table.name: table for table in (HOSPITAL, PATIENT, VISIT, OUTCOME)}
PEOPLE = (PATIENT, VISIT, OUTCOME)


Usual = tuple[tuple[str, str, int], ...]
"""Of fields, by table and name, the value that nearly everybody has."""


def with_usual(usual: Usual) -> tuple[Table, ...]:
    """The tables with usual values."""
    found = dict(TABLES)
    for table, name, value in usual:
        fields = found[table].fields
        found[table] = replace(found[table], fields={**fields, name: replace(fields[name], usual=value)})
    return tuple(found.values())
