"""What the release workflow reads beside outputs and votes. A part of `keeping.Reading`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

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
from enclave.terms import PersonId, ProjectId

MOST_ROWS = 5_000


class WorkflowReading(Protocol):
    """Lists are oldest first unless they say otherwise."""

    def request(self, id: RequestId) -> RequestRecord | None: ...

    def requests(
        self, *, projects: Iterable[ProjectId], before: int | None = None, limit: int
    ) -> tuple[RequestRecord, ...]:
        """Newest first."""
        ...

    def outputs_in(self, request: RequestId) -> tuple[OutputRecord, ...]: ...

    def moves(self, output_id: OutputId) -> tuple[MoveRecord, ...]: ...

    def moves_since(self, since: datetime) -> Mapping[OutputId, Sequence[MoveRecord]]:
        """All moves of outputs that moved since then, the latest `MOST_ROWS` of them."""
        ...

    def comments(self, output_id: OutputId) -> tuple[CommentRecord, ...]: ...

    def comment(self, id: int) -> CommentRecord | None: ...

    def drawn(self, *, looked_at: bool, limit: int) -> tuple[OutputId, ...]:
        """Automatic releases drawn to be looked at, newest first."""
        ...

    def is_drawn(self, output_id: OutputId) -> bool: ...

    def looks(self, output_id: OutputId) -> tuple[LookRecord, ...]: ...

    def seeded_result(self, output_id: OutputId) -> ResultRecord | None:
        """The table of a known-bad item; its query is that of the release which it was made from."""
        ...

    def seeded_votes(self) -> tuple[ReviewRecord, ...]:
        """Every vote on a known-bad item, newest first, the latest `MOST_ROWS`."""
        ...

    def handlers(self, project: ProjectId) -> Mapping[OutputId, frozenset[PersonId]]:
        """Who voted for each release of the project that went by checkers, in the round that decided it."""
        ...


class WorkflowChange(Protocol):
    """What the release workflow adds. A part of `keeping.Change`."""

    def new_request_id(self) -> RequestId: ...

    def add_request(self, request: RequestRecord) -> RequestRecord: ...

    def add_comment(self, comment: CommentRecord) -> int:
        """The comment under a number of its own (that of `comment` is not looked at), which is returned."""
        ...

    def add_seeded_result(self, output_id: OutputId, result: ResultRecord) -> None:
        """The table of a known-bad item."""
        ...

    def draw(self, output_id: OutputId) -> None:
        """Have an automatic release looked at afterwards."""
        ...

    def add_look(self, look: LookRecord) -> None:
        """Raises: AlreadyThere (one of a person), NotIndependent."""
        ...
