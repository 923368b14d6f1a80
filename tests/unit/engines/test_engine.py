"""The engine as its caller sees it."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest

from enclave.engines.duckdb.engine import DuckDBEngine
from enclave.engines.duckdb.process import Watch
from enclave.engines.duckdb.spec import (
    PARTIAL_AGGREGATE_PUSHDOWN,
    EngineFailed,
    FailureCode,
    Job,
    TableFiles,
    WorkerSpec,
)
from tests.unit.engines.tools import (
    ENDLESS,
    LONG_SECONDS,
    SOON_SECONDS,
    eventually,
    failure,
    job_of,
    spec_of,
    table_file,
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    with DuckDBEngine(folder=tmp_path_factory.mktemp("engine")) as started:
        yield started


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> WorkerSpec:
    folder = tmp_path_factory.mktemp("data")
    first = table_file(folder, "first", a=[1, 2], b=["x", "y"], secret=[0, 0])
    second = table_file(folder, "second", a=[3], b=["z"], secret=[0])
    other = table_file(folder, "other", a=[1, 3], c=[10, 30])
    return spec_of(
        TableFiles("parts", (first, second), ("a", "b")),
        TableFiles("other", (other,), ("a", "c")),
    )


def test_a_job_reads_its_relations_and_its_inputs_together(engine: DuckDBEngine, spec: WorkerSpec) -> None:
    sql = "SELECT b, c, label FROM parts JOIN other USING (a) JOIN labels USING (b) ORDER BY b"
    labels = pa.table({"b": ["x", "z"], "label": ["first", "last"]})
    found = engine.table(spec, job_of(sql, {"labels": labels}))
    assert found.to_pydict() == {"b": ["x", "z"], "c": [10, 30], "label": ["first", "last"]}


def test_a_star_shows_the_granted_columns_only(engine: DuckDBEngine, spec: WorkerSpec) -> None:
    assert engine.table(spec, job_of("SELECT * FROM parts")).column_names == ["a", "b"]


def test_columns_and_files_may_have_any_name(engine: DuckDBEngine, tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s a "folder"'
    folder.mkdir()
    file = table_file(folder, "year=2024", **{'a "b"': [1], "c'd": [2], "select": [3]})
    odd = spec_of(TableFiles("t", (file,), ('a "b"', "c'd", "select")))
    assert engine.table(odd, job_of("SELECT * FROM t")).to_pydict() == {
        'a "b"': [1],
        "c'd": [2],
        "select": [3],
    }


def test_no_column_is_made_from_the_name_of_a_folder(engine: DuckDBEngine, tmp_path: Path) -> None:
    folder = tmp_path / "year=2024"
    folder.mkdir()
    wanting = spec_of(TableFiles("t", (table_file(folder, "t", a=[1]),), ("a", "year")))
    assert failure(engine, wanting, job_of("SELECT a FROM t")) is FailureCode.FAILED


def test_types_come_back_as_the_engine_has_them(engine: DuckDBEngine, spec: WorkerSpec) -> None:
    sql = """SELECT 1::TINYINT AS a, 2::BIGINT AS b, 1.5::DOUBLE AS c, 1.25::DECIMAL(6, 2) AS d, true AS e,
             'x' AS f, DATE '2024-01-31' AS g, TIMESTAMP '2024-01-31 10:00:00' AS h, [1, NULL] AS i, NULL::INT AS j"""
    schema = engine.table(spec, job_of(sql)).schema
    assert [str(kind) for kind in schema.types] == [
        "int8",
        "int64",
        "double",
        "decimal128(6, 2)",
        "bool",
        "string",
        "date32[day]",
        "timestamp[us]",
        "list<l: int32>",
        "int32",
    ]


def test_an_empty_result_has_its_columns(engine: DuckDBEngine, spec: WorkerSpec) -> None:
    found = engine.table(spec, job_of("SELECT a, b FROM parts WHERE a > 99"))
    assert (found.num_rows, found.column_names) == (0, ["a", "b"])


def test_caps_are_exact_in_rows(engine: DuckDBEngine, spec: WorkerSpec) -> None:
    assert failure(engine, spec, job_of("FROM range(100)", max_rows=100)) is None
    assert failure(engine, spec, job_of("FROM range(101)", max_rows=100)) is FailureCode.TOO_LARGE
    assert failure(engine, spec, job_of("FROM range(0)", max_rows=0)) is None


def test_caps_hold_in_bytes(engine: DuckDBEngine, spec: WorkerSpec) -> None:
    wide = "SELECT repeat('x', 100000) AS a FROM range(100)"
    assert failure(engine, spec, job_of(wide, max_bytes=1 << 20)) is FailureCode.TOO_LARGE
    assert failure(engine, spec, job_of(wide, max_bytes=1 << 24)) is None


def test_a_result_too_large_does_not_cost_a_worker(engine: DuckDBEngine, spec: WorkerSpec) -> None:
    failure(engine, spec, job_of("SELECT 1 AS a"))
    before = engine._pool._idle[-1]
    assert failure(engine, spec, job_of("FROM range(100)", max_rows=1)) is FailureCode.TOO_LARGE
    assert engine._pool._idle[-1] is before


def test_an_endless_result_stops_at_its_cap(engine: DuckDBEngine, spec: WorkerSpec) -> None:
    endless = "SELECT a.i FROM range(10000000) a(i), range(10000000) b(i)"
    assert failure(engine, spec, job_of(endless)) is FailureCode.TOO_LARGE


def test_an_unexpected_schema_is_a_failure(engine: DuckDBEngine, spec: WorkerSpec) -> None:
    right, wrong = pa.schema([("n", pa.int64())]), pa.schema([("n", pa.int32())])
    assert failure(engine, spec, job_of("SELECT count(*) AS n FROM parts", expected=right)) is None
    assert (
        failure(engine, spec, job_of("SELECT count(*) AS n FROM parts", expected=wrong)) is FailureCode.FAILED
    )


def test_inputs_of_one_job_are_not_there_for_the_next(engine: DuckDBEngine, spec: WorkerSpec) -> None:
    mine = {"mine": pa.table({"a": [1]})}
    assert failure(engine, spec, job_of("SELECT a FROM mine", mine)) is None
    assert failure(engine, spec, job_of("SELECT a FROM mine")) is FailureCode.FAILED
    again = engine.table(spec, job_of("SELECT a FROM mine", {"mine": pa.table({"a": ["new"]})}))
    assert again.to_pydict() == {"a": ["new"]}


@pytest.mark.parametrize("name", ["parts", "PARTS", "enclave_incoming"])
def test_an_input_cannot_hide_a_relation(engine: DuckDBEngine, spec: WorkerSpec, name: str) -> None:
    job = job_of("SELECT 1 AS a", {name: pa.table({"a": [9]})})
    assert failure(engine, spec, job) is FailureCode.FAILED


def test_an_optimiser_is_off_for_the_job_that_asks_and_on_for_the_next(
    engine: DuckDBEngine, spec: WorkerSpec
) -> None:
    sql = "SELECT current_setting('disabled_optimizers') AS s"
    off = Job(
        sql,
        {},
        max_rows=1,
        max_bytes=1 << 20,
        deadline_seconds=60,
        disabled_optimizers=(PARTIAL_AGGREGATE_PUSHDOWN,),
    )
    assert engine.table(spec, off).to_pydict() == {"s": [PARTIAL_AGGREGATE_PUSHDOWN]}
    assert engine.table(spec, job_of(sql)).to_pydict() == {"s": [""]}


def test_what_two_expressions_share_is_computed_inside_of_their_try(
    engine: DuckDBEngine, spec: WorkerSpec
) -> None:
    given = {"given": pa.table({"a": pa.array([2021], pa.int16())})}
    job = job_of("SELECT TRY(abs(a * 1000)) AS x, TRY(a * 1000) AS y, a FROM given", given)
    assert engine.table(spec, job).to_pydict() == {"x": [None], "y": [None], "a": [2021]}


def test_projects_and_policy_versions_never_share_a_worker(engine: DuckDBEngine) -> None:
    specs = [spec_of(), spec_of(project="P-2"), spec_of(policy_hash="h2")]
    served = set()
    for each in (*specs, *specs):
        assert failure(engine, each, job_of("SELECT 1 AS a")) is None
        served.add((each, engine._pool._idle[-1]._process.pid))
    assert len(served) == len({process for _, process in served}) == 3


def test_a_worker_is_replaced_after_its_share_of_jobs(tmp_path: Path) -> None:
    with DuckDBEngine(folder=tmp_path, spares=0, jobs_per_worker=2) as engine:
        served = []
        for _ in range(4):
            worker = engine._pool.lend(spec_of(), Watch(LONG_SECONDS))
            served.append(worker._process.pid)
            engine._pool.give_back(worker)
            assert failure(engine, spec_of(), job_of("SELECT 1 AS a")) is None
    assert served[0] == served[1]
    assert served[1] != served[2]
    assert served[2] == served[3]


def test_no_more_workers_than_allowed_and_the_longest_idle_goes_first(tmp_path: Path) -> None:
    with DuckDBEngine(folder=tmp_path, spares=0, max_workers=2) as engine:
        for project in ("P-1", "P-2", "P-1", "P-3"):
            assert failure(engine, spec_of(project=project), job_of("SELECT 1 AS a")) is None
        idle = [worker.spec.project for worker in engine._pool._idle if worker.spec is not None]
        assert idle == ["P-1", "P-3"]


def test_jobs_wait_for_a_worker_and_all_are_answered(tmp_path: Path) -> None:
    with DuckDBEngine(folder=tmp_path, max_workers=2) as engine, ThreadPoolExecutor(8) as callers:
        jobs = [job_of(f"SELECT {number} AS a") for number in range(24)]
        found = callers.map(lambda job: engine.table(spec_of(), job).to_pydict(), jobs)
        assert list(found) == [{"a": [number]} for number in range(24)]
        assert len(engine._pool._idle) <= 2


def test_a_caller_who_waits_for_a_worker_can_cancel(tmp_path: Path) -> None:
    with DuckDBEngine(folder=tmp_path, max_workers=1) as engine, ThreadPoolExecutor(1) as callers:
        stop, cancel = threading.Event(), threading.Event()
        busy = callers.submit(engine.table, spec_of(), job_of(ENDLESS), cancel=stop)
        assert eventually(lambda: bool(engine._pool._lent))
        threading.Timer(SOON_SECONDS, cancel.set).start()
        with pytest.raises(EngineFailed) as failed:
            engine.table(spec_of(project="P-2"), job_of("SELECT 1 AS a"), cancel=cancel)
        assert failed.value.code is FailureCode.CANCELLED
        stop.set()
        assert isinstance(busy.exception(), EngineFailed)


def test_a_spare_is_made_ready_after_each_one_taken(tmp_path: Path) -> None:
    with DuckDBEngine(folder=tmp_path, spares=1) as engine:
        for project in ("P-1", "P-2"):
            assert eventually(lambda: len(engine._pool._spares) == 1)
            assert failure(engine, spec_of(project=project), job_of("SELECT 1 AS a")) is None


def test_after_a_failure_a_successor_stands_ready_for_the_same_spec(tmp_path: Path) -> None:
    with DuckDBEngine(folder=tmp_path) as engine:
        assert failure(engine, spec_of(), job_of("SELECT error('x') AS a")) is FailureCode.FAILED
        assert eventually(lambda: [worker.spec for worker in engine._pool._idle] == [spec_of()])
        assert failure(engine, spec_of(), job_of("SELECT 1 AS a")) is None


def test_a_file_that_is_not_there_is_a_failure(engine: DuckDBEngine, tmp_path: Path) -> None:
    gone = spec_of(TableFiles("t", (tmp_path / "gone.parquet",), ("a",)))
    assert failure(engine, gone, job_of("SELECT 1 AS a")) is FailureCode.FAILED


def test_where_no_process_can_be_started_the_caller_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "no-python"))
    with DuckDBEngine(folder=tmp_path / "engine", spares=0) as engine:
        assert failure(engine, spec_of(minimum_level=0), job_of("SELECT 1 AS a")) is FailureCode.FAILED


def test_a_closed_engine_answers_nothing(tmp_path: Path) -> None:
    engine = DuckDBEngine(folder=tmp_path)
    engine.close()
    engine.close()
    assert failure(engine, spec_of(minimum_level=0), job_of("SELECT 1 AS a")) is FailureCode.FAILED


def test_two_engines_share_a_folder_without_a_quarrel(tmp_path: Path) -> None:
    with DuckDBEngine(folder=tmp_path) as first, DuckDBEngine(folder=tmp_path) as second:
        for engine in (first, second, first):
            assert failure(engine, spec_of(), job_of("SELECT 1 AS a")) is None
    assert list(tmp_path.glob("engine-*")) == []


@pytest.mark.parametrize(
    ("name", "files", "columns"),
    [
        ("a-b", ("/a.parquet",), ("a",)),
        ('a"; DROP', ("/a.parquet",), ("a",)),
        ("", ("/a.parquet",), ("a",)),
        ("a", (), ("a",)),
        ("a", ("/a.parquet",), ()),
        ("a", ("a.parquet",), ("a",)),
        ("a", ("/data/*.parquet",), ("a",)),
    ],
)
def test_a_relation_has_a_plain_name_exact_files_and_columns(
    name: str, files: tuple[str, ...], columns: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match=r"name|needs"):
        TableFiles(name, tuple(Path(file) for file in files), columns)


def test_a_spec_without_memory_threads_or_a_known_level_does_not_exist() -> None:
    with pytest.raises(ValueError, match="memory"):
        spec_of(memory_bytes=0)
    with pytest.raises(ValueError, match="thread"):
        spec_of(threads=0)
    with pytest.raises(ValueError, match="worker"):
        spec_of(temp_bytes=-1)
    with pytest.raises(ValueError, match="levels"):
        spec_of(minimum_level=4)
    one = TableFiles("A", (Path("/a.parquet"),), ("a",))
    other = TableFiles("a", (Path("/b.parquet"),), ("a",))
    with pytest.raises(ValueError, match="one name"):
        spec_of(one, other)


@pytest.mark.parametrize("name", ["a b", "", "a'; --", "main.a"])
def test_an_input_has_a_plain_name(name: str) -> None:
    with pytest.raises(ValueError, match="plain identifier"):
        job_of("SELECT 1 AS a", {name: pa.table({"a": [1]})})


def test_a_long_job_tells_how_far_it_is_each_time_further_and_in_whole_steps(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    rows = table_file(tmp_path, "rows", a=range(2_000_000))
    slow = "SELECT count(*) AS n FROM rows WHERE md5(md5(md5(a::VARCHAR))) < '8'"
    told: list[float] = []
    found = engine.table(spec_of(TableFiles("rows", (rows,), ("a",))), job_of(slow), came_to=told.append)
    assert found.num_rows == 1
    assert told
    assert told == sorted(set(told))
    assert set(told) <= {step / 20 for step in range(1, 20)}


def test_a_job_that_told_how_far_it_is_can_be_stopped_and_its_worker_goes_on(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    rows = table_file(tmp_path, "rows", a=range(2_000_000))
    spec, stop = spec_of(TableFiles("rows", (rows,), ("a",))), threading.Event()
    slow = "SELECT count(*) AS n FROM rows WHERE md5(md5(md5(md5(a::VARCHAR)))) < '8'"
    with pytest.raises(EngineFailed) as failed:
        engine.table(spec, job_of(slow), cancel=stop, came_to=lambda _share: stop.set())
    assert failed.value.code is FailureCode.CANCELLED
    assert engine.table(spec, job_of("SELECT count(*) AS n FROM rows")).to_pydict() == {"n": [2_000_000]}
