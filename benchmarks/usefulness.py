"""What safety costs in answers: one project's session of ordinary research, and how much of it is shown.

Run as `python -m benchmarks.usefulness [SCALE] [HOME] [SEEDS]`; at scale 1 the census has about 62,000 pupils a term,
at scale 10 about 650,000. A HOME that `benchmarks.deployment` made before is used as it is. Every query of
`tests/corpus/sessions.sql` is answered under the primary rules alone, then alone before a ledger that knows nothing but
what everybody knows, and then in five random orders (or as many as SEEDS says) as one session of one project. The runs
do not depend on one another: as many go side by side as there are processors. Prints figures and writes them to
`benchmarks/results`; judges nothing.
"""

import json
import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeAlias

from benchmarks.deployment import AT, PERSON, WIDE, deployment
from benchmarks.shown import Numbers, Tally, lost_by_rule, numbers_of, summed, tally
from benchmarks.unjudged import Unjudged
from enclave.actions.ledger_books import Books
from enclave.actions.ledger_memory import MemoryLedger
from enclave.actions.run_query import Desk, run_query
from enclave.wiring.ledger import Counts
from enclave.wiring.session import Answering, answering, session_of
from tests.support.corpus import SessionQuery, session_queries

SEEDS = 5
LEVELS = ("national", "la", "school")
WORST = 12
RESULTS = Path(__file__).with_name("results")
Asked: TypeAlias = Mapping[str, Numbers]  # by query id
Tallies: TypeAlias = Mapping[str, Tally]  # by query id
Json = dict[str, object]
Run: TypeAlias = Literal["primary", "alone"] | int
"""Under the primary rules, each query alone, or a session in the order of a seed."""


def main() -> None:
    """Measure, write down what is known after each session, and print it at the end."""
    scale = sys.argv[1] if len(sys.argv) > 1 else "1"
    seeds = int(sys.argv[3]) if len(sys.argv) > 3 else SEEDS
    RESULTS.mkdir(exist_ok=True)
    text = ""
    with _home(scale) as home:
        queries = session_queries()
        for found in measured(home, queries, seeds):
            text = json.dumps({"scale": scale, "queries": len(queries)} | found, indent=1)
            (RESULTS / f"usefulness-{scale}.json").write_text(text + "\n", encoding="utf-8")
    print(text)


@contextmanager
def _home(scale: str) -> Iterator[Path]:
    if len(sys.argv) > 2:
        yield Path(sys.argv[2])
        return
    with tempfile.TemporaryDirectory() as place:
        yield deployment(Path(place), scale=scale).root


@contextmanager
def _answering(home: Path) -> Iterator[Answering]:
    session = session_of(home, project=WIDE, person=PERSON, at=AT)
    with answering(session, counts=Counts.SESSION) as desk:
        yield desk


def measured(home: Path, queries: Sequence[SessionQuery], seeds: int) -> Iterator[Json]:
    """All figures, as they are written down, after each session that ends."""
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        first = [pool.submit(_ran, home, run) for run in ("primary", "alone")]
        rest = [pool.submit(_ran, home, seed) for seed in range(1, seeds + 1)]
        with _answering(home) as desk:
            routes = _routes(desk, queries)
        (primary, _), (alone, _) = [one.result() for one in first]
        ended: list[tuple[Asked, float]] = []
        for one in as_completed(rest):
            ended.append(one.result())
            yield {"routes": routes} | _figures(queries, primary, alone, ended)


def _figures(
    queries: Sequence[SessionQuery], primary: Asked, alone: Asked, ended: Sequence[tuple[Asked, float]]
) -> Json:
    sessions = [session for session, _ in ended]
    tallies = [_tallies(primary, alone, session) for session in sessions]
    return {
        "sessions": len(ended),
        "seconds_a_session": [round(seconds, 1) for _, seconds in ended],
        "levels": {level: _level(_of(level, queries), tallies) for level in LEVELS},
        "hidden_alone": {level: _by_rule(_of(level, queries), primary, [alone]) for level in LEVELS},
        "lost_by_rule": {level: _by_rule(_of(level, queries), alone, sessions) for level in LEVELS},
        "lost_by_query": {level: _by_query(_of(level, queries), alone, sessions) for level in LEVELS},
        "worst": _worst(queries, tallies),
    }


def _ran(home: Path, run: Run) -> tuple[Asked, float]:
    """One run over all queries, in a process of its own, and the seconds that it took."""
    queries = session_queries()
    with _answering(home) as desk:
        started, found = time.monotonic(), dict[str, Numbers]()
        match run:
            case "primary":
                found |= {query.id: _answered(desk, query, MemoryLedger(), Unjudged()) for query in queries}
            case "alone":
                books = Books()  # who stands where is read once; each query has a ledger of its own
                found |= {query.id: _answered(desk, query, MemoryLedger(), books) for query in queries}
            case int():
                found |= _session(desk, queries, run)
        print(f"{run}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
        return found, time.monotonic() - started


def _session(desk: Answering, queries: Sequence[SessionQuery], seed: int) -> Asked:
    """All queries in a random order, beside one ledger."""
    order = random.Random(seed).sample(queries, len(queries))
    ledger, books = MemoryLedger(), Books()
    return {query.id: _answered(desk, query, ledger, books) for query in order}


def _answered(desk: Answering, query: SessionQuery, ledger: MemoryLedger, books: Books) -> Numbers:
    session = desk.session
    at_desk = Desk(session.policies, desk.store, desk.scratch, ledger, session.clock.now(), books)
    return numbers_of(run_query(session.question(query.sql), at_desk).reports)


def _tallies(primary: Asked, alone: Asked, session: Asked) -> Tallies:
    return {id: tally(primary[id], alone[id], session[id]) for id in primary}


def _of(level: str, queries: Sequence[SessionQuery]) -> list[str]:
    return [query.id for query in queries if query.level == level]


def _level(ids: Sequence[str], sessions: Sequence[Tallies]) -> Json:
    """Percentages of one level: medians over the sessions, and each session's loss."""
    found = [summed({id: tallies[id] for id in ids}) for tallies in sessions]
    return {
        "queries": len(ids),
        "enough": found[0].enough,
        "shown_alone": round(found[0].shown_alone, 2),
        "shown": round(statistics.median(one.shown for one in found), 2),
        "lost": round(statistics.median(one.lost for one in found), 2),
        "lost_each": [round(one.lost, 2) for one in found],
    }


def _by_rule(ids: Sequence[str], before: Asked, sessions: Sequence[Asked]) -> dict[str, float]:
    """Numbers that each rule took away, a session."""
    totals: Counter[str] = Counter()
    for session in sessions:
        for id in ids:
            totals += lost_by_rule(before[id], session[id])
    return {rule: round(count / len(sessions), 1) for rule, count in totals.most_common()}


def _by_query(ids: Sequence[str], before: Asked, sessions: Sequence[Asked]) -> list[Json]:
    """The queries from which a rule took most numbers that they show alone, a session."""
    totals: Counter[tuple[str, str]] = Counter()
    for session in sessions:
        for id in ids:
            totals += Counter(
                {(id, rule): count for rule, count in lost_by_rule(before[id], session[id]).items()}
            )
    return [
        {"id": id, "rule": rule, "numbers": round(count / len(sessions), 1)}
        for (id, rule), count in totals.most_common(WORST)
    ]


def _worst(queries: Sequence[SessionQuery], sessions: Sequence[Tallies]) -> list[Json]:
    """The queries that lose most of their numbers, the median of the sessions."""
    lost = {
        query.id: statistics.median(100 - tallies[query.id].shown for tallies in sessions)
        for query in queries
    }
    titles = {query.id: query.title for query in queries}
    order = sorted(lost, key=lambda id: -lost[id])[:WORST]
    return [{"id": id, "title": titles[id], "not_shown": round(lost[id], 1)} for id in order]


def _routes(desk: Answering, queries: Sequence[SessionQuery]) -> Json:
    """Queries without a tier-1 field, and how many of them take the automatic route."""
    planned = [desk.session.plan(query.sql) for query in queries]
    ordinary = [one for one in planned if one.plan.protected.authorised.strictest_tier > 1]
    automatic = sum(one.routing.route.automatic for one in ordinary)
    return {
        "tiers_2_to_4": len(ordinary),
        "automatic": automatic,
        "percent": round(100 * automatic / len(ordinary), 1),
    }


if __name__ == "__main__":
    main()
