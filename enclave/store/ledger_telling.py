"""What the log tells of the ledger, and whether the ledger still is so.

The entry of a run's end tells what was reserved for checkers, that of a release what was shown: a hash over every row
of it, populations as they are sealed. So neither can be edited, added or taken away behind the log.

Limit: what was freed, and who ever was on a project, change without an entry; the policy's history holds the second.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, select

from enclave.store.ledger_tables import CLOCK, NUMBERS, POPULATIONS, RESERVATIONS
from enclave.store.made import Made
from enclave.store.tables import COUNTERS

SHOWN, RESERVED = "numbers_shown", "numbers_reserved"
LATER: Final = ("flagged", "rows_only")
"""Columns that came later: told where something stands in them, so that what was told before stays true."""
LATER_OF_ALL: Final = ("told", "gaps")
"""Columns of reservations that came later, with the same care."""
ROW: Final = tuple(column.name for column in NUMBERS.c if column.name not in ("reservation", *LATER))
ROWS_AT_ONCE: Final = 10_000
RESERVATION: Final = Made(select(RESERVATIONS).where(RESERVATIONS.c.id == bindparam("id")))


def digest_of(rows: Iterable[Mapping[str, Any]], sealed: Mapping[bytes, bytes]) -> bytes:
    """Of the numbers of a reservation in order, and their populations as `sealed` has the hashes of them."""
    found, names = hashlib.sha256(), set[bytes]()
    for row in rows:
        found.update(repr([row[name] for name in ROW]).encode())
        later = {name: row[name] for name in LATER if row[name]}
        if later:
            found.update(repr(later).encode())
        names |= _names_in(row)
    for name in sorted(names):
        found.update(name + sealed.get(name, b"missing"))
    return found.digest()


def _names_in(row: Mapping[str, Any]) -> set[bytes]:
    parts, size = bytes(row["parts"]), len(row["labels"])
    return {
        bytes(row["labels"]),
        bytes(row["visible"]),
        *(parts[start : start + size] for start in range(0, len(parts), size)),
    }


def told_of(connection: Connection, reservation: int) -> str:
    """The hash of a reservation, its state and its digest among the rest, for an entry to tell."""
    row: dict[str, object] | None = RESERVATION.record(dict, connection, id=reservation)
    assert row is not None, "it is told of what there is"
    told = {name: _spelled(value) for name, value in row.items() if value or name not in LATER_OF_ALL}
    spelled = json.dumps(told, sort_keys=True)
    return hashlib.sha256(spelled.encode()).hexdigest()


def _spelled(value: object) -> object:
    match value:
        case bytes():
            return value.hex()
        case tuple():
            return list(value)
        case None | int() | str():
            return value
        case _:
            return str(value)


class LedgerTold:
    """What the entries told of reservations, as they are read one after the other."""

    def __init__(self) -> None:
        self._shown: dict[int, str] = {}
        self._reserved: dict[int, str] = {}

    def read(self, body: Mapping[Any, Any]) -> None:
        for id, told in body.get(RESERVED, {}).items():
            self._reserved[int(id)] = told
        for id, told in body.get(SHOWN, {}).items():
            self._shown[int(id)] = told

    def faults(self, connection: Connection, *, erased: bool) -> Iterator[str]:
        """What is wrong with the ledger. `erased`: some entries cannot say any more what they told."""
        sealed = _sealed(connection)
        rows = {row.id: row for row in connection.execute(select(RESERVATIONS))}
        for id in sorted((self._shown.keys() | self._reserved.keys()) - rows.keys()):
            yield f"the numbers {id} of the ledger are missing"
        named = set[bytes]()
        for id, row in rows.items():
            numbers = list(_numbers(connection, id))
            for number in numbers:
                named |= _names_in(number)
            if digest_of(numbers, sealed) != row.digest:
                yield f"the numbers {id} of the ledger are not those that were judged"
            yield from self._row_faults(connection, id, row, erased=erased)
        last = connection.scalar(select(COUNTERS.c.last).where(COUNTERS.c.name == CLOCK))
        if (last or 0) != max((row.changed for row in rows.values()), default=0):
            yield "the ledger's clock does not stand at its last change"
        if named != sealed.keys():
            yield "populations of the ledger are missing, or there are too many"
        if connection.scalar(select(func.count()).select_from(NUMBERS)) != _count_of(connection, rows.keys()):
            yield "there are numbers of no reservation"

    def _row_faults(self, connection: Connection, id: int, row: Any, *, erased: bool) -> Iterator[str]:
        if id in self._shown:
            if told_of(connection, id) != self._shown[id]:
                yield f"the numbers {id} of the ledger are not as they were shown"
        elif row.state == "shown" and not erased:
            yield f"the numbers {id} of the ledger were shown by no entry"
        elif id in self._reserved and row.digest.hex() != self._reserved[id]:
            yield f"the numbers {id} of the ledger are not as they were reserved"


def _numbers(connection: Connection, reservation: int) -> Iterator[Mapping[Any, Any]]:
    wanted = select(NUMBERS).where(NUMBERS.c.reservation == reservation).order_by(NUMBERS.c.place)
    yield from connection.execution_options(yield_per=ROWS_AT_ONCE).execute(wanted).mappings()


def _count_of(connection: Connection, ids: Iterable[int]) -> int:
    counted = select(NUMBERS.c.reservation, func.count()).group_by(NUMBERS.c.reservation)
    known = set(ids)
    return sum(count for id, count in connection.execute(counted) if id in known)


def _sealed(connection: Connection) -> dict[bytes, bytes]:
    """The hash of each population as it is sealed."""
    found = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(select(POPULATIONS))
    return {bytes(name): hashlib.sha256(sealed).digest() for name, sealed in found}
