"""A query that was asked, and what became of it."""

from typing import TYPE_CHECKING, Any

from enclave.client import surroundings
from enclave.client.problems import NotReleased, Problem, Stopped, problem_of, simply
from enclave.client.service import Service
from enclave.client.tables import Drawn, drawn, frame_of, mask_of
from enclave.client.told import Json

if TYPE_CHECKING:
    import pandas as pd

RUNNING = frozenset({"queued", "running"})
MOST_SECONDS_BETWEEN = 30.0
SYMBOLS = {"c": "hidden to protect people, or nobody", "z": "not applicable", "x": "not available"}


class Query:
    """One query of one project. `status` asks the service; `table()` gives the release, and nothing before it."""

    def __init__(self, service: Service, answer: Json) -> None:
        self._service = service
        self._answer = answer
        self._table: Drawn | None = None
        self._about: Json = {}

    @property
    def id(self) -> str:
        return str(self._answer["id"])

    @property
    def name(self) -> str | None:
        return self._answer.get("name")

    @property
    def output(self) -> str | None:
        """The id of the output, once there is one."""
        found = self._answer.get("output")
        return found if isinstance(found, str) else None

    @property
    def progress(self) -> int:
        """How much of the data has been read, in per cent and steps of 5."""
        return int(self._answer.get("progress") or 0)

    @property
    def status(self) -> str:
        """`queued`, `running`, `done`, `released`, `with checkers`, `returned`, `failed`, ..."""
        self._look()
        return str(self._answer["status"])

    @property
    def answer(self) -> Json:
        """What the service said of the query last."""
        return dict(self._answer)

    def wait(self, timeout_seconds: float | None = None) -> "Query":
        """Wait until the query has run. It may still need checkers after that, who take a day and are not waited for.

        Ctrl+C, or a notebook's stop button, cancels the query on the service too.

        Raises:
            Stopped: it took too long, needed too much memory or was cancelled.
            TimeoutError: it still runs after `timeout_seconds`. It is not cancelled.
        """
        until = None if timeout_seconds is None else surroundings.now() + timeout_seconds
        try:
            self._wait(until)
        except KeyboardInterrupt:
            self.cancel()
            raise
        self._raise_if_stopped()
        return self

    def cancel(self) -> None:
        """Stop the query on the service. Safe to repeat."""
        self._service.cancel(self.id)

    def ask_release(self, why: str) -> str:
        """Ask checkers for the release. The id of the output."""
        output = self._service.ask_release(self.id, why)
        self._look()
        return str(output["id"])

    def table(self) -> "pd.DataFrame":
        """The release: a hidden cell is `<NA>`. `attrs["enclave"]` says by which rules, how to cite it, and
        what the codes of its columns are called.

        Raises:
            NotReleased: there is no release.
        """
        frame = frame_of(self.drawn())
        frame.attrs["enclave"] = self._attributes()
        return frame

    @property
    def hidden(self) -> "pd.DataFrame":
        """True where a cell of `table()` is hidden. No reasons: they would undo what hides it."""
        return mask_of(self.drawn())

    def drawn(self) -> Drawn:
        """The release as it is printed."""
        if self._table is None:
            output = self._released()
            self._about = self._service.output(output)
            self._table = drawn(self._service.table(output))
        return self._table

    def _released(self) -> str:
        if self._answer["status"] != "released":
            self._look()
        self._raise_if_stopped()
        if self._answer["status"] != "released" or self.output is None:
            raise simply(
                NotReleased, "not-released", f"{self.id} is {self._answer['status']}, and {_next(self)}"
            )
        return self.output

    def _raise_if_stopped(self) -> None:
        if self._answer["status"] in {"failed", "cancelled"}:
            problem = self._answer.get("problem")
            found = (
                problem if isinstance(problem, dict) else {"code": "cancelled", "detail": "It was cancelled."}
            )
            raise _as_stopped(problem_of(found, status=200))

    def _attributes(self) -> Json:
        manifest = self._about.get("manifest")
        named = {
            "output": self.output,
            "query": self.id,
            "symbols": SYMBOLS,
            "labels": dict(self.drawn().labels),
        }
        return {**(manifest if isinstance(manifest, dict) else {}), **named}

    def _look(self, *, wait: bool = False) -> float:
        self._answer, seconds = self._service.query(self.id, wait=wait)
        return seconds

    def _wait(self, until: float | None) -> None:
        while self._answer["status"] in RUNNING:
            seconds = min(self._look(wait=until is None), MOST_SECONDS_BETWEEN)
            if self._answer["status"] not in RUNNING:
                return
            if until is not None and surroundings.now() >= until:
                raise TimeoutError(f"{self.id} is still {self._answer['status']}")
            surroundings.sleep(seconds)

    def __repr__(self) -> str:
        output = f", {self.output}" if self.output else ""
        return f"<Query {self.id}: {self._answer['status']}{output}>"


def _next(query: Query) -> str:
    match query.answer["status"]:
        case "done":
            return "nothing is shown before checkers have approved it: query.ask_release(why)."
        case "queued" | "running":
            return "has no release yet: query.wait()."
        case _:
            return "there is no table to be had."


def _as_stopped(problem: Problem) -> Problem:
    """Whatever ended a query that ran is told as a stop, a fault of the service too."""
    if isinstance(problem, Stopped):
        return problem
    return Stopped(problem.problems, document=problem.document, status=problem.status)


def ask(service: Service, project: str, sql: str, name: str | None, *, route: str | None = None) -> Query:
    """Ask, so that Ctrl+C at any moment leaves nothing running."""
    key = surroundings.new_key()
    try:
        return Query(service, service.ask(project, sql, name, key=key, route=route))
    except KeyboardInterrupt:
        _cancel_asked(service, project, sql, name, key, route)
        raise


def _cancel_asked(
    service: Service, project: str, sql: str, name: str | None, key: str, route: str | None
) -> None:
    """The same key gives the same query: so its id is learned, and it is cancelled."""
    try:
        asked: dict[str, Any] = service.ask(project, sql, name, key=key, route=route)
        service.cancel(str(asked["id"]))
    except Problem:
        pass  # refused, or not reached: nothing runs that we know of
