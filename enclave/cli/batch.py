"""`enclave batch`: a session without a server. JSON lines in, one JSON line out for each, in order.

A line that cannot be read gets an answer like any other, and the session goes on. Lines are read one at a time, so that
another program can hold a conversation over the two pipes.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Annotated, Literal

import typer

from enclave.cli.edge import guarded
from enclave.cli.options import At, Home, Person, Project
from enclave.cli.screen import complain
from enclave.problems import Problem

if TYPE_CHECKING:
    from enclave.actions.answer_json import Json
    from enclave.wiring.session import Answering

MOST_BYTES = 1 << 20  # of one line
ROUTES = ("ordinary", "checkers")

Always = Annotated[bool, typer.Option("--json", help="Answers are JSON anyway.")]
Timings = Annotated[bool, typer.Option("--timings", help="Add engine_ms to each answer; for admins.")]

Ledger = Annotated[
    Literal["home", "session"],
    typer.Option(
        "--ledger",
        help="What was shown before that counts: all that the home remembers; or `session`, for trying out on "
        "synthetic data, what this session showed alone. Nothing of it is remembered.",
    ),
]


class NotARequest(Problem):
    code = "not-a-request"
    title = "The line is not a question"
    status = 400


@dataclass(frozen=True, slots=True)
class Request:
    """One line of a session, as far as it could be read."""

    id: str | int | None
    sql: str | None
    problem: NotARequest | None = None
    route: str = ROUTES[0]


@guarded
def batch(
    home: Home,
    project: Project,
    person: Person,
    at: At = None,
    timings: Timings = False,
    ledger: Ledger = "home",
    as_json: Always = False,
) -> None:
    """Answer questions as one session: JSON lines {"id", "sql"} in, one JSON line out for each.

    A line may also have "route": "checkers", for an answer that people are to look at.
    """
    del as_json  # always
    from enclave.wiring.ledger import Counts
    from enclave.wiring.memory import settle
    from enclave.wiring.session import answering, session_of

    session = session_of(home, project=project, person=person, at=at)
    if timings and not session.may_see_timings:
        complain(f"enclave: timings are for admins, and {person} is none; answers come without them")
    with answering(session, counts=Counts(ledger)) as desk:
        settle()
        for request in requests(sys.stdin.buffer):
            answer = _answered(request, desk, timings=timings)
            sys.stdout.write(json.dumps(answer, allow_nan=False) + "\n")
            sys.stdout.flush()


def _answered(request: Request, desk: "Answering", *, timings: bool) -> "Json":
    from enclave.actions.answer_json import stopped_json
    from enclave.outputs.records import Wanted

    if request.sql is None:
        problem = request.problem or NotARequest(detail="There is no question in the line.")
        return {"id": request.id, **stopped_json([problem], status="failed")}
    return {"id": request.id, **desk.answer(request.sql, Wanted(request.route), timings=timings)}


def requests(lines: IO[bytes]) -> Iterator[Request]:
    """Each line of the session. Empty lines are passed over."""
    while line := lines.readline(MOST_BYTES):
        if not line.endswith(b"\n") and len(line) == MOST_BYTES:
            _skip_line(lines)
            yield _unreadable(f"The line is longer than {MOST_BYTES:,} bytes.")
        elif line.strip():
            yield _read(line)


def _skip_line(lines: IO[bytes]) -> None:
    while (piece := lines.readline(MOST_BYTES)) and not piece.endswith(b"\n"):
        pass


def _read(line: bytes) -> Request:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):  # a UnicodeDecodeError is a ValueError too
        return _unreadable("The line is not JSON.")
    if not isinstance(found, dict):
        return _unreadable("The line is not a JSON object.")
    name, sql = found.get("id"), found.get("sql")
    known = name if isinstance(name, str | int) and not isinstance(name, bool) else None
    if known is None:
        return _unreadable('The line has no "id" that is text or a whole number.')
    if not isinstance(sql, str):
        return Request(known, None, NotARequest(detail='The line has no "sql" text.'))
    route = found.get("route", ROUTES[0])
    if route not in ROUTES:
        return Request(known, None, NotARequest(detail='"route" is "ordinary" or "checkers".'))
    return Request(known, sql, route=route)


def _unreadable(detail: str) -> Request:
    return Request(None, None, NotARequest(detail=detail))
