"""Policies for readers: in plain English, and their files in one form."""

from pathlib import Path
from typing import Final

from enclave.actions.check_policy import load_policies
from enclave.actions.explain_policy import NoSuch, explain_policy
from enclave.actions.policy_checks.fingerprint import TESTS, policy_files
from enclave.documents import tidied
from enclave.terms import PersonId, ProjectId
from enclave.wiring.home import WrongUse, open_home
from enclave.wiring.policies import instant, policies_of
from enclave.wiring.sources import SystemClock

YAML: Final = ".yaml"


def explained(
    folder: Path, home: Path | None, *, project: str, person: str | None, at: str | None
) -> tuple[str, ...]:
    """A project in plain English; of a home what is in force, else what the files in `folder` say.

    Raises:
        WrongUse: there is no such project or person.
    """
    now = SystemClock().now()
    policies = load_policies(folder, today=now.date()) if home is None else policies_of(open_home(home))
    try:
        return explain_policy(
            policies,
            ProjectId(project),
            None if person is None else PersonId(person),
            at=now if at is None else instant(at, policies),
        )
    except NoSuch as nothing:
        raise WrongUse(str(nothing)) from None


def format_files(folder: Path, *, write: bool) -> tuple[list[str], list[str]]:
    """The names of files that are not in the one form, and of those that cannot be brought into it."""
    changed, unreadable = [], []
    files = {*policy_files(folder), *(folder / "projects").glob(f"*{TESTS}")}
    for path in sorted(path for path in files if path.suffix == YAML):
        name, text = path.relative_to(folder).as_posix(), _read(path)
        tidy = None if text is None else tidied(text)
        if tidy is None:
            unreadable.append(name)
        elif tidy != text:
            changed.append(name)
            if write:
                path.write_text(tidy, encoding="utf-8", newline="\n")
    return changed, unreadable


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return None
