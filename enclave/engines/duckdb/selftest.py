"""Is the sandbox on, on this machine, today? Found out by trying to break it: `measure`, or this as a program.

Each layer is tried alone, so that none hides another's absence; then all together, as a worker has them.
An attempt that no layer stops is also made without any, to show that the attempt itself is a real one.
"""

import json
import os
import shutil
import socket
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from enclave.engines.duckdb import wire
from enclave.engines.duckdb.channel import Broken, Channel
from enclave.engines.duckdb.probes import ATTEMPTS, HAPPENED, Targets
from enclave.engines.duckdb.process import Stopped, Watch, launch
from enclave.engines.duckdb.sandbox import ALL_LAYERS, Layer, level_of

_MEASURE_SECONDS = 60.0
_REPORT_BYTES = 1 << 20
_ALLOWED = "read what it may"

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


@dataclass(frozen=True, slots=True)
class Probe:
    """One attempt under some layers: what it met, and whether that is what it should meet there."""

    layers: frozenset[Layer]
    attempt: str
    met: str
    as_expected: bool


@dataclass(frozen=True, slots=True)
class SandboxReport:
    """The level that held, and every attempt on it."""

    level: int
    probes: tuple[Probe, ...]


def measure(folder: Path) -> SandboxReport:
    """Send a prisoner in and read its report. A prisoner that does not come back proves nothing: level -1.

    Args:
        folder: a private place; the targets stand in it for as long as the attempts last.
    """
    sets = [frozenset[Layer](), *(frozenset({layer}) for layer in Layer), ALL_LAYERS]
    place = Path(tempfile.mkdtemp(prefix="probes-", dir=folder))
    try:
        reports = _send_in(place, sets)
    except (Broken, Stopped, ValueError):
        reports = [{} for _ in sets]
    finally:
        shutil.rmtree(place)
    probes = tuple(
        _judge(layers, attempt, report.get(attempt, "nothing"))
        for layers, report in zip(sets, reports, strict=True)
        for attempt in ATTEMPTS
    )
    return SandboxReport(level=level_of(_holding(probes)), probes=probes)


def _send_in(place: Path, sets: list[frozenset[Layer]]) -> list[dict[str, str]]:
    for name in ("allowed", "secret", "other_table"):
        (place / name).write_bytes(b"x")
    (place / "empty").mkdir()
    ours, theirs = socket.socketpair()
    with socket.create_server(("127.0.0.1", 0)) as door, ours:
        targets = Targets(
            **{name: str(place / name) for name in ("allowed", "secret", "other_table")},
            folder=str(place),
            port=door.getsockname()[1],
            gateway=os.getpid(),
        )
        with theirs:
            prisoner = launch("probes", theirs, place / "empty")
        try:
            return _converse(Channel(ours), targets, sets)
        finally:
            prisoner.kill()
            prisoner.wait()


def _converse(channel: Channel, targets: Targets, sets: list[frozenset[Layer]]) -> list[dict[str, str]]:
    asked = {"targets": asdict(targets), "layers": [sorted(layers) for layers in sets]}
    check = Watch(_MEASURE_SECONDS).check
    channel.send([wire.frame(wire.JOB, json.dumps(asked).encode())], check)
    _, payload = channel.receive(_REPORT_BYTES, check)
    reports: list[dict[str, str]] = json.loads(payload)
    return reports


def _judge(layers: frozenset[Layer], attempt: str, met: str) -> Probe:
    if attempt == _ALLOWED:
        expected = met == HAPPENED
    elif attempt in ALWAYS_REFUSED or any(attempt in SHOULD_REFUSE[layer] for layer in layers):
        expected = met not in (HAPPENED, "nothing")
    else:
        expected = met != "nothing"
    return Probe(layers, attempt, met, expected)


def _holding(probes: tuple[Probe, ...]) -> frozenset[Layer]:
    """The layers of which every attempt failed, alone and among the others, and which let through what they may."""

    def holds(layer: Layer) -> bool:
        attempts = SHOULD_REFUSE[layer] | ALWAYS_REFUSED | {_ALLOWED}
        return all(
            probe.as_expected
            for probe in probes
            if probe.layers in (frozenset({layer}), ALL_LAYERS) and probe.attempt in attempts
        )

    return frozenset(layer for layer in Layer if holds(layer))


def main() -> int:
    """Print what each attempt met. Ends with 0 if every layer held."""
    with tempfile.TemporaryDirectory() as folder:
        report = measure(Path(folder))
    for probe in report.probes:
        names = "+".join(layer.name.lower() for layer in sorted(probe.layers)) or "no layer"
        print(f"{'ok ' if probe.as_expected else 'BAD'}  {names:28}  {probe.attempt:28}  {probe.met}")
    print(f"level {report.level} of {max(Layer).value}")
    return 0 if report.level == max(Layer) else 1


if __name__ == "__main__":
    sys.exit(main())
