"""`enclave init`: a new deployment in a folder."""

from pathlib import Path
from typing import Annotated

import typer

from enclave.cli.edge import guarded
from enclave.cli.options import AsJson
from enclave.cli.screen import say, say_json

Target = Annotated[
    Path, typer.Argument(metavar="HOME", help="A folder that does not exist yet, or is empty.")
]
Policies = Annotated[
    Path | None,
    typer.Option(
        "--policies", help="Start from these policy files instead of the example.", show_default=False
    ),
]


@guarded
def init(home: Target, policies: Policies = None, as_json: AsJson = False) -> None:
    """Make a home: policy files (under git, where git is there), an empty data folder, and fresh keys."""
    from enclave.wiring.home import make_home
    from enclave.wiring.packaged import packaged_policies

    made = make_home(home, policies=policies or packaged_policies())
    if as_json:
        say_json({"home": str(made.root)})
        return
    say(
        f"Made {home}\n"
        "  policies/  who may ask what; edit these files, then: enclave policy check\n"
        "  data/      empty; fill it with: enclave data load\n"
        "  state/     keys, which nothing can replace: keep a safe copy of state/keys"
    )
