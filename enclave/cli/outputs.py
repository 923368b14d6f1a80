"""`enclave outputs` and `get`: what was released, on the screen or as files."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from enclave.cli.edge import guarded
from enclave.cli.online import long_day, plain, signed_in, write_whole
from enclave.cli.options import AsJson, SomeProject
from enclave.cli.screen import columns, say, say_json

if TYPE_CHECKING:
    from enclave.client.service import Service
    from enclave.client.tables import Drawn

MOST_ROWS = 60  # on a screen; of a longer table, rows of which nothing is shown are counted
FORMS = ("csv", "json", "parquet", "arrow")
NUMBERS = ("INT", "DOUBLE", "FLOAT", "REAL", "DECIMAL", "HUGEINT")
LEGEND = {
    "c": "c = hidden to protect people, or nobody.",
    "z": "z = not applicable.",
    "x": "x = not available.",
    "low": "low = rounds to 0 but is not 0.",
}

OutputId = Annotated[str, typer.Argument(metavar="OUTPUT", help="Such as O-131.", show_default=False)]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stays on record.", show_default=False)]
Emergency = Annotated[
    bool, typer.Option("--emergency", help="Take it back at once; a second person has to agree within a day.")
]
To = Annotated[Path | None, typer.Option("--to", help="Write files to this folder.", show_default=False)]
Show = Annotated[bool, typer.Option("--show", help="Print the table.")]
Form = Annotated[str, typer.Option("--format", help="Of the file: csv, json, parquet or arrow.")]


@guarded
def outputs(project: SomeProject = None, as_json: AsJson = False) -> None:
    """List the outputs of your projects, the newest first."""
    with signed_in() as service:
        found = list(service.outputs(project))
    if as_json:
        say_json(found)
    else:
        say(columns([_row(one) for one in found], indent=" ") or "There are no outputs yet.")


@guarded
def get(
    output: OutputId, to: To = None, show: Show = False, form: Form = "csv", as_json: AsJson = False
) -> None:
    """Fetch a release: print it, or write it to a folder with a file that says what it is."""
    from enclave.client.tables import drawn

    if form not in FORMS:
        raise typer.BadParameter(f"choose one of {', '.join(FORMS)}", param_hint="--format")
    with signed_in() as service:
        table = service.table(output)
        written = [] if to is None else fetch(service, output, form=form, to=to, table=table)
    if as_json:
        say_json(table)
    else:
        if written:
            say(columns([(str(file), what) for file, what in written], indent=""))
        if show or to is None:
            say(table_text(drawn(table)))


@guarded
def withdraw(output: OutputId, as_json: AsJson = False) -> None:
    """Take back an output that is not released yet."""
    with signed_in() as service:
        _say_state(service.withdraw(output), as_json=as_json)


@guarded
def revoke(output: OutputId, reason: Reason, emergency: Emergency = False, as_json: AsJson = False) -> None:
    """Ask for a release to be taken back, for admins and senior checkers; a second person has to agree."""
    with signed_in() as service:
        found = service.revoke(output, reason, emergency=emergency)
    if as_json or emergency:
        _say_state(found, as_json=as_json)
    else:
        say(
            f"{plain(output)} is {plain(found['status'])} until a second person agrees that it is taken back."
        )


@guarded
def confirm_revocation(output: OutputId, as_json: AsJson = False) -> None:
    """Agree, as a second person, that a release is taken back. It stays on the register, with the reason on record."""
    with signed_in() as service:
        _say_state(service.confirm_revocation(output), as_json=as_json)


@guarded
def decline_revocation(output: OutputId, reason: Reason, as_json: AsJson = False) -> None:
    """Do not agree, as a second person: the release stands, or is given out again."""
    with signed_in() as service:
        _say_state(service.decline_revocation(output, reason), as_json=as_json)


@guarded
def revocations(as_json: AsJson = False) -> None:
    """List what waits for a second person, for admins and senior checkers."""
    with signed_in() as service:
        found = service.revocations()
    if as_json:
        say_json(found)
        return
    rows = [
        (plain(one["output"]), "emergency" if one["emergency"] else "asked", plain(one["reason"]))
        for one in found
    ]
    say(columns(rows, indent=" ") or "Nothing waits for a second person.")


def _say_state(output: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(output)
    else:
        say(f"{plain(output['id'])} is {plain(output['status'])}.")


def table_text(table: "Drawn") -> str:
    """A table as it is printed: numbers to the right, hidden cells as their symbol, and what the symbols mean."""
    words, left_out = _few(table)
    headings = [plain(name) for name in table.names]
    rows = [headings, *([plain(word) for word in row] for row in words)]
    lines = _aligned(rows, [any(sign in kind for sign in NUMBERS) for kind in table.types])
    used = {mark for marks in table.cells for mark in marks}
    older = ", ".join(map(plain, table.older_versions))
    said = [f" Some numbers are those of an older version of the data: {older}."] if older else []
    said += [f" {plain(table.perturbed)}"] if table.perturbed else []
    return "\n".join(
        [*lines, *left_out, *(f" {words}" for mark, words in LEGEND.items() if mark in used), *said]
    )


def _few(table: "Drawn") -> tuple[list[list[str]], list[str]]:
    """The rows that fit on a screen, and what is said of the others."""
    words = table.words()
    if len(words) <= MOST_ROWS:
        return words, []
    telling = [row for row, numbers in zip(words, table.numbers_shown(), strict=True) if numbers]
    more, empty = len(telling) - MOST_ROWS, len(words) - len(telling)
    said = [f" ... and {more:,} more rows: --to FOLDER"] if more > 0 else []
    return telling[:MOST_ROWS], [*said, f" ... and {empty:,} rows with c for every number"] if empty else said


def _aligned(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = (
            word.rjust(width) if to_right else word.ljust(width)
            for word, width, to_right in zip(row, widths, right, strict=True)
        )
        lines.append(f" {'   '.join(cells)}".rstrip())
    return lines


def _row(output: dict[str, Any]) -> tuple[str, str, str, str]:
    status = plain(output["status"])
    when = f" {long_day(output['released_at'])}" if output.get("released_at") else ""
    forms = " ".join(map(plain, output.get("formats") or ()))
    return plain(output["id"]), plain(output.get("name") or "-"), f"{status}{when}", forms


def fetch(
    service: "Service", output: str, *, form: str, to: Path, table: dict[str, Any]
) -> list[tuple[Path, str]]:
    """The file of a release, and beside it what each column is, the rules and how to cite it; and what each holds."""
    to.mkdir(parents=True, exist_ok=True)
    file = to / f"{output}.{form}"
    write_whole(file, service.file(output, "records" if form == "json" else form))
    beside = to / f"{file.name}-metadata.json"
    about = _metadata(file.name, table, service.output(output))
    write_whole(beside, json.dumps(about, ensure_ascii=False, indent=2).encode())
    return [
        (file, f"{len(table['rows']):,} rows"),
        (beside, "what each column is, rules of the house, how to cite"),
    ]


def _metadata(name: str, table: Any, about: dict[str, Any]) -> dict[str, Any]:
    """CSV on the Web's names where it has one."""
    manifest = about.get("manifest") or {}
    return {
        "@context": "http://www.w3.org/ns/csvw",
        "url": name,
        "dc:title": about.get("name"),
        "dc:identifier": about.get("id"),
        "dc:issued": about.get("released_at"),
        "dc:bibliographicCitation": _citation(about, manifest),
        "tableSchema": {
            "columns": [{"titles": column["name"], "datatype": column["type"]} for column in table["columns"]]
        },
        "incomplete": table.get("incomplete") or [],
        **({"older_versions": table["older_versions"]} if table.get("older_versions") else {}),
        **({"perturbed": table["perturbed"]} if table.get("perturbed") else {}),
        "symbols": LEGEND,
        "manifest": manifest,
    }


def _citation(about: dict[str, Any], manifest: dict[str, Any]) -> str:
    made_up = " Synthetic data." if manifest.get("synthetic") else ""
    return (
        f"{about.get('name') or about.get('id')}. {manifest.get('house', 'Enclave')}, project {about.get('project')}, "
        f"output {about.get('id')}, released {str(about.get('released_at'))[:10]}.{made_up}"
    )
