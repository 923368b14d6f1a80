"""What was shown to whom, for ever: the ledger as those who answer questions use it.

The one thing to know before changing this: numbers are judged outside a transaction, which takes time, and reserved in
one, which fails when anything came into the scope meanwhile. So of two answers that would tell too much together the
second to be reserved is always judged with the first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from enclave.actions.check_policy import Policies
from enclave.disclosure.ledger.numbers import LedgerNumber
from enclave.outputs.keeping import KeptLedger
from enclave.outputs.ledger import (
    Known,
    LabelsOf,
    NewNumbers,
    NotTogether,
    Raced,
    Recheck,
    Scope,
    meeting_of,
)
from enclave.outputs.records import QueryId
from enclave.terms import ProjectId

TRIES: Final = 3
"""Of judging outside the transaction, before it is done inside, where nobody else can come first."""


class Ledger(Protocol):
    """The numbers of all projects."""

    def shown(self, scope: Scope) -> Known:
        """All numbers reserved or shown in the scope: of this project, and of every project that shares or ever shared
        a person or an organisation with it.

        Limit: nothing is published to everybody yet, so there is nothing public in a scope.
        """
        ...

    @property
    def labels_of(self) -> LabelsOf: ...

    def reserve(self, new: NewNumbers) -> None:
        """Reserve the numbers for ever, if nothing came into the scope that they were not judged against.

        Numbers of the same query that were reserved before are freed.

        Raises:
            Raced: something came; nothing is reserved.
            Stale: the query does not run any more.
        """
        ...

    def reserve_alone(self, new: NewNumbers, recheck: Recheck) -> None:
        """Judge what came meanwhile, and reserve, while nobody else can come first.

        Raises:
            NotTogether: `recheck` does not let them be shown; nothing is reserved.
            Stale: the query does not run any more.
        """
        ...


@dataclass(frozen=True, slots=True)
class QuestionLedger:
    """The ledger for one question: `query_id` is None where there is no server."""

    ledger: Ledger
    scope: Scope
    query_id: QueryId | None = None

    def shown(self) -> Known:
        """What is in the scope; without what an earlier run of the same query reserved, which this one replaces."""
        known = self.ledger.shown(self.scope)
        if self.query_id is None:
            return known
        others = tuple(one for one in known.reservations if one.query_id != self.query_id)
        return replace(known, reservations=others)

    @property
    def labels_of(self) -> LabelsOf:
        return self.ledger.labels_of

    def reserve(
        self,
        numbers: Sequence[LedgerNumber],
        *,
        data_version: str,
        known: Known,
        recheck: Recheck,
        overtaken: bool = False,
    ) -> bool:
        """Reserve numbers that were judged against `known`; False when they may not be shown beside what came since.

        `overtaken`: something came for certain, so that they are judged again before they are tried.

        Raises:
            Stale: the query does not run any more.
        """
        new = NewNumbers(self.scope, self.query_id, data_version, known.judged, numbers)
        for _ in range(TRIES):
            if overtaken:
                now = self.shown()
                meeting = meeting_of(new, now, self.labels_of)
                if meeting.newer and not recheck(meeting):
                    return False
                new = replace(new, judged=now.judged)
            try:
                self.ledger.reserve(new)
            except Raced:
                overtaken = True
            else:
                return True
        try:
            self.ledger.reserve_alone(new, recheck)
        except NotTogether:
            return False
        return True


def show_numbers(
    query_id: QueryId,
    scope: Scope,
    kept: KeptLedger,
    write: Callable[[Recheck | None], None],
    *,
    recheck: Recheck,
) -> None:
    """Show the numbers of a query in the transaction that `write` makes, after another look at whatever came meanwhile.

    `write` shows them with the recheck that it is given: that is for its last try, in a transaction of its own.

    Raises:
        NotTogether: they may not be shown beside what came; nothing was written.
        Stale: see `write`.
    """
    for _ in range(TRIES):
        try:
            return write(None)
        except Raced:
            met = kept.met(query_id, scope)
            if met is not None:
                if not recheck(met):
                    raise NotTogether from None
                kept.judged_again(query_id, met.known.judged)
    return write(recheck)


def scope_of(project: ProjectId, policies: Policies) -> Scope:
    """A project with everybody on it, by the policies in force. Both organisations count: its own, and its people's."""
    found = policies.projects.get(project)
    if found is None:
        return Scope(project, frozenset(), frozenset())
    people = frozenset(member.person for member in found.members)
    theirs = {policies.people[person].organisation for person in people if person in policies.people}
    return Scope(project, people, frozenset({found.organisation, *theirs}))


def scopes_of(policies: Policies) -> tuple[Scope, ...]:
    """Every project with everybody on it."""
    return tuple(scope_of(project, policies) for project in policies.projects)
