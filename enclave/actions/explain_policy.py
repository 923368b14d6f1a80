"""What a project may do, in plain English: what, why, until when, what would be refused. For one person, if named."""

from collections.abc import Iterator
from datetime import date, datetime

from enclave.actions.check_policy import Policies
from enclave.actions.perturbing import perturbing_of
from enclave.catalogue.model import FieldClass, Table
from enclave.people import Person, standing
from enclave.people.standing import years_after
from enclave.problems import listed
from enclave.projects import Policy, TableGrant, day_there
from enclave.terms import PersonId, ProjectId, Use

VERBS = {
    Use.AGGREGATE: "add up",
    Use.FILTER: "choose people by",
    Use.GROUP: "make tables by",
    Use.LINK: "link by",
}
MOST_NAMED = 12


class NoSuch(Exception):
    """There is no such project, or nobody of that name."""


def explain_policy(
    policies: Policies, project: ProjectId, person: PersonId | None, *, at: datetime
) -> tuple[str, ...]:
    """Lines for a reader who knows neither SQL nor the files.

    Raises:
        NoSuch
    """
    policy = policies.policy(project)
    if policy is None:
        raise NoSuch(f"there is no project {project}")
    known = None if person is None else policies.people.get(person)
    if person is not None and known is None:
        raise NoSuch(f"nobody has the id {person}")
    return tuple(
        line
        for part in (
            _about(policy),
            _who(policies, policy, known, at),
            _until(policies, policy, known, at),
            _may(policies, policy),
            _refused(policies, policy),
            _released(policy),
        )
        for line in ("", *part)
    )[1:]


def _about(policy: Policy) -> Iterator[str]:
    project = policy.project
    yield f"{project.id}: {project.title}"
    yield f"  {project.purpose.public_summary.strip()}"
    title = policy.house.purposes.get(project.purpose.kind, project.purpose.kind)
    yield f"  Purpose: {title}. Legal basis: {_words(project.legal.article_6)}, {project.legal.gateway}."
    approvals = [f"{one.body} on {_day(one.decided_on)} ({one.ref})" for one in project.approvals]
    yield f"  Approved by {listed(approvals)}." if approvals else "  Approved by nobody yet."


def _who(policies: Policies, policy: Policy, person: Person | None, at: datetime) -> Iterator[str]:
    if person is None:
        yield f"People: {listed([str(member.person) for member in policy.project.members]) or 'nobody'}."
        return
    member = policy.project.member(person.id)
    if member is None:
        yield f"{person.id} is not on this project. Every query would be refused: not-on-project."
        return
    yield f"{person.id} is on this project as {_words(member.role)}."
    held = standing(
        person,
        policies.organisations.get(person.organisation),
        policies.requirements,
        at=at,
        time_zone=policies.house.time_zone,
    )
    if not held.good:
        yield f"Now every query would be refused: {listed([reason.text for reason in held.reasons])}."


def _until(policies: Policies, policy: Policy, person: Person | None, at: datetime) -> Iterator[str]:
    dates, zone = policy.project.dates, policies.house.time_zone
    if not policy.project.open(at, zone):
        today = day_there(at, zone)
        why = (
            f"it is {policy.project.status}"
            if policy.project.status != "active"
            else f"today is {_day(today)}"
        )
        yield f"Now nobody may ask anything: {why}."
    ends = dict(last_days(policies, policy, person))
    first = min(ends.values())
    cause = next(name for name, day in ends.items() if day == first)
    yield f"From {_day(dates.starts)} until the end of {_day(first)} ({zone.key}): then {cause} ends."
    for name, day in sorted(ends.items(), key=lambda one: one[1]):
        yield f"  {name}: {_day(day)}"


def last_days(policies: Policies, policy: Policy, person: Person | None) -> Iterator[tuple[str, date]]:
    """Everything that access ends with, and the last day of each."""
    dates = policy.project.dates
    yield "the project", dates.ends
    yield "the time until its review", dates.review_by
    if person is None:
        return
    if person.accreditation is not None:
        yield "the accreditation", person.accreditation.expires_on
    asked = policies.requirements
    passed = [one for one in person.training if one.course == asked.course]
    lasts = [min(one.expires_on, years_after(one.passed_on, asked.course_valid_years)) for one in passed]
    if lasts:
        yield "the training", max(lasts)
    organisation = policies.organisations.get(person.organisation)
    if organisation is not None:
        yield f"the agreement of {organisation.id}", organisation.agreement.expires_on


def _may(policies: Policies, policy: Policy) -> Iterator[str]:
    yield "It may ask for statistics, made from:"
    for grant in policy.grants.values():
        table = policies.catalogue.tables[grant.table]
        yield f"  {grant.table}{_extent(grant)}"
        if grant.all_fields:
            yield "    every field: public reference data"
        for field in grant.fields.values():
            uses = listed([VERBS[use] for use in Use if use in field.uses])
            tier = f"tier {table.fields[field.field].tier}"
            yield f"    {field.field} ({tier}): {uses}. Why: {_sentence(field.why)}"
            if field.less_sensitive_alternative:
                yield f"      Less sensitive data: {_sentence(field.less_sensitive_alternative)}"


def _extent(grant: TableGrant) -> str:
    years = f", {listed(grant.years)}" if grant.years else ""
    if not grant.rows:
        return years
    limits = [f"{name} is {listed(values[:MOST_NAMED], 'or')}" for name, values in grant.rows.items()]
    return f"{years}, only where {listed(limits)}"


def _refused(policies: Policies, policy: Policy) -> Iterator[str]:
    yield "Refused, among others:"
    yield "  a row about one person: individual-rows"
    for grant in policy.grants.values():
        table = policies.catalogue.tables[grant.table]
        if grant.all_fields:
            continue
        closed = [name for name in table.fields if name not in grant.fields and _offered(table, name)]
        named = _few(closed)
        if named:
            yield f"  {grant.table}: {named}: field-not-granted"
        for field in grant.fields.values():
            missing = [VERBS[use] for use in Use if use not in field.uses and use is not Use.LINK]
            if missing and table.key != field.field:
                yield f"  {grant.table}.{field.field}, to {listed(missing, 'or')}: field-use"
        if grant.years:
            yield f"  {grant.table} in any other year: year-not-in-project"
    others = len(policies.catalogue.tables) - len(policy.grants)
    yield f"  the {others} other tables of the catalogue, their presence too: field-not-granted"
    never = listed(_words(one) for one in sorted(policy.house.never))
    yield f"  any use for {never}: on no list of purposes"


def _offered(table: Table, name: str) -> bool:
    return table.fields[name].kind is not FieldClass.IDENTIFIER


def _few(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{', '.join(names[:MOST_NAMED])}{more}" if names else ""


def _released(policy: Policy) -> Iterator[str]:
    rules, routes = policy.rules, policy.routes
    yield f"Numbers about fewer than {rules.min_units} are hidden, and those that would give them away."
    if rules.min_clusters > 1:
        yield f"Each number stands on at least {rules.min_clusters} groups."
    by = perturbing_of(policy)
    if by is not None:
        yield by.words
    yield f"Ordinary results leave {_by(routes.ordinary.checkers)}; with tier 1 {_by(routes.tier_1.checkers)}."
    allowed = policy.allowance
    yield f"A day allows {allowed.queries_per_day:,} queries and {allowed.cells_per_day:,} cells."


def _by(checkers: int) -> str:
    if not checkers:
        return "at once if the query is clear"
    return "after one checker agrees" if checkers == 1 else f"after {checkers} checkers agree"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _words(text: str) -> str:
    return text.replace("_", " ")


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
