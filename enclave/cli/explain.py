"""`enclave explain`: for admins, what a query is made into. Reads no data."""

from typing import Annotated

import typer

from enclave.cli.check import File, plan_or_refuse, query_text
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
    from enclave.actions.plan_json import explained_json
    from enclave.cli.plan_text import explained_text
    from enclave.wiring.session import session_of

    session = session_of(home, project=project, person=person, at=at)
    explained = explained_json(plan_or_refuse(query_text(sql, file), session.explained, as_json=as_json))
    if as_json:
        say_json(explained)
    else:
        say(explained_text(explained))
