"""`enclave requests`: several outputs that are asked for together; and `supersede`."""

from typing import Annotated, Any

import typer

from enclave.cli.edge import guarded
from enclave.cli.online import plain, signed_in
from enclave.cli.options import AsJson, SomeProject
from enclave.cli.screen import columns, say, say_json

app = typer.Typer(help="Outputs that are asked for together; each goes its own way.", no_args_is_help=True)

Queries = Annotated[list[str], typer.Argument(metavar="QUERY", help="Such as Q-413.", show_default=False)]
RequestId = Annotated[str, typer.Argument(metavar="REQUEST", help="Such as R-12.", show_default=False)]
Why = Annotated[str, typer.Option("--why", help="What they are for; checkers read it.", show_default=False)]
OutputId = Annotated[str, typer.Argument(metavar="OUTPUT", help="The older release.", show_default=False)]
By = Annotated[str, typer.Option("--by", help="The newer release.", show_default=False)]


@app.command("ask")
@guarded
def ask(queries: Queries, why: Why, as_json: AsJson = False) -> None:
    """Ask for the answers of several queries to be released, for one reason."""
    with signed_in() as service:
        _say(service.ask_together(queries, why), as_json=as_json)


@app.command("add")
@guarded
def add(request: RequestId, queries: Queries, as_json: AsJson = False) -> None:
    """Put more into a request, such as a corrected answer. What is in it stays untouched."""
    with signed_in() as service:
        _say(service.add_to_request(request, queries), as_json=as_json)


@app.command("show")
@guarded
def show(request: RequestId, as_json: AsJson = False) -> None:
    """Show a request and where each of its items is."""
    with signed_in() as service:
        _say(service.request(request), as_json=as_json)


@app.command("list")
@guarded
def list_requests(project: SomeProject = None, as_json: AsJson = False) -> None:
    """List the requests of your projects, the newest first."""
    with signed_in() as service:
        found = list(service.requests(project))
    if as_json:
        say_json(found)
        return
    rows = [(plain(one["id"]), plain(one["status"]), f"{len(one['items'])} items") for one in found]
    say(columns(rows, indent=" ") or "There are no requests yet.")


@app.command("withdraw")
@guarded
def withdraw(request: RequestId, as_json: AsJson = False) -> None:
    """Take back every item that is not released or over."""
    with signed_in() as service:
        _say(service.withdraw_request(request), as_json=as_json)


@guarded
def supersede(output: OutputId, by: By, as_json: AsJson = False) -> None:
    """Put a newer release of the project in the place of an older one. Both are given out."""
    with signed_in() as service:
        found = service.supersede(output, by)
    if as_json:
        say_json(found)
    else:
        say(f"{plain(found['id'])} is {plain(found['status'])} by {plain(found['superseded_by'])}.")


def _say(request: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(request)
        return
    say(f"{plain(request['id'])} is {plain(request['status'])}.")
    rows = [
        (plain(item["id"]), plain(item["status"]), plain(item.get("name") or "-"))
        for item in request["items"]
    ]
    say(columns(rows, indent=" "))
