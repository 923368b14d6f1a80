"""`enclave policy diff`, `apply`, `versions`, `test`, `explain`, `fmt`, `new`: from changed files to ones in force."""

from typing import TYPE_CHECKING, Annotated

import typer

from enclave.cli.edge import guarded
from enclave.cli.exits import Exit
from enclave.cli.options import AsJson, At, Home
from enclave.cli.policy import Folder, SomeHome, folder_of, show_findings
from enclave.cli.screen import columns, say, say_json

if TYPE_CHECKING:
    from enclave.actions.compare_policies import Comparison
    from enclave.wiring.policy_apply import Done
    from enclave.wiring.policy_diff import Difference
    from enclave.wiring.policy_versions import Version

Before = Annotated[
    str, typer.Argument(metavar="BEFORE", help="A revision of git, a version, a folder, files or in-force.")
]
After = Annotated[str, typer.Argument(metavar="AFTER", help="The same; else the files as they stand.")]
Everything = Annotated[bool, typer.Option("--all", help="Changes that only people read, too.")]
NoReplay = Annotated[bool, typer.Option("--no-replay", help="Do not try past queries.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the record.")]
Confirm = Annotated[int | None, typer.Option("--confirm", help="Agree to the version with this number.")]
Admin = Annotated[str | None, typer.Option("--as", help="Your id; else that of the commit's author.")]
ProjectArgument = Annotated[str, typer.Argument(metavar="PROJECT")]
For = Annotated[str | None, typer.Option("--person", help="For this person.", show_default=False)]
Named = Annotated[str, typer.Option("--project", help="The project, if it is not the argument.")]
Check = Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 if a file would change.")]


@guarded
def diff(
    before: Before = "in-force",
    after: After = "files",
    home: SomeHome = None,
    policies: Folder = None,
    everything: Everything = False,
    no_replay: NoReplay = False,
    as_json: AsJson = False,
) -> None:
    """What another version lets through that this one does not, and what past queries would meet."""
    from enclave.wiring.home import open_home
    from enclave.wiring.policy_diff import difference

    folder = folder_of(home, policies)
    opened = open_home(home) if home is not None else None
    found = difference(before, after, folder=folder, home=opened, replays=not no_replay)
    if as_json:
        say_json(_diff_json(found))
    else:
        say(_diff_text(found, everything=everything))


@guarded
def apply(
    home: Home,
    reason: Reason = "",
    confirm: Confirm = None,
    admin: Admin = None,
    as_json: AsJson = False,
) -> None:
    """Put the commit of the policy files in force, or agree to one that waits for a second administrator."""
    from enclave.wiring.home import open_home
    from enclave.wiring.policy_apply import apply_commit, confirm_version

    opened = open_home(home)
    done = (
        apply_commit(opened, reason=reason, by=admin)
        if confirm is None
        else confirm_version(opened, confirm, by=admin)
    )
    if as_json:
        say_json(_version_json(done.version))
    else:
        say(_applied_text(done))
    if done.findings and not as_json:
        show_findings(done.findings, "text")
    if done.version.waits:
        raise typer.Exit(Exit.UNEXPECTED)


@guarded
def list_versions(home: Home, as_json: AsJson = False) -> None:
    """Every version that was applied, by whom and why, and which one is in force."""
    from enclave.wiring.home import open_home
    from enclave.wiring.policy_versions import version_in_force, versions
    from enclave.wiring.sources import SystemClock

    opened = open_home(home)
    found, now = versions(opened), SystemClock().now()
    current = version_in_force(opened, now)
    if as_json:
        say_json([_version_json(one) | {"in_force": one == current} for one in found])
    elif not found:
        say("Nothing was applied yet: the files in policies/ are in force as they stand.")
    else:
        rows = [(_number(one, current), _state(one, current), one.commit[:12], one.reason) for one in found]
        say(columns(rows, indent=" "))


@guarded
def try_cases(home: SomeHome = None, policies: Folder = None, as_json: AsJson = False) -> None:
    """Hold the policies against the cases beside them, *.tests.yaml."""
    from enclave.wiring.policy_cases import cases_of

    run = cases_of(folder_of(home, policies), home if policies is None else None)
    show_findings(run.findings, "json" if as_json else "text")
    if not as_json:
        say(f"{run.cases} cases")
    if run.findings:
        raise typer.Exit(Exit.UNEXPECTED)


@guarded
def explain(
    project: ProjectArgument = "",
    home: SomeHome = None,
    policies: Folder = None,
    person: For = None,
    named: Named = "",
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """What a project may do, in plain English: what, why, until when, and what would be refused."""
    from enclave.wiring.policy_words import explained

    if bool(project) is bool(named):
        raise typer.BadParameter("name one project: PROJECT, or --project PROJECT")
    lines = explained(folder_of(home, policies), home, project=project or named, person=person, at=at)
    if as_json:
        say_json(list(lines))
    else:
        say("\n".join(lines))


@guarded
def fmt(home: SomeHome = None, policies: Folder = None, check: Check = False) -> None:
    """Bring policy files into one form: line ends, spaces at line ends, blank lines. What they say stays."""
    from enclave.wiring.policy_words import format_files

    changed, unreadable = format_files(folder_of(home, policies), write=not check)
    for name in changed:
        say(f"{'would change' if check else 'changed'} {name}")
    for name in unreadable:
        say(f"left alone {name}: see enclave policy check")
    if unreadable or (check and changed):
        raise typer.Exit(Exit.UNEXPECTED)


@guarded
def new(project: ProjectArgument, home: SomeHome = None, policies: Folder = None) -> None:
    """Ask what a project needs, write its file, and check it."""
    from enclave.actions.check_policy import check_policies
    from enclave.cli.policy_new import ask_project, written
    from enclave.loading import loaded_versions
    from enclave.wiring.home import open_home
    from enclave.wiring.policies import cache_of, check_folder
    from enclave.wiring.sources import SystemClock

    folder, today = folder_of(home, policies), SystemClock().now().date()
    own_home = home if policies is None else None
    versions = loaded_versions(open_home(home).data) if home is not None else ()
    text = ask_project(
        project, folder, check_policies(folder, today=today, cache=cache_of(own_home)), today, versions
    )
    written(project, folder / "projects" / f"{project}.yaml", text)
    own = [one for one in check_folder(folder, own_home) if one.file == f"projects/{project}.yaml"]
    show_findings(tuple(own), "text")


def _diff_text(found: "Difference", *, everything: bool) -> str:
    from enclave.actions.apply_policy import changed_lines

    comparison = found.comparison
    rows = list(changed_lines(comparison, everything=everything))
    lines = [columns(rows, indent="")] if rows else []
    lines.append(_totals(comparison))
    if found.replayed is not None:
        lines += ["", *_replay_lines(found)]
    return "\n".join(lines)


def _totals(comparison: "Comparison") -> str:
    by_effect = list(comparison.by_subject().values())
    wider, narrower = by_effect.count("WIDENS"), by_effect.count("NARROWS")  # type: ignore[arg-type]
    same = max(0, comparison.grants - wider - narrower)
    return f"{comparison.effect}: {wider} WIDENS, {narrower} NARROWS, {same} SAME"


def _replay_lines(found: "Difference") -> list[str]:
    replayed = found.replayed or ()
    differ = [one for one in replayed if one.differs]
    lines = [f"{len(replayed)} past queries tried; {len(differ)} would be met in another way"]
    rows = [(str(one.query.id), str(one.query.project), f"{one.before} -> {one.after}") for one in differ]
    return [*lines, columns(rows, indent="  ")] if rows else lines


def _diff_json(found: "Difference") -> dict[str, object]:
    return {
        "effect": found.comparison.effect.value,
        "changes": [
            {
                "subject": one.subject,
                "what": one.what,
                "before": one.before,
                "after": one.after,
                "effect": one.effect,
            }
            for one in found.comparison.changes
        ],
        "replayed": None
        if found.replayed is None
        else [
            {"query": one.query.id, "project": one.query.project, "before": one.before, "after": one.after}
            for one in found.replayed
        ],
    }


def _applied_text(done: "Done") -> str:
    version, comparison = done.version, done.applied.comparison if done.applied is not None else None
    effect = "" if comparison is None else f" {_totals(comparison)}."
    if version.waits:
        return f"Version {version.number} is kept and waits.{effect}"
    assert version.in_force_from is not None, "it does not wait"
    return f"Version {version.number} is in force from {version.in_force_from.isoformat(timespec='seconds')}.{effect}"


def _number(version: "Version", current: "Version | None") -> str:
    return f"{'*' if version == current else ' '} {version.number}"


def _state(version: "Version", current: "Version | None") -> str:
    if version == current:
        return "in force"
    if version.in_force_from is None:
        overtaken = current is not None and current.number > version.number
        return "overtaken" if overtaken else "waits for a second administrator"
    later = current is None or version.number > current.number
    return f"from {version.in_force_from.isoformat(timespec='minutes')}" if later else "was in force"


def _version_json(version: "Version") -> dict[str, object]:
    from dataclasses import asdict

    told = asdict(version)
    in_force_from = version.in_force_from
    return told | {
        "proposed_at": version.proposed_at.isoformat(),
        "in_force_from": None if in_force_from is None else in_force_from.isoformat(),
    }
