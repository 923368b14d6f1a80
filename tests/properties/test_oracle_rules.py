"""The oracle itself: it forbids what the rules forbid, in whatever spelling, and nothing else.

A judge that never says no would pass every product. So each known way to learn of a few people is tried here on a
gateway that counts people per cell and nothing more, and the judge must object.
"""

import json
from decimal import Decimal

import pytest

from tests.oracle.judge import Leaf, Protect, SafeCell, answer, protected
from tests.oracle.rules import Rules, Verdict
from tests.oracle.tree import (
    Agg,
    Arith,
    Case,
    Coalesce,
    Col,
    Compare,
    Derived,
    Expr,
    IsNull,
    Joined,
    Lit,
    Named,
    NullIf,
    Query,
    Source,
)
from tests.oracle.values import Value
from tests.oracle.world import Row, World
from tests.support.answers import Answered, read_line
from tests.support.checking import Tally, check

RULES = Rules(min_units=3)
PERSON, URGENT, NIGHTS, COST = (Col("v", name) for name in ("person", "urgent", "nights", "cost"))
VISITS = Named("visit", "v")


def visit(person: int, number: int = 1, **changes: Value) -> Row:
    usual: dict[str, Value] = {
        "person": person,
        "year": 2022,
        "visit_number": number,
        "hospital_id": 100,
        "ward": "DAY",
        "urgent": False,
        "nights": 1,
        "cost": Decimal("10.00"),
    }
    return {**usual, **changes}


def world(*visits: Row) -> World:
    hospitals: tuple[Row, ...] = (
        {"hospital_id": 100, "region": "North", "teaching": True, "beds": 20},
        {"hospital_id": 101, "region": "South", "teaching": False, "beds": 300},
    )
    return World({"hospital": hospitals, "patient": (), "visit": visits, "outcome": ()})


def ten(*others: Row) -> World:
    """Ten people with one usual visit each; `others` replace those of the same person and number, or come beside."""
    rows = {(person, 1): visit(person) for person in range(1, 11)}
    for row in others:
        rows[int(str(row["person"])), int(str(row["visit_number"]))] = dict(row)
    return world(*rows.values())


def objections(
    people: World, *items: Expr, source: Source = VISITS, protect: Protect | None = None
) -> list[str]:
    """What the judge says of the gateway that counts people per cell, or of the one given."""
    question = Query(tuple((item, f"n{place}") for place, item in enumerate(items)), source)

    def ask(query: Query) -> Answered:
        rows = answer(query, people, RULES, protect or cells_only).rows
        return read_line(released(rows, [name for _, name in query.items]))

    tally = Tally()
    check(question, people, RULES, ask, tally)
    assert tally.released == 1
    return tally.wrong


def cells_only(leaf: Leaf) -> list[SafeCell]:
    return [(cell.keys, cell.values) for cell in leaf.cells if cell.ruling.verdict is Verdict.MAY]


def released(rows: tuple[tuple[Value, ...], ...], names: list[str]) -> str:
    found = {
        "status": "released",
        "problem": None,
        "columns": [{"name": name, "type": ""} for name in names],
        "rows": [[float(value) if isinstance(value, Decimal) else value for value in row] for row in rows],
        "cells": [["c" if value is None else "ok" for value in row] for row in rows],
    }
    return json.dumps(found)


FEW_URGENT = ten(visit(1, urgent=True), visit(2, urgent=True))
ALL_BUT_ONE = ten(*(visit(person, urgent=person > 1) for person in range(1, 11)))
SECOND_VISITS = ten(visit(1, 2), visit(2, 2))
URGENT_ONCE = ten(*(visit(person, 2, urgent=True) for person in range(1, 9)))
SUMMARY = Derived(
    Query(((PERSON, "person"), (Agg("count", where=URGENT), "m")), VISITS, keys=(PERSON,)),
    "s",
)
COUNTED = Derived(Query(((PERSON, "person"), (Agg("count"), "m")), VISITS, keys=(PERSON,)), "s")
THROUGH = Derived(
    Query(((PERSON, "person"), (Case(((URGENT, Lit(1)),), Lit(0)), "m")), VISITS),
    "s",
)
M = Col("s", "m")
BEDS = Col("h", "beds")
HOSPITALS = Joined(
    "inner", VISITS, Named("hospital", "h"), Compare("=", Col("v", "hospital_id"), Col("h", "hospital_id"))
)
ELSEWHERE = ten(visit(1, hospital_id=101))
HALF_URGENT = tuple(
    visit(person, urgent=person < 6, nights=2 if person == 1 else 1) for person in range(1, 11)
)
OF_URGENT = Case(((URGENT, COST),))
EITHER_WAY = Case(((URGENT, NIGHTS),), NIGHTS)
NUMBER = Col("v", "visit_number")

FORBIDDEN: dict[str, tuple[World, Source, Expr]] = {
    "a filter that two meet": (FEW_URGENT, VISITS, Agg("count", where=URGENT)),
    "a filter that all but one meet": (ALL_BUT_ONE, VISITS, Agg("count", where=URGENT)),
    "a filter that nobody meets on a hidden field": (ten(), VISITS, Agg("count", where=URGENT)),
    "people who were ever urgent": (URGENT_ONCE, VISITS, Agg("count", PERSON, distinct=True, where=URGENT)),
    "count_if": (FEW_URGENT, VISITS, Agg("count_if", URGENT)),
    "a sum of a CASE": (FEW_URGENT, VISITS, Agg("sum", Case(((URGENT, Lit(1)),), Lit(0)))),
    "a mean of a CASE": (ALL_BUT_ONE, VISITS, Agg("avg", Case(((URGENT, NIGHTS),), Lit(0)))),
    "a CASE inside a subquery": (FEW_URGENT, THROUGH, Agg("sum", M)),
    "a condition inside a person's own summary": (
        ten(*(visit(person, urgent=person < 3) for person in range(1, 11))),
        SUMMARY,
        Agg("sum", M),
    ),
    "nulls counted": (ten(visit(1, cost=None)), VISITS, Agg("count", COST)),
    "nulls made 0": (ten(visit(1, cost=None)), VISITS, Agg("avg", Coalesce((COST, Lit(0))))),
    "one value made null": (ten(visit(1, nights=0)), VISITS, Agg("avg", NullIf(NIGHTS, Lit(0)))),
    "nulls told by a condition": (ten(visit(1, cost=None)), VISITS, Agg("count_if", IsNull(COST))),
    "two people with a second row": (SECOND_VISITS, VISITS, Agg("count")),
    "rows counted as a sum of ones": (SECOND_VISITS, VISITS, Agg("sum", Lit(1))),
    "rows counted person by person": (SECOND_VISITS, COUNTED, Agg("sum", M)),
    "a mean of rows counted person by person": (SECOND_VISITS, COUNTED, Agg("avg", M)),
    "one amount larger than all others": (ten(visit(1, cost=Decimal(5000))), VISITS, Agg("sum", COST)),
    "a large amount behind a constant": (
        ten(visit(1, cost=Decimal(5000))),
        VISITS,
        Agg("sum", Arith("+", COST, Lit(1000000))),
    ),
    "a large amount behind the ELSE of a CASE": (
        ten(visit(1, cost=Decimal(5000)), *(visit(person, urgent=True) for person in range(6, 11))),
        VISITS,
        Agg("sum", Case(((URGENT, Lit(1000000)),), COST)),
    ),
    "a large debt": (ten(visit(1, cost=Decimal(-5000))), VISITS, Agg("avg", COST)),
    "weights that are looked up": (ELSEWHERE, HOSPITALS, Agg("sum", Arith("*", NIGHTS, BEDS))),
    "copies made by a public table": (
        ten(visit(1, nights=30)),
        Joined("inner", VISITS, Named("hospital", "h"), Compare("<", NIGHTS, BEDS)),
        Agg("count"),
    ),
    "a sum of a looked-up number": (ELSEWHERE, HOSPITALS, Agg("sum", BEDS)),
    "a pair of which one lacks the other": (
        ten(visit(1, cost=None)),
        VISITS,
        Agg("regr_avgy", NIGHTS, second=COST),
    ),
    "a pair of which nobody who is urgent lacks the other": (
        ten(*HALF_URGENT),
        VISITS,
        Agg("regr_avgy", Case(((URGENT, NIGHTS),)), second=COST),
    ),
    "two values, one of them one person's, in a CASE of a pair": (
        ten(*HALF_URGENT),
        VISITS,
        Agg("regr_avgx", COST, second=EITHER_WAY),
    ),
}

ALLOWED: dict[str, tuple[World, Source, Expr]] = {
    "a count of people": (ten(), VISITS, Agg("count", PERSON, distinct=True)),
    "a count of rows, one each": (ten(), VISITS, Agg("count")),
    "a sum without a large part": (ten(), VISITS, Agg("sum", COST)),
    "a mean with a few nulls": (ten(visit(1, cost=None)), VISITS, Agg("avg", COST)),
    "a filter with enough on each side": (
        ten(*(visit(person, urgent=person < 5) for person in range(1, 11))),
        VISITS,
        Agg("count", where=URGENT),
    ),
    "nobody on a field whose zeros are shown": (
        ten(),
        VISITS,
        Agg("count", where=Compare("=", Col("v", "ward"), Lit("HEART"))),
    ),
    "weights that are the same for everybody": (ten(), HOSPITALS, Agg("sum", Arith("*", NIGHTS, BEDS))),
}

OF_PAIRS = {
    "two values of what has no condition in it": Agg("regr_avgx", EITHER_WAY, second=NIGHTS),
    "nobody lacks what always has a value": Agg("regr_avgy", OF_URGENT, second=NUMBER),
    "nobody lacks what is made of such values": Agg(
        "regr_avgy", OF_URGENT, second=Arith("*", NUMBER, NIGHTS)
    ),
    "nobody has a CASE of what they lack": Agg("regr_avgx", COST, second=OF_URGENT),
}


@pytest.mark.parametrize("name", OF_PAIRS)
def test_the_judge_lets_through_of_pairs_what_tells_of_nobody(name: str) -> None:
    assert objections(ten(*HALF_URGENT), OF_PAIRS[name]) == []


@pytest.mark.parametrize("name", FORBIDDEN)
def test_the_judge_objects_to_each_known_way_to_learn_of_a_few(name: str) -> None:
    people, source, item = FORBIDDEN[name]
    assert objections(people, item, source=source), name


@pytest.mark.parametrize("name", FORBIDDEN | ALLOWED)
def test_the_judge_has_nothing_against_its_own_protection(name: str) -> None:
    people, source, item = (FORBIDDEN | ALLOWED)[name]
    assert objections(people, item, source=source, protect=protected(Verdict.MAY)) == []


@pytest.mark.parametrize("name", ALLOWED)
def test_the_judge_lets_ordinary_numbers_through(name: str) -> None:
    people, source, item = ALLOWED[name]
    assert objections(people, item, source=source) == []
    assert answer(Query(((item, "n"),), source), people, RULES, protected(Verdict.MAY)).rows[0][0] is not None
