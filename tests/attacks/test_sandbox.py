"""A worker that was taken over, by a flaw in the engine say, must find every door shut.

Source: the threat model of the worker; each attempt is made for real by a child of the gateway.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from enclave.engines.duckdb import kernel, probes_sql, process
from enclave.engines.duckdb.engine import DuckDBEngine
from enclave.engines.duckdb.sandbox import ALL_LAYERS, Layer, level_of
from enclave.engines.duckdb.selftest import (
    ALWAYS_REFUSED,
    MATTER_OF_SETTINGS,
    SHOULD_REFUSE,
    Probe,
    SandboxReport,
    measure,
    measure_engine,
)
from enclave.engines.duckdb.spec import FailureCode
from tests.unit.engines.tools import eventually, failure, job_of, spec_of

ALL = frozenset(layer.name for layer in ALL_LAYERS)
ROOT = Path(process.__file__).parents[3]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> SandboxReport:
    return measure(tmp_path_factory.mktemp("probes"))


@pytest.fixture(scope="module")
def in_sql(tmp_path_factory: pytest.TempPathFactory) -> tuple[Probe, ...]:
    return measure_engine(tmp_path_factory.mktemp("probes"))


def met(probes: tuple[Probe, ...], *measures: str) -> dict[str, str]:
    return {probe.attempt: probe.met for probe in probes if probe.measures == frozenset(measures)}


def test_with_nothing_in_the_way_every_attempt_succeeds_so_refusals_mean_something(
    report: SandboxReport, in_sql: tuple[Probe, ...]
) -> None:
    plain = met(report.probes)
    stopped = {attempt for attempt, what in plain.items() if what != "happened"}
    assert stopped >= ALWAYS_REFUSED
    assert stopped - ALWAYS_REFUSED <= {"enter a new namespace", "raise a limit"}  # containers refuse these
    no_library = {"load a library"}  # there is none to load
    cannot_at_all = {"turn external access on"}  # it is on
    assert {a for a, what in met(in_sql).items() if what != "happened"} == no_library | cannot_at_all


def test_a_prisoner_under_all_layers_reaches_nothing_but_its_own_files(report: SandboxReport) -> None:
    everything = frozenset[str]().union(*(SHOULD_REFUSE[layer] for layer in Layer if layer <= report.level))
    together = met(report.probes, *ALL)
    assert {attempt for attempt in everything if together[attempt] == "happened"} == set()
    assert together["read what it may"] == "happened"


@pytest.mark.parametrize("layer", [Layer.LIMITS, Layer.CALLS])
def test_limits_and_the_filter_on_calls_hold_alone_on_every_machine(
    report: SandboxReport, layer: Layer
) -> None:
    alone = met(report.probes, layer.name)
    assert {attempt for attempt in SHOULD_REFUSE[layer] if alone[attempt] == "happened"} == set()
    assert alone["read what it may"] == "happened"


def test_what_the_kernel_offers_the_sandbox_uses(report: SandboxReport) -> None:
    may_restrict_files = kernel.landlock_version() > 0
    alone = met(report.probes, Layer.FILES.name)
    held = all(alone[attempt] != "happened" for attempt in SHOULD_REFUSE[Layer.FILES])
    assert held == may_restrict_files
    assert report.level >= (2 if may_restrict_files else 1)


def test_the_engine_settings_alone_refuse_every_statement_that_reaches_out(in_sql: tuple[Probe, ...]) -> None:
    alone = met(in_sql, probes_sql.SETTINGS)
    assert {attempt for attempt, what in alone.items() if what in ("happened", "empty")} == {
        "read what it may"
    }


def test_the_sandbox_alone_refuses_an_engine_with_external_access_on(
    report: SandboxReport, in_sql: tuple[Probe, ...]
) -> None:
    alone = met(in_sql, probes_sql.SANDBOX)
    reached = {attempt for attempt, what in alone.items() if what == "happened"}
    reads = {
        attempt for attempt in probes_sql.ATTEMPTS if attempt.startswith(("read another", "read a file"))
    }
    without_files = reads if report.level < Layer.FILES else set[str]()
    assert reached - MATTER_OF_SETTINGS - without_files == {"read what it may"}


def test_nothing_that_the_prisoners_tried_left_a_trace(report: SandboxReport, tmp_path: Path) -> None:
    measure(tmp_path)
    assert report.level >= 1
    assert list(tmp_path.iterdir()) == []


def test_a_prisoner_that_does_not_come_back_proves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_PROGRAM", "raise SystemExit  # {module}")
    report = measure(tmp_path)
    assert report.level == -1
    assert not any(probe.as_expected for probe in report.probes)


def test_a_level_stands_on_every_level_below_it() -> None:
    assert level_of(frozenset()) == -1
    assert level_of(frozenset({Layer.LIMITS, Layer.FILES, Layer.NETWORK})) == 0
    assert level_of(ALL_LAYERS) == 3


def test_a_machine_below_the_level_of_the_house_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weak = SandboxReport(level=1, probes=())
    monkeypatch.setattr("enclave.engines.duckdb.engine.measure", lambda _: weak)
    with DuckDBEngine(folder=tmp_path, spares=0) as engine:
        job = job_of("SELECT 1 AS a")
        assert failure(engine, spec_of(minimum_level=2), job) == FailureCode.SANDBOX_TOO_WEAK
        assert failure(engine, spec_of(minimum_level=1), job) is None


def test_a_worker_that_cannot_enter_its_sandbox_ends_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gateway's measurement may be right about the machine and wrong about this worker."""
    lame = "import enclave.engines.duckdb.sandbox as s; s._filter_calls = lambda **_: False; "
    before, after = process._PROGRAM.split("from enclave", 1)
    monkeypatch.setattr(process, "_PROGRAM", f"{before}{lame}from enclave{after}")
    strong = SandboxReport(level=3, probes=())
    monkeypatch.setattr("enclave.engines.duckdb.engine.measure", lambda _: strong)
    with DuckDBEngine(folder=tmp_path, spares=0) as engine:
        job = job_of("SELECT 1 AS a")
        assert failure(engine, spec_of(minimum_level=1), job) == FailureCode.SANDBOX_TOO_WEAK
        assert failure(engine, spec_of(minimum_level=0), job) is None


def test_a_worker_that_dies_at_once_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_PROGRAM", "raise SystemExit  # {module}")
    with DuckDBEngine(folder=tmp_path, spares=0) as engine:
        for _ in range(3):
            assert failure(engine, spec_of(minimum_level=0), job_of("SELECT 1 AS a")) is FailureCode.FAILED


def test_a_worker_holds_nothing_of_the_product_but_its_own_room() -> None:
    listing = "import enclave.engines.duckdb.worker, json; print(json.dumps(sorted(sys.modules)))"
    program = process._PROGRAM.partition("from enclave")[0] + listing
    told = subprocess.run(
        [sys.executable, "-I", "-c", program, str(ROOT)], capture_output=True, text=True, check=True
    ).stdout
    ours = {name for name in told.split('"') if name.split(".")[0] == "enclave"}
    strange = {n for n in ours if not n.startswith("enclave.engines.duckdb")} - {"enclave", "enclave.engines"}
    assert strange == set()


def test_a_worker_starts_with_an_empty_folder_a_bare_environment_and_one_descriptor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET_OF_THE_GATEWAY", "x")
    with (tmp_path / "open").open("w") as inherited, DuckDBEngine(folder=tmp_path / "engine") as engine:
        os.set_inheritable(inherited.fileno(), True)
        assert eventually(lambda: bool(engine._pool._spares))
        place = Path(f"/proc/{engine._pool._spares[0]._process.pid}")
        assert (place / "environ").read_bytes().count(b"=") == len(process._ENVIRONMENT)
        assert list((place / "cwd").iterdir()) == []
        assert eventually(lambda: _opened(place) == ["/dev/null", "/dev/null", "socket"])


def _opened(place: Path) -> list[str]:
    return sorted(str(link.readlink()).split(":")[0] for link in (place / "fd").iterdir())
