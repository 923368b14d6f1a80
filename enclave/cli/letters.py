"""`enclave letters`: the outbox, for admins and auditors."""

from typing import Annotated, Any

import typer

from enclave.cli.edge import guarded
from enclave.cli.online import plain, signed_in
from enclave.cli.options import AsJson
from enclave.cli.screen import columns, say, say_json

app = typer.Typer(
    help="Notices to people, and what became of each. For admins and auditors.", no_args_is_help=True
)

LetterId = Annotated[str, typer.Argument(metavar="LETTER", help="Such as L-7.", show_default=False)]
InState = Annotated[
    str | None,
    typer.Option("--state", help="Only these: waiting, sent, dead or dropped.", show_default=False),
]


@app.command("list")
@guarded
def list_letters(state: InState = None, as_json: AsJson = False) -> None:
    """List the letters of the outbox, the newest first."""
    with signed_in() as service:
        found = list(service.letters(state))
    if as_json:
        say_json(found)
    else:
        say(columns([_row(one) for one in found], indent=" ") or "There are no letters.")


@app.command("retry")
@guarded
def retry(letter: LetterId) -> None:
    """Have a dead letter tried anew."""
    with signed_in() as service:
        service.retry_letter(letter)
    say(f"{plain(letter)} is tried anew.")


def _row(letter: dict[str, Any]) -> tuple[str, ...]:
    names = ("id", "state", "channel", "type", "person")
    return tuple(plain(letter[name]) for name in names)
