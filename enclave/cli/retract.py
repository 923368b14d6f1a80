"""`enclave retract`: a field is taken out of use and out of every file."""

from typing import Annotated

import typer

from enclave.cli.edge import guarded
from enclave.cli.options import AsJson, Home
from enclave.cli.screen import say, say_json

Field = Annotated[str, typer.Argument(metavar="TABLE.FIELD", help="The field.", show_default=False)]
By = Annotated[str, typer.Option("--by", help="The id of the data steward who asks.", show_default=False)]
Second = Annotated[
    str, typer.Option("--with", help="The id of a second person, who agrees.", show_default=False)
]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the record.", show_default=False)]
NAMED = "say all three of --by, --with and --reason; or none of them, to carry out what two people agreed to signed in"


@guarded
def retract(
    field: Field, home: Home, by: By = "", second: Second = "", reason: Reason = "", as_json: AsJson = False
) -> None:
    """Retract a field: nobody can use it any more, and its bytes leave every data version. There is no way back.

    Two people have to want it. They ask and agree signed in, at the service; or --by and --with name them here.
    """
    from enclave.terms import FieldRef, PersonId
    from enclave.wiring.home import open_home
    from enclave.wiring.retractions import retract_agreed, retract_field

    table, dot, name = field.partition(".")
    if not dot:
        raise typer.BadParameter("write TABLE.FIELD")
    opened, wanted, named = (
        open_home(home),
        FieldRef(table, name),
        [bool(one) for one in (by, second, reason)],
    )
    if any(named) and not all(named):
        raise typer.BadParameter(NAMED)
    done = (
        retract_field(opened, wanted, by=PersonId(by), second=PersonId(second), reason=reason)
        if all(named)
        else retract_agreed(opened, wanted)
    )
    if as_json:
        files = [{"file": file, "before": before, "after": after} for file, before, after in done.files]
        say_json({"field": field, "files": files, "scanned": done.scan.files, "holding": []})
        return
    say(
        f"{field} is retracted. {len(done.files)} files were rewritten or removed; of {done.scan.files} files that were"
        f" scanned ({done.scan.bytes:,} bytes) none holds it. Two entries of the record tell of it."
    )
