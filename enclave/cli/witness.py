"""`enclave witness`: a process apart from the service, on another machine, which remembers what the log has shown."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from enclave.cli.edge import guarded
from enclave.cli.exits import Exit
from enclave.cli.online import write_whole
from enclave.cli.options import AsJson
from enclave.cli.screen import complain, say, say_json

if TYPE_CHECKING:
    from enclave.audit.witness import Looked

app = typer.Typer(
    help="Remember what a log has shown, and sign only what begins with it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The memory of the witness: keep it safe.")]
Url = Annotated[str, typer.Argument(metavar="URL", help="The address of the service.")]
Name = Annotated[str, typer.Option("--name", help="Its name, such as witness.example.org/w1.")]
LogKey = Annotated[str, typer.Option("--key", help="The log's public key, or a file that holds it.")]
Held = Annotated[
    Path | None,
    typer.Option(
        "--held", help="A checkpoint to begin with; else it believes the first.", show_default=False
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="Write the signed checkpoint here instead.", show_default=False),
]


@app.command("new")
@guarded
def new(folder: Folder, name: Name, key: LogKey, held: Held = None, as_json: AsJson = False) -> None:
    """Make a witness of one log, with a key of its own. Says its public key."""
    from enclave.audit.verify import NotVerified
    from enclave.audit.witness import new_witness
    from enclave.wiring.sources import new_key

    try:
        spelled = key if "+" in key else Path(key).read_text("utf-8")
        note = None if held is None else held.read_text("utf-8")
        public = new_witness(folder, name=name, log_key=spelled, held=note, new_key=new_key)
    except (OSError, ValueError, NotVerified) as problem:
        complain(f"enclave: {problem}")
        raise typer.Exit(Exit.USAGE) from None
    if as_json:
        say_json({"key": public})
        return
    say(public)


@app.command("look")
@guarded
def look(folder: Folder, url: Url, out: Out = None, as_json: AsJson = False) -> None:
    """Look at the log once, and sign its checkpoint if it begins with what was seen. Ends with 3 on an alarm."""
    from enclave.audit.log_site import log_site
    from enclave.audit.witness import WitnessUnusable
    from enclave.audit.witness import look as look_at
    from enclave.wiring.sources import SystemClock

    try:
        with log_site(url) as read:
            found = look_at(folder, read, now=SystemClock().now())
    except WitnessUnusable as problem:
        complain(f"enclave: {problem}")
        raise typer.Exit(Exit.UNEXPECTED) from None
    _tell(found, out, as_json=as_json)
    if found.alarms or found.refused:
        raise typer.Exit(Exit.REFUSED)


def _tell(found: "Looked", out: Path | None, *, as_json: bool) -> None:
    if found.note is not None and out is not None:
        write_whole(out, found.note.encode())
    if as_json:
        say_json(_as_json(found))
        return
    if found.note is not None and out is None:
        print(found.note, end="")
    if found.refused is not None:
        complain(f"ALARM, nothing is signed: {found.refused.wrong}: {found.refused.detail}")
    for alarm in found.alarms:
        complain(f"alarm of {alarm.at}: {alarm.wrong}: {alarm.detail}")


def _as_json(found: "Looked") -> dict[str, object]:
    refused = found.refused
    return {
        "signed": found.note,
        "refused": None if refused is None else {"wrong": refused.wrong, "detail": refused.detail},
        "alarms": [{"at": one.at, "wrong": one.wrong, "detail": one.detail} for one in found.alarms],
    }
