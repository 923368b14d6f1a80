"""What the policies of a time say of somebody, and the record read page by page: for who judges what was done."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final, TypeAlias, TypeVar

from enclave.actions.check_policy import Policies
from enclave.audit import Kind
from enclave.outputs.keeping import MOST_LISTED, Reading
from enclave.outputs.records import EntryRecord
from enclave.people import Role, standing
from enclave.terms import PersonId, ProjectId

CHECKER_ROLES: Final = frozenset({Role.OUTPUT_CHECKER, Role.SENIOR_CHECKER})

InForce: TypeAlias = Callable[[datetime], Policies | None]
"""The policies that were in force at an instant; None if that is not kept."""
T = TypeVar("T")


def not_member(person: PersonId, project: ProjectId, policies: Policies) -> Iterator[str]:
    there = policies.projects.get(project)
    if there is None or person not in {member.person for member in there.members}:
        yield f"{person} was not on {project}"


def lacks(id: PersonId, policies: Policies, at: datetime) -> Iterator[str]:
    """What was wrong with somebody's standing."""
    person = policies.people.get(id)
    if person is None:
        yield f"the policy did not know {id}"
        return
    held = standing(
        person,
        policies.organisations.get(person.organisation),
        policies.requirements,
        at=at,
        time_zone=policies.house.time_zone,
    )
    for reason in held.reasons:
        yield reason.text


def entries_of(reading: Reading, kinds: Sequence[Kind]) -> Iterator[EntryRecord]:
    """Newest first."""
    yield from pages(lambda before: reading.entries(kinds=kinds, before=before), lambda one: one.seq)


def pages(page: Callable[[int | None], Sequence[T]], number: Callable[[T], int]) -> Iterator[T]:
    """All of what is listed in pages, newest first."""
    before = None
    while found := page(before):
        yield from found
        if len(found) < MOST_LISTED:
            return
        before = number(found[-1])
