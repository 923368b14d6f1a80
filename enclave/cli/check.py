"""`enclave check`: what would become of a query, without running it. Reads no data."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from enclave.cli.edge import guarded
from enclave.cli.exits import exit_for
from enclave.cli.options import AsJson, At, Home, Person, Project
from enclave.cli.screen import say, say_json

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
    from enclave.cli.problem_text import refusal_text
    from enclave.wiring.session import checked

    text = query_text(sql, file)
    verdict = checked(home, project=project, person=person, at=at, sql=text)
    if as_json:
        say_json(verdict.as_dict())
    else:
        say(refusal_text(verdict.problems, text) if verdict.problems else verdict.summary)
    raise typer.Exit(exit_for(verdict.problems))


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
