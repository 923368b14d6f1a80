"""What a worker says when something goes wrong: one code, whatever the engine's message quotes.

Source: DuckDB puts the value that failed to convert, the text that failed to parse and the names that it
would have suggested into its messages. A caller must learn none of them, from any part of an exception.
"""

import logging
from collections.abc import Iterator

import pyarrow as pa
import pytest

from enclave.engines.duckdb.engine import DuckDBEngine
from enclave.engines.duckdb.spec import EngineFailed, FailureCode, TableFiles, WorkerSpec
from tests.unit.engines.tools import job_of, spec_of, table_file

SURNAME = "Featherstonehaugh"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    with DuckDBEngine(folder=tmp_path_factory.mktemp("engine")) as started:
        yield started


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> WorkerSpec:
    rows = [str(number) for number in range(100_000)]
    file = table_file(tmp_path_factory.mktemp("people"), "people", name=[*rows, SURNAME], secret=[*rows, "x"])
    return spec_of(TableFiles("people", (file,), ("name",)))


TELLING = [
    "SELECT CAST(name AS INTEGER) AS n FROM people",
    "SELECT CAST(max(name) AS INTEGER) AS n FROM people",
    "SELECT strptime(name, '%Y') AS n FROM people",
    "SELECT json_extract(name, '$.a') AS n FROM people",
    f"SELECT error(name) AS n FROM people WHERE name = '{SURNAME}'",
    "SELECT (SELECT name FROM people) AS n",
    "SELECT secret FROM people",
    "SELECT nam FROM people",
    f"SELECT '{SURNAME}",
]


@pytest.mark.parametrize("sql", TELLING)
def test_a_failure_holds_one_code_and_nothing_else(
    engine: DuckDBEngine,
    people: WorkerSpec,
    sql: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(EngineFailed) as failed:
        engine.run(people, job_of(sql))
    assert failed.value.code is FailureCode.FAILED
    assert failed.value.args == ("failed",)
    assert failed.value.__cause__ is None
    assert failed.value.__context__ is None
    assert vars(failed.value) == {"code": FailureCode.FAILED}
    assert caplog.text == ""
    assert capfd.readouterr() == ("", "")


def test_an_input_that_cannot_be_loaded_says_no_more(engine: DuckDBEngine, people: WorkerSpec) -> None:
    hiding = {"people": pa.table({"name": [SURNAME]})}
    with pytest.raises(EngineFailed) as failed:
        engine.run(people, job_of("SELECT name FROM people", hiding))
    assert failed.value.args == ("failed",)
    assert failed.value.__context__ is None


def test_a_result_is_wrapped_so_that_printing_it_shows_a_shape_only(
    engine: DuckDBEngine, people: WorkerSpec
) -> None:
    raw = engine.run(people, job_of("SELECT max(name) AS n FROM people"))
    assert SURNAME not in repr(raw)
    assert raw.reveal().to_pydict() == {"n": [SURNAME]}
