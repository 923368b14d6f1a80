"""`enclave cases`: requests of people about their own records, for those who answer them."""

from pathlib import Path
from typing import Annotated, Any

import typer

from enclave.cli.edge import guarded
from enclave.cli.online import plain, signed_in, write_whole
from enclave.cli.options import AsJson
from enclave.cli.screen import columns, say, say_json

app = typer.Typer(
    help="Requests of people about their own records. What opens the vault or decides takes two people, in two roles.",
    no_args_is_help=True,
)

FORMS = ("html", "pdf", "json")
CaseId = Annotated[str, typer.Argument(metavar="CASE", help="Such as C-3.", show_default=False)]
Kind = Annotated[
    str, typer.Argument(help="access, correction, objection, opt-out, consent or demand.", show_default=False)
]
Received = Annotated[
    str, typer.Option("--received", help="The day it came, such as 2026-11-24.", show_default=False)
]
Contact = Annotated[
    str, typer.Option("--contact", help="How whoever asks can be reached.", show_default=False)
]
About = Annotated[str, typer.Option("--about", help="What they ask, in their words.", show_default=False)]
Through = Annotated[str, typer.Option("--through", help="The school through which it came.")]
OnBehalf = Annotated[bool, typer.Option("--on-behalf", help="Somebody with responsibility for a child asks.")]
Authority = Annotated[str, typer.Option("--authority", help="Of a demand: whose it is. Everybody reads it.")]
Basis = Annotated[str, typer.Option("--basis", help="Of a demand: by what law. Everybody reads it.")]
Over = Annotated[bool, typer.Option("--over", help="Those that are decided or closed, too.")]
Text = Annotated[
    list[str],
    typer.Option(
        "--say",
        help="identity=…, responsibility=…, maturity=…, reason=…, purposes=…, recipients=…, expires=… or withdraw=yes.",
        show_default=False,
    ),
]
By = Annotated[
    list[str],
    typer.Option("--by", help="A field that identifies, and what it holds: FIELD=VALUE.", show_default=False),
]
Withheld = Annotated[
    list[str],
    typer.Option(
        "--withhold", help="What the copy leaves out, and why: TABLE.FIELD=WHY.", show_default=False
    ),
]
Correct = Annotated[
    list[str],
    typer.Option(
        "--correct", help="TABLE.FIELD=VALUE where FIELD=VALUE: what it is to be.", show_default=False
    ),
]
Becomes = Annotated[
    str | None,
    typer.Option("--outcome", help="granted, 'granted in part', refused or withdrawn.", show_default=False),
]
Did = Annotated[
    str,
    typer.Argument(
        metavar="ACT",
        help="verify, look-up, allow, propose, confirm, decline, extend or close.",
        show_default=False,
    ),
]
Seen = Annotated[
    int | None, typer.Option("--seen", help="The version of the case that you saw.", show_default=False)
]
Form = Annotated[str, typer.Option("--format", help="html, pdf or json.")]
To = Annotated[Path, typer.Option("--to", help="The file to write.", show_default=False)]
ACTS = {"look-up": "ask for the look-up", "allow": "allow the look-up"}


@app.command("open")
@guarded
def open_case(
    kind: Kind,
    received: Received,
    contact: Contact,
    about: About,
    through: Through = "",
    on_behalf: OnBehalf = False,
    authority: Authority = "",
    basis: Basis = "",
    as_json: AsJson = False,
) -> None:
    """Put a request on record. Its clock runs from the day on which it came."""
    request = {
        "kind": kind,
        "received_on": received,
        "contact": contact,
        "about": about,
        "through": through,
        "on_behalf": on_behalf,
        "authority": authority,
        "basis": basis,
    }
    with signed_in() as service:
        _say(service.open_case(request), as_json=as_json)


@app.command("list")
@guarded
def list_cases(over: Over = False, as_json: AsJson = False) -> None:
    """List the cases that you may read, the newest first."""
    with signed_in() as service:
        found = service.cases(over=over)
    if as_json:
        say_json(found)
        return
    rows = [
        (*map(plain, (one["id"], one["kind"], one["state"])), f"due {plain(one['due_on'])}") for one in found
    ]
    say(columns(rows, indent=" ") or "No case waits.")


@app.command("show")
@guarded
def show(case: CaseId, as_json: AsJson = False) -> None:
    """Show a case, what was done, and its papers."""
    with signed_in() as service:
        _say(service.case(case), as_json=as_json)


@app.command("act")
@guarded
def act(
    case: CaseId,
    did: Did,
    said: Text = [],  # noqa: B006 - as typer takes lists
    by: By = [],  # noqa: B006
    withhold: Withheld = [],  # noqa: B006
    correct: Correct = [],  # noqa: B006
    outcome: Becomes = None,
    seen: Seen = None,
    as_json: AsJson = False,
) -> None:
    """Do one thing with a case."""
    done = {
        "did": ACTS.get(did, did),
        "outcome": outcome,
        "texts": _pairs(said, "--say"),
        "criteria": _pairs(by, "--by"),
        "withheld": _pairs(withhold, "--withhold"),
        "corrections": [_correction(one) for one in correct],
        "seen": seen,
    }
    with signed_in() as service:
        _say(service.act_on_case(case, done), as_json=as_json)


@app.command("copy")
@guarded
def copy(case: CaseId, to: To, form: Form = "html") -> None:
    """Fetch the copy of a record. Each look is on record."""
    if form not in FORMS:
        raise typer.BadParameter(f"choose one of {', '.join(FORMS)}", param_hint="--format")
    with signed_in() as service:
        write_whole(to, service.copy_of_record(case, form))
    say(f"The copy of {plain(case)} is in {to}. Give it to nobody but whom it is about.")


@app.command("demands")
@guarded
def demands(as_json: AsJson = False) -> None:
    """List every demand of a court, the police or another authority. Anybody may."""
    with signed_in() as service:
        found = service.demands()
    if as_json:
        say_json(found)
        return
    names = ("id", "received_on", "authority", "basis")
    rows = [(*(plain(one[name]) for name in names), plain(one["outcome"] or "not decided")) for one in found]
    say(columns(rows, indent=" ") or "There was none.")


def _correction(written: str) -> dict[str, Any]:
    """`table.field=value where year=2021`, or without the last part: in all rows."""
    what, _, where = written.partition(" where ")
    named, sign, value = what.partition("=")
    table, dot, field = named.partition(".")
    if not (sign and dot):
        raise typer.BadParameter("write TABLE.FIELD=VALUE [where FIELD=VALUE]", param_hint="--correct")
    return {
        "table": table,
        "field": field,
        "value": value or None,
        "where": _pairs(where.split(), "--correct"),
    }


def _pairs(written: list[str], option: str) -> dict[str, str]:
    found = {}
    for pair in written:
        name, sign, value = pair.partition("=")
        if not sign or not name:
            raise typer.BadParameter("write NAME=VALUE", param_hint=option)
        found[name] = value
    return found


def _say(case: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(case)
        return
    head = f"{plain(case['id'])}  {plain(case['kind'])}  {plain(case['state'])}"
    lines = [head, f"  received {plain(case['received_on'])}, due {plain(case['due_on'])}"]
    if case["outcome"]:
        lines.append(f"  outcome: {plain(case['outcome'])}")
    steps = [
        (plain(step["at"])[:16], plain(step["by"]), plain(step["role"]), plain(step["did"]))
        for step in case["steps"]
    ]
    lines.append(columns(steps, indent="  "))
    papers = case["papers"]
    if papers is not None:
        lines += [f"  contact: {plain(papers['contact'])}", f"  asks: {plain(papers['about'])}"]
        lines += [f"  {plain(note['name'])}: {plain(note['text'])}" for note in papers["notes"]]
        lines += [f"  look up by {plain(name)}: {plain(value)}" for name, value in papers["criteria"].items()]
        lines += [f"  withheld: {plain(name)}, {plain(why)}" for name, why in papers["withheld"].items()]
    lines.append(f"  version {case['version']}")
    say("\n".join(lines))
