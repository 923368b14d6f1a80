"""Two worlds that must look the same: they differ by one person, and only in what the rules hide."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import cast

from tests.oracle.judge import Answer, Cell, answer, protected
from tests.oracle.rules import Rules, Verdict
from tests.oracle.schema import OUTCOME, PATIENT, PEOPLE, PERSON, Table
from tests.oracle.tree import Query
from tests.oracle.values import Value
from tests.oracle.world import Row, World

TRIES = 24
REGISTERS = (PATIENT, OUTCOME)
"""Tables that have each person once at each census; visits are events."""
MAIN_BELOW = 100


def twin(world: World, question: Query, rules: Rules, seed: int) -> World | None:
    """Another world in which the question has the same answer and other hidden numbers; None if none was found.

    Every leaf below the question has the same cells and numbers that may be shown, with the same values; something
    that must be hidden differs, and is to be hidden in both.
    """
    chance = random.Random(seed)
    seen = _read(question, world, rules)
    for _ in range(TRIES):
        other = chance.choice(MOVES)(world, chance)
        if heads(other) != heads(world):
            continue
        found = _read(question, other, rules)
        if found is not None and seen is not None and _alike(seen, found) and _differ(seen, found):
            return other
    return None


def heads(world: World) -> dict[tuple[str, bool], Counter[tuple[Value, ...]]]:
    """What everybody knows: how many people each register has at each census and hospital, by main rows and by all."""
    return {
        (table.name, main): Counter(place[1:] for place in _places(world, table, main=main))
        for table in REGISTERS
        for main in (True, False)
    }


def _places(world: World, table: Table, *, main: bool) -> set[tuple[Value, ...]]:
    return {
        (row[PERSON], *(row.get(name) for name in ("year", "wave", "hospital_id")))
        for row in world.table(table.name)
        if not main or row.get("entry_status") is None or cast(int, row["entry_status"]) < MAIN_BELOW
    }


def _read(question: Query, world: World, rules: Rules) -> Answer | None:
    """The answer, unless the rules leave open whether one of its numbers is shown."""
    found = answer(question, world, rules, protected(Verdict.MAY))
    verdicts = {cell.verdict(agg) for leaf in found.leaves for cell in leaf.cells for agg in cell.values}
    return None if Verdict.EITHER in verdicts else found


def _alike(one: Answer, other: Answer) -> bool:
    """Whether every leaf shows the same, and so does what is made of them."""
    return one.rows == other.rows and [_shown(leaf.cells) for leaf in one.leaves] == [
        _shown(leaf.cells) for leaf in other.leaves
    ]


def _shown(cells: Sequence[Cell]) -> dict[tuple[int, tuple[Value, ...]], list[Value | Verdict]]:
    return {
        (cell.level, cell.keys): [
            cell.values[agg] if cell.verdict(agg) is Verdict.MAY else Verdict.MUST_NOT for agg in cell.values
        ]
        for cell in cells
        if cell.ruling.verdict is Verdict.MAY
    }


def _differ(one: Answer, other: Answer) -> bool:
    return [_all(leaf.cells) for leaf in one.leaves] != [_all(leaf.cells) for leaf in other.leaves]


def _all(cells: Sequence[Cell]) -> dict[tuple[int, tuple[Value, ...]], list[Value]]:
    return {(cell.level, cell.keys): list(cell.values.values()) for cell in cells}


def _people(world: World) -> list[Value]:
    return sorted({row[PERSON] for table in PEOPLE for row in world.table(table.name)}, key=str)


def _changed(world: World, table: Table, change: Callable[[Row], Row | None]) -> World:
    rows = (change(row) for row in world.table(table.name))
    return world.with_rows(table.name, tuple(row for row in rows if row is not None))


def leave(world: World, chance: random.Random) -> World:
    """One person was never there."""
    gone = chance.choice(_people(world))
    for table in PEOPLE:
        world = _changed(world, table, lambda row: None if row[PERSON] == gone else row)
    return world


def move(world: World, chance: random.Random) -> World:
    """One person has another value of one field, in all rows of one table or in one row."""
    person = chance.choice(_people(world))
    table = chance.choice(PEOPLE)
    grain = {str(name) for unique in table.grain for name in _names(unique["columns"])}
    fixed = grain | {"entry_status"}
    name = chance.choice([column for column in table.fields if column not in fixed])
    values = sorted({row[name] for row in world.table(table.name)}, key=str)
    if not values:
        return world
    value, only_first = chance.choice(values), chance.random() < 0.5
    done: list[Row] = []

    def change(row: Row) -> Row:
        if row[PERSON] != person or (only_first and done):
            return row
        done.append(row)
        return {**row, name: value}

    return _changed(world, table, change)


def swap(world: World, chance: random.Random) -> World:
    """Two people are each other: one of them moves into the other's cells, and back."""
    one, other = chance.sample([*_people(world), *_people(world)], 2)
    names = {one: other, other: one}
    table = chance.choice(PEOPLE)
    return _changed(world, table, lambda row: {**row, PERSON: names.get(row[PERSON], row[PERSON])})


def lose_a_row(world: World, chance: random.Random) -> World:
    """One row of one person is not there."""
    table = chance.choice(PEOPLE)
    rows = world.table(table.name)
    if not rows:
        return world
    gone = chance.randrange(len(rows))
    return world.with_rows(table.name, tuple(row for place, row in enumerate(rows) if place != gone))


def _names(columns: object) -> list[str]:
    assert isinstance(columns, list)
    return [str(column) for column in columns]


MOVES = (leave, move, move, move, move, swap, lose_a_row)
