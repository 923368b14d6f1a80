"""Attacks by the shape of a query: joins and subqueries that carry one person's row to another's, or choose rows."""

from decimal import Decimal

import pytest

from tests.attacks.support_worlds import (
    asked,
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

WORLD = world(
    [patient(person, weight=Decimal(50 + person)) for person in range(1, 41)],
    visits=people(40, make=visit),
    outcomes=people(40, make=outcome),
)
MIXES = "mixes-people"


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("patient a JOIN patient b ON a.hospital_id = b.hospital_id", "patient b"),
        ("patient a JOIN visit b ON a.person = b.person OR a.year = b.year", "visit b"),
        ("patient a JOIN visit b ON a.person = b.person OR a.person = b.person", "visit b"),
        ("patient a JOIN visit b ON NOT a.person <> b.person", "visit b"),
        ("patient a JOIN visit b ON a.person <= b.person AND a.person >= b.person", "visit b"),
        ("patient a JOIN visit b ON coalesce(a.person, b.person) = b.person", "visit b"),
        ("patient a JOIN visit b ON a.person + 0 = b.person + 0", "visit b"),
        ("patient a JOIN visit b ON a.person = b.visit_number", "visit b"),
        ("patient a JOIN visit b USING (hospital_id)", "visit b"),
        ("patient a JOIN visit b USING (year)", "visit b"),
        ("patient a CROSS JOIN visit b", "visit b"),
        ("patient a, visit b", "visit b"),
        ("patient a LEFT JOIN visit b ON a.year = b.year", "visit b"),
        ("patient a FULL JOIN visit b ON a.year = b.year", "visit b"),
        ("patient a JOIN visit b ON a.person = b.person JOIN outcome c ON c.year = b.year", "outcome c"),
        ("patient a LEFT JOIN visit b ON a.person = b.person JOIN outcome c ON true", "outcome c"),
    ],
)
def test_people_are_joined_by_the_key_alone(source: str, place: str) -> None:
    """Cross-person joins: one person's values beside another's, by a condition that only looks like the key's. Source:
    our rule that keys are equated at the top level of ON or USING."""
    for number in ("count(*)", "sum(a.weight)", "count(*) FILTER (WHERE a.weight > 70)"):
        found = asked(WORLD, f"SELECT {number} FROM {source}")
        assert found.status == "refused", source
    sql = f"SELECT count(*) FROM {source}"
    if (
        "coalesce" in source
        or "+ 0" in source
        or "<=" in source
        or "<>" in source
        or "visit_number" in source
    ):
        assert asked(WORLD, sql).code in (MIXES, "value-of-one-person")
        return
    refuses(WORLD, sql, MIXES, place)


def test_where_does_not_link_what_an_outer_join_has_mixed() -> None:
    """WHERE after LEFT JOIN: the key equation comes too late, rows have met already. Source: our rule on WHERE for
    inner joins alone."""
    sql = "SELECT count(*) FROM patient a LEFT JOIN visit b ON a.year = b.year WHERE a.person = b.person"
    refuses(WORLD, sql, MIXES, "visit b")


def test_a_key_paired_with_something_else_links_nothing() -> None:
    """USING on a key renamed: a column that is called person and is none. Source: our rule that USING pairs keys."""
    fake = "(SELECT visit_number AS person, ward FROM visit) b"
    assert asked(WORLD, f"SELECT count(*) FROM patient a JOIN {fake} USING (person)").status == "refused"
    assert asked(WORLD, f"SELECT count(*) FROM patient a NATURAL JOIN {fake}").status == "refused"
    other = "(SELECT hospital_id AS person, year, weight FROM patient) b"
    assert (
        asked(WORLD, f"SELECT count(*) FROM patient a JOIN {other} ON a.person = b.person").status
        == "refused"
    )
    values = "(VALUES (17)) AS b(person)"
    assert (
        asked(WORLD, f"SELECT count(*) FROM patient a JOIN {values} USING (person)").code
        == "value-of-one-person"
    )
    assert asked(WORLD, f"SELECT count(*) FROM patient a NATURAL JOIN {values}").code == "value-of-one-person"


@pytest.mark.parametrize(
    "condition",
    [
        "EXISTS (SELECT 1 FROM visit v WHERE v.ward = 'NIGHT')",
        "EXISTS (SELECT 1 FROM visit v WHERE v.hospital_id = p.hospital_id)",
        "EXISTS (SELECT 1 FROM visit v WHERE v.person = p.person OR v.ward = 'NIGHT')",
        "EXISTS (SELECT 1 FROM visit v WHERE NOT v.person <> p.person)",
        "EXISTS (SELECT 1 FROM visit v JOIN outcome o ON v.person = o.person WHERE v.ward = 'NIGHT')",
        "p.hospital_id IN (SELECT v.hospital_id FROM visit v WHERE v.year = p.year)",
        "p.hospital_id IN (SELECT v.person FROM visit v)",
        "p.person IN (SELECT v.visit_number FROM visit v)",
        "p.person IN (SELECT v.person + 0 FROM visit v)",
        "p.weight > (SELECT v.nights FROM visit v WHERE v.visit_number = 1)",
        "p.weight > (SELECT v.nights FROM visit v WHERE v.person = p.person)",
        "p.weight > (SELECT max(v.nights) FROM visit v)",
        "p.weight > (SELECT avg(v.nights) FROM visit v WHERE v.nights > p.band)",
        "p.weight > (SELECT count(*) FROM patient o WHERE o.weight > p.weight)",
        "p.weight > (SELECT max(o.weight) FROM patient o WHERE o.hospital_id = p.hospital_id)",
        "p.weight > (SELECT avg(v.nights) FROM visit v WHERE v.hospital_id = p.hospital_id OR v.ward = 'NIGHT')",
        "p.weight > (SELECT avg(v.nights) FROM visit v JOIN outcome o ON o.person = p.person AND o.person = v.person)",
        "p.weight > (SELECT avg(v.nights) FROM visit v WHERE v.visit_number = p.person)",
        "p.weight > (SELECT avg(v.nights) FROM visit v WHERE v.person = p.band)",
        "p.weight > (SELECT avg(v.nights) FROM visit v WHERE v.person + 0 = p.person + 0)",
        "p.weight > (SELECT v.nights FROM visit v WHERE v.person = p.person ORDER BY v.nights DESC LIMIT 1)",
        "EXISTS (SELECT 1 FROM visit v WHERE EXISTS (SELECT 1 FROM outcome o WHERE o.person = p.person))",
        "EXISTS (SELECT 1 FROM visit WHERE person = p.person AND EXISTS (SELECT 1 FROM outcome WHERE points > risk))",
        "EXISTS (SELECT 1 FROM patient x LIMIT 1)",
    ],
)
def test_a_subquery_over_people_looks_at_the_same_person(condition: str) -> None:
    """Subqueries: EXISTS that is not linked, lists of keys, one person's value as a scalar, two levels deep. Source:
    our table of subqueries; gateways that let correlated subqueries through."""
    found = asked(WORLD, f"SELECT count(*) FROM patient p WHERE {condition}")
    assert found.status == "refused", found.line
    again = asked(WORLD, f"SELECT count(*) FILTER (WHERE {condition}) FROM patient p")
    assert again.status == "refused", again.line


def test_a_condition_in_an_outer_join_decides_how_often_nobody_sees() -> None:
    """ON as a multiplier: the visits of the rare alone are joined, and rows less people counts them. Source: our rule
    that a condition which splits rows has two sides."""
    patients = people(43, 4, diagnosis="RARE")
    visits = [visit(person, number) for person in range(1, 48) for number in range(1, 2 + person % 4)]
    where = world(patients, visits)
    join = "patient p LEFT JOIN visit v ON p.person = v.person AND p.diagnosis = 'RARE'"
    hides(where, f"SELECT count(*) FROM {join}", [(53,)])
    hides(where, f"SELECT sum(p.weight) / 70 FROM {join}", [(53,)])
    own = f"SELECT p.person, count(*) AS n FROM {join} GROUP BY p.person"
    hides(where, f"SELECT sum(n) FROM ({own}) q", [(53,)])
    shows(where, "SELECT count(*) FROM patient p LEFT JOIN visit v ON p.person = v.person")


def test_public_rows_without_people_are_not_counted() -> None:
    """Rows of nobody: a public table left-joined to people, where a count of rows tells how many hospitals are empty.
    Source: our rule that empty looks like hidden."""
    nobody = "hospital h LEFT JOIN patient p ON p.hospital_id = h.hospital_id AND p.diagnosis = 'RARE'"
    assert plainly(WORLD, f"SELECT count(*) FROM {nobody}") == [(3,)]
    refuses(WORLD, f"SELECT count(*) FROM {nobody}", "function-not-allowed", "count(*)")
    refuses(WORLD, f"SELECT sum(h.beds) FROM {nobody}", "function-not-allowed", "sum(h.beds)")
    join = "hospital h LEFT JOIN patient p USING (hospital_id)"
    by_hospital = f"SELECT h.hospital_id, count(p.person) FROM {join} GROUP BY 1"
    assert asked(WORLD, by_hospital).rows == ((100, 40),)
    right = "patient p RIGHT JOIN hospital h ON p.hospital_id = h.hospital_id"
    refuses(WORLD, f"SELECT count(*) FROM {right}", "function-not-allowed", "count(*)")
    full = "patient p FULL JOIN hospital h ON p.hospital_id = h.hospital_id"
    refuses(WORLD, f"SELECT count(*) FROM {full}", "function-not-allowed", "count(*)")


@pytest.mark.parametrize(
    ("sql", "code", "place"),
    [
        ("SELECT avg(weight) FROM (SELECT weight FROM patient LIMIT 1) q", "chooses-rows", "LIMIT 1"),
        (
            "SELECT avg(weight) FROM (SELECT weight FROM patient ORDER BY weight DESC LIMIT 12) q",
            "chooses-rows",
            "LIMIT 12",
        ),
        (
            "SELECT avg(weight) FROM (SELECT weight FROM patient LIMIT 30 OFFSET 5) q",
            "chooses-rows",
            "LIMIT 30",
        ),
        ("SELECT avg(weight) FROM (SELECT weight FROM patient OFFSET 5) q", "chooses-rows", "OFFSET 5"),
        (
            "SELECT avg(weight) FROM (SELECT person, weight FROM patient ORDER BY 2 LIMIT 20) q",
            "chooses-rows",
            "LIMIT 20",
        ),
        (
            "SELECT avg(n) FROM (SELECT person, count(*) AS n FROM visit GROUP BY 1 LIMIT 20) q",
            "chooses-rows",
            "LIMIT 20",
        ),
    ],
)
def test_rows_of_people_are_not_chosen(sql: str, code: str, place: str) -> None:
    """LIMIT, OFFSET and ORDER BY below an aggregate: an extreme person by the back door. Source: our table of
    relations."""
    refuses(WORLD, sql, code, place)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT avg(weight) FROM patient USING SAMPLE 12",
        "SELECT avg(weight) FROM patient TABLESAMPLE 30%",
        "SELECT avg(w) FROM (SELECT DISTINCT ON (sex) weight AS w FROM patient ORDER BY sex, weight) q",
        "SELECT avg(weight) FROM (SELECT weight FROM patient QUALIFY row_number() OVER (ORDER BY weight) > 39) q",
        "SELECT avg(weight) FROM (SELECT weight FROM patient LIMIT 10%) q",
        "SELECT weight FROM patient WHERE weight = (SELECT max(weight) FROM patient)",
        "SELECT avg(x) FROM (SELECT lag(weight) OVER (ORDER BY person) AS x FROM patient) q",
        "SELECT avg(x) FROM (SELECT first_value(weight) OVER (ORDER BY weight DESC) AS x FROM patient) q",
        "SELECT sum(x) FROM (SELECT row_number() OVER (ORDER BY weight) AS x FROM patient) q WHERE x > 39",
        "SELECT max(x) FROM (SELECT sum(weight) OVER (ORDER BY weight) AS x FROM patient) q",
        "SELECT avg(weight) OVER (ORDER BY weight ROWS 1 PRECEDING) FROM patient",
        "SELECT rank() OVER (ORDER BY weight), count(*) FROM patient GROUP BY weight",
        "SELECT avg(weight) FROM patient WHERE weight >= ALL (SELECT weight FROM patient)",
        "SELECT avg(weight) FROM patient WHERE weight = ANY (SELECT weight FROM patient WHERE sex = 'F')",
        "SELECT ARRAY(SELECT weight FROM patient)",
        "SELECT count(*) FROM patient p, LATERAL (SELECT v.nights FROM visit v WHERE v.year = p.year) q",
        "SELECT count(*) FROM patient p ASOF JOIN visit v ON p.year = v.year AND p.weight >= v.nights",
        "SELECT count(*) FROM patient p POSITIONAL JOIN visit v",
        "WITH RECURSIVE r AS (SELECT weight FROM patient UNION ALL SELECT weight + 1 FROM r) SELECT count(*) FROM r",
        "PIVOT patient ON sex USING max(weight)",
        "SUMMARIZE patient",
        "SELECT * FROM (SUMMARIZE patient)",
        "SELECT quantile_cont(weight, 1.0) FROM patient",
        "SELECT histogram(weight) FROM patient",
        "SELECT approx_top_k(weight, 3) FROM patient",
    ],
)
def test_what_picks_or_orders_people_is_not_answered(sql: str) -> None:
    """Samples, windows, ranks, frames, quantifiers, laterals, recursion: each carries or picks one person's value.
    Source: our table of relations and of what may be asked."""
    found = asked(WORLD, sql)
    shown = [value for row in found.rows for value in row if value is not None]
    assert found.status == "refused" or not shown, found.line


@pytest.mark.parametrize(
    "union",
    [
        "SELECT sex FROM patient UNION ALL SELECT 'F'",
        "SELECT sex FROM patient UNION ALL SELECT region FROM hospital",
    ],
)
def test_rows_of_nobody_are_not_put_under_those_of_people(union: str) -> None:
    """Rows of a known number beside people's. Source: our table of set operations. (Of people: test_query_unions.)"""
    refuses(WORLD, f"SELECT count(*) FROM ({union}) q", "function-not-allowed", union)


def test_sets_of_values_that_few_people_have_stay_hidden() -> None:
    """UNION, INTERSECT, EXCEPT and IN of values: that a value exists tells of one who has it. Source: our rule that
    each people side is a protected DISTINCT."""
    where = world(people(40, 4, diagnosis="RARE"))
    hides(where, "SELECT diagnosis FROM patient EXCEPT SELECT 'ASTHMA'", [("RARE",)])
    hides(where, "SELECT d FROM (VALUES ('RARE')) v(d) INTERSECT SELECT diagnosis FROM patient", [("RARE",)])
    hides(where, "SELECT count(*) FROM (SELECT diagnosis FROM patient UNION SELECT 'x') q", [(3,)])
    hides(
        where, "SELECT d FROM (VALUES ('RARE')) v(d) WHERE d IN (SELECT diagnosis FROM patient)", [("RARE",)]
    )
    exists = "EXISTS (SELECT diagnosis FROM patient GROUP BY 1 HAVING count(*) < 10)"
    hides(where, f"SELECT count(*) FROM hospital WHERE {exists}", [(3,)])
    shows(world(people(40, 14, diagnosis="RARE")), "SELECT diagnosis FROM patient EXCEPT SELECT 'ASTHMA'")


def test_names_do_not_deceive() -> None:
    """Shadowing: a CTE called like a table, an alias called like a field, a CTE joined with itself. Source: name
    resolution pitfalls; our rule that columns are compared by id."""
    where = world(people(40, 4, diagnosis="RARE"))
    shadow = "WITH hospital AS (SELECT person, diagnosis, hospital_id FROM patient WHERE diagnosis = 'RARE')"
    hides(where, f"{shadow} SELECT count(*) FROM hospital", [(4,)])
    hides(
        where, f"{shadow} SELECT count(*) FROM patient WHERE person IN (SELECT person FROM hospital)", [(4,)]
    )
    hides(
        where,
        "SELECT count(*) FROM (SELECT 'RARE' AS sex, diagnosis FROM patient) q WHERE sex = diagnosis",
        [(4,)],
    )
    hides(
        where,
        "SELECT diagnosis AS sex, count(*) FROM patient WHERE sex = 'F' AND diagnosis = 'RARE' GROUP BY 1",
        [("RARE", 4)],
    )
    twice = "WITH r AS (SELECT person, hospital_id FROM patient) SELECT count(*) FROM r a JOIN r b"
    refuses(where, f"{twice} ON a.hospital_id = b.hospital_id", MIXES, "r b")
    assert asked(where, f"{twice} ON a.person = b.person").rows == ((44,),)
    nested = "WITH patient AS (SELECT * FROM patient WHERE diagnosis = 'RARE') SELECT count(*) FROM patient"
    assert not [row for row in asked(where, nested).rows if row[0] is not None]


def test_a_condition_on_the_wrong_side_of_an_outer_join_stays_where_it_is() -> None:
    """Pushdown: ON of a LEFT JOIN does not filter the left side, WHERE does not move below the join. Source: our rule
    that the plan gives what DuckDB gives."""
    where = world(people(40, 20, sex="M"), outcomes=people(30, make=outcome))
    for join in (
        "patient p LEFT JOIN outcome o ON p.person = o.person AND p.sex = 'M'",
        "patient p LEFT JOIN outcome o ON p.person = o.person AND o.grade = 1",
        "patient p LEFT JOIN outcome o ON p.person = o.person WHERE o.grade = 0",
        "patient p LEFT JOIN outcome o ON p.person = o.person WHERE p.sex = 'M'",
        "outcome o RIGHT JOIN patient p ON p.person = o.person AND o.grade = 0",
        "outcome o RIGHT JOIN patient p ON p.person = o.person AND p.sex = 'M'",
        "outcome o RIGHT JOIN patient p ON p.person = o.person WHERE p.sex = 'M'",
        "patient p FULL JOIN outcome o ON p.person = o.person AND p.sex = 'F'",
        "patient p FULL JOIN outcome o ON p.person = o.person AND o.grade = 0 WHERE p.sex = 'F'",
        "(SELECT * FROM patient WHERE sex = 'M') p LEFT JOIN outcome o ON p.person = o.person",
        "patient p LEFT JOIN (SELECT * FROM outcome WHERE grade = 0) o ON p.person = o.person",
        "patient p JOIN outcome o ON p.person = o.person AND o.grade = 0 LEFT JOIN visit v ON v.person = o.person",
    ):
        sql = f"SELECT p.sex, count(*) FROM {join} GROUP BY p.sex"
        truth = {row[0]: row[1] for row in plainly(where, sql)}
        found = {row[0]: row[1] for row in asked(where, sql).rows}
        assert all(truth[key] == value for key, value in found.items() if value is not None), join
        assert asked(where, sql).status == "released", join
