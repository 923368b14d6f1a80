"""Attacks through the key that identifies a person: it links tables and is nothing else."""

import pytest

from tests.attacks.support_worlds import asked, hides, outcome, patient, people, refuses, visit, world

WORLD = world(people(40), visits=people(40, make=visit), outcomes=people(40, make=outcome))
KEY = "value-of-one-person"


@pytest.mark.parametrize(
    ("condition", "place"),
    [
        ("person = 17", "person"),
        ("person < 30", "person"),
        ("17 = person", "person"),
        ("person <> 17", "person"),
        ("person BETWEEN 1 AND 29", "person"),
        ("person IN (1, 2, 3)", "person"),
        ("NOT person = 17", "person"),
        ("person IS DISTINCT FROM 17", "person"),
        ("CASE person WHEN 17 THEN true ELSE false END", "person"),
        ("CASE WHEN person = 17 THEN true ELSE false END", "person"),
        ("coalesce(person, 0) = 17", "person"),
        ("nullif(person, 17) IS NULL", "person"),
        ("person", "person"),
        ("NOT person", "person"),
        ("CAST(person AS BOOLEAN)", "person"),
        ("abs(person) = 17", "person"),
        ("person + 0 = 17", "person"),
        ("CAST(person AS VARCHAR) = '17'", "person"),
        ("greatest(person, 0) = 17", "person"),
        ("person IS NOT DISTINCT FROM 17", "person"),
        ("person = hospital_id", "person"),
        ("person IN (SELECT x FROM (VALUES (17)) v(x))", "person"),
        ("person IN (SELECT beds FROM hospital)", "person"),
        ("person = (SELECT max(x) FROM (VALUES (17)) v(x))", "person"),
        ("EXISTS (SELECT 1 FROM (VALUES (17)) v(x) WHERE v.x = person)", "person"),
    ],
)
def test_the_key_is_compared_with_no_constant(condition: str, place: str) -> None:
    """Singling out: the row of one known key, or slices of the key. Source: our rule that the key is never compared
    with a constant and never inside a function."""
    for text in (
        f"SELECT count(*) FROM patient WHERE {condition}",
        f"SELECT count(*) FILTER (WHERE {condition}) FROM patient",
        f"SELECT sum(CASE WHEN {condition} THEN 1 ELSE 0 END) FROM patient",
        f"SELECT count(*) FROM (SELECT *, {condition} AS flag FROM patient) q WHERE flag",
        f"SELECT count(*) FROM patient JOIN hospital h ON patient.hospital_id = h.hospital_id AND {condition}".replace(
            "person", "patient.person"
        ).replace("= hospital_id", "= h.beds"),
    ):
        found = asked(WORLD, text)
        assert found.code == KEY or (condition == "person" and found.code == "syntax"), text
    refuses(WORLD, f"SELECT count(*) FROM patient WHERE {condition}", KEY, place)


@pytest.mark.parametrize(
    "condition", ["coalesce(person, person) < 30", "coalesce(person, coalesce(person, person)) = 17"]
)
def test_a_coalesce_of_keys_is_the_key_still(condition: str) -> None:
    """Look-alike: COALESCE(key, key) is the key by another name. Source: our rule that units are counted by provenance
    of the key, never by a computed look-alike."""
    assert asked(WORLD, f"SELECT count(*) FROM patient WHERE {condition}").code == KEY
    assert asked(WORLD, f"SELECT count(*) FILTER (WHERE {condition}) FROM patient").code == KEY
    own = "SELECT person, max(coalesce(person, person)) AS k FROM patient GROUP BY person"
    assert asked(WORLD, f"SELECT count(*) FROM ({own}) q WHERE k < 30").code == KEY


@pytest.mark.parametrize(
    "condition",
    [
        "17 IN (SELECT v.person FROM visit v WHERE v.person = p.person)",
        "p.hospital_id IN (SELECT v.person FROM visit v WHERE v.person = p.person)",
        "17 NOT IN (SELECT p.person FROM hospital)",
        "(SELECT p.person) = 17",
        "(SELECT max(p.person) FROM hospital) = 17",
        "17 IN (SELECT p.person + 0 FROM hospital)",
        "0 IN (SELECT v.nights % 2 FROM visit v WHERE v.person = p.person)",
        "12 IN (SELECT v.nights * 10 + v.visit_number FROM visit v WHERE v.person = p.person)",
    ],
)
def test_the_list_that_in_looks_into_is_judged_too(condition: str) -> None:
    """Singling out from behind: the key, or a code in digits, as what a subquery gives. Source: as above."""
    found = asked(WORLD, f"SELECT count(*) FROM patient p WHERE {condition}")
    assert found.status == "refused", found.line
    assert found.code in (KEY, "mixes-people", "encodes-people"), found.line


@pytest.mark.parametrize(
    ("sql", "code", "place"),
    [
        ("SELECT person FROM patient", "individual-rows", "person"),
        ("SELECT * FROM patient", "individual-rows", "*"),
        ("SELECT person, count(*) FROM patient GROUP BY person", "individual-rows", "person"),
        ("SELECT DISTINCT person FROM patient", "individual-rows", "person"),
        ("SELECT weight, change FROM patient", "individual-rows", "weight"),
        (
            "SELECT p.weight FROM patient p WHERE p.sex = 'F' ORDER BY p.weight DESC",
            "individual-rows",
            "p.weight",
        ),
        (
            "SELECT x FROM (SELECT person AS x, sum(nights) FROM visit GROUP BY person) q",
            "individual-rows",
            "x",
        ),
        ("SELECT sum(person) FROM patient", KEY, "person"),
        ("SELECT avg(person) FROM patient", KEY, "person"),
        ("SELECT max(person) FROM patient", KEY, "person"),
        ("SELECT min(person), sex FROM patient GROUP BY sex", KEY, "person"),
        ("SELECT count(person + 0) FROM patient", KEY, "person"),
        ("SELECT count(DISTINCT person + 0) FROM patient", KEY, "person"),
        ("SELECT person // 10 AS k, count(*) FROM patient GROUP BY 1", KEY, "person"),
        (
            "SELECT count(*) FROM (SELECT person, max(person) m FROM visit GROUP BY 1) q WHERE m < 30",
            KEY,
            "person",
        ),
        ("SELECT count(*) FROM (SELECT person, list(person) m FROM visit GROUP BY 1) q", KEY, "person"),
    ],
)
def test_rows_and_keys_are_not_shown(sql: str, code: str, place: str) -> None:
    """Whole rows and keys as results, also computed and inside a summary. Source: our rule that the key is never shown
    and a result of unit rows is refused."""
    refuses(WORLD, sql, code, place)


def test_groups_by_the_key_are_cells_of_one() -> None:
    """Rollup of the key: grouping sets make it a dimension. Source: threshold rule."""
    for text in (
        "SELECT person, count(*) FROM patient GROUP BY ROLLUP (person)",
        "SELECT person, count(*) FROM patient GROUP BY GROUPING SETS ((person), ())",
        "SELECT count(*) FROM patient GROUP BY CUBE (person, sex)",
    ):
        assert all(row[-1] == 40 for row in asked(WORLD, text).rows), text


@pytest.mark.parametrize(
    "form",
    ["p", "count(p)", "p::VARCHAR", "to_json(p)", "hash(p)", "p['weight']", "row(p.weight)", "struct_pack(a := weight)",
     "COLUMNS('w.*')", "weight.abs()", "(p).weight", "[weight]", "{'w': weight}", "unnest([weight])"],
)  # fmt: skip
def test_a_whole_row_is_no_value(form: str) -> None:
    """Whole-row references, methods and structs see columns that are not named. Source: DuckDB's name resolution; our
    rule that table aliases are never values."""
    found = asked(WORLD, f"SELECT {form} FROM patient AS p")
    assert found.status == "refused", found.line
    found = asked(WORLD, f"SELECT count(*) FROM patient AS p WHERE ({form}) IS NOT NULL")
    assert found.status == "refused", found.line


def test_a_key_that_may_be_missing_groups_nobody() -> None:
    """The null key: grouped by the key of the side that an outer join may leave empty, all who lack a row are one row,
    and its max is one person's value. Source: our rule that every row belongs to exactly one unit."""
    where = world(
        [patient(person, weight=60 + person) for person in range(1, 51)], outcomes=people(40, make=outcome)
    )
    join = "patient p LEFT JOIN outcome o ON p.person = o.person"
    own = f"SELECT o.person AS k, max(p.weight) AS m FROM {join} GROUP BY o.person"
    sql = f"SELECT sum(m) - sum(m) FILTER (WHERE k IS NOT NULL) AS largest FROM ({own}) q"
    refuses(where, sql, "mixes-people", own)
    right = own.replace("patient p LEFT JOIN outcome o", "outcome o RIGHT JOIN patient p")
    refuses(where, f"SELECT sum(m) FROM ({right}) q", "mixes-people", right)
    distinct = "SELECT DISTINCT o.person, p.weight FROM patient p LEFT JOIN outcome o ON p.person = o.person"
    refuses(where, f"SELECT count(*) FROM ({distinct}) q", "mixes-people", distinct)


def test_links_by_the_key_still_work() -> None:
    """Protection is not mere refusal: keys equated in every ordinary way link people's tables."""
    for text in (
        "SELECT count(*) FROM patient p JOIN visit v ON p.person = v.person",
        "SELECT count(*) FROM patient JOIN visit USING (person)",
        "SELECT count(*) FROM patient p, visit v WHERE p.person = v.person",
        "SELECT count(*) FROM patient WHERE person IN (SELECT person FROM visit)",
        "SELECT count(*) FROM patient p WHERE EXISTS (SELECT 1 FROM visit v WHERE v.person = p.person)",
        "SELECT count(*) FROM patient SEMI JOIN visit USING (person)",
    ):
        assert asked(WORLD, text).rows == ((40,),), text
    hides(
        WORLD,
        "SELECT count(*) FROM patient WHERE person IN (SELECT person FROM visit WHERE ward = 'x')",
        [(0,)],
    )
