"""The policy files of a home, as of now or of another time."""

from datetime import datetime
from pathlib import Path

from enclave.actions.check_policy import Policies, check_cases, check_policies, load_policies
from enclave.actions.list_fields import ListedTable, list_fields
from enclave.documents import Finding
from enclave.terms import PersonId, ProjectId
from enclave.wiring.home import Home, WrongUse, open_home
from enclave.wiring.sources import SystemClock


def policies_of(home: Home, *, at: datetime | None = None) -> Policies:
    """What is in force in a home. Files that were read before are not parsed again."""
    today = (at or SystemClock().now()).date()
    return load_policies(home.policies, today=today, cache=home.state / "policies")


def check_folder(folder: Path) -> tuple[Finding, ...]:
    """Everything that is wrong with the policy files in a folder, and with the cases beside them."""
    checked = check_policies(folder, today=SystemClock().now().date())
    return (*checked.findings, *check_cases(folder, checked)[1])


def instant(text: str, policies: Policies) -> datetime:
    """The time that was written; without an offset it is meant in the time zone of the house."""
    at = written_time(text)
    return at if at.tzinfo else at.replace(tzinfo=policies.house.time_zone)


def written_time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"{text!r} is not a time such as 2026-11-26T09:00:00Z") from None


def fields_of(
    folder: Path, *, project: str, person: str, table: str | None, find: str | None
) -> tuple[ListedTable, ...]:
    """The fields of a project, for one of its people."""
    policies = policies_of(open_home(folder))
    return list_fields(policies, project=ProjectId(project), person=PersonId(person), table=table, find=find)
