"""What judges generated questions finds what is planted, and takes nothing else for it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

import tests.fuzz.judged as judged_questions
import tests.fuzz.meaning as meaning
from tests.fuzz.house import SECRET as PLANTED
from tests.fuzz.house import House
from tests.fuzz.judged import SECRET, Judged, too_few
from tests.fuzz.meaning import UNSTEADY, difference
from tests.fuzz.questions import Fuzzed


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House(0, units=PEOPLE) as made:
        yield made


def test_a_secret_is_found_in_an_answer_and_a_repeating_decimal_is_none() -> None:
    for secret in ("zqx7kept", "zqx7", str(PLANTED["long"]), f"-{PLANTED['long']}.0", "4.37891265903e+11"):
        assert SECRET.search(f'{{"rows": [["{secret}"]]}}'), secret
    for number in range(1, 200):
        for parts in range(1, 200):
            assert not SECRET.search(str(number / parts))


PEOPLE = 20


def _told(house: House, *, if_hidden: str | None = None) -> list[str]:
    """What is said of the row of women, where more people are asked for than there are."""
    sql = "SELECT sex AS k, count(*) AS n FROM patient GROUP BY ALL"
    witness = "SELECT sex AS k, count(DISTINCT person) FROM patient GROUP BY ALL"
    asked = Fuzzed(sql, False, frozenset(), frozenset(), 1, witness, if_hidden)
    told = too_few(house, asked, witness, house.answer(sql), Judged(), least=PEOPLE + 1)
    return [what for what in told if "people: ('F'" in what]


def test_a_row_on_a_few_people_is_told_unless_others_may_stand_in_it(house: House) -> None:
    assert _told(house)
    assert not _told(house, if_hidden="SELECT 'F' AS k, count(DISTINCT person) FROM patient")
    assert _told(house, if_hidden="SELECT 'M' AS k, count(DISTINCT person) FROM patient")


def test_people_beside_a_median_are_counted_by_the_median_that_is_shown() -> None:
    """It is the mean of the nearest values. By DuckDB's own, rows would seem to stand on other people than they do."""
    median = "SELECT median(points) FROM outcome"
    sql = (
        f"SELECT year AS k, count(DISTINCT person) AS n FROM outcome WHERE points >= ({median}) GROUP BY ALL"
    )
    asked = Fuzzed(sql, False, frozenset(), frozenset(), 1, sql)
    with House(3, units=50, min_units=3) as house:
        found = house.answer(sql)
        right, raw = (
            set(too_few(house, one, sql, found, Judged(), least=1_000))
            for one in (replace(asked, smoothed=(median,)), asked)
        )
    assert right == {f"a row on {people} people: {(year, people)} of {sql}" for year, people in found.rows}
    assert right != raw


def test_an_answer_whose_witness_takes_too_long_is_counted_as_left_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judged_questions, "SLOW_SECONDS", 0.2)
    sql = "SELECT sex AS k, count(*) AS n FROM patient GROUP BY ALL"
    pairs = "range(100000000) AS a, range(9999) AS b"
    endless = f"SELECT sex AS k, count(DISTINCT a.range + b.range) FROM patient, {pairs} GROUP BY ALL"
    asked, judged = Fuzzed(sql, False, frozenset(), frozenset(), 1, endless), Judged()
    assert list(too_few(house, asked, endless, house.answer(sql), judged, least=PEOPLE)) == []
    assert judged.left_out == 1


def test_a_row_that_is_not_there_is_told(house: House) -> None:
    witness = "SELECT 'X' AS k, count(DISTINCT person) FROM patient"
    asked = Fuzzed("SELECT DISTINCT sex AS k FROM patient", False, frozenset(), frozenset(), 1, witness)
    told = list(too_few(house, asked, witness, house.answer(asked.sql), Judged(), least=10))
    assert told
    assert all("not there" in what for what in told)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("SELECT sex AS k, sum(weight) + 0.1 AS n FROM patient GROUP BY sex", None),
        ("SELECT sex AS k, sum(weight) AS n FROM patient WHERE year > 2021 GROUP BY sex", None),
        ("SELECT sex AS k, sum(CAST(weight AS DOUBLE)) AS n FROM patient GROUP BY sex", None),
        ("SELECT sex AS k, sum(weight) AS n FROM patient GROUP BY sex", "right"),
    ],
)
def test_another_answer_than_duckdbs_is_told_and_is_not_taken_for_rounding(
    house: House, wrong: str, said: str | None
) -> None:
    """The answer to another question stands for a fault: another number, other people, another type."""
    asked = Fuzzed(
        "SELECT sex AS k, sum(weight) AS n FROM patient GROUP BY sex", False, frozenset(), frozenset()
    )
    told = difference(house, asked, house.answer(wrong))
    assert (told is None) == (said == "right")


def test_only_digits_that_duckdb_has_otherwise_itself_are_taken_for_rounding(house: House) -> None:
    """A mean as text hangs on the order of its rows; a count beside it does not, and is compared."""
    sql = "SELECT CAST(avg(level) AS VARCHAR) AS t, count(*) AS n FROM reading"
    asked = Fuzzed(sql, False, frozenset(), frozenset())
    found = house.answer(sql)
    assert difference(house, asked, found) in (None, UNSTEADY)
    digits = replace(found, rows=(("99.4999999999999", found.rows[0][1]),))
    assert difference(house, asked, digits) == UNSTEADY
    count = replace(found, rows=((found.rows[0][0], 1),))
    assert difference(house, asked, count) not in (None, UNSTEADY)


@pytest.mark.parametrize(
    ("raw", "told"), [("SELECT error('mine')", 0), ("SELECT error('other')", 1), ("SELECT 1", 1)]
)
def test_only_what_duckdb_raises_itself_is_no_finding(
    house: House, monkeypatch: pytest.MonkeyPatch, raw: str, told: int
) -> None:
    """The product raises DuckDB's words here: a fault, but where the question over the raw tables has the same."""
    asked = Fuzzed(raw, False, frozenset(), frozenset())
    monkeypatch.setattr(meaning, "question", lambda _: asked)
    monkeypatch.setattr(house, "answer", lambda _: house.plain.sql("SELECT error('mine')").fetchall())
    covered = meaning.Covered()
    meaning.ask_one(house, "a seed", covered)
    assert (len(covered.differences), covered.raw_failed) == (told, 1 - told)
