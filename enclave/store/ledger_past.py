"""What the ledger held at a moment of its clock: for who runs again what was judged then.

A reservation that came later is not there; one that was freed later is; one that was shown later is reserved. What was
freed and then reserved anew is not there in between: its `gaps` say when. `changed` is when the last of it happened.
"""

from dataclasses import replace

from sqlalchemy import Connection, select

from enclave.outputs.ledger import Judged, Known, NumbersState, Reservation
from enclave.outputs.records import QueryId
from enclave.store.ledger_rows import read_numbers, read_reservations
from enclave.store.ledger_seal import LabelsSeal
from enclave.store.ledger_tables import RESERVATIONS


def known_at(connection: Connection, judged: Judged, seal: LabelsSeal, *, besides: QueryId) -> Known:
    """All that was reserved or shown in these projects at that moment, but for what was of one query itself."""
    projects, id = RESERVATIONS.c.project, RESERVATIONS.c.id
    mine = (projects.in_(sorted(judged.projects)), id <= judged.seq)
    ticks = select(id, RESERVATIONS.c.changed, RESERVATIONS.c.gaps).where(*mine)
    changes = {row.id: (row.changed, _gaps(row.gaps)) for row in connection.execute(ticks)}
    then = [
        found
        for one in read_reservations(connection, *mine)
        if one.query_id != besides and (found := _then(one, *changes[one.id], judged.seq)) is not None
    ]
    in_order = sorted(then, key=lambda one: one.seq)
    return Known(
        judged, tuple(replace(one, numbers=read_numbers(connection, one.id, seal)) for one in in_order)
    )


def _then(one: Reservation, changed: int, gaps: list[tuple[int, int]], at: int) -> Reservation | None:
    """The reservation as it was; None if it was freed."""
    if any(freed <= at < again for freed, again in gaps):
        return None
    if one.state is NumbersState.FREED and changed <= at:
        return None
    shown = one.state is NumbersState.SHOWN and changed <= at
    seq = max((again for _, again in gaps if again <= at), default=one.id)
    return replace(one, seq=seq, state=NumbersState.SHOWN if shown else NumbersState.RESERVED)


def _gaps(words: tuple[str, ...]) -> list[tuple[int, int]]:
    """When it was freed, and when reserved anew."""
    pairs = (word.split("-") for word in words)
    return [(int(freed), int(again)) for freed, again in pairs]
