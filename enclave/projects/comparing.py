"""What another version of a policy lets through that this one does not: each grant by itself.

Compared are the values in force, so a floor of the house that was raised narrows every project under it. Pure.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from enclave.projects.model import (
    Allowance,
    Dates,
    Dominance,
    House,
    LifetimeCap,
    Method,
    Policy,
    Project,
    Reviewing,
    Route,
    Routes,
    Rules,
    Sandbox,
    Status,
    TableGrant,
)
from enclave.projects.model import Reach as ReachRules
from enclave.terms.changes import (
    Change,
    Effect,
    Judge,
    appears,
    changes,
    elsewhere,
    less_widens,
    longer_widens,
    more_widens,
    shorter_widens,
    shown,
    words,
)

NOTHING: Final = "nothing"
OPENNESS: Final = (Status.CLOSED, Status.REJECTED, Status.DRAFT, Status.PAUSED, Status.ACTIVE)
"""From what lets least through to what lets most: of a closed project nothing can be released any more."""


def compare_policies(before: Policy | None, after: Policy | None) -> Iterator[Change]:
    """Every change of one project. A project that is new widens, and one that is gone narrows."""
    policy = after or before
    assert policy is not None, "there is something to compare"
    if before is None or after is None:
        effect = Effect.WIDENS if after is not None else Effect.NARROWS
        for grant in policy.grants.values():
            yield from _whole_table(str(policy.project.id), grant, effect)
        yield appears(str(policy.project.id), "project", before, after)
        return
    yield from _project(before.project, after.project)
    yield from _settings(before, after)
    for name in dict.fromkeys((*before.grants, *after.grants)):
        yield from _table(str(after.project.id), before.grants.get(name), after.grants.get(name))


def compare_houses(before: House, after: House) -> Iterator[Change]:
    """Every change of the house that is not a floor or a default of some project alone."""
    for change in changes("house.yaml", before, after, _HOUSE):
        yield from _inside(before, after, change)


def _project(before: Project, after: Project) -> Iterator[Change]:
    subject = str(after.id)
    yield from changes(subject, before, after, _PROJECT)
    yield from changes(f"{subject} dates", before.dates, after.dates, _DATES)
    yield from changes(f"{subject} purpose", before.purpose, after.purpose, _PURPOSE)
    had = {member.person: member for member in before.members}
    has = {member.person: member for member in after.members}
    for person in dict.fromkeys((*had, *has)):
        was, now = had.get(person), has.get(person)
        if was != now:
            effect = Effect.NARROWS if now is None else Effect.WIDENS
            if was is not None and now is not None and "lead" in was.role and "lead" not in now.role:
                effect = Effect.NARROWS
            had_role = NOTHING if was is None else was.role.value
            has_role = NOTHING if now is None else now.role.value
            yield Change(f"{subject} people", str(person), had_role, has_role, effect)


def _settings(before: Policy, after: Policy) -> Iterator[Change]:
    subject = str(after.project.id)
    yield from changes(f"{subject} disclosure", before.rules, after.rules, _RULES)
    dominance = f"{subject} dominance"
    yield from changes(dominance, before.rules.dominance, after.rules.dominance, _DOMINANCE)
    yield from changes(f"{subject} routes", before.routes, after.routes, _ROUTES)
    yield from changes(f"{subject} allowance", before.allowance, after.allowance, _ALLOWANCE)
    if before.consent_of != after.consent_of:
        effect = shorter_widens(before.consent_of, after.consent_of)
        yield Change(subject, "consent_of", shown(before.consent_of), shown(after.consent_of), effect)
    if before.max_cells != after.max_cells:
        effect = more_widens(before.max_cells, after.max_cells)
        yield Change(subject, "max_cells", shown(before.max_cells), shown(after.max_cells), effect)


def _table(project: str, before: TableGrant | None, after: TableGrant | None) -> Iterator[Change]:
    if before is None or after is None:
        grant = after or before
        assert grant is not None, "one of the two has the table"
        yield from _whole_table(project, grant, Effect.NARROWS if after is None else Effect.WIDENS)
        return
    subject = f"{project} {after.table}"
    yield from changes(subject, before, after, _TABLE)
    for name in dict.fromkeys((*before.fields, *after.fields)):
        was, now = before.grant(name), after.grant(name)
        had = frozenset() if was is None else was.uses
        has = frozenset() if now is None else now.uses
        if had != has:
            effect = longer_widens(had, has)
            yield Change(f"{project} {after.table}.{name}", "use", shown(had), shown(has), effect)


def _whole_table(project: str, grant: TableGrant, effect: Effect) -> Iterator[Change]:
    fields = {name: shown(field.uses) for name, field in grant.fields.items()}
    if grant.all_fields or not fields:
        fields = {"": "all fields" if grant.all_fields else "no field"}
    for name, uses in fields.items():
        subject = f"{project} {grant.table}{'.' if name else ''}{name}"
        pair = (NOTHING, uses) if effect is Effect.WIDENS else (uses, NOTHING)
        yield Change(subject, "use", *pair, effect)


def _inside(before: House, after: House, change: Change) -> Iterator[Change]:
    """A group of settings, one by one by their own rules; anything else as it was found."""
    judges = _GROUPS.get(change.what)
    if judges is None:
        yield change
        return
    subject = f"house.yaml {change.what}"
    was, now = getattr(before, change.what), getattr(after, change.what)
    yield from changes(subject, was, now, judges)
    if isinstance(was, Rules):
        yield from changes("house.yaml dominance", was.dominance, now.dominance, _DOMINANCE)


def _years(before: tuple[str, ...] | None, after: tuple[str, ...] | None) -> Effect:
    """None is every year."""
    if before is None or after is None:
        return Effect.WIDENS if after is None else Effect.NARROWS
    return longer_widens(before, after)


def _rows(
    before: Mapping[str, tuple[str, ...]] | None, after: Mapping[str, tuple[str, ...]] | None
) -> Effect:
    """Rows that are all among those of before narrow; anything else has rows that were not there."""
    was, now = before or {}, after or {}
    within = all(name in now and set(now[name]) <= set(allowed) for name, allowed in was.items())
    again = all(name in was and set(was[name]) <= set(allowed) for name, allowed in now.items())
    if within:
        return Effect.SAME if again else Effect.NARROWS
    return Effect.WIDENS


def _open(before: Status, after: Status) -> Effect:
    return more_widens(OPENNESS.index(before), OPENNESS.index(after))


def _register(before: str, after: str) -> Effect:
    """Whether the register shows the tables too."""
    return more_widens(before == "table", after == "table")


def _by_route(before: Route, after: Route) -> Effect:
    return less_widens(before.checkers, after.checkers)


def _by_method(before: Method, after: Method) -> Effect:
    """From exact numbers to changed ones narrows; of two ways to change them nobody can say."""
    if before is after:
        return Effect.SAME
    return Effect.WIDENS if before.perturbs else Effect.NARROWS


_PROJECT: Final[Mapping[str, Judge]] = {
    "title": words,
    "legal": words,
    "approvals": words,
    "formats": words,
    "members": elsewhere,
    "managers": longer_widens,
    "purpose": elsewhere,
    "dates": elsewhere,
    "status": _open,
    "register": _register,
}
_PURPOSE: Final[Mapping[str, Judge]] = {
    "public_summary": words,
    "public_benefit": words,
    "never": shorter_widens,
}
_DATES: Final[Mapping[str, Judge]] = {
    "starts": less_widens,
    "ends": more_widens,
    "review_by": more_widens,
    "destroy_by": more_widens,
}
_RULES: Final[Mapping[str, Judge]] = {
    "min_units": less_widens,
    "min_clusters": less_widens,
    "dominance": elsewhere,
    "residual_degrees_of_freedom": less_widens,
    "quantile_nearest": less_widens,
    "method": _by_method,
    "rounding_base": less_widens,
}
_DOMINANCE: Final[Mapping[str, Judge]] = {
    "n": less_widens,
    "k_percent": more_widens,
    "p_percent": less_widens,
}
_ROUTES: Final[Mapping[str, Judge]] = {
    "ordinary": _by_route,
    "tier_1": _by_route,
    "off_cut_points": _by_route,
}
_ALLOWANCE: Final[Mapping[str, Judge]] = {"queries_per_day": more_widens, "cells_per_day": more_widens}
_TABLE: Final[Mapping[str, Judge]] = {
    "years": _years,
    "rows": _rows,
    "fields": elsewhere,
    "all_fields": more_widens,
}
_HOUSE: Final[Mapping[str, Judge]] = {
    "name": words,
    "tier_1_checkers": less_widens,
    "max_cells": more_widens,
    "presets": shorter_widens,
    "linear_audit_up_to_units": less_widens,
    "compound_exclusions_per_project": more_widens,
    "min_base_difference": less_widens,
    "purposes": longer_widens,
    "never": shorter_widens,
    "consent_required": shorter_widens,
    "webhook_networks": longer_widens,
    "notice_days": less_widens,
    "comments_to": words,
    "acknowledges": less_widens,
}
_GROUPS: Final[Mapping[str, Mapping[str, Judge]]] = {
    "rules": _RULES,
    "routes": _ROUTES,
    "allowance": _ALLOWANCE,
    "lifetime_cap": {"units_per_number": less_widens, "beyond": _by_route},
    "approvals": {"every_project": shorter_widens, "tier_1": shorter_widens},
    "accrediting": {
        "schemes": longer_widens,
        "course_valid_years": more_widens,
        "declarations": shorter_widens,
    },
    "reviewing": {
        "claim_lapses_after_hours": words,
        "target_working_days": words,
        "looked_at_afterwards_percent": less_widens,
        "project_review_every_days": more_widens,
    },
    "reach": {"round_down_to": less_widens, "cluster_round_down_to": less_widens},
    "sandbox": {"minimum_level": less_widens, "deadline_seconds": words, "memory_bytes": words},
}
COMPARED: Final[Mapping[type, Mapping[str, Judge]]] = {
    Project: _PROJECT,
    Dates: _DATES,
    Rules: _RULES,
    Dominance: _DOMINANCE,
    Routes: _ROUTES,
    Allowance: _ALLOWANCE,
    TableGrant: _TABLE,
    House: _HOUSE,
    LifetimeCap: _GROUPS["lifetime_cap"],
    Reviewing: _GROUPS["reviewing"],
    ReachRules: _GROUPS["reach"],
    Sandbox: _GROUPS["sandbox"],
}
"""The rules by the value that they are about, for a test that no name in them is misspelt."""
