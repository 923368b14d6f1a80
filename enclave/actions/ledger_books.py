"""Indexes over what the ledger knows, kept between questions, and the judging of numbers beside it.

One index per scope and data version asked over; what was shown over other versions is in it too, since populations are
of person numbers. It grows with the record; when something in it was freed, it is made anew. What everybody knows, who
stands where and the standard margins of each census, is kept beside it, for all scopes. It is read again by each
process that asks: to count it takes a second or so, and what lay on a disk would be one more copy of people's codes.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from enclave.catalogue import Catalogue
from enclave.disclosure.columns import Column
from enclave.disclosure.ledger.census_margins import CensusMargins
from enclave.disclosure.ledger.history import Limits
from enclave.disclosure.ledger.memory import Memory
from enclave.disclosure.ledger.session import LedgerSession
from enclave.disclosure.ledger.shares import Dominance
from enclave.disclosure.ledger.standard import MarginsLayout
from enclave.disclosure.ledger.structure import Structure
from enclave.outputs.ledger import Known, LabelsOf, Meeting, NumbersState, Reservation
from enclave.projects import Policy
from enclave.query.published_codes import code_lists
from enclave.terms import ProjectId
from enclave.terms.kept import Kept
from enclave.terms.versions import base_of, method_in

MOST_SCOPES: Final = 16
MOST_STRUCTURES: Final = 32
MOST_MARGINS: Final = 64
"""Censuses with counted margins, of all data versions."""
MOST_LISTS: Final = 256
MarginsKey = tuple[str, "_Layout", str, int]
"""A data version, what is counted, the census, and the threshold that it is published by."""
TURN_SECONDS: Final = 0.25
"""Nobody waits longer for the others of a project: a slow answer does not hold up quick ones."""
Key = tuple[frozenset[ProjectId], str]


class _Layout:
    """A layout as part of a key: it is long, and its hash is made once."""

    def __init__(self, layout: MarginsLayout) -> None:
        self.layout = layout
        self._hash = hash(layout)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Layout) and self.layout == other.layout


_LAYOUTS: Final[Kept[_Layout]] = Kept(64)


@dataclass(slots=True)
class _Kept:
    """Of reservations, the handles of their numbers: `unseen` ones were not released; `waiting` ones have flags."""

    memory: Memory
    reservations: list[int] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)
    unseen: dict[int, range] = field(default_factory=dict)
    waiting: dict[int, range] = field(default_factory=dict)

    def follow(self, wanted: Sequence[Reservation]) -> None:
        """Take in what is new of all that is known: what came, and what was released."""
        for one in wanted[len(self.reservations) :]:
            wait = waits(one)
            handles = self.memory.add(one.numbers, wait=wait, data_version=one.data_version)
            self.unseen[one.id] = handles
            if wait:
                self.waiting[one.id] = handles
            self.places[one.id] = len(self.reservations)
            self.reservations.append(one.id)
        for id in sorted({*self.unseen, *self.waiting}, key=self.places.__getitem__):
            one = wanted[self.places[id]]
            if id in self.unseen and one.state is NumbersState.SHOWN:
                self.memory.released(self.unseen.pop(id))
            if id in self.waiting and not waits(one):
                self.memory.approved(self.waiting.pop(id))


@dataclass(slots=True)
class _Turns:
    """Of one project: who reserves now, and how often somebody did."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    taken: int = 0


@dataclass(slots=True)
class Books:
    """Safe to use from many threads: one question judges at a time."""

    _lock: threading.RLock = field(default_factory=threading.RLock)
    _kept: OrderedDict[Key, _Kept] = field(default_factory=OrderedDict)
    _structures: dict[str, OrderedDict[str, Structure]] = field(default_factory=dict)
    _margins: OrderedDict[MarginsKey, CensusMargins] = field(default_factory=OrderedDict)
    _values: OrderedDict[tuple[str, str], Column] = field(default_factory=OrderedDict)
    _turns: dict[ProjectId, _Turns] = field(default_factory=dict)

    def session(
        self,
        known: Known,
        labels_of: LabelsOf,
        *,
        data_version: str,
        limits: Limits,
        checked: ProjectId | None = None,
    ) -> LedgerSession:
        """A look at everything known, for one question. Use it within `judging`.

        `checked` is its project where checkers will look at the answer.
        """
        with self._lock:
            memory = self._memory(known, labels_of, data_version)
            mine = None if checked is None else _is_of(checked, known)
            return LedgerSession(memory, limits, data_version, self._of_version(data_version), mine)

    @contextmanager
    def judging(self) -> Iterator[None]:
        """Nobody else judges meanwhile."""
        with self._lock:
            yield

    def turns_taken(self, project: ProjectId) -> int:
        """How often answers of a project reserved numbers here."""
        return self._turns_of(project).taken

    @contextmanager
    def turn(self, project: ProjectId) -> Iterator[int]:
        """To reserve numbers: one answer of a project after the other, and how many turns there were before.

        Of those who reserve at once all but one are overtaken, and judged and written again. No promise hangs on it:
        whoever has waited too long goes ahead. Not to be asked for within `judging`.
        """
        turns = self._turns_of(project)
        mine = turns.lock.acquire(timeout=TURN_SECONDS)
        try:
            yield turns.taken
        finally:
            turns.taken += 1
            if mine:
                turns.lock.release()

    def knows_structure(self, data_version: str, name: str) -> bool:
        with self._lock:
            return name in self._of_version(data_version)

    def keep_structure(self, data_version: str, name: str, structure: Structure) -> None:
        """Keep who stands where, by a name for the table and its censuses."""
        with self._lock:
            structures = self._of_version(data_version)
            structures[name] = structure
            while len(structures) > MOST_STRUCTURES:
                structures.popitem(last=False)

    def values(self, data_version: str, name: str, read: Callable[[], Column]) -> Column:
        """The list of values of a field, by a name for the field and who sees it."""
        with self._lock:
            found = self._values.get((data_version, name))
        if found is None:
            found = read()
            with self._lock:
                self._values[data_version, name] = found
                while len(self._values) > MOST_LISTS:
                    self._values.popitem(last=False)
        return found

    def margins(
        self, data_version: str, layout: MarginsLayout, censuses: Iterable[str], min_units: int
    ) -> dict[str, CensusMargins]:
        """The margins of these censuses, by name, as far as they are counted."""
        with self._lock:
            layout_key = _LAYOUTS.of(layout, make=lambda: _Layout(layout))
            keys = {name: (data_version, layout_key, name, min_units) for name in censuses}
            return {name: self._margins[key] for name, key in keys.items() if key in self._margins}

    def keep_margins(
        self, data_version: str, layout: MarginsLayout, min_units: int, one: CensusMargins
    ) -> None:
        """Keep what was counted of a census."""
        with self._lock:
            layout_key = _LAYOUTS.of(layout, make=lambda: _Layout(layout))
            self._margins[data_version, layout_key, one.name, min_units] = one
            while len(self._margins) > MOST_MARGINS:
                self._margins.popitem(last=False)

    def may_all_be_shown(self, meeting: Meeting, policy: Policy, catalogue: Catalogue) -> bool:
        """Whether numbers that were judged already may be shown beside what came since."""
        limits, version = limits_of(policy, catalogue), meeting.data_version
        if mixes_methods(meeting.newer, version):
            return False
        with self._lock:
            session = self.session(meeting.known, meeting.labels_of, data_version=version, limits=limits)
            return session.all_clear(meeting.mine, since=_handles_of(meeting.newer, meeting.known))

    def _turns_of(self, project: ProjectId) -> _Turns:
        return self._turns.setdefault(project, _Turns())

    def _of_version(self, data_version: str) -> OrderedDict[str, Structure]:
        return self._structures.setdefault(data_version, OrderedDict())

    def _memory(self, known: Known, labels_of: LabelsOf, data_version: str) -> Memory:
        key = (known.judged.projects, data_version)
        wanted = known.reservations
        kept = self._kept.get(key)
        if kept is None or kept.reservations != [one.id for one in wanted[: len(kept.reservations)]]:
            kept = self._kept[key] = _Kept(Memory(labels_of, data_version=data_version))
        kept.follow(wanted)
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_SCOPES:
            self._kept.popitem(last=False)
        return kept.memory


def mixes_methods(some: Iterable[Reservation], data_version: str) -> bool:
    """Whether numbers of this version of the data are remembered that another method changed, or none."""
    own, base = method_in(data_version), base_of(data_version)
    versions = {one.data_version for one in some}  # few, of many reservations
    return any(base_of(one) == base and method_in(one) != own for one in versions)


def waits(reservation: Reservation) -> bool:
    """Whether checkers may still turn down what would be hidden if nobody looked."""
    return reservation.state is NumbersState.RESERVED and any(one.flagged for one in reservation.numbers)


def _is_of(project: ProjectId, known: Known) -> Callable[[int], bool]:
    """Whether the number with a handle, its place among all that is known, is of a project. What came later is not."""
    handles = _handles_of([one for one in known.reservations if one.project == project], known)
    return lambda handle: handle in handles


def _handles_of(some: Iterable[Reservation], known: Known) -> frozenset[int]:
    wanted = {one.id for one in some}
    ids = (one.id for one in known.reservations for _ in one.numbers)
    return frozenset(handle for handle, id in enumerate(ids) if id in wanted)


def limits_of(policy: Policy, catalogue: Catalogue) -> Limits:
    """The limits of the ledger under a policy."""
    return Limits(
        min_units=policy.rules.min_units,
        units_per_number=policy.units_per_number,
        audited_units=policy.house.linear_audit_up_to_units,
        codes=code_lists(catalogue),
        dominance=_dominance(policy),
    )


def _dominance(policy: Policy) -> Dominance:
    """The rules on one sum, for what lies between two."""
    rules = policy.rules.dominance
    return Dominance(rules.n, float(rules.k_percent), float(rules.p_percent))
