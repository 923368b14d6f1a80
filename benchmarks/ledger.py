"""What the ledger costs: comparing pairs, the linear audit, and the whole pipeline beside the unprotected query.

Run as `python -m benchmarks.ledger [SCALE] [HOME]`; at scale 15 the census has more than nine million rows. A HOME that
`benchmarks.deployment` made before is used as it is. Prints figures and writes them to `benchmarks/results`; judges
nothing. Run it on a quiet machine.
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.deployment import AT, PERSON, WIDE, deployment
from benchmarks.linear_audit import linear_audit
from benchmarks.measure import geometric_mean, interleaved, timed
from benchmarks.pairs import pair_costs
from benchmarks.remembered import Fixed, recorded, remembered
from benchmarks.shapes import PER_SCHOOL, TWENTY
from enclave.actions.ledger_books import Books
from enclave.actions.ledger_memory import MemoryLedger
from enclave.actions.run_query import Answer, Desk, Limits, run_query
from enclave.wiring.ledger import Counts
from enclave.wiring.session import Answering, answering, session_of

RESULTS = Path(__file__).with_name("results")
RECORDED = 100_000
RUNS = 3
LIMITS = Limits(max_rows=1_000_000, max_bytes=1 << 28, deadline_seconds=600)


def main() -> None:
    """Measure, and write down each part as it comes; print all at the end."""
    scale = sys.argv[1] if len(sys.argv) > 1 else "15"
    found: dict[str, object] = {"scale": scale}
    for name, part in _parts(scale):
        found[name] = part
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "ledger.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


def _parts(scale: str) -> Iterator[tuple[str, object]]:
    yield "pairs", _pairs()
    yield "linear_audit", _linear()
    with _home(scale) as home:
        session = session_of(home, project=WIDE, person=PERSON, at=AT)
        with answering(session, counts=Counts.SESSION) as desk:
            yield from _pipeline(desk)


def _pairs() -> Mapping[str, float]:
    costs = pair_costs()
    return {
        "mixed_ms": round(costs.mixed, 1),
        "inside_ms": round(costs.inside, 1),
        "hidden": costs.hidden,
        "indexed_s": round(costs.indexed / 1000, 1),
    }


def _linear() -> Mapping[str, float]:
    costs = linear_audit()
    return {
        "judged_ms": round(costs.judged.median, 1),
        "judged_p95_ms": round(costs.judged.percentile(95), 1),
        "rebuilt_s": round(costs.rebuilt / 1000, 2),
        "rank": costs.rank,
    }


@contextmanager
def _home(scale: str) -> Iterator[Path]:
    if len(sys.argv) > 2:
        yield Path(sys.argv[2])
        return
    with tempfile.TemporaryDirectory() as place:
        yield deployment(Path(place), scale=scale).root


def _pipeline(desk: Answering) -> Iterator[tuple[str, object]]:
    """Twenty shapes beside an empty ledger and one with many numbers; and one table with a cell per school."""
    yield "census_rows", _census_rows(desk)
    yield "per_school", _per_school(desk)
    yield "no_candidates", _summary(_ratios(desk, MemoryLedger()))
    full = remembered(desk, RECORDED)
    yield "recorded_numbers", recorded(desk, full)
    yield "with_recorded", _summary(_ratios(desk, full))


def _summary(ratios: Mapping[str, float]) -> Mapping[str, object]:
    return {
        "geometric_mean": round(geometric_mean(list(ratios.values())), 2),
        "each": {name: round(ratio, 2) for name, ratio in ratios.items()},
    }


def _ratios(desk: Answering, ledger: MemoryLedger) -> dict[str, float]:
    """Protected over unprotected, by medians. No run leaves anything in the ledger for the next."""
    policy = desk.session.policies.policy(desk.session.project)
    assert policy is not None, "the project is in the home"
    books, unchanging = Books(), Fixed(ledger)
    found = {}
    with desk.store.engine(policy) as engine:
        for name, sql in TWENTY.items():
            raw, whole = interleaved(
                [
                    partial(engine.run, sql, {}, limits=LIMITS, cancel=None),
                    partial(_asked, desk, sql, unchanging, books),
                ],
                rounds=RUNS,
            )
            found[name] = whole.median / raw.median
            print(f"{name:32} unprotected {raw.median:7.1f} ms, protected {whole.median:7.1f} ms")
    return found


def _asked(desk: Answering, sql: str, ledger: Fixed, books: Books) -> Answer:
    session = desk.session
    at_desk = Desk(session.policies, desk.store, desk.scratch, ledger, session.clock.now(), books)
    return run_query(session.question(sql), at_desk)


def _per_school(desk: Answering) -> Mapping[str, float]:
    """Seconds that a table with a cell per school takes, for each 20,000 of its cells."""
    answers: list[Answer] = []
    taken = timed(lambda: answers.append(_asked(desk, PER_SCHOOL, Fixed(MemoryLedger()), Books())))
    cells = sum(len(report.cells) for report in answers[0].reports)
    return {"cells": cells, "seconds_per_20000": round(taken / 1000 * 20_000 / cells, 2)}


def _census_rows(desk: Answering) -> int:
    policy = desk.session.policies.policy(desk.session.project)
    assert policy is not None, "the project is in the home"
    return sum(file.rows for file in desk.store.version(policy).manifest.tables["school_census_pupil"].main)


if __name__ == "__main__":
    main()
