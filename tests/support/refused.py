"""The corpus of refused queries, and who asks each of them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.deployment import PERSON, WIDE
from enclave.actions.check_policy import Policies
from enclave.actions.plan_query import Planned, Question, plan_query
from enclave.problems import Problem, Refusals
from enclave.terms import PersonId, ProjectId
from tests.support.planning import NOW, Planner, planner

_FILE = Path(__file__).parents[1] / "corpus" / "refused.sql"
_HEAD = re.compile(r"-- (name|project|person|date|lapsed|purpose|code|at): ?(.*)")
_CHAIN = " OR ".join(f"la_code = '{code}'" for code in range(200, 360))


@dataclass(frozen=True, slots=True)
class RefusedQuery:
    """A query, who asks it when, and for each of its problems the code and the words of its place."""

    name: str
    sql: str
    project: ProjectId
    person: PersonId
    now: datetime
    lapsed: bool
    purpose: str | None
    expected: tuple[tuple[str, tuple[str, ...]], ...]


def refused_queries() -> tuple[RefusedQuery, ...]:
    """Every query of the corpus, in the order of the file."""
    blocks = _FILE.read_text(encoding="utf-8").split("\n\n-- name: ")[1:]
    return tuple(_read("-- name: " + block) for block in blocks)


def _read(block: str) -> RefusedQuery:
    heads: list[tuple[str, str]] = []
    lines = block.split("\n")
    while lines and (found := _HEAD.fullmatch(lines[0])):
        heads.append((found[1], found[2]))
        lines.pop(0)
    given = dict(heads)
    expected: list[tuple[str, tuple[str, ...]]] = []
    for name, value in heads:
        if name == "code":
            expected.append((value, ()))
        elif name == "at" and value:
            code, places = expected.pop()
            expected.append((code, (*places, value)))
    at = datetime.fromisoformat(given["date"]).replace(tzinfo=UTC) if "date" in given else NOW
    return RefusedQuery(
        given["name"],
        "\n".join(lines).strip().replace("@OR_CHAIN@", _CHAIN),
        ProjectId(given.get("project", WIDE)),
        PersonId(given.get("person", PERSON)),
        at,
        "lapsed" in given,
        given.get("purpose"),
        tuple(expected),
    )


class Asker:
    """Plans a query for whoever asks it."""

    def __init__(self, plans: Planner) -> None:
        self._plans = plans

    def plan(self, query: RefusedQuery, sql: str | None = None) -> Planned:
        """The plan of a query of the corpus, or of other words by the same person."""
        text = query.sql if sql is None else sql
        question = Question(query.project, query.person, text)
        return plan_query(
            question, _policies_for(query, self._plans.policies), self._plans.view, now=query.now
        )

    def problems(self, query: RefusedQuery, sql: str | None = None) -> tuple[Problem, ...]:
        """What is wrong with it; nothing where it may be asked."""
        try:
            self.plan(query, sql)
        except Refusals as refusals:
            return refusals.problems
        return ()


def _policies_for(query: RefusedQuery, policies: Policies) -> Policies:
    """The policies in force, with what a query wants of them: a person without training, another purpose."""
    if query.lapsed:
        person = replace(policies.people[query.person], training=())
        return replace(policies, people={**policies.people, query.person: person})
    if query.purpose is not None:
        policy = policies.in_force[query.project]
        purpose = replace(policy.project.purpose, kind=query.purpose)
        policy = replace(policy, project=replace(policy.project, purpose=purpose))
        return replace(policies, in_force={**policies.in_force, query.project: policy})
    return policies


@contextmanager
def asker() -> Iterator[Asker]:
    with planner() as plans:
        yield Asker(plans)
