"""Disjunctions that the ledger cannot judge branch by branch: below a person's own summary, or in a subquery.

Whoever knows one person to be in a branch learns from the number whether the rest of it holds for that person. Where
such a branch cannot be counted, nothing that it decides is shown.

Limit: some harmless questions are hidden with them. The condition put beside the summary, or one IN for each branch
with OR between them, is judged as it is.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from sqlglot import exp

from enclave.query.disjunctions import buried_conditions, every_condition, has_branches
from enclave.query.exclusions import excludes
from enclave.query.people_rows import Base, People
from enclave.query.protected import Inner
from enclave.query.relations import Scalar


def has_unseen_branches(
    people: People,
    scalars: Iterable[Scalar],
    subqueries: Mapping[str, Inner],
    bases: Mapping[str, Base],
) -> bool:
    """Whether there is one below these rows, or in a subquery of theirs or of the scalars over them."""
    everywhere = replace(people, bases={**bases, **people.bases})
    found = [*buried_conditions(people.relation)]
    found += _in_subqueries([*every_condition(people.relation), *scalars], subqueries)
    return any(has_branches(one, everywhere) or excludes(one, everywhere) for one in found)


def _in_subqueries(scalars: list[Scalar], subqueries: Mapping[str, Inner]) -> Iterator[Scalar]:
    """The conditions in subqueries over the same person's rows, however deep."""
    waiting, seen = list(scalars), set[str]()
    while waiting:
        for node in waiting.pop().find_all(exp.Placeholder):
            inner = subqueries.get(node.name)
            if inner is None or inner.people is None or node.name in seen:
                continue
            seen.add(node.name)
            below = list(every_condition(inner.people.relation))
            yield from below
            waiting += below
