"""Two versions of a home's policies: what the later one lets through that the earlier does not, grant by grant."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from enclave.actions.check_policy import Policies
from enclave.catalogue.comparing import compare_catalogues
from enclave.people.comparing import compare_organisations, compare_people
from enclave.projects.comparing import compare_houses, compare_policies
from enclave.terms.changes import Change, Effect, strongest


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes, in the order of the files. `grants`: how many grants of fields there are in either version."""

    changes: tuple[Change, ...]
    grants: int

    @property
    def effect(self) -> Effect:
        """What all of it together does."""
        return strongest(change.effect for change in self.changes)

    def by_subject(self) -> Mapping[str, Effect]:
        """Each grant, or other subject, that changed, with the strongest of its changes."""
        subjects: dict[str, list[Effect]] = {}
        for change in self.changes:
            subjects.setdefault(change.subject, []).append(change.effect)
        return {subject: strongest(effects) for subject, effects in subjects.items()}

    @property
    def widened(self) -> tuple[str, ...]:
        return tuple(subject for subject, effect in self.by_subject().items() if effect is Effect.WIDENS)


def compare(before: Policies, after: Policies) -> Comparison:
    """Everything in which `after` differs from `before`."""
    grants = {(name, table, field) for name, table, field in (*_grants(before), *_grants(after))}
    return Comparison(tuple(_changes(before, after)), len(grants))


def _changes(before: Policies, after: Policies) -> Iterator[Change]:
    yield from compare_houses(before.house, after.house)
    yield from compare_catalogues(before.catalogue, after.catalogue)
    for organisation in dict.fromkeys((*before.organisations, *after.organisations)):
        yield from compare_organisations(
            before.organisations.get(organisation), after.organisations.get(organisation)
        )
    for person in dict.fromkeys((*before.people, *after.people)):
        yield from compare_people(before.people.get(person), after.people.get(person))
    for project in dict.fromkeys((*before.in_force, *after.in_force)):
        yield from compare_policies(before.in_force.get(project), after.in_force.get(project))


def _grants(policies: Policies) -> Iterator[tuple[str, str, str]]:
    for name, policy in policies.in_force.items():
        for table in policy.grants.values():
            yield from ((str(name), table.table, field) for field in table.fields or ("",))
