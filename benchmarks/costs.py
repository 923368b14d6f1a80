"""What protection costs: each shape of query raw, with distinct counts, under the primary rules, and whole, ledger on.

Run as `python -m benchmarks.costs HOME [--shapes TEXT] [--rounds N] [--no-memory] [--to FILE]`; a home is made by
`python -m benchmarks.deployment SCALE FOLDER`. The four are interleaved in one run, over the same files in the same
workers. Each run is added to the history in `benchmarks/results/costs.json`, of which `python -m benchmarks.costs_page`
makes the page. Judges nothing.
"""

import argparse
import json
import os
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import sqlglot
from sqlglot import exp

from benchmarks.deployment import AT, PERSON, WIDE
from benchmarks.measure import geometric_mean, interleaved, timed
from benchmarks.peaks import MIB, peaks_apart
from benchmarks.remembered import Fixed
from benchmarks.shapes import ALL
from benchmarks.unjudged import Unjudged, without_members
from enclave.actions.ledger_books import Books
from enclave.actions.ledger_memory import MemoryLedger
from enclave.actions.run_query import Answer, Desk, Limits, run_query
from enclave.wiring.ledger import Counts
from enclave.wiring.session import Answering, answering, session_of

RESULTS = Path(__file__).with_name("results") / "costs.json"
RUNS, SLOW_MS = 3, 15_000.0  # what is slower is run once
LIMITS = Limits(max_rows=1_000_000, max_bytes=1 << 28, deadline_seconds=600)
KEY = "pmr_anon"
WAYS = ("raw", "distinct", "primary", "whole")


def main() -> None:
    """Measure, and add the run to the history."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.costs", description=__doc__)
    arguments.add_argument("home", type=Path)
    arguments.add_argument("--shapes", default="", help="only those with this in their name")
    arguments.add_argument("--rounds", type=int, default=RUNS, help="of each shape that is not slow")
    arguments.add_argument("--no-memory", action="store_true", help="leave the peaks of memory out")
    arguments.add_argument(
        "--memory-of", default="", help="names of shapes with commas between; all where there is none"
    )
    arguments.add_argument("--to", type=Path, default=RESULTS)
    given = arguments.parse_args()
    shapes = {name: sql for name, sql in ALL.items() if given.shapes in name}
    session = session_of(given.home, project=WIDE, person=PERSON, at=AT)
    load = os.getloadavg()[0]
    with answering(session, counts=Counts.SESSION) as desk:
        rows, found = census_rows(desk), _times(desk, shapes, given.rounds)
    if not given.no_memory:
        for name in [one for one in given.memory_of.split(",") if one in shapes] or shapes:
            found[name] |= _memory(given.home, name, shapes[name])
    add_run(given.to, _run(rows, found, load))


def _run(rows: int, found: Mapping[str, object], load: float) -> dict[str, object]:
    return {
        "when": datetime.now(UTC).isoformat(timespec="minutes"),
        "code": code(),
        "census_rows": rows,
        "cores": os.cpu_count(),
        "load": [round(load, 1), round(os.getloadavg()[0], 1)],
        "shapes": found,
    }


def add_run(path: Path, run: Mapping[str, object]) -> None:
    """One run more in a history, one on a line."""
    runs = [*(json.loads(path.read_text("utf-8"))["runs"] if path.exists() else ()), run]
    path.parent.mkdir(exist_ok=True)
    lines = ",\n".join(json.dumps(one) for one in runs)
    path.write_text(f'{{"runs": [\n{lines}\n]}}\n', encoding="utf-8")


def code() -> str:
    """The version of the code, where git knows it."""
    said = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return said.stdout.strip() or "unknown"


def with_distinct(sql: str) -> str:
    """The query with a distinct count of people beside each of its cells: the plain way to protect."""
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    leaf = _leaf(tree)
    source = leaf.args["from_"].this.alias_or_name
    leaf.select(f"count(DISTINCT {source}.{KEY}) AS behind", copy=False, dialect="duckdb")
    return tree.sql("duckdb")


def _leaf(tree: exp.Expr) -> exp.Select:
    """The SELECT that leaves people behind: the outermost whose FROM is no CTE."""
    ctes = {cte.alias: cte.this for cte in tree.find_all(exp.CTE)}
    source = tree.args["from_"].this
    made = ctes.get(source.name, tree) if isinstance(source, exp.Table) else tree
    assert isinstance(made, exp.Select), "a leaf is one SELECT"
    return made


def census_rows(desk: Answering) -> int:
    """Rows of the census in the deployment."""
    policy = desk.session.policies.policy(desk.session.project)
    assert policy is not None, "the project is in the home"
    return sum(file.rows for file in desk.store.version(policy).manifest.tables["school_census_pupil"].main)


def _times(desk: Answering, shapes: Mapping[str, str], rounds: int) -> dict[str, dict[str, float]]:
    """Milliseconds of each way, by medians; and of the very first time that it is asked whole."""
    policy = desk.session.policies.policy(desk.session.project)
    assert policy is not None, "the project is in the home"
    books, found = Books(), {}
    with desk.store.engine(policy) as engine:
        for name, sql in shapes.items():
            works: list[Callable[[], object]] = [
                partial(engine.run, sql, {}, limits=LIMITS, cancel=None),
                partial(engine.run, with_distinct(sql), {}, limits=LIMITS, cancel=None),
                partial(_unlisted, desk, sql),
                partial(asked, desk, sql, books),
            ]
            first = timed(works[-1])
            times = interleaved(works, rounds=rounds if first < SLOW_MS else 1)
            found[name] = {f"{way}_ms": round(one.median, 1) for way, one in zip(WAYS, times, strict=True)}
            found[name]["first_ms"] = round(first, 1)
            print(f"{name:32} {found[name]}", flush=True)
    for way in WAYS[1:]:
        ratios = [one[f"{way}_ms"] / one["raw_ms"] for one in found.values()]
        print(f"{way:10} over raw: geometric mean {geometric_mean(ratios):.2f}, worst {max(ratios):.2f}")
    return found


def asked(desk: Answering, sql: str, books: Books) -> Answer:
    """The answer before a ledger that holds only what everybody knows."""
    session, ledger = desk.session, Fixed(MemoryLedger())
    at_desk = Desk(session.policies, desk.store, desk.scratch, ledger, session.clock.now(), books)
    return run_query(session.question(sql), at_desk)


def _unlisted(desk: Answering, sql: str) -> Answer:
    """The answer under the primary rules alone: nothing is read for the ledger, nothing is judged by it."""
    policy = desk.session.policies.policy(desk.session.project)
    assert policy is not None, "the project is in the home"
    with without_members(desk.store.shadow(policy).plans, sql):
        return asked(desk, sql, Unjudged())


def _memory(home: Path, name: str, sql: str) -> dict[str, float]:
    """The most that a fresh worker, and for the whole way the gateway too, held for one run."""
    peaks = {
        "raw": peaks_apart(home, sql, raw=True),
        "distinct": peaks_apart(home, with_distinct(sql), raw=True),
        "whole": peaks_apart(home, sql, raw=False),
    }
    found = {f"{way}_mib": round(one.worker / MIB, 1) for way, one in peaks.items()}
    found["gateway_mib"] = round((peaks["whole"].gateway - peaks["raw"].gateway) / MIB, 1)
    print(f"{name:32} {found}", flush=True)
    return found


if __name__ == "__main__":
    main()
