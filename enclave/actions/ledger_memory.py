"""A ledger that lasts as long as its process: for tests, and for trying things out on synthetic data.

Numbers are shown as soon as they are reserved: there is nobody to release them.
"""

import hashlib
import threading
from collections.abc import Iterable, Mapping

from enclave.disclosure.ledger.numbers import Labels, LedgerNumber, units_of
from enclave.disclosure.ledger.runs import histogram
from enclave.outputs.ledger import (
    Judged,
    Known,
    LabelsKey,
    NewNumbers,
    NotTogether,
    NumbersState,
    Raced,
    Recheck,
    Recorded,
    RecordedPart,
    Reservation,
    Scope,
    meeting_of,
)
from enclave.terms import ProjectId


class MemoryLedger:
    """Conforms to `Ledger`. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seq = 0
        self._members: dict[ProjectId, set[tuple[str, str]]] = {}
        self._reservations: list[Reservation] = []
        self._labels: dict[LabelsKey, Labels] = {}

    def shown(self, scope: Scope) -> Known:
        with self._lock:
            return self._known(scope)

    def labels_of(self, names: Iterable[LabelsKey]) -> Mapping[LabelsKey, Labels]:
        return {name: self._labels[name] for name in names}

    def reserve(self, new: NewNumbers) -> None:
        with self._lock:
            known = self._known(new.scope)
            if meeting_of(new, known, self.labels_of).newer:
                raise Raced
            self._add(new, known.judged)

    def reserve_alone(self, new: NewNumbers, recheck: Recheck) -> None:
        with self._lock:
            known = self._known(new.scope)
            meeting = meeting_of(new, known, self.labels_of)
            if meeting.newer and not recheck(meeting):
                raise NotTogether
            self._add(new, known.judged)

    def _known(self, scope: Scope) -> Known:
        self._members.setdefault(scope.project, set()).update(
            {("person", who) for who in scope.people} | {("organisation", who) for who in scope.organisations}
        )
        mine = self._members[scope.project]
        projects = frozenset(project for project, theirs in self._members.items() if theirs & mine)
        found = tuple(one for one in self._reservations if one.project in projects | {scope.project})
        return Known(Judged(self._seq, projects | {scope.project}), found)

    def _add(self, new: NewNumbers, judged: Judged) -> None:
        if new.query_id is not None:
            self._reservations = [one for one in self._reservations if one.query_id != new.query_id]
        self._seq += 1
        self._reservations.append(
            Reservation(
                id=self._seq,
                seq=self._seq,
                project=new.scope.project,
                query_id=new.query_id,
                data_version=new.data_version,
                state=NumbersState.SHOWN,
                judged=judged,
                numbers=tuple(self._recorded(number) for number in new.numbers),
            )
        )

    def _recorded(self, number: LedgerNumber) -> Recorded:
        population = number.population
        return Recorded(
            identity=number.identity,
            likeness=number.likeness,
            kinds=number.kinds,
            units=len(units_of(population.labels)),
            clusters={
                name: RecordedPart(self._kept(part.labels), self._kept(part.visible), part.parts)
                for name, part in number.clusters.items()
            },
            years=number.years,
            tables=number.tables,
            hidden=population.hidden,
            labels=self._kept(population.labels),
            visible=self._kept(population.visible),
            bins=histogram(units_of(population.labels)).tobytes(),
            flagged=number.flagged,
            lasting=number.lasting,
            value=number.value,
            shares=number.shares,
            rows_only=population.rows_only,
        )

    def _kept(self, labels: Labels) -> LabelsKey:
        name = LabelsKey(hashlib.sha256(labels.tobytes()).digest()[:16])
        self._labels.setdefault(name, labels)
        return name
