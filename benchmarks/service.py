"""What the service itself spends on a tiny question, and how many it answers a second, audit and ledger on.

Run as `python -m benchmarks.service`. The gateway is a process of its own, signed in, with its durable commits; steps
of time end at once, since a hold is no work. Processor time is that of the gateway's process; its workers have their
own. Adds a run to `benchmarks/results/service.json`; judges nothing.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from itertools import count, repeat
from pathlib import Path

import httpx2

from benchmarks.costs import add_run, code
from benchmarks.http import TINY, NoHold, client_of, gateway_process, tiny_home
from benchmarks.measure import Times, timed

RESULTS = Path(__file__).with_name("results") / "service.json"
QUERIES, CLIENTS = 100, 16
TICKS = os.sysconf("SC_CLK_TCK")
PROJECT = "P-2026-014"


def main() -> None:
    """Measure, print, and add the run to the history."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as place:
        home = tiny_home(Path(place))
        with gateway_process(home, NoHold()) as (url, _, process), client_of(url) as client:
            found = _one_by_one(client, process) | _many(url, process)
    run: dict[str, object] = {
        "when": datetime.now(UTC).isoformat(timespec="minutes"),
        "code": code(),
        "cores": os.cpu_count(),
        "load": [round(load, 1), round(os.getloadavg()[0], 1)],
        **found,
    }
    print(run)
    add_run(RESULTS, run)


def _one_by_one(client: httpx2.Client, process: int) -> dict[str, float]:
    """Milliseconds of a question, of the clock and of the gateway's processor time: new texts, and one text again."""
    new = (TINY.replace("pupils", f"pupils_{number}") for number in count())
    found: dict[str, float] = {}
    for name, texts in (("new", new), ("again", repeat(TINY))):
        _ask(client, next(texts))
        spent, times = _spent(process, partial(_ask_next, client, texts))
        found |= {f"{name}_cpu_ms": round(spent, 2), f"{name}_p50_ms": round(times.median, 1)}
        found[f"{name}_p95_ms"] = round(times.percentile(95), 1)
    return found


def _spent(process: int, work: Callable[[], object]) -> tuple[float, Times]:
    before = _cpu_seconds(process)
    times = Times(tuple(timed(work) for _ in range(QUERIES)))
    return (_cpu_seconds(process) - before) * 1000 / QUERIES, times


def _many(url: str, process: int) -> dict[str, float]:
    """Questions a second by many clients, one text each."""
    clients = [client_of(url) for _ in range(CLIENTS)]
    started, before = time.perf_counter(), _cpu_seconds(process)
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda number: _ask(clients[number % CLIENTS], TINY), range(2 * QUERIES)))
    seconds, spent = time.perf_counter() - started, _cpu_seconds(process) - before
    for client in clients:
        client.close()
    return {
        "clients": CLIENTS,
        "queries_per_second": round(2 * QUERIES / seconds, 1),
        "many_cpu_ms": round(spent * 1000 / (2 * QUERIES), 2),
    }


def _ask_next(client: httpx2.Client, texts: Iterator[str]) -> None:
    _ask(client, next(texts))


def _ask(client: httpx2.Client, sql: str) -> None:
    answer = client.post("/api/v1/queries", json={"project": PROJECT, "sql": sql}).json()
    assert answer["status"] == "released", answer


def _cpu_seconds(process: int) -> float:
    """What a process has spent, its children not among it."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


if __name__ == "__main__":
    main()
