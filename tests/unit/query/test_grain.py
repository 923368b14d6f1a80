"""What the number of units in a cell rests on, and that the cheap way counts exactly as the plain one."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from random import Random
from typing import TypeAlias

import duckdb
import pytest
from sqlglot import exp

from enclave.actions.plan_json import explained_json
from enclave.catalogue.marks import ALONE, ONCE
from enclave.disclosure.primary import judge_measure
from enclave.projects import Policy
from enclave.query.compile import compile_plan
from enclave.query.few_values_sql import bits_of
from enclave.query.ladder import BITS
from enclave.query.leaves import Counting, Leaf
from enclave.query.plan import LeafStep, Plan
from tests.support.planning import EmptyView, Planner, planner

Row: TypeAlias = dict[str, object]
CENSUS = "school_census_pupil"
SPRING = "academic_year = '2022/23' AND term = 'SPR'"
OF_C = "c.academic_year = '2022/23' AND c.term = 'SPR'"
MAIN = "(record_status < 100 OR record_status IS NULL)"
PAIR = f"FROM ks4_pupil k JOIN {CENSUS} c USING (pmr_anon, academic_year)"
NATIONAL = "FROM (SELECT * FROM ks4_pupil WHERE in_national AND academic_year = '2022/23')"
CUTS = "(VALUES (40), (60.5), (-1)) AS p(cut)"
CUTS_TWICE = "(VALUES (40), (60), (40.0)) AS p(cut)"
CUTS_MIXED = "(VALUES (40), (1e1 * 4)) AS p(cut)"
OF_LOOKUP = f"FROM (SELECT * FROM {CENSUS} WHERE {SPRING} AND {MAIN}) JOIN (VALUES"
SIDE = f"SELECT * FROM {CENSUS} WHERE {SPRING}"
CENSUSES_OF_2022 = f"SELECT * FROM {CENSUS} WHERE academic_year = '2022/23'"
EXAMS = "SELECT * FROM ks4_pupil WHERE academic_year = '2022/23'"
WHOLE = f"FROM ({SIDE}) c FULL JOIN ({EXAMS}) k ON k.pmr_anon = c.pmr_anon"


def _stages(one: str, other: str) -> str:
    return f"SELECT pmr_anon, {one} AS stage FROM ks2_pupil UNION ALL SELECT pmr_anon, {other} FROM ks4_pupil"


def _of_year(name: str, year: str) -> str:
    return f"SELECT pmr_anon, laestab, {name} AS side FROM ks4_pupil WHERE in_national AND academic_year = '{year}'"


STAGES = _stages("'KS2'", "'KS4'")
TWO_YEARS = f"{_of_year('1', '2022/23')} UNION ALL {_of_year('2', '2023/24')}"
OF_TEXT = _of_year("'3'", "2024/25")
BOTH_MAIN = "k.in_national AND (c.record_status < 100 OR c.record_status IS NULL)"


@pytest.fixture(scope="module")
def plans() -> Iterator[Planner]:
    with planner() as made:
        yield made


RESTS_ON = {
    f"SELECT gender, count(*) AS n FROM {CENSUS} WHERE {SPRING} AND {MAIN} GROUP BY 1": Counting.PROOF,
    f"SELECT gender, count(*) AS n FROM {CENSUS} WHERE {SPRING} GROUP BY 1": Counting.EXCEPTIONS,
    f"SELECT academic_year, term, count(*) AS n FROM {CENSUS} GROUP BY ALL": Counting.EXCEPTIONS,
    f"SELECT academic_year, term, laestab, count(*) AS n FROM {CENSUS} GROUP BY ALL": Counting.PROOF,
    f"SELECT gender, count(*) AS n FROM {CENSUS} GROUP BY 1": Counting.UNITS,
    f"SELECT gender, count(*) AS n FROM {CENSUS} WHERE {MAIN} GROUP BY 1": Counting.UNITS,
    f"SELECT DISTINCT gender, la_code FROM {CENSUS}": Counting.LADDER,
    f"SELECT DISTINCT gender, la_code FROM {CENSUS} WHERE {SPRING} AND {MAIN}": Counting.PROOF,
    f"SELECT left(academic_year, 4) AS y, count(*) AS n FROM {CENSUS} WHERE term = 'SPR' GROUP BY 1": Counting.UNITS,
    f"SELECT gender, la_code, count(*) AS n FROM {CENSUS} WHERE {SPRING} GROUP BY ROLLUP (1, 2)": Counting.EXCEPTIONS,
    f"SELECT term, la_code, count(*) AS n FROM {CENSUS} WHERE academic_year = '2022/23' GROUP BY GROUPING SETS "
    "((term, la_code), (term))": Counting.EXCEPTIONS,
    f"SELECT term, la_code, count(*) AS n FROM {CENSUS} WHERE academic_year = '2022/23' GROUP BY GROUPING SETS "
    "((term, la_code), (la_code))": Counting.UNITS,
    "SELECT gender, avg(att8) AS m FROM ks4_pupil GROUP BY 1": Counting.EXCEPTIONS,
    "SELECT academic_year, gender, avg(att8) AS m FROM ks4_pupil GROUP BY CUBE (1, 2)": Counting.EXCEPTIONS,
    "SELECT s.region, count(*) AS n FROM ks4_pupil k, school s WHERE k.urn = s.urn GROUP BY 1": Counting.EXCEPTIONS,
    "SELECT s.region, count(*) AS n FROM ks4_pupil k, school s WHERE k.urn > s.urn GROUP BY 1": Counting.UNITS,
    "SELECT main_record, count(*) AS n FROM absence GROUP BY 1": Counting.UNITS,
    "SELECT academic_year, reporting_term, count(*) AS n FROM exclusion GROUP BY ALL": Counting.EXCEPTIONS,
    "SELECT c.gender, count(*) AS n FROM ks4_pupil k JOIN school_census_pupil c USING (pmr_anon, academic_year) "
    "WHERE c.term = 'SPR' GROUP BY 1": Counting.EXCEPTIONS,
    "SELECT academic_year, avg(att8) AS m FROM ks4_pupil GROUP BY 1": Counting.EXCEPTIONS,
    "SELECT academic_year, avg(att8) AS m FROM ks4_pupil WHERE in_national GROUP BY 1": Counting.PROOF,
    "SELECT academic_year, avg(att8) AS m FROM ks4_pupil WHERE NOT in_national GROUP BY 1": Counting.EXCEPTIONS,
    f"SELECT c.gender, count(*) AS n {PAIR} WHERE {OF_C} AND {BOTH_MAIN} GROUP BY 1": Counting.PROOF,
    f"SELECT c.gender, count(*) AS n {PAIR} WHERE {OF_C} AND k.in_national GROUP BY 1": Counting.EXCEPTIONS,
    f"SELECT c.gender, count(*) AS n {PAIR} WHERE {OF_C} GROUP BY 1": Counting.EXCEPTIONS,
    f"SELECT c.gender, count(*) AS n {PAIR} WHERE {BOTH_MAIN} GROUP BY 1": Counting.UNITS,
    f"SELECT c.gender, count(e.sessions) AS n FROM {CENSUS} c LEFT JOIN exclusion e ON e.pmr_anon = c.pmr_anon "
    f"AND e.academic_year = c.academic_year WHERE {OF_C} GROUP BY 1": Counting.EXCEPTIONS,
    f"SELECT s.region, count(*) AS n FROM {CENSUS} c JOIN school s ON s.urn = c.urn WHERE {SPRING} GROUP BY 1": (
        Counting.EXCEPTIONS
    ),
    f"SELECT la_code, count(*) AS n FROM (SELECT * FROM {CENSUS} QUALIFY row_number() OVER (PARTITION BY pmr_anon "
    "ORDER BY academic_year, term, laestab) = 1) GROUP BY 1": Counting.PROOF,
    f"SELECT n, count(*) AS k FROM (SELECT pmr_anon, count(*) AS n FROM {CENSUS} GROUP BY 1) GROUP BY 1": (
        Counting.PROOF
    ),
    # Literal rows, whose values are written out: each row once a value, or one value a row
    f"SELECT cut, count(*) AS n {NATIONAL} CROSS JOIN {CUTS} WHERE att8 >= cut GROUP BY 1": Counting.PROOF,
    f"SELECT cut, count(*) AS n FROM ks4_pupil CROSS JOIN {CUTS} WHERE att8 >= cut GROUP BY 1": Counting.EXCEPTIONS,
    f"SELECT count(*) AS n {NATIONAL} CROSS JOIN {CUTS} WHERE att8 >= cut": Counting.UNITS,
    f"SELECT cut, count(*) AS n {NATIONAL} CROSS JOIN {CUTS_TWICE} WHERE att8 >= cut GROUP BY 1": Counting.UNITS,
    f"SELECT cut, count(*) AS n {NATIONAL} CROSS JOIN {CUTS_MIXED} WHERE att8 >= cut GROUP BY 1": Counting.UNITS,
    f"SELECT cut > 40 AS c, count(*) AS n {NATIONAL} CROSS JOIN {CUTS} WHERE att8 >= cut GROUP BY 1": Counting.UNITS,
    f"SELECT label, count(*) AS n {OF_LOOKUP} ('F', 'girls'), ('M', 'boys')) AS v(code, label) ON code = gender "
    "GROUP BY 1": Counting.PROOF,
    f"SELECT label, count(*) AS n {OF_LOOKUP} ('F', 'girls'), ('F', 'all')) AS v(code, label) ON code = gender "
    "GROUP BY 1": Counting.PROOF,  # once in each cell, by the label
    f"SELECT label, count(*) AS n {OF_LOOKUP} ('F', 'all'), ('F', 'all')) AS v(code, label) ON code = gender "
    "GROUP BY 1": Counting.UNITS,
    # Public rows that meet nobody
    "SELECT la_name, count(k.pmr_anon) AS n FROM ks4_pupil k RIGHT JOIN local_authority a ON a.la_code = k.la_code "
    "GROUP BY 1": Counting.EXCEPTIONS,
    f"SELECT la_name, count(k.pmr_anon) AS n FROM local_authority a LEFT JOIN (SELECT * {NATIONAL}) k "
    "ON a.la_code = k.la_code GROUP BY 1": Counting.EXCEPTIONS,
    # Two sides by the key and nothing else
    f"SELECT count(*) AS n {WHOLE}": Counting.EXCEPTIONS,
    f"SELECT count(*) AS n {WHOLE} AND c.gender = 'F'": Counting.UNITS,
    f"SELECT count(*) AS n {WHOLE} AND k.laestab = c.laestab": Counting.UNITS,
    f"SELECT count(*) AS n FROM ({CENSUSES_OF_2022}) c FULL JOIN ({EXAMS}) k ON c.pmr_anon = k.pmr_anon": (
        Counting.UNITS
    ),
    f"SELECT count(*) AS n FROM ({SIDE}) c LEFT JOIN ({EXAMS}) e ON e.pmr_anon = c.pmr_anon "
    f"FULL JOIN ({EXAMS}) k ON k.pmr_anon = e.pmr_anon": Counting.UNITS,
    # One below the other, each side named by a constant
    f"SELECT stage, count(*) AS n FROM ({STAGES}) GROUP BY 1": Counting.EXCEPTIONS,
    f"SELECT count(*) AS n FROM ({STAGES})": Counting.UNITS,
    f"SELECT left(stage, 1) AS s, count(*) AS n FROM ({STAGES}) GROUP BY 1": Counting.UNITS,
    f"SELECT stage, count(*) AS n FROM ({_stages('1', '1')}) GROUP BY 1": Counting.UNITS,
    f"SELECT stage, count(*) AS n FROM ({_stages('1', '1.0')}) GROUP BY 1": Counting.UNITS,
    f"SELECT stage, count(*) AS n FROM ({_stages('1 + 1', '3')}) GROUP BY 1": Counting.UNITS,
    f"SELECT side, count(*) AS n FROM ({TWO_YEARS}) GROUP BY 1": Counting.PROOF,
    f"SELECT side, count(*) AS n FROM ({TWO_YEARS}) WHERE laestab <> '' GROUP BY 1": Counting.PROOF,
    f"SELECT laestab, count(*) AS n FROM ({TWO_YEARS}) GROUP BY 1": Counting.UNITS,
    f"SELECT side, count(*) AS n FROM ({TWO_YEARS} UNION ALL {_of_year('3', '2024/25')}) GROUP BY 1": Counting.PROOF,
    f"SELECT side, count(*) AS n FROM ({TWO_YEARS} UNION ALL {_of_year('1', '2024/25')}) GROUP BY 1": Counting.UNITS,
    f"SELECT side, count(*) AS n FROM ({TWO_YEARS} UNION ALL {OF_TEXT}) GROUP BY 1": Counting.UNITS,
    f"SELECT side, count(*) AS n FROM ({_of_year('1', '2022/23')} UNION ALL SELECT pmr_anon, laestab, 2 "
    "FROM exclusion) GROUP BY 1": Counting.UNITS,
}  # fmt: skip


@pytest.mark.parametrize("sql", RESTS_ON)
def test_what_a_count_of_units_rests_on(plans: Planner, sql: str) -> None:
    assert _leaf(plans.plan(sql).plan).counting is RESTS_ON[sql]


def test_an_admin_reads_what_each_leaf_is_counted_by(plans: Planner) -> None:
    told = []
    for sql in RESTS_ON:
        steps = explained_json(plans.plan(sql))["steps"]
        assert isinstance(steps, list)
        told += [step["certificate"] for step in steps if step["kind"] == "leaf"]
    assert len(set(told)) == len(Counting)


class _Unmarked(EmptyView):
    """A data version that was loaded before rows were marked."""

    def _described(self, policy: Policy) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        for name, columns in super()._described(policy):
            yield name, [(column, kind) for column, kind in columns if column not in (ONCE, ALONE)]


def test_units_are_counted_one_by_one_where_no_row_is_marked(plans: Planner) -> None:
    unmarked = Planner(plans.policies, _Unmarked(plans.policies))
    for sql in (sql for sql, rests_on in RESTS_ON.items() if rests_on is Counting.EXCEPTIONS):
        leaf = _leaf(unmarked.plan(sql).plan)
        assert leaf.counting is Counting.UNITS
        assert ONCE not in leaf.sql
    unmarked.view.close()


def _leaf(plan: Plan) -> LeafStep:
    step = next(step for step in plan.steps if isinstance(step, LeafStep))
    assert isinstance(step, LeafStep)
    return step


# ── the same numbers ──────────────────────────────────────────────────────────────────────────────────────────────────

ASKED = (
    "count(*) AS a, count(fsm_eligible) AS b, count(DISTINCT pmr_anon) AS c, avg(funded_hours) AS d, "
    "sum(CASE WHEN fsm_eligible THEN 1 ELSE 0 END) AS e, count(*) FILTER (WHERE fsm_eligible) AS f"
)
C_MAIN = "(c.record_status < 100 OR c.record_status IS NULL)"
OUTER = (
    f"FROM {CENSUS} c LEFT JOIN ks4_pupil k ON k.pmr_anon = c.pmr_anon AND k.academic_year = c.academic_year"
)
ONE_ABOVE = f"""SELECT pmr_anon, 'census' AS side, funded_hours AS x FROM {CENSUS} WHERE {SPRING}
UNION ALL SELECT pmr_anon, 'exams', att8 FROM ks4_pupil"""
QUERIES = (
    f"SELECT gender, {ASKED} FROM {CENSUS} WHERE {SPRING} GROUP BY 1",
    f"SELECT {ASKED} FROM {CENSUS} WHERE {SPRING}",
    f"SELECT academic_year, term, gender, count(DISTINCT pmr_anon) AS n FROM {CENSUS} GROUP BY ALL",
    f"SELECT c.gender, count(*) AS n, avg(k.att8) AS m, count(k.att8) AS k {OUTER} WHERE {OF_C} GROUP BY 1",
    f"SELECT c.gender, count(*) AS n, avg(k.att8) AS m {PAIR} WHERE {OF_C} AND k.in_national GROUP BY 1",
    f"SELECT c.gender, count(*) AS n, avg(k.att8) AS m {PAIR} WHERE {OF_C} AND {C_MAIN} GROUP BY 1",
    f"SELECT c.gender, count(*) AS n, avg(k.att8) AS m {PAIR} WHERE c.term = 'SPR' GROUP BY 1",
    f"SELECT c.gender, count(*) AS n, count(k.att8) AS m {OUTER} AND k.in_national WHERE {OF_C} GROUP BY 1",
    """SELECT in_national, count(*) AS n, count(DISTINCT pmr_anon) AS p, sum(att8) AS s, median(att8) AS q,
    stddev(att8) AS d, count(*) FILTER (WHERE att8 > 50) AS f FROM ks4_pupil GROUP BY 1""",
    f"SELECT gender, fsm_eligible, {ASKED} FROM {CENSUS} WHERE {SPRING} GROUP BY CUBE (1, 2)",
    f"""SELECT term, gender, count(*) AS n, avg(funded_hours) AS m FROM {CENSUS} WHERE academic_year = '2022/23'
    GROUP BY GROUPING SETS ((term, gender), (term))""",
    "SELECT academic_year, in_national, count(*) AS n, sum(att8) AS s FROM ks4_pupil GROUP BY ROLLUP (1, 2)",
    f"""SELECT cut, count(*) AS n, avg(att8) AS m, count(DISTINCT pmr_anon) AS p FROM ks4_pupil CROSS JOIN {CUTS}
    WHERE att8 >= cut GROUP BY 1""",
    """SELECT a.code, count(k.pmr_anon) AS p, count(k.att8) AS n, avg(k.att8) AS m FROM ks4_pupil k
    RIGHT JOIN (VALUES ('2000000'), ('2000001'), ('9')) AS a(code) ON a.code = k.laestab GROUP BY 1""",
    f"SELECT count(*) AS n, count(c.pmr_anon) AS c, count(k.att8) AS k, avg(k.att8) AS m {WHOLE}",
    f"SELECT c.gender, count(*) AS n, avg(k.att8) AS m, count(k.pmr_anon) AS k {WHOLE} GROUP BY 1",
    f"SELECT side, count(*) AS n, count(DISTINCT pmr_anon) AS p, avg(x) AS m FROM ({ONE_ABOVE}) GROUP BY 1",
)
PROVEN = (
    f"SELECT cut, count(*) AS n, avg(att8) AS m {NATIONAL} CROSS JOIN {CUTS} WHERE att8 >= cut GROUP BY 1",
    f"""SELECT label, {ASKED} {OF_LOOKUP} ('F', 'girls'), ('F', 'all'), ('M', 'boys')) AS v(code, label)
    ON code = gender GROUP BY 1""",
    f"SELECT side, count(*) AS n, count(DISTINCT pmr_anon) AS p FROM ({TWO_YEARS}) GROUP BY 1",
)


def _census(random: Random) -> list[Row]:
    """Pupils with at most one main registration at a census, and up to two others, at other schools."""
    rows: list[Row] = []
    for pupil, year, term in product(range(random.randint(0, 9)), ("2022/23", "2023/24"), ("SPR", "SUM")):
        main, others = random.random() < 0.7, random.choice((0, 0, 0, 1, 2))
        statuses = [random.choice((None, 10))] * main + [100] * others
        rows += [
            {
                "pmr_anon": pupil,
                "academic_year": year,
                "term": term,
                "laestab": f"100000{place}",
                "record_status": status,
                "gender": random.choice("FM"),
                "fsm_eligible": random.choice((True, False, None)),
                "funded_hours": random.choice((0, 2, 5, None)),
            }
            for place, status in enumerate(statuses)
        ]
    return rows


def _exams(random: Random) -> list[Row]:
    """Pupils with at most one row that counts nationally in a year, and up to one other; some in two years."""
    rows: list[Row] = []
    for pupil, year in product(range(random.randint(0, 10)), ("2022/23", "2023/24")):
        kinds = [True] * (random.random() < 0.4) + [False] * (random.random() < 0.2)
        rows += [
            {
                "pmr_anon": pupil,
                "academic_year": year,
                "laestab": f"200000{place}",
                "in_national": kind,
                "att8": random.choice((0, 45.5, 80, None)),
            }
            for place, kind in enumerate(kinds)
        ]
    return rows


def _plainly(plans: Planner, plan: Plan) -> Plan:
    """The same query with every unit counted one by one."""
    protected = plan.protected
    steps = tuple(
        replace(step, needs=(), proven=False) if isinstance(step, Leaf) else step for step in protected.steps
    )
    policy = protected.authorised.policy
    shadow = plans.view.shadow(policy)
    return compile_plan(
        replace(protected, steps=steps), shadow=shadow, rules=plans.plan("SELECT 1 AS a").rules
    )


@pytest.fixture(scope="module")
def both(plans: Planner) -> list[tuple[str, str]]:
    """Each query's leaf, counted both ways."""
    made = []
    for sql in QUERIES:
        plan = plans.plan(sql).plan
        assert _leaf(plan).counting is not Counting.PROOF
        made.append((_leaf(plan).sql, _leaf(_plainly(plans, plan)).sql))
    return made


@pytest.fixture(scope="module")
def engine(plans: Planner) -> Iterator[duckdb.DuckDBPyConnection]:
    view = plans.view
    assert isinstance(view, EmptyView)
    policy = plans.plan(QUERIES[0]).policy
    connection = duckdb.connect(config={"threads": 1})
    for name, columns in view._described(policy):
        if name in (CENSUS, "ks4_pupil"):
            written = ", ".join(f'"{column}" {kind}' for column, kind in columns)
            connection.execute(f'CREATE TABLE "{name}" ({written})')
    yield connection
    connection.close()


def _fill(engine: duckdb.DuckDBPyConnection, table: str, rows: list[Row]) -> None:
    engine.execute(f'DELETE FROM "{table}"')
    if rows:
        names = ", ".join(rows[0])
        places = ", ".join("(" + ", ".join("?" for _ in row) + ")" for row in rows)
        values = [value for row in rows for value in row.values()]
        engine.execute(f'INSERT INTO "{table}" ({names}) VALUES {places}', values)
    engine.execute(_MARKED[table])


def _marked(table: str, *census: str) -> str:
    """SQL that sets the marks of a table, as the loader would."""
    same = " AND ".join(f"o.{name} IS NOT DISTINCT FROM t.{name}" for name in ("pmr_anon", *census))
    return (
        f'UPDATE "{table}" AS t SET _once = (SELECT count(*) = 1 FROM "{table}" AS o WHERE {same}), '
        f'_alone = (SELECT count(*) = 1 FROM "{table}" AS o WHERE o.pmr_anon = t.pmr_anon)'
    )


_MARKED = {
    CENSUS: _marked(CENSUS, "academic_year", "term"),
    "ks4_pupil": _marked("ks4_pupil", "academic_year"),
}


@pytest.mark.parametrize("seed", range(20))
def test_units_with_other_rows_counted_apart_give_the_numbers_of_counting_every_unit(
    seed: int, both: list[tuple[str, str]], engine: duckdb.DuckDBPyConnection
) -> None:
    random = Random(seed)
    _fill(engine, CENSUS, _census(random))
    _fill(engine, "ks4_pupil", _exams(random))
    for cheap, plain in both:
        one, other = (engine.sql(sql).to_arrow_table() for sql in (cheap, plain))
        assert one.column_names == other.column_names
        assert sorted(one.to_pylist(), key=str) == sorted(other.to_pylist(), key=str), cheap


@pytest.mark.parametrize("seed", range(20))
def test_a_proof_gives_the_numbers_of_counting_every_unit(
    seed: int, plans: Planner, engine: duckdb.DuckDBPyConnection
) -> None:
    """What is asked of each person's share is not asked of single rows: the other columns are the same."""
    random = Random(seed)
    _fill(engine, CENSUS, _census(random))
    _fill(engine, "ks4_pupil", _exams(random))
    for sql in PROVEN:
        plan = plans.plan(sql).plan
        assert _leaf(plan).counting is Counting.PROOF
        one, other = (engine.sql(_leaf(made).sql).to_arrow_table() for made in (plan, _plainly(plans, plan)))
        common = [name for name in one.column_names if name in other.column_names]
        assert {"units", *(id for id in _leaf(plan).types if id in one.column_names)} <= set(common)
        rows = (sorted(table.select(common).to_pylist(), key=str) for table in (one, other))
        assert next(rows) == next(rows), sql


# ── more than a few values ────────────────────────────────────────────────────────────────────────────────────────────

OF_FEW_VALUES = (
    "SELECT academic_year, stddev(att8) AS n FROM ks4_pupil GROUP BY 1",
    "SELECT academic_year, in_national, stddev(att8) AS n, corr(att8, p8) AS r FROM ks4_pupil GROUP BY ALL",
    "SELECT academic_year, median(att8) AS n FROM ks4_pupil WHERE in_national GROUP BY 1",
    "SELECT median(att8) AS n, kurtosis(att8) AS k FROM ks4_pupil WHERE academic_year = '2022/23' AND in_national",
)
EXACTLY = f" > {BITS}"  # so many bits are never set: every cell is counted value by value


def _of_one_bit(engine: duckdb.DuckDBPyConnection) -> list[object]:
    """Thirty marks that set one bit of the sketch."""
    marks = "SELECT (i / 100.0)::DECIMAL(5, 2) AS x FROM range(9000) AS r(i)"
    found = engine.sql(f"SELECT x FROM ({marks}) WHERE hash(x) & 63 = 7 LIMIT 30").fetchall()
    return [x for (x,) in found]


@pytest.mark.parametrize("seed", range(12))
def test_a_cell_has_enough_in_each_of_its_few_values_just_where_counting_each_value_says_so(
    seed: int, plans: Planner, engine: duckdb.DuckDBPyConnection
) -> None:
    random = Random(seed)
    marks = random.choice(([1, 2], [1, 2, 3], list(range(4)), list(range(30)), _of_one_bit(engine)))
    rows = [
        {
            "pmr_anon": random.randrange(70),
            "academic_year": random.choice(("2022/23", "2023/24", None)),
            "laestab": "2000000",
            "in_national": random.random() < 0.8,
            "att8": random.choice((None, *marks, *marks)),
            "p8": random.choice((None, 1, 2, 5, 7, 9, 11)),
        }
        for _ in range(random.choice((20, 90, 400)))
    ]
    _fill(engine, "ks4_pupil", rows)
    for sql in OF_FEW_VALUES:
        step = _leaf(plans.plan(sql).plan)
        counted = re.sub(r'(?<=\w") > (3|20)\b', EXACTLY, step.sql)
        assert counted != step.sql
        quick = engine.sql(step.sql).to_arrow_table()
        exact = engine.sql(counted).to_arrow_table()
        order = [(name, "ascending") for name in step.cells.dimensions]
        tables = [table.sort_by(order) if order else table for table in (quick, exact)]
        rules = plans.plan(sql).rules
        assert not rules.off
        for measure in step.cells.measures:
            one, other = (judge_measure(table, measure, rules) for table in tables)
            assert one.tolist() == other.tolist(), sql


def test_values_that_are_one_set_one_bit(engine: duckdb.DuckDBPyConnection) -> None:
    """A float that groups with another has the hash of that one."""
    for one, other in (
        ("0.0::DOUBLE", "-0.0::DOUBLE"),
        ("'nan'::DOUBLE", "-('nan'::DOUBLE)"),
        ("NULL", "NULL"),
    ):
        values = f"SELECT {one} AS x UNION ALL SELECT {other}"
        bits = bits_of("x", exp.true()).sql("duckdb")
        found = engine.sql(f"SELECT {bits}, count(*) FROM ({values})").fetchall()
        assert found == [(1, 2)]
        assert len(engine.sql(f"SELECT x FROM ({values}) GROUP BY x").fetchall()) == 1
