"""Whether a version of the policies may be put in force, by whom, and from when. Pure: nothing is read or written."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from enclave.actions.check_policy import Policies
from enclave.actions.compare_policies import Comparison, compare
from enclave.audit import Entry, Kind
from enclave.documents import Finding, Place
from enclave.people import Role, standing
from enclave.terms import PersonId
from enclave.terms.changes import Effect


@dataclass(frozen=True, slots=True)
class Applied:
    """A version that may be put in force. `waits`: once a second administrator has agreed."""

    comparison: Comparison | None
    waits: bool

    @property
    def widened(self) -> tuple[str, ...]:
        """What it lets through that was not; of the first version that is everything, and no list."""
        return () if self.comparison is None else self.comparison.widened


def judge_version(before: Policies | None, after: Policies) -> Applied:
    """What a version does to what is in force. One that widens anything waits.

    Args:
        before: what is in force; None where nothing is: the first version of a house with real data waits too.
    """
    if before is None:
        return Applied(None, waits=not after.house.synthetic)
    comparison = compare(before, after)
    return Applied(comparison, waits=comparison.effect is Effect.WIDENS)


def not_an_admin(person: PersonId, policies: Policies, now: datetime) -> str | None:
    """Why somebody may not change policies; None when they may. Asked of what is in force, not of what is proposed."""
    found = policies.people.get(person)
    if found is None:
        return f"nobody has the id {person}"
    if Role.ADMIN not in found.roles:
        return f"{person} has not the role admin"
    organisation = policies.organisations.get(found.organisation)
    held = standing(found, organisation, policies.requirements, at=now, time_zone=policies.house.time_zone)
    return None if held.good else "; ".join(reason.text for reason in held.reasons)


def in_force_from(before: Policies | None, confirmed_at: datetime) -> datetime:
    """When a widening that was confirmed is in force: the notice is that of the house in force now.

    Before the first version nobody has anything, and there is no house that would have given notice.
    """
    days = 0 if before is None else before.house.notice_days
    return confirmed_at + timedelta(days=days)


def second_admin(comparison: Comparison | None, number: int, before: Policies | None) -> Finding:
    """What whoever proposed a widening is told."""
    widened = () if comparison is None else comparison.widened
    grants = "1 grant" if len(widened) == 1 else f"{len(widened)} grants" if widened else "everything"
    days = 0 if before is None else before.house.notice_days
    notice = "; the register gives notice of the change first" if days else ""
    return Finding(
        Place(_file(widened)),
        "second-admin",
        f"this version WIDENS {grants} and needs a second administrator",
        fix=f"ask another administrator to run `enclave policy apply --confirm {number}`{notice}",
    )


def _file(widened: tuple[str, ...]) -> str:
    """The file of a project, where all that widens is in one."""
    first = {subject.split()[0] for subject in widened}
    return (
        f"projects/{next(iter(first))}.yaml"
        if len(first) == 1 and str(next(iter(first)))[:2] == "P-"
        else "policies"
    )


def proposed_entry(by: PersonId, content_hash: str, **facts: str | int | list[str]) -> Entry:
    """On record before anybody is asked for a second opinion."""
    return Entry(Kind.POLICY_PROPOSED, by, None, {"policy": content_hash.encode()}, dict(facts))


def applied_entry(by: PersonId, content_hash: str, **facts: str | int | list[str]) -> Entry:
    """On record before it is in force."""
    return Entry(Kind.POLICY_APPLIED, by, None, {"policy": content_hash.encode()}, dict(facts))


def confirmed_entry(by: PersonId, content_hash: str, **facts: str | int | list[str]) -> Entry:
    """The second administrator's yes, and from when it holds."""
    return Entry(Kind.POLICY_CONFIRMED, by, None, {"policy": content_hash.encode()}, dict(facts))


def changed_lines(comparison: Comparison, *, everything: bool) -> Iterator[tuple[str, str, str]]:
    """Each change as (effect, subject and setting, what it was and is); what only people read on demand."""
    for change in comparison.changes:
        if everything or change.effect is not Effect.SAME:
            yield change.effect.value, f"{change.subject} {change.what}", f"{change.before} -> {change.after}"
