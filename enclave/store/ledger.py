"""The ledger of a store: what all projects were shown, in the same database, cached in the process.

Reservations are read as they change, their numbers when somebody asks in their scope, populations when they are needed.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Set
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import IntegrityError

from enclave.disclosure.ledger.numbers import Labels
from enclave.outputs.ledger import (
    Judged,
    Known,
    LabelsKey,
    Meeting,
    NewNumbers,
    NotTogether,
    NumbersState,
    Recheck,
    Recorded,
    Reservation,
    Scope,
    meeting_of,
    number_of,
    unjudged,
)
from enclave.outputs.records import QueryId
from enclave.store import ledger_changing as changing
from enclave.store.database import reading, writing
from enclave.store.ledger_forgetting import forget_sizes
from enclave.store.ledger_past import known_at
from enclave.store.ledger_rows import NumberRows, read_labels, read_numbers, reservations_changed, rows_of
from enclave.store.ledger_seal import LabelsSeal, LedgerUnreadable
from enclave.store.ledger_tables import SECRETS
from enclave.terms import FieldRef, ProjectId

T = TypeVar("T")
MOST_LABELS_BYTES: Final = 256 << 20
"""Of populations kept in the process."""
MOST_ORDERS: Final = 16
"""Groups of projects whose reservations are kept in order."""


class Clock(Protocol):
    def now(self) -> datetime: ...


class StoreLedger:
    """Safe to use from many threads. `write` runs work in a transaction of its own, and returns when it is durable."""

    def __init__(
        self,
        engine: Engine,
        *,
        write: Callable[[Callable[[Connection], Any]], Any],
        clock: Clock,
        seal: LabelsSeal,
    ) -> None:
        self._engine = engine
        self._write = write
        self._clock = clock
        self._seal = seal
        self._lock = threading.Lock()
        self._upto = 0
        self._reservations: dict[int, Reservation] = {}  # with their numbers, once those were read
        self._numbers: dict[int, tuple[Recorded, ...]] = {}
        self._orders: OrderedDict[frozenset[ProjectId], _InOrder] = OrderedDict()
        self._labels = _LabelsKept(MOST_LABELS_BYTES)

    def shown(self, scope: Scope) -> Known:
        """All numbers reserved or shown in the scope."""
        with self._lock, reading(self._engine) as connection:
            self._follow(connection)
            projects = changing.projects_in(connection, scope)
            return Known(Judged(self._upto, projects), tuple(self._in_order(connection, projects).inside))

    def known_at(self, judged: Judged, *, besides: QueryId) -> Known:
        """What was known to who had judged so much, without what was of one query itself."""
        with reading(self._engine) as connection:
            return known_at(connection, judged, self._seal, besides=besides)

    def labels_of(self, names: Iterable[LabelsKey]) -> Mapping[LabelsKey, Labels]:
        """The populations of these names."""
        wanted = set(names)
        found = self._labels.get(wanted)
        missing = wanted - found.keys()
        if missing:
            with reading(self._engine) as connection:
                read = read_labels(connection, missing, self._seal)
            self._labels.keep(read)
            found |= read
        return found

    def reserve(self, new: NewNumbers) -> None:
        """Reserve numbers, without an entry: that of the query's end tells of them.

        Raises:
            Raced, Stale: see `Ledger`.
        """
        rows = rows_of(new, self._seal)
        self._write(lambda connection: self._add(connection, new, rows, NumbersState.RESERVED))

    def reserve_alone(self, new: NewNumbers, recheck: Recheck) -> None:
        """Judge what came meanwhile, and reserve, while nobody else can write.

        Raises:
            NotTogether, Stale: see `Ledger`.
        """
        rows = rows_of(new, self._seal)
        with writing(self._engine) as connection:
            new = self.rechecked(new, recheck)
            self._add(connection, new, rows, NumbersState.RESERVED)

    def show(self, connection: Connection, new: NewNumbers) -> int:
        """Add numbers that are shown with a write, and return the id of their reservation. Raises: Raced."""
        return self._add(connection, new, rows_of(new, self._seal), NumbersState.SHOWN)

    def forget_sizes(self, connection: Connection, field: FieldRef, *, years: Set[str] | None = None) -> int:
        """See `ledger_forgetting`. What was read of any number is read again."""
        forgotten = forget_sizes(connection, str(field), self._seal, years=years)
        with self._lock:
            self._upto = 0
            self._reservations.clear()
            self._numbers.clear()
            self._orders.clear()
        return forgotten

    def rechecked(self, new: NewNumbers, recheck: Recheck) -> NewNumbers:
        """The numbers, judged against all there is now. Raises: NotTogether."""
        now = self.shown(new.scope)
        meeting = meeting_of(new, now, self.labels_of)
        if meeting.newer and not recheck(meeting):
            raise NotTogether
        return replace(new, judged=now.judged)

    def met(self, query_id: QueryId, scope: Scope) -> Meeting | None:
        """The numbers of a query with those which nobody has looked at beside them; None: there are none."""
        known = self.shown(scope)
        mine = next((one for one in known.reservations if one.query_id == query_id), None)
        newer = () if mine is None else unjudged(mine, known.reservations)
        if mine is None or not newer:
            return None
        labels = self.labels_of(name for number in mine.numbers for name in number.names())
        others = tuple(one for one in known.reservations if one is not mine)
        return Meeting(
            project=mine.project,
            data_version=mine.data_version,
            mine=tuple(number_of(number, labels) for number in mine.numbers),
            newer=newer,
            known=Known(known.judged, others),
            labels_of=self.labels_of,
        )

    def judged_again(self, query_id: QueryId, judged: Judged) -> None:
        """Note that the numbers of a query were judged against more than before."""
        self._write(lambda connection: changing.judged_again(connection, query_id, judged))

    def only_grew(self, judged: Judged) -> bool:
        """Whether all that was reserved or shown at that moment still is."""
        with reading(self._engine) as connection:
            return changing.only_grew(connection, judged)

    def remember(self, scopes: Iterable[Scope]) -> None:
        """Add who is on these projects now to those who ever were. Safe to repeat."""
        scopes = tuple(scopes)
        with reading(self._engine) as connection:
            missing = changing.members_missing(connection, scopes)
        if missing:
            at = self._clock.now()
            self._write(lambda connection: changing.remember_members(connection, scopes, at))

    def _add(self, connection: Connection, new: NewNumbers, rows: NumberRows, state: NumbersState) -> int:
        return changing.reserve(connection, new, rows, state=state, at=self._clock.now())

    def _follow(self, connection: Connection) -> None:
        """Take in what has changed since the last look."""
        now = changing.now_of(connection)
        if now == self._upto:
            return
        for one in reservations_changed(connection, self._upto):
            if one.state is NumbersState.FREED:
                self._reservations.pop(one.id, None)
                self._numbers.pop(one.id, None)
            else:  # its numbers never change: what was read of them stays
                self._reservations[one.id] = replace(one, numbers=self._numbers.get(one.id, ()))
            self._put_in_order(connection, one)
        self._upto = now

    def _put_in_order(self, connection: Connection, one: Reservation) -> None:
        """Follow a change where it is known; what the change does not simply go on from is put in order anew."""
        for projects, order in list(self._orders.items()):
            if one.project in projects:
                is_there = one.state is not NumbersState.FREED
                if not is_there or not order.goes_on(self._whole(connection, one.id)):
                    del self._orders[projects]

    def _in_order(self, connection: Connection, projects: frozenset[ProjectId]) -> "_InOrder":
        order = self._orders.get(projects)
        if order is None:
            mine = [id for id, one in self._reservations.items() if one.project in projects]
            found = sorted((self._whole(connection, id) for id in mine), key=attrgetter("seq"))
            order = self._orders[projects] = _InOrder(found)
        self._orders.move_to_end(projects)
        while len(self._orders) > MOST_ORDERS:
            self._orders.popitem(last=False)
        return order

    def _whole(self, connection: Connection, id: int) -> Reservation:
        one = self._reservations[id]
        return one if id in self._numbers else self._with_numbers(connection, one)

    def _with_numbers(self, connection: Connection, one: Reservation) -> Reservation:
        """The reservation with its numbers, which are read once."""
        numbers = self._numbers[one.id] = read_numbers(connection, one.id, self._seal)
        whole = self._reservations[one.id] = replace(one, numbers=numbers)
        return whole


class _InOrder:
    """The reservations of some projects, in order, kept between two looks."""

    def __init__(self, inside: list[Reservation]) -> None:
        self.inside = inside
        self._places = {one.id: place for place, one in enumerate(inside)}

    def goes_on(self, one: Reservation) -> bool:
        """Put it where it was, or last; False if it belongs elsewhere."""
        place = self._places.get(one.id)
        if place is not None and self.inside[place].seq == one.seq:
            self.inside[place] = one
            return True
        if place is None and (not self.inside or self.inside[-1].seq < one.seq):
            self._places[one.id] = len(self.inside)
            self.inside.append(one)
            return True
        return False


class _LabelsKept:
    """Populations in memory, those that were asked for last, up to so many bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[LabelsKey, Labels] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, names: Iterable[LabelsKey]) -> dict[LabelsKey, Labels]:
        found = {}
        with self._lock:
            for name in names:
                if name in self._kept:
                    self._kept.move_to_end(name)
                    found[name] = self._kept[name]
        return found

    def keep(self, new: Mapping[LabelsKey, Labels]) -> None:
        with self._lock:
            for name, labels in new.items():
                if name not in self._kept:
                    self._kept[name] = labels
                    self._bytes += labels.nbytes
            while self._bytes > self._most:
                _, gone = self._kept.popitem(last=False)
                self._bytes -= gone.nbytes


def check_secret(engine: Engine, seal: LabelsSeal) -> None:
    """That the secret is the one which this database's ledger was begun with; a new ledger begins with this one.

    Raises:
        LedgerUnreadable: it is another.
    """
    with reading(engine) as connection:
        kept = connection.scalar(select(SECRETS.c.check))
    if kept is None:
        with suppress(IntegrityError), writing(engine) as connection:
            if connection.scalar(select(SECRETS.c.check)) is None:
                connection.execute(insert(SECRETS), {"check": seal.check()})
        with reading(engine) as connection:
            kept = connection.scalar(select(SECRETS.c.check))
    if kept is None or bytes(kept) != seal.check():
        raise LedgerUnreadable(
            detail="The ledger of this database was begun with another key. Put back the ledger's key of its home."
        )
