"""`enclave policy`: are the policy files right, and what may stand in them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from enclave.cli.edge import guarded
from enclave.cli.exits import Exit
from enclave.cli.options import AsJson
from enclave.cli.screen import say, say_json

if TYPE_CHECKING:
    from enclave.documents import Finding

app = typer.Typer(help="Check, compare and apply policy files.", no_args_is_help=True, rich_markup_mode=None)

SomeHome = Annotated[
    Path | None,
    typer.Option("--home", envvar="ENCLAVE_HOME", help="The folder of the deployment.", show_default=False),
]
Folder = Annotated[
    Path | None,
    typer.Option("--policies", help="A folder of policy files, without a home.", show_default=False),
]
Kind = Annotated[str | None, typer.Argument(metavar="KIND", help="One kind of file; else all.")]
Json = Annotated[bool, typer.Option("--json", help="Schemas are JSON anyway.")]
Form = Annotated[str, typer.Option("--format", help="text, json, or github for annotations.")]


@app.command("check")
@guarded
def check(
    home: SomeHome = None, policies: Folder = None, form: Form = "text", as_json: AsJson = False
) -> None:
    """Find everything that is wrong in every policy file, with its place and what would mend it."""
    from enclave.wiring.policies import check_folder

    form = "json" if as_json else form
    if form not in {"text", "json", "github"}:
        raise typer.BadParameter("choose text, json or github", param_hint="--format")
    findings = check_folder(folder_of(home, policies), home if policies is None else None)
    show_findings(findings, form)
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(Exit.UNEXPECTED)


@app.command("schema")
@guarded
def schema(kind: Kind = None, as_json: Json = False) -> None:
    """Print the JSON Schemas of the policy files, for editors."""
    del as_json  # always
    from enclave.actions.policy_schemas import schemas

    known = schemas()
    if kind is None:
        say_json(known)
        return
    if kind not in known:
        raise typer.BadParameter(f"choose one of {', '.join(known)}", param_hint="KIND")
    say_json(known[kind])


def folder_of(home: Path | None, policies: Path | None) -> Path:
    """The folder of policy files that was meant: `--policies` wins over a home."""
    from enclave.wiring.home import WrongUse, open_home

    if policies is not None:
        if not policies.is_dir():
            raise WrongUse(f"{policies} is not a folder")
        return policies
    if home is None:
        raise typer.BadParameter("name the folder with --home or --policies")
    return open_home(home).policies


def show_findings(findings: "tuple[Finding, ...]", form: str) -> None:
    """Findings for a person, a program, or a code host."""
    from enclave.documents import Severity, rendered

    if form == "json":
        say_json([finding.as_dict() for finding in findings])
    elif form == "github":
        for finding in findings:
            say(_annotation(finding))
    else:
        errors = sum(finding.severity is Severity.ERROR for finding in findings)
        counts = f"{_count(errors, 'error')}, {_count(len(findings) - errors, 'warning')}"
        say("\n\n".join([rendered(findings), counts] if findings else [counts]))


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _annotation(finding: "Finding") -> str:
    """One line that a code host turns into a remark at the place; its separators are escaped in the text."""
    place = f"file={_escaped(finding.file)},line={max(finding.line, 1)},col={max(finding.column, 1)}"
    words = f"{finding.message}. {finding.fix}".replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::{finding.severity} {place},title={_escaped(finding.code)}::{words}"


def _escaped(text: str) -> str:
    for letter, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C")):
        text = text.replace(letter, code)
    return text
