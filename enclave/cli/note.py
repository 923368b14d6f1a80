"""`enclave note`: add a line to the public register."""

from typing import Annotated

import typer

from enclave.cli.edge import guarded
from enclave.cli.online import plain, signed_in
from enclave.cli.options import AsJson
from enclave.cli.screen import say, say_json

Kind = Annotated[
    str, typer.Argument(metavar="KIND", help="incident, publication or provider.", show_default=False)
]
About = Annotated[
    str,
    typer.Argument(
        metavar="ABOUT",
        help="The project; for a provider the code of the school that gives it data.",
        show_default=False,
    ),
]
Title = Annotated[str, typer.Option("--title", help="What it is called.", show_default=False)]
Text = Annotated[
    str,
    typer.Option(
        "--text", help="What happened; of a provider what it is given. None: it is a provider no longer."
    ),
]
Why = Annotated[str, typer.Option("--why", help="Of a provider: what for.")]
Url = Annotated[str, typer.Option("--url", help="Where more can be read: https://…")]


@guarded
def note(
    kind: Kind,
    about: About,
    title: Title,
    text: Text = "",
    why: Why = "",
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """Add a line to the register of uses. Everybody reads it, and it cannot be taken out, only followed by another.

    An incident is recorded by an admin, a publication by the lead researcher or an admin, and a provider by the data
    officer of its school.
    """
    new = {"kind": kind, "about": about, "title": title, "text": text, "why": why, "url": url}
    with signed_in() as service:
        added = service.note_register(new)
    if as_json:
        say_json(added)
        return
    what, about = plain(added["kind"]), plain(added["about"])
    say(f"On the register: {what} of {about}, entry {added['audit_leaf']} of the record.")
