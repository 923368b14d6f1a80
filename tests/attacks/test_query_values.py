"""Attacks on what picks or counts the values of codes: one person's code as the least, the list, the true of a few."""

import json
from decimal import Decimal

import pytest

from tests.attacks.support_worlds import (
    NarrowProject,
    asked,
    hides,
    patient,
    people,
    problems,
    refuses,
    shows,
    visit,
    world,
)
from tests.oracle.values import Value
from tests.oracle.world import World


def one() -> World:
    """Of 91 one has the least diagnosis, the greatest band, and smokes. One other group is hidden with that one."""
    return world(
        [
            *people(40),
            *(patient(person, diagnosis="HEART", band=2, sex="M") for person in range(41, 71)),
            *(patient(person, diagnosis="LUNG", band=3, sex="M") for person in range(71, 91)),
            patient(91, diagnosis="AAA", band=9, smoker=True, sex="Z"),
        ]
    )


TWO_WARDS = world(
    visits=[
        *(visit(person, ward="DAY", urgent=person <= 15) for person in range(1, 31)),
        *(visit(person, ward="NIGHT", urgent=person == 31) for person in range(31, 61)),
    ]
)
"""Two wards of thirty: fifteen urgent visits in one, a single one in the other."""


@pytest.mark.parametrize(
    ("call", "secret", "safe"),
    [
        ("min(diagnosis)", "AAA", ("ASTHMA",)),
        ("max(band)", 9, (2, 3)),
        (
            "string_agg(DISTINCT diagnosis, ', ' ORDER BY diagnosis)",
            "AAA, ASTHMA, HEART, LUNG",
            ("ASTHMA, HEART", "ASTHMA, HEART, LUNG"),
        ),
        ("count(DISTINCT diagnosis)", 4, (2, 3)),
        ("approx_count_distinct(diagnosis)", 4, (2, 3)),
        ("max(sex)", "Z", ("F", "M", None)),
        ("bool_or(smoker)", True, (None,)),
        ("bool_or(diagnosis = 'AAA')", True, (None,)),
        ("bool_and(diagnosis <> 'AAA')", False, (None,)),
        ("bool_or(band > 8)", True, (None,)),
    ],
)
def test_a_code_that_one_person_has_is_not_shown(call: str, secret: Value, safe: tuple[Value, ...]) -> None:
    """The least of a code is the least that enough people have; true that one makes true is hidden. Source: our table
    of what may be asked: values come from the shown rows of the leaf grouped by them too."""
    where = one()
    hides(where, f"SELECT {call} AS x FROM patient", [(secret,)])
    assert asked(where, f"SELECT {call} AS x FROM patient").rows[0][0] in safe


def test_a_list_of_codes_has_no_code_of_one_person() -> None:
    """list(DISTINCT …) is GROUP BY in one cell. Source: as above."""
    for call in ("list(DISTINCT diagnosis)", "array_agg(DISTINCT diagnosis ORDER BY diagnosis)"):
        found = json.loads(asked(one(), f"SELECT {call} AS x FROM patient").line)
        assert found["rows"][0][0] in (["ASTHMA", "HEART"], ["ASTHMA", "HEART", "LUNG"])
        assert found["incomplete"] == ["x"]


def test_a_group_tells_true_where_enough_people_make_it_true() -> None:
    """bool_or is true when the true side is shown; in the other ward one visit alone is urgent."""
    found = asked(TWO_WARDS, "SELECT ward, bool_or(urgent) AS x FROM visit GROUP BY ward")
    assert found.rows == (("DAY", True), ("NIGHT", None))
    found = asked(TWO_WARDS, "SELECT ward, bool_and(urgent) AS x FROM visit GROUP BY ward")
    assert found.rows[0] == ("DAY", False)


def test_a_filter_of_a_value_aggregate_is_a_filter() -> None:
    """One person's ward, by a FILTER that only that person meets."""
    sql = "SELECT min(ward) FILTER (WHERE urgent AND nights > 0) AS x FROM visit WHERE ward = 'NIGHT'"
    hides(TWO_WARDS, sql, [("NIGHT",)])


def test_the_commonest_code_is_one_that_enough_people_have() -> None:
    """In a small remainder the mode is one person's. Source: as above."""
    rows = [patient(person, diagnosis=f"D{person:02}") for person in range(1, 20)]
    rows += [patient(person, diagnosis="D01") for person in range(20, 24)]
    hides(world(rows), "SELECT mode(diagnosis) FROM patient", [("D01",)])
    shows(world(people(40, 15, diagnosis="HEART")), "SELECT mode(diagnosis) FROM patient")


def test_different_values_of_a_measure_are_counted_by_what_is_shown() -> None:
    """Forty weights, thirty of them of one person each. Source: as above."""
    rows = [patient(person, weight=Decimal(50 + max(0, person - 10))) for person in range(1, 41)]
    hides(world(rows), "SELECT count(DISTINCT weight) FROM patient", [(31,)])


def test_the_value_of_a_group_column_is_its_group() -> None:
    """No second leaf, and nothing left out: the group is shown or is not there."""
    found = json.loads(
        asked(one(), "SELECT sex, min(sex) AS x, count(*) AS n FROM patient GROUP BY sex").line
    )
    assert ["F", "F", 40] in found["rows"]
    assert found["incomplete"] == []


def test_two_values_of_one_cell_are_no_difference() -> None:
    """Minimum beside count(DISTINCT …) beside the groups themselves: none counts the person who is left out."""
    where = one()
    found = asked(where, "SELECT count(DISTINCT diagnosis) AS d, min(diagnosis) AS x FROM patient").rows
    groups = asked(where, "SELECT diagnosis, count(*) AS n FROM patient GROUP BY diagnosis").rows
    assert found in (((2, "ASTHMA"),), ((3, "ASTHMA"),))
    assert not {"AAA", None} & {name for name, _ in groups}


@pytest.mark.parametrize("call", ["min(ward)", "count(DISTINCT ward)", "string_agg(DISTINCT ward, ',')"])
def test_showing_the_values_of_a_code_is_grouping_by_it(call: str) -> None:
    """A project that may only filter by a field cannot list its values. Source: permissions are per use."""
    with NarrowProject(TWO_WARDS, uses={("visit", "ward"): ("aggregate", "filter")}) as narrow:
        found = problems(narrow.desk, f"SELECT {call} FROM visit")
        assert [problem.code for problem in found] == ["field-use"]


@pytest.mark.parametrize(
    "call", ["list(ward)", "string_agg(ward, ',')", "list(DISTINCT ward ORDER BY nights)"]
)
def test_lists_with_every_row_are_refused(call: str) -> None:
    """Without DISTINCT a list tells how many have each code, and in which order."""
    found = asked(TWO_WARDS, f"SELECT {call} FROM visit")
    assert found.status == "refused"


def test_the_key_is_no_value() -> None:
    """min of the key, a list of keys: never."""
    for call in ("min(person)", "list(DISTINCT person)", "approx_count_distinct(person)"):
        refuses(one(), f"SELECT {call} FROM patient", "value-of-one-person", "person")
