"""Of an answer that checkers decide on nothing is told before they do, not even by how its run ends, or when.

What the ledger flags is in it, for them to look at. Whoever asked may have a million rows made up where a count is 58,
or a number sought for a minute, and would read off the end of the run whether it is. So what is computed from numbers
that are flagged has few seconds and little room, and when these are over the answer is empty and cannot be approved;
whoever asked sees the same end at the same time. And it is kept in as many bytes whatever it is, since to record and to
read it takes time too.

Limit: between two remainders of one question a leaf may run, which is held to the steps of time alone.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

import pyarrow as pa

from enclave.problems import Cancelled

MOST_SECONDS: Final = 2.0
"""For one remainder: enough on a busy machine, and under `SEEN_AFTER` with what is done after it."""
SEEN_AFTER: Final = timedelta(seconds=3)
"""The step that the numbers were there in: then the end is seen, whatever was computed from them meanwhile."""
BYTES_A_CELL: Final = 64
LEAST_BYTES: Final = 1 << 18
MOST_BYTES: Final = 1 << 22

Tables = Mapping[str, pa.Table]


def room_for(cells: int | None) -> int:
    """The bytes in which an answer is kept, by the most cells that its query can have, which whoever asked is told."""
    if cells is None:
        return MOST_BYTES
    return min(max(cells * BYTES_A_CELL, LEAST_BYTES), MOST_BYTES)


def filled(stream: bytes, room: int) -> bytes | None:
    """An Arrow stream in just so many bytes: readers stop at its end. None if there is no room for it."""
    return None if len(stream) > room else stream.ljust(room, b"\0")


def computed(run: Callable[[Tables], pa.Table], inputs: Tables) -> tuple[pa.Table, bool]:
    """What `run` makes of the tables, and whether it came to its end. Where it did not: nothing, in the same columns.

    Raises:
        Cancelled
        Exception: `run` ends so over no rows as well: that tells of nobody.
    """
    try:
        return run(inputs), True
    except Cancelled:
        raise
    except Exception:  # noqa: BLE001 - any end of it may be of a number's making, a failure too
        nothing = {name: table.slice(0, 0) for name, table in inputs.items()}
        return run(nothing).slice(0, 0), False
