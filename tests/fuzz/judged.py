"""At a threshold that hides: no number stands on too few people, and what a few alone have comes out in no form.

Two judges. The oracle answers questions of its own grammar by plain loops. Questions of the whole surface are held
against a second text over the raw tables, which counts the people of each row of the leaf; and some people have a
label and a number that nobody else has.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Timer
from typing import TypeAlias

import duckdb

from tests.fuzz.house import House
from tests.fuzz.meaning import listed, plain, unsigned
from tests.fuzz.questions import Fuzzed, leaf_question, question
from tests.fuzz.refusals import forbidden
from tests.oracle.parts import Draw
from tests.oracle.questions import drawn
from tests.oracle.rules import Rules
from tests.oracle.world import make_world
from tests.support.answers import Answered
from tests.support.ask import Enclave
from tests.support.checking import Tally, check
from tests.support.tables import same_value

PER_HOUSE, MANY_PER_HOUSE = 25, 500
THRESHOLDS, UNITS = (3, 5, 10), (20, 50)
SLOW_SECONDS = 60.0
SECRET = re.compile("zqx7|7xqz|437891265903|4.37891265903e", re.IGNORECASE)


@dataclass
class Judged:
    """How questions at a threshold fared. `wrong` is what must never happen, in words."""

    asked: int = 0
    answered: int = 0
    shown: int = 0
    by_order: int = 0
    left_out: int = 0  # witnesses that DuckDB did not end in `SLOW_SECONDS`
    refused: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: "Judged") -> None:
        self.asked += other.asked
        self.answered += other.answered
        self.shown += other.shown
        self.by_order += other.by_order
        self.left_out += other.left_out
        self.refused += other.refused
        self.rows += other.rows
        self.wrong += other.wrong


def by_the_oracle(seeds: Sequence[int]) -> Judged:
    """Questions of the oracle's grammar, each the first of a session."""
    judged = Judged()
    for few, threshold, units in _houses(seeds):
        world = make_world(few[0], units=units)
        with Enclave(world, min_units=threshold) as enclave:
            for seed in few:
                chance, tally = random.Random(f"oracle {seed}"), Tally()
                asked = drawn(Draw(partial(chance.randint, 0)))
                enclave.forget()
                try:
                    check(asked, world, Rules(threshold), enclave.ask, tally)
                except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding, and the run goes on
                    tally.wrong.append(f"{type(error).__name__}: {error}")
                judged.asked += 1
                judged.answered += tally.released
                judged.shown += tally.shown
                judged.by_order += tally.by_order
                judged.refused.update(tally.refused)
                judged.rows["judged: by the oracle"] += tally.released
                judged.wrong += [f"oracle {seed}, at {threshold}: {what}" for what in tally.wrong]
    return judged


def by_witnesses(seeds: Sequence[int]) -> Judged:
    """Questions of the whole surface: leaves alone, and now and then a whole question."""
    judged = Judged()
    for few, threshold, units in _houses(seeds):
        with House(few[0], units=units, min_units=threshold) as house:
            for seed in few:
                judged.asked += 1
                judged.wrong += [
                    f"judged {seed}, at {threshold}: {what}" for what in _one(house, seed, judged)
                ]
    return judged


def must_be_refused(seeds: Sequence[int]) -> Judged:
    """What the design's tables refuse."""
    judged = Judged()
    for start in range(0, len(seeds), MANY_PER_HOUSE):
        few = seeds[start : start + MANY_PER_HOUSE]
        with House(few[0], units=UNITS[0], min_units=THRESHOLDS[0]) as house:
            for seed in few:
                judged.asked += 1
                judged.wrong += [f"refused {seed}: {what}" for what in _refused(house, seed, judged)]
    return judged


def _houses(seeds: Sequence[int]) -> Iterator[tuple[Sequence[int], int, int]]:
    for start in range(0, len(seeds), PER_HOUSE):
        few = seeds[start : start + PER_HOUSE]
        turn = few[0] // PER_HOUSE
        yield few, THRESHOLDS[turn % len(THRESHOLDS)], UNITS[turn % len(UNITS)]


def _one(house: House, seed: int, judged: Judged) -> Iterator[str]:
    asked = question(f"judged {seed}") if seed % 4 == 0 else leaf_question(f"judged {seed}")
    try:
        found = house.answer(asked.sql)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding, and the run goes on
        yield f"{type(error).__name__}: {error}: {asked.sql}"
        return
    if SECRET.search(found.line):
        yield f"a secret: {asked.sql}\n  {found.line[:600]}"
    if not found.released:
        judged.refused[found.code or found.status] += 1
        return
    judged.answered += 1
    judged.rows.update(asked.rows)
    judged.rows["judged: with secrets"] += 1
    if asked.witness is not None:
        judged.rows["judged: by a witness"] += 1
        yield from too_few(house, asked, asked.witness, found, judged, least=house.min_units)


def _refused(house: House, seed: int, judged: Judged) -> Iterator[str]:
    asked, rows = forbidden(f"refused {seed}")
    try:
        found = house.answer(asked.sql)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding, and the run goes on
        yield f"{type(error).__name__}: {error}: {asked.sql}"
        return
    judged.rows.update(rows)
    if found.status != "refused" or found.code not in asked.codes:
        yield f"{found.status} {found.code} instead of {sorted(asked.codes)}: {asked.sql}\n  {found.line[:300]}"


def too_few(
    house: House, asked: Fuzzed, witness: str, found: Answered, judged: Judged, *, least: int
) -> Iterator[str]:
    """Rows and numbers that stand on fewer people than `least`, and on some."""
    shown = {text: _as_shown(house, text) for text in asked.smoothed}
    try:
        behind = _behind(house, _with_numbers(witness, shown))
    except duckdb.InterruptException:
        judged.left_out += 1
        return
    except duckdb.Error:
        return  # the text fails on a value; the answer has it hidden
    hidden = [] if asked.if_hidden is None else _behind(house, _with_numbers(asked.if_hidden, shown))
    for row, marks in zip(found.rows, found.shown, strict=True):
        there, moved = _units(asked, row, behind), _units(asked, row, hidden)
        most = max(there, default=0) + max(moved, default=0)
        numbers = [value for value, ok in zip(row[asked.keys :], marks[asked.keys :], strict=True) if ok]
        judged.shown += len(numbers)
        if not there and not moved:
            yield f"a row that is not there: {row} of {asked.sql}"
        elif 0 < most < least and (asked.keys or any(value is not None for value in numbers)):
            yield f"a row on {most} people: {row} of {asked.sql}"


def _as_shown(house: House, asked: str) -> str:
    """The number of a question inside the question, as it is shown where it is asked by itself; null if hidden."""
    found = house.answer(asked)
    ((value,),), ((_, kind),) = found.rows, found.columns
    return f"CAST({'NULL' if value is None else repr(value)} AS {kind})"


def _with_numbers(text: str, shown: Mapping[str, str]) -> str:
    for asked, number in shown.items():
        text = text.replace(asked, f"SELECT {number}")
    return text


Behind: TypeAlias = Sequence[tuple[Sequence[object], int]]


def _behind(house: House, witness: str) -> Behind:
    """The people of each row, over the raw tables. DuckDB is interrupted where it takes too long over them."""
    timer = Timer(SLOW_SECONDS, house.plain.interrupt)
    timer.start()
    try:
        rows = house.plain.sql(witness).fetchall()
    finally:
        timer.cancel()
    return [(tuple(unsigned(listed(plain(value))) for value in row[:-1]), row[-1]) for row in rows]


def _units(asked: Fuzzed, row: Sequence[object], behind: Behind) -> list[int]:
    """How many people each row has that may be this one.

    Whose number is hidden stands in the row that a null makes: there are at most as many as if all were hidden, beside
    those whose number makes that row.
    """
    places = range(asked.keys)
    return [
        count
        for other, count in behind
        if all(same_value(listed(row[place]), other[place]) for place in places)
    ]
