"""The standard margins beside one question: of the censuses that it touches, counted when a process first needs them.

They are read by a worker of the ledger's own. A project's workers see the columns that the project was granted, and
margins are by others too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from enclave.actions.ledger_books import Books
from enclave.disclosure.ledger.census_margins import CensusMargins
from enclave.disclosure.ledger.censuses import read_censuses
from enclave.disclosure.ledger.counted import CensusRows, Level
from enclave.query.standard_margins import MarginsStep

Read = Callable[[Mapping[str, pa.Table]], Iterable[CensusRows]]
"""Runs the statement of the margins, for the censuses that are wanted."""


@dataclass(frozen=True, slots=True)
class Publishing:
    """By what margins are kept: the data version, and the threshold below which nothing is published.

    `heads_are_known`: headcounts of the register, of its clusters and of their parts are entered by themselves.
    """

    books: Books
    data_version: str
    min_units: int
    heads_are_known: bool


def margins_at(
    step: MarginsStep, censuses: pa.Table, by: Publishing, *, read: Read
) -> Sequence[CensusMargins]:
    """The margins of these censuses. Read is what was not counted before, once for all who ask."""
    layout = step.layout
    there = read_censuses(censuses, layout.censuses)
    found = by.books.margins(by.data_version, layout, there.names.values(), by.min_units)
    missing = [code for code, name in there.names.items() if name not in found]
    if missing:
        wanted = censuses.filter(pa.array(np.isin(there.codes, missing)))
        for rows in read({step.censuses_input: wanted}):
            heads = _heads(layout.part) if by.heads_are_known else frozenset()
            made = CensusMargins(rows, layout.by, by.min_units, without=heads)
            by.books.keep_margins(by.data_version, layout, by.min_units, made)
            found[made.name] = made
    return list(found.values())


def _heads(part: str | None) -> frozenset[tuple[Level, tuple[str, ...]]]:
    parts = () if part is None else ((Level.CLUSTER, (part,)),)
    return frozenset({(Level.WHOLE, ()), (Level.CLUSTER, ()), *parts})
