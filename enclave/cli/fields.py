"""`enclave fields`: what a project has, and what it may do with it."""

from typing import TYPE_CHECKING, Annotated

import typer

from enclave.cli.edge import guarded
from enclave.cli.options import AsJson, Home, Person, Project
from enclave.cli.screen import columns, printable, say, say_json

if TYPE_CHECKING:
    from enclave.actions.list_fields import ListedField, ListedTable

Table = Annotated[str | None, typer.Argument(metavar="TABLE", help="Only this table.")]
Find = Annotated[str | None, typer.Option("--find", help="Only what mentions this word.", show_default=False)]
MOST_WORDS = 70  # of a description on one line


@guarded
def fields(
    home: Home,
    project: Project,
    person: Person,
    table: Table = None,
    find: Find = None,
    as_json: AsJson = False,
) -> None:
    """List the tables and fields of a project, with the uses that each may be put to."""
    from enclave.wiring.policies import fields_of

    listed = fields_of(home, project=project, person=person, table=table, find=find)
    if as_json:
        say_json([_as_json(each) for each in listed])
    else:
        say("\n\n".join(_as_text(each) for each in listed) or "No field of this project fits.")


def _as_text(listed: "ListedTable") -> str:
    years = f"  ({', '.join(listed.years)})" if listed.years else ""
    rows = [(each.field.name, ", ".join(each.uses), _description(each)) for each in listed.fields]
    return f"{listed.table.name}{years}\n{columns(rows)}"


def _description(listed: "ListedField") -> str:
    text = printable(listed.field.description)
    return text if len(text) <= MOST_WORDS else f"{text[: MOST_WORDS - 3]}..."


def _as_json(listed: "ListedTable") -> dict[str, object]:
    return {
        "table": listed.table.name,
        "description": listed.table.description,
        "years": None if listed.years is None else list(listed.years),
        "fields": [_field_json(each) for each in listed.fields],
    }


def _field_json(listed: "ListedField") -> dict[str, object]:
    field = listed.field
    return {
        "name": field.name,
        "type": field.type,
        "uses": [use.value for use in listed.uses],
        "tier": field.tier,
        "zeros": field.zeros.value,
        "code_set": field.code_set,
        "description": field.description,
    }
