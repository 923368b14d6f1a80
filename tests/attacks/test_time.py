"""How long a run took depends on the data, so two runs within one step are alike in all that anybody sees of them.

Source: Kocher, Timing attacks on implementations (1996); measured on DuckDB: one matching person in a million rows is
271 against 26 milliseconds by an edit distance, 324 against 33 by a sleep, 25 against 1.2 by a join under a condition.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from enclave.actions.ask_release import ask_release
from enclave.actions.comment_output import list_comments
from enclave.actions.kept_answers import NOT_WHOLE, read_report
from enclave.actions.read_outputs import list_outputs, output_table, read_output, read_query
from enclave.actions.run_query import Limits
from enclave.actions.service_desk import Running
from enclave.disclosure.raw import Raw
from enclave.outputs.records import QueryId, ResultRecord
from enclave.outputs.steps import STEPS_SECONDS
from enclave.problems import OutOfMemory, Problem, Refusals, TimedOut
from enclave.problems.service import Conflict, NotReleased
from enclave.query.parse import parse
from enclave.store.reading import StoreReading
from tests.support.service import ASKS, AUTOMATIC, CHECKED, CHECKERS, Service

COMPUTED = "SELECT sex, n * 2 AS twice FROM (SELECT sex, count(*) AS n FROM patient WHERE weight > 63.7 GROUP BY 1) s"
PROBES = (
    "SELECT count(*) FILTER (WHERE levenshtein(a, b) > 1) AS n FROM t",
    "SELECT count(*) FILTER (WHERE damerau_levenshtein(repeat(a, 1000), b) > 1) AS n FROM t",
    "SELECT count(*) FILTER (WHERE CASE WHEN a = 'x' THEN sleep_ms(300) END IS NULL) AS n FROM t",
    "SELECT count(*) FROM t WHERE a = 'x' AND pg_sleep(1) IS NULL",
    "SELECT sum(CASE WHEN a = 'x' THEN len(list_sort(range(1000000))) ELSE 0 END) AS n FROM t",
)


def told(folder: Path, sql: str, seconds: float, end: Problem | None, patched: pytest.MonkeyPatch) -> Any:
    """All that is seen of a run that took so long: its view, and the entries of the log."""
    with closing(Service(folder)) as service:
        took = [seconds]
        really: Callable[..., Raw] = service.engine.run

        def run(
            sql: str, inputs: Mapping[str, pa.Table], *, limits: Limits, cancel: threading.Event | None
        ) -> Raw:
            service.clock.move(seconds=took.pop() if took else 0.0)  # the first statement takes all of it
            if end is not None:
                raise end
            return really(sql, inputs, limits=limits, cancel=cancel)

        patched.setattr(service.engine, "run", run)
        id = service.ran(sql)
        view = read_query(service.asker(ASKS), QueryId(id), service.desk)
        with service.records.read() as reading:
            entries = [(entry.kind, entry.at, _unsealed(entry.body)) for entry in reversed(reading.entries())]
    return view, entries


def _unsealed(body: Mapping[str, object] | None) -> dict[str, object]:
    """Without the hashes of sealed numbers, which are others each time whatever they are."""
    return {name: value for name, value in (body or {}).items() if not name.startswith("numbers_")}


@pytest.mark.parametrize(
    ("sql", "end", "place"),
    [
        (AUTOMATIC, None, 1),
        (AUTOMATIC, None, 2),
        (CHECKED, None, 3),
        (AUTOMATIC, TimedOut(detail="Too long."), 4),
    ],
)
def test_a_short_run_and_a_long_one_within_a_step_are_alike_in_every_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sql: str, end: Problem | None, place: int
) -> None:
    before, step = STEPS_SECONDS[place - 1 : place + 1]
    apart = (before + (step - before) * share for share in (0.1, 0.9))
    short, long = (
        told(tmp_path / str(which), sql, seconds, end, monkeypatch) for which, seconds in enumerate(apart)
    )
    assert short == long


def test_runs_of_different_steps_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So the test above can fail; and that much is told."""
    assert told(tmp_path / "0", AUTOMATIC, 0.05, None, monkeypatch) != told(
        tmp_path / "1", AUTOMATIC, 1.0, None, monkeypatch
    )


@pytest.mark.parametrize("text", PROBES)
def test_what_takes_long_for_one_person_alone_is_refused(text: str) -> None:
    with pytest.raises(Refusals):
        parse(text)


def test_whoever_asked_looks_at_an_output_and_its_answer_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hidden row beside a million made-up ones is 464 bytes, a shown one 24 MB: 4 and 95 ms for where it is."""
    with closing(Service(tmp_path)) as service:
        id, asker, desk = service.with_checkers(), service.asker(ASKS), service.desk
        answers: list[object] = []
        really = StoreReading.result

        def result(self: StoreReading, query: QueryId) -> ResultRecord | None:
            answers.append(query)
            return really(self, query)

        monkeypatch.setattr(StoreReading, "result", result)
        assert read_output(asker, id, desk).status == "with checkers"
        assert [one.id for one in list_outputs(asker, desk, limit=9).items] == [id]
        assert list_comments(asker, id, desk) == []
        with pytest.raises(NotReleased):
            output_table(asker, id, desk)
        assert answers == []
        service.vote(id, CHECKERS[0])
        assert answers != [], "whoever decides reads it"


@pytest.mark.parametrize(
    ("seconds", "end"),
    [
        (2.9, None),
        (0.1, OutOfMemory(detail="Too much.")),
        (1.6, TimedOut(detail="Too long.")),
        (0.3, ArithmeticError("of a number")),
    ],
)
def test_what_is_computed_for_checkers_ends_alike_whatever_the_numbers_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, end: Exception | None
) -> None:
    """A million rows were made up where a flagged count was 517: the query failed there, and else was done."""
    monkeypatch.setattr("enclave.actions.run_query.time", SimpleNamespace(monotonic=lambda: 0.0))
    seen = [
        seen_of_remainder(tmp_path / str(which), *how, monkeypatch)
        for which, how in enumerate([(0.0, None), (seconds, end)])
    ]
    assert seen[0] == seen[1]


def seen_of_remainder(
    folder: Path, seconds: float, end: Exception | None, patched: pytest.MonkeyPatch
) -> tuple[object, ...]:
    """What whoever asked sees of a query, from its start until it is asked for; a checker approves it if that goes."""
    with closing(Service(folder)) as service:
        really = service.scratch.run

        def run(sql: str, inputs: Mapping[str, pa.Table], **given: Any) -> pa.Table:
            if any(table.num_rows for table in inputs.values()):
                service.clock.move(seconds=seconds)
                if end is not None:
                    raise end
            return really(sql, inputs, **given)

        shares: list[object] = []
        patched.setattr(Running, "came_to", lambda _self, *at, **seen: shares.append((at, seen)))
        patched.setattr(service.scratch, "run", run)
        id = service.ran(COMPUTED)
        view = read_query(service.asker(ASKS), id, service.desk)
        with service.records.read() as reading:
            entries = [(entry.kind, entry.at) for entry in reading.entries()]
            result = reading.result(id)
        assert result is not None
        output = ask_release(service.asker(ASKS), id, "For the paper", service.desk)
        if end is not None:
            assert service.faults == []
            with pytest.raises(Conflict, match="blocked"):
                service.vote(output.id, CHECKERS[0])
        return view, entries, output, len(result.table), shares


def test_rows_made_up_beside_a_number_do_not_tell_it(tmp_path: Path) -> None:
    """Where they are, and where they are not, a query is done at the same time and its answer as large."""
    digits = ", ".join(f"({digit})" for digit in range(10))
    made_up = f"""
        WITH d (i) AS (VALUES {digits})
        SELECT s.sex, a.i AS i1, b.i AS i2, c.i AS i3, '{"y" * 300}' AS y
        FROM (SELECT sex, count(*) AS n FROM patient WHERE weight > 63.7 GROUP BY 1) s, d a, d b, d c
        WHERE s.n >= {{least}}
    """
    seen = []
    with closing(Service(tmp_path)) as service:
        for least in (10, 100_000):
            id = service.ran(made_up.format(least=least))
            with service.records.read() as reading:
                query, result = reading.query(id), reading.result(id)
            assert query is not None
            assert result is not None
            seen.append((query.status, query.problem, len(result.table)))
            assert read_report(result).get(NOT_WHOLE, False) is (least == 10)
    assert seen[0] == seen[1]
