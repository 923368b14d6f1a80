"""A session asked in one world, then in a twin of it that nothing shown tells apart: every byte must be the same.

The twin is made after the session was asked in the first world: small changes of what is hidden, as many as leave each
number that was shown the same, and each of which changes a number that was asked for. What then is told apart was told
apart by what must be hidden. One thing may part two worlds lawfully: the line itself. Where a group, or the difference
between two, has fewer people than the threshold in one world and enough in the other, the second shows what the first
hides. Such a line moves with the threshold; where it does not, nobody is told from somebody, and the law is broken.
One line has a place of its own: up to twenty different values, a quantile or a higher moment is judged value by value.
What parts two worlds there alone does so no more when that line is moved.
"""

import itertools
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from unittest.mock import patch

from enclave.query import number_protection
from enclave.query.conditions import FEW_VALUES
from enclave.query.recent import Recent
from tests.oracle.law.door import HIDDEN, Session, Told, opened
from tests.oracle.law.files import Files, Raw, Row
from tests.oracle.law.questions import Asked
from tests.oracle.law.world import Change, World, changes

TRIES = 24
"""Changes looked at for each twin."""
OTHER_LINES = (3, 4, 6, 7)
"""Thresholds beside `MIN_UNITS`, at which two worlds that the line alone parts are not parted at the same place."""
MIN_UNITS = 5
OTHER_FEW = (12, 16, 24, 28)
"""Numbers of different values beside `FEW_VALUES`."""
ENOUGH = 2
"""A difference between two populations may cross one other line too, as two people at once change places."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How two worlds came out of a session: after how many questions that had the same answers.

    `parted`: the lines that told them apart at the next; None where there is none.
    """

    questions: tuple[Asked, ...]
    one: World
    changes: tuple[Change, ...]
    alike: int
    parted: tuple[str, str] | None = None

    @property
    def twin(self) -> World:
        world = self.one
        for change in self.changes:
            world = change.of(world)
        return world


def ask_twins(questions: Sequence[Asked], world: World, *, seed: int) -> Ending | None:
    """Ask a session in a world and in a twin of it, and say how they came out. None where it has no twin."""
    with opened(world) as store:
        session = Session(store, MIN_UNITS)
        told = [session.ask(one) for one in questions]
    found = _twin(questions, told, world, seed)
    if not found:
        return None
    ending = Ending(tuple(questions), world, found, len(questions))
    with opened(ending.twin) as store:
        session = Session(store, MIN_UNITS)
        for place, (asked, mine) in enumerate(zip(questions, told, strict=True)):
            said = session.ask(asked)
            if said.line != mine.line:
                return replace(ending, alike=place, parted=(mine.line, said.line))
    return ending


# Twins


def _twin(questions: Sequence[Asked], told: Sequence[Told], world: World, seed: int) -> tuple[Change, ...]:
    """Changes of what is hidden, each of which alone changes something that was asked for, and nothing shown."""
    files = Files(world, questions)
    try:
        raw = [files.read(place) for place in range(len(questions))]
        assert all(said.cells.keys() <= mine.keys() for said, mine in zip(told, raw, strict=True))
        twin, theirs, kept = world, raw, list[Change]()
        for change in itertools.islice(changes(world, random.Random(seed)), TRIES):
            other = change.of(twin)
            files.become(other)
            found = _raw_of_twin(files, told, raw) if other != twin else None
            if found is None or found == theirs:
                files.become(twin)
            else:
                twin, theirs = other, found
                kept.append(change)
        return tuple(kept)
    finally:
        files.close()


def _raw_of_twin(files: Files, told: Sequence[Told], raw: Sequence[Raw]) -> list[Raw] | None:
    """What the numbers asked for are made of in another world. None where a shown one is made of other things."""
    found: list[Raw] = []
    for place, (said, mine) in enumerate(zip(told, raw, strict=True)):
        found.append(files.read(place))
        if any(_differs(key, rows, mine, found[-1]) for key, rows in said.cells.items()):
            return None
    return found


def _differs(key: Row, rows: Sequence[Row], mine: Raw, theirs: Raw) -> bool:
    """Whether a number that is shown in some rows of a key is made of other things in the two worlds."""
    one, other = mine.get(key, ()), theirs.get(key, ())
    if len(one) != len(other):
        return True
    shown = (place for place in range(len(rows[0])) if any(row[place] is not HIDDEN for row in rows))
    return any(_column(one, place) != _column(other, place) for place in shown)


def _column(rows: Sequence[Row], place: int) -> list[str]:
    return sorted(str(row[place]) for row in rows)


# Judging


def is_unlawful(ending: Ending) -> bool:
    """Whether two worlds were told apart by more than the line, of which no number was shown in both."""
    if ending.parted is None:
        return False
    if not is_told_apart(ending, MIN_UNITS):
        return False
    few = fewest(ending)
    if sum(is_told_apart(few, line) is True for line in OTHER_LINES) < ENOUGH:
        return False
    return sum(is_told_apart(few, MIN_UNITS, values=line) is True for line in OTHER_FEW) >= ENOUGH


def fewest(ending: Ending) -> Ending:
    """As few of the questions and of the changes as tell the two worlds apart at the last question."""
    *before, last = ending.questions[: ending.alike + 1]
    kept, size = before, len(before)
    while size:
        start = 0
        while start < len(kept):
            fewer = kept[:start] + kept[start + size :]
            if is_told_apart(_with(ending, [*fewer, last], ending.changes), MIN_UNITS):
                kept = fewer
            else:
                start += size
        size //= 2
    changed = list(ending.changes)
    for change in ending.changes:
        fewer_changes = [one for one in changed if one is not change]
        if is_told_apart(_with(ending, [*kept, last], fewer_changes), MIN_UNITS):
            changed = fewer_changes
    return _with(ending, [*kept, last], changed)


def _with(ending: Ending, questions: Sequence[Asked], changed: Sequence[Change]) -> Ending:
    return replace(ending, questions=tuple(questions), changes=tuple(changed), alike=len(questions) - 1)


def is_told_apart(ending: Ending, min_units: int, *, values: int = FEW_VALUES) -> bool | None:
    """Whether two worlds differ at the question after those alike in what is shown. None: they differ before it."""
    *before, last = ending.questions[: ending.alike + 1]
    with _few_values(values), opened(ending.one) as one, opened(ending.twin) as other:
        sessions = Session(one, min_units), Session(other, min_units)
        for asked in before:
            first, second = (session.ask(asked) for session in sessions)
            if first.line != second.line:
                return None
        first, second = (session.ask(last) for session in sessions)
        return _pattern(first) != _pattern(second)


@contextmanager
def _few_values(most: int) -> Iterator[None]:
    """With the line of few values at another place; plans of this one are not kept, nor those that were used."""
    if most == FEW_VALUES:
        yield
        return
    lines = {what: most if line == FEW_VALUES else line for what, line in number_protection._FEW.items()}
    with (
        patch.object(number_protection, "_FEW", lines),
        patch.object(Recent, "get", lambda *_: None),
        patch.object(Recent, "keep", lambda *_: None),
    ):
        yield


def _pattern(told: Told) -> object:
    """What is shown and what is hidden, without the numbers; all that was said where there are no rows."""
    found = [(key, [[value is HIDDEN for value in row] for row in rows]) for key, rows in told.cells.items()]
    return found or told.own, [_pattern(one) for one in told.decided]
