"""What the ledger forgets when values are destroyed: what those added who added most to sums of them.

The numbers stay, and whom they are about. Nobody can ask for such a sum any more, so nothing is compared by sizes.
"""

import json
import re
from collections.abc import Iterator, Set

from sqlalchemy import Connection, select

from enclave.store.ledger_changing import tell_otherwise
from enclave.store.ledger_rows import opened_values, sealed_values
from enclave.store.ledger_seal import LabelsSeal
from enclave.store.ledger_tables import NUMBERS, RESERVATIONS

_SIZES = 2
"""The place of sizes among what is sealed of a number."""


def forget_sizes(
    connection: Connection, field: str, seal: LabelsSeal, *, years: Set[str] | None = None
) -> int:
    """Forget the sizes of all numbers that the field is part of, and return of how many.

    Args:
        field: as `table.field`; the statistic of such a number names what is added up.
        years: of those alone that lie in these years as a whole.
    """
    wanted = select(RESERVATIONS.c.id, RESERVATIONS.c.digest, RESERVATIONS.c.told).order_by(RESERVATIONS.c.id)
    forgotten = 0
    for id, digest, told in connection.execute(wanted).all():
        values = opened_values(bytes(told), bytes(digest), seal)
        gone = [place for place in _of(connection, id, field, years) if any(values[place][_SIZES:])]
        for place in gone:
            values[place][_SIZES] = ""
        if gone:
            tell_otherwise(connection, id, sealed_values(values, bytes(digest), seal))
        forgotten += len(gone)
    return forgotten


def _of(connection: Connection, reservation: int, field: str, years: Set[str] | None) -> Iterator[int]:
    named = re.compile(rf"(?<![\w.]){re.escape(field)}(?![\w.])")
    wanted = select(NUMBERS.c.place, NUMBERS.c.statistic, NUMBERS.c.years)
    for place, statistic, of_years in connection.execute(wanted.where(NUMBERS.c.reservation == reservation)):
        own = set(json.loads(of_years))
        if named.search(statistic) and (years is None or (own and own <= years)):
            yield place
