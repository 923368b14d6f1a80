"""`enclave check`: what would become of a query, without running it. Reads no data."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from enclave.cli.edge import guarded
from enclave.cli.exits import exit_for
from enclave.cli.online import local_or_online, project_of, signed_in
from enclave.cli.options import AsJson, At, Route, SomeHome, SomePerson, SomeProject
from enclave.cli.screen import say, say_json

if TYPE_CHECKING:
    from enclave.actions.plan_query import Planned

Sql = Annotated[str | None, typer.Argument(metavar="SQL", help="One SELECT.", show_default=False)]
File = Annotated[
    Path | None,
    typer.Option("-f", "--file", help="Read the query from a file; - is standard input.", show_default=False),
]
MOST_CHARACTERS = 1_000_000  # read of a file; the parser's own limit is far below and says so


@guarded
def check(
    sql: Sql = None,
    file: File = None,
    home: SomeHome = None,
    project: SomeProject = None,
    person: SomePerson = None,
    at: At = None,
    route: Route = "ordinary",
    as_json: AsJson = False,
) -> None:
    """Check a query against the policy: what it would cost, or why it cannot run and what would do instead."""
    from enclave.cli.plan_text import checked_text

    text = query_text(sql, file)
    local = local_or_online(home, project, person, at)
    if local is None:
        with signed_in() as service:
            checked = service.check(project_of(service, project), text, route=route)
    else:
        checked = _checked(text, *local, at, route=route, as_json=as_json)
    if as_json:
        say_json(checked)
    else:
        say(checked_text(checked))


def _checked(
    sql: str, home: Path, project: str, person: str, at: str | None, *, route: str, as_json: bool
) -> dict[str, Any]:
    from enclave.actions.plan_json import checked_json
    from enclave.outputs.records import Wanted
    from enclave.wiring.session import session_of

    session = session_of(home, project=project, person=person, at=at)
    return checked_json(plan_or_refuse(sql, lambda text: session.plan(text, Wanted(route)), as_json=as_json))


def plan_or_refuse(sql: str, plan: "Callable[[str], Planned]", *, as_json: bool) -> "Planned":
    """The plan of a query; a refusal is said, with its places, and ends the command."""
    from enclave.actions.answer_json import problems_json
    from enclave.cli.problem_text import refusal_text
    from enclave.problems import Refusals

    try:
        return plan(sql)
    except Refusals as refusals:
        problems = refusals.problems
        if as_json:
            say_json({"status": "refused", "problem": problems_json(problems)})
        else:
            say(refusal_text(problems, sql))
        raise typer.Exit(exit_for(problems)) from None


def query_text(sql: str | None, file: Path | None) -> str:
    """The query, from the argument or from a file; exactly one of the two. One word is no query, and may be a file."""
    if (sql is None) == (file is None):
        raise typer.BadParameter("give the query as an argument, or name a file with -f")
    if file is None and (len(str(sql).split()) != 1 or not Path(str(sql)).is_file()):
        return str(sql)
    file = file or Path(str(sql))
    try:
        with sys.stdin if str(file) == "-" else file.open(encoding="utf-8") as source:
            return source.read(MOST_CHARACTERS)
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{file} cannot be read as text", param_hint="-f") from error
