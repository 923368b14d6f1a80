"""Row restrictions that would stand too near one another: of a new version beside what is in force, and in one scope.

Whoever has tables of two bases that differ by a few units can subtract them, and those few are told. So bases that
projects of one scope have, or had in the version before, differ by nobody or by `min_base_difference` units.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from enclave.actions.check_policy import Policies
from enclave.actions.ledger_desk import scope_of
from enclave.documents import Finding, Place
from enclave.projects import Policy, TableGrant


@dataclass(frozen=True, slots=True)
class Pair:
    """Two grants of one table that somebody could compare. `beside` says whose the other is, to an administrator."""

    policy: Policy
    grant: TableGrant
    other: TableGrant
    beside: str


class Differences(Protocol):
    """Counts units in the data: how few two restrictions tell apart, or None for nobody. See `loading.bases`."""

    def __call__(self, policy: Policy, grant: TableGrant, other: TableGrant, /) -> int | None: ...


def alike_bases(
    before: Policies | None, after: Policies, differences: Differences, *, version: int | None
) -> tuple[Finding, ...]:
    """A finding for each pair of bases that differ by too few units.

    Args:
        version: the number of what is in force, for the message.
    """
    least = after.house.min_base_difference
    found: list[Finding] = []
    for pair in _pairs(before, after, version):
        apart = differences(pair.policy, pair.grant, pair.other)
        if apart is not None and apart < least:
            found.append(_finding(pair, after, least))
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Alike:
    """Two projects whose rows of a table are too near one another in a data version."""

    table: str
    one: str
    other: str


def alike_in(policies: Policies, data_version: str, differences: Differences) -> tuple[Alike, ...]:
    """The bases in force that a data version would bring too near: of pairs of which one is pinned to it."""
    pinned = {
        str(name) for name, one in policies.in_force.items() if one.project.data_version == data_version
    }
    found: list[Alike] = []
    for pair in _pairs(None, policies, None):
        names = str(pair.policy.project.id), pair.beside
        if pinned.isdisjoint(names):
            continue
        apart = differences(pair.policy, pair.grant, pair.other)
        if apart is not None and apart < policies.house.min_base_difference:
            found.append(Alike(pair.grant.table, *names))
    return tuple(dict.fromkeys(found))


def _finding(pair: Pair, policies: Policies, least: int) -> Finding:
    unit = policies.catalogue.tables[pair.grant.table].unit
    many = policies.catalogue.units[unit].many if unit is not None else "units"
    return Finding(
        Place(f"projects/{pair.policy.project.id}.yaml"),
        "bases-too-alike",
        f"the rows of this version and of {pair.beside} differ by fewer than {least} {many}",
        why="house.yaml, min_base_difference; tables of the two could be subtracted",
        fix="choose a restriction that differs by more, or leave it as it was",
    )


def _pairs(before: Policies | None, after: Policies, version: int | None) -> Iterator[Pair]:
    """Each pair of which one is new, both over people and over one data version."""
    old = f"version {version}" if version is not None else "what is in force"
    projects = sorted(after.in_force)
    for at, name in enumerate(projects):
        policy = after.in_force[name]
        scope = scope_of(name, after)
        for grant in _of_people(policy, after):
            was = before.in_force.get(name) if before is not None else None
            changed = was is None or was.table(grant.table) != grant
            if was is not None and changed:
                yield from _with(policy, grant, was, old)
            for other in projects[at + 1 :]:
                shared = scope_of(other, after)
                if scope.people & shared.people or scope.organisations & shared.organisations:
                    yield from _with(policy, grant, after.in_force[other], str(other))
            if before is None or not changed:
                continue
            for other in sorted(before.in_force):
                shared, now = scope_of(other, before), after.in_force.get(other)
                had = before.in_force[other].table(grant.table)
                as_it_was = now is not None and now.table(grant.table) == had
                if (
                    other != name
                    and not as_it_was
                    and (scope.people & shared.people or scope.organisations & shared.organisations)
                ):
                    yield from _with(policy, grant, before.in_force[other], f"{other} in {old}")


def _of_people(policy: Policy, policies: Policies) -> Iterator[TableGrant]:
    yield from (
        grant for grant in policy.grants.values() if policies.catalogue.tables[grant.table].unit is not None
    )


def _with(policy: Policy, grant: TableGrant, other: Policy, beside: str) -> Iterator[Pair]:
    theirs = other.table(grant.table)
    if theirs is not None and theirs.rows != grant.rows:
        yield Pair(policy, grant, theirs, beside)
