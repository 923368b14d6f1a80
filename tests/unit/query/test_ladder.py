"""The ladder: whatever rung decides a cell, it decides as counting everybody does."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pytest
from sqlglot import exp, parse_one

from enclave.query.ladder import climbed, rungs
from enclave.query.leaf_words import call
from enclave.query.rendering import identifier, named

KEYS = ["k1", "k2"]
Row = tuple[str | None, int | None, int | None, int]
"""Two keys, a unit or nobody, and a cluster."""
COLUMNS = ("k1", "k2", "u", "s")
TAKEN = """
    INSERT INTO given
    SELECT unnest(?::STRUCT(k1 VARCHAR, k2 INTEGER, u INTEGER, s INTEGER)[], max_depth := 2)
"""
THRESHOLDS = (2, 3, 10, 40, 64, 65, 100)


@dataclass(frozen=True, slots=True)
class Shape:
    """How units are drawn: each a multiple of `step`, so that keys 64 apart share a bit; and rows of each."""

    units: int
    step: int
    rows: int


SHAPES = [
    Shape(units=12, step=1, rows=60),
    Shape(units=300, step=1, rows=400),
    Shape(units=200, step=64, rows=400),
    Shape(units=80, step=16, rows=600),
    Shape(units=5, step=7, rows=900),
]


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        connection.execute("CREATE TABLE given (k1 VARCHAR, k2 INTEGER, u INTEGER, s INTEGER)")
        yield connection


def drawn(rng: random.Random, shape: Shape) -> list[Row]:
    return [
        (
            rng.choice(("a", "a", "b", None)),
            rng.choice((1, None)),
            rng.choice((None, *[rng.randrange(shape.units) * shape.step - 32] * 9)),
            rng.randrange(3),
        )
        for _ in range(rng.randrange(shape.rows))
    ]


def statement(min_units: int) -> str:
    """The ladder over the given rows, with the greatest cluster of each cell beside it."""
    beside: dict[str, exp.Expr] = {"most": call("max", named("s"))}
    made = climbed(KEYS, "units", beside, min_units)
    base = exp.CTE(this=parse_one("SELECT * FROM given"), alias=exp.TableAlias(this=identifier("base")))
    made.set("with_", exp.With(expressions=[base, *rungs(KEYS, "u", beside, min_units)]))
    return made.sql("duckdb")


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("min_units", THRESHOLDS)
def test_a_cell_has_enough_units_just_where_exact_counting_says_so(
    engine: duckdb.DuckDBPyConnection, shape: Shape, min_units: int
) -> None:
    rng = random.Random(f"{shape} {min_units}")
    for _ in range(4):
        rows = drawn(rng, shape)
        engine.execute("DELETE FROM given")
        engine.execute(TAKEN, [[dict(zip(COLUMNS, row, strict=True)) for row in rows]])
        found = {
            (k1, k2): (most, units) for k1, k2, most, units in engine.execute(statement(min_units)).fetchall()
        }
        cells = {(k1, k2) for k1, k2, _, _ in rows}
        assert found.keys() == cells
        for cell in cells:
            inside = [row for row in rows if row[:2] == cell]
            units = {unit for _, _, unit, _ in inside if unit is not None}
            most, said = found[cell]
            assert (said >= min_units) == (len(units) >= min_units)
            assert most == max(cluster for _, _, _, cluster in inside)


def test_many_units_that_share_one_bit_are_counted_again(engine: duckdb.DuckDBPyConnection) -> None:
    engine.execute("DELETE FROM given")
    engine.execute("INSERT INTO given SELECT 'a', 1, 64 * i, 0 FROM range(30) AS r(i)")
    engine.execute("INSERT INTO given SELECT 'b', 1, 64 * (i // 10), 0 FROM range(30) AS r(i)")
    found = {k1: units for k1, _, _, units in engine.execute(statement(10)).fetchall()}
    assert found == {"a": 30, "b": 3}
