"""`enclave audit`: whether the record still is what was signed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from enclave.cli.edge import guarded
from enclave.cli.exits import Exit
from enclave.cli.options import AsJson, Home
from enclave.cli.screen import complain, say, say_json

if TYPE_CHECKING:
    from enclave.actions.inside_rules import Inside as Judged
    from enclave.wiring.records import Verified

app = typer.Typer(help="Check the record of who did what.", no_args_is_help=True, rich_markup_mode=None)

Held = Annotated[
    list[Path] | None,
    typer.Option("--held", help="A checkpoint you kept from an earlier visit.", show_default=False),
]
Save = Annotated[
    Path | None,
    typer.Option("--save", help="Keep the checkpoint here, if everything holds.", show_default=False),
]
Key = Annotated[
    Path | None,
    typer.Option(
        "--key", help="A file with the log's public key; else that of the home.", show_default=False
    ),
]
Witnesses = Annotated[
    list[str] | None,
    typer.Option(
        "--witness", help="The public key of a witness, or its file: it has to agree.", show_default=False
    ),
]
Witness = Annotated[str, typer.Option("--witness", help="The public key of the witness, or its file.")]
By = Annotated[str, typer.Option("--as", help="Your id; you have to be an administrator.")]
Second = Annotated[str, typer.Option("--with", help="The id of a second administrator, who agrees.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the record.")]
Entries = Annotated[list[int], typer.Argument(metavar="ENTRY...", help="The numbers of the entries.")]
Cosigned = Annotated[Path, typer.Argument(metavar="FILE", help="The checkpoint that the witness has signed.")]


Inside = Annotated[
    bool,
    typer.Option("--inside", help="Judge who did what by the policy of its time, too.", show_default=False),
]


@app.command("cosign")
@guarded
def cosign(file: Cosigned, home: Home, witness: Witness, as_json: AsJson = False) -> None:
    """Publish a checkpoint that a witness has signed, beside the log's own."""
    from enclave.wiring.home import open_home
    from enclave.wiring.records import keep_cosigned

    path, size = keep_cosigned(open_home(home), file, witness=witness)
    if as_json:
        say_json({"path": path, "signed": size})
        return
    say(f"Published as /audit/{path}; signed entries: {size:,}.")


@app.command("rotate-key")
@guarded
def rotate(home: Home, by: By, as_json: AsJson = False) -> None:
    """Let a new key sign the log from here on. The old key signs which one it is, for all who were given the old."""
    from enclave.wiring.home import open_home
    from enclave.wiring.policy_apply import admin_now
    from enclave.wiring.records import rotate_key

    opened = open_home(home)
    key = rotate_key(opened, by=admin_now(opened, by))
    if as_json:
        say_json({"key": key})
        return
    say(f"The log is signed with a new key now: {key}")


@app.command("erase")
@guarded
def erase(
    entries: Entries, home: Home, by: By, second: Second, reason: Reason, as_json: AsJson = False
) -> None:
    """Erase what entries say and who they are of, as the law may ask. The tree stays whole."""
    from enclave.wiring.erasing import erase_entries
    from enclave.wiring.home import open_home
    from enclave.wiring.policy_apply import admin_now

    opened = open_home(home)
    first, other = (admin_now(opened, named) for named in (by, second))
    erase_entries(opened, entries, reason=reason, by=first, second=other)
    if as_json:
        say_json({"erased": sorted(set(entries))})
        return
    say(f"Erased: {', '.join(str(seq) for seq in sorted(set(entries)))}. An entry tells of it.")


@app.command("verify")
@guarded
def verify(
    home: Home,
    held: Held = None,
    witness: Witnesses = None,
    save: Save = None,
    key: Key = None,
    inside: Inside = False,
    as_json: AsJson = False,
) -> None:
    """Check the public log, and the database against it. Ends with 1 if anything was changed."""
    from enclave.wiring.home import open_home
    from enclave.wiring.inside import check_home_inside
    from enclave.wiring.records import verify_records

    opened = open_home(home)
    found = verify_records(opened, held=held or [], witnesses=witness or [], key=key)
    judged = check_home_inside(opened) if inside and found.good else None
    findings = (*found.findings, *(judged.findings if judged is not None else ()))
    if as_json:
        say_json({**_as_json(found), **_inside_json(judged), "ok": not findings, "findings": list(findings)})
    elif not findings:
        say(_as_text(found) + _inside_text(judged))
    for finding in () if as_json else findings:
        complain(f"NOT VERIFIED: {finding}")
    if findings:
        raise typer.Exit(Exit.UNEXPECTED)
    if save is not None:
        save.write_bytes(found.note)


def _as_text(found: "Verified") -> str:
    erased = f" ({found.erased} erased)" if found.erased else ""
    witnessed = "".join(f"A witness has seen its first {size:,} entries.\n" for size in found.witnessed)
    return (
        f"ok: {found.origin}, signed entries: {found.signed:,}; held checkpoints that agree: {found.held}.\n"
        f"{witnessed}"
        f"The database is as they left it; entries: {found.entries:,}{erased}."
    )


def _inside_text(judged: "Judged | None") -> str:
    if judged is None:
        return ""
    unknown = f"; {judged.unknown} acts under policy files that are not kept" if judged.unknown else ""
    return (
        f"\nBy the policy of their time: {judged.queries:,} queries that ran, {judged.votes:,} votes on "
        f"{judged.releases:,} releases, {judged.readings:,} looks at what is not public, "
        f"{judged.versions:,} changes of the policy{unknown}."
    )


def _inside_json(judged: "Judged | None") -> dict[str, object]:
    if judged is None:
        return {}
    names = ("queries", "releases", "votes", "readings", "versions", "unknown")
    return {"inside": {name: getattr(judged, name) for name in names}}


def _as_json(found: "Verified") -> dict[str, object]:
    return {
        "ok": found.good,
        "origin": found.origin,
        "signed": found.signed,
        "root": found.root,
        "entries": found.entries,
        "erased": found.erased,
        "held": found.held,
        "witnessed": list(found.witnessed),
        "findings": list(found.findings),
    }
