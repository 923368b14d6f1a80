"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

Home = Annotated[
    Path,
    typer.Option("--home", envvar="ENCLAVE_HOME", help="The folder of the deployment.", show_default=False),
]
Project = Annotated[
    str, typer.Option("--project", help="The project, such as P-2026-014.", show_default=False)
]
Person = Annotated[str, typer.Option("--as", help="The id of the person who asks.", show_default=False)]
SomeHome = Annotated[
    Path | None,
    typer.Option(
        "--home",
        envvar="ENCLAVE_HOME",
        help="The folder of a deployment, instead of the service you are signed in to.",
        show_default=False,
    ),
]
SomeProject = Annotated[
    str | None, typer.Option("--project", help="The project, where there are several.", show_default=False)
]
SomePerson = Annotated[
    str | None, typer.Option("--as", help="With --home: the id of the person who asks.", show_default=False)
]
Route = Annotated[
    Literal["ordinary", "checkers"],
    typer.Option("--route", help="checkers: people look at the answer in any case."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
At = Annotated[
    str | None,
    typer.Option("--at", help="Ask as of this time, such as 2026-11-26T09:00:00Z.", show_default=False),
]
