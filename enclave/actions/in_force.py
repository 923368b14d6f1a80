"""Whether what was computed under an earlier policy may still leave under the one in force now."""

from datetime import datetime

from enclave.actions.check_policy import Policies
from enclave.actions.kept_answers import rules_json
from enclave.actions.plan_query import Planned, Question, plan_query
from enclave.actions.service_desk import ServiceDesk
from enclave.outputs.records import QueryRecord
from enclave.problems import Refusals
from enclave.problems.queries import UnknownField
from enclave.projects import Status, day_there
from enclave.terms import ProjectId
from enclave.terms.versions import base_of


def question_of(query: QueryRecord, desk: ServiceDesk) -> Question:
    """The question of a query that was asked: its compound exclusions are counted already.

    Others may have been asked since, so its route can be stricter than it was said to be, never looser.
    """
    with desk.records.read() as reading:
        counted = reading.compound_exclusions(query.project)
    return Question(query.project, query.person, query.sql, counted, is_counted=True, wanted=query.wanted)


def planned_now(query: QueryRecord, policies: Policies, desk: ServiceDesk) -> Planned | Refusals:
    """The query planned again: would its asker be allowed it now?"""
    now = desk.clock.now()
    view = desk.question_desk(policies, query.project, now).store
    try:
        return plan_query(question_of(query, desk), policies, view, now=now)
    except Refusals as refusals:
        return refusals


def lapses(query: QueryRecord, ran_under: dict[str, object], planned: Planned | Refusals) -> tuple[str, ...]:
    """Why an answer may not leave now, in plain words; none when it may.

    Args:
        ran_under: the disclosure rules that it was made under.
        planned: what `planned_now` gave.
    """
    if isinstance(planned, Refusals):
        return tuple(problem.title for problem in planned.problems)
    found = []
    if base_of(planned.policy.project.data_version) != base_of(query.data_version):
        found.append("The project has another data version now")
    if rules_json(planned.rules) != ran_under:
        found.append("The disclosure rules have changed since it ran")
    return tuple(found)


def names_what_is_gone(planned: Planned | Refusals) -> bool:
    """Whether a query that ran once names a field that there is no more: retracted, or taken out of the catalogue."""
    return isinstance(planned, Refusals) and any(
        isinstance(problem, UnknownField) for problem in planned.problems
    )


def over(project: ProjectId, policies: Policies, *, now: datetime) -> bool:
    """Whether the project is at its end, so that nothing of it can be released any more."""
    policy = policies.policy(project)
    if policy is None or policy.project.status is Status.CLOSED:
        return True
    return day_there(now, policies.house.time_zone) > policy.project.dates.ends
