"""Queries that were asked before, under two versions of the policies: which would be let through now, and which not.

Nothing is run and no data is read. A query counts once however often it was asked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from enclave.actions.check_policy import Policies
from enclave.actions.plan_query import Question, View, plan_query
from enclave.outputs.records import QueryRecord
from enclave.problems import Refusals

MOST_REPLAYED: Final = 1000
ALLOWED: Final = "allowed"


@dataclass(frozen=True, slots=True)
class Replayed:
    """One query. `before` and `after`: the route, or the codes of why not."""

    query: QueryRecord
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Under:
    """A version of the policies, and what its questions are planned with."""

    policies: Policies
    view: View


def replay(
    queries: Iterable[QueryRecord], before: Under, after: Under, *, now: datetime
) -> tuple[Replayed, ...]:
    """Each query once, planned under both versions as of now."""
    return tuple(
        Replayed(query, _outcome(query, before, now), _outcome(query, after, now)) for query in _once(queries)
    )


def _once(queries: Iterable[QueryRecord]) -> Iterator[QueryRecord]:
    seen: set[tuple[str, str, str]] = set()
    for query in queries:
        same = (query.project, query.person, query.sql)
        if same not in seen and len(seen) < MOST_REPLAYED:
            seen.add(same)
            yield query


def _outcome(query: QueryRecord, under: Under, now: datetime) -> str:
    question = Question(query.project, query.person, query.sql, wanted=query.wanted)
    try:
        planned = plan_query(question, under.policies, under.view, now=now)
    except Refusals as refusals:
        return ", ".join(sorted({problem.code for problem in refusals.problems}))
    return f"{ALLOWED}, {planned.routing.route}"
