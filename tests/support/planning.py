"""Planning without data: the product's own catalogue, a project that has nearly every field, and an empty shadow."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from benchmarks.deployment import PERSON, WIDE
from benchmarks.deployment import _widen as widened
from enclave.actions.check_policy import Policies
from enclave.actions.plan_query import Planned, Question, plan_query
from enclave.catalogue.marks import ALONE, ONCE
from enclave.projects import Policy
from enclave.query.bound import Frames
from enclave.query.rendering import ROW
from enclave.query.shadow import Shadow
from enclave.query.store_view import store_view
from enclave.terms import PersonId, ProjectId
from enclave.wiring.home import make_home
from enclave.wiring.packaged import packaged_policies
from enclave.wiring.policies import policies_of

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


class EmptyView:
    """Names and types of every table, no rows; made of the catalogue."""

    def __init__(self, policies: Policies, frames: Frames | None = None) -> None:
        self._policies = policies
        self._frames = frames
        self._shadow: Shadow | None = None

    def shadow(self, policy: Policy) -> Shadow:
        if self._shadow is None:
            self._shadow = Shadow(dict(self._described(policy)), self._frames)
        return self._shadow

    def has_table(self, policy: Policy, table: str) -> bool:
        return policy.table(table) is not None

    def close(self) -> None:
        if self._shadow is not None:
            self._shadow.close()

    def _described(self, policy: Policy) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        for relation in store_view(policy, self._policies.catalogue):
            table = self._policies.catalogue.tables[relation.table]
            names = (*relation.columns, *relation.logical)
            yield relation.name, [(name, _type(name, table.key, table.fields)) for name in names]


def _type(name: str, key: str | None, fields: object) -> str:
    assert hasattr(fields, "__getitem__")
    if name == ROW:
        return "BIGINT"
    if name in (ONCE, ALONE):
        return "BOOLEAN"
    if name == key:
        return "INTEGER"
    kind = str(fields[name].type)
    return "VARCHAR" if "CHAR" in kind else kind


class Planner:
    """Plans queries for the wide project."""

    def __init__(self, policies: Policies, view: EmptyView) -> None:
        self.policies, self.view = policies, view

    def plan(self, sql: str) -> Planned:
        return plan_query(Question(ProjectId(WIDE), PersonId(PERSON), sql), self.policies, self.view, now=NOW)


@cache
def _policies() -> Policies:
    """They are frozen, and reading them takes longer than most files of tests."""
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder) / "home", policies=packaged_policies())
        widened(home)
        return policies_of(home)


@contextmanager
def planner() -> Iterator[Planner]:
    policies = _policies()
    view = EmptyView(policies)
    try:
        yield Planner(policies, view)
    finally:
        view.close()
