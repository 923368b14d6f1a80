"""A plan that was drawn once is kept; who may ask is asked each time, and what the binder said of a text is true."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks.deployment import PERSON, WIDE
from enclave.actions.check_policy import Policies
from enclave.actions.plan_query import Planned, Question, plan_query
from enclave.problems import Refusals
from enclave.query.bound import Frames
from enclave.query.leaves import Leaf
from enclave.query.plan import LeafStep
from enclave.query.recent import Recent
from enclave.query.shadow import Shadow
from enclave.terms import PersonId, ProjectId
from tests.support.planning import NOW, EmptyView, planner

SQL = "SELECT gender, count(*) AS n FROM ks4_pupil WHERE academic_year = '2023/24' GROUP BY gender"


@pytest.fixture(scope="module")
def policies() -> Iterator[Policies]:
    with planner() as made:
        yield made.policies


def asked(policies: Policies, view: EmptyView, sql: str = SQL, *, days: int = 0) -> Planned:
    question = Question(ProjectId(WIDE), PersonId(PERSON), sql)
    return plan_query(question, policies, view, now=NOW + timedelta(days=days))


def test_a_text_is_planned_once_under_one_policy(policies: Policies) -> None:
    view = EmptyView(policies)
    first, second = asked(policies, view), asked(policies, view)
    assert first.plan is second.plan
    assert asked(policies, view, SQL + " ").plan is not first.plan
    view.close()


def test_a_plan_drawn_under_another_policy_is_drawn_anew(policies: Policies) -> None:
    view = EmptyView(policies)
    first = asked(policies, view)
    project = ProjectId(WIDE)
    policy = policies.in_force[project]
    stricter = replace(policy, rules=replace(policy.rules, min_units=20))
    changed = replace(policies, in_force={**policies.in_force, project: stricter})
    second = asked(changed, view)
    assert second.plan is not first.plan
    assert (first.rules.min_units, second.rules.min_units) == (10, 20)
    view.close()


def test_who_may_no_longer_ask_gets_no_plan_that_was_kept(policies: Policies) -> None:
    view = EmptyView(policies)
    asked(policies, view)
    with pytest.raises(Refusals) as later:
        asked(policies, view, days=20_000)
    assert {problem.code for problem in later.value.problems} >= {"project-ended"}
    question = Question(ProjectId(WIDE), PersonId("admin@enclave.example"), SQL)
    with pytest.raises(Refusals):
        plan_query(question, policies, view, now=NOW)
    view.close()


def test_a_table_that_is_taken_away_is_missed_by_a_kept_plan_too(policies: Policies) -> None:
    view = EmptyView(policies)
    asked(policies, view)
    view.has_table = lambda *_: False  # type: ignore[method-assign]
    with pytest.raises(Refusals) as refused:
        asked(policies, view)
    assert refused.value.problems[0].code == "unknown-table"
    view.close()


def test_only_the_texts_asked_for_last_are_kept() -> None:
    kept: Recent[str, int] = Recent(2)
    kept.keep("a", 1)
    kept.keep("b", 2)
    assert kept.get("a") == 1
    kept.keep("c", 3)
    assert (kept.get("a"), kept.get("b"), kept.get("c"), len(kept)) == (1, None, 3, 2)


def test_the_statement_for_the_members_is_written_once(policies: Policies) -> None:
    view = EmptyView(policies)
    leaf = asked(policies, view).plan.steps[0]
    assert isinstance(leaf, LeafStep)
    assert leaf.behind is leaf.behind
    view.close()


def test_the_columns_of_a_plan_stand_in_one_order_in_every_process(policies: Policies) -> None:
    """Those of a public table are handled as a set, whose order changes from process to process."""
    with closing(EmptyView(policies)) as view:
        sql = "SELECT s.region, count(*) FROM ks4_pupil k JOIN school s ON s.urn = k.urn GROUP BY s.region"
        (leaf,) = asked(policies, view, sql).plan.protected.steps
    assert isinstance(leaf, Leaf)
    public = [int(id.removeprefix("c")) for id, base in leaf.people.bases.items() if base.public]
    assert len(public) > 20
    assert public == sorted(public)


FRAMED = (
    "SELECT gender, count(*) FROM ks4_pupil GROUP BY gender",
    "SELECT ethnic_group_major, count(*) FROM school_census_pupil GROUP BY 1",
    "SELECT la_code, median(att8), quantile_cont(p8, [0.1, 0.9]) FROM ks4_pupil GROUP BY la_code",
    "SELECT la_code, count(*), sum(CASE WHEN gender = 'F' THEN 1 ELSE 0 END) FROM school_census_pupil GROUP BY la_code",
)


def test_questions_are_planned_alike_whether_their_frames_are_known(policies: Policies) -> None:
    frames = Frames()
    one, other = (leaves(policies, EmptyView(policies, frames)) for _ in range(2))
    assert one == other


def leaves(policies: Policies, view: EmptyView) -> list[tuple[str, Mapping[str, str]]]:
    """SQL and types of the leaves of each question."""
    with closing(view):
        plans = [
            plan_query(Question(ProjectId(WIDE), PersonId(PERSON), sql), policies, view, now=NOW).plan
            for sql in FRAMED
        ]
    return [(step.sql, step.types) for plan in plans for step in plan.steps if isinstance(step, LeafStep)]


TABLES = {"t": [("a", "INTEGER"), ("b", "VARCHAR"), ("d", "DECIMAL(5,2)"), ("w", "DATE")]}
TEXTS = (
    'SELECT "a" AS "x", count(*) AS "n", sum("d") AS "s" FROM "t" GROUP BY "a" ORDER BY "n" LIMIT 3',
    'SELECT quantile_cont("a", [0.25, 0.5]) AS "q", avg("d") AS "m", NULL AS "z" FROM "t"',
    'SELECT DISTINCT "b" AS "x" FROM "t"',
    'SELECT DISTINCT "a" + 1 AS "x", "d" AS "y" FROM "t" ORDER BY "d", "a" + 1 LIMIT 3',
    'SELECT DISTINCT ON ("a") "b" AS "x", "d" AS "y" FROM "t" ORDER BY "w"',
    'SELECT DISTINCT "a", count(*) AS "n" FROM "t" GROUP BY "a", "b" ORDER BY "n"',
    'SELECT "b" AS "x" FROM "t" UNION SELECT "b" FROM "t"',
    'SELECT "w" - DATE \'2020-01-01\' AS "i", "w" + INTERVAL 1 DAY AS "j" FROM "t"',
    'WITH "c" AS (SELECT "a" AS "y" FROM "t") SELECT max("y") OVER () AS "x" FROM "c" ORDER BY "y" + 1 DESC',
    'WITH "c" AS MATERIALIZED (SELECT "a" AS "y" FROM "t") SELECT "l"."y" AS "x" FROM "c" AS "l", "c" AS "r"',
)


@pytest.mark.parametrize("sql", TEXTS)
def test_types_read_from_a_plan_are_those_that_the_binder_describes(sql: str) -> None:
    shadow = Shadow(TABLES)
    described = shadow.outputs(sql)
    found = shadow.bind_generated(sql, [name for name, _ in described])
    assert found.outputs == described
    assert shadow.bind_generated(sql, [name for name, _ in described]) is found
    shadow.close()


def test_a_generated_text_over_other_types_is_read_again() -> None:
    shadow = Shadow(TABLES)
    sql = 'SELECT "n" AS "n" FROM "step_1"'
    one = shadow.bind_generated(sql, ["n"], extra={"step_1": [("n", "BIGINT")]})
    other = shadow.bind_generated(sql, ["n"], extra={"step_1": [("n", "DATE")]})
    assert (one.outputs, other.outputs) == ((("n", "BIGINT"),), (("n", "DATE"),))
    shadow.close()


ALIKE = (
    ("SELECT a + 1 AS x FROM t", "SELECT (a + 1) AS x FROM t", True),
    ("SELECT a + 1 AS x FROM t", "SELECT a + 2 AS x FROM t", False),
    ("SELECT a + 1 AS x FROM t", "SELECT a + 1 AS y FROM t", False),
    ("SELECT b AS x FROM t WHERE b = 'query_location'", "SELECT b AS x FROM t WHERE b = 'query_locations'", False),
    (
        "SELECT a AS x FROM t WHERE b = '\"query_location\":\"1\",'",
        "SELECT a AS x FROM t WHERE b = '\"query_location\":\"2\",'",
        False,
    ),
    ("SELECT a AS x FROM t WHERE b = '\"alias\":\"(\"'", "SELECT a AS x FROM t WHERE b = '\"alias\":\"((\"'", False),
)  # fmt: skip


@pytest.mark.parametrize(("one", "other", "same"), ALIKE)
def test_two_texts_are_alike_where_their_plans_are_and_only_there(one: str, other: str, same: bool) -> None:
    shadow = Shadow(TABLES)
    assert shadow.same_meaning(one, other) is same
    shadow.close()
