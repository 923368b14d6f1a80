"""Attacks by PIVOT and UNPIVOT: each is a FILTER or a branch in other words, and may tell no more than that one."""

import pytest

from tests.attacks.support_worlds import (
    MIN_UNITS,
    NarrowProject,
    asked,
    hides,
    patient,
    people,
    problems,
    refuses,
    world,
)
from tests.support.ask import Enclave

FEW = world((*people(40, 4, diagnosis="RARE"), *(patient(person, sex="M") for person in range(50, 70))))
PAIRS = {
    "PIVOT patient ON diagnosis IN ('ASTHMA', 'RARE', 'NOBODY') USING count(*) GROUP BY sex": (
        "SELECT sex, count(*) FILTER (WHERE diagnosis = 'ASTHMA'), count(*) FILTER (WHERE diagnosis = 'RARE'), "
        "count(*) FILTER (WHERE diagnosis = 'NOBODY') FROM patient GROUP BY sex"
    ),
    "PIVOT patient ON diagnosis IN ('ASTHMA') USING count(*) AS n, avg(weight) AS w GROUP BY sex": (
        "SELECT sex, count(*) FILTER (WHERE diagnosis = 'ASTHMA'), avg(weight) FILTER (WHERE diagnosis = 'ASTHMA') "
        "FROM patient GROUP BY sex"
    ),
    "PIVOT patient ON entry_status IN (NULL) USING count(*) GROUP BY sex": (
        "SELECT sex, count(*) FILTER (WHERE entry_status IS NULL) FROM patient GROUP BY sex"
    ),
    "PIVOT patient ON insured IN (true, false), stage IN (1) USING sum(change) GROUP BY sex": (
        "SELECT sex, sum(change) FILTER (WHERE insured AND stage = 1), sum(change) FILTER (WHERE NOT insured AND "
        "stage = 1) FROM patient GROUP BY sex"
    ),
    "PIVOT (SELECT diagnosis, smoker FROM patient) ON diagnosis IN ('RARE') USING count(*)": (
        "SELECT smoker, count(*) FILTER (WHERE diagnosis = 'RARE') FROM patient GROUP BY smoker"
    ),
    "SELECT * FROM (SELECT sex, diagnosis, count(*) AS n FROM patient GROUP BY ALL) PIVOT (sum(n) FOR diagnosis IN "
    "('RARE', 'ASTHMA'))": (
        "SELECT sex, sum(n) FILTER (WHERE diagnosis = 'RARE'), sum(n) FILTER (WHERE diagnosis = 'ASTHMA') FROM "
        "(SELECT sex, diagnosis, count(*) AS n FROM patient GROUP BY ALL) GROUP BY sex"
    ),
}


@pytest.mark.parametrize("sql", PAIRS)
def test_a_pivot_tells_what_filters_tell(sql: str) -> None:
    """A value that few have, that nobody has, no value, two columns. Source: a PIVOT is FILTER in other words."""
    found, same = asked(FEW, sql), asked(FEW, PAIRS[sql])
    assert found.status == same.status
    assert sorted(found.rows, key=str) == sorted(same.rows, key=str)


def test_a_column_of_few_people_is_hidden() -> None:
    hides(FEW, "SELECT RARE FROM (PIVOT patient ON diagnosis IN ('RARE') USING count(*) GROUP BY sex) WHERE RARE > 0",
          [(4,)])  # fmt: skip
    hides(FEW, "SELECT RARE FROM (PIVOT (SELECT diagnosis FROM patient) ON diagnosis IN ('RARE') USING count(*))",
          [(4,)])  # fmt: skip


@pytest.mark.parametrize("pivot_first", [True, False])
def test_a_pivoted_number_is_held_against_what_was_shown(pivot_first: bool) -> None:
    """All women, and the women with asthma: four are between. Source: differencing."""
    whole = "SELECT count(*) FROM patient WHERE sex = 'F'"
    part = "SELECT ASTHMA FROM (PIVOT patient ON diagnosis IN ('ASTHMA') USING count(*) GROUP BY sex) WHERE sex = 'F'"
    enclave = Enclave(FEW, min_units=MIN_UNITS)
    first, second = (part, whole) if pivot_first else (whole, part)
    shown = [row[0] for sql in (first, second) for row in enclave.ask(sql).rows]
    assert {40, 44} != set(shown)


@pytest.mark.parametrize(
    ("sql", "code", "place"),
    [
        ("PIVOT patient ON person IN (1) USING count(*) GROUP BY sex", "value-of-one-person", "person"),
        ("PIVOT patient ON weight IN ('70.0') USING count(*) GROUP BY sex", "encodes-people", "weight"),
        (
            "PIVOT patient ON (SELECT 1) IN (1) USING count(*)",
            "syntax",
            "ON (SELECT 1) IN (1) USING count(*)",
        ),
    ],
)
def test_the_key_and_measures_are_no_pivot_columns(sql: str, code: str, place: str) -> None:
    """One column for one person. Source: the key is never a value; a measure made text spells its digits."""
    with NarrowProject(FEW) as project:
        found = problems(project.desk, sql)
    assert [problem.code for problem in found] == [code]
    if code != "syntax":
        assert [span.text for span in found[0].spans] == [place]


@pytest.mark.parametrize(
    "call",
    [
        "max(weight)",
        "min(risk)",
        "first(weight)",
        "any_value(weight)",
        "list(weight)",
        "arg_max(weight, risk)",
    ],
)
def test_a_value_of_one_person_is_not_pivoted(call: str) -> None:
    with NarrowProject(FEW) as project:
        for value in ("'RARE'", "'ASTHMA'"):
            found = problems(
                project.desk, f"PIVOT patient ON diagnosis IN ({value}) USING {call} GROUP BY sex"
            )
            assert found
            assert found[0].code in ("value-of-one-person", "function-not-allowed")


@pytest.mark.parametrize(
    ("values", "code", "place"),
    [
        ("(SELECT diagnosis FROM patient)", "function-not-allowed", ""),
        ("(lower('RARE'))", "function-not-allowed", "lower('RARE')"),
        ("('R' || 'ARE')", "function-not-allowed", "'R' || 'ARE'"),
        ("(1e3)", "function-not-allowed", "1e3"),
        ("('RARE', 'RARE')", "syntax", "'RARE'"),
        ("(sex)", "function-not-allowed", "sex"),
        ("('A', (SELECT 'B'))", "function-not-allowed", ""),
    ],
)
def test_a_list_holds_written_values_only(values: str, code: str, place: str) -> None:
    sql = f"SELECT * FROM patient PIVOT (count(*) FOR diagnosis IN {values} GROUP BY sex)"
    with NarrowProject(FEW) as project:
        found = problems(project.desk, sql)
    assert found
    assert found[0].code in (code, "syntax")
    if place:
        assert found[0].spans[0].text == place
    assert all(sql[span.start : span.end] == span.text for problem in found for span in problem.spans)


def test_a_pivot_without_a_list_reads_no_values_from_people() -> None:
    """Its columns would be the diagnoses that somebody has. Source: a name of a column is a value."""
    refuses(FEW, "PIVOT patient ON diagnosis USING count(*) GROUP BY sex", "syntax", "diagnosis")
    with NarrowProject(FEW) as project:
        (found,) = problems(project.desk, "PIVOT patient ON smoker USING count(*) GROUP BY sex")
    assert found.fixes[0].edits[0].text == " IN (true, false)"


def test_columns_that_are_not_used_are_groups_and_so_is_the_key() -> None:
    with NarrowProject(FEW) as project:
        found = problems(project.desk, "PIVOT patient ON diagnosis IN ('RARE') USING count(*)")
    assert "individual-rows" in [problem.code for problem in found]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT RARE FROM (PIVOT patient ON diagnosis IN ('RARE') USING count(*) GROUP BY sex)",
        "SELECT count(x) FROM (SELECT diagnosis AS v, sex FROM patient) UNPIVOT (x FOR n IN (v, sex))",
    ],
)
def test_a_pivot_column_is_a_use_of_its_field(sql: str) -> None:
    with NarrowProject(FEW, without={"patient": ["diagnosis"]}) as project:
        assert "field-not-granted" in [problem.code for problem in problems(project.desk, sql)]
    with NarrowProject(FEW, uses={("patient", "diagnosis"): ["link"]}) as project:
        assert problems(project.desk, sql)


@pytest.mark.parametrize(
    "call", ["count(*) FILTER (WHERE smoker)", "sum(count(*)) OVER ()", "count(patient.sex)", "1"]
)
def test_what_duckdb_reads_otherwise_is_refused(call: str) -> None:
    """DuckDB leaves an inner FILTER out of a PIVOT. Source: two readers must read alike."""
    with NarrowProject(FEW) as project:
        sql = f"SELECT * FROM patient PIVOT ({call} FOR diagnosis IN ('ASTHMA') GROUP BY sex)"
        assert problems(project.desk, sql)


def test_unpivoted_numbers_are_protected_before() -> None:
    """A hidden number is absent, or NULL where NULLs are included. Source: UNPIVOT is above the leaf."""
    rare, men = "count(*) FILTER (WHERE diagnosis = 'RARE')", "count(*) FILTER (WHERE sex = 'M')"
    inner = f"SELECT {rare} AS rare, {men} AS men FROM patient"
    for nulls in ("", "INCLUDE NULLS "):
        sql = f"SELECT v FROM ({inner}) UNPIVOT {nulls}(v FOR n IN (rare, men)) WHERE n = 'rare'"
        hides(FEW, sql, [(4,)])
    shown = asked(FEW, f"UNPIVOT ({inner}) ON rare, men INTO NAME n VALUE v")
    assert shown.rows == (("men", 20),)


def test_unpivoted_people_are_a_union_of_people() -> None:
    """A branch that only few have a value in. Source: each UNION ALL branch is a condition path."""
    rows = "SELECT CASE WHEN diagnosis = 'RARE' THEN 1 END AS rare, 1 AS one FROM patient"
    for sql in (
        f"SELECT count(*) FROM ({rows}) UNPIVOT (v FOR n IN (rare, one))",
        f"SELECT count(v) FROM ({rows}) UNPIVOT (v FOR n IN (rare, one)) WHERE n = 'rare'",
    ):
        with NarrowProject(FEW) as project:
            refused = problems(project.desk, sql)
            shown = [] if refused else [row[0] for row in project.answer(sql)]
        assert 68 not in shown
        assert 4 not in shown


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM patient PIVOT (count(*) FOR {} GROUP BY sex)".format(
            " ".join(f"{name} IN ({', '.join(map(str, range(30)))})" for name in ("band", "stage", "change"))
        ),
        "PIVOT patient ON {} USING count(*) GROUP BY sex".format(
            ", ".join(
                f"{name} IN ({', '.join(map(str, range(180)))})"
                for name in ("band", "stage", "change", "risk")
            )
        ),
        "FROM patient PIVOT (count(*) FOR {})".format(
            " ".join(f"c{place} IN (1, 2)" for place in range(150))
        ),
        "SELECT * FROM "
        + "(SELECT * FROM " * 8
        + "patient"
        + " UNPIVOT (v FOR n IN (a, b, c, d, e, f, g, h)))" * 8,
    ],
)
def test_what_a_pivot_grows_to_is_bounded(sql: str) -> None:
    """Lists multiply, and an UNPIVOT of an UNPIVOT repeats what it is made of. Source: binders cannot be stopped."""
    with NarrowProject(FEW) as project:
        assert [problem.code for problem in problems(project.desk, sql)] == ["too-complex"]
