"""Who saw what is not public, judged by the policies of that time: tables, the vault, and the copies made from it.

A table is seen in two ways, and each is for other people. A release is downloaded by who is on its project, once it is
out. What checkers decide on is seen by checkers and auditors, in good standing and independent of the project: to be an
admin, or to have been a checker once, is nothing. The vault is opened by two people in two roles.

Limit: who had left the project between the day an output was asked for and the day they looked at it is not known here.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final, Protocol

from enclave.actions.check_policy import Policies
from enclave.actions.inside_facts import CHECKER_ROLES, InForce, lacks, not_member
from enclave.audit import Kind
from enclave.outputs.keeping import Reading
from enclave.outputs.records import EntryRecord, MoveRecord, OutputId, OutputRecord
from enclave.people import Person, Role
from enclave.rights.cases import CaseId, CaseRecord, LookupRecord

READERS: Final = (
    Kind.OUTPUT_READ,
    Kind.OUTPUT_DOWNLOADED,
    Kind.VAULT_OPENED,
    Kind.COPY_READ,
    Kind.COPY_GIVEN,
)
TAKEN_UP_WITHIN: Final = timedelta(seconds=1)
"""So long after a version comes into force a service may still act by the one before it."""
OUT: Final = frozenset({"released", "revocation asked", "superseded"})
FIRST_ROLES: Final = frozenset({Role.DATA_STEWARD, Role.SCHOOL_DATA_OFFICER})
SECOND_ROLES: Final = frozenset({Role.DATA_STEWARD, Role.ADMIN})


class CaseReading(Protocol):
    """What is read of cases."""

    def case(self, id: CaseId) -> CaseRecord | None: ...

    def lookups(self, case: CaseId) -> tuple[LookupRecord, ...]: ...


class InsideReading(Reading, CaseReading, Protocol):
    """The whole record."""


def wrong_with_reader(entry: EntryRecord, reading: InsideReading, in_force: InForce) -> list[str] | None:
    """Why whoever saw something should not have; nothing if they might. None: the policies of then are not kept."""
    if entry.actor is None:
        return []  # erased: nobody can say any more who it was
    then = map(in_force, (entry.at, entry.at - TAKEN_UP_WITHIN))
    kept = {policies.content_hash: policies for policies in then if policies is not None}
    judged = [list(_wrong(entry, reading, policies)) for policies in kept.values()]
    return min(judged, key=len, default=None)


def _wrong(entry: EntryRecord, reading: InsideReading, policies: Policies) -> Iterator[str]:
    match entry.kind:
        case Kind.OUTPUT_DOWNLOADED | Kind.OUTPUT_READ:
            yield from _wrong_with_table(entry, reading, policies)
        case Kind.VAULT_OPENED:
            yield from _wrong_with_vault(entry, reading, policies)
        case _:
            yield from _wrong_with_copy(entry, reading, policies)


def _wrong_with_table(entry: EntryRecord, reading: InsideReading, policies: Policies) -> Iterator[str]:
    assert entry.actor is not None, "whoever is judged is known"
    output = reading.output(OutputId(_named(entry, "output")))
    if output is None or output.project != entry.project:
        yield f"{entry.actor} saw a table that is not of {entry.project}"
        return
    states = _states_then(reading.moves(output.id), entry)
    if not states:
        yield f"{entry.actor} saw {output.id} before it was asked for"
    if entry.kind == Kind.OUTPUT_DOWNLOADED:
        yield from not_member(entry.actor, output.project, policies)
        if states and not states & OUT:
            yield f"{entry.actor} downloaded {output.id}, which was {', '.join(sorted(states))}"
    else:
        yield from _wrong_with_checker(entry, output, policies)


def _states_then(moves: Sequence[MoveRecord], entry: EntryRecord) -> frozenset[str]:
    """The state it was in; more than one if it moved at that very instant."""
    before = [move.state for move in moves if move.at < entry.at][-1:]
    return frozenset((*before, *(move.state for move in moves if move.at == entry.at)))


def _wrong_with_checker(entry: EntryRecord, output: OutputRecord, policies: Policies) -> Iterator[str]:
    """What a checker sees is for who may decide on it, and for auditors who could."""
    assert entry.actor is not None, "whoever is judged is known"
    yield from lacks(entry.actor, policies, entry.at)
    person, project = policies.people.get(entry.actor), policies.projects.get(output.project)
    if person is None:
        return
    if not person.roles & (CHECKER_ROLES | {Role.AUDITOR}):
        yield f"{entry.actor} was no checker and no auditor"
    members = set() if project is None else {member.person for member in project.members}
    managers = set() if project is None else set(project.managers)
    if entry.actor in members | managers | {output.asked_by}:
        yield f"{entry.actor} looked at an output of their own project as a checker"
    houses = {output.organisation, *(() if project is None else (project.organisation,))}
    houses |= {policies.people[one].organisation for one in members if one in policies.people}
    if person.organisation in houses:
        yield f"{entry.actor} looked at an output of their own organisation, {person.organisation}"
    conflicts = {conflict for one in person.declarations for conflict in one.conflicts}
    if conflicts & {output.project, *houses}:
        yield f"{entry.actor} looked in spite of a declared conflict of interest"


def _wrong_with_vault(entry: EntryRecord, reading: CaseReading, policies: Policies) -> Iterator[str]:
    """Two people, each in a role that they had, and not the same."""
    case = reading.case(CaseId(_named(entry, "case")))
    lookups = () if case is None else reading.lookups(case.id)
    mine = [one for one in lookups if one.at == entry.at and one.allowed_by == entry.actor]
    if case is None or not mine:
        yield f"{entry.actor} opened the vault for no look-up of a case"
        return
    if case.kind == "demand":
        yield f"the vault was opened for the demand {case.id}"
    for one in mine:
        if one.asked_by == one.allowed_by or one.asked_role == one.allowed_role:
            yield f"the vault was opened for {case.id} by one person or in one role"
        for person, role, roles in (
            (one.asked_by, one.asked_role, FIRST_ROLES),
            (one.allowed_by, one.allowed_role, SECOND_ROLES),
        ):
            held = policies.people.get(person)
            if held is None or role not in held.roles & roles:
                yield f"{person} opened the vault as {role.value}, which they were not"
            elif role is Role.SCHOOL_DATA_OFFICER and case.through not in held.clusters:
                yield f"{person} asked for {case.id} as an officer of somewhere else"
        yield from lacks(one.allowed_by, policies, one.at)


def _wrong_with_copy(entry: EntryRecord, reading: CaseReading, policies: Policies) -> Iterator[str]:
    """Before it is decided, a copy is for the two who opened the vault; afterwards for who handles the case."""
    assert entry.actor is not None, "whoever is judged is known"
    case = reading.case(CaseId(_named(entry, "case")))
    person = policies.people.get(entry.actor)
    lookups = () if case is None else reading.lookups(case.id)
    opened = [one for one in lookups if one.at <= entry.at]
    if case is None or not opened:
        yield f"{entry.actor} had a copy of a case for which nobody opened the vault"
        return
    two = {one for last in opened for one in (last.asked_by, last.allowed_by)}
    if entry.kind == Kind.COPY_READ and entry.actor not in two:
        yield f"{entry.actor} read the copy of {case.id}, and was none of the two who opened the vault"
    if not _handles(person, case):
        yield f"{entry.actor} had the copy of {case.id}, and was nobody who handles it"


def _handles(person: Person | None, case: CaseRecord) -> bool:
    if person is None:
        return False
    officer = Role.SCHOOL_DATA_OFFICER in person.roles and case.through in person.clusters
    return officer or bool(person.roles & SECOND_ROLES)


def _named(entry: EntryRecord, name: str) -> str:
    return str((entry.body or {}).get(name))
