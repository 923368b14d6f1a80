"""What each method does to ordinary answers: how much is given, how far off it is, and whether an order stays.

Run as `python -m benchmarks.utility [HOME [EVERY]]`; without one a home at scale 0.3 (20,000 pupils a term) is made.
Every query of `tests/corpus/research.sql` that the wide project may ask is asked by itself, before a ledger that knows
what everybody knows, under each method. What comes out is compared with the exact numbers of `suppress`. Prints
figures and writes them to `benchmarks/results`; judges nothing. EVERY: one query in so many, for a quick look.
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from statistics import mean, median

from benchmarks.deployment import AT, PERSON, WIDE, deployment
from enclave.actions.check_policy import Policies
from enclave.actions.ledger_books import Books
from enclave.actions.ledger_memory import MemoryLedger
from enclave.actions.run_query import Answer, Desk, run_query
from enclave.engines.duckdb.spec import EngineFailed
from enclave.problems import Problem, Refusals
from enclave.projects import Method
from enclave.terms import ProjectId
from enclave.wiring.ledger import Counts
from enclave.wiring.session import Answering, answering, session_of
from tests.support.corpus import research_queries

SCALE = "0.3"
METHODS: Mapping[str, tuple[Method, int]] = {
    "suppress": (Method.SUPPRESS, 5),
    "round 5": (Method.ROUND, 5),
    "round 10": (Method.ROUND, 10),
    "cell_key": (Method.CELL_KEY, 5),
}
RESULTS = Path(__file__).with_name("results")
WHOLE = ("BIGINT", "INTEGER", "UINTEGER")
Key = tuple[object, ...]
Cells = Mapping[tuple[Key, int], tuple[str, float | None]]
"""By row and column, its type and what is shown."""


@dataclass(slots=True)
class Figures:
    """Of one method. Deviations are of cells that both it and `suppress` show."""

    answered: int = 0
    refused: int = 0
    cells: int = 0
    shown: int = 0
    counts: list[float] = field(default_factory=list)  # absolute deviations
    small: list[float] = field(default_factory=list)  # the same, of counts below 100
    others: list[float] = field(default_factory=list)  # relative deviations of sums, means and ratios
    kept: list[float] = field(
        default_factory=list
    )  # of each answer, the share of pairs of rows in the same order

    def told(self) -> dict[str, float | int]:
        return {
            "answered": self.answered,
            "refused": self.refused,
            "share_shown_of_what_is_answered": round(self.shown / max(1, self.cells), 4),
            "counts_mean_absolute_deviation": round(mean(self.counts or [0]), 3),
            "counts_below_100_relative_deviation": round(mean(self.small or [0]), 4),
            "others_median_relative_deviation": round(median(self.others or [0]), 5),
            "others_95th_percentile": round(
                sorted(self.others or [0])[int(0.95 * (len(self.others) or 1)) - 1], 4
            ),
            "pairs_in_order": round(mean(self.kept or [1]), 4),
        }


def main() -> None:
    """Measure, print and write down."""
    with _home() as home, _answering(home) as desk:
        every = int(sys.argv[2]) if len(sys.argv) > 2 else 1
        found = measured(desk, dict(list(research_queries().items())[::every]))
    print(_write(found))


def _write(found: Mapping[str, Figures]) -> str:
    """Written after each query, so that what is there is not lost."""
    text = json.dumps(
        {"scale": SCALE, "methods": {name: one.told() for name, one in found.items()}}, indent=1
    )
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "utility.json").write_text(text + "\n", encoding="utf-8")
    return text


@contextmanager
def _home() -> Iterator[Path]:
    if len(sys.argv) > 1:
        yield Path(sys.argv[1])
        return
    with tempfile.TemporaryDirectory() as place:
        yield deployment(Path(place), scale=SCALE).root


@contextmanager
def _answering(home: Path) -> Iterator[Answering]:
    session = session_of(home, project=WIDE, person=PERSON, at=AT)
    with answering(session, counts=Counts.SESSION) as desk:
        yield desk


def measured(desk: Answering, queries: Mapping[str, str]) -> dict[str, Figures]:
    """The figures of each method, over the queries that `suppress` answers."""
    found = {name: Figures() for name in METHODS}
    books = {
        name: Books() for name in METHODS
    }  # who stands where is read once; each query has a ledger of its own
    for number, sql in enumerate(queries.values()):
        exact = _asked(desk, sql, "suppress", books)
        if exact is None:
            continue
        for name in METHODS:
            answer = exact if name == "suppress" else _asked(desk, sql, name, books)
            _compare(found[name], exact, answer)
        print(f"{number + 1} of {len(queries)}", file=sys.stderr, flush=True)
        _write(found)
    return found


def _asked(desk: Answering, sql: str, name: str, books: Mapping[str, Books]) -> Cells | None:
    session = desk.session
    policies = _by(session.policies, *METHODS[name])
    at_desk = Desk(policies, desk.store, desk.scratch, MemoryLedger(), session.clock.now(), books[name])
    try:
        return _cells(run_query(session.question(sql), at_desk))
    except (Refusals, Problem, EngineFailed):
        return None


def _by(policies: Policies, method: Method, base: int) -> Policies:
    """The same policies under another method."""
    found = policies.in_force[ProjectId(WIDE)]
    rules = replace(found.rules, method=method, rounding_base=base)
    return replace(policies, in_force={**policies.in_force, found.project.id: replace(found, rules=rules)})


def _cells(answer: Answer) -> Cells:
    """Protected numbers by the row's labels; a row whose labels are not its own is known by how often they came."""
    columns = [answer.table.column(one.id).to_pylist() for one in answer.columns]
    found: dict[tuple[Key, int], tuple[str, float | None]] = {}
    for row in zip(*columns, strict=True):
        key: Key = tuple(
            value
            for value, one in zip(row, answer.columns, strict=True)
            if not one.safe and not _is_number(value)
        )
        for place, (value, one) in enumerate(zip(row, answer.columns, strict=True)):
            if one.safe and (value is None or _is_number(value)):
                found.setdefault((key, place), (one.type.upper(), None if value is None else float(value)))
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _compare(figures: Figures, exact: Cells, found: Cells | None) -> None:
    if found is None:
        figures.refused += 1
        return
    figures.answered += 1
    both: dict[int, list[tuple[float, float]]] = {}
    for cell, (kind, true) in exact.items():
        figures.cells += 1
        value = found.get(cell, (kind, None))[1]
        figures.shown += value is not None
        if value is None or true is None:
            continue
        both.setdefault(cell[1], []).append((true, value))
        if kind in WHOLE:
            figures.counts.append(abs(value - true))
            figures.small += [abs(value - true) / true] if 0 < true < 100 else []
        elif true:
            figures.others.append(abs(value - true) / abs(true))
    figures.kept += [kept for pairs in both.values() if (kept := _in_order(pairs)) is not None]


def _in_order(pairs: Sequence[tuple[float, float]]) -> float | None:
    """The share of pairs of rows, different in truth, that are in the true order or level."""
    apart = [
        (one, other)
        for at, one in enumerate(pairs[:200])
        for other in pairs[at + 1 : 200]
        if one[0] != other[0]
    ]
    if not apart:
        return None
    return mean((one[0] > other[0]) == (one[1] > other[1]) or one[1] == other[1] for one, other in apart)


if __name__ == "__main__":
    main()
