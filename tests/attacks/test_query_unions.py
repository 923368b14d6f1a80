"""Attacks by set operations: a union is an OR that no condition shows, an EXCEPT a denial."""

import pytest

from tests.attacks.support_worlds import (
    NarrowProject,
    asked,
    hides,
    outcome,
    patient,
    people,
    problems,
    refuses,
    shows,
    visit,
    world,
)
from tests.support.ask import Enclave

FEW = world(
    people(40, 4, diagnosis="RARE"),
    visits=[visit(person) for person in range(1, 31)],
    outcomes=people(44, make=outcome),
)
RARE = "SELECT person FROM patient WHERE diagnosis = 'RARE'"


def test_a_union_and_a_window_are_uses_of_what_they_are_made_of() -> None:
    """A field that may only filter, aggregated by way of a union or a window. Source: every field in every use."""
    stacked = "SELECT weight AS x FROM patient UNION ALL SELECT weight FROM patient"
    window = "SELECT avg(weight) OVER (PARTITION BY sex) AS x FROM patient"
    tried = [f"SELECT avg(x) FROM ({stacked}) q", f"SELECT avg(x) FROM ({window}) q"]
    for field in ("weight", "sex"):
        with NarrowProject(FEW, uses={("patient", field): ["link"]}) as project:
            for sql in tried[1:] if field == "sex" else tried:
                assert [problem.code for problem in problems(project.desk, sql)] == ["field-use"], sql
    with NarrowProject(FEW, uses={("patient", "weight"): ["aggregate"]}) as project:
        assert all(problems(project.desk, sql) == () for sql in tried)


@pytest.mark.parametrize("number", ["count(*)", "sum(weight) / 70", "count(weight)"])
def test_a_branch_of_few_people_hides_what_it_is_added_to(number: str) -> None:
    """All, and the rare once more: the difference to all is the rare. Source: each UNION ALL branch is a condition
    path."""
    both = "SELECT weight FROM patient UNION ALL SELECT weight FROM patient WHERE diagnosis = 'RARE'"
    hides(FEW, f"SELECT {number} FROM ({both}) q", [(48,)])
    turned = "SELECT weight FROM patient WHERE diagnosis = 'RARE' UNION ALL SELECT weight FROM patient"
    hides(FEW, f"SELECT {number} FROM ({turned}) q", [(48,)])


@pytest.mark.parametrize(
    "union",
    [
        f"SELECT person FROM visit UNION ALL {RARE}",
        f"SELECT person FROM visit UNION {RARE}",
        f"SELECT person FROM visit UNION ALL (SELECT person FROM visit UNION ALL {RARE})",
    ],
)
def test_people_counted_once_over_a_union_are_counted_branch_by_branch_too(union: str) -> None:
    """A union as OR: those with a visit, or this known person if she has it. Source: branches are numbers."""
    hides(FEW, f"SELECT count(DISTINCT person) FROM ({union}) q", [(34,)])
    distinct = f"SELECT person, count(*) AS n FROM ({union}) q GROUP BY person"
    hides(FEW, f"SELECT count(*) FROM ({distinct}) q", [(34,)])


def test_a_branch_that_names_itself_tells_no_more_than_its_own_cells() -> None:
    rare = "SELECT person, 'rare' FROM patient WHERE diagnosis = 'RARE'"
    named = f"SELECT person, 'all' AS side FROM patient UNION ALL {rare}"
    assert asked(FEW, f"SELECT side, count(*) FROM ({named}) q GROUP BY side").rows == (("all", 44),)
    hides(FEW, f"SELECT count(*) FROM ({named}) q", [(48,)])
    large = "SELECT person, 'seen' AS side FROM visit UNION ALL SELECT person, 'all' FROM patient"
    shows(FEW, f"SELECT side, count(*) FROM ({large}) q GROUP BY side")


@pytest.mark.parametrize(("one", "other"), [("1", "1.0"), ("1e0", "1")])
def test_a_branch_with_the_same_name_in_other_words_is_judged(one: str, other: str) -> None:
    """Names that are unlike as they are written, and equal as they are compared: of both branches the name holds."""
    rare = f"SELECT person, {other} FROM patient WHERE diagnosis = 'RARE'"
    hides(
        FEW, f"SELECT count(*) FROM (SELECT person, {one} AS side FROM patient UNION ALL {rare}) q", [(48,)]
    )


def test_a_condition_inside_a_branch_is_a_path_above() -> None:
    """CASE in one branch, a constant in the other. Source: our rule on conditions."""
    case = "CASE WHEN diagnosis = 'RARE' THEN 1 ELSE 0 END"
    hides(
        FEW, f"SELECT sum(x) FROM (SELECT {case} AS x FROM patient UNION ALL SELECT 0 FROM visit) q", [(4,)]
    )
    hides(
        FEW, f"SELECT sum(x) FROM (SELECT 0 AS x FROM visit UNION ALL SELECT {case} FROM patient) q", [(4,)]
    )


def test_an_or_below_a_union_is_refused_where_the_ledger_would_not_see_its_branches() -> None:
    either = "SELECT person FROM patient WHERE sex = 'F' OR band = 2 AND diagnosis = 'RARE'"
    assert (
        asked(FEW, f"SELECT count(*) FROM ({either} UNION ALL SELECT person FROM visit) q").code
        == "encodes-people"
    )
    inside = f"SELECT person FROM visit UNION ALL {RARE}"
    found = asked(FEW, f"SELECT count(*) FROM patient p WHERE p.person IN ({inside})")
    assert found.code == "encodes-people"


def test_what_except_leaves_out_is_never_the_rest_of_a_shown_total() -> None:
    """All of them, then all but the rare: the difference is the rare. Source: a denial is an answer."""
    kept = f"SELECT person FROM patient EXCEPT {RARE}"
    with Enclave(FEW, min_units=10) as enclave:
        assert enclave.ask("SELECT count(*) FROM patient").rows == ((44,),)
        assert enclave.ask(f"SELECT count(*) FROM ({kept}) q").rows == ((None,),)
    compound = (
        "SELECT person FROM patient EXCEPT SELECT person FROM patient WHERE diagnosis = 'RARE' AND band = 1"
    )
    hides(FEW, f"SELECT count(*) FROM ({compound}) q", [(40,)])


def test_few_whom_intersect_finds_are_hidden() -> None:
    hides(FEW, f"SELECT count(*) FROM (SELECT person FROM outcome INTERSECT {RARE}) q", [(4,)])
    shows(FEW, "SELECT count(*) FROM (SELECT person FROM outcome INTERSECT SELECT person FROM visit) q")


def test_a_union_with_rows_that_are_nobodys_is_refused() -> None:
    """Rows of the reader's own among people's: numbers of known size beside an unknown one. Source: our table of set
    operations."""
    mixed = "SELECT beds AS x FROM hospital UNION ALL SELECT band FROM patient"
    refuses(FEW, f"SELECT count(*) FROM ({mixed}) q", "function-not-allowed", mixed)


def test_the_key_opposite_something_else_is_refused() -> None:
    """The key as a value: those whose number is a number of visits. Source: the key only links."""
    for kind in ("INTERSECT", "EXCEPT", "UNION"):
        crossed = f"SELECT person, band FROM patient {kind} SELECT visit_number, person FROM visit"
        assert asked(FEW, f"SELECT count(*) FROM ({crossed}) q").status == "refused", kind
    stacked = "SELECT person FROM patient UNION ALL SELECT visit_number FROM visit"
    assert asked(FEW, f"SELECT person, count(*) FROM ({stacked}) q GROUP BY person").status == "refused"
    assert asked(FEW, f"SELECT sum(person) FROM ({stacked}) q").status == "refused"


def test_a_union_does_not_do_away_with_the_rule_on_clusters() -> None:
    """Cells of one hospital alone, asked by way of a union. Source: clusters as in any cell."""
    stacked = "SELECT person, hospital_id FROM patient UNION ALL SELECT person, hospital_id FROM outcome"
    where = world(
        [*people(20), *(patient(person, hospital_id=101) for person in range(21, 45))],
        (),
        people(44, make=outcome),
    )
    with Enclave(where, min_units=10, min_clusters=2) as enclave:
        by_hospital = f"SELECT hospital_id, count(DISTINCT person) FROM ({stacked}) q GROUP BY hospital_id"
        assert enclave.ask(by_hospital).rows == ()
        assert enclave.ask(f"SELECT count(DISTINCT person) FROM ({stacked}) q").rows == ((44,),)
