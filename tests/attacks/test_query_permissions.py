"""Attacks on the permissions of a project: a field, a use, a year or a row that it lacks, used somewhere unseen.

The project here lacks patient.diagnosis; or has it for one use; or has one year, or one hospital.
"""

import pytest

from enclave.problems import Problem
from tests.attacks.support_worlds import (
    NarrowProject,
    outcome,
    patient,
    people,
    plainly,
    problems,
    visit,
    world,
)

WORLD = world(
    [patient(person, diagnosis="RARE" if person > 30 else "ASTHMA", year=2022) for person in range(1, 61)]
    + [patient(person, year=2023, wave="SPR", hospital_id=101) for person in range(1, 61)],
    visits=people(60, make=visit),
    outcomes=people(60, make=outcome),
)


def codes(found: tuple[Problem, ...]) -> set[str]:
    return {problem.code for problem in found}


def places(found: tuple[Problem, ...]) -> set[str]:
    return {span.text.split(".")[-1] for problem in found for span in problem.spans}


USED = [
    "SELECT count(*) FROM patient WHERE diagnosis = 'RARE'",
    "SELECT diagnosis, count(*) FROM patient GROUP BY diagnosis",
    "SELECT count(*) FROM patient GROUP BY ROLLUP (diagnosis)",
    "SELECT count(*) FROM patient GROUP BY GROUPING SETS ((diagnosis), ())",
    "SELECT count(*) FROM patient GROUP BY CUBE (sex, diagnosis)",
    "SELECT sex, count(*) FROM patient GROUP BY sex HAVING count(*) FILTER (WHERE diagnosis = 'RARE') > 1",
    "SELECT sex, count(*) FROM patient GROUP BY sex ORDER BY count(diagnosis)",
    "SELECT sex, count(*), rank() OVER (ORDER BY count(diagnosis)) FROM patient GROUP BY sex",
    "SELECT sex, count(*) FROM patient GROUP BY sex QUALIFY sum(count(diagnosis)) OVER () > 1",
    "SELECT count(diagnosis) FROM patient",
    "SELECT sum(CASE WHEN diagnosis = 'RARE' THEN 1 ELSE 0 END) FROM patient",
    "SELECT count(*) FROM (SELECT *, diagnosis = 'RARE' AS r FROM patient) q WHERE r",
    "SELECT count(*) FROM (SELECT * REPLACE (diagnosis AS sex) FROM patient) q WHERE sex = 'RARE'",
    "SELECT count(*) FROM (SELECT diagnosis AS d FROM patient) q WHERE d = 'RARE'",
    "WITH q AS (SELECT person, diagnosis AS d FROM patient) SELECT count(*) FROM q WHERE d = 'RARE'",
    "SELECT count(*) FROM patient p JOIN (VALUES ('RARE')) v(d) ON p.diagnosis = v.d",
    "SELECT v.d, count(*) FROM patient p JOIN (VALUES ('RARE')) v(d) ON p.diagnosis = v.d GROUP BY v.d",
    "SELECT count(*) FROM patient p JOIN (SELECT 'RARE' AS diagnosis) v USING (diagnosis)",
    "SELECT count(*) FROM patient p NATURAL JOIN (SELECT 'RARE' AS diagnosis) v",
    "SELECT count(*) FROM patient SEMI JOIN (SELECT 'RARE' AS diagnosis) v USING (diagnosis)",
    "SELECT count(*) FROM patient WHERE diagnosis IN (SELECT 'RARE')",
    "SELECT count(*) FROM patient WHERE 'RARE' IN (SELECT diagnosis FROM patient)",
    "SELECT count(*) FROM hospital WHERE 'RARE' IN (SELECT diagnosis FROM patient)",
    "SELECT count(*) FROM visit v WHERE EXISTS (SELECT 1 FROM patient p WHERE p.person = v.person AND diagnosis > 'P')",
    "SELECT count(*) FROM visit WHERE person IN (SELECT person FROM patient WHERE diagnosis = 'RARE')",
    "SELECT count(*) FROM visit WHERE nights > (SELECT count(*) FROM patient WHERE diagnosis = 'RARE')",
    "SELECT (SELECT count(*) FROM patient WHERE diagnosis = 'RARE')",
    "SELECT avg(n) FROM (SELECT person, count(diagnosis) AS n FROM patient GROUP BY person) q",
    "SELECT avg(n) FROM (SELECT person, count(*) AS n FROM patient GROUP BY person, diagnosis) q",
    "SELECT count(*) FROM (SELECT DISTINCT person, diagnosis FROM patient) q",
    "SELECT DISTINCT diagnosis FROM patient",
    "SELECT diagnosis FROM patient INTERSECT SELECT 'RARE'",
    "SELECT sex FROM patient UNION SELECT diagnosis FROM patient",
    "SELECT count(*) FROM (SELECT sex FROM patient EXCEPT SELECT diagnosis FROM patient) q",
    "SELECT avg(n) FROM (SELECT person, max(weight) FILTER (WHERE diagnosis = 'RARE') AS n FROM patient GROUP BY 1) q",
    "SELECT avg(n) FROM (SELECT person, arg_max(weight, diagnosis) AS n FROM patient GROUP BY person) q",
    "SELECT avg(weight) FROM patient WHERE coalesce(diagnosis, sex) = 'RARE'",
    "SELECT diagnosis AS d, count(*) FROM patient GROUP BY ALL",
    "SELECT count(*) FROM patient p LEFT JOIN visit v ON p.person = v.person AND p.diagnosis = 'RARE'",
    "SELECT count(*) FROM visit v JOIN patient p ON v.person = p.person AND v.ward = p.diagnosis",
]


@pytest.mark.parametrize("sql", USED)
def test_a_field_that_is_not_granted_is_used_nowhere(sql: str) -> None:
    """Fields used where no one looks: in ORDER BY, windows, QUALIFY, grouping sets, VALUES joins, USING, REPLACE and
    subqueries. Source: our rule that every use of every field is authorised from the tree."""
    plainly(WORLD, sql)
    with NarrowProject(WORLD, without={"patient": ["diagnosis"]}) as project:
        found = problems(project.desk, sql)
    assert codes(found) == {"field-not-granted"}, found
    named = places(found)
    assert named & {"diagnosis", "d", "r"} or "NATURAL" in sql or "REPLACE" in sql, found
    assert sql not in named, "the place is not just everywhere"


def test_a_star_names_every_field_that_it_stands_for() -> None:
    """Stars: what is named by a star and shown is used. Source: our rule that stars are expanded before the check."""
    with NarrowProject(WORLD, without={"patient": ["diagnosis"]}) as project:
        assert codes(problems(project.desk, "SELECT DISTINCT * FROM patient")) == {
            "field-not-granted",
            "individual-rows",
        }
        assert codes(problems(project.desk, "SELECT DISTINCT * EXCLUDE (person) FROM patient")) == {
            "field-not-granted"
        }
        assert project.answer("SELECT count(*) FROM (SELECT * FROM patient WHERE sex = 'F') q") == [(120,)]


@pytest.mark.parametrize(
    ("sql", "granted"),
    [
        ("SELECT count(*) FROM patient WHERE band = 1", "filter"),
        ("SELECT count(*) FILTER (WHERE band = 1) FROM patient", "filter"),
        ("SELECT sum(CASE WHEN band = 1 THEN weight END) FROM patient", "filter"),
        ("SELECT band, count(*) FROM patient GROUP BY band", "group"),
        ("SELECT band + 1, count(*) FROM patient GROUP BY 1", "group"),
        ("SELECT DISTINCT band FROM patient", "group"),
        ("SELECT avg(band) FROM patient", "aggregate"),
        ("SELECT count(band) FROM patient", "aggregate"),
        ("SELECT avg(m) FROM (SELECT person, sum(band) AS m FROM patient GROUP BY person) q", "aggregate"),
    ],
)
def test_a_field_is_put_to_granted_uses_alone(sql: str, granted: str) -> None:
    """Use: a field granted for one thing is used for another. Source: our rule that a computed column needs, of each
    input, the use it is put to."""
    for use in ("aggregate", "filter", "group"):
        with NarrowProject(WORLD, uses={("patient", "band"): [use]}) as project:
            found = problems(project.desk, sql)
        assert codes(found) == (set() if use == granted else {"field-use"}), (use, found)


def test_a_recode_by_literal_rows_is_more_than_a_link() -> None:
    """Use by look-up: a field granted to link alone is filtered and grouped through VALUES. Source: as above."""
    joined = "patient p JOIN (VALUES (1, 'low'), (2, 'high')) v(band, label) ON p.band = v.band"
    for sql, needed in (
        (f"SELECT count(*) FROM {joined}", {"filter"}),
        (f"SELECT v.label, count(*) FROM {joined} GROUP BY v.label", {"filter", "group"}),
        (f"SELECT count(*) FILTER (WHERE v.label = 'low') FROM {joined}", {"filter"}),
        (f"SELECT count(v.label) FROM {joined}", {"filter", "aggregate"}),
        (f"SELECT count(*) FROM {joined.replace('ON p.band = v.band', 'USING (band)')}", {"filter"}),
    ):
        for use in ("link", "filter", "group", "aggregate"):
            with NarrowProject(WORLD, uses={("patient", "band"): [use]}) as project:
                found = problems(project.desk, sql)
            assert codes(found) == (set() if {use} == needed else {"field-use"}), (sql, use)
        with NarrowProject(WORLD, uses={("patient", "band"): sorted(needed)}) as project:
            assert problems(project.desk, sql) == (), sql


YEARS = [
    "SELECT count(*) FROM patient",
    "SELECT count(*) FROM (SELECT * FROM patient) q",
    "WITH q AS (SELECT * FROM patient) SELECT count(*) FROM q",
    "SELECT count(*) FROM patient p JOIN hospital h USING (hospital_id)",
    "SELECT count(*) FROM hospital h JOIN patient p USING (hospital_id)",
    "SELECT sum(n) FROM (SELECT person, count(*) AS n FROM patient GROUP BY person) q",
    "SELECT count(*) FROM (SELECT DISTINCT person, year FROM patient) q",
]


@pytest.mark.parametrize("sql", YEARS)
def test_other_years_and_rows_are_not_read(sql: str) -> None:
    """Scans: the project's years and rows are put in below everything that the researcher wrote. Source: our rule on
    row restrictions."""
    assert plainly(WORLD, sql) == [(120,)]
    with NarrowProject(WORLD, years=[2022]) as project:
        assert project.answer(sql) == [(60,)]
    with NarrowProject(WORLD, rows={"patient": {"wave": ["SPR"]}}) as project:
        assert project.answer(sql) == [(60,)]
    with NarrowProject(WORLD, rows={"patient": {"diagnosis": ["RARE"]}}) as project:
        assert project.answer(sql) == [(30,)]


def test_other_years_and_rows_are_not_read_by_subqueries() -> None:
    """Scans inside EXISTS, IN, scalar and set subqueries. Source: as above."""
    both = "SELECT count(*) FROM visit v WHERE {}"
    exists = both.format("EXISTS (SELECT 1 FROM patient p WHERE p.person = v.person AND p.hospital_id = 101)")
    within = both.format("v.person IN (SELECT person FROM patient WHERE hospital_id = 101)")
    listed = both.format("101 IN (SELECT hospital_id FROM patient)")
    value = both.format("100 < (SELECT count(*) FROM patient)")
    united = "SELECT count(*) FROM (SELECT hospital_id FROM patient INTERSECT SELECT 101) q"
    for sql in (exists, within, listed, value):
        assert plainly(WORLD, sql) == [(60,)], sql
        with NarrowProject(WORLD, years=[2022]) as project:
            assert [row for row in project.answer(sql) if row[0]] == [], sql
    with NarrowProject(WORLD, years=[2022]) as project:
        assert [row for row in project.answer(united) if row[0]] == []


def test_a_year_that_the_project_lacks_is_named() -> None:
    """Years by name: asking for one is refused with its place, not answered with nothing. Source: our table of
    refusals."""
    with NarrowProject(WORLD, years=[2022]) as project:
        found = problems(project.desk, "SELECT count(*) FROM patient WHERE year = 2023")
    assert codes(found) == {"year-not-in-project"}
    assert places(found) == {"2023"}


def test_one_year_of_a_project_proves_one_row_only_with_that_year() -> None:
    """Unsound proof: a project with one year has one value in the year column, another table's year is not bound by it.
    Source: our rule on grain."""
    with NarrowProject(WORLD, years=[2022]) as project:
        assert project.answer("SELECT count(*) FROM outcome") == [(60,)]
    twice = world(
        outcomes=[outcome(person, year=year) for person in range(1, 6) for year in (2021, 2022, 2023)]
    )
    with NarrowProject(twice) as project:
        assert project.answer("SELECT count(*) FROM outcome") == [(None,)]
