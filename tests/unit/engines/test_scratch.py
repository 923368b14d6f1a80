"""Where remainders run."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from enclave.engines.duckdb.engine import DuckDBEngine
from enclave.engines.duckdb.spec import EngineFailed, FailureCode, TableFiles
from enclave.engines.scratch import Scratch
from tests.unit.engines.tools import ENDLESS, SOON_SECONDS, failure, job_of, spec_of, table_file

CELLS = pa.table(
    {
        "sex": ["F", "M", "F"],
        "n": pa.array([12, 30, None], pa.int64()),
        "small": pa.array([1, 2, 3], pa.int32()),
        "mean": [1.5, 2.5, 3.5],
    }
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    with DuckDBEngine(folder=tmp_path_factory.mktemp("engine")) as started:
        yield started


@pytest.fixture(scope="module")
def scratch(engine: DuckDBEngine) -> Scratch:
    return Scratch(engine, minimum_level=1)


def code(scratch: Scratch, sql: str, *, deadline_seconds: float = 60.0, max_rows: int = 100) -> FailureCode:
    with pytest.raises(EngineFailed) as failed:
        scratch.run(sql, {"cells": CELLS}, max_rows=max_rows, deadline_seconds=deadline_seconds)
    assert failed.value.__context__ is None
    return failed.value.code


def test_safe_tables_go_in_and_come_out_with_their_types(scratch: Scratch) -> None:
    found = scratch.run("SELECT * FROM cells", {"cells": CELLS}, max_rows=10, deadline_seconds=60)
    assert found.equals(CELLS)


def test_ordinary_sql_over_safe_tables_works(scratch: Scratch) -> None:
    sql = """
        WITH shares AS (SELECT sex, n, n / sum(n) OVER () AS share FROM cells)
        SELECT sex, round(share, 2) AS share FROM shares WHERE n IS NOT NULL ORDER BY share DESC LIMIT 1
    """
    found = scratch.run(sql, {"cells": CELLS}, max_rows=10, deadline_seconds=60)
    assert found.to_pydict() == {"sex": ["M"], "share": [0.71]}


def test_equal_questions_have_equal_answers_in_equal_order(scratch: Scratch) -> None:
    many = pa.table({"k": [number * 7919 % 1000 for number in range(50_000)]})
    sql = "SELECT k, count(*) AS n FROM many GROUP BY k"
    first, *rest = (
        scratch.run(sql, {"many": many}, max_rows=1000, deadline_seconds=60, project=project)
        for project in ("", "", "P-1")
    )
    assert all(other.equals(first) for other in rest)


def test_scratch_workers_hold_no_files_and_are_not_those_that_do(
    engine: DuckDBEngine, scratch: Scratch, tmp_path: Path
) -> None:
    spec = spec_of(TableFiles("people", (table_file(tmp_path, "people", a=[1]),), ("a",)), project="")
    assert failure(engine, spec, job_of("SELECT a FROM people")) is None
    scratch.run("SELECT 1 AS a", {}, max_rows=1, deadline_seconds=60)
    specs = {worker.spec for worker in engine._pool._idle if worker.spec is not None}
    assert {each.tables for each in specs} == {(), spec.tables}
    assert code(scratch, "SELECT a FROM people") is FailureCode.FAILED
    assert code(scratch, f"SELECT a FROM '{spec.tables[0].files[0]}'") is FailureCode.FAILED


def test_remainders_of_two_projects_never_meet_in_one_process(engine: DuckDBEngine, scratch: Scratch) -> None:
    for project in ("P-1", "P-2"):
        scratch.run("SELECT 1 AS a", {}, max_rows=1, deadline_seconds=60, project=project)
    projects = [each.spec.project for each in engine._pool._idle if each.spec is not None]
    assert sorted(projects)[-2:] == ["P-1", "P-2"]


def test_what_one_remainder_loaded_is_gone_for_the_next(scratch: Scratch) -> None:
    scratch.run("SELECT * FROM cells", {"cells": CELLS}, max_rows=10, deadline_seconds=60)
    with pytest.raises(EngineFailed):
        scratch.run("SELECT * FROM cells", {}, max_rows=10, deadline_seconds=60)


def test_a_remainder_that_multiplies_itself_is_stopped(scratch: Scratch) -> None:
    assert code(scratch, ENDLESS, deadline_seconds=SOON_SECONDS) is FailureCode.TIMEOUT
    assert code(scratch, "SELECT len(repeat('x', 2000000000)) AS n") is FailureCode.OUT_OF_MEMORY
    assert code(scratch, "SELECT a.i FROM range(1000) a(i), range(1000) b(i)") is FailureCode.TOO_LARGE
    assert code(scratch, "SELECT unnest(range(101)) AS i") is FailureCode.TOO_LARGE


def test_a_remainder_changes_nothing(scratch: Scratch) -> None:
    assert code(scratch, "CREATE TABLE kept AS FROM cells") is FailureCode.FAILED
    assert code(scratch, "SET threads = 2") is FailureCode.FAILED
    assert code(scratch, "WITH z AS (DELETE FROM cells RETURNING *) SELECT * FROM z") is FailureCode.FAILED
