"""Changes of policies, made up by the hundred: whatever lets more through is called WIDENS; what only closes is not.

Held by two unlike means: each mutation is known to widen or to narrow from how it was made, and access itself is asked
of both versions by a plain function that knows nothing of the comparison.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enclave.actions.check_policy import Policies
from enclave.actions.compare_policies import compare
from enclave.catalogue import comparing as of_catalogue
from enclave.people import Role as PersonRole
from enclave.people import comparing as of_people
from enclave.people import standing
from enclave.projects import FieldGrant, Member, Policy, Role, Route, Status, TableGrant
from enclave.projects import comparing as of_projects
from enclave.terms import PersonId, ProjectId, Use
from enclave.terms.changes import Effect
from tests.support.demo_policies import DEMO

BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
PROJECTS = sorted(DEMO.in_force)
PEOPLE = sorted(DEMO.people)
CENSUS = "school_census_pupil"
YEARS = ("2020/21", "2021/22", "2022/23", "2023/24", "2024/25")
AUTHORITIES = ("201", "202", "203", "204")


@dataclass(frozen=True)
class Mutation:
    """A change, with whether it lets more through."""

    name: str
    effect: Effect
    change: Callable[[Policies], Policies]


def on(policies: Policies, id: ProjectId, /, **to: Any) -> Policies:
    changed = replace(policies.in_force[id], **to)
    return replace(policies, in_force={**policies.in_force, id: changed})


def with_project(policies: Policies, id: ProjectId, /, **to: Any) -> Policies:
    return on(policies, id, project=replace(policies.in_force[id].project, **to))


def with_table(policies: Policies, project: ProjectId, grant: TableGrant) -> Policies:
    return on(policies, project, grants={**policies.in_force[project].grants, grant.table: grant})


def tabled(policy: Policy) -> list[str]:
    return [name for name, grant in policy.grants.items() if grant.fields]


@st.composite
def mutations(draw: st.DrawFn, base: Policies) -> Mutation:
    """One change of a random setting of a random project, person or the house, in a direction that is known."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    found: Mutation | None = KINDS[kind](draw, base)
    if found is None:
        return Mutation("nothing", Effect.SAME, lambda policies: policies)
    return replace(found, name=kind)


def _uses(draw: st.DrawFn, base: Policies) -> Mutation:
    project = draw(st.sampled_from(PROJECTS))
    policy = base.in_force[project]
    table = policy.grants[draw(st.sampled_from(tabled(policy)))]
    name = draw(st.sampled_from(sorted(table.fields)))
    had = table.fields[name].uses
    use = draw(st.sampled_from(list(Use)))
    uses = had ^ {use}
    changed = replace(table, fields={**table.fields, name: replace(table.fields[name], uses=uses)})
    effect = Effect.WIDENS if use not in had else Effect.NARROWS
    return Mutation("", effect, lambda policies: with_table(policies, project, changed))


def _field(draw: st.DrawFn, base: Policies) -> Mutation:
    project = draw(st.sampled_from(PROJECTS))
    policy = base.in_force[project]
    table = policy.grants[draw(st.sampled_from(tabled(policy)))]
    name = draw(st.sampled_from(sorted(DEMO.catalogue.tables[table.table].fields)))
    if name in table.fields:
        fields = {other: grant for other, grant in table.fields.items() if other != name}
        effect = Effect.NARROWS if table.fields[name].uses else Effect.SAME
    else:
        uses = frozenset(draw(st.sets(st.sampled_from(list(Use)), min_size=1)))
        fields, effect = {**table.fields, name: FieldGrant(table.table, name, uses, "w")}, Effect.WIDENS
    return Mutation("", effect, lambda policies: with_table(policies, project, replace(table, fields=fields)))


def _years(draw: st.DrawFn, base: Policies) -> Mutation | None:
    project = draw(st.sampled_from(PROJECTS))
    table = base.in_force[project].grants.get(CENSUS)
    if table is None or table.years is None:
        return None
    year = draw(st.sampled_from(YEARS))
    there = year in table.years
    years = tuple(one for one in table.years if one != year) if there else (*table.years, year)
    effect = Effect.NARROWS if there else Effect.WIDENS
    return Mutation("", effect, lambda policies: with_table(policies, project, replace(table, years=years)))


def _rows(draw: st.DrawFn, base: Policies) -> Mutation | None:
    project = draw(st.sampled_from(PROJECTS))
    table = base.in_force[project].grants.get(CENSUS)
    if table is None:
        return None
    rows = draw(st.none() | st.sets(st.sampled_from(AUTHORITIES), min_size=1))
    asked = None if rows is None else {"la_code": tuple(sorted(rows))}
    had = None if table.rows is None else set(table.rows["la_code"])
    if had == rows:
        return None
    narrower = rows is not None and (had is None or rows < had)
    effect = Effect.NARROWS if narrower else Effect.WIDENS
    return Mutation("", effect, lambda policies: with_table(policies, project, replace(table, rows=asked)))


def _member(draw: st.DrawFn, base: Policies) -> Mutation:
    project, person = draw(st.sampled_from(PROJECTS)), PersonId(draw(st.sampled_from(PEOPLE)))
    members = base.in_force[project].project.members
    without = tuple(one for one in members if one.person != person)
    there = len(without) < len(members)
    now = without if there else (*members, Member(person, Role.RESEARCHER))
    effect = Effect.NARROWS if there else Effect.WIDENS
    return Mutation("", effect, lambda policies: with_project(policies, project, members=now))


def _dates(draw: st.DrawFn, base: Policies) -> Mutation:
    project = draw(st.sampled_from(PROJECTS))
    name = draw(st.sampled_from(["starts", "ends", "review_by", "destroy_by"]))
    days = draw(st.integers(1, 400)) * draw(st.sampled_from([1, -1]))
    dates = base.in_force[project].project.dates
    moved = replace(dates, **{name: getattr(dates, name) + timedelta(days=days)})
    later = days > 0
    effect = Effect.WIDENS if later is (name != "starts") else Effect.NARROWS
    return Mutation("", effect, lambda policies: with_project(policies, project, dates=moved))


def _status(draw: st.DrawFn, base: Policies) -> Mutation | None:
    project = draw(st.sampled_from(PROJECTS))
    had, has = base.in_force[project].project.status, draw(st.sampled_from([Status.ACTIVE, Status.CLOSED]))
    if (had is Status.ACTIVE) is (has is Status.ACTIVE):
        return None
    effect = Effect.WIDENS if has is Status.ACTIVE else Effect.NARROWS
    return Mutation("", effect, lambda policies: with_project(policies, project, status=has))


def _rule(draw: st.DrawFn, base: Policies) -> Mutation:
    project = draw(st.sampled_from(PROJECTS))
    name = draw(st.sampled_from(["min_units", "min_clusters", "residual_degrees_of_freedom"]))
    rules = base.in_force[project].rules
    by = draw(st.sampled_from([1, -1]))
    changed = replace(rules, **{name: getattr(rules, name) + by})
    effect = Effect.WIDENS if by < 0 else Effect.NARROWS
    return Mutation("", effect, lambda policies: on(policies, project, rules=changed))


def _dominance(draw: st.DrawFn, base: Policies) -> Mutation:
    project = draw(st.sampled_from(PROJECTS))
    name = draw(st.sampled_from(["n", "k_percent", "p_percent"]))
    rules, by = base.in_force[project].rules, draw(st.sampled_from([1, -1]))
    held = rules.dominance
    changed = replace(rules, dominance=replace(held, **{name: getattr(held, name) + by}))
    effect = Effect.WIDENS if (by > 0) is (name == "k_percent") else Effect.NARROWS
    return Mutation("", effect, lambda policies: on(policies, project, rules=changed))


def _route(draw: st.DrawFn, base: Policies) -> Mutation | None:
    project = draw(st.sampled_from(PROJECTS))
    name, to = draw(st.sampled_from(["ordinary", "tier_1", "off_cut_points"])), Route(draw(st.integers(0, 4)))
    routes = base.in_force[project].routes
    had: Route = getattr(routes, name)
    if had == to:
        return None
    effect = Effect.WIDENS if to < had else Effect.NARROWS
    return Mutation("", effect, lambda policies: on(policies, project, routes=replace(routes, **{name: to})))


def _limits(draw: st.DrawFn, base: Policies) -> Mutation:
    project, by = draw(st.sampled_from(PROJECTS)), draw(st.sampled_from([1, -1]))
    policy = base.in_force[project]
    effect = Effect.WIDENS if by > 0 else Effect.NARROWS
    if draw(st.booleans()):
        return Mutation("", effect, lambda policies: on(policies, project, max_cells=policy.max_cells + by))
    name = draw(st.sampled_from(["queries_per_day", "cells_per_day"]))
    allowance = replace(policy.allowance, **{name: getattr(policy.allowance, name) + by})
    return Mutation("", effect, lambda policies: on(policies, project, allowance=allowance))


def _house(draw: st.DrawFn, base: Policies) -> Mutation:
    more_is_wider = {
        "tier_1_checkers": False,
        "max_cells": True,
        "linear_audit_up_to_units": False,
        "compound_exclusions_per_project": True,
        "min_base_difference": False,
        "notice_days": False,
    }
    name, by = draw(st.sampled_from(sorted(more_is_wider))), draw(st.sampled_from([1, -1]))
    house = replace(base.house, **{name: getattr(base.house, name) + by})
    effect = Effect.WIDENS if (by > 0) is more_is_wider[name] else Effect.NARROWS
    return Mutation("", effect, lambda policies: replace(policies, house=house))


def _lists_of_the_house(draw: st.DrawFn, base: Policies) -> Mutation:
    word = draw(st.sampled_from(["advocacy", "marketing", "commercial"]))
    effect, name = Effect.WIDENS, draw(st.sampled_from(["never", "consent_required"]))
    had = getattr(base.house, name)
    if word not in had:
        effect = Effect.NARROWS
    house = replace(base.house, **{name: had ^ {word}})
    return Mutation("", effect, lambda policies: replace(policies, house=house))


def _person(draw: st.DrawFn, base: Policies) -> Mutation | None:
    person = base.people[PersonId(draw(st.sampled_from(PEOPLE)))]
    if draw(st.booleans()):
        role = draw(st.sampled_from(list(PersonRole)))
        changed = replace(person, roles=person.roles ^ {role})
        effect = Effect.WIDENS if role not in person.roles else Effect.NARROWS
    elif person.accreditation is None:
        return None
    else:
        days = draw(st.integers(1, 900)) * draw(st.sampled_from([1, -1]))
        held = person.accreditation
        changed = replace(
            person, accreditation=replace(held, expires_on=held.expires_on + timedelta(days=days))
        )
        effect = Effect.WIDENS if days > 0 else Effect.NARROWS
    people = {**base.people, person.id: changed}
    return Mutation("", effect, lambda policies: replace(policies, people=people))


def _training(draw: st.DrawFn, base: Policies) -> Mutation | None:
    person = base.people[PersonId(draw(st.sampled_from(PEOPLE)))]
    if not person.training:
        return None
    days = draw(st.integers(1, 900)) * draw(st.sampled_from([1, -1]))
    passed = person.training[0]
    training = (replace(passed, expires_on=passed.expires_on + timedelta(days=days)), *person.training[1:])
    effect = Effect.WIDENS if days > 0 else Effect.NARROWS
    people = {**base.people, person.id: replace(person, training=training)}
    return Mutation("", effect, lambda policies: replace(policies, people=people))


def _catalogue(draw: st.DrawFn, base: Policies) -> Mutation | None:
    table = base.catalogue.tables[CENSUS]
    field = table.fields[draw(st.sampled_from(["gender", "fsm_eligible", "sen_type_primary", "nationality"]))]
    if draw(st.booleans()):
        tier = draw(st.integers(1, 4))
        changed, wider = replace(field, tier=tier), tier > field.tier
    else:
        purpose = draw(st.sampled_from(sorted(base.house.purposes)))
        changed, wider = replace(field, purposes=field.purposes ^ {purpose}), purpose not in field.purposes
    if changed == field:
        return None
    tables = {**base.catalogue.tables, CENSUS: replace(table, fields={**table.fields, field.name: changed})}
    effect = Effect.WIDENS if wider else Effect.NARROWS
    return Mutation(
        "", effect, lambda policies: replace(policies, catalogue=replace(base.catalogue, tables=tables))
    )


def _purpose(draw: st.DrawFn, base: Policies) -> Mutation:
    project = draw(st.sampled_from(PROJECTS))
    purpose = base.in_force[project].project.purpose
    if draw(st.booleans()):
        word = draw(st.sampled_from(["marketing", "profiling"]))
        never = tuple(one for one in purpose.never if one != word)
        there = word in purpose.never
        changed = replace(purpose, never=never if there else (*purpose.never, word))
        effect = Effect.WIDENS if there else Effect.NARROWS
    else:
        kind = draw(st.sampled_from(sorted(base.house.purposes)))
        changed = replace(purpose, kind=kind)
        effect = Effect.WIDENS if kind != purpose.kind else Effect.SAME
    return Mutation("", effect, lambda policies: with_project(policies, project, purpose=changed))


def _pinned(draw: st.DrawFn, base: Policies) -> Mutation:
    project, version = draw(st.sampled_from(PROJECTS)), draw(st.sampled_from(["npd-demo-2", "npd-demo-3"]))
    had = base.in_force[project].project.data_version
    effect = Effect.SAME if version == had else Effect.WIDENS
    return Mutation("", effect, lambda policies: with_project(policies, project, data_version=version))


def _words(draw: st.DrawFn, base: Policies) -> Mutation:
    del base
    project, title = draw(st.sampled_from(PROJECTS)), draw(st.text(max_size=20))
    return Mutation("", Effect.SAME, lambda policies: with_project(policies, project, title=title))


KINDS: Mapping[str, Callable[[st.DrawFn, Policies], Mutation | None]] = {
    function.__name__: function
    for function in (
        _uses, _field, _years, _rows, _member, _dates, _status, _rule, _dominance, _route, _limits, _house,
        _lists_of_the_house, _person, _training, _catalogue, _purpose, _pinned, _words,
    )
}  # fmt: skip


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_every_widening_is_called_so_and_nothing_that_only_closes_is(data: st.DataObject) -> None:
    before = DEMO
    for _ in range(data.draw(st.integers(0, 2))):
        before = data.draw(mutations(before)).change(before)
    mutation = data.draw(mutations(before))
    found = compare(before, mutation.change(before))
    assert found.effect is mutation.effect, (mutation.name, found.changes)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_one_widening_is_not_hidden_by_any_number_of_narrowings(data: st.DataObject) -> None:
    after, effects = DEMO, set()
    for _ in range(data.draw(st.integers(2, 4))):
        mutation = data.draw(mutations(after))
        after = mutation.change(after)
        effects.add(mutation.name)
    asked = data.draw(st.lists(questions(), min_size=12, max_size=12))
    gained = [one for one in asked if not allowed(one, DEMO) and allowed(one, after)]
    assert compare(DEMO, after).effect is Effect.WIDENS or not gained, (gained, effects)


@dataclass(frozen=True)
class Question:
    project: ProjectId
    person: PersonId
    table: str
    field: str
    use: Use
    year: str
    authority: str
    at: datetime


def questions() -> st.SearchStrategy[Question]:
    tables = sorted({table for policy in DEMO.in_force.values() for table in tabled(policy)})
    return st.sampled_from(tables).flatmap(
        lambda table: st.builds(
            Question,
            project=st.sampled_from(PROJECTS),
            person=st.sampled_from(PEOPLE).map(PersonId),
            table=st.just(table),
            field=st.sampled_from(sorted(DEMO.catalogue.tables[table].fields)),
            use=st.sampled_from(list(Use)),
            year=st.sampled_from(YEARS),
            authority=st.sampled_from(AUTHORITIES),
            at=st.integers(0, 6 * 365 * 24).map(lambda hours: BEGINS + timedelta(hours=hours)),
        )
    )


def allowed(asked: Question, policies: Policies) -> bool:
    """Access as somebody would explain it: no word of the comparison is used."""
    policy = policies.in_force[asked.project]
    person = policies.people[asked.person]
    held = standing(
        person,
        policies.organisations.get(person.organisation),
        policies.requirements,
        at=asked.at,
        time_zone=policies.house.time_zone,
    )
    table = policy.grants.get(asked.table)
    grant = None if table is None else table.fields.get(asked.field)
    if table is None or grant is None or asked.use not in grant.uses:
        return False
    return (
        asked.person in {member.person for member in policy.project.members}
        and held.good
        and policy.project.open(asked.at, policies.house.time_zone)
        and (table.years is None or asked.year in table.years)
        and (table.rows is None or asked.authority in table.rows["la_code"])
    )


def test_the_same_policies_are_the_same() -> None:
    found = compare(DEMO, DEMO)
    assert (found.effect, found.changes) == (Effect.SAME, ())
    assert found.grants > 50


@pytest.mark.parametrize("room", [of_projects, of_people, of_catalogue])
def test_every_rule_of_the_comparison_is_about_a_setting_that_there_is(room: Any) -> None:
    for kind, judges in room.COMPARED.items():
        assert set(judges) <= {one.name for one in fields(kind)}, kind


def test_a_setting_without_a_rule_widens_whenever_it_changes() -> None:
    changed = replace(DEMO, house=replace(DEMO.house, synthetic=False))
    assert compare(DEMO, changed).effect is Effect.WIDENS
