"""What the ledger forgets when values are destroyed: what those added who added most to sums of them.

The numbers stay, and whom they are about. Nobody can ask for such a sum any more, so nothing is compared by sizes.
"""

import json
from collections.abc import Iterator, Set

from sqlalchemy import Connection, select

from enclave.store.ledger_changing import tell_otherwise
from enclave.store.ledger_rows import opened_values, sealed_values
from enclave.store.ledger_seal import LabelsSeal
from enclave.store.ledger_tables import NUMBERS, RESERVATIONS

_SIZES = 2
"""The place of sizes among what is sealed of a number."""


def forget_sizes(
    connection: Connection, kinds: Set[str], seal: LabelsSeal, *, years: Set[str] | None = None
) -> int:
    """Forget the sizes of all numbers of one of these kinds, and return of how many.

    Args:
        years: of those alone that lie in these years as a whole.
    """
    wanted = select(RESERVATIONS.c.id, RESERVATIONS.c.digest, RESERVATIONS.c.told).order_by(RESERVATIONS.c.id)
    forgotten = 0
    for id, digest, told in connection.execute(wanted).all():
        values = opened_values(bytes(told), bytes(digest), seal)
        gone = [place for place in _of_kinds(connection, id, kinds, years) if any(values[place][_SIZES:])]
        for place in gone:
            values[place][_SIZES] = ""
        if gone:
            tell_otherwise(connection, id, sealed_values(values, bytes(digest), seal))
        forgotten += len(gone)
    return forgotten


def _of_kinds(
    connection: Connection, reservation: int, kinds: Set[str], years: Set[str] | None
) -> Iterator[int]:
    wanted = select(NUMBERS.c.place, NUMBERS.c.kinds, NUMBERS.c.years).where(
        NUMBERS.c.reservation == reservation
    )
    for place, of_kinds, of_years in connection.execute(wanted):
        is_out = years is None or set(json.loads(of_years)) <= years
        if is_out and any(name in kinds for name, _ in json.loads(of_kinds)):
            yield place
