"""`enclave query` and `ask-release`: a question to a service, and what became of it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from enclave.cli.check import File, query_text
from enclave.cli.edge import guarded
from enclave.cli.exits import Exit
from enclave.cli.online import plain, project_of, signed_in
from enclave.cli.options import AsJson, Route, SomeProject
from enclave.cli.screen import say, say_json

if TYPE_CHECKING:
    from enclave.client import Query
    from enclave.client.service import Service

Sql = Annotated[
    str | None,
    typer.Argument(
        metavar="SQL", help="One SELECT, or the name of a file that holds one.", show_default=False
    ),
]
Name = Annotated[str | None, typer.Option("--name", help="What you call it.", show_default=False)]
Why = Annotated[str, typer.Option("--why", help="What it is for; checkers read it.", show_default=False)]
QueryId = Annotated[str, typer.Argument(metavar="QUERY", help="Such as Q-413.", show_default=False)]


@guarded
def query(
    sql: Sql = None,
    file: File = None,
    name: Name = None,
    project: SomeProject = None,
    route: Route = "ordinary",
    as_json: AsJson = False,
) -> None:
    """Ask a query and wait until it has run. Ctrl+C cancels it on the service too."""
    text = query_text(sql, file)
    with signed_in() as service:
        called = name or _name(sql, file)
        asked = _asked(service, project_of(service, project), text, called, route=route, quiet=as_json)
    status = asked.answer["status"]
    if as_json:
        say_json(asked.answer)
    elif status == "released":
        say(f"Released as {asked.output}.")
    else:
        say(_next(asked))
    raise typer.Exit(Exit.DONE if status == "released" else Exit.WITH_CHECKERS)


@guarded
def ask_release(query: QueryId, why: Why, as_json: AsJson = False) -> None:
    """Ask checkers to look at a query's answer, so that it can be released."""
    with signed_in() as service:
        output = service.ask_release(query, why)
    if as_json:
        say_json(output)
    else:
        say(f"{plain(output['id'])} is {plain(output['status'])}.")


def _asked(
    service: "Service", project: str, sql: str, name: str | None, *, route: str, quiet: bool
) -> "Query":
    """The query once it has run. Says how far it is, the same lines whatever it finds."""
    from enclave.cli.plan_text import checked_text
    from enclave.client.problems import Problem
    from enclave.client.queries import ask

    asked = ask(service, project, sql, name, route=route)
    try:
        if not quiet:
            say(f"Checking ... {checked_text({'incomplete': [], **asked.answer})}")
            _write(f"{asked.id} running ... ")
        asked.wait()
        if not quiet:
            say("done")
    except KeyboardInterrupt:
        asked.cancel()  # again, where it was waiting: between two steps nobody else would
        raise
    except Problem as problem:
        if not quiet:
            say(problem.code)
        raise
    return asked


def _write(words: str) -> None:
    sys.stdout.write(words)
    sys.stdout.flush()


def _next(asked: "Query") -> str:
    return (
        f"Nothing is shown before checkers have approved it ({plain(asked.answer.get('route'))}).\n"
        f'Ask for release:  enclave ask-release {asked.id} --why "..."'
    )


def _name(sql: str | None, file: Path | None) -> str | None:
    """A query from a file is called after it."""
    source = file or (Path(sql) if sql is not None and not _is_query(sql) else None)
    return None if source is None or str(source) == "-" else source.stem


def _is_query(sql: str) -> bool:
    return any(letter.isspace() for letter in sql)
