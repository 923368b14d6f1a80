"""Ours beside ACRO, SmartNoise SQL and Qrlew: what each can be asked over the same census rows, and how long it takes.

Run as `python -m benchmarks.others HOME FOLDER`; a home is made by `python -m benchmarks.deployment 1.65 …`. In FOLDER
each gets a virtual environment of its own, once, by pip. Every program has its own idea of safety, so times are
compared, not answers. Loading the rows is not counted. Adds a run to `benchmarks/results/others.json`.
"""

import argparse
import json
import os
import statistics
import subprocess
import venv
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import duckdb

from benchmarks.costs import LIMITS, add_run, asked, census_rows, code
from benchmarks.deployment import AT, PERSON, WIDE
from benchmarks.measure import timed
from benchmarks.others.shapes import COLUMNS, SHAPES, TABLE
from enclave.actions.ledger_books import Books
from enclave.problems import Problem, Refusals
from enclave.wiring.ledger import Counts
from enclave.wiring.session import Answering, answering, session_of

HERE = Path(__file__).parent
RESULTS = HERE.parent / "results" / "others.json"
PACKAGES = {"acro": "acro==1.0.2", "smartnoise": "smartnoise-sql==1.0.10", "qrlew": "pyqrlew==0.9.27"}
ROUNDS, LONGEST_SECONDS = 3, 900
Found = dict[str, dict[str, object]]


def main() -> None:
    """Measure all, and add the run to the history."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.others", description=__doc__)
    arguments.add_argument("home", type=Path)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--to", type=Path, default=RESULTS)
    given = arguments.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    load = os.getloadavg()[0]
    session = session_of(given.home, project=WIDE, person=PERSON, at=AT)
    with answering(session, counts=Counts.SESSION) as desk:
        rows, found = census_rows(desk), {"raw": _raw(desk), "ours": _ours(desk)}
        csv, most_rows = _exported(desk, given.folder)
    for name, package in PACKAGES.items():
        found[name] = _other(name, package, given.folder, csv, most_rows)
        print(name, json.dumps(found[name]), flush=True)
    run = {"when": datetime.now(UTC).isoformat(timespec="minutes"), "code": code(), "census_rows": rows}
    add_run(given.to, {**run, "load": [load, os.getloadavg()[0]], "versions": PACKAGES, "found": found})


def _raw(desk: Answering) -> Found:
    policy = desk.session.policies.policy(desk.session.project)
    assert policy is not None, "the project is in the home"
    with desk.store.engine(policy) as engine:
        return {
            name: _times(partial(engine.run, sql.format(table=TABLE), {}, limits=LIMITS, cancel=None))
            for name, sql in SHAPES.items()
        }


def _ours(desk: Answering) -> Found:
    """Whole, before a ledger of what everybody knows, which was looked at before."""
    books = Books()
    return {
        name: _times(partial(asked, desk, sql.format(table=TABLE), books)) for name, sql in SHAPES.items()
    }


def _times(work: Callable[[], object], rounds: int = ROUNDS) -> dict[str, object]:
    """The median of the rounds after a first one, in milliseconds; or why there is no answer."""
    try:
        return {"ms": round(statistics.median([timed(work) for _ in range(rounds + 1)][1:]), 1)}
    except Refusals as refusals:
        return {"refused": refusals.problems[0].code}
    except (Problem, duckdb.Error) as error:
        return {"refused": f"{type(error).__name__}: {str(error)[:120]}"}


def _exported(desk: Answering, folder: Path) -> tuple[Path, int]:
    """The census rows as CSV, and the most rows that anybody has."""
    policy = desk.session.policies.policy(desk.session.project)
    assert policy is not None, "the project is in the home"
    version = desk.store.version(policy)
    files = [str(version.root / file.path) for file in version.manifest.tables[TABLE].main]
    columns = ", ".join(
        "fsm_eligible::INT AS fsm_eligible" if one == "fsm_eligible" else one for one in COLUMNS
    )
    csv = folder / "census.csv"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW census AS SELECT {columns} FROM read_parquet({files!r})")
        connection.execute(f"COPY census TO '{csv}' (HEADER)")
        most = connection.execute(
            "SELECT max(n) FROM (SELECT count(*) AS n FROM census GROUP BY pmr_anon)"
        ).fetchone()
    assert most is not None, "a maximum is one row"
    return csv, int(most[0])


def _other(name: str, package: str, folder: Path, csv: Path, most_rows: int) -> Found:
    """Its times, or for every shape why it could not be run at all."""
    python = folder / name / "bin" / "python"
    try:
        if not python.exists():
            venv.create(folder / name, with_pip=True)
            subprocess.run(
                [python, "-m", "pip", "install", "--quiet", package], check=True, capture_output=True
            )
        match name:
            case "acro":
                given = [str(ROUNDS)]
            case "smartnoise":
                given = [str(ROUNDS), str(most_rows)]
            case _:
                given = [str(folder / "qrlew.sqlite"), str(most_rows)]
        side = [str(python), str(HERE / f"{name}_side.py"), str(csv), *given]
        told = subprocess.run(side, check=True, capture_output=True, text=True, timeout=LONGEST_SECONDS)
    except subprocess.CalledProcessError as failed:
        last = str(failed.stderr).strip().splitlines()[-1:]
        return {shape: {"refused": f"not to be run: {' '.join(last)[:200]}"} for shape in SHAPES}
    except subprocess.TimeoutExpired:
        return {shape: {"refused": f"all shapes together take over {LONGEST_SECONDS} s"} for shape in SHAPES}
    found: Found = json.loads(told.stdout.strip().splitlines()[-1])
    return _run_here(found, csv) if name == "qrlew" else {shape: _median(one) for shape, one in found.items()}


def _median(one: Mapping[str, object]) -> dict[str, object]:
    times = one.get("ms")
    return {"ms": round(statistics.median(times), 1)} if isinstance(times, list) else dict(one)


def _run_here(found: Found, csv: Path) -> Found:
    """What was rewritten, run on a plain DuckDB over the same rows."""
    with duckdb.connect(config={"threads": 1}) as connection:
        types = "{'la_code': 'VARCHAR', 'nc_year': 'VARCHAR'}"
        connection.execute(f"CREATE TABLE census AS FROM read_csv('{csv}', types = {types})")
        return {
            shape: _times(partial(_fetched, connection, str(one["sql"]))) if "sql" in one else dict(one)
            for shape, one in found.items()
        }


def _fetched(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    connection.execute(sql).fetchall()


if __name__ == "__main__":
    main()
