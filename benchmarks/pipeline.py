"""What a question costs from end to end: the check, protection beside the unprotected query, and counting by proof.

Run as `python -m benchmarks.pipeline [SCALE]`; at scale 2 the census has about 1.2 million rows. Prints figures; judges
nothing. The unprotected side is the researcher's own SQL in the same workers over the same files.
"""

import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.deployment import AT, PERSON, WIDE, deployment
from benchmarks.measure import Times, geometric_mean, interleaved, worked
from enclave.actions.ledger_memory import MemoryLedger
from enclave.actions.plan_query import Planned
from enclave.actions.run_query import Answer, Desk, Limits, run_query
from enclave.problems import Refusals
from enclave.query.leaves import Counting
from enclave.query.plan import LeafStep
from enclave.wiring.ledger import Counts
from enclave.wiring.memory import settle
from enclave.wiring.session import Answering, Session, answering, session_of

CORPUS = Path(__file__).parent.parent / "tests" / "corpus" / "research.sql"
CHECKS, RUNS = 5, 7
MAIN = "(record_status < 100 OR record_status IS NULL)"
FIVE = {
    "count by authority": f"""
        SELECT la_code, count(*) AS n FROM school_census_pupil
        WHERE academic_year = '2024/25' AND term = 'SPR' AND {MAIN} GROUP BY 1""",
    "four dimensions, all years": f"""
        SELECT academic_year, la_code, gender, ethnic_group_major, count(*) AS n FROM school_census_pupil
        WHERE term = 'SPR' AND {MAIN} GROUP BY ALL""",
    "distinct units over terms": """
        SELECT la_code, fsm_eligible, count(DISTINCT pmr_anon) AS n FROM school_census_pupil GROUP BY ALL""",
    "rates after a join": """
        SELECT c.la_code, c.fsm_eligible, count(*) AS n,
               100.0 * sum(a.overall_year) / sum(a.sessions_possible_year) AS rate
        FROM absence a JOIN school_census_pupil c USING (pmr_anon, academic_year)
        WHERE a.main_record AND c.term = 'SPR' AND (c.record_status < 100 OR c.record_status IS NULL)
          AND academic_year = '2024/25'
        GROUP BY ALL""",
    "rollup with a filter": f"""
        SELECT la_code, nc_year, count(*) AS n, count(*) FILTER (WHERE fsm_eligible) AS fsm
        FROM school_census_pupil WHERE academic_year = '2024/25' AND term = 'SPR' AND {MAIN}
        GROUP BY ROLLUP (la_code, nc_year)""",
}


def main() -> None:
    """Measure and print."""
    scale = sys.argv[1] if len(sys.argv) > 1 else "2"
    with tempfile.TemporaryDirectory() as place:
        home = deployment(Path(place), scale=scale)
        session = session_of(home.root, project=WIDE, person=PERSON, at=AT)
        _checks([session_of(home.root, project=WIDE, person=PERSON, at=AT) for _ in range(CHECKS)])
        with answering(session, counts=Counts.SESSION) as desk:
            _ratios(desk)


def corpus() -> Iterator[tuple[str, str]]:
    """The ordinary research queries, by name."""
    yield from re.findall(
        r"^-- name: (.+)\n((?:(?!-- name: ).*\n?)*)", CORPUS.read_text("utf-8"), re.MULTILINE
    )


def _checks(sessions: Sequence[Session]) -> None:
    """What a check costs in processor time, over the whole corpus, and what the plans rest on. Each session meets each
    text once; and so does a second one, to which the frames of all leaves are known, as to a service after a while."""
    milliseconds: list[float] = []
    framed: list[float] = []
    again: list[float] = []
    refused: Counter[str] = Counter()
    leaves: list[LeafStep] = []
    knowing = [_with_frames_of(session) for session in sessions[1:]]
    for session in (*sessions, *knowing):
        session.plan("SELECT count(*) AS n FROM local_authority")  # the binder's tables are made once
    settle()  # as the service does when it starts
    for _, sql in corpus():
        found = _planned(sessions[0], sql)
        if isinstance(found, str):
            refused[found] += 1
            continue
        leaves += [step for step in found.plan.steps if isinstance(step, LeafStep)]
        milliseconds += [worked(partial(session.plan, sql)) for session in sessions[1:]]
        framed += [worked(partial(session.plan, sql)) for session in knowing]
        again += [worked(partial(session.plan, sql)) for session in sessions[1:]]
    answered = len(milliseconds) // (len(sessions) - 1)
    for name, times in (
        ("check", Times(tuple(milliseconds))),
        ("check, frames known", Times(tuple(framed))),
        ("asked again", Times(tuple(again))),
    ):
        p50, p95 = times.percentile(50), times.percentile(95)
        print(f"{name}: p50 {p50:.2f} ms, p95 {p95:.2f} ms over {answered} queries")
    print(f"refused in the corpus: {dict(refused.most_common())}")
    counted = Counter(leaf.counting for leaf in leaves)
    shares = [
        f"{kind} {counted[kind]} ({100 * counted[kind] / max(1, len(leaves)):.0f} %)" for kind in Counting
    ]
    print(f"{len(leaves)} leaves are counted by: {', '.join(shares)}")


def _with_frames_of(session: Session) -> Session:
    """A session that knows the frames of the other's leaves, and no text."""
    return replace(session, store=replace(session.store, shadows={}))


def _planned(session: Session, sql: str) -> Planned | str:
    try:
        return session.plan(sql)
    except Refusals as refusals:
        return refusals.problems[0].code


def _ratios(desk: Answering) -> None:
    """Five queries: protected, whole and on the engine alone, beside unprotected."""
    session = desk.session
    policy = session.policies.policy(session.project)
    assert policy is not None
    limits = Limits(max_rows=1_000_000, max_bytes=1 << 28, deadline_seconds=60)
    wholes, engines = [], []
    with desk.store.engine(policy) as engine:
        for name, sql in FIVE.items():
            answers: list[Answer] = []
            raw, whole = interleaved(
                [
                    partial(engine.run, sql, {}, limits=limits, cancel=None),
                    partial(_keep, answers, desk, sql),
                ],
                rounds=RUNS,
            )
            on_engine = Times(tuple(answer.engine_ms for answer in answers[1:]))
            wholes.append(whole.median / raw.median)
            engines.append(on_engine.median / raw.median)
            print(
                f"{name:28} unprotected {raw.median:7.1f} ms, protected {whole.median:7.1f} ms"
                f" (engine {on_engine.median:7.1f} ms): {wholes[-1]:.2f}, engine {engines[-1]:.2f}"
            )
    print(f"geometric mean of the ratios: {geometric_mean(wholes):.2f}, engine {geometric_mean(engines):.2f}")


def _keep(answers: list[Answer], desk: Answering, sql: str) -> None:
    answers.append(_ask(desk, sql))


def _ask(desk: Answering, sql: str) -> Answer:
    session = desk.session
    return run_query(
        session.question(sql),
        Desk(session.policies, desk.store, desk.scratch, MemoryLedger(), session.clock.now(), desk.books),
    )


if __name__ == "__main__":
    main()
