"""`enclave saved`: texts that somebody keeps with a project, for themselves."""

from typing import Annotated, Any

import typer

from enclave.cli.check import File, query_text
from enclave.cli.edge import guarded
from enclave.cli.online import long_day, plain, project_of, signed_in
from enclave.cli.options import AsJson, SomeProject
from enclave.cli.screen import columns, say, say_json

app = typer.Typer(help="Texts that you keep with a project; nobody else reads them.", no_args_is_help=True)

SavedId = Annotated[str, typer.Argument(metavar="SAVED", help="Such as S-7.", show_default=False)]
Name = Annotated[str, typer.Option("--name", help="What you call it.", show_default=False)]
NewName = Annotated[str, typer.Argument(metavar="NAME", help="What you call it now.", show_default=False)]
Sql = Annotated[
    str | None,
    typer.Argument(metavar="SQL", help="A text, or the name of a file that holds one.", show_default=False),
]


@app.command("list")
@guarded
def list_saved(project: SomeProject = None, as_json: AsJson = False) -> None:
    """List what you keep, by name."""
    with signed_in() as service:
        found = service.saved_queries(project)
    if as_json:
        say_json(found)
        return
    rows = [
        (plain(one["id"]), plain(one["name"]), plain(one["project"]), long_day(one["saved_at"]))
        for one in found
    ]
    say(columns(rows, indent=" ") or "You keep no texts.")


@app.command("keep")
@guarded
def keep(
    name: Name, sql: Sql = None, file: File = None, project: SomeProject = None, as_json: AsJson = False
) -> None:
    """Keep a text under a name, unchecked. The same name again replaces what it stood for."""
    text = query_text(sql, file)
    with signed_in() as service:
        _say(service.save_query(project_of(service, project), name, text), as_json=as_json)


@app.command("show")
@guarded
def show(saved: SavedId, as_json: AsJson = False) -> None:
    """Print a text, and nothing else: `enclave saved show S-7 > absence.sql`."""
    with signed_in() as service:
        found = service.saved_query(saved)
    if as_json:
        say_json(found)
    else:
        typer.echo(found["sql"])


@app.command("rename")
@guarded
def rename(saved: SavedId, name: NewName, as_json: AsJson = False) -> None:
    """Call a text otherwise."""
    with signed_in() as service:
        _say(service.rename_saved(saved, name), as_json=as_json)


@app.command("remove")
@guarded
def remove(saved: SavedId) -> None:
    """Keep a text no more."""
    with signed_in() as service:
        service.remove_saved(saved)
    say(f"{plain(saved)} is kept no more.")


def _say(saved: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(saved)
    else:
        say(f"{plain(saved['id'])} is kept as {plain(saved['name'])}.")
