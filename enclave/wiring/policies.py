"""The policy files of a home, as of now or of another time."""

from datetime import date, datetime
from pathlib import Path
from typing import Final

from enclave.actions.check_policy import Policies, check_cases, check_policies, load_policies
from enclave.actions.list_fields import ListedTable, list_fields
from enclave.documents import Finding, Findings, Place
from enclave.terms import PersonId, ProjectId
from enclave.wiring.home import Home, WrongUse, open_home
from enclave.wiring.policy_versions import FOLDER, Version, files_of_version, version_in_force
from enclave.wiring.sources import SystemClock

CACHE: Final = "policies"  # of files that were parsed before


def policies_of(home: Home, *, at: datetime | None = None, now: datetime | None = None) -> Policies:
    """What is in force in a home. Files that were read before are not parsed again.

    Args:
        at: the day as of which the files are checked.
        now: the moment as of which a version is in force; else this one.
    Raises:
        Findings: the files have an error, or are not those that were applied.
    """
    moment = now or SystemClock().now()
    day = (at or moment).date()
    version = version_in_force(home, moment)
    if version is None:
        return load_policies(home.policies, today=day, cache=home.state / CACHE)
    return policies_of_version(home, version, today=day)


def policies_of_version(home: Home, version: Version, *, today: date) -> Policies:
    """The policies of one version, which are what was applied, to the letter.

    Raises:
        Findings: its files were changed since.
    """
    found = load_policies(files_of_version(home, version), today=today, cache=home.state / CACHE)
    if found.content_hash != version.content_hash:
        message = f"the files of version {version.number} are not those that were applied"
        place = Place(f"{FOLDER}/{version.number}")
        raise Findings([Finding(place, "changed-since", message, fix="apply the commit again")])
    return found


def check_folder(folder: Path, home: Path | None = None) -> tuple[Finding, ...]:
    """Everything that is wrong with the policy files in a folder, and with the cases beside them.

    `home`: the deployment whose they are, if there is one; files that were read before are not parsed again.
    """
    checked = check_policies(folder, today=SystemClock().now().date(), cache=cache_of(home))
    return (*checked.findings, *check_cases(folder, checked)[1])


def cache_of(home: Path | None) -> Path | None:
    """Where a deployment keeps what it parsed before."""
    return None if home is None else open_home(home).state / CACHE


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
