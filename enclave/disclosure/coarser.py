"""Which coarser grouping would hide less: from the report's own keys, without looking at anybody again.

A group of a coarser table is counted as shown if one of the cells that make it up is shown, since it holds at least as
many people. One made of hidden cells alone may be enough or not; it is counted as hidden. So shares are upper bounds.

Limit: only what hides whole cells is counted, not single numbers; margins that a coarser table would bring are not
looked at.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from enclave.disclosure.columns import Positions
from enclave.disclosure.report import RiskReport
from enclave.terms.moments import python_values


@dataclass(frozen=True, slots=True)
class Way:
    """One way to group more coarsely: leave a key out, or take each value's parent instead."""

    said: str
    key: str
    parents: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Coarser:
    """What a way would come to: at most `hidden` of `cells` hidden whole."""

    said: str
    cells: int
    hidden: int


def coarser(report: RiskReport, ways: Iterable[Way]) -> tuple[Coarser, ...]:
    """The ways that hide a smaller share of cells than now, the one that hides least first."""
    hidden = report.hidden_cells()
    if not hidden.any():
        return ()
    keys = report.keys.reveal()
    codes = {name: _codes(keys.column(name)) for name in keys.column_names}
    found = []
    for way in (way for way in ways if way.key in codes):
        others = [codes[name] for name in keys.column_names if name != way.key]
        if way.parents is not None:
            others.append(_parents(keys.column(way.key), way.parents))
        group = _groups(others, len(hidden))
        shown = np.zeros(int(group.max()) + 1, dtype=np.bool_)
        shown[group[~hidden]] = True
        found.append(Coarser(way.said, len(shown), int((~shown).sum())))
    better = [one for one in found if one.hidden * len(hidden) < int(hidden.sum()) * one.cells]
    return tuple(sorted(better, key=lambda one: (one.hidden / one.cells, one.said)))


def _codes(column: "pa.ChunkedArray[Any]") -> Positions:
    encoded = column.combine_chunks().dictionary_encode()
    codes: Positions = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy()
    return codes.astype(np.int64)


def _parents(column: "pa.ChunkedArray[Any]", parents: Mapping[str, str]) -> Positions:
    """A number for the parent of each value. A value without one stands for itself, null too."""
    encoded = column.combine_chunks().dictionary_encode()
    names = [parents.get(str(value), f"\x00{value}") for value in python_values(encoded.dictionary)]
    number = {name: at for at, name in enumerate(dict.fromkeys(names))}
    of_code = np.array([*(number[name] for name in names), len(number)], dtype=np.int64)
    return of_code[_codes(column)]


def _groups(codes: list[Positions], size: int) -> Positions:
    group = np.zeros(size, dtype=np.int64)
    for one in codes:
        pairs = group * (int(one.max()) + 1) + one
        group = np.unique(pairs, return_inverse=True)[1].astype(np.int64)
    return group
