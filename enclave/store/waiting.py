"""Many outputs in a few statements: those that wait for checkers, with what belongs to each, and how many there are."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Table, case, func, select

from enclave.outputs.records import (
    ClaimRecord,
    OutputId,
    OutputRecord,
    OutputTotals,
    Party,
    QueryId,
    QueryRecord,
    ReviewRecord,
    WaitingRecord,
)
from enclave.store.tables import CLAIMS, OUTPUTS, PARTIES, QUERIES, RESULTS, REVIEWS
from enclave.terms import ProjectId

R = TypeVar("R")
MOST_AT_ONCE: Final = 500
"""Ids in one statement: SQLite takes no more than some thousands."""


def waiting(connection: Connection, *, states: Iterable[str], limit: int) -> tuple[WaitingRecord, ...]:
    wanted = select(OUTPUTS).where(OUTPUTS.c.state.in_([str(state) for state in states]))
    found = connection.execute(wanted.order_by(OUTPUTS.c.id).limit(limit)).mappings()
    outputs = [OutputRecord(**row) for row in found]
    ids = [output.id for output in outputs]
    queries = queries_of(connection, {output.query_id for output in outputs})
    parties = _by_output(connection, PARTIES, ids, _party)
    reviews = _by_output(connection, REVIEWS, ids, _review)
    claims = _by_output(connection, CLAIMS, ids, _claim)
    return tuple(
        WaitingRecord(
            output,
            queries[output.query_id],
            frozenset(parties[output.id]),
            tuple(reviews[output.id]),
            tuple(claims[output.id]),
        )
        for output in outputs
    )


def totals(connection: Connection, project: ProjectId) -> OutputTotals:
    wanted = select(
        OUTPUTS.c.state,
        func.count(),
        func.count(OUTPUTS.c.released_at),
        func.count(case((OUTPUTS.c.k > 0, 1))),
    )
    rows = list(
        connection.execute(
            wanted.where((OUTPUTS.c.project == project) & ~OUTPUTS.c.seeded).group_by(OUTPUTS.c.state)
        )
    )
    return OutputTotals(
        by_state={row[0]: row[1] for row in rows},
        released=sum(row[2] for row in rows),
        with_checkers=sum(row[3] for row in rows),
    )


def reports(connection: Connection, query_ids: Iterable[QueryId]) -> Mapping[QueryId, bytes]:
    found: dict[QueryId, bytes] = {}
    for ids in _batches(sorted(set(query_ids))):
        wanted = select(RESULTS.c.query_id, RESULTS.c.report).where(RESULTS.c.query_id.in_(ids))
        found |= {row[0]: row[1] for row in connection.execute(wanted)}
    return found


def queries_of(connection: Connection, wanted: Iterable[QueryId]) -> Mapping[QueryId, QueryRecord]:
    found: dict[QueryId, QueryRecord] = {}
    for ids in _batches(sorted(set(wanted))):
        rows = connection.execute(select(QUERIES).where(QUERIES.c.id.in_(ids))).mappings()
        found |= {row["id"]: QueryRecord(**row) for row in rows}
    return found


def _by_output(
    connection: Connection,
    table: Table,
    wanted: Sequence[OutputId],
    record: Callable[[Mapping[Any, Any]], R],
) -> Mapping[OutputId, list[R]]:
    found: dict[OutputId, list[R]] = defaultdict(list)
    order = table.c.id if "id" in table.c else table.c.output_id
    for ids in _batches(wanted):
        rows = connection.execute(select(table).where(table.c.output_id.in_(ids)).order_by(order)).mappings()
        for row in rows:
            found[row["output_id"]].append(record(row))
    return found


def _party(row: Mapping[Any, Any]) -> Party:
    return Party(row["person"], row["organisation"])


def _review(row: Mapping[Any, Any]) -> ReviewRecord:
    return ReviewRecord(**{name: value for name, value in row.items() if name != "id"})


def _claim(row: Mapping[Any, Any]) -> ClaimRecord:
    return ClaimRecord(**row)


B = TypeVar("B")


def _batches(ids: Iterable[B]) -> Iterator[list[B]]:
    left = iter(ids)
    while batch := list(islice(left, MOST_AT_ONCE)):
        yield batch
