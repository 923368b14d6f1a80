"""What can go wrong for whoever uses the client. Each says what and what to do, without a stack."""

from collections.abc import Mapping
from typing import Any

from enclave.client.rendering import printable, refusal_html, refusal_text
from enclave.client.told import Told, told

# The codes with which policy refuses a query, before anything is read.
REFUSALS = frozenset(
    {
        *("syntax", "not-a-query", "too-complex"),
        *("unknown-table", "unknown-field", "function-not-allowed", "individual-rows", "mixes-people"),
        *("value-of-one-person", "chooses-rows", "encodes-people"),
        *("field-not-granted", "field-use", "year-not-in-project", "project-ended", "accreditation-expired"),
        *("not-on-project", "purpose-not-permitted"),
    }
)
STOPS = frozenset({"timeout", "out-of-memory", "cancelled"})


class Problem(Exception):
    """Something that the reader can solve, in the service's words."""

    def __init__(
        self, problems: tuple[Told, ...], *, status: int | None = None, request_id: str | None = None
    ) -> None:
        super().__init__(problems)
        self.problems = problems
        self.status = status
        self.request_id = request_id

    @property
    def code(self) -> str:
        return self.problems[0].code

    @property
    def detail(self) -> str:
        return self.problems[0].detail

    def __str__(self) -> str:
        request = f" ({self.request_id})" if self.code == "fault" and self.request_id else ""
        return (
            "\n".join(f"{problem.code}: {printable(problem.detail)}" for problem in self.problems) + request
        )

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the words, without a stack that tells the reader nothing."""
        return str(self).splitlines()


class Refused(Problem):
    """A query that policy does not allow. Shows the query with the words underlined, and one that would do."""

    def __init__(
        self,
        problems: tuple[Told, ...],
        *,
        sql: str,
        query_id: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(problems, status=status, request_id=request_id)
        self.sql = sql
        self.query_id = query_id

    def __str__(self) -> str:
        return refusal_text(self.problems, self.sql)

    def _repr_html_(self) -> str:
        return refusal_html(self.problems, self.sql)

    def _render_traceback_(self) -> list[str]:
        from enclave.client.notebook import shown_as_html

        return [] if shown_as_html(self._repr_html_()) else str(self).splitlines()


class NotReleased(Problem):
    """There is nothing to be had yet, or no more."""


class Stopped(Problem):
    """The query ended before it had an answer: cancelled, too long, or too much memory."""


class NotSignedIn(Problem):
    """The service does not know who is calling."""


class Unreachable(Problem):
    """The service did not answer."""


class Misunderstood(Problem):
    """What answered is no enclave, or a later version of one."""


def problem_of(
    document: Mapping[str, Any], *, status: int, sql: str | None = None, request_id: str | None = None
) -> Problem:
    """The exception for a problem document. `sql` is the query that was sent, if one was."""
    problems = told(document)
    code = problems[0].code
    known = {"status": status, "request_id": request_id}
    if code in REFUSALS and sql is not None:
        query = document.get("query")
        return Refused(problems, sql=sql, query_id=query if isinstance(query, str) else None, **known)  # type: ignore[arg-type]
    if status == 401:
        return NotSignedIn(problems, **known)  # type: ignore[arg-type]
    if code in {"not-released", "revoked"}:
        return NotReleased(problems, **known)  # type: ignore[arg-type]
    if code in STOPS:
        return Stopped(problems, **known)  # type: ignore[arg-type]
    return Problem(problems, **known)  # type: ignore[arg-type]


def simply(kind: type[Problem], code: str, detail: str) -> Problem:
    """A problem that the client found by itself."""
    return kind((Told(code, detail),))
