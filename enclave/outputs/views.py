"""What people see of queries and outputs, as values and as JSON. Nothing here holds a table, a count or a duration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from enclave.outputs.records import (
    OutputId,
    OutputRecord,
    QueryId,
    QueryRecord,
    QueryStatus,
    RequestId,
    ReviewRecord,
)
from enclave.outputs.states import GIVEN_OUT, TAKEN_BACK, State, Verdict
from enclave.outputs.words import output_word, query_word, route_words
from enclave.terms import PersonId, ProjectId

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class QueryView:
    """A query for the people of its project. `status` is a word of `words`, `problem` why there is no answer."""

    id: QueryId
    project: ProjectId
    person: PersonId
    name: str
    sql: str
    status: str
    progress: int
    route: str
    reasons: tuple[str, ...]
    cells: int | None
    asked_at: datetime
    output: OutputId | None
    problem: Mapping[str, Any] | None

    @property
    def over(self) -> bool:
        """Whether waiting for the run itself is of no use any more."""
        return self.status not in (QueryStatus.QUEUED, QueryStatus.RUNNING)

    def as_json(self) -> Json:
        return {
            "id": self.id,
            "project": self.project,
            "person": self.person,
            "name": self.name,
            "sql": self.sql,
            "status": self.status,
            "progress": self.progress,
            "route": self.route,
            "reasons": list(self.reasons),
            "cells": self.cells,
            "asked_at": self.asked_at.isoformat(),
            "output": self.output,
            "problem": self.problem,
        }


@dataclass(frozen=True, slots=True)
class OutputView:
    """An output for whoever may know of it. `notes` are what checkers wrote to whoever asked, without their names."""

    id: OutputId
    query: QueryId
    project: ProjectId
    name: str
    status: str
    route: str
    why: str
    asked_by: PersonId
    asked_at: datetime
    released_at: datetime | None
    formats: tuple[str, ...]
    notes: tuple[str, ...]
    manifest: Mapping[str, Any] | None
    tombstone: Mapping[str, Any] | None
    etag: str
    request: RequestId | None = None
    supersedes: OutputId | None = None
    superseded_by: OutputId | None = None

    def as_json(self) -> Json:
        return {
            "id": self.id,
            "query": self.query,
            "project": self.project,
            "name": self.name,
            "status": self.status,
            "request": self.request,
            "supersedes": self.supersedes,
            "superseded_by": self.superseded_by,
            "route": self.route,
            "why": self.why,
            "asked_by": self.asked_by,
            "asked_at": self.asked_at.isoformat(),
            "released_at": self.released_at and self.released_at.isoformat(),
            "formats": list(self.formats),
            "reasons": list(self.notes),
            "manifest": self.manifest,
            "tombstone": self.tombstone,
        }


def query_view(query: QueryRecord, output: OutputRecord | None) -> QueryView:
    return QueryView(
        id=query.id,
        project=query.project,
        person=query.person,
        name=query.name,
        sql=query.sql,
        status=query_word(query, output),
        progress=100 if query.status is QueryStatus.FINISHED else query.progress,
        route=route_words(query.route_checkers),
        reasons=query.route_reasons,
        cells=query.cells,
        asked_at=query.created_at,
        output=None if output is None else output.id,
        problem=query.problem,
    )


def output_view(
    output: OutputRecord, reviews: Sequence[ReviewRecord], *, formats: tuple[str, ...]
) -> OutputView:
    """`reviews` are all there are of it; only what was written to whoever asked is taken from them."""
    return OutputView(
        id=output.id,
        query=output.query_id,
        project=output.project,
        name=output.name,
        status=output_word(output.state),
        route=route_words(output.k),
        why=output.why,
        asked_by=output.asked_by,
        asked_at=output.asked_at,
        released_at=output.released_at,
        formats=formats if output.state in GIVEN_OUT else (),
        notes=_notes(output, reviews),
        manifest=output.manifest,
        tombstone=output.tombstone if output.state in TAKEN_BACK else None,
        etag=etag_of(output),
        request=output.request_id,
        supersedes=output.supersedes,
        superseded_by=output.superseded_by,
    )


def etag_of(output: OutputRecord) -> str:
    """Names what may be decided about an output: another round or another word is another. A vote changes neither."""
    return f"{output.id}.{output.round}.{output_word(output.state).replace(' ', '-')}"


def _notes(output: OutputRecord, reviews: Sequence[ReviewRecord]) -> tuple[str, ...]:
    """Why it came back. Once it is decided, and of the votes that decided it."""
    if output.state not in (State.RETURNED, State.REJECTED):
        return ()
    present = [review for review in reviews if review.round == output.round]
    deciding = [review for review in present if review.adjudicates] or present
    return tuple(
        review.comment for review in deciding if review.verdict != Verdict.APPROVE and review.comment
    )
