"""`enclave comments`, `comment`, `looks`, `look` and `figures`."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from enclave.cli.edge import guarded
from enclave.cli.online import plain, signed_in
from enclave.cli.options import AsJson
from enclave.cli.screen import columns, say, say_json

OutputId = Annotated[str, typer.Argument(metavar="OUTPUT", help="Such as O-131.", show_default=False)]
Text = Annotated[str, typer.Argument(metavar="TEXT", help="What you say.", show_default=False)]
Row = Annotated[
    int | None,
    typer.Option("--row", min=0, help="Of the cell it is about, from 0; for checkers.", show_default=False),
]
Column = Annotated[str | None, typer.Option("--column", help="Of the cell.", show_default=False)]
ReplyTo = Annotated[
    int | None, typer.Option("--reply-to", help="The comment that it answers.", show_default=False)
]
Concern = Annotated[bool, typer.Option("--concern", help="It should perhaps be taken back.")]
Comment = Annotated[str, typer.Option("--comment", help="What you found.")]


@guarded
def comments(output: OutputId, as_json: AsJson = False) -> None:
    """Read the threads on an output."""
    with signed_in() as service:
        found = service.comments(output)
    if as_json:
        say_json(found)
    else:
        say("\n".join(_lines(found)) or "Nothing has been said.")


@guarded
def comment(
    output: OutputId,
    text: Text,
    row: Row = None,
    column: Column = None,
    reply_to: ReplyTo = None,
    as_json: AsJson = False,
) -> None:
    """Ask about a cell, as a checker; answer, as the people of the project."""
    if (row is None) != (column is None):
        raise typer.BadParameter("a cell has a --row and a --column")
    with signed_in() as service:
        made = service.comment(output, text, row=row, column=column, reply_to=reply_to)
    if as_json:
        say_json(made)
    else:
        say(f"Comment {made['id']} is on {plain(output)}.")


@guarded
def looks(as_json: AsJson = False) -> None:
    """List automatic releases that were drawn to be looked at. For checkers."""
    with signed_in() as service:
        found = service.looks()
    if as_json:
        say_json(found)
        return
    rows = [(plain(one["output"]), plain(one["project"]), plain(one["name"] or "-")) for one in found]
    say(columns(rows, indent=" ") or "Nothing was drawn that nobody has looked at.")


@guarded
def look(output: OutputId, concern: Concern = False, comment: Comment = "", as_json: AsJson = False) -> None:
    """Say what you found in a release that was drawn: it is fine, or a concern."""
    with signed_in() as service:
        found = service.look(output, "concern" if concern else "fine", comment)
    if as_json:
        say_json(found)
    else:
        say(f"{plain(output)}: {plain(found['finding'])}.")


@guarded
def figures(as_json: AsJson = False) -> None:
    """Show how long checkers take, why things come back, and which pairs decide together."""
    with signed_in() as service:
        found = service.figures()
    if as_json:
        say_json(found)
    else:
        say("\n".join(_figures(found)))


def _lines(found: list[dict[str, Any]]) -> Iterator[str]:
    for one in found:
        answers = f" answers {one['reply_to']}" if one.get("reply_to") else ""
        cell = one.get("cell")
        where = "" if not cell else f" on {plain(cell['column'])}{_row(cell)}"
        yield f"{one['id']}  {plain(one['by'])}{answers}{where}: {plain(one['text'])}"


def _row(cell: dict[str, Any]) -> str:
    return "" if cell.get("row") is None else f", row {cell['row']}"


def _figures(found: dict[str, Any]) -> Iterator[str]:
    took, bad = found["turn_around"], found["known_bad"]
    half, most = (_hours(took[name]) for name in ("p50_working_hours", "p90_working_hours"))
    yield f"Of the last {found['days']} days: {took['decided']} decided, half within {half}, nine in ten within {most}."
    yield f"{took['waiting']} wait, the longest {_hours(took['longest_wait_working_hours'])}."
    yield f"Of {bad['votes']} votes on known-bad items {bad['caught']} did not approve."
    yield from (f"  {times}  {plain(reason)}" for reason, times in found["reasons"].items())
    for pair in found["pairs"]:
        people = " and ".join(map(plain, pair["pair"]))
        yield f"{people} decided {pair['handled']} of {pair['of']} releases of {plain(pair['project'])}."


def _hours(hours: float | None) -> str:
    return "-" if hours is None else f"{hours} working hours"
