"""Books in which nothing is judged, and plans that read nobody for them. For measuring only."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import numpy as np

from enclave.actions.ledger_books import Books
from enclave.disclosure.ledger.history import Limits
from enclave.disclosure.ledger.judge import LedgerVerdict
from enclave.disclosure.ledger.numbers import LedgerNumber
from enclave.disclosure.ledger.session import LedgerSession
from enclave.disclosure.report import Codes
from enclave.outputs.ledger import Known, LabelsOf
from enclave.query.plan import LeafStep, Plan
from enclave.query.recent import Recent
from enclave.terms import ProjectId


@contextmanager
def without_members(plans: Recent[str, Any], sql: str) -> Iterator[None]:
    """The kept plan of a text lists nobody behind its cells meanwhile: that list is for the ledger alone."""
    kept = plans.get(sql)
    assert kept is not None, "it was asked before"
    plans.keep(sql, replace(kept, plan=_unlisted(kept.plan)))
    try:
        yield
    finally:
        plans.keep(sql, kept)


def _unlisted(plan: Plan) -> Plan:
    steps = (replace(step, members=None) if isinstance(step, LeafStep) else step for step in plan.steps)
    return replace(plan, steps=tuple(steps))


class _Session:
    """In place of a look into the ledger."""

    numbers: Sequence[LedgerNumber] = ()
    may_repeat = False

    def publish(self, *_: object) -> None:
        """Nothing is judged beside it."""

    def knows_areas(self, *_: object) -> bool:
        """Nobody asks where clusters stand."""
        return True

    def prepare(self, *_: object) -> None:
        """Nobody is looked at."""

    def judge(self, *_: object, primary: tuple[Codes, Mapping[str, Codes]], **__: object) -> LedgerVerdict:
        by_cell, by_measure = primary
        return LedgerVerdict(
            np.zeros_like(by_cell), {name: np.zeros_like(by_cell) for name in by_measure}, (), ()
        )


class Unjudged(Books):
    """Everything that passes the primary rules is shown, and nothing is remembered."""

    def session(
        self,
        known: Known,
        labels_of: LabelsOf,
        *,
        data_version: str,
        limits: Limits,
        checked: ProjectId | None = None,
    ) -> LedgerSession:
        del known, labels_of, data_version, limits, checked
        return cast(LedgerSession, _Session())
