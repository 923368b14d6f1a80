"""Partners by this package beside those of τ-ARGUS (`pytauargus`), for the same tables under the same rules.

Run as `python -m benchmarks.others.suppression FOLDER`; in FOLDER `pytauargus` gets a virtual environment of its own,
once, by pip. Both get the same cells, equations, costs, primaries and levels, and neither is told of anybody who knows
cells beforehand. A reader who uses neither (`tests/attacks/tables/reader.py`) attacks both patterns. Seconds are of the
processor: ours from a table in memory to a pattern, with the last attack on it; theirs of its one call, which reads the
table from a file and writes its pattern and logs, without the start of its process and what Python reads and writes
for it. Adds a run to `benchmarks/results/suppression-others.json`.
"""

import argparse
import json
import os
import subprocess
import time
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.costs import add_run, code
from enclave.disclosure.suppression.cover import cover
from enclave.disclosure.suppression.levels import below_threshold
from enclave.disclosure.suppression.margins import full_table, nested_table
from enclave.disclosure.suppression.system import Budget, Primary, System
from tests.attacks.tables.reader import bounds, solved

HERE = Path(__file__).parent
RESULTS = HERE.parent / "results" / "suppression-others.json"
PACKAGE = "pytauargus==0.6.0"
THRESHOLD, MEAN_LOG, SPREAD = 10, 3.8, 1.2
SHAPES = ((6, 6), (8, 8), (10, 10), (12, 12), (15, 15), (20, 20), (3, 3, 3), (4, 4, 3), (4, 4, 4), (6, 5, 4))
NESTED = (((12, 4), (4, 4)), ((8, 5), (3, 5)), ((9, 6), (3, 3)))
"""Sides with levels: 12 authorities in 4 regions by 4; 8 codes in 3 groups by 5; 9 in 3 by 6 in 3."""
SEEDS = (7, 8)
MINUTES = 10
BUDGET = Budget(rounds=40, nodes=2_000, intervals=0)
SLACK, LONGEST_SECONDS = 1e-6, 900


@dataclass(frozen=True, slots=True)
class Case:
    """One table; `by`: what a cell costs, its people or 1. `groups`: of each side, where any has levels."""

    shape: tuple[int, ...]
    seed: int
    by: str
    groups: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        groups = self.groups or self.shape
        sides = (
            str(size) if size == some else f"{size} in {some}"
            for size, some in zip(self.shape, groups, strict=True)
        )
        return f"{' x '.join(sides)}, seed {self.seed}, by {self.by}"


def main() -> None:
    """Measure all, print a line for each, and add the run to the history."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.others.suppression", description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--to", type=Path, default=RESULTS)
    arguments.add_argument("--largest", type=int, default=1_000, help="cells of the largest table")
    given = arguments.parse_args()
    folder = given.folder.resolve()
    python, load = _python(folder), os.getloadavg()[0]
    tables = [*((shape, ()) for shape in SHAPES), *NESTED]
    cases = [
        Case(shape, seed, by, groups)
        for shape, groups in tables
        for seed in SEEDS
        for by in ("people", "cells")
    ]
    found = []
    for case in cases:
        system, primaries = drawn(case)
        if len(system) <= given.largest and primaries:
            found.append(_compared(case, system, primaries, python, folder))
            print(json.dumps(found[-1]), flush=True)
    run = {"when": datetime.now(UTC).isoformat(timespec="minutes"), "code": code(), "package": PACKAGE}
    add_run(given.to, {**run, "load": [load, os.getloadavg()[0]], "found": found})


def drawn(case: Case) -> tuple[System, list[Primary]]:
    """A table of log-normal counts with all its margins, the same each time, and its cells of 1 to 9."""
    counts = np.floor(np.random.default_rng(case.seed).lognormal(MEAN_LOG, SPREAD, size=case.shape))
    system = nested_table(counts, case.groups) if case.groups else full_table(counts)
    if case.by == "cells":
        system = System(system.values, np.ones(len(system)), system.equations)
    small = np.flatnonzero((system.values > 0) & (system.values < THRESHOLD)).tolist()
    return system, [below_threshold(cell, THRESHOLD, nobody=False) for cell in small]


def _python(folder: Path) -> Path:
    """The interpreter of an environment that has the package, made if it is not there."""
    python = folder / "pytauargus" / "bin" / "python"
    if not python.exists():
        folder.mkdir(parents=True, exist_ok=True)
        venv.create(folder / "pytauargus", with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", PACKAGE], check=True, capture_output=True)
    return python


def _compared(
    case: Case, system: System, primaries: Sequence[Primary], python: Path, folder: Path
) -> dict[str, object]:
    started = time.process_time()
    ours = cover(system, primaries, budget=BUDGET)
    seconds = time.process_time() - started
    theirs = _theirs(system, primaries, python, folder)
    return {
        "table": case.name,
        "cells": len(system),
        "primary": len(primaries),
        "ours": {
            **_told(system, primaries, ours.secondary),
            "seconds": round(seconds, 3),
            "bound": round(ours.bound, 3),
        },
        "theirs": theirs,
    }


def _theirs(system: System, primaries: Sequence[Primary], python: Path, folder: Path) -> dict[str, object]:
    table = folder / "table.json"
    table.write_text(
        json.dumps(
            {
                "values": system.values.tolist(),
                "costs": system.costs.tolist(),
                "ceiling": system.ceiling,
                "equations": [list(one.cells) for one in system.equations],
                "primaries": [[one.cell, one.low, one.high] for one in primaries],
            }
        ),
        encoding="utf-8",
    )
    side = [str(python), str(HERE / "argus_side.py"), str(table), str(MINUTES)]
    try:
        told = subprocess.run(  # it leaves logs where it runs
            side, check=True, capture_output=True, text=True, timeout=LONGEST_SECONDS, cwd=folder
        )
    except subprocess.CalledProcessError as failed:
        return {"failed": f"it ended with {failed.returncode}"}
    except subprocess.TimeoutExpired:
        return {"failed": f"it takes over {LONGEST_SECONDS} s"}
    found = json.loads(told.stdout.strip().splitlines()[-1])
    if found["hidden"] is None:
        return {"failed": f"it told {found['code']}"}
    secondary = sorted(set(found["hidden"]) - {one.cell for one in primaries})
    return {**_told(system, primaries, secondary), "seconds": round(found["seconds"], 3)}


def _told(system: System, primaries: Sequence[Primary], secondary: Sequence[int]) -> dict[str, object]:
    """What goes with the primaries, and how many of these the reader knows exactly, or too well."""
    hidden = sorted({*secondary, *(one.cell for one in primaries)})
    lines = [(one.total, one.parts) for one in system.equations]
    shown = {cell: float(system.values[cell]) for cell in range(len(system)) if cell not in set(hidden)}
    levels = {one.cell: (one.low, one.high) for one in primaries}
    found = bounds(lines, shown, hidden, levels)
    tight = [
        cell
        for cell, (low, high) in found.items()
        if low > levels[cell][0] + SLACK * max(1, low) or high < levels[cell][1] - SLACK * max(1, high)
    ]
    return {
        "partners": len(secondary),
        "people": int(system.values[list(secondary)].sum()),
        "cost": round(float(system.costs[list(secondary)].sum()), 3),
        "exactly_known": len(levels.keys() & solved(lines, shown, hidden).keys()),
        "too_well_known": len(tight),
    }


if __name__ == "__main__":
    main()
