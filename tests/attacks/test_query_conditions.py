"""Attacks by conditions that stand where nobody looks for them: inside arguments, in arithmetic, behind a summary.

The world: forty people weigh 70, three weigh 71; whoever learns the number 3 has learnt of too few people.
"""

from decimal import Decimal

import pytest

from tests.attacks.support_worlds import hides, outcome, patient, people, shows, visit, world

FEW_HEAVY = world(people(40, 3, weight=Decimal(80), change=9))
MANY_HEAVY = world(people(40, 13, weight=Decimal(80), change=9))
BOTH_SIDES = "SELECT sum({}) FROM patient"


@pytest.mark.parametrize(
    ("argument", "found"),
    [
        ("CASE WHEN weight > 70 THEN 1 ELSE 0 END", 3),
        ("CASE WHEN weight <= 70 THEN 0 ELSE 1 END", 3),
        ("CASE WHEN weight <= 70 THEN 0 WHEN weight > 90 THEN 5 ELSE 1 END", 3),
        ("CASE weight WHEN 70 THEN 0 ELSE 1 END", 3),
        ("CASE WHEN weight > 70 THEN 1 END", 3),
        ("IF(weight > 70, 1, 0)", 3),
        ("CAST(weight > 70 AS INTEGER)", 3),
        ("(weight > 70)::INTEGER + 0", 3),
        ("(weight > 70)::INTEGER * (weight > 50)::INTEGER", 3),
        ("1 - (weight <= 70)::INTEGER", 3),
        ("abs((weight > 70)::INTEGER)", 3),
        ("coalesce(CASE WHEN weight > 70 THEN 1 END, 0)", 3),
        ("coalesce(nullif(weight, 70) - weight + 1, 0)", 3),
        ("greatest(change, 8) - 8", 3),
        ("sign(weight - 70)", 3),
        ("ceil((weight - 70) / 100)", 3),
        ("round((weight - 70) / 9, 0)", 3),
        ("CAST((weight - 70) / 10 AS INTEGER)", 3),
        ("CAST(CAST(weight - 70 AS BOOLEAN) AS INTEGER)", 3),
        ("CAST(change // 9 AS INTEGER)", 3),
        ("change // 9", 3),
        ("EXISTS (SELECT 1 FROM patient x WHERE x.person = patient.person AND x.weight > 70)::INTEGER", 3),
        ("(weight IN (80, 90))::INTEGER", 3),
        ("(weight BETWEEN 75 AND 85)::INTEGER", 3),
        ("(NOT (weight < 75))::INTEGER", 3),
    ],
)
def test_a_condition_in_an_argument_has_two_sides(argument: str, found: int) -> None:
    """Paths: each spelling of "heavier than 70" inside a sum. Source: our list of condition paths; packing."""
    hides(FEW_HEAVY, BOTH_SIDES.format(argument), [(found,)])
    shows(MANY_HEAVY, BOTH_SIDES.format(argument))


@pytest.mark.parametrize(
    ("argument", "found"),
    [
        ("CASE WHEN sex = 'M' THEN CASE WHEN insured THEN 0 ELSE 1 END ELSE 0 END", 3),
        ("CASE WHEN sex = 'F' THEN 0 ELSE CASE WHEN insured THEN 0 ELSE 1 END END", 3),
        ("IF(sex = 'M', IF(insured, 0, 1), 0)", 3),
        ("CASE WHEN sex = 'M' THEN CASE WHEN NOT insured THEN weight ELSE 0 END ELSE 0 END", 210),
    ],
)
def test_two_conditions_together_have_sides_too(argument: str, found: int) -> None:
    """Conjunction: fifteen men, fifteen not insured, three of both. Each condition alone is met by many. Source: our
    rule that a CASE partitions rows by its first matching branch, and nested ones again."""
    both = [patient(person, sex="M", insured=False) for person in (1, 2, 3)]
    men = [patient(person, sex="M") for person in range(4, 16)]
    uninsured = [patient(person, insured=False) for person in range(16, 28)]
    others = [patient(person) for person in range(28, 60)]
    where = world([*both, *men, *uninsured, *others])
    hides(where, BOTH_SIDES.format(argument), [(found,)])


@pytest.mark.parametrize(
    ("argument", "found"),
    [
        ("{light} * {heavy} * 1000 + weight", 1830 + 3000),
        ("{light} * ({heavy} * weight)", 114),
        ("{light} * ({heavy} * 1000 + weight)", 780 + 3000),
        ("(weight + 1000 * {light}) * {heavy}", 1164 + 3000),
        ("CASE WHEN weight < 40 THEN weight ELSE 0 END * {heavy}", 114),
        ("least({light}, {heavy}) * 1000 + weight", 1830 + 3000),
    ],
)
def test_conditions_multiplied_have_sides_together(argument: str, found: int) -> None:
    """Conjunction by multiplication, beside a measure of many values, where the two-valued rule sees many values: three
    people weigh 37, 38 or 39. Source: packing."""
    where = world([patient(person, weight=Decimal(person)) for person in range(1, 61)])
    light, heavy = (f"CASE WHEN weight {test} THEN 1 ELSE 0 END" for test in ("< 40", "> 36"))
    hides(where, BOTH_SIDES.format(argument.format(light=light, heavy=heavy)), [(found,)])


def test_a_filter_and_a_case_inside_it_are_judged_within_each_other() -> None:
    """Domain of a path: of the fifteen that a FILTER lets through, three are on one side. Source: our rule that the
    domain of a path is what the FILTER lets through."""
    both = [patient(person, sex="M", insured=False) for person in (1, 2, 3)]
    men = [patient(person, sex="M") for person in range(4, 16)]
    uninsured = [patient(person, insured=False) for person in range(16, 28)]
    where = world([*both, *men, *uninsured])
    inner = "sum(CASE WHEN insured THEN 0 ELSE 1 END) FILTER (WHERE sex = 'M')"
    hides(where, f"SELECT {inner} FROM patient", [(3,)])


def test_a_value_lost_to_a_cast_is_a_condition() -> None:
    """Overflow as a threshold: a cast to a narrow type is null above 127, and the difference of two sums is the three.
    Source: our rule that TRY and TRY_CAST are conditions, applied to those that we put in ourselves."""
    where = world(people(40, 3, weight=Decimal(200)))
    hides(where, "SELECT sum(TRY_CAST(weight AS TINYINT)) FROM patient", [(2800,)])
    hides(where, "SELECT sum(weight) - sum(TRY_CAST(weight AS TINYINT)) FROM patient", [(Decimal(600),)])
    asked_by_overflow = "SELECT sum(TRY(CAST(change AS SMALLINT) * CAST(30000 AS SMALLINT))) FROM patient"
    hides(world(people(40, 3, change=2)), asked_by_overflow, [(1_200_000,)])


def test_a_missing_row_of_an_outer_join_is_a_condition() -> None:
    """IS NULL after an outer join: three have no outcome. Source: our rule that each null test of an outer-joined
    column is a condition path."""
    where = world(people(43), outcomes=people(40, make=outcome))
    join = "FROM patient p LEFT JOIN outcome o ON p.person = o.person"
    hides(where, f"SELECT count(*) FILTER (WHERE o.person IS NULL) {join}", [(3,)])
    hides(where, f"SELECT count(o.person) {join}", [(40,)])
    hides(where, f"SELECT count(DISTINCT o.person) {join}", [(40,)])
    hides(where, f"SELECT count(*) {join} WHERE o.person IS NULL", [(3,)])
    hides(where, f"SELECT count(*) {join} WHERE o.points IS NULL", [(3,)])
    hides(where, f"SELECT sum(CASE WHEN o.person IS NULL THEN 1 ELSE 0 END) {join}", [(3,)])
    hides(where, f"SELECT sum(coalesce(o.points * 0, 1)) {join}", [(Decimal(3),)])
    hides(
        where,
        "SELECT count(*) FILTER (WHERE person NOT IN (SELECT person FROM outcome)) FROM patient",
        [(3,)],
    )
    hides(where, "SELECT count(*) FROM patient ANTI JOIN outcome USING (person)", [(3,)])


@pytest.mark.parametrize(
    ("own", "outer", "found"),
    [
        ("count(*) FILTER (WHERE urgent)", "sum(x)", 6),
        ("sum(CASE WHEN urgent THEN 1 ELSE 0 END)", "sum(x)", 6),
        ("count_if(urgent)", "sum(x)", 6),
        ("bool_or(urgent)", "count_if(x)", 3),
        ("bool_and(urgent)", "count_if(x)", 3),
        ("max(CASE WHEN urgent THEN 1 ELSE 0 END)", "sum(x)", 3),
        ("sum(nights) FILTER (WHERE urgent)", "sum(x)", 6),
        ("any_value(urgent)", "count(CASE WHEN x THEN 1 END)", 3),
    ],
)
def test_a_condition_in_a_persons_own_summary_is_kept_in_mind(own: str, outer: str, found: int) -> None:
    """Summaries: a person's own FILTER or CASE, summed over people. Source: our list of condition paths; per-person
    summaries smuggle conditions past the leaf."""
    ordinary = [visit(person, number) for person in range(1, 41) for number in (1, 2)]
    urgent = [visit(person, number, urgent=True) for person in (41, 42, 43) for number in (1, 2)]
    summary = f"SELECT person, {own} AS x FROM visit GROUP BY person"
    hides(world(visits=[*ordinary, *urgent]), f"SELECT {outer} FROM ({summary}) q", [(found,)])


def test_few_people_with_a_row_of_the_other_kind_are_kept_in_mind() -> None:
    """Summaries, the other side: all have a first visit, three have others too. Source: our rule of four counts."""
    visits = [visit(person) for person in range(1, 41)] + [visit(p, n) for p in (1, 2, 3) for n in (2, 3)]
    summary = "SELECT person, count(*) FILTER (WHERE visit_number = 1) AS firsts FROM visit GROUP BY person"
    hides(world(visits=visits), f"SELECT sum(firsts) FROM ({summary}) q", [(40,)])


@pytest.mark.parametrize(
    "key",
    [
        "CASE WHEN weight > 70 THEN 1 ELSE 0 END",
        "CAST(weight > 70 AS INTEGER)",
        "floor((weight - 70) / 9)",
        "CASE WHEN diagnosis = 'RARE' THEN 1 ELSE 0 END",
        "IF(weight > 70, 1, 0)",
    ],
)
def test_a_condition_in_a_group_key_of_a_person_is_kept_in_mind(key: str) -> None:
    """Summaries: the condition becomes a group column of each person, and is summed. Source: as above."""
    where = world(people(40, 3, weight=Decimal(80), diagnosis="RARE"))
    hides(where, f"SELECT sum(k) FROM (SELECT person, {key} AS k FROM patient GROUP BY 1, 2) q", [(3,)])
    hides(where, f"SELECT sum(k) FROM (SELECT DISTINCT person, {key} AS k FROM patient) q", [(3,)])


def test_a_measure_off_its_cut_points_needs_a_checker() -> None:
    """Fine cuts: weights are compared at 50, 70 and 90; any other line waits for a checker, however it is written.
    Source: our rule on cut points."""
    lines = (
        "weight > change * 0 + 71.5",
        "EXISTS (SELECT 1 FROM (VALUES (71.5)) v(x) WHERE weight > v.x)",
        "weight IN (SELECT x FROM (VALUES (71.5)) v(x))",
        "weight > (SELECT avg(weight) + 1.37 FROM patient)",
        "floor(weight / 71.5) > 0",
        "sign(weight - 71.5) > 0",
        "signbit(weight - 71.5)",
        "CAST(weight - 71.5 AS INTEGER) > 0",
        "round_even(weight - 71.5, 0) > 0",
        "weight > 71.5",
        "weight - 71.5 > 0",
        "weight BETWEEN 20 AND 71.5",
        "weight * 2 > 143.3",
        "CASE WHEN weight > 71.5 THEN true ELSE false END",
        "weight > (SELECT max(x) FROM (VALUES (71.5)) v(x))",
        "weight IN (71.5, 80)",
    )
    from tests.attacks.support_worlds import asked

    where = world(people(40, 30, weight=Decimal(80)))
    for line in lines:
        assert asked(where, f"SELECT count(*) FROM patient WHERE {line}").status == "held", line
    own = "SELECT person, max(weight) AS w, v.x + 0 AS k FROM patient, (VALUES (71.5)) v(x) GROUP BY person, v.x + 0"
    assert asked(where, f"SELECT count(*) FROM ({own}) q WHERE w > k").status == "held"
    joined = "SELECT count(*) FROM patient p JOIN (VALUES (71.5)) v(x) ON p.weight > v.x"
    assert asked(where, joined).status == "held"
    for band in ("signbit(weight - 71.5)", "CAST(weight - 71.5 AS INTEGER)"):
        assert asked(where, f"SELECT {band} AS band, count(*) FROM patient GROUP BY 1").status == "held"
    assert asked(where, "SELECT count(*) FROM patient WHERE weight > 70").status == "released"
