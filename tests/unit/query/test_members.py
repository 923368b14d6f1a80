"""Who stands behind the cells of a leaf: what the statement for it says, and what it is called for the ledger."""

from collections.abc import Iterator

import pytest
import sqlglot
from sqlglot import exp

from enclave.disclosure.ledger.members import MemberNumber, Members
from enclave.disclosure.ledger.numbers import Kind
from enclave.disclosure.ledger.populations import every_counting
from enclave.query.disjunctions import MOST_LITERAL_ROWS
from enclave.query.lifetimes import MOST_MOMENTS, MOST_POINTS
from enclave.query.plan import LeafStep, MembersStep
from tests.support.planning import Planner, planner

CENSUS = "school_census_pupil"
SPRING = "academic_year = '2022/23' AND term = 'SPR'"
FSM = f'"{CENSUS}.fsm_eligible"'
GIRLS = f"\"{CENSUS}.gender\" = 'F'"


@pytest.fixture(scope="module")
def plans() -> Iterator[Planner]:
    with planner() as made:
        yield made


def behind(plans: Planner, sql: str) -> MembersStep:
    leaf = plans.plan(sql).plan.steps[0]
    assert isinstance(leaf, LeafStep)
    assert leaf.behind is not None
    return leaf.behind


def pupils(plans: Planner, condition: str = SPRING, what: str = "count(*) AS n") -> Members:
    return behind(plans, f"SELECT {what} FROM {CENSUS} WHERE {condition}").members


def exams(
    plans: Planner, *what: str, condition: str = "academic_year = '2022/23'"
) -> tuple[MemberNumber, ...]:
    named = ", ".join(f"{one} AS n{place}" for place, one in enumerate(what))
    return behind(plans, f"SELECT {named} FROM ks4_pupil WHERE {condition}").members.numbers


# What is lifted out


def test_a_hidden_condition_becomes_a_flag_and_an_open_one_stays(plans: Planner) -> None:
    step = behind(plans, f"SELECT count(*) AS n FROM {CENSUS} WHERE {SPRING} AND fsm_eligible")
    counting = step.members.counting
    assert counting.inside is not None
    assert counting.seen is None
    assert counting.hidden == {FSM}
    assert "'2022/23'" in step.sql
    open_ = pupils(plans, f"{SPRING} AND gender = 'F'").counting
    assert (open_.inside, open_.seen, open_.hidden) == (None, None, frozenset())


def test_what_is_asked_beside_a_number_does_not_change_what_its_rows_are_called(plans: Planner) -> None:
    """Else a number that was shown would be another one, and be hidden, as soon as less is asked beside it."""
    beside = "count(DISTINCT term) FILTER (WHERE gender = 'F') AS terms"
    assert pupils(plans).definition == pupils(plans, what=f"count(*) AS n, {beside}").definition
    inner = (
        f"SELECT pmr_anon, count(*) AS times, max(age_start) AS age FROM {CENSUS} WHERE {SPRING} GROUP BY 1"
    )
    few, all_ = (
        behind(plans, f"SELECT {what} FROM ({inner}) AS c WHERE times > 1").members
        for what in ("count(*) AS n", "count(*) AS n, avg(age) AS mean")
    )
    assert (few.definition, few.counting.hidden) == (all_.definition, all_.counting.hidden)


def test_a_persons_summary_beside_a_number_does_not_change_what_its_rows_are_called(plans: Planner) -> None:
    """A long run found it: a count was hidden when it was asked again without what had stood beside it."""
    own = "(SELECT count(*) FROM exclusion AS e WHERE e.pmr_anon = c.pmr_anon)"
    alone, beside, other, within = (
        behind(plans, f"SELECT {what} FROM {CENSUS} AS c WHERE {SPRING}{where}").members
        for what, where in (
            ("count(*) AS n", ""),
            (f"count(*) AS n, sum({own}) AS times", ""),
            (f"sum({own.replace('WHERE', 'WHERE e.sessions > 4 AND')}) AS times", ""),
            ("count(*) AS n", f" AND {own} > 1"),
        )
    )
    assert alone.definition == beside.definition == other.definition != within.definition
    assert alone.numbers[0].what == beside.numbers[0].what
    assert beside.numbers[1].what != other.numbers[0].what


def test_whatever_decides_which_rows_there_are_changes_what_they_are_called(plans: Planner) -> None:
    tables = (
        CENSUS,
        f"(SELECT c.* FROM {CENSUS} AS c JOIN school AS s ON s.urn = c.urn)",
        f"(SELECT c.* FROM {CENSUS} AS c JOIN school AS s ON s.urn > c.urn)",
        f"(SELECT pmr_anon, count(*) AS times FROM {CENSUS} GROUP BY pmr_anon)",
        f"(SELECT pmr_anon, term, count(*) AS times FROM {CENSUS} GROUP BY pmr_anon, term)",
    )
    found = {behind(plans, f"SELECT count(*) AS n FROM {table} AS c").members.definition for table in tables}
    assert len(found) == len(tables)


def test_a_condition_on_a_protected_number_is_called_by_what_the_number_is(plans: Planner) -> None:
    """A number that is known already is not judged again, so those above two means may not share a name."""
    means = [
        f"(SELECT avg({number}) FROM ks4_pupil WHERE academic_year = '{year}')"
        for number in ("att8", "p8")
        for year in ("2022/23", "2023/24")
    ]
    several = "(SELECT {} FROM (SELECT avg(att8) AS a, avg(p8) AS b FROM ks4_pupil) AS means)"
    means += [several.format(name) for name in ("a", "b")]
    found = {}
    for mean in means:
        plan = plans.plan(f"SELECT count(*) AS n FROM ks4_pupil WHERE att8 > {mean}").plan
        leaf = [step for step in plan.steps if isinstance(step, LeafStep)][-1]
        assert leaf.behind is not None
        found[mean] = (leaf.behind.members.definition, leaf.behind.members.counting.hidden)
    assert len(set(found.values())) == len(means)


def test_a_hidden_condition_in_a_join_or_below_a_subquery_is_lifted_too(plans: Planner) -> None:
    inner = f"SELECT * FROM {CENSUS} WHERE fsm_eligible"
    below = behind(plans, f"SELECT count(*) AS n FROM ({inner}) AS c WHERE {SPRING}").members
    joined = behind(
        plans,
        f"SELECT count(*) AS n FROM {CENSUS} c JOIN school s ON s.urn = c.urn WHERE {SPRING} AND fsm_eligible",
    ).members
    assert below.counting.hidden == joined.counting.hidden == {FSM}
    assert below.counting.seen is joined.counting.seen is None


def with_own(value: str, condition: str) -> str:
    own = f"SELECT pmr_anon, {value} AS ever FROM {CENSUS} GROUP BY pmr_anon"
    return (
        f"SELECT count(*) AS n FROM {CENSUS} c JOIN ({own}) o USING (pmr_anon) WHERE {SPRING} AND {condition}"
    )


def test_a_condition_on_a_persons_own_summary_is_hidden_where_it_is_made_of_a_hidden_field(
    plans: Planner,
) -> None:
    meals = behind(plans, with_own("max(fsm_eligible)", "o.ever")).members.counting
    assert (len(meals.hidden), meals.seen) == (1, None)
    girls = behind(plans, with_own("max(gender)", "o.ever = 'F'")).members.counting
    assert (girls.inside, girls.hidden) == (None, frozenset())


LOOKED_UP = f"""
    FROM {CENSUS} c LEFT JOIN (
        SELECT pmr_anon, count(*) AS n FROM exclusion WHERE category = 'SUSP' GROUP BY pmr_anon
    ) e ON e.pmr_anon = c.pmr_anon
    WHERE c.academic_year = '2022/23' AND c.term = 'SPR'"""
WITHIN = "within exclusion.category"


def test_a_summary_that_a_left_join_looks_up_takes_nobody_away(plans: Planner) -> None:
    """A count of everybody is not within its conditions; one of those it finds is."""
    members = behind(plans, f"SELECT count(*) AS n, count(e.pmr_anon) AS found {LOOKED_UP}").members
    everybody, found = members.numbers
    assert members.counting.hidden == everybody.counting.hidden == frozenset()
    assert WITHIN in found.counting.hidden


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT count(*) AS n {LOOKED_UP} AND e.n > 1",
        f"SELECT count(*) AS n {LOOKED_UP} AND e.pmr_anon IS NULL",
        f"SELECT e.n IS NULL AS never, count(*) AS n {LOOKED_UP} GROUP BY 1",
        f"SELECT count(*) AS n {LOOKED_UP}".replace("LEFT JOIN", "JOIN"),
        f"SELECT count(*) AS n {LOOKED_UP}".replace("GROUP BY pmr_anon", "GROUP BY pmr_anon, academic_year"),
        f"SELECT count(*) AS n FROM (SELECT c.pmr_anon, e.n {LOOKED_UP}) WHERE n > 1",
        f"SELECT sum(e.n) AS n {LOOKED_UP}",
    ],
    ids=["filtered", "anti", "grouped", "inner", "two-rows-a-person", "filtered-above", "summed"],
)
def test_whoever_uses_what_a_summary_says_is_within_its_conditions(plans: Planner, sql: str) -> None:
    members = behind(plans, sql).members
    assert all(WITHIN in one.counting.hidden for one in members.numbers)


def test_a_key_is_hidden_where_its_field_is(plans: Planner) -> None:
    sql = f"SELECT gender, fsm_eligible, count(*) AS n FROM {CENSUS} WHERE {SPRING} GROUP BY ROLLUP (1, 2)"
    members = behind(plans, sql).members
    assert [(key.text, key.hidden) for key in members.keys] == [(f'"{CENSUS}.gender"', False), (FSM, True)]
    assert set(members.sets or ()) == {(0, 1), (0,), ()}


def test_a_filter_is_of_its_number_alone(plans: Planner) -> None:
    what = (
        "count(*) AS n, count(*) FILTER (WHERE fsm_eligible) AS f, count(*) FILTER (WHERE gender = 'F') AS g"
    )
    members = pupils(plans, what=what)
    everybody, meals, girls = (one.counting for one in members.numbers)
    assert members.counting.inside is everybody.inside is None
    assert meals.inside is not None
    assert meals.seen is None
    assert meals.hidden == {FSM}
    assert girls.inside == girls.seen
    assert girls.inside is not None
    assert girls.hidden == frozenset()
    assert len({one.what for one in members.numbers}) == 3


# Branches


def test_each_branch_of_an_or_over_two_fields_is_judged(plans: Planner) -> None:
    found = pupils(plans, f"{SPRING} AND (fsm_eligible OR gender = 'F')").branches
    assert [one.of for one in found] == [None, None]
    assert [one.counting.hidden for one in found] == [{FSM}, frozenset()]
    assert [one.counting.seen is None for one in found] == [True, False]


def test_a_branch_is_called_as_the_condition_alone_would_be(plans: Planner) -> None:
    branch = pupils(plans, f"{SPRING} AND (fsm_eligible OR gender = 'F')").branches[0]
    assert branch.counting.what == pupils(plans, f"{SPRING} AND fsm_eligible").counting.what


@pytest.mark.parametrize(
    "condition", ["gender = 'F' OR gender = 'M'", "nc_year IN ('7', '8')", "NOT gender = 'F'"]
)
def test_choosing_among_values_of_one_field_has_no_branches(plans: Planner, condition: str) -> None:
    assert pupils(plans, f"{SPRING} AND ({condition})").branches == ()


def test_of_a_negated_conjunction_what_it_takes_away_is_judged_too(plans: Planner) -> None:
    found = pupils(plans, f"{SPRING} AND NOT (gender = 'F' AND fsm_eligible)").branches
    assert len(found) == 3
    assert len({one.counting.what for one in found}) == 3
    assert len(pupils(plans, f"{SPRING} AND (gender <> 'F' OR NOT fsm_eligible)").branches) == 2


def test_a_disjunction_in_a_filter_is_a_branch_of_its_number(plans: Planner) -> None:
    what = "count(*) AS n, count(*) FILTER (WHERE fsm_eligible OR gender = 'F') AS f"
    members = pupils(plans, what=what)
    assert [one.of for one in members.branches] == [members.numbers[1].column] * 2


def literal(rows: str, columns: str, on: str) -> str:
    return f"SELECT count(*) AS n FROM {CENSUS} c JOIN (VALUES {rows}) v({columns}) ON {on} WHERE {SPRING}"


def test_each_literal_row_that_is_joined_on_two_fields_is_a_branch(plans: Planner) -> None:
    on = "v.g = c.gender AND v.y = c.nc_year"
    found = behind(plans, literal("('F', '7'), ('M', '8')", "g, y", on)).members.branches
    assert len({one.counting.what for one in found}) == 2
    assert behind(plans, literal("('F'), ('M')", "g", "v.g = c.gender")).members.branches == ()


def test_what_more_literal_rows_than_can_be_judged_decide_has_a_branch_of_nobody(plans: Planner) -> None:
    rows = ", ".join(f"('F', '{place}')" for place in range(MOST_LITERAL_ROWS + 1))
    step = behind(plans, literal(rows, "g, y", "v.g = c.gender AND v.y = c.nc_year"))
    assert len(step.members.branches) == 1
    assert 'COALESCE(FALSE, FALSE) AS "b0"' in step.sql


def test_whom_an_anti_join_over_two_fields_takes_away_is_judged(plans: Planner) -> None:
    one = f"SELECT pmr_anon FROM {CENSUS} WHERE fsm_eligible AND gender = 'F' AND {SPRING} GROUP BY pmr_anon"
    sql = (
        f"SELECT count(*) AS n FROM {CENSUS} c LEFT JOIN ({one}) x ON x.pmr_anon = c.pmr_anon "
        f"WHERE {SPRING} AND x.pmr_anon IS NULL"
    )
    found = behind(plans, sql).members
    assert found.counting.hidden
    assert len(found.branches) == 1


# Kinds


def test_codes_with_hidden_zeros_are_kinds_wherever_they_decide(plans: Planner) -> None:
    code = Kind(f"code:{CENSUS}.fsm_eligible", fixed=False)
    grouped = behind(
        plans, f"SELECT fsm_eligible, count(*) AS n FROM {CENSUS} WHERE {SPRING} GROUP BY 1"
    ).members
    assert grouped.kinds == pupils(plans, f"{SPRING} AND fsm_eligible").kinds == (code,)
    filtered = pupils(plans, what="count(*) AS n, count(*) FILTER (WHERE fsm_eligible) AS f")
    assert [one.kinds for one in filtered.numbers] == [(), (code,)]
    assert filtered.kinds == pupils(plans, f"{SPRING} AND gender = 'F'").kinds == ()


def test_a_code_that_never_changes_is_fixed(plans: Planner) -> None:
    kinds = pupils(plans, f"{SPRING} AND month_of_birth = 9").kinds
    assert kinds == (Kind(f"code:{CENSUS}.month_of_birth", fixed=True),)


def test_components_and_totals_of_a_score_are_one_family(plans: Planner) -> None:
    total, part, both = exams(plans, "avg(att8)", "sum(att8_maths)", "sum(att8 - att8_maths)")
    measure = Kind("measure:att8", fixed=False)
    assert total.families == part.families == both.families == ("att8",)
    assert total.kinds == part.kinds == both.kinds == (measure,)


def test_a_measure_in_a_condition_is_learnt_in_bands(plans: Planner) -> None:
    (count,) = exams(plans, "count(*)", condition="academic_year = '2022/23' AND att8 > 50")
    assert (count.families, count.kinds) == ((), (Kind("band:att8", fixed=False),))


# Values that are there


def test_an_argument_that_is_never_null_asks_for_nothing(plans: Planner) -> None:
    rows, always, sometimes = exams(plans, "count(*)", "avg(att8)", "avg(p8)")
    assert always.counting == rows.counting
    assert sometimes.counting.inside is not None
    assert (sometimes.counting.seen, sometimes.counting.hidden) == (None, frozenset())


@pytest.mark.parametrize(
    ("argument", "is_asked"),
    [
        ("att8 + att8_maths", False),
        ("coalesce(p8, 0)", False),
        ("CASE WHEN gender = 'F' THEN att8 ELSE att8_maths END", False),
        ("CAST(level2 AS INTEGER)", False),
        ("att8 + p8", True),
        ("CASE WHEN gender = 'F' THEN att8 END", True),
    ],
)
def test_what_may_be_null_follows_from_the_catalogue(plans: Planner, argument: str, is_asked: bool) -> None:
    (number,) = exams(plans, f"sum({argument})")
    assert (number.counting.inside is not None) is is_asked


def test_that_a_comparison_has_a_value_is_no_secret(plans: Planner) -> None:
    """It has one where its column has; which part of a CASE is taken is another matter."""
    compared = pupils(plans, what="sum(CAST(sen_type_primary = 'MLD' AS INTEGER)) AS n").numbers[0]
    assert compared.counting.inside is not None
    assert compared.counting.hidden == frozenset()
    chosen = pupils(plans, what="sum(CASE WHEN sen_type_primary = 'MLD' THEN 1 END) AS n").numbers[0]
    assert chosen.counting.hidden


def test_a_column_of_an_outer_join_may_be_null(plans: Planner) -> None:
    sql = (
        "SELECT avg(k.att8) AS a FROM ks4_pupil k LEFT JOIN absence a ON a.pmr_anon = k.pmr_anon "
        "AND a.academic_year = k.academic_year AND a.main_record WHERE k.academic_year = '2022/23'"
    )
    inner, outer = (
        behind(plans, sql).members,
        behind(plans, sql.replace("avg(k.att8)", "avg(a.overall_year)")).members,
    )
    assert inner.numbers[0].counting.inside is None
    assert outer.numbers[0].counting.inside is not None


# Parts and lifetimes


def test_parts_of_a_case_are_told_apart(plans: Planner) -> None:
    meals, girls = exams(
        plans,
        "sum(CASE WHEN disadvantaged THEN att8 ELSE 0 END)",
        "sum(CASE WHEN gender = 'F' THEN att8 ELSE 0 END)",
    )
    assert len(meals.parts) == len(girls.parts) == 1
    assert meals.parts[0].hidden == {'"ks4_pupil.disadvantaged"'}
    assert girls.parts[0].hidden == frozenset()
    assert girls.parts[0].seen == girls.parts[0].inside
    assert meals.parts[0].what != girls.parts[0].what


def test_the_branch_of_a_case_is_called_as_the_condition_is_elsewhere(plans: Planner) -> None:
    (case,) = exams(plans, "sum(CASE WHEN disadvantaged THEN att8 ELSE 0 END)")
    (plain,) = exams(plans, "count(*) FILTER (WHERE disadvantaged)")
    assert case.parts[0].what == plain.counting.what


def test_moments_beside_the_mean_and_points_of_a_distribution_have_a_lifetime(plans: Planner) -> None:
    mean, spread, median, quarter = exams(
        plans, "avg(att8)", "stddev_samp(att8)", "median(att8)", "quantile_cont(att8, 0.25)"
    )
    assert mean.lifetimes == ()
    (deviation,), (middle,), (lower,) = spread.lifetimes, median.lifetimes, quarter.lifetimes
    assert deviation.most == MOST_MOMENTS
    assert middle.most == MOST_POINTS
    assert middle.group == lower.group != deviation.group
    assert middle.item != lower.item


def test_what_is_bent_or_rounded_in_a_mean_is_a_moment_of_each_field_in_it(plans: Planner) -> None:
    plain, product, root, rounded = exams(
        plans, "avg(att8 + p8)", "avg(att8 * p8)", "avg(sqrt(att8))", "sum(floor(att8 / 2 + p8))"
    )
    groups = [[one.group for one in number.lifetimes] for number in (plain, product, root, rounded)]
    first, second = "ks4_pupil.att8", "ks4_pupil.p8"
    assert groups == [
        [],
        [f"moments of {first} and {second}"],
        [f"moments of {first}"],
        [f"moments of {first}", f"moments of {second}"],
    ]
    assert [number.adds_up for number in (plain, product, root, rounded)] == [True] * 4


# Censuses, clusters, structures


def test_the_census_of_a_row_is_its_year_and_then_its_term(plans: Planner) -> None:
    step = behind(plans, f"SELECT count(*) AS n FROM {CENSUS} WHERE {SPRING}")
    assert step.members.censuses == ("w0", "w1")
    assert step.structure is not None
    assert step.structure.censuses == ("w0", "w1")
    yearly = behind(plans, "SELECT avg(att8) AS a FROM ks4_pupil")
    assert yearly.members.censuses == ("w0",)


def test_the_table_that_says_where_units_stand_comes_first(plans: Planner) -> None:
    sql = (
        "SELECT count(*) AS n FROM ks4_pupil k JOIN absence a ON a.pmr_anon = k.pmr_anon "
        "AND a.academic_year = k.academic_year WHERE a.persistent_absentee"
    )
    step = behind(plans, sql)
    assert step.structure is not None
    assert step.members.tables[0] == step.structure.table
    assert set(step.members.tables) == {"ks4_pupil", "absence"}


def test_a_register_has_a_structure_with_main_rows_and_events_have_none_that_all_know(plans: Planner) -> None:
    register = behind(plans, f"SELECT count(*) AS n FROM {CENSUS} WHERE {SPRING}").structure
    events = behind(plans, "SELECT count(*) AS n FROM exclusion WHERE academic_year = '2022/23'").structure
    assert register is not None
    assert (register.is_register, register.cluster, register.part, register.main) == (True, "s", "pt", "mn")
    assert events is not None
    assert not events.is_register


def test_a_table_without_clusters_has_no_structure(plans: Planner) -> None:
    step = behind(plans, "SELECT count(*) AS n FROM alternative_provision WHERE academic_year = '2022/23'")
    assert step.structure is None
    assert step.members.cluster is None


# Names


SAME = (
    f"SELECT gender, count(*) AS n FROM {CENSUS} WHERE {SPRING} AND fsm_eligible GROUP BY gender",
    f"SELECT c.gender, count(*) AS pupils FROM {CENSUS} AS c WHERE c.fsm_eligible AND ({SPRING}) GROUP BY 1",
    (
        f"WITH x AS (SELECT * FROM {CENSUS} WHERE {SPRING}) SELECT count(*) AS n, gender FROM x WHERE fsm_eligible "
        "GROUP BY gender"
    ),
)


def called(members: Members) -> object:
    numbers = [(one.what, one.counting.what) for one in members.numbers]
    return [key.text for key in members.keys], members.counting.what, members.counting.hidden, numbers


def test_equal_conditions_of_differently_written_queries_have_equal_names(plans: Planner) -> None:
    first, *others = (called(behind(plans, sql).members) for sql in SAME)
    assert others == [first, first]


def test_the_definition_of_a_population_does_not_depend_on_aliases(plans: Planner) -> None:
    sql = (
        f"SELECT c.gender, count(*) AS pupils FROM {CENSUS} AS c WHERE {SPRING} AND c.fsm_eligible GROUP BY 1"
    )
    assert behind(plans, SAME[0]).members.definition == behind(plans, sql).members.definition


@pytest.mark.parametrize("negated", ["", "NOT "])
def test_whom_a_subquery_finds_is_called_the_same_wherever_it_stands_in_a_question(
    plans: Planner, negated: str
) -> None:
    """Else the same number asked again, in one question or in two, would be another that differs by nobody."""
    inner = "SELECT 1 FROM ks4_pupil k WHERE k.pmr_anon = c.pmr_anon AND k.{} AND k.academic_year = '2022/23'"
    texts = {
        field: f"SELECT count(*) AS n FROM {CENSUS} c WHERE {SPRING} AND {negated}EXISTS ({inner.format(field)})"
        for field in ("fsm6", "in_national")
    }
    alone = {field: behind(plans, sql).members for field, sql in texts.items()}
    both = plans.plan(f"SELECT ({texts['fsm6']}) AS a, ({texts['fsm6']}) AS b, ({texts['in_national']}) AS c")
    found = [step.behind.members for step in both.plan.steps if isinstance(step, LeafStep) and step.behind]
    names = [(one.definition, called(one)) for one in found]
    first, other = ((alone[field].definition, called(alone[field])) for field in texts)
    assert names == [first, first, other]
    assert first != other


def test_different_conditions_have_different_names(plans: Planner) -> None:
    conditions = (
        "fsm_eligible",
        "NOT fsm_eligible",
        "sen_unit",
        "(fsm_eligible OR sen_unit)",
        "age_start = 11",
    )
    found = [pupils(plans, f"{SPRING} AND {one}") for one in conditions]
    assert (
        len({one.counting.what for one in found}) == len({one.definition for one in found}) == len(conditions)
    )


@pytest.mark.parametrize(
    "other", ["max(sen_unit)", "min(fsm_eligible)", "max(fsm_eligible OR (gender = 'F' AND sen_unit))"]
)
def test_conditions_on_what_different_summaries_say_have_different_names(plans: Planner, other: str) -> None:
    """Else the second of two that differ by nobody, or by one, would be known as the same."""
    one, two = (behind(plans, with_own(value, "o.ever")).members for value in ("max(fsm_eligible)", other))
    assert one.counting.hidden != two.counting.hidden
    assert one.counting.what != two.counting.what
    assert one.definition != two.definition


def test_a_key_that_a_summary_makes_is_called_by_what_it_is_made_of(plans: Planner) -> None:
    def key(value: str) -> str:
        own = f"SELECT pmr_anon, {value} AS v FROM {CENSUS} GROUP BY pmr_anon"
        return behind(plans, f"SELECT v, count(*) AS n FROM ({own}) o GROUP BY 1").members.keys[0].text

    assert key("max(fsm_eligible)") == key("max(fsm_eligible)") != key("min(fsm_eligible)")


def test_the_two_sides_of_a_self_join_are_told_apart(plans: Planner) -> None:
    """With equal names these would be one number, which is repeated and not judged."""

    def asked(mine: str, other: str) -> Members:
        return behind(
            plans,
            f"SELECT count(*) AS n, count(*) FILTER (WHERE {other}.fsm_eligible) AS f FROM {CENSUS} c JOIN {CENSUS} x "
            "ON x.pmr_anon = c.pmr_anon AND x.academic_year = '2023/24' AND x.term = 'SPR' "
            f"WHERE c.academic_year = '2022/23' AND c.term = 'SPR' AND {mine}.fsm_eligible",
        ).members

    one, two = asked("c", "x"), asked("x", "c")
    assert one.counting.hidden != two.counting.hidden
    assert one.definition != two.definition


@pytest.mark.parametrize(("one", "two"), [("c9001", "c9002"), ("q9001", "q9002")])
def test_what_stands_in_a_string_is_no_column(plans: Planner, one: str, two: str) -> None:
    """Swapped, the first takes everybody and the second leaves a year group out."""
    definitions = {
        pupils(plans, f"{SPRING} AND ('\"{low}\"' < '\"{high}\"' OR nc_year <> '7')").definition
        for low, high in ((one, two), (two, one))
    }
    assert len(definitions) == 2


def test_columns_of_public_tables_have_names_too(plans: Planner) -> None:
    join = f"SELECT s.region, count(*) AS n FROM {CENSUS} c JOIN {{}} s ON s.urn = c.urn WHERE {SPRING} GROUP BY 1"
    bare = behind(plans, join.format("school")).members
    filtered = behind(plans, join.format("(SELECT urn, region FROM school WHERE region <> 'London')")).members
    assert bare.keys[0].text == '"school.region"'
    assert filtered.keys[0].text != bare.keys[0].text


# What is read back

SHAPES = (
    *SAME,
    f"SELECT nc_year, fsm_eligible, count(*) AS n FROM {CENSUS} WHERE {SPRING} GROUP BY CUBE (1, 2)",
    (
        f"SELECT count(DISTINCT pmr_anon) AS n FROM {CENSUS} c WHERE NOT EXISTS (SELECT 1 FROM {CENSUS} x "
        "WHERE x.pmr_anon = c.pmr_anon AND x.fsm_eligible)"
    ),
    (
        f"SELECT s.region, count(*) AS n FROM {CENSUS} c JOIN school s ON s.urn = c.urn WHERE {SPRING} "
        "AND (c.fsm_eligible OR s.region = 'London') GROUP BY 1"
    ),
    (
        "SELECT gender, avg(p8) AS a, stddev_samp(att8) AS s, median(att8) AS m, "
        "sum(CASE WHEN disadvantaged THEN att8 WHEN in_p8 THEN 1 ELSE 0 END) AS c FROM ks4_pupil GROUP BY 1"
    ),
)


def selected(sql: str) -> list[str]:
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    assert isinstance(tree, exp.Select)
    return list(tree.named_selects)


@pytest.mark.parametrize("sql", SHAPES)
def test_every_column_that_the_reader_is_told_of_is_in_the_statement(plans: Planner, sql: str) -> None:
    """That it could be planned says that DuckDB's binder reads it as meant: it scans only what was granted."""
    step = behind(plans, sql)
    members = step.members
    there = selected(step.sql)
    told = {"u", *(key.column for key in members.keys), *members.censuses}
    told |= {one for one in (members.cluster, members.part) if one is not None}
    told |= {flag for one in every_counting(members) for flag in (one.inside, one.seen) if flag is not None}
    assert told == {*told & set(there), *dict(members.pinned)}  # each is given, or never varies
    assert len(there) == len(set(there))
    assert step.structure is not None
    assert {"u", step.structure.cluster, *step.structure.censuses} <= set(selected(step.structure.sql))


# Lists


def test_keys_and_censuses_are_given_as_places_in_lists(plans: Planner) -> None:
    step = behind(plans, f"SELECT gender, academic_year, count(*) AS n FROM {CENSUS} GROUP BY ALL")
    assert [(one.column, one.sql is None) for one in step.lists] == [
        (step.members.keys[0].column, True),
        (step.members.keys[1].column, False),  # the year is a key and says when at the same time
        ("pt", False),
        ("w1", False),
    ]
    assert step.members.censuses == (step.members.keys[1].column, "w1")
    for one in step.lists:
        assert f'LEFT JOIN "{one.input}"' in step.sql


def test_a_year_that_is_pinned_down_is_not_given(plans: Planner) -> None:
    step = behind(plans, f"SELECT count(*) AS n FROM {CENSUS} WHERE {SPRING}")
    assert step.members.pinned == (("w0", "2022/23"), ("w1", "SPR"))
    assert [one.column for one in step.lists] == ["pt"]
    either = behind(plans, f"SELECT count(*) AS n FROM {CENSUS} WHERE {SPRING} OR academic_year = '2023/24'")
    assert either.members.pinned == ()


def test_a_year_that_an_outer_join_may_not_find_is_not_pinned_down(plans: Planner) -> None:
    other = "(SELECT pmr_anon, academic_year AS y FROM ks4_pupil WHERE academic_year = '2022/23')"
    step = behind(
        plans, f"SELECT count(*) AS n, count(o.y) AS m FROM {CENSUS} c LEFT JOIN {other} o USING (pmr_anon)"
    )
    assert step.members.pinned == ()
