"""Checks that somebody makes before they ask: free, on record, slower past a number, and shown to checkers.

Somebody who tries many texts that differ in a constant alone may be feeling for what is let through. A check reads no
data, so none is slower for what it asks: they slow down by their number, and whoever decides on an output sees how
many there were and how alike.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from enclave.actions.asker import Asker
from enclave.actions.service_desk import ServiceDesk
from enclave.audit import Kind
from enclave.outputs.keeping import MOST_LISTED, Reading
from enclave.outputs.records import EntryRecord, QueryRecord
from enclave.problems.http import RateLimited
from enclave.query.tokens import Kind as Word
from enclave.query.tokens import read_words
from enclave.terms import PersonId, ProjectId

WINDOW: Final = timedelta(minutes=10)
FREE: Final = 120
"""Checks of one person on one project within the window, as fast as they like."""
CHECKS_A_SECOND: Final = 10
"""For so many beyond them, a second more between two."""
MOST_SECONDS: Final = 30
LOOKED_BACK: Final = timedelta(hours=1)
MANY: Final = 10
"""Checks of one shape that a checker is told of."""
MOST_PAGES: Final = 5


@dataclass(frozen=True, slots=True)
class ChecksLeft:
    """How many checks are free now, of how many, and the seconds until all of them are again."""

    free: int
    limit: int
    resets_in_seconds: int


def shape_of(sql: str) -> str:
    """A name for a text whatever its constants, spaces and comments are. It says nothing about them."""
    found = [_shape(token.kind, token.value) for token in read_words(sql).tokens]
    return hashlib.sha256("\0".join(found).encode()).hexdigest()[:16]


def not_too_fast(asker: Asker, project: ProjectId, desk: ServiceDesk) -> None:
    """Past a number of checks each waits a little longer for the one before it. Counted are calls, not what they ask.

    Raises:
        RateLimited: nothing was checked, and nothing is on record.
    """
    now = desk.clock.now()
    with desk.records.read() as reading:
        made = _made(asker.person, project, reading, now)
        if made < FREE:
            return
        last = reading.entries(kinds=[Kind.CHECK_MADE], project=project, actor=asker.person, limit=1)
    wait = min(1 + (made - FREE) // CHECKS_A_SECOND, MOST_SECONDS)
    left = timedelta(seconds=wait) - (now - last[0].at) if last else timedelta()
    if left > timedelta():
        seconds = max(1, -(-left // timedelta(seconds=1)))
        raise RateLimited(
            detail=f"You made {made} checks in the last {WINDOW.seconds // 60} minutes. Try again in {seconds} s.",
            retry_after_seconds=seconds,
        )


def checks_left(asker: Asker, project: ProjectId, desk: ServiceDesk) -> ChecksLeft:
    """For the headers of a check."""
    with desk.records.read() as reading:
        made = _made(asker.person, project, reading, desk.clock.now())
    return ChecksLeft(max(0, FREE - made), FREE, int(WINDOW.total_seconds()))


def checks_before(query: QueryRecord, reading: Reading) -> tuple[str, ...]:
    """What a checker is told of the checks of whoever asked, in the hour before they did."""
    shapes = Counter(
        str(entry.body["shape"])
        for entry in _before(query, reading)
        if entry.body is not None and "shape" in entry.body
    )
    made, alike = shapes.total(), max(shapes.values(), default=0)
    if alike < MANY:
        return ()
    return (f"{made} checks in the hour before it was asked; {alike} of them differ in constants alone.",)


def _before(query: QueryRecord, reading: Reading) -> Iterator[EntryRecord]:
    """Newest first, as far back as is looked."""
    since, before = query.created_at - LOOKED_BACK, None
    for _ in range(MOST_PAGES):
        page = reading.entries(
            kinds=[Kind.CHECK_MADE], project=query.project, actor=query.person, before=before
        )
        yield from (entry for entry in page if since <= entry.at <= query.created_at)
        if len(page) < MOST_LISTED or page[-1].at < since:
            return
        before = page[-1].seq


def _made(person: PersonId, project: ProjectId, reading: Reading, now: datetime) -> int:
    return reading.entry_count(kinds=[Kind.CHECK_MADE], project=project, actor=person, since=now - WINDOW)


def _shape(kind: Word, value: str) -> str:
    return "?" if kind in (Word.STRING, Word.NUMBER) else f"{kind} {value}"
