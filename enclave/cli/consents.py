"""`enclave consents`: the register of consents, for data stewards."""

from pathlib import Path
from typing import Annotated, Any

import typer

from enclave.cli.edge import guarded
from enclave.cli.online import plain, signed_in
from enclave.cli.options import AsJson
from enclave.cli.screen import columns, say, say_json

app = typer.Typer(
    help="Who may be counted for organisations that reach nobody without a consent. For data stewards.",
    no_args_is_help=True,
)

KeysFile = Annotated[
    Path,
    typer.Argument(
        metavar="KEYS",
        help="A file with one key of the source on each line.",
        exists=True,
        dir_okay=False,
        show_default=False,
    ),
]
Unit = Annotated[str, typer.Option("--unit", help="Whose keys they are, such as pupil.", show_default=False)]
Purpose = Annotated[list[str], typer.Option("--purpose", help="What it is for; may be given again.")]
Recipient = Annotated[
    list[str], typer.Option("--recipient", help="A kind of organisation; may be given again.")
]
Evidence = Annotated[str, typer.Option("--evidence", help="Where the consents are.", show_default=False)]
Given = Annotated[str, typer.Option("--given", metavar="YYYY-MM-DD", show_default=False)]
Expires = Annotated[str | None, typer.Option("--expires", metavar="YYYY-MM-DD", show_default=False)]


@app.command("list")
@guarded
def list_consents(as_json: AsJson = False) -> None:
    """List the register, the latest first. It does not say whom a consent is about."""
    with signed_in() as service:
        found = service.consents()
    if as_json:
        say_json(found)
    else:
        say(columns([_row(one) for one in found], indent=" ") or "There are no consents.")


@app.command("record")
@guarded
def record(
    keys: KeysFile,
    unit: Unit,
    purpose: Purpose,
    recipient: Recipient,
    evidence: Evidence,
    given: Given,
    expires: Expires = None,
) -> None:
    """Record that people have consented: all of the file, or none."""
    said: dict[str, Any] = {
        "unit": unit,
        "keys": _keys(keys),
        "purposes": purpose,
        "recipients": recipient,
        "evidence": evidence,
        "given_on": given,
        "expires_on": expires,
    }
    with signed_in() as service:
        made = service.record_consents(said)
    say(f"{len(made)} recorded: {plain(made[0])} to {plain(made[-1])}.")


@app.command("withdraw")
@guarded
def withdraw(keys: KeysFile, unit: Unit) -> None:
    """Record that these people consent to nothing any more."""
    with signed_in() as service:
        gone = service.withdraw_consents({"unit": unit, "keys": _keys(keys)})
    say(f"{len(gone)} withdrawn. Every query that begins from now on counts without these people.")


def _keys(path: Path) -> list[str]:
    return [line.strip() for line in path.read_text("utf-8").splitlines() if line.strip()]


def _row(consent: dict[str, Any]) -> tuple[str, ...]:
    state = "withdrawn" if consent["withdrawn_at"] else "given"
    words = (
        consent["id"],
        state,
        consent["unit"],
        *(" ".join(consent[name]) for name in ("recipients", "purposes")),
    )
    return tuple(plain(word) for word in (*words, consent["given_on"], consent["evidence"]))
