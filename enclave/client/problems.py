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
STOPS = frozenset({"timeout", "out-of-memory", "cancelled", "consent-base"})


class Problem(Exception):
    """Something that the reader can solve, in the service's words."""

    def __init__(
        self, problems: tuple[Told, ...], *, document: Mapping[str, Any], status: int | None = None
    ) -> None:
        super().__init__(problems)
        self.problems = problems
        self.document = dict(document)
        self.status = status

    @property
    def code(self) -> str:
        return self.problems[0].code

    @property
    def detail(self) -> str:
        return self.problems[0].detail

    def __str__(self) -> str:
        return "\n".join(f"{problem.code}: {printable(problem.detail)}" for problem in self.problems)

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
        document: Mapping[str, Any],
        status: int | None = None,
    ) -> None:
        super().__init__(problems, document=document, status=status)
        self.sql = sql
        self._seen = False

    @property
    def query_id(self) -> str | None:
        """The id under which the refused query was recorded; a check has none."""
        query = self.document.get("query")
        return query if isinstance(query, str) else None

    def __str__(self) -> str:
        return refusal_text(self.problems, self.sql)

    def _repr_html_(self) -> str:
        return refusal_html(self.problems, self.sql)

    def _render_traceback_(self) -> list[str]:
        """IPython asks for it twice, for the page and for the record: the page gets it as HTML, where it can."""
        from enclave.client.notebook import shown_as_html

        first, self._seen = not self._seen, True
        return [] if first and shown_as_html(self._repr_html_()) else str(self).splitlines()


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


def problem_of(document: Mapping[str, Any], *, status: int, sql: str | None = None) -> Problem:
    """The exception for a problem document. `sql` is the query that was sent, if one was."""
    problems = told(document)
    code = problems[0].code
    if code in REFUSALS and sql is not None:
        return Refused(problems, sql=sql, document=document, status=status)
    return _kind(code, status)(problems, document=document, status=status)


def simply(kind: type[Problem], code: str, detail: str) -> Problem:
    """A problem that the client found by itself."""
    return kind((Told(code, detail),), document={"code": code, "detail": detail})


def _kind(code: str, status: int) -> type[Problem]:
    if status == 401 and code != "sign-in-again":
        return NotSignedIn
    if code in {"not-released", "revoked"}:
        return NotReleased
    return Stopped if code in STOPS else Problem
