"""How long the service takes to make a page, with ten thousand outputs of which five hundred wait for checkers.

Run as `python -m benchmarks.pages`. Each page is asked for in this process, so the time is that of the service alone:
from the request to the last byte, the record of the look included. Prints medians and 95th percentiles, of the time on
the clock and of that on the processor, which other programs of the machine do not lengthen; judges nothing.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from enclave.outputs.records import OutputId
from enclave.terms import PersonId
from enclave.wiring.memory import settle
from tests.support.seeded import BUT_ONE, BY_SEX, asked, many, wide
from tests.support.service import ADMIN, ASKS, CHECKERS, THIS
from tests.support.web import ANYBODY, Web

RELEASED: Final = 9_500
WAITING: Final = 500
REPEATS: Final = 40
FIRST: Final = "O-1"
BROWSER: Final = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def main() -> None:
    """Seed, measure and print."""
    with tempfile.TemporaryDirectory() as folder, Web(Path(folder)) as web:
        small, large = seed(web)
        settle()  # as the service does when it starts: what is there by then is not looked through again and again
        print(f"{RELEASED + WAITING:,} outputs, {WAITING} with checkers; {REPEATS} calls each, milliseconds")
        print(f"{'page':44} {'p50':>7} {'p95':>7} {'cpu p50':>7} {'p95':>7} {'bytes':>10}")
        for name, path, person in pages(small, large):
            times, spent, size = measured(web, path, person)
            figures = " ".join(f"{figure:7.1f}" for figure in (*_two(times), *_two(spent)))
            print(f"{name:44} {figures} {size:10,}", flush=True)


def _two(times: list[float]) -> tuple[float, float]:
    """The median, and the 95th percentile."""
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]


def seed(web: Web) -> tuple[OutputId, OutputId]:
    """An output with a finding and one of five thousand cells, in a service with very much in it."""
    service = web.service
    released = asked(service, BY_SEX)
    service.vote(released, CHECKERS[1])
    many(service, RELEASED, of=released)
    finding = asked(service, BUT_ONE)
    clear = asked(service, BY_SEX + "\nORDER BY 1")
    large = wide(service, of=clear, rows=500, columns=10)
    many(service, WAITING, of=clear)
    return finding, large


def pages(small: OutputId, large: OutputId) -> Iterator[tuple[str, str, PersonId]]:
    checker = CHECKERS[0]
    yield "queue", "/checking", checker
    yield "queue, by the clock, its last part", "/checking?order=clock&row=451", checker
    yield "one output", f"/checking/{small}", checker
    yield "one output of 5,000 cells", f"/checking/{large}", checker
    yield "a release", f"/outputs/{FIRST}", ASKS
    yield "outputs of a project", f"/projects/{THIS}/outputs", ASKS
    yield "history of a project", f"/projects/{THIS}/history", ASKS
    yield "a project", f"/projects/{THIS}", ASKS
    yield "oversight", "/oversight", ADMIN
    yield "projects", "/oversight/projects", ADMIN
    yield "one policy", f"/oversight/projects/{THIS}", ADMIN
    yield "people", "/oversight/people", ADMIN
    yield "record", "/oversight/record", ADMIN
    yield "register", "/register", ANYBODY
    yield "one use, of 9,500 releases", f"/register/{THIS}", ANYBODY
    yield "feed", "/register.atom", ANYBODY
    yield "method", "/methods/differences", ANYBODY


def measured(web: Web, path: str, person: PersonId) -> tuple[list[float], list[float], int]:
    """Milliseconds of each call on the clock and on the processor, and how large the answer is.

    The first call fills what is kept and is not timed.
    """
    signed = {} if person == ANYBODY else {"Authorization": f"Bearer {web.token(person)}"}
    times: list[float] = []
    spent: list[float] = []
    size = 0
    for turn in range(REPEATS + 1):
        web.seconds += 60
        began, worked = time.perf_counter(), time.process_time()
        answer = web.client.get(path, headers={**BROWSER, **signed})
        took, work = 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - worked)
        assert answer.status_code == 200, answer.text[:500]
        size = len(answer.content)
        if turn:
            times.append(took)
            spent.append(work)
    return times, spent, size


if __name__ == "__main__":
    main()
