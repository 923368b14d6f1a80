"""Attacks that count a few people: small cells, contributors, sides of a condition, rows in place of people."""

from decimal import Decimal

import pytest

from tests.attacks.support_worlds import (
    hides,
    outcome,
    patient,
    people,
    plainly,
    refuses,
    shows,
    visit,
    world,
)
from tests.support.ask import Enclave

FEW_RARE = world(people(40, 4, diagnosis="RARE", sex="M"))
MANY_RARE = world(people(40, 14, diagnosis="RARE", sex="M"))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM patient WHERE diagnosis = 'RARE'",
        "SELECT count(DISTINCT person) FROM patient WHERE diagnosis = 'RARE'",
        "SELECT count(weight) FROM patient WHERE diagnosis = 'RARE'",
        "SELECT count(*) FROM patient GROUP BY diagnosis HAVING count(*) < 10",
        "SELECT count(*) FROM patient WHERE diagnosis = 'RARE' GROUP BY ()",
        "WITH r AS (SELECT * FROM patient WHERE diagnosis = 'RARE') SELECT count(*) FROM r",
        "SELECT count(*) FROM patient p JOIN (VALUES ('RARE')) v(d) ON p.diagnosis = v.d",
        "SELECT count(*) FROM (SELECT person FROM patient WHERE diagnosis = 'RARE' GROUP BY person) q",
    ],
)
def test_a_count_of_few_people_is_hidden(sql: str) -> None:
    """Small cells. Source: Griffiths and others, Handbook on SDC for Outputs (SDAP, 2019), threshold rule."""
    hides(FEW_RARE, sql, [(4,)])


def test_a_group_of_few_people_is_absent() -> None:
    """Small cells, seen by their key alone: that a group exists is told by DISTINCT. Source: the same handbook."""
    hides(FEW_RARE, "SELECT DISTINCT diagnosis FROM patient WHERE diagnosis <> 'ASTHMA'", [("RARE",)])
    shows(MANY_RARE, "SELECT DISTINCT diagnosis FROM patient")


def test_rows_are_not_people() -> None:
    """Row inflation: one person with twelve visits passes a rule that counts rows. Source: ACRO counts rows."""
    one_with_many = world(visits=[visit(1, number, nights=number) for number in range(1, 13)])
    hides(one_with_many, "SELECT count(*) FROM visit", [(12,)])
    hides(one_with_many, "SELECT sum(nights) FROM visit", [(78,)])
    shows(world(visits=people(12, make=visit)), "SELECT count(*) FROM visit")


@pytest.mark.parametrize(
    "condition", ["visit_number AND year = 2022", "visit_number AND true AND year = 2022"]
)
def test_a_number_used_as_a_condition_proves_no_grain(condition: str) -> None:
    """Unsound proof: `visit_number` as a condition says "not 0", not "one value". Source: our rule that only a proof
    from the catalogue lets rows stand for people."""
    few = world(visits=[visit(person, number) for person in (1, 2, 3) for number in range(1, 7)])
    hides(few, f"SELECT count(*) FROM visit WHERE {condition}", [(18,)])


def test_few_people_without_a_value_are_not_told_by_count() -> None:
    """Contributors: count(*) less count(x) is how many lack x. Source: our rule on natural nulls of count(x)."""
    lacking = world(people(40, 3, change=None))
    hides(lacking, "SELECT count(change) FROM patient", [(40,)])
    hides(lacking, "SELECT count(*) - count(change) FROM patient", [(3,)])
    own = "SELECT person, count(change) AS n FROM patient GROUP BY person"
    hides(lacking, f"SELECT sum(n) FROM ({own}) q", [(40,)])
    shows(world(people(40, 13, change=None)), "SELECT count(*), count(change) FROM patient")


@pytest.mark.parametrize(
    "number",
    [
        "count(*) FILTER (WHERE {})",
        "count(person) FILTER (WHERE {})",
        "count(DISTINCT person) FILTER (WHERE {})",
        "count_if({})",
        "sum(CASE WHEN {} THEN 1 ELSE 0 END)",
        "count(CASE WHEN {} THEN 1 END)",
        "sum(CAST({} AS INTEGER))",
        "sum(IF({}, 1, 0))",
    ],
)
def test_either_side_of_a_condition_needs_people(number: str) -> None:
    """FILTER and CASE contributors: four who are not late beside all. Source: gateways that only add HAVING let 32 of
    102 planted secrets out this way."""
    few, others = number.format("diagnosis = 'RARE'"), number.format("diagnosis <> 'RARE'")
    hides(FEW_RARE, f"SELECT {few} FROM patient", [(4,)])
    hides(FEW_RARE, f"SELECT {others} FROM patient", [(40,)])
    shows(MANY_RARE, f"SELECT {others} FROM patient")


def test_never_and_always_are_sides_too() -> None:
    """Terms: each person has rows that are urgent and rows that are not, but two persons have none of one kind. The
    distinct count beside the total publishes those never urgent. Source: our rule of four counts per path."""
    both = [visit(person, number, urgent=number == 1) for person in range(1, 31) for number in (1, 2)]
    never = [visit(person, number) for person in (31, 32) for number in (1, 2)]
    sql = "SELECT count(DISTINCT person) FILTER (WHERE urgent) FROM visit"
    hides(world(visits=[*both, *never]), sql, [(30,)])


def test_a_zero_of_a_hidden_field_is_hidden_like_a_nine() -> None:
    """Zero as an oracle: nobody looks as nine do, or its absence tells. Source: our law on zeros."""
    hides(world(people(40)), "SELECT count(*) FILTER (WHERE diagnosis = 'RARE') FROM patient", [(0,)])
    hides(world(people(40)), "SELECT count(*) FILTER (WHERE diagnosis = 'ASTHMA') FROM patient", [(40,)])
    shows(world(people(40)), "SELECT count(*) FILTER (WHERE sex = 'M') FROM patient")


@pytest.mark.parametrize(
    "source",
    [
        "person IN (SELECT DISTINCT person FROM patient WHERE diagnosis = 'RARE')",
        "person IN (SELECT person FROM patient WHERE diagnosis = 'RARE' GROUP BY person)",
        "EXISTS (SELECT 1 FROM patient x JOIN (VALUES ('RARE')) v(d) ON x.diagnosis = v.d WHERE x.person = p.person)",
        "EXISTS (SELECT 1 FROM patient x WHERE x.person = p.person AND x.diagnosis = 'RARE')",
        "p.diagnosis IN (SELECT d FROM (VALUES ('RARE')) v(d))",
    ],
)
def test_a_zero_behind_a_subquery_is_a_zero_of_its_fields(source: str) -> None:
    """Zero oracle through EXISTS and IN: the fields that decide stand in a subquery. Source: our law on zeros."""
    hides(world(people(40)), f"SELECT count(*) FILTER (WHERE {source}) FROM patient p", [(0,)])


def test_people_with_another_number_of_rows_are_not_told_apart() -> None:
    """Two numbers of rows: rows less people counts those with two visits. Source: our two-valued rule for rows."""
    some_twice = [*people(40, make=visit), visit(1, 2), visit(2, 2), visit(3, 2)]
    hides(world(visits=some_twice), "SELECT count(*) FROM visit", [(43,)])
    hides(world(visits=some_twice), "SELECT count(nights) FROM visit", [(43,)])
    hides(world(visits=some_twice), "SELECT sum(1) FROM visit", [(43,)])


@pytest.mark.parametrize("own", ["count(*)", "count(nights)", "count_if(nights >= 0)", "sum(1)"])
def test_a_persons_own_count_does_not_tell_who_has_another_number_of_rows(own: str) -> None:
    """Two numbers of rows, laundered through a summary of each person. Source: our two-valued rule for rows."""
    some_twice = world(visits=[*people(40, make=visit), visit(1, 2), visit(2, 2), visit(3, 2)])
    summary = f"SELECT person, {own} AS n FROM visit GROUP BY person"
    hides(some_twice, f"SELECT sum(n) FROM ({summary}) q", [(43,)])
    hides(some_twice, f"SELECT avg(n) FROM ({summary}) q", [(43 / 40,)])
    by_year = f"SELECT person, year, {own} AS n FROM visit GROUP BY person, year"
    hides(
        some_twice,
        f"SELECT sum(m) FROM (SELECT person, sum(n) AS m FROM ({by_year}) q GROUP BY 1) r",
        [(43,)],
    )


def test_one_person_cannot_be_most_of_the_rows() -> None:
    """Concentration of rows: nearly all visits are one person's. Source: (n, k) rule, Hundepool and others (2010)."""
    frequent = [visit(1, number, year=year) for year in (2021, 2022, 2023) for number in range(1, 7)] * 12
    others = [visit(person, number) for person in range(2, 13) for number in range(1, 2 + person % 3)]
    hides(world(visits=[*frequent, *others]), "SELECT count(*) FROM visit", [(238,)])
    hides(world(visits=[*frequent, *others]), "SELECT sum(nights) FROM visit", [(238,)])


def test_distinct_values_across_people_are_counted_by_grouping_only() -> None:
    """Value sets: count(DISTINCT x) tells of values that few people have. Source: our table of what may be asked."""
    hides(FEW_RARE, "SELECT count(DISTINCT diagnosis) FROM patient", [(2,)])
    refuses(
        FEW_RARE, "SELECT sum(DISTINCT weight) FROM patient", "function-not-allowed", "sum(DISTINCT weight)"
    )
    refuses(
        FEW_RARE, "SELECT avg(DISTINCT weight) FROM patient", "function-not-allowed", "avg(DISTINCT weight)"
    )


def test_a_hidden_count_does_not_come_back_above_the_leaf() -> None:
    """Arithmetic over a hidden number: HAVING, ORDER BY, COALESCE and totals see what is shown. Source: our idea that
    the remainder holds safe values only."""
    rare_as_well = (
        "SELECT coalesce(max(n), 0) FROM (SELECT diagnosis, count(*) AS n FROM patient GROUP BY diagnosis) q"
    )
    hides(FEW_RARE, f"{rare_as_well} WHERE diagnosis = 'RARE'", [(4,)])
    hides(
        FEW_RARE,
        "SELECT sum(n) FROM (SELECT diagnosis, count(*) AS n FROM patient GROUP BY diagnosis) q",
        [(44,)],
    )


def test_people_by_one_condition_in_two_tables_are_counted_once_each() -> None:
    """Fan-out of a people join: rows of a person multiply. Source: our rule that units are counted distinct."""
    patients = [patient(person) for person in range(1, 4)]
    visits = [visit(person, number, cost=Decimal(number)) for person in range(1, 4) for number in range(1, 7)]
    sql = "SELECT count(*) FROM patient p JOIN visit v ON p.person = v.person"
    hides(world(patients, visits), sql, [(18,)])
    joined = "SELECT count(*) FROM patient p JOIN outcome o USING (person)"
    hides(world(patients, outcomes=[outcome(person) for person in range(1, 4)]), joined, [(3,)])


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM visit",
        "SELECT sum(nights) FROM visit",
        "SELECT sum(n) FROM (SELECT person, sum(nights) AS n FROM visit GROUP BY person) q",
        "SELECT count(*) FROM (SELECT DISTINCT person FROM visit) q",
        "SELECT count(*) FROM patient JOIN (SELECT person, sum(nights) AS n FROM visit GROUP BY 1) q USING (person)",
        "SELECT count(*) FROM (SELECT person FROM visit GROUP BY person) q LEFT JOIN patient USING (person)",
        "SELECT count(*) FROM patient WHERE person IN (SELECT person FROM visit)",
    ],
)
def test_one_hospital_is_not_hidden_behind_a_summary(sql: str) -> None:
    """Clusters: where two hospitals must stand behind a number, one stands behind a summary of each person. Source: our
    rule on clusters; per-person summaries drop columns."""
    one = world(people(40), visits=people(40, make=visit))
    assert plainly(one, sql) == [(40,)]
    with Enclave(one, min_units=10, min_clusters=2) as enclave:
        assert enclave.ask(sql).rows == ((None,),)
    several = [patient(person, hospital_id=100 + person % 3) for person in range(1, 41)]
    visits = [visit(person, hospital_id=100 + person % 3) for person in range(1, 41)]
    with Enclave(world(several, visits), min_units=10, min_clusters=2) as enclave:
        assert enclave.ask(sql).rows == ((40,),)
