"""The way in: `connect()` gives the project that a person works on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from enclave.client import surroundings
from enclave.client.problems import NotSignedIn, Problem, simply
from enclave.client.queries import Query, ask
from enclave.client.service import Service
from enclave.client.sign_in import kept
from enclave.client.told import Json

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_URL = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Checked:
    """What would become of a query: from its text, the policy and code lists alone. Nothing was run."""

    route: str
    cells: int | None
    columns: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()

    def __str__(self) -> str:
        size = (
            "as many cells as the data have groups" if self.cells is None else f"{self.cells:,} cells at most"
        )
        because = "".join(f"\n  because {reason}" for reason in self.reasons)
        over = (
            f"\n  over protected numbers, so hidden ones are missing from it: {', '.join(self.incomplete)}"
            if self.incomplete
            else ""
        )
        return f"ok: {size}; {self.route}{because}{over}"

    __repr__ = __str__


class Project:
    """One project, for one of its people. Ask with `query`; nothing leaves but a release."""

    def __init__(self, service: Service, about: Json) -> None:
        self.service = service
        self.id = str(about["id"])
        self.title = str(about.get("title") or "")

    def fields(self, table: str | None = None, *, find: str | None = None) -> "pd.DataFrame":
        """What the project has, and what it may do with each field. One row per field."""
        import pandas as pd

        tables = self.service.fields(self.id, table=table, find=find)
        rows = [
            {
                "table": one["table"],
                "field": field["name"],
                "uses": ", ".join(field["uses"]),
                "type": field["type"],
                "tier": field["tier"],
                "description": field["description"],
            }
            for one in tables
            for field in one["fields"]
        ]
        return pd.DataFrame(rows, columns=["table", "field", "uses", "type", "tier", "description"])

    def check(self, sql: str, *, route: str | None = None) -> Checked:
        """Whether a query may be asked, and how its answer would leave. See `query` for `route`.

        Raises:
            Refused: with the words underlined, and a query that would do.
        """
        return checked(self.service.check(self.id, sql, route=route))

    def query(self, sql: str, *, name: str | None = None, route: str | None = None) -> Query:
        """Ask a query. It runs on the service; `wait()` for it, and take the release with `table()`.

        With `route="checkers"` people look at the answer in any case. Some of what is hidden else, beside earlier
        answers of the project or as one number too many about a group, is then left to them.

        Raises:
            Refused: with the words underlined, and a query that would do.
        """
        return ask(self.service, self.id, sql, name, route=route)

    def queries(self) -> list[Query]:
        """What was asked on this project, the newest first."""
        return [Query(self.service, answer) for answer in self.service.queries(self.id)]

    def __repr__(self) -> str:
        return f"<Project {self.id}: {self.title}>"


def connect(url: str | None = None, *, token: str | None = None, project: str | None = None) -> Project:
    """The project, with the sign-in of `enclave login`; or with a token, given or in ENCLAVE_TOKEN (and ENCLAVE_URL).

    Raises:
        NotSignedIn: there is no sign-in, or it has ended.
        Problem: several projects to choose from, or none.
    """
    service = signed_in(url, token=token)
    try:
        return Project(service, chosen(service.me(), project))
    except BaseException:
        service.close()
        raise


def signed_in(url: str | None = None, *, token: str | None = None) -> Service:
    """The service, as the person who is signed in."""
    token = token or surroundings.setting("ENCLAVE_TOKEN")
    url = url or surroundings.setting("ENCLAVE_URL")
    if token is not None:
        return Service(url or DEFAULT_URL, token)
    sign_in = kept(surroundings.config_folder())
    if url is not None and url.rstrip("/") != sign_in.url:
        raise simply(
            NotSignedIn, "not-signed-in", f"The sign-in is for {sign_in.url}. First: enclave login {url}"
        )
    return Service(sign_in.url, sign_in.token)


def chosen(me: Json, project: str | None) -> Json:
    """The project that was meant: the only one, or the one that was named."""
    projects: list[Json] = [one for one in me.get("projects") or [] if isinstance(one, dict)]
    named = [one for one in projects if project in (None, one.get("id"))]
    if len(named) == 1:
        return named[0]
    listed = ", ".join(str(one.get("id")) for one in projects)
    if not projects:
        raise simply(Problem, "no-project", f"{me.get('person', 'This person')} is on no project.")
    if project is None:
        raise simply(Problem, "which-project", f"There are several projects; name one of {listed}.")
    raise simply(Problem, "which-project", f"{project} is none of your projects, which are {listed}.")


def checked(answer: Json) -> Checked:
    route: Any = answer["route"]
    return Checked(
        route=route if isinstance(route, str) else f"{route['checkers']} checkers",
        cells=answer.get("cells"),
        columns=tuple(str(column["name"]) for column in answer.get("columns") or ()),
        reasons=tuple(map(str, answer.get("reasons") or ())),
        incomplete=tuple(map(str, answer.get("incomplete") or ())),
    )
