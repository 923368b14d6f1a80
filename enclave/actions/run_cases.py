"""The cases beside a policy, held against what it really does. Nothing is run and no data is read."""

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from enclave.actions.check_policy import Policies
from enclave.actions.plan_query import Question, View, plan_query, rules_of
from enclave.actions.policy_checks.cases import Cases
from enclave.disclosure.asked import Cells, Measure, Statistic
from enclave.disclosure.primary import judge_cells, judge_measure
from enclave.documents import Finding, Place
from enclave.problems import Problem, Refusals, listed
from enclave.projects import Policy
from enclave.projects.case_files import QueryCase, QueryExpectation, TableCase
from enclave.projects.load import route_of
from enclave.terms import PersonId, ProjectId, Zeros

UNITS, CLUSTERS = "_units", "_clusters"


def run_cases(cases: Mapping[str, Cases], policies: Policies, view: View) -> tuple[Finding, ...]:
    """A finding for each case in which the policy does something else than the case says."""
    return tuple(finding for parsed in cases.values() for finding in _file(parsed, policies, view))


def case_count(cases: Mapping[str, Cases]) -> int:
    """How many cases there are."""
    return sum(len(parsed.entry.queries) + len(parsed.entry.tables) for parsed in cases.values())


def _file(parsed: Cases, policies: Policies, view: View) -> Iterator[Finding]:
    project = ProjectId(parsed.entry.project)
    for at, case in enumerate(parsed.entry.queries):
        found = _outcome(case, project, policies, view, parsed)
        wrong = _against(case.expect, found)
        if wrong is not None:
            yield _failed(parsed.place("queries", at, "name").found(), case.name, wrong)
    for at, table in enumerate(parsed.entry.tables):
        wrong = _table(table, policies.in_force[project])
        if wrong is not None:
            yield _failed(parsed.place("tables", at, "name").found(), table.name, wrong)


def _failed(place: Place, name: str, wrong: str) -> Finding:
    fix = "correct the policy, or the case if it asks for the wrong thing"
    return Finding(place, "case-failed", f'"{name}": {wrong}', fix=fix)


def _outcome(
    case: QueryCase, project: ProjectId, policies: Policies, view: View, parsed: Cases
) -> str | Sequence[Problem]:
    """The route that the query would take, or why it would be refused."""
    question = Question(project, PersonId(case.asked_by), case.sql)
    try:
        return str(plan_query(question, policies, view, now=parsed.entry.at(case)).routing.route)
    except Refusals as refusals:
        return refusals.problems


def _against(expected: QueryExpectation, found: str | Sequence[Problem]) -> str | None:
    """What is not as it was expected; None when all is."""
    if isinstance(found, str):
        if expected.refused is not None:
            return f"it is allowed ({found}), and should be refused: {expected.refused}"
        wanted = None if expected.route is None else str(route_of(expected.route))
        return None if wanted in {None, found} else f"its route is {found}, and should be {wanted}"
    codes = sorted({problem.code for problem in found})
    if expected.refused is None:
        return f"it is refused ({listed(codes)}), and should be allowed"
    meant = [problem for problem in found if problem.code == expected.refused]
    if not meant:
        return f"it is refused with {listed(codes)}, and should be with {expected.refused}"
    return _details(expected, meant)


def _details(expected: QueryExpectation, meant: Sequence[Problem]) -> str | None:
    fields = [expected.field] if isinstance(expected.field, str) else expected.field or []
    said = " ".join(problem.detail for problem in meant)
    unnamed = [name for name in fields if name not in said]
    if unnamed:
        return f"the refusal does not name {listed(unnamed)}"
    places = [(span.line, span.column) for problem in meant for span in problem.spans]
    for line, column in places or [(0, 0)]:
        if expected.line in {None, line} and expected.column in {None, column}:
            return None
    seen = listed([f"{line}:{column}" for line, column in places]) or "nowhere"
    return f"the refusal points at {seen}, and should at {expected.line or '?'}:{expected.column or '?'}"


def _table(case: TableCase, policy: Policy) -> str | None:
    """What the primary rules make of the cells, in the order of the case."""
    rules, count = rules_of(policy), case.columns[-1]
    table = pa.table(
        {
            count: pa.array([row[-1] for row in case.rows], pa.int64()),
            UNITS: pa.array([behind.units for behind in case.companions], pa.int64()),
            CLUSTERS: pa.array([behind.clusters for behind in case.companions], pa.int64()),
        }
    )
    measure = Measure(count, Statistic.ROWS, UNITS, Zeros.HIDDEN)
    cells = Cells(dimensions=(), units=UNITS, clusters=CLUSTERS, measures=(measure,))
    hidden = (judge_cells(table, cells, rules) != 0) | (judge_measure(table, measure, rules) != 0)
    found = ["c" if one else "ok" for one in hidden]
    return (
        None
        if found == case.expect.cells
        else f"the cells are {listed(found)}, and should be {listed(case.expect.cells)}"
    )
