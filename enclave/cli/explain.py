"""`enclave explain`: for admins, what a query is made into. Reads no data."""

from typing import Annotated

import typer

from enclave.cli.check import File, query_text
from enclave.cli.edge import guarded
from enclave.cli.options import AsJson, At, Home, Person, Project
from enclave.cli.screen import say, say_json

Sql = Annotated[str | None, typer.Option("--sql", help="One SELECT.", show_default=False)]


@guarded
def explain(
    home: Home,
    project: Project,
    person: Person,
    sql: Sql = None,
    file: File = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Show what the engine would run for a query, what protects it, and what is left for afterwards."""
    from enclave.wiring.session import explained

    explanation = explained(home, project=project, person=person, at=at, sql=query_text(sql, file))
    if as_json:
        say_json(explanation)
    else:
        say(explanation)
