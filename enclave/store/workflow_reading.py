"""Reading what the release workflow keeps beside outputs and votes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, bindparam, exists, select

from enclave.outputs.keeping_workflow import MOST_ROWS
from enclave.outputs.records import (
    CommentRecord,
    LookRecord,
    MoveRecord,
    OutputId,
    OutputRecord,
    RequestId,
    RequestRecord,
    ResultRecord,
    ReviewRecord,
)
from enclave.outputs.states import EVER_RELEASED
from enclave.store.columns import NO_NUMBER
from enclave.store.made import Made
from enclave.store.tables import OUTPUTS, REVIEWS
from enclave.store.workflow_tables import COMMENTS, DRAWN, LOOKS, MOVES, REQUESTS, SEEDED
from enclave.terms import PersonId, ProjectId

ID: BindParameter[Any] = bindparam("id")
MOVES_OF = Made(select(MOVES).where(MOVES.c.output_id == ID).order_by(MOVES.c.version))
COMMENTS_OF = Made(select(COMMENTS).where(COMMENTS.c.output_id == ID).order_by(COMMENTS.c.id))
LOOKS_OF = Made(select(LOOKS).where(LOOKS.c.output_id == ID).order_by(LOOKS.c.at, LOOKS.c.person))
DRAWN_AT = Made(select(DRAWN.c.at).where(DRAWN.c.output_id == ID))
SEEDED_OF = Made(
    select(*(column for column in SEEDED.c if column.name != "output_id"), OUTPUTS.c.query_id)
    .join(OUTPUTS, OUTPUTS.c.id == SEEDED.c.output_id)
    .where(SEEDED.c.output_id == ID)
)


class WorkflowRows:
    """The part of a reading that is about the workflow."""

    _connection: Connection

    def request(self, id: RequestId) -> RequestRecord | None:
        found = self._rows(select(REQUESTS).where(REQUESTS.c.id == id))
        return RequestRecord(**found[0]) if found else None

    def requests(
        self, *, projects: Iterable[ProjectId], before: int | None = None, limit: int
    ) -> tuple[RequestRecord, ...]:
        wanted = select(REQUESTS).where(REQUESTS.c.project.in_(list(projects)))
        if before is not None:
            wanted = wanted.where(REQUESTS.c.id < (f"R-{before}" if before > 0 else str(NO_NUMBER)))
        rows = self._rows(wanted.order_by(REQUESTS.c.id.desc()).limit(max(0, limit)))
        return tuple(RequestRecord(**row) for row in rows)

    def outputs_in(self, request: RequestId) -> tuple[OutputRecord, ...]:
        wanted = select(OUTPUTS).where(OUTPUTS.c.request_id == request).order_by(OUTPUTS.c.id)
        return tuple(OutputRecord(**row) for row in self._rows(wanted))

    def moves(self, output_id: OutputId) -> tuple[MoveRecord, ...]:
        return MOVES_OF.records(MoveRecord, self._connection, id=output_id)

    def moves_since(self, since: datetime) -> Mapping[OutputId, Sequence[MoveRecord]]:
        moved = select(MOVES.c.output_id).where(MOVES.c.at >= since)
        wanted = select(MOVES).where(MOVES.c.output_id.in_(moved))
        rows = self._rows(wanted.order_by(MOVES.c.output_id.desc(), MOVES.c.version.desc()).limit(MOST_ROWS))
        found: defaultdict[OutputId, list[MoveRecord]] = defaultdict(list)
        for row in reversed(rows):
            found[row["output_id"]].append(MoveRecord(**row))
        return found

    def comments(self, output_id: OutputId) -> tuple[CommentRecord, ...]:
        return COMMENTS_OF.records(CommentRecord, self._connection, id=output_id)

    def comment(self, id: int) -> CommentRecord | None:
        found = self._rows(select(COMMENTS).where(COMMENTS.c.id == id))
        return CommentRecord(**found[0]) if found else None

    def drawn(self, *, looked_at: bool, limit: int) -> tuple[OutputId, ...]:
        looked = exists().where(LOOKS.c.output_id == DRAWN.c.output_id)
        wanted = select(DRAWN.c.output_id).where(looked if looked_at else ~looked)
        ids = self._connection.scalars(wanted.order_by(DRAWN.c.output_id.desc()).limit(max(0, limit)))
        return tuple(OutputId(id) for id in ids)

    def is_drawn(self, output_id: OutputId) -> bool:
        return self.drawn_at(output_id) is not None

    def drawn_at(self, output_id: OutputId) -> datetime | None:
        found: datetime | None = DRAWN_AT.scalar(self._connection, id=output_id)
        return found

    def looks(self, output_id: OutputId) -> tuple[LookRecord, ...]:
        return LOOKS_OF.records(LookRecord, self._connection, id=output_id)

    def seeded_result(self, output_id: OutputId) -> ResultRecord | None:
        return SEEDED_OF.record(ResultRecord, self._connection, id=output_id)

    def seeded_votes(self) -> tuple[ReviewRecord, ...]:
        columns = [column for column in REVIEWS.c if column.name != "id"]
        wanted = select(*columns).join(OUTPUTS, OUTPUTS.c.id == REVIEWS.c.output_id).where(OUTPUTS.c.seeded)
        rows = self._rows(wanted.order_by(REVIEWS.c.id.desc()).limit(MOST_ROWS))
        return tuple(ReviewRecord(**row) for row in rows)

    def handlers(self, project: ProjectId) -> Mapping[OutputId, frozenset[PersonId]]:
        wanted = (
            select(REVIEWS.c.output_id, REVIEWS.c.reviewer)
            .join(OUTPUTS, (OUTPUTS.c.id == REVIEWS.c.output_id) & (OUTPUTS.c.round == REVIEWS.c.round))
            .where((OUTPUTS.c.project == project) & OUTPUTS.c.state.in_(EVER_RELEASED))
            .order_by(REVIEWS.c.id.desc())
            .limit(MOST_ROWS)
        )
        found: defaultdict[OutputId, set[PersonId]] = defaultdict(set)
        for output_id, reviewer in self._connection.execute(wanted):
            found[output_id].add(PersonId(reviewer))
        return {id: frozenset(people) for id, people in found.items()}

    def _rows(self, wanted: Select[Any]) -> list[Any]:
        return list(self._connection.execute(wanted).mappings())
