"""Books in which nothing is judged: what the primary rules alone would show. For measuring only."""

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np

from enclave.actions.ledger_books import Books
from enclave.disclosure.ledger.history import Limits
from enclave.disclosure.ledger.judge import LedgerVerdict
from enclave.disclosure.ledger.numbers import LedgerNumber
from enclave.disclosure.ledger.session import LedgerSession
from enclave.disclosure.report import Codes
from enclave.outputs.ledger import Known, LabelsOf
from enclave.terms import ProjectId


class _Session:
    """In place of a look into the ledger."""

    numbers: Sequence[LedgerNumber] = ()
    may_repeat = False

    def publish(self, *_: object) -> None:
        """Nothing is judged beside it."""

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
