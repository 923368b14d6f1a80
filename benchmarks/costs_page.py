"""The page and the plots of what protection costs, from the history that `benchmarks.costs` keeps.

Run as `python -m benchmarks.costs_page`. Of each size the last run counts; all runs are listed.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.costs import RESULTS
from benchmarks.costs_beside import beside
from benchmarks.measure import geometric_mean
from benchmarks.plots import Mark, strip_plot

DOCS = Path(__file__).parent.parent / "docs"
PAGE, PICTURES = DOCS / "reference" / "costs.md", DOCS / "pictures"
WAYS = {
    "distinct": "a distinct count of people beside each cell",
    "primary": "the primary rules",
    "whole": "whole, ledger on",
}
SETS = ("rollup with a filter", "cube of three")
HEAD = """# What protection costs in time and memory

Made by `python -m benchmarks.costs_page` from `benchmarks/results/costs.json`, to which `python -m benchmarks.costs`
adds a run. Each research query is asked in four ways, one after the other in every round, over the same files in the
same workers: raw on DuckDB; with a distinct count of people beside each cell, which is the plain way to protect; under
the primary rules alone; and whole, before a ledger that knows what everybody knows. In runs before 27 November 2026 at
6:30 who stands behind each cell, which is for the ledger alone, was read under *primary* too. The time of a shape is
the median of two or three rounds, or of one where it takes more than 15 seconds; at 92 million rows each is of one.
What the ledger looks at for the first time in the life of the process costs more, once (*first*). Memory is the most
that a fresh worker held, and what the gateway came to hold besides; of the last run at one million rows in which it was
measured (28 November 2026, code d608e3e, eight shapes) a worker held 1.57 times what it holds raw, at worst 3.4 times.
"""
TARGETS = """| what, over raw DuckDB | aim |
| --- | --- |
| geometric mean of time | 1.10 or less |
| worst shape | 2.5 or less |
| ROLLUP, CUBE | 1.5 or less |
| peak memory | 1.3 or less |
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the benchmark, as it was written down."""

    when: str
    code: str
    census_rows: int
    cores: int
    load: tuple[float, float]
    shapes: Mapping[str, Mapping[str, float]]

    @property
    def size(self) -> str:
        """How many million rows, roughly."""
        return f"{round(self.census_rows / 1e6)}m"

    def ratios(self, way: str, *, unit: str = "ms") -> dict[str, float]:
        """By shape: what this way took, over what the raw query took."""
        found = {
            name: (one.get(f"{way}_{unit}"), one.get(f"raw_{unit}")) for name, one in self.shapes.items()
        }
        return {name: way_ / raw for name, (way_, raw) in found.items() if way_ is not None and raw}


def runs_in(path: Path) -> tuple[Run, ...]:
    """The history, oldest first; none where nothing was run."""
    if not path.exists():
        return ()
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["runs"]
    return tuple(Run(**one | {"load": tuple(one["load"])}) for one in found)


def page(runs: Sequence[Run]) -> str:
    """The page in Markdown."""
    return "\n".join(
        [*_head(), *(line for run in _last(runs) for line in _size(run)), *beside(), *_history(runs)]
    )


def pictures(runs: Sequence[Run]) -> dict[str, str]:
    """SVG by file name: time of each shape over raw, for each size."""
    return {f"costs-{run.size}.svg": _plot(run) for run in _last(runs)}


def _last(runs: Sequence[Run]) -> list[Run]:
    """The last run of each size, small ones first."""
    return sorted({run.size: run for run in runs}.values(), key=lambda run: run.census_rows)


def _head() -> Iterator[str]:
    yield HEAD
    yield TARGETS


def _size(run: Run) -> Iterator[str]:
    yield f"## {run.census_rows:,} census rows\n"
    yield (
        f"{run.when}, code {run.code}, {run.cores} cores, load {run.load[0]} to {run.load[1]}"
        f"{_busy(run)}.\n\n![Time of each shape over raw](../pictures/costs-{run.size}.svg)\n"
    )
    yield "| over raw | geometric mean | worst | worst of ROLLUP and CUBE |\n| --- | --- | --- | --- |"
    for way, said in WAYS.items():
        if ratios := run.ratios(way):
            sets = [ratios[name] for name in SETS if name in ratios]
            yield f"| {said} | {_of(list(ratios.values()))} | {max(sets):.1f} |"
    for way, said in (("distinct", "memory of a worker, distinct"), ("whole", "memory of a worker, whole")):
        if peaks := run.ratios(way, unit="mib"):
            yield f"| {said} | {_of(list(peaks.values()))} | |"
    yield ""
    yield from _each(run)


def _busy(run: Run) -> str:
    busy = max(run.load) > run.cores + 0.5
    return ". Others used the machine too: the figures are sizes and not marks" if busy else ""


def _of(ratios: Sequence[float]) -> str:
    return f"{geometric_mean(ratios):.2f} | {max(ratios):.1f}"


_COLUMNS = ("raw", "distinct", "primary", "whole", "first")


def _each(run: Run) -> Iterator[str]:
    yield "| shape, in ms | raw | distinct | primary | whole | first | worker, raw to whole, MiB | gateway, MiB |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for name, one in run.shapes.items():
        times = " | ".join(f"{one[f'{way}_ms']:,.0f}" for way in _COLUMNS)
        peaks = (
            f"{one['raw_mib']:.0f} to {one['whole_mib']:.0f} | {max(0, one['gateway_mib']):.0f}"
            if "raw_mib" in one
            else "| "
        )
        yield f"| {name} | {times} | {peaks} |"
    yield ""


def _history(runs: Sequence[Run]) -> Iterator[str]:
    yield "## All runs\n"
    yield "| when | code | census rows | load | distinct | primary | whole |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for run in reversed(runs):
        means = " | ".join(f"{geometric_mean(list(run.ratios(way).values())):.2f}" for way in WAYS)
        yield f"| {run.when} | {run.code} | {run.census_rows:,} | {run.load[0]} to {run.load[1]} | {means} |"
    yield ""


def _plot(run: Run) -> str:
    marks = [Mark(name, way, ratio) for way in WAYS for name, ratio in run.ratios(way).items()]
    return strip_plot(
        marks,
        series=WAYS,
        title=f"Time over raw DuckDB, {run.census_rows:,} census rows (each mark one shape)",
    )


def main() -> None:
    """Write the page and its pictures."""
    runs = runs_in(RESULTS)
    PAGE.write_text(page(runs), encoding="utf-8")
    for name, svg in pictures(runs).items():
        (PICTURES / name).write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
