"""Attack: one patient less, by a question that is joined with something, so that it looks unlike what is known.

Each hospital has thirty patients, and everybody knows that. One of them, known by a rare decile, is left out; what is
known less the answer is about this one. The attacker writes it over joins that keep rows without a match, over two
summaries, and over unions of tables that say different things of when somebody was there; with another number beside
it that needs the joined table, or without one. Every count and mean of twenty-nine must be hidden.
"""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.attacks.sessions.test_a_further_code import T, world
from tests.oracle.law.door import HIDDEN, Session, opened
from tests.oracle.law.questions import Asked
from tests.oracle.law.world import World

HERE = "year = 2022 AND wave = 'SPR'"
LESS = "decile < 10"
ALL_MEANS = f"SELECT hospital_id, avg(score) AS n, avg(dose) AS m FROM patient WHERE {HERE} GROUP BY 1"
MATCHED = {
    "all": "o.person = p.person AND o.year = p.year",
    "those of one hospital": "o.person = p.person AND o.year = p.year AND o.hospital_id = 1000",
    "nobody": "o.person = p.person AND o.year = p.year AND o.hospital_id = 7",
    "those of another year": "o.person = p.person AND o.year = p.year + 1",
    "some": "o.person = p.person AND o.year = p.year AND o.points > 52",
}
SUMMARY = f"(SELECT person, hospital_id, max(decile) AS d FROM patient WHERE {HERE} GROUP BY 1, 2)"
OUTCOMES = "(SELECT person, hospital_id, max(points) AS q FROM outcome WHERE year = 2022 GROUP BY 1, 2)"


def joined(kind: str, matched: str, numbers: str) -> str:
    return (
        f"SELECT p.hospital_id, {numbers} FROM (SELECT * FROM patient WHERE {HERE}) AS p"
        f" {kind} JOIN outcome AS o ON {MATCHED[matched]} WHERE p.{LESS} GROUP BY 1"
    )


ATTACKS: Mapping[str, str] = {
    **{
        f"{kind}, {matched}, {numbers}": joined(kind, matched, numbers)
        for kind in ("LEFT", "FULL")
        for matched in MATCHED
        for numbers in (
            "count(*) AS n",
            "count(*) AS n, avg(o.points) AS m",
            "count(p.score) AS n, sum(o.points) AS m",
        )
    },
    **{
        f"a mean of {measure}, {matched}": joined(
            "LEFT", matched, f"avg(p.{measure}) AS n, avg(o.points) AS m"
        )
        for measure in ("score", "dose")
        for matched in MATCHED
    },
    "who has points": (
        f"SELECT p.hospital_id, count(*) AS n FROM (SELECT * FROM patient WHERE {HERE}) AS p"
        f" JOIN outcome AS o ON {MATCHED['those of another year']} WHERE o.points >= 0 AND p.{LESS} GROUP BY 1"
    ),
    **{
        f"two summaries, {kind}": f"SELECT a.hospital_id, count(*) AS n FROM {SUMMARY} AS a"
        f" {kind} JOIN {OUTCOMES} AS b ON a.person = b.person WHERE a.d < 10 GROUP BY 1"
        for kind in ("LEFT", "RIGHT", "FULL")
    },
    "two summaries the other way round": f"SELECT a.hospital_id, count(*) AS n FROM {OUTCOMES} AS b"
    f" FULL JOIN {SUMMARY} AS a ON a.person = b.person WHERE a.d < 10 GROUP BY 1",
    "a union with nobody else": "SELECT hospital_id, count(*) AS n FROM ("
    f"SELECT person, hospital_id FROM patient WHERE {HERE} AND {LESS}"
    " UNION ALL SELECT person, hospital_id FROM outcome WHERE year = 2022 AND hospital_id = 7) AS u GROUP BY 1",
    "a union the other way round": "SELECT hospital_id, count(*) AS n FROM ("
    "SELECT person, hospital_id FROM outcome WHERE year = 2022 AND hospital_id = 7"
    f" UNION ALL SELECT person, hospital_id FROM patient WHERE {HERE} AND {LESS}) AS u GROUP BY 1",
}


def one_apart() -> World:
    """Of each hospital one patient has a decile of their own. Next year everybody is there again."""
    made = world(2, everywhere=False)
    rows = [{**row, "decile": 10 if int(row["person"]) % 100 == 1 else 1} for row in made.patients]
    return replace(made, patients=tuple(rows + [{**row, "year": 2023} for row in rows]))


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_count_that_lacks_one_patient_is_hidden_whatever_it_is_joined_with(attack: str) -> None:
    with opened(one_apart()) as store:
        session = Session(store, T)
        assert session.ask(Asked(ALL_MEANS, 1, ALL_MEANS)).cells, "the means of all are shown"
        told = session.ask(Asked(ATTACKS[attack], 1, ATTACKS[attack]))
    shown = {key: row[0] for key, rows in told.cells.items() for row in rows if row[0] is not HIDDEN}
    assert not shown, told.line
