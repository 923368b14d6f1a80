"""What travels of the release workflow: baskets, threads, looks, figures, revocations and letters."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field as Setting
from pydantic import StringConstraints

from enclave.web.schemas import Body, Output, QueryName, ReasonBody, Shown


class RequestBody(Body):
    queries: list[QueryName] = Setting(min_length=1, max_length=50, examples=[["Q-413", "Q-414"]])
    why: Annotated[str, StringConstraints(min_length=1, max_length=2000)] = Setting(
        description="What they are for; checkers read it.", examples=["Tables 2 and 3 of the working paper"]
    )


class MoreBody(Body):
    queries: list[QueryName] = Setting(min_length=1, max_length=50, examples=[["Q-415"]])


class CellBody(Body):
    row: Annotated[int, Setting(ge=0, le=1_000_000)] = Setting(
        description="In the table of the review, from 0.", examples=[3]
    )
    column: Annotated[str, StringConstraints(min_length=1, max_length=300)] = Setting(examples=["pupils"])


class CommentBody(Body):
    text: Annotated[str, StringConstraints(min_length=1, max_length=4000)] = Setting(
        examples=["What is this group for?"]
    )
    cell: CellBody | None = Setting(default=None, description="For checkers: the cell that it is about.")
    reply_to: Annotated[int, Setting(ge=1, le=2_000_000_000)] | None = Setting(
        default=None, description="The comment that this answers.", examples=[None]
    )


class SupersedeBody(Body):
    by: QueryName = Setting(description="The newer release.", examples=["O-140"])


class LookBody(Body):
    finding: Literal["fine", "concern"] = Setting(
        description="`concern`: it should perhaps be taken back. Those who can are told.", examples=["fine"]
    )
    comment: Annotated[str, StringConstraints(max_length=4000)] = Setting(default="", examples=["Clear."])


class RevokeBody(ReasonBody):
    emergency: bool = Setting(
        default=False,
        description="At once and alone; a second person has to agree within a day. Else it is only asked for, and the "
        "release stands until a second person agrees.",
    )


class Cell(Shown):
    row: int | None = Setting(description="For checkers, and of a release.")
    column: str


class Comment(Shown):
    id: int
    round: int
    by: str = Setting(description="A person; `checker` for those who may not know which.")
    by_checker: bool
    text: str
    at: datetime
    reply_to: int | None
    cell: Cell | None


class Comments(Shown):
    items: list[Comment]
    next: None


class Request(Shown):
    """A basket. `status` is that of its items, or `in part` where they differ."""

    id: str
    project: str
    asked_by: str
    why: str
    asked_at: datetime
    status: str
    items: list[Output]


class Requests(Shown):
    items: list[Request]
    next: str | None


class Look(Shown):
    output: str
    project: str
    name: str
    released_at: datetime | None
    finding: Literal["fine", "concern"] | None = Setting(description="Your own.")


class Looks(Shown):
    items: list[Look]
    next: None


class TurnAround(Shown):
    decided: int
    p50_working_hours: float | None
    p90_working_hours: float | None
    waiting: int
    longest_wait_working_hours: float | None


class KnownBad(Shown):
    votes: int
    caught: int
    own_votes: int
    own_caught: int


class PairShare(Shown):
    project: str
    pair: list[str]
    handled: int
    of: int
    over: bool


class Figures(Shown):
    days: int
    turn_around: TurnAround = Setting(description="Working hours, 24 to a working day of the house.")
    reasons: dict[str, int] = Setting(description="How often each was given.")
    known_bad: KnownBad = Setting(description="Votes on known-bad items, and how many did not approve.")
    pairs: list[PairShare] = Setting(description="Pairs of checkers above the share that the house wants.")


class Revocation(Shown):
    output: str
    project: str
    name: str
    emergency: bool = Setting(description="It is taken back already.")
    reason: str
    asked_by: str | None
    asked_at: datetime | None
    due: datetime | None = Setting(description="Of an emergency: until when somebody has to agree.")
    overdue: bool
    etag: str = Setting(description="The version to confirm or decline: send it as If-Match.")


class Revocations(Shown):
    items: list[Revocation]
    next: None


class Letter(Shown):
    id: str
    channel: Literal["file", "smtp"]
    person: str
    type: str
    state: Literal["waiting", "sent", "dead", "dropped"] = Setting(
        description="`dead`: it was tried for days. `dropped`: the house has no such channel."
    )
    tries: int
    at: datetime


class Letters(Shown):
    items: list[Letter]
    next: str | None
