"""A process that writes to a store from several threads, and ends as by `kill -9` at the point that it was told.

    python -m tests.support.killed_writer FOLDER POINT

It prints the id of each query that it was told is recorded, so that somebody can look whether it was.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from enclave.audit import leaves
from enclave.outputs.keeping import Change
from enclave.outputs.records import QueryId
from enclave.store import Store, database, store
from enclave.store.writer import Writer
from tests.support.acts import asked, entry, output_of, ran
from tests.support.records import open_store

CALLERS, EACH = 4, 30
OFTEN, SELDOM = 25, 6  # how often a point is passed before the end comes there


def before(owner: Any, name: str, *, after: int) -> Callable[[], None]:
    """End when the function is called for the last time that is allowed."""
    return lambda: _deadly(owner, name, after, done=False)


def once_done(owner: Any, name: str, *, after: int) -> Callable[[], None]:
    """End when the function has done its work that often."""
    return lambda: _deadly(owner, name, after, done=True)


def _deadly(owner: Any, name: str, after: int, *, done: bool) -> None:
    calls, real = [0], getattr(owner, name)

    def deadly(*args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        mine = calls[0] == after
        if mine and not done:
            die()
        answer = real(*args, **kwargs)
        if mine:
            die()
        return answer

    setattr(owner, name, deadly)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


POINTS: dict[str, Callable[[], None]] = {
    "between a change and its entry": before(store, "append", after=OFTEN),
    "when a leaf is made and not yet written": once_done(leaves, "seal", after=OFTEN),
    "when a leaf is written and its transaction open": once_done(store, "append", after=OFTEN),
    "before a commit": before(database, "commit", after=OFTEN),
    "after a commit, before anybody is told": before(Writer, "_tell", after=SELDOM),
    "when the first file is written and not yet in its place": before(Path, "replace", after=1),
    "when the first file is in its place": once_done(Path, "replace", after=1),
    "when tiles are there and their checkpoint is not": before(Path, "replace", after=3),
    "when a later checkpoint is in its place": once_done(Path, "replace", after=12),
    "when somebody else kills it": lambda: None,
}


def main(folder: Path, point: str) -> None:
    with open_store(folder, publish_seconds=0) as kept:
        POINTS[point]()
        threads = [threading.Thread(target=_write, args=(kept,)) for _ in range(CALLERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _write(kept: Store) -> None:
    for _ in range(EACH):
        told = kept.write(entry(), _query_with_its_output)
        os.write(1, f"{told}\n".encode())  # whole lines, whichever thread writes


def _query_with_its_output(change: Change) -> QueryId:
    return output_of(change, ran(change, asked(change))).query_id


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
