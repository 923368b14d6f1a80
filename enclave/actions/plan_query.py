"""From a question to a plan: all that `check` does. Reads no data, no ledger, nobody else's allowance."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from enclave.actions.check_policy import Policies
from enclave.actions.perturbing import perturbing_of
from enclave.disclosure.asked import Rules
from enclave.outputs import Asked, Routing, decide
from enclave.outputs.records import Wanted
from enclave.people import Role, standing
from enclave.problems import NotOnProject, Problem, Refusals, UnknownTable
from enclave.problems.service import Forbidden
from enclave.projects import Policy, day_there
from enclave.query.advice import advice
from enclave.query.authorise import Access, Authorised, as_if_allowed, authorise, barred
from enclave.query.compile import compile_plan
from enclave.query.exclusions import compound_exclusions
from enclave.query.fixes import Around, Attempt, with_fixes
from enclave.query.most_cells import most_cells
from enclave.query.parse import parse
from enclave.query.perturbable import refuse_what_stays_exact
from enclave.query.plan import Plan
from enclave.query.protect import protect
from enclave.query.resolve import Resolved, resolve
from enclave.query.shadow import Shadow
from enclave.terms import PersonId, ProjectId


@dataclass(frozen=True, slots=True)
class Question:
    """A person, on a project, asks.

    `exclusions` are the compound ones that the project ever asked; `is_counted`: those of this question among them.
    """

    project: ProjectId
    person: PersonId
    sql: str
    exclusions: int = 0
    is_counted: bool = False
    wanted: Wanted = Wanted.ORDINARY


class View(Protocol):
    """What planning needs of the store: names and types, no rows."""

    def shadow(self, policy: Policy) -> Shadow: ...
    def has_table(self, policy: Policy, table: str) -> bool: ...


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """A question that may be asked, how it would be run, and the route its answer would take."""

    policy: Policy
    rules: Rules
    plan: Plan
    routing: Routing
    cells: int | None
    advice: tuple[str, ...]
    exclusions: int


def explain_query(question: Question, policies: Policies, view: View, *, now: datetime) -> Planned:
    """The plan that the project's own people would get, for an admin to read.

    Raises:
        Refusals: whoever asks is no admin, or what the project would be told.
    """
    person = policies.people.get(question.person)
    if person is None or Role.ADMIN not in person.roles:
        raise Refusals(
            (Forbidden(detail=f"{question.person} is no admin. What the engine runs is for admins."),)
        )
    policy = policies.policy(question.project)
    member = policy.project.members[0].person if policy is not None else question.person
    return plan_query(Question(question.project, member, question.sql), policies, view, now=now)


def plan_query(question: Question, policies: Policies, view: View, *, now: datetime) -> Planned:
    """Parse, resolve, authorise, protect and compile one question.

    A text that was planned before under the same policy is not planned again; whether this person may ask it now is
    asked each time.

    Raises:
        Refusals: everything that is wrong with it, with the changes that were tried and would mend it.
    """
    access = access_of(question.project, question.person, policies, now)
    try:
        drawn = _before(question, policies, view, access) or _draw(question, policies, view, access)
    except Refusals as refusals:
        raise Refusals(_with_fixes(question.sql, policies, view, access), refusals.query_id) from None
    history = question.exclusions + (0 if question.is_counted else drawn.exclusions)
    asked = Asked(drawn.authorised.strictest_tier, drawn.is_off_cuts, drawn.cells, history, question.wanted)
    routing = decide(asked, access.policy)
    return Planned(
        access.policy, drawn.rules, drawn.plan, routing, drawn.cells, drawn.advice, drawn.exclusions
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """What follows from a text, the policy and the catalogue alone."""

    policy: Policy
    authorised: Authorised
    rules: Rules
    plan: Plan
    cells: int | None
    is_off_cuts: bool
    advice: tuple[str, ...]
    exclusions: int


def _before(question: Question, policies: Policies, view: View, access: Access) -> _Drawn | None:
    """The plan of the same text, if it was made under this very policy and may be asked by this person now."""
    drawn = view.shadow(access.policy).plans.get(question.sql)
    if not isinstance(drawn, _Drawn) or drawn.policy is not access.policy:
        return None
    resolved = drawn.authorised.resolved
    if resolved.catalogue is not policies.catalogue:
        return None
    authorise(resolved, access)
    _stored(resolved, access.policy, view)
    return drawn


def _draw(question: Question, policies: Policies, view: View, access: Access) -> _Drawn:
    parsed = parse(question.sql)
    resolved = resolve(parsed, policies.catalogue)
    authorised = authorise(resolved, access)
    _stored(resolved, access.policy, view)
    protected = protect(authorised)
    refuse_what_stays_exact(protected)
    rules, shadow = rules_of(access.policy), view.shadow(access.policy)
    drawn = _Drawn(
        policy=access.policy,
        authorised=authorised,
        rules=rules,
        plan=compile_plan(protected, shadow=shadow, rules=rules),
        cells=most_cells(protected),
        is_off_cuts=bool(protected.off_cuts),
        advice=(*advice(protected), *([rules.perturbing.words] if rules.perturbing is not None else ())),
        exclusions=compound_exclusions(protected),
    )
    shadow.plans.keep(question.sql, drawn)
    return drawn


def _with_fixes(sql: str, policies: Policies, view: View, access: Access) -> tuple[Problem, ...]:
    """All problems of a question. Fixes are tried on the same planner, which alone says what may be asked."""

    def tried(text: str) -> Attempt:
        return _attempt(text, policies, view, access)

    today = day_there(access.at, access.policy.house.time_zone)
    return with_fixes(tried(sql), tried, Around(policies.catalogue, access.policy, today))


def _attempt(sql: str, policies: Policies, view: View, access: Access) -> Attempt:
    """What is wrong with a text, of all stages that can be reached."""
    held_back = tuple(barred(access))
    if held_back:
        return Attempt(sql, held_back, None)
    try:
        resolved = resolve(parse(sql), policies.catalogue)
    except Refusals as refusals:
        return Attempt(sql, refusals.problems, None)
    found: list[Problem] = []
    for stage in (
        lambda: authorise(resolved, access),
        lambda: _stored(resolved, access.policy, view),
        lambda: protect(as_if_allowed(resolved, access.policy)),
    ):
        try:
            stage()
        except Refusals as refusals:
            found += refusals.problems
    if found:
        return Attempt(sql, tuple(found), resolved)
    try:
        protected = protect(authorise(resolved, access))
        refuse_what_stays_exact(protected)
        compile_plan(protected, shadow=view.shadow(access.policy), rules=rules_of(access.policy))
    except Refusals as refusals:
        return Attempt(sql, refusals.problems, resolved)
    return Attempt(sql, (), resolved)


def access_of(project: ProjectId, person: PersonId, policies: Policies, now: datetime) -> Access:
    """Who asks under which policy, with their standing at an instant.

    Raises:
        Refusals: there is no such project, or nobody of that name; told alike.
    """
    policy = policies.policy(project)
    known = policies.people.get(person)
    if policy is None or known is None:
        detail = f"{person} is not on {project}. The lead researcher asks for people to be added."
        raise Refusals((NotOnProject(detail=detail),))
    organisation = policies.organisations.get(known.organisation)
    found = standing(known, organisation, policies.requirements, at=now, time_zone=policies.house.time_zone)
    return Access(policy, person, found, now)


def _stored(resolved: Resolved, policy: Policy, view: View) -> None:
    """A table may be granted and not be in the data version that the project is pinned to."""
    missing = tuple(
        UnknownTable(
            detail=f"{scan.table.name} is not in the data version {policy.project.data_version} of this project.",
            spans=(scan.span,),
        )
        for scan in resolved.uses.scans
        if policy.table(scan.table.name) is not None and not view.has_table(policy, scan.table.name)
    )
    if missing:
        raise Refusals(missing)


def rules_of(policy: Policy) -> Rules:
    """The disclosure rules in force: already the stricter of the house's and the project's."""
    rules = policy.rules
    return Rules(
        min_units=rules.min_units,
        min_clusters=rules.min_clusters,
        nk_contributors=rules.dominance.n,
        nk_percent=float(rules.dominance.k_percent),
        p_percent=float(rules.dominance.p_percent),
        residual_degrees_of_freedom=rules.residual_degrees_of_freedom,
        quantile_nearest=rules.quantile_nearest,
        perturbing=perturbing_of(policy),
    )
