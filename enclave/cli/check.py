"""`enclave check`: what would become of a query, without running it. Reads no data."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from enclave.cli.edge import guarded
from enclave.cli.exits import exit_for
from enclave.cli.options import AsJson, At, Home, Person, Project
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
    home: Home,
    project: Project,
    person: Person,
    sql: Sql = None,
    file: File = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Check a query against the policy: what it would cost, or why it cannot run and what would do instead."""
    from enclave.actions.plan_json import checked_json
    from enclave.cli.plan_text import checked_text

    planned = plan_or_refuse(query_text(sql, file), home, project, person, at, as_json=as_json)
    checked = checked_json(planned)
    if as_json:
        say_json(checked)
    else:
        say(checked_text(checked))


def plan_or_refuse(
    sql: str, home: Path, project: str, person: str, at: str | None, *, as_json: bool
) -> "Planned":
    """The plan of a query; a refusal is said, with its places, and ends the command."""
    from enclave.actions.answer_json import problems_json
    from enclave.cli.problem_text import refusal_text
    from enclave.problems import Refusals
    from enclave.wiring.session import session_of

    try:
        return session_of(home, project=project, person=person, at=at).plan(sql)
    except Refusals as refusals:
        problems = refusals.problems
        if as_json:
            say_json({"status": "refused", "problem": problems_json(problems)})
        else:
            say(refusal_text(problems, sql))
        raise typer.Exit(exit_for(problems)) from None


def query_text(sql: str | None, file: Path | None) -> str:
    """The query, from the argument or from a file; exactly one of the two."""
    if (sql is None) == (file is None):
        raise typer.BadParameter("give the query as an argument, or name a file with -f")
    if file is None:
        return str(sql)
    try:
        with sys.stdin if str(file) == "-" else file.open(encoding="utf-8") as source:
            return source.read(MOST_CHARACTERS)
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{file} cannot be read as text", param_hint="-f") from error
