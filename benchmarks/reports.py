"""What a year's reports and notices of all schools take, as HTML: `python -m benchmarks.reports [CLUSTERS PROJECTS]`.

The projects are copies of the product's own example; each is in two thirds of the schools. Two processes share
the work.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import numpy as np

from enclave.actions.check_policy import Policies, load_policies
from enclave.outputs.records import OutputTotals
from enclave.terms import ProjectId
from enclave.transparency.languages import language
from enclave.transparency.reach_counts import Counted, ProjectReach
from enclave.transparency.register import Register, register_of
from enclave.transparency.reports import Place, Reporter
from enclave.wiring.packaged import packaged_policies
from enclave.wiring.publishing import write_reports

CLUSTERS, PROJECTS, CORES, PER_AREA = 24_000, 25, 2, 158
NOW = datetime(2026, 11, 26, tzinfo=UTC)
YEARS = ("2022/23", "2023/24", "2024/25")


class Nothing:
    """A record of no acts."""

    def query_counts(self, _project: ProjectId) -> dict[str, int]:
        return {}

    def output_totals(self, _project: ProjectId) -> OutputTotals:
        return OutputTotals()

    def outputs(self, **_: object) -> tuple[()]:
        return ()

    def entries(self, **_: object) -> tuple[()]:
        return ()


def reporter(clusters: int, projects: int, *, part: int = 0, parts: int = 1) -> Reporter:
    """A year of a country; of several parts, the one that a process writes."""
    policies, register = _read()
    example = _example(policies)
    entry = next(one for one in register.projects if one.project.id == example)
    entries = tuple(
        replace(entry, project=replace(entry.project, id=ProjectId(f"P-{number}")))
        for number in range(projects)
    )
    codes = tuple(str(100_000 + number) for number in range(clusters))
    own = range(part * clusters // parts, (part + 1) * clusters // parts)
    return Reporter(
        register=replace(register, projects=entries),
        catalogue=policies.catalogue,
        counted=Counted(date(2026, 10, 1), codes, tuple(_reach(codes, number) for number in range(projects))),
        year=2026,
        places={
            codes[n]: Place(codes[n], f"School {n}", str(n // PER_AREA), f"Area {n // PER_AREA}") for n in own
        },
        providers={},
        contact="comments@enclave.example",
    )


@cache
def _read() -> tuple[Policies, Register]:
    policies = load_policies(packaged_policies(), today=NOW.date())
    return policies, register_of(policies, Nothing(), now=NOW, listed=0)  # type: ignore[arg-type]


def _example(policies: Policies) -> ProjectId:
    return max(policies.in_force, key=lambda id: len(policies.in_force[id].grants))


def _reach(codes: tuple[str, ...], number: int) -> ProjectReach:
    chance = np.random.default_rng(number)
    there = chance.random(len(codes)) < 2 / 3
    by_cluster = {year: np.where(there, chance.integers(1, 150, len(codes)) * 10, 0) for year in YEARS}
    return ProjectReach(
        ProjectId(f"P-{number}"), {year: int(row.sum()) for year, row in by_cluster.items()}, by_cluster
    )


def _written(part: int, clusters: int, projects: int, folder: Path) -> int:
    made = reporter(clusters, projects, part=part, parts=CORES)
    return write_reports(made, folder / str(part), language())


def reports_cost(folder: Path, *, clusters: int = CLUSTERS, projects: int = PROJECTS) -> dict[str, float]:
    started = time.monotonic()
    with ProcessPoolExecutor(CORES) as pool:
        pages = sum(
            pool.map(_written, range(CORES), [clusters] * CORES, [projects] * CORES, [folder] * CORES)
        )
    return {
        "clusters": clusters,
        "projects": projects,
        "pages": pages,
        "bytes": sum(path.stat().st_size for path in _files(folder)),
        "seconds": round(time.monotonic() - started, 1),
    }


def _files(folder: Path) -> Iterator[Path]:
    yield from folder.rglob("*.html")


def main() -> None:
    clusters, projects = [int(word) for word in sys.argv[1:]] or [CLUSTERS, PROJECTS]
    with tempfile.TemporaryDirectory(prefix="enclave-reports-") as folder:
        print(json.dumps(reports_cost(Path(folder), clusters=clusters, projects=projects), indent=1))


if __name__ == "__main__":
    main()
