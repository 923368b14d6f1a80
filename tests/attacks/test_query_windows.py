"""Attacks by windows: what stands in one person's row must come from that person, or be a protected statistic."""

from decimal import Decimal

import pytest

from tests.attacks.support_worlds import asked, hides, patient, people, refuses, shows, visit, world
from tests.support.ask import Enclave

ORDINARY = world(
    [patient(person, weight=Decimal(50 + person)) for person in range(1, 41)],
    visits=[
        visit(person, number, nights=number, year=2020 + number)
        for person in range(1, 41)
        for number in (1, 2)
    ],
)
FEW_SMOKE = world(
    people(40, 4, smoker=True),
    visits=[visit(person, number, urgent=person > 40) for person in range(1, 45) for number in (1, 2)],
)


@pytest.mark.parametrize(
    "window",
    [
        "lag(weight) OVER (ORDER BY weight)",
        "lag(weight) OVER (PARTITION BY hospital_id ORDER BY weight)",
        "first_value(weight) OVER (PARTITION BY sex ORDER BY weight DESC)",
        "row_number() OVER (PARTITION BY hospital_id ORDER BY weight)",
        "rank() OVER (ORDER BY weight)",
        "sum(weight) OVER (ORDER BY weight)",
        "avg(weight) OVER (PARTITION BY hospital_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)",
    ],
)
def test_no_value_of_one_person_is_carried_to_the_row_of_another(window: str) -> None:
    """Order and frames: the heaviest person's value, or place, beside everybody's. Source: our table of relations."""
    assert asked(ORDINARY, f"SELECT avg(x) FROM (SELECT {window} AS x FROM patient) q").code == "mixes-people"


@pytest.mark.parametrize(
    "partition",
    ["p.person + 0", "coalesce(p.person, 0)", "p.person = 1", "v.visit_number", "p.person IS NULL"],
)
def test_a_partition_that_only_looks_like_the_key_is_none(partition: str) -> None:
    """A computed look-alike of the key. Source: our rule that units are counted by provenance of the key."""
    source = "patient p JOIN visit v ON p.person = v.person"
    window = f"lag(p.weight) OVER (PARTITION BY {partition} ORDER BY v.year)"
    sql = f"SELECT avg(x) FROM (SELECT {window} AS x FROM {source}) q"
    assert asked(ORDINARY, sql).status == "refused"


def test_people_whom_an_outer_join_leaves_without_a_key_are_no_partition() -> None:
    """All who have no visit share the key null, so lag would go from one to the next. Source: our rule on null keys."""
    where = world(
        [patient(person, weight=Decimal(50 + person)) for person in range(1, 41)],
        visits=people(20, make=visit),
    )
    source = "patient p LEFT JOIN visit v ON p.person = v.person"
    window = "lag(p.weight) OVER (PARTITION BY v.person ORDER BY p.weight)"
    refuses(where, f"SELECT avg(x) FROM (SELECT {window} AS x FROM {source}) q", "mixes-people", window)
    kept = "max(p.weight) OVER (PARTITION BY p.person)"
    shows(where, f"SELECT round(avg(x), 1) FROM (SELECT {kept} AS x FROM {source}) q")


@pytest.mark.parametrize(
    ("window", "secret"),
    [
        ("max(CASE WHEN p.smoker THEN 1 ELSE 0 END) OVER (PARTITION BY p.person)", 4),
        ("max(CASE WHEN p.smoker THEN 1 ELSE 0 END) OVER (PARTITION BY p.person ORDER BY p.year)", 4),
        ("first_value(CASE WHEN p.smoker THEN 1 ELSE 0 END) OVER (PARTITION BY p.person ORDER BY p.year)", 4),
        ("count(*) FILTER (WHERE p.smoker) OVER (PARTITION BY p.person)", 4),
    ],
)
def test_a_condition_inside_a_history_is_a_path_of_every_number_above(window: str, secret: int) -> None:
    """The CASE that nobody sees, inside a window. Source: our rule on conditions inside a person's own summary."""
    hides(FEW_SMOKE, f"SELECT sum(x) FROM (SELECT {window} AS x FROM patient p) q", [(secret,)])


def test_who_was_ever_in_a_small_group_is_judged_like_the_group() -> None:
    """A history as a filter and as a group: four smokers, and forty who never were."""
    ever = "SELECT bool_or(smoker) OVER (PARTITION BY person) AS ever, weight FROM patient"
    hides(FEW_SMOKE, f"SELECT count(*) FROM ({ever}) q WHERE ever", [(4,)])
    hides(FEW_SMOKE, f"SELECT count(*) FILTER (WHERE NOT ever) FROM ({ever}) q", [(40,)])
    assert asked(FEW_SMOKE, f"SELECT ever, count(*) FROM ({ever}) q GROUP BY ever").rows == ((False, 40),)


def test_a_total_and_those_who_never_were_are_not_both_shown() -> None:
    """The rest by subtraction: all, then those whose history has no such row. Source: our ledger's rule."""
    never = "SELECT bool_or(smoker) OVER (PARTITION BY person) AS ever FROM patient"
    once = "SELECT smoker FROM patient QUALIFY row_number() OVER (PARTITION BY person ORDER BY year) = 1"
    for rest in (f"({never}) q WHERE NOT ever", f"({once}) q WHERE NOT smoker"):
        with Enclave(FEW_SMOKE, min_units=10) as enclave:
            assert enclave.ask("SELECT count(*) FROM patient").rows == ((44,),)
            assert enclave.ask(f"SELECT count(*) FROM {rest}").rows == ((None,),)


def test_a_window_across_people_is_protected_like_a_table_of_its_own() -> None:
    """A mean of four people beside everybody's row, spelt out by a filter. Source: leaves below a join back to people
    run first, protected, and count as shown."""
    where = world(
        [*people(40), *(patient(person, diagnosis="RARE", weight=Decimal(91)) for person in range(41, 45))]
    )
    beside = "SELECT weight, avg(weight) OVER (PARTITION BY diagnosis) AS m, diagnosis FROM patient"
    hides(where, f"SELECT count(*) FROM ({beside}) q WHERE m > 90", [(4,)])
    hides(where, f"SELECT sum(m) FROM ({beside}) q WHERE diagnosis = 'RARE'", [(364.0,)])
    size = "SELECT count(*) OVER (PARTITION BY diagnosis) AS n FROM patient"
    hides(where, f"SELECT n, count(*) FROM ({size}) q GROUP BY n", [(4, 4), (40, 40)])


def test_extremes_across_people_are_refused_in_windows_too() -> None:
    """max() OVER: the greatest value is one person's. Source: our table of companions."""
    window = "max(weight) OVER (PARTITION BY hospital_id)"
    found = asked(ORDINARY, f"SELECT avg(x) FROM (SELECT {window} AS x FROM patient) q")
    assert found.code == "value-of-one-person"


def test_the_number_of_a_row_spells_nothing() -> None:
    """Places of rows as exponents, one digit for each visit. Source: encodes-people."""
    nth = "SELECT row_number() OVER (PARTITION BY person ORDER BY year) AS nth FROM visit"
    assert asked(FEW_SMOKE, f"SELECT sum(pow(1000, nth)) FROM ({nth}) q").status == "refused"
    assert asked(FEW_SMOKE, f"SELECT sum(nth % 2) FROM ({nth}) q").status == "refused"


def test_a_filter_above_a_window_does_not_move_below_it() -> None:
    """The window sees the rows of its own query: pushed below, the filter would change what lag and count find."""
    last = "SELECT year, lag(nights) OVER (PARTITION BY person ORDER BY year) AS before FROM visit"
    shows(ORDINARY, f"SELECT count(*), sum(before) FROM ({last}) q WHERE year = 2022")
    size = "SELECT sex, count(*) OVER (PARTITION BY hospital_id) AS n FROM patient"
    shows(ORDINARY, f"SELECT count(*) FROM ({size}) q WHERE sex = 'F' AND n > 20")


def test_branches_below_a_window_are_refused_where_the_ledger_would_not_see_them() -> None:
    """OR picks out one known person, below a window where branches are not judged. Source: branches are numbers."""
    either = "(sex = 'F' OR band = 2 AND diagnosis = 'RARE')"
    nth = "row_number() OVER (PARTITION BY person ORDER BY year)"
    below = f"SELECT count(*) FROM (SELECT {nth} AS nth FROM patient WHERE {either}) q WHERE nth = 1"
    assert asked(ORDINARY, below).code == "encodes-people"
    assert (
        asked(ORDINARY, below.replace("(sex", "NOT (sex").replace(" OR ", " AND ")).code == "encodes-people"
    )
    above = f"SELECT count(*) FROM (SELECT *, {nth} AS nth FROM patient) q WHERE nth = 1 AND {either}"
    assert asked(ORDINARY, above).status == "released"


def test_useful_windows_are_answered() -> None:
    first = "SELECT * FROM visit QUALIFY row_number() OVER (PARTITION BY person ORDER BY year DESC) = 1"
    shows(ORDINARY, f"SELECT count(*), avg(nights) FROM ({first}) q")
    shows(ORDINARY, "SELECT round(avg(x), 6) FROM (SELECT weight - avg(weight) OVER () AS x FROM patient) q")
    halves = "SELECT ntile(2) OVER (ORDER BY weight) AS half FROM patient"
    shows(ORDINARY, f"SELECT half, count(*) FROM ({halves}) q GROUP BY half")


def test_tiles_are_cut_at_protected_quantiles_only() -> None:
    """Twelve people in four tiles of three: a cut point would be one person's value, so there is none to cut at."""
    where = world([patient(person, weight=Decimal(50 + person)) for person in range(1, 13)])
    tiles = "SELECT ntile(4) OVER (ORDER BY weight) AS tile FROM patient"
    hides(where, f"SELECT tile, count(*) FROM ({tiles}) q GROUP BY tile", [(1, 3), (2, 3), (3, 3), (4, 3)])
    assert (
        asked(
            where, "SELECT count(*) FROM (SELECT ntile(40) OVER (ORDER BY weight) AS t FROM patient) q"
        ).status
        == "refused"
    )


@pytest.mark.parametrize(
    "window",
    [
        "first_value(person) OVER (PARTITION BY person ORDER BY year)",
        "lag(person) OVER (PARTITION BY person ORDER BY year)",
        "nth_value(person, 1) OVER (PARTITION BY person ORDER BY year)",
        "sum(person) OVER (PARTITION BY person ORDER BY year)",
        "max(person) OVER (PARTITION BY person)",
        "arg_max(person, nights) OVER (PARTITION BY person)",
        "max(person) FILTER (WHERE nights > 0) OVER (PARTITION BY person)",
        "list(person) OVER (PARTITION BY person)",
    ],
)
def test_a_window_does_not_make_a_value_of_the_key(window: str) -> None:
    """A person's own key, taken from the person's own rows, is a number to compare with: it would choose people one
    by one. Source: the key is never compared with a constant."""
    own = f"SELECT {window} AS f FROM visit"
    assert asked(ORDINARY, f"SELECT count(*) FROM ({own}) q WHERE f < 25").code == "value-of-one-person"
    kept = f"SELECT count(*) FROM (SELECT * FROM visit QUALIFY {window} < 25) q"
    assert asked(ORDINARY, kept).code == "value-of-one-person"


@pytest.mark.parametrize("made", ["list(urgent ORDER BY year)", "array_agg(ward ORDER BY year)"])
def test_people_are_not_grouped_by_a_list(made: str) -> None:
    """A list as a group is a type that nobody judges. Source: a key holds what it shows, and no more."""
    for source in (
        f"SELECT {made} OVER (PARTITION BY person) AS f FROM visit",
        f"SELECT person, {made} AS f FROM visit GROUP BY person",
    ):
        sql = f"SELECT f, count(*) FROM ({source}) q GROUP BY f"
        assert asked(ORDINARY, sql).code == "function-not-allowed"
