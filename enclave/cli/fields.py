"""`enclave fields`: what a project has, and what it may do with it."""

from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from enclave.cli.edge import guarded
from enclave.cli.online import local_or_online, plain, project_of, signed_in
from enclave.cli.options import AsJson, SomeHome, SomePerson, SomeProject
from enclave.cli.screen import columns, say, say_json

Json: TypeAlias = dict[str, Any]
Table = Annotated[str | None, typer.Argument(metavar="TABLE", help="Only this table.")]
Find = Annotated[str | None, typer.Option("--find", help="Only what mentions this word.", show_default=False)]
MOST_WORDS = 70  # of a description on one line


@guarded
def fields(
    table: Table = None,
    find: Find = None,
    home: SomeHome = None,
    project: SomeProject = None,
    person: SomePerson = None,
    as_json: AsJson = False,
) -> None:
    """List the tables and fields of a project, with the uses that each may be put to."""
    local = local_or_online(home, project, person)
    if local is None:
        with signed_in() as service:
            listed = service.fields(project_of(service, project), table=table, find=find)
    else:
        listed = _listed(*local, table, find)
    if as_json:
        say_json(listed)
    else:
        say("\n\n".join(_as_text(each) for each in listed) or "No field of this project fits.")


def _listed(home: Path, project: str, person: str, table: str | None, find: str | None) -> list[Json]:
    from enclave.actions.fields_json import table_json
    from enclave.wiring.policies import fields_of

    found = fields_of(home, project=project, person=person, table=table, find=find)
    return [table_json(each) for each in found]


def _as_text(listed: Json) -> str:
    years = f"  ({', '.join(map(plain, listed['years']))})" if listed["years"] else ""
    rows = [(plain(each["name"]), ", ".join(each["uses"]), _description(each)) for each in listed["fields"]]
    return f"{plain(listed['table'])}{years}\n{columns(rows)}"


def _description(field: Json) -> str:
    text = plain(field["description"])
    return text if len(text) <= MOST_WORDS else f"{text[: MOST_WORDS - 3]}..."
