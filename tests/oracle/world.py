"""Small made-up populations, with the rare and awkward things that real ones have.

Every world comes from one seed: tiny hospitals, people with one row and with many, nulls, negative numbers, one
value that a single person has, and amounts so large that one person is most of a total.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import duckdb
import pyarrow as pa

from tests.oracle.schema import PERSON, TABLES, Table
from tests.oracle.values import Value

Row = Mapping[str, Value]
Data = Mapping[str, tuple[Row, ...]]


@dataclass(frozen=True, slots=True)
class World:
    """The rows of each table. `person` is a whole number here, as in the store."""

    data: Data

    def table(self, name: str) -> tuple[Row, ...]:
        return self.data[name]

    def with_rows(self, name: str, rows: tuple[Row, ...]) -> "World":
        return replace(self, data={**self.data, name: rows})


def make_world(seed: int, *, units: int) -> World:
    """The world of this seed: the same for ever."""
    chance = random.Random(seed)
    hospitals = _hospitals(chance)
    people = [_person(chance, number, hospitals) for number in range(1, units + 1)]
    data = {
        "hospital": tuple(hospitals),
        "patient": tuple(row for person in people for row in _panel(chance, person)),
        "visit": tuple(row for person in people for row in _visits(chance, person)),
        "outcome": tuple(row for person in people for row in _outcomes(chance, person)),
    }
    return World(data)


def _hospitals(chance: random.Random) -> list[dict[str, Value]]:
    return [
        {
            "hospital_id": 100 + number,
            "region": chance.choice(("North", "South", "South", "West")),
            "teaching": chance.random() < 0.4,
            "beds": chance.choice((20, 20, 50, 300)),
        }
        for number in range(chance.randint(2, 5))
    ]


def _person(chance: random.Random, number: int, hospitals: list[dict[str, Value]]) -> dict[str, Value]:
    """What stays the same about a person. The first hospital is large, the last ones tiny."""
    weights = [2.0 ** (len(hospitals) - place) for place in range(len(hospitals))]
    home = chance.choices(hospitals, weights)[0]
    return {
        PERSON: number,
        "hospital_id": home["hospital_id"],
        "other": chance.choice(hospitals)["hospital_id"],
        "sex": chance.choice("FM"),
        "diagnosis": chance.choices(("ASTHMA", "HEART", "RARE", None), (30, 15, 2, 20))[0],
        "weight": Decimal(chance.randint(300, 1200)) / 10 if chance.random() < 0.97 else Decimal(300),
    }


def _panel(chance: random.Random, person: Row) -> list[dict[str, Value]]:
    rows = []
    for year in (2021, 2022, 2023):
        for wave in ("AUT", "SPR"):
            if chance.random() < 0.35:
                continue
            second = chance.random() < 0.12 and person["other"] != person["hospital_id"]
            rows.append(_panel_row(chance, person, year, wave, status=1 if second else None))
            if second:
                row = _panel_row(chance, person, year, wave, status=101)
                rows.append({**row, "hospital_id": person["other"]})
    return rows


def _panel_row(
    chance: random.Random, person: Row, year: int, wave: str, *, status: int | None
) -> dict[str, Value]:
    return {
        PERSON: person[PERSON],
        "year": year,
        "wave": wave,
        "entry_status": status,
        "hospital_id": person["hospital_id"],
        "sex": person["sex"],
        "smoker": chance.choices((True, False, None), (20, 70, 10))[0],
        "insured": chance.random() < 0.85,
        "band": chance.choices((1, 2, 3, 4), (10, 8, 5, 1))[0],
        "stage": chance.choices((1, 2, 3, None), (10, 5, 1, 2))[0],
        "diagnosis": person["diagnosis"],
        "weight": person["weight"],
        "change": chance.choice((None, -20, -5, -1, 0, 0, 0, 1, 2, 5, 20)),
        "risk": chance.choice((0.0, 0.25, 0.5, 0.5, 0.75, 1.0, 0.015625)),
    }


def _visits(chance: random.Random, person: Row) -> list[dict[str, Value]]:
    frequent = chance.random() < 0.1
    return [
        _visit(chance, person, year, number)
        for year in (2021, 2022, 2023)
        for number in range(1, 1 + (6 if frequent else chance.choice((0, 0, 0, 1, 1, 2, 3))))
    ]


def _visit(chance: random.Random, person: Row, year: int, number: int) -> dict[str, Value]:
    return {
        PERSON: person[PERSON],
        "year": year,
        "visit_number": number,
        "hospital_id": person["hospital_id" if chance.random() < 0.8 else "other"],
        "ward": chance.choices(("DAY", "HEART", "NIGHT"), (10, 1, 6))[0],
        "urgent": chance.random() < 0.25,
        "nights": chance.choice((0, 0, 0, 0, 1, 1, 2, 3, 60)),
        "cost": _cost(chance),
    }


def _cost(chance: random.Random) -> Value:
    kind = chance.random()
    if kind < 0.1:
        return None
    if kind < 0.14:
        return Decimal("49999.50")  # more than everybody else together
    return Decimal(chance.choice((-30000, -1, 0, 0, 1050, 9999, 50000, 120000))) / 100


def _outcomes(chance: random.Random, person: Row) -> list[dict[str, Value]]:
    return [
        {
            PERSON: person[PERSON],
            "year": year,
            "hospital_id": person["hospital_id"],
            "recovered": chance.choices((True, False, None), (60, 30, 5))[0],
            "grade": chance.choices((0, 1, 2), (12, 3, 1))[0],
            "points": chance.choice((None, Decimal("-10.00"), Decimal("0.00"), Decimal("0.01")))
            if chance.random() < 0.3
            else Decimal(chance.randint(-1000, 9000)) / 100,
        }
        for year in (2022, 2023)
        if chance.random() < 0.8
    ]


def column_type(table: Table, name: str) -> pa.DataType:
    """The type of a column in the research store: the key is a dense number, text has no fixed length."""
    declared = table.fields[name].type
    if name == PERSON:
        return pa.int32()
    if declared.startswith("DECIMAL"):
        precision, scale = declared.removeprefix("DECIMAL(").removesuffix(")").split(",")
        return pa.decimal128(int(precision), int(scale))
    return pa.string() if "CHAR" in declared else _PLAIN[declared]


_PLAIN: Mapping[str, pa.DataType] = {
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
}


def arrow(world: World, name: str) -> pa.Table:
    """One table of the world."""
    table = TABLES[name]
    schema = pa.schema([(column, column_type(table, column)) for column in table.fields])
    return pa.Table.from_pylist([dict(row) for row in world.table(name)], schema=schema)


def fill(connection: duckdb.DuckDBPyConnection, world: World) -> None:
    """Makes the world's tables in plain DuckDB, as a researcher with the raw files would have them."""
    for name in TABLES:
        connection.register("incoming", arrow(world, name))
        connection.execute(f"CREATE OR REPLACE TABLE {name} AS FROM incoming")
        connection.unregister("incoming")
