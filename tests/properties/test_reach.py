"""Whose records a question reaches, against plain loops over the rows."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.judge import answer
from tests.oracle.questions import questions
from tests.oracle.rules import Rules
from tests.oracle.tree import Query, render
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
