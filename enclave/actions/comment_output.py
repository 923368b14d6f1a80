"""Threads on an output, or on a cell of it: checkers ask, whoever asked for the release answers.

The one thing to know before changing this: before its release nobody on the project may learn what the table holds,
also not which rows it has. So they are told the column that a question is about, never the row; and no checker reads
what another wrote in a round whose votes are not all in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from enclave.actions.asker import Asker, Key
from enclave.actions.kept_answers import read_table
from enclave.actions.outputs_seen import Seen, output_for
from enclave.actions.repeats import made_before, remember
from enclave.actions.service_desk import ServiceDesk
from enclave.actions.texts import MOST_COMMENT, short
from enclave.audit import Entry, Kind
from enclave.outputs.keeping import Change
from enclave.outputs.notices import Notice
from enclave.outputs.permissions import Act
from enclave.outputs.records import CommentRecord, OutputId
from enclave.outputs.review import VOTING
from enclave.outputs.states import GIVEN_OUT, UNDECIDED, State
from enclave.problems.service import Conflict

TALKS_IN: Final = UNDECIDED | {State.RETURNED}
"""Where a word on an output can still change something."""
MOST_COMMENTS: Final = 200
CHECKER: Final = "checker"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the table as checkers see it; rows count from 0."""

    row: int
    column: str


@dataclass(frozen=True, slots=True)
class CommentView:
    """A line of a thread. `by` is a person, or only `checker` for those who may not know which; `row` likewise."""

    id: int
    round: int
    by: str
    by_checker: bool
    text: str
    at: datetime
    reply_to: int | None
    column: str | None
    row: int | None

    def as_json(self) -> dict[str, Any]:
        cell = None if self.column is None else {"row": self.row, "column": self.column}
        return {
            "id": self.id,
            "round": self.round,
            "by": self.by,
            "by_checker": self.by_checker,
            "text": self.text,
            "at": self.at.isoformat(),
            "reply_to": self.reply_to,
            "cell": cell,
        }


def add_comment(
    asker: Asker,
    id: OutputId,
    text: str,
    desk: ServiceDesk,
    *,
    cell: Cell | None = None,
    reply_to: int | None = None,
    key: Key | None = None,
) -> CommentView:
    """Say something on an output: a checker on any cell, the people of the project in reply.

    Raises:
        NotFound, Forbidden, OwnOutput.
        Conflict: nothing can be said now, or there is no such cell or comment.
    """
    before = made_before(asker, key, desk)
    if before is not None:
        return next(one for one in list_comments(asker, id, desk) if str(one.id) == before)
    seen = output_for(asker, id, Act.COMMENT, desk)
    by_checker = asker.person not in seen.thing.members
    _may_say(seen, cell, desk, by_checker=by_checker)

    def change(opened: Change) -> CommentRecord:
        now = opened.output(id)
        assert now is not None, "outputs stay"
        comments = opened.comments(id)
        visible = {one.id for one in _visible(seen, comments)}
        if now.state not in TALKS_IN or len(comments) >= MOST_COMMENTS:
            raise Conflict(detail=f"Nothing can be said on {id} now.")
        if reply_to is not None and reply_to not in visible:
            raise Conflict(detail=f"There is no comment {reply_to} on {id}.")
        made = CommentRecord(
            id=0,
            output_id=id,
            round=now.round,
            person=asker.person,
            by_checker=by_checker,
            text=short(text, most=MOST_COMMENT),
            at=opened.at,
            reply_to=reply_to,
            cell_row=None if cell is None else cell.row,
            cell_column=None if cell is None else cell.column,
        )
        number = opened.add_comment(made)
        _tell(seen, comments, opened, by_checker=by_checker)
        remember(opened, asker, key, str(number))
        kept = opened.comment(number)
        assert kept is not None, "it was just added"
        return kept

    entry = Entry(Kind.OUTPUT_COMMENTED, asker.person, seen.item.output.project)
    return _view(desk.write(entry, change), seen)


def list_comments(asker: Asker, id: OutputId, desk: ServiceDesk) -> list[CommentView]:
    """What may be read of the threads, oldest first.

    Raises:
        NotFound, Forbidden, OwnOutput.
    """
    seen = output_for(asker, id, Act.COMMENT, desk)
    with desk.records.read() as reading:
        comments = reading.comments(id)
    return [_view(one, seen) for one in _visible(seen, comments)]


def _may_say(seen: Seen, cell: Cell | None, desk: ServiceDesk, *, by_checker: bool) -> None:
    id = seen.item.output.id
    if cell is None:
        return
    if not by_checker:
        raise Conflict(detail=f"The table of {id} is not yours to point into. Reply to the question instead.")
    kept = read_table(seen.whole(desk).result)
    names = {column.name for column in kept.columns}
    if cell.column not in names or not 0 <= cell.row < kept.table.num_rows:
        raise Conflict(detail=f"The table of {id} has no such cell.")


def _visible(seen: Seen, comments: Iterable[CommentRecord]) -> list[CommentRecord]:
    """Of this side, and of the other what it has told: nothing of a round in which votes are awaited."""
    output, member = seen.item.output, seen.who.person in seen.thing.members
    blind = output.state in VOTING
    deciding = output.state in UNDECIDED | {State.APPROVED, State.ON_HOLD}

    def shows(one: CommentRecord) -> bool:
        if one.person == seen.who.person or not one.by_checker:
            return True
        this_round = one.round == output.round
        return not (this_round and (deciding if member else blind))

    return [one for one in comments if shows(one)]


def _view(one: CommentRecord, seen: Seen) -> CommentView:
    member = seen.who.person in seen.thing.members
    hides_row = member and seen.item.output.state not in GIVEN_OUT
    return CommentView(
        id=one.id,
        round=one.round,
        by=CHECKER if member and one.by_checker else one.person,
        by_checker=one.by_checker,
        text=one.text,
        at=one.at,
        reply_to=one.reply_to,
        column=one.cell_column,
        row=None if hides_row else one.cell_row,
    )


def _tell(seen: Seen, earlier: Iterable[CommentRecord], opened: Change, *, by_checker: bool) -> None:
    """Checkers who asked something are told that there is an answer. The project reads when the output comes back."""
    if by_checker:
        return
    for person in sorted({one.person for one in earlier if one.by_checker}):
        opened.notify(Notice("comment.answered", person, seen.item.output.id))
