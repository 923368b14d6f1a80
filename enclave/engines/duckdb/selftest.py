"""Is the sandbox on, on this machine, today? Found out by trying to break out of it.

`measure` is quick and made at every start: plain Python against each layer alone, so that none hides
another's absence, then against all together, as a worker has them. Run as a program, this module also sends
SQL against the engine's settings without a sandbox, and against the sandbox without the settings. Every
attempt is made once with nothing in its way, to show that it is a real one.
"""

import json
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from enclave.engines.duckdb import probes, probes_sql, wire
from enclave.engines.duckdb.channel import Broken, Channel
from enclave.engines.duckdb.prisoner import HAPPENED, Met, Targets
from enclave.engines.duckdb.process import Stopped, Watch, launch
from enclave.engines.duckdb.sandbox import ALL_LAYERS, Layer, level_of

_MEASURE_SECONDS = 60.0
_REPORT_BYTES = 1 << 20
_ALLOWED = "read what it may"
_NOTHING = "nothing"

SHOULD_REFUSE: dict[Layer, frozenset[str]] = {
    Layer.LIMITS: frozenset({"allocate 4 GiB", "raise a limit"}),
    Layer.CALLS: frozenset(
        {
            "write a file",
            "remove a file",
            "list a folder",
            "open a socket",
            "connect to the gateway",
            "run a program",
            "start a process",
            "signal the gateway",
            "trace a process",
            "make memory executable",
            "enter a new namespace",
        }
    ),
    Layer.FILES: frozenset({"read a file outside", "read another table", "list a folder", "write a file"}),
    Layer.NETWORK: frozenset({"connect to the gateway"}),
}
ALWAYS_REFUSED = frozenset({"use an inherited descriptor"})
MATTER_OF_SETTINGS = frozenset(
    {
        "turn external access on",
        "allow a path",
        "spill elsewhere",
        "raise the memory limit",
        "unlock the settings",
    }
)


@dataclass(frozen=True, slots=True)
class Probe:
    """One attempt with some measures against it: what it met, and whether that was to be so."""

    measures: frozenset[str]
    attempt: str
    met: str
    as_expected: bool


@dataclass(frozen=True, slots=True)
class SandboxReport:
    """The level that held, and every attempt on it."""

    level: int
    probes: tuple[Probe, ...]


def measure(folder: Path) -> SandboxReport:
    """Send a prisoner in. One that does not come back proves nothing: level -1.

    Args:
        folder: a private place; the targets stand in it for as long as the attempts last.
    """
    trials = [_names(layers) for layers in (frozenset[Layer](), *map(_alone, Layer), ALL_LAYERS)]
    reports = _send_in("probes", folder, trials, table=b"a table")
    found = tuple(_judged(trials, reports, probes.ATTEMPTS, _refused_by_layers))
    return SandboxReport(level=level_of(_holding(found)), probes=found)


def measure_engine(folder: Path) -> tuple[Probe, ...]:
    """The same with SQL: neither measure, the settings alone, the sandbox alone."""
    trials: list[list[str]] = [[], [probes_sql.SETTINGS], [probes_sql.SANDBOX]]
    reports = _send_in("probes_sql", folder, trials, table=_small_table())
    return tuple(_judged(trials, reports, probes_sql.ATTEMPTS, _refused_in_sql))


def _alone(layer: Layer) -> frozenset[Layer]:
    return frozenset({layer})


def _names(layers: Iterable[Layer]) -> list[str]:
    return [layer.name for layer in sorted(layers)]


def _small_table() -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"a": [1]}), sink)
    return sink.getvalue().to_pybytes()


def _send_in(prisoner: str, folder: Path, trials: list[list[str]], *, table: bytes) -> list[Met]:
    """What was met in each trial; nothing anywhere if the prisoner was lost."""
    place = Path(tempfile.mkdtemp(prefix="probes-", dir=folder))
    try:
        return _tried(prisoner, place, trials, table)
    except (Broken, Stopped, OSError, ValueError):
        return [{} for _ in trials]
    finally:
        shutil.rmtree(place)


def _tried(prisoner: str, place: Path, trials: list[list[str]], table: bytes) -> list[Met]:
    (place / "empty").mkdir()
    allowed, secret, other = place / "allowed.parquet", place / "secret", place / "other.parquet"
    secret.write_text("secret")
    for file in (allowed, other):
        file.write_bytes(table)
    ours, theirs = socket.socketpair()
    with socket.create_server(("127.0.0.1", 0)) as door, ours:
        targets = Targets(
            allowed=str(allowed),
            secret=str(secret),
            other_table=str(other),
            folder=str(place),
            port=door.getsockname()[1],
            gateway=os.getpid(),
        )
        with theirs:
            process = launch(prisoner, theirs, place / "empty")
        try:
            return _told(Channel(ours), targets, trials)
        finally:
            process.kill()
            process.wait()


def _told(channel: Channel, targets: Targets, trials: list[list[str]]) -> list[Met]:
    orders = json.dumps({"targets": asdict(targets), "trials": trials}).encode()
    check = Watch(_MEASURE_SECONDS).check
    channel.send([wire.frame(wire.JOB, orders)], check)
    _, payload = channel.receive(_REPORT_BYTES, check)
    reports: list[Met] = json.loads(payload)
    return reports


def _refused_by_layers(measures: frozenset[str]) -> frozenset[str]:
    return ALWAYS_REFUSED.union(*(SHOULD_REFUSE[Layer[name]] for name in measures))


def _refused_in_sql(measures: frozenset[str]) -> frozenset[str]:
    if probes_sql.SETTINGS in measures:
        return frozenset(probes_sql.ATTEMPTS) - {_ALLOWED}
    if probes_sql.SANDBOX in measures:
        return frozenset(probes_sql.ATTEMPTS) - {_ALLOWED} - MATTER_OF_SETTINGS
    return frozenset()


def _judged(
    trials: list[list[str]],
    reports: list[Met],
    attempts: Collection[str],
    refused: Callable[[frozenset[str]], frozenset[str]],
) -> Iterator[Probe]:
    for measures, report in zip(map(frozenset, trials), reports, strict=True):
        for attempt in attempts:
            met = report.get(attempt, _NOTHING)
            yield Probe(measures, attempt, met, _as_expected(attempt, met, attempt in refused(measures)))


def _as_expected(attempt: str, met: str, is_refused: bool) -> bool:
    """What no measure refuses may happen or not: other things can stand in its way."""
    if met == _NOTHING:
        return False
    return met == HAPPENED if attempt == _ALLOWED else not (is_refused and met == HAPPENED)


def _holding(found: tuple[Probe, ...]) -> frozenset[Layer]:
    """The layers which refused all they should, alone and among the others, and let pass what may."""

    def holds(layer: Layer) -> bool:
        attempts = SHOULD_REFUSE[layer] | ALWAYS_REFUSED | {_ALLOWED}
        trials = (frozenset(_names(_alone(layer))), frozenset(_names(ALL_LAYERS)))
        return all(
            probe.as_expected for probe in found if probe.measures in trials and probe.attempt in attempts
        )

    return frozenset(layer for layer in Layer if holds(layer))


def main() -> int:
    """Print what each attempt met. Ends with 0 if every layer and the engine's settings held."""
    with tempfile.TemporaryDirectory() as folder:
        report = measure(Path(folder))
        in_sql = measure_engine(Path(folder))
    for probe in (*report.probes, *in_sql):
        names = "+".join(sorted(probe.measures)).lower() or "nothing in the way"
        print(f"{'ok ' if probe.as_expected else 'BAD'}  {names:28}  {probe.attempt:32}  {probe.met}")
    print(f"sandbox level {report.level} of {max(Layer).value}")
    held = report.level == max(Layer) and all(probe.as_expected for probe in in_sql)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
