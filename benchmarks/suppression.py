"""What secondary suppression costs, and how near to the least it comes: random tables with all their margins.

Run as `python -m benchmarks.suppression`. Prints seconds of processor time and the peak of memory, and judges nothing.
"""

import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from enclave.disclosure.suppression.cover import cover
from enclave.disclosure.suppression.levels import below_threshold
from enclave.disclosure.suppression.margins import full_table
from enclave.disclosure.suppression.system import Budget, Cover, Primary, System

THRESHOLD = 10
PROVEN = Budget(exact_cells=6_000, rounds=40, nodes=2_000, intervals=0)
BOUNDED = Budget(exact_cells=6_000, rounds=300, nodes=300, intervals=0)
AUDITED = Budget(exact_cells=0, audits=0, intervals=0)


@dataclass(frozen=True, slots=True)
class Run:
    """One table: how it was drawn and how much may be done for it."""

    name: str
    shape: tuple[int, ...]
    mean_log: float
    budget: Budget


RUNS = (
    Run("two ways, 2,000 cells, an optimum", (43, 43), 3.8, PROVEN),
    Run("three ways, 210 cells, an optimum", (6, 5, 4), 3.8, PROVEN),
    Run("three ways, 315 cells, an optimum", (8, 6, 4), 3.8, PROVEN),
    Run("three ways, 441 cells, a bound", (8, 6, 6), 3.8, BOUNDED),
    Run("two ways, 5,000 cells, an optimum", (70, 70), 3.8, PROVEN),
    Run("three ways, 50,000 cells, audited", (40, 34, 34), 4.6, AUDITED),
)


def main(runs: Sequence[Run] = RUNS) -> None:
    """Print a line for each table."""
    for run in runs:
        system, primaries = drawn(run)
        started = time.process_time()
        found = cover(system, primaries, budget=run.budget)
        print(_line(run, system, primaries, found, time.process_time() - started), flush=True)


def drawn(run: Run) -> tuple[System, list[Primary]]:
    """A table of log-normal counts, the same each time, and its cells of 1 to 9."""
    counts = np.floor(np.random.default_rng(7).lognormal(run.mean_log, 1.2, size=run.shape))
    system = full_table(counts)
    small = np.flatnonzero((system.values > 0) & (system.values < THRESHOLD)).tolist()
    return system, [below_threshold(cell, THRESHOLD, nobody=False) for cell in small]


def _line(run: Run, system: System, primaries: Sequence[Primary], found: Cover, seconds: float) -> str:
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"{run.name}: {len(system):,} cells, {len(primaries):,} primary, {len(found.secondary):,} secondary;"
        f" cost {found.cost:,.0f}, bound {found.bound:,.0f} (gap {found.gap:.1%}), {len(found.open)} open;"
        f" {seconds:.1f} s, {megabytes:,.0f} MB"
    )


if __name__ == "__main__":
    main()
