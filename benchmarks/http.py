"""What the service adds to a question: over HTTP, signed in, on record, released, from the call to its answer.

Run as `python -m benchmarks.http`. Prints figures; judges nothing. The gateway is a process of its own, with the audit
log and its durable commits on. It is measured twice: as it is, and with time steps that end at once, since the hold
until a step is not work but what hides how long the data took.
"""

import multiprocessing
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import httpx2
import uvicorn

from benchmarks.measure import Times, timed
from enclave.actions.plan_query import Question
from enclave.actions.run_query import run_query
from enclave.terms import PersonId, ProjectId
from enclave.web.app import make_app
from enclave.web.rates import Pace
from enclave.wiring.data import load_source, synthetic_files
from enclave.wiring.gateway import open_gateway
from enclave.wiring.home import Home, make_home
from enclave.wiring.packaged import packaged_policies
from enclave.wiring.sources import SystemClock

PROJECT, PERSON = "P-2026-014", "researcher@northbridge.example"
TINY = (
    "SELECT la_code, count(*) AS pupils FROM school_census_pupil "
    "WHERE academic_year = '2024/25' AND term = 'SPR' AND (record_status < 100 OR record_status IS NULL) "
    "GROUP BY la_code"
)
RUNS, CLIENTS, QUERIES = 60, 16, 240
ENDLESS = Pace(1_000_000, 1.0)


class NoHold(SystemClock):
    """Time as it is, and nobody is held."""

    def sleep(self, seconds: float) -> None:
        del seconds


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as place:
        home = tiny_home(Path(place))
        for name, clock in (("with time steps", SystemClock()), ("with steps that end at once", NoHold())):
            with gateway_process(home, clock) as (url, engine, _):
                print(f"\n{name}")
                _one_after_the_other(url, engine)
                _many_at_once(url)


def tiny_home(folder: Path) -> Home:
    """Tiny data, and no end to what may be asked in a day."""
    home = make_home(folder / "home", policies=packaged_policies())
    synthetic_files(folder / "source", scale="tiny", seed=1)
    load_source(home, folder / "source", version=None)
    house = home.policies / "house.yaml"
    text = house.read_text("utf-8")
    text = text.replace("queries_per_day: 200", "queries_per_day: 1000000")
    house.write_text(text.replace("cells_per_day: 20000", "cells_per_day: 1000000000"), "utf-8")
    project = home.policies / "projects" / f"{PROJECT}.yaml"
    kept = [line for line in project.read_text("utf-8").splitlines() if not line.startswith("allowance:")]
    project.write_text("\n".join(kept) + "\n", "utf-8")
    return home


@contextmanager
def gateway_process(home: Home, clock: SystemClock) -> Iterator[tuple[str, Times, int]]:
    """A gateway process: its address, the engine's own times of the query, taken there before it served, and its id."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(home.root, clock, there))
    process.start()
    url, engine = here.recv()
    try:
        assert process.pid is not None, "it runs"
        yield url, engine, process.pid
    finally:
        here.send("stop")
        process.join()


def _serve(home: Path, clock: SystemClock, told: Connection) -> None:
    with open_gateway(home, clock=clock, log=lambda _: None) as gateway:
        app = make_app(gateway, people_pace=ENDLESS, strangers_pace=ENDLESS)
        server = uvicorn.Server(
            uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="off")
        )
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        question = Question(ProjectId(PROJECT), PersonId(PERSON), TINY)
        policies = gateway.desk.policies()
        desk = gateway.desk.question_desk(policies, question.project, clock.now())
        engine = [run_query(question, desk).engine_ms for _ in range(RUNS)]
        told.send(
            (f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", Times(tuple(engine[5:])))
        )
        told.recv()
        server.should_exit = True
        thread.join()


def client_of(url: str) -> httpx2.Client:
    """A researcher who is signed in and waits for the answer."""
    token = httpx2.post(f"{url}/dev/token", json={"persona": PERSON}).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Prefer": "wait=60"}
    return httpx2.Client(base_url=url, headers=headers, timeout=90)


def _ask(client: httpx2.Client) -> None:
    answer = client.post("/api/v1/queries", json={"project": PROJECT, "sql": TINY}).json()
    assert answer["status"] == "released", answer


def _one_after_the_other(url: str, engine: Times) -> None:
    with client_of(url) as client:
        _ask(client)
        asked = Times(tuple(timed(lambda: _ask(client)) for _ in range(RUNS)))
        table = Times(
            tuple(
                timed(lambda: client.get("/api/v1/outputs/O-1/table").raise_for_status()) for _ in range(RUNS)
            )
        )
        me = Times(tuple(timed(lambda: client.get("/api/v1/me").raise_for_status()) for _ in range(RUNS)))
    print(f"  engine alone                p50 {engine.median:7.1f} ms")
    print(f"  asked to released, HTTP     p50 {asked.median:7.1f} ms   p95 {asked.percentile(95):7.1f} ms")
    print(f"  added to the engine         p50 {asked.median - engine.median:7.1f} ms")
    print(f"  table of a release          p50 {table.median:7.1f} ms   (recorded as downloaded)")
    print(f"  who am I                    p50 {me.median:7.1f} ms")


def _many_at_once(url: str) -> None:
    clients = [client_of(url) for _ in range(CLIENTS)]
    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as many:
        for _ in many.map(lambda number: _ask(clients[number % CLIENTS]), range(QUERIES)):
            pass
    seconds = time.perf_counter() - started
    print(f"  {CLIENTS} clients at once           {QUERIES / seconds:7.1f} queries a second")
    for client in clients:
        client.close()


if __name__ == "__main__":
    main()
