"""Who somebody is to a query or an output, by the policy in force, and the problem that a no becomes."""

from collections.abc import Iterable
from typing import NoReturn

from enclave.actions.asker import Asker
from enclave.actions.check_policy import Policies
from enclave.actions.service_desk import ServiceDesk
from enclave.outputs.duties import Duty, may_do
from enclave.outputs.permissions import Act, Decision, Denial, Thing, Who, may
from enclave.outputs.records import Party
from enclave.people import standing
from enclave.problems import NotOnProject, Problem
from enclave.problems.service import Forbidden, NotFound, OwnOutput, SignInAgain
from enclave.projects import Policy
from enclave.projects import Role as ProjectRole
from enclave.terms import PersonId, ProjectId

PROBLEMS: dict[Denial, type[Problem]] = {
    Denial.HIDDEN: NotFound,
    Denial.ROLE: Forbidden,
    Denial.STANDING: Forbidden,
    Denial.INTEREST: OwnOutput,
    Denial.STALE: SignInAgain,
}


def who_asks(asker: Asker, policies: Policies, desk: ServiceDesk) -> Who:
    """The asker as the policy has them now.

    Raises:
        Forbidden: nobody of that name is in the policy.
    """
    person, now = policies.people.get(asker.person), desk.clock.now()
    if person is None:
        raise Forbidden(detail="You are signed in, and the policy of this house does not know you.")
    organisation = policies.organisations.get(person.organisation)
    found = standing(person, organisation, policies.requirements, at=now, time_zone=policies.house.time_zone)
    return Who(
        person=person.id,
        organisation=person.organisation,
        roles=person.roles & asker.roles,
        lacks=tuple(reason.text for reason in found.reasons),
        conflicts=frozenset(conflict for one in person.declarations for conflict in one.conflicts),
        signed_in_at=asker.authenticated_at,
        now=now,
    )


def thing_of(
    project: ProjectId,
    policies: Policies,
    *,
    asked_by: PersonId | None = None,
    parties: Iterable[Party] = (),
    voters: Iterable[PersonId] = (),
) -> Thing:
    """A project's query or output. Whoever was party to it stays so, for independence alone."""
    parties = frozenset(parties) | parties_of(project, policies)
    found = policies.projects.get(project)
    members = found.members if found is not None else ()
    return Thing(
        project=project,
        organisations=frozenset(party.organisation for party in parties),
        members=frozenset(member.person for member in members),
        managers=frozenset(found.managers if found is not None else ()),
        leads=frozenset(member.person for member in members if member.role is ProjectRole.LEAD_RESEARCHER),
        parties=frozenset(party.person for party in parties),
        asked_by=asked_by,
        voters=frozenset(voters),
    )


def parties_of(project: ProjectId, policies: Policies) -> frozenset[Party]:
    """Everybody on a project, with their organisation and the project's own."""
    found = policies.projects.get(project)
    if found is None:
        return frozenset()
    ids = (*(member.person for member in found.members), *found.managers)
    people = [policies.people[id] for id in ids if id in policies.people]
    own = {Party(person.id, person.organisation) for person in people}
    return frozenset(own | {Party(person.id, found.organisation) for person in people})


def require(who: Who, act: Act, thing: Thing, *, called: str) -> None:
    """Go on only if they may.

    Raises:
        NotFound, Forbidden, OwnOutput, SignInAgain: why not. `called` is the thing's name, as the asker wrote it.
    """
    decision = may(who, act, thing)
    if not decision.allowed:
        refuse(decision, called=called)


def require_duty(
    asker: Asker, duty: Duty, policies: Policies, desk: ServiceDesk, *, first: PersonId | None = None
) -> Who:
    """Whoever asks, if the duty is theirs. `first`: of what takes two people, who was the first.

    Raises:
        Forbidden, OwnOutput, SignInAgain: why not.
    """
    who = who_asks(asker, policies, desk)
    decision = may_do(who, duty, first=first)
    if not decision.allowed:
        refuse(decision, called=f"the house ({duty})")
    return who


def own_project(asker: Asker, project: ProjectId, policies: Policies, desk: ServiceDesk) -> Policy:
    """The policy of a project that the asker is on.

    Raises:
        Forbidden: the policy does not know them.
        NotOnProject: it is no project of theirs, whether or not there is one.
    """
    who, policy = who_asks(asker, policies, desk), policies.policy(project)
    if policy is None or not may(who, Act.ASK, thing_of(project, policies)).allowed:
        raise NotOnProject(
            detail="You are not on this project. Its lead researcher asks for people to be added."
        )
    return policy


def refuse(decision: Decision, *, called: str) -> NoReturn:
    """The problem that a no becomes. What is hidden is not told from what is not there."""
    assert decision.denial is not None, "a yes is no problem"
    if decision.denial is Denial.HIDDEN:
        raise not_found(called)
    raise PROBLEMS[decision.denial](detail=f"You may not do this with {called}: {decision.reason}.")


def not_found(called: str) -> NotFound:
    return NotFound(detail=f"There is no {called}, or it is not yours to see.")
