"""A deployment whose every protected value is a canary: it occurs once, and is known when it is seen anywhere.

Two tables of people with a column of each type that a catalogue knows, of each class and of both kinds of tier. No
canary: codes of closed lists, which are published; booleans; the year and the hospital, by which the data are split.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from ruamel.yaml import YAML

from enclave.wiring.data import load_source
from enclave.wiring.home import make_home
from tests.oracle.policies import VERSION
from tests.support.service import OTHER, THIS, write_service_policies

PEOPLE, YEARS, HOSPITALS, VISITS = 240, (2021, 2022), (1, 2, 3, 4), (1, 2)
KEY = "person"
Json = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """A column of canaries. `value` makes one of them; no two are alike."""

    name: str
    type: str
    kind: str
    tier: int
    arrow: pa.DataType
    value: Callable[[random.Random, int], object]


def text(mark: str) -> Callable[[random.Random, int], object]:
    return lambda _chance, number: f"QX{mark}{number:05d}ZV"


def whole(least: int, most: int) -> Callable[[random.Random, int], object]:
    return lambda chance, _number: chance.randrange(least, most)


def fine(chance: random.Random, _number: int) -> object:
    return chance.randrange(10**8, 10**9) + 0.0625


def money(chance: random.Random, _number: int) -> object:
    return Decimal(chance.randrange(10**9, 10**10)).scaleb(-1) + Decimal("0.07")


def day(_chance: random.Random, number: int) -> object:
    """Never the first of a month, which is the name of that month too."""
    found = date(1583, 1, 1) + timedelta(days=31 * number % 100_000)
    return found.replace(day=2 + number % 26)


KEY_COLUMN = Column(KEY, "VARCHAR", "key", 2, pa.string(), text("key"))
PATIENT = (
    Column("nhs_number", "VARCHAR", "identifier", 1, pa.string(), text("nhs")),
    Column("full_name", "VARCHAR", "identifier", 1, pa.string(), text("name")),
    Column("ward", "VARCHAR", "dimension", 4, pa.string(), text("ward")),
    Column("diagnosis", "VARCHAR(20)", "dimension", 1, pa.string(), text("diag")),
    Column("born", "DATE", "dimension", 2, pa.date32(), day),
    Column("case_no", "BIGINT", "dimension", 4, pa.int64(), whole(10**13, 10**14)),
    Column("lift", "SMALLINT", "measure", 4, pa.int16(), lambda _chance, number: 20_001 + number),
    Column("stay", "INTEGER", "measure", 4, pa.int32(), whole(10**8, 10**9)),
    Column("steps", "BIGINT", "measure", 2, pa.int64(), whole(10**14, 10**15)),
    Column("weight", "DOUBLE", "measure", 4, pa.float64(), fine),
    Column("cost", "DECIMAL(18,2)", "measure", 4, pa.decimal128(18, 2), money),
    Column("income", "DECIMAL(18,2)", "measure", 1, pa.decimal128(18, 2), money),
)
VISIT = (
    Column("note", "VARCHAR", "dimension", 4, pa.string(), text("note")),
    Column("token", "CHAR(12)", "dimension", 4, pa.string(), lambda _chance, number: f"QXtk{number:05d}Z"),
    Column("at", "DATE", "dimension", 4, pa.date32(), lambda chance, number: day(chance, number + 7_000)),
    Column("fee", "DECIMAL(18,2)", "measure", 4, pa.decimal128(18, 2), money),
    Column("minutes", "DOUBLE", "measure", 4, pa.float64(), fine),
)


def canary_home(folder: Path, *, method: str = "suppress") -> tuple[Path, set[object]]:
    """A home with these data, and every canary that is in them. Numbers are changed by a method."""
    policies, source = folder / "policies", folder / "source"
    policies.mkdir(parents=True)
    write_service_policies(policies)
    (policies / f"projects/{OTHER}.yaml").unlink()
    _write(policies / "catalogue/catalogue.yaml", _catalogue())
    (policies / "catalogue/codes.csv").write_text("\n".join(_codes()) + "\n")
    _edit(policies / "house.yaml", _house)
    _edit(policies / f"projects/{THIS}.yaml", _project)
    _edit(policies / "house.yaml", lambda house: house["defaults"].update(method=method))
    _edit(policies / f"projects/{THIS}.yaml", lambda project: project["disclosure"].update(method=method))
    planted = write_source(source)
    home = make_home(folder / "home", policies=policies)
    load_source(home, source, version=VERSION)
    return home.root, planted


def write_source(folder: Path) -> set[object]:
    folder.mkdir(parents=True)
    chance, planted = random.Random(5), set[object]()
    keys = [KEY_COLUMN.value(chance, number) for number in range(PEOPLE)]
    rows = [(number, year) for number in range(PEOPLE) for year in YEARS]
    tables: dict[str, tuple[tuple[Column, ...], list[tuple[int, int]], Json]] = {
        "patient": (PATIENT, rows, {}),
        "visit": (
            VISIT,
            [row for row in rows for _ in VISITS],
            {"visit_no": pa.array([*VISITS] * len(rows), pa.int16())},
        ),
    }
    for name, (columns, of, more) in tables.items():
        made: dict[str, pa.Array[Any]] = {
            KEY: pa.array([keys[number] for number, _ in of]),
            "year": pa.array([year for _, year in of], pa.int16()),
            "hospital_id": pa.array([HOSPITALS[number % 4] for number, _ in of], pa.int32()),
            **more,
        }
        if name == "patient":
            made["sex"] = pa.array(["FM"[number // 4 % 2] for number, _ in of])
            made["insured"] = pa.array([number % 3 == 0 for number, _ in of])
        for column in columns:
            values = [column.value(chance, number) for number in range(len(of))]
            planted |= set(values)
            made[column.name] = pa.array(values, column.arrow)
        pq.write_table(pa.table(made), folder / f"{name}.parquet")
    regions = pa.array(["North", "North", "South", "South"])
    hospital = pa.table({"hospital_id": pa.array(HOSPITALS, pa.int32()), "region": regions})
    pq.write_table(hospital, folder / "hospital.parquet")
    return planted | set(keys)


def _catalogue() -> Json:
    return {
        "apiVersion": "enclave/v1",
        "kind": "Catalogue",
        "name": "world",
        "title": "Canaries",
        "units": {"patient": {"one": "patient", "many": "patients"}},
        "clusters": {"hospital": {"one": "hospital", "many": "hospitals"}},
        "codes": "codes.csv",
        "defaults": {
            "zeros": {1: "hidden", 2: "hidden", 3: "hidden", 4: "shown"},
            "purposes": {tier: ["education_research"] for tier in (1, 2, 3, 4)},
        },
        "tables": {
            "hospital": _public(),
            "patient": _of_people("patient", PATIENT, ["year"], 1),
            "visit": _of_people("visit", VISIT, ["year", "visit_no"], len(VISITS)),
        },
    }


def _public() -> Json:
    return {
        "unit": "none",
        "description": "Hospitals.",
        "source": {"collection": "made up"},
        "grain": [{"columns": ["hospital_id"]}],
        "fields": {
            "hospital_id": _field("INTEGER", "key", 4, nulls="never"),
            "region": _field("VARCHAR", "dimension", 4, code_set="region"),
        },
    }


def _of_people(name: str, columns: tuple[Column, ...], per: list[str], most: int) -> Json:
    coded = {
        "year": _field("SMALLINT", "dimension", 4, code_set="year", nulls="never"),
        "hospital_id": _field(
            "INTEGER", "dimension", 4, references="hospital.hospital_id", total=True, nulls="never"
        ),
    }
    if name == "patient":
        coded |= {
            "sex": _field("CHAR(1)", "dimension", 4, code_set="sex"),
            "insured": _field("BOOLEAN", "dimension", 4),
        }
    else:
        coded |= {"visit_no": _field("SMALLINT", "dimension", 4, code_set="visit_no", nulls="never")}
    own = {column.name: _field(column.type, column.kind, column.tier) for column in (KEY_COLUMN, *columns)}
    return {
        "unit": "patient",
        "key": KEY,
        "cluster": {"name": "hospital", "by": "hospital_id"},
        "year": {"field": "year", "form": "ending year"},
        "description": f"The {name} table.",
        "source": {"collection": "made up"},
        "grain": [{"columns": [KEY, *per]}],
        "rows_per_unit": [{"per": ["year"], "max": most}, {"per": [], "max": most * len(YEARS)}],
        "fields": {**own, **coded},
    }


def _field(type_: str, kind: str, tier: int, **more: object) -> Json:
    sensitive = "identifying" if kind == "identifier" else "highly_sensitive"
    return {
        "type": type_,
        "class": kind,
        "tier": tier,
        "annex_b": sensitive if tier == 1 else "none",
        "identifiability": 5,
        "sensitivity": "E",
        **more,
    }


def _codes() -> Iterator[str]:
    yield "code_set,code,label,parent,valid_from,valid_to,note"
    sets = {"year": YEARS, "sex": ("F", "M"), "visit_no": VISITS, "region": ("North", "South")}
    for name, values in sets.items():
        yield from (f"{name},{value},{value},,,," for value in values)


def _house(house: Json) -> None:
    house["allowance"] = {"queries_per_day": 1_000, "cells_per_day": 1_000_000}
    house["defaults"]["release"]["max_cells"] = 100_000


def _project(project: Json) -> None:
    granted = {"patient": PATIENT, "visit": VISIT}
    coded = {
        "patient": ("year", "hospital_id", "sex", "insured"),
        "visit": ("year", "hospital_id", "visit_no"),
    }
    project["allowance"] = {"queries_per_day": 1_000, "cells_per_day": 1_000_000}
    project["release"] |= {"formats": ["csv", "parquet"], "max_cells": 100_000}
    project["approvals"].append(
        {"body": "data-management-panel", "ref": "DMP-1", "decided_on": date(2026, 1, 1)}
    )
    project["data"]["tables"] = [
        {"name": "hospital", "fields": "all"},
        *(
            {
                "name": name,
                "years": list(YEARS),
                "rows": "all",
                "fields": [_grant(KEY, ["link"])]
                + [_grant(one.name) for one in columns if one.kind != "identifier"]
                + [_grant(one) for one in coded[name]],
            }
            for name, columns in granted.items()
        ),
    ]


def _grant(name: str, uses: list[str] | None = None) -> Json:
    return {
        "name": name,
        "use": uses or ["aggregate", "filter", "group", "link"],
        "why": "To try everything",
        "less_sensitive_alternative": "None",
    }


def _write(path: Path, content: object) -> None:
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(content, file)


def _edit(path: Path, edit: Callable[[Json], None]) -> None:
    content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    edit(content)
    _write(path, content)
