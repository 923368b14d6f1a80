"""`enclave replay`: an output is run again, or it is shown that what it was made of was destroyed."""

from dataclasses import asdict
from typing import Annotated

import typer

from enclave.cli.edge import guarded
from enclave.cli.exits import Exit
from enclave.cli.options import AsJson, Home
from enclave.cli.screen import say, say_json

Of = Annotated[
    str, typer.Argument(metavar="OUTPUT", help="The id of an output, or of a query.", show_default=False)
]


@guarded
def replay(of: Of, home: Home, as_json: AsJson = False) -> None:
    """Run a released output again, or prove that what it was made of was destroyed. No number is shown."""
    from enclave.wiring.home import open_home
    from enclave.wiring.replays import Came
    from enclave.wiring.replays import replay as run_again

    found = run_again(open_home(home), of)
    if as_json:
        say_json({**asdict(found), "came": found.came.value})
    else:
        say(f"{found.of}: {found.came.value}.")
        for sentence in found.because:
            say(f"  {sentence}")
        if found.table_sha256:
            say(f"  table_sha256 {found.table_sha256}")
        if found.entries:
            say(f"  entries of the record: {', '.join(map(str, found.entries))}")
    if found.came in (Came.NOT_SAME, Came.NOT_PROVEN):
        raise typer.Exit(Exit.REFUSED)
