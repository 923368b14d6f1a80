"""Whose records a question reaches, against plain loops over the rows."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enclave.transparency.reach_counts import counted_json
from tests.oracle.judge import answer
from tests.oracle.questions import questions
from tests.oracle.rules import Rules
from tests.oracle.tree import Query, render
from tests.oracle.twins import twin
from tests.oracle.world import make_world
from tests.support.ask import Enclave
from tests.support.budget import one_in

LEAST_RUN_PERCENT = 60


def test_a_question_reaches_the_units_that_plain_loops_find() -> None:
    asked, ran = [0], [0]

    @given(questions(), st.integers(0, 1_000), st.sampled_from((1, 8, 20)))
    @one_in(2)
    def each(question: Query, seed: int, units: int) -> None:
        world = make_world(seed, units=units)
        with Enclave(world, min_units=1) as enclave:
            found = enclave.reached(question)
        asked[0] += 1
        if found is None:
            return
        ran[0] += 1
        expected = answer(question, world, Rules(min_units=1)).reached
        assert frozenset[object]().union(*found.values()) == expected, render(question)

    each()
    assert ran[0] * 100 >= asked[0] * LEAST_RUN_PERCENT


LEAST_TWINS_PERCENT = 10


def published(enclave: Enclave, question: Query | str) -> str:
    """All that leaves of the reach of a question: as the register has it, and by cluster."""
    found = enclave.counted([question])
    lines = [
        (one.project, year, list(zip(found.clusters, heads.tolist(), strict=True)))
        for one in found.projects
        for year, heads in sorted(one.by_cluster.items())
    ]
    totals = [counted_json(found, one.project) for one in found.projects]
    return json.dumps([found.on.isoformat(), lines, totals])


def test_the_public_numbers_are_the_same_byte_for_byte_whoever_is_in_hidden_cells() -> None:
    """Two worlds that differ by one person in cells that are hidden in both."""
    asked, told_apart = [0], [0]

    @given(questions(), st.integers(0, 1_000), st.sampled_from((20, 50)), st.sampled_from((3, 5)))
    @one_in(8)
    def each(question: Query, seed: int, units: int, min_units: int) -> None:
        world = make_world(seed, units=units)
        other = twin(world, question, Rules(min_units), seed)
        asked[0] += 1
        if other is None:
            return
        told_apart[0] += 1
        with Enclave(world, min_units=min_units) as one, Enclave(other, min_units=min_units) as two:
            assert published(one, question) == published(two, question), render(question)

    each()
    assert told_apart[0] * 100 >= asked[0] * LEAST_TWINS_PERCENT, "too few worlds had a twin to mean anything"


@pytest.mark.parametrize("hidden", ["smoker", "stage = 2", "diagnosis = 'E11'", "weight > 63.7", "sex = 'F'"])
def test_no_condition_on_people_moves_a_public_number(hidden: str) -> None:
    """Somebody asks so that a rounded number would turn on whether one person is in a hidden cell; it does not.

    The attack: a first question brings the exact reach to one below the next step, a second adds those in the cell.
    """
    world = make_world(3, units=60)
    with Enclave(world, min_units=3) as enclave:
        sql = "SELECT count(*) AS n FROM patient WHERE year IN (2022, 2023)"
        plain = published(enclave, sql)
        assert published(enclave, f"{sql} AND {hidden}") == plain
        assert published(enclave, f"{sql} AND year = 2022") != plain


CONDITIONS = (
    "sex = 'F'", "smoker", "band IN (2, 3)", "weight > 60", "year >= 2022", "wave = 'AUT'", "stage IS NULL", "insured",
)  # fmt: skip


def holds(condition: str, row: Mapping[str, object]) -> bool:
    """The same, in Python; what is not known is not met."""
    weight, band = row["weight"], row["band"]
    match condition:
        case "sex = 'F'":
            return row["sex"] == "F"
        case "band IN (2, 3)":
            return band in (2, 3)
        case "weight > 60":
            return weight is not None and float(str(weight)) > 60
        case "year >= 2022":
            return int(str(row["year"])) >= 2022
        case "wave = 'AUT'":
            return row["wave"] == "AUT"
        case "stage IS NULL":
            return row["stage"] is None
        case _:
            return row[condition] is True


@given(
    st.sets(st.sampled_from(CONDITIONS), min_size=1, max_size=4), st.integers(0, 1_000), st.integers(1, 12)
)
@one_in(2)
def test_the_years_are_those_of_the_rows(conditions: set[str], seed: int, units: int) -> None:
    world = make_world(seed, units=units)
    sql = f"SELECT band, count(*) AS n FROM patient WHERE {' AND '.join(sorted(conditions))} GROUP BY 1"
    with Enclave(world, min_units=1) as enclave:
        found = enclave.reached(sql)
    expected: dict[str, set[object]] = {}
    for row in world.table("patient"):
        if all(holds(condition, row) for condition in conditions):
            year = int(str(row["year"]))
            expected.setdefault(f"{year - 1}/{year % 100:02d}", set()).add(row["person"])
    assert found is not None
    assert {year: set(reached) for year, reached in found.items() if reached} == expected
