"""What was hidden and why: for checkers alone. To everyone else all hidden cells look the same.

Kept as arrays of codes, since a large table hides many; `changes` makes one object per hidden cell when asked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from enclave.disclosure.columns import Mask
from enclave.disclosure.raw import Raw


class Rule(StrEnum):
    """The primary rules, in the order in which they are tried; then those of the ledger, of what passed them."""

    UNITS = "too few units"
    CLUSTERS = "too few clusters"
    CONTRIBUTORS = "too few units with a value"
    PATHS = "too few units on one side of a condition"
    CLASSES = "too few units in one class of a selector, or one class alone"
    TWO_VALUED = "two values, and too few units at one of them"
    ALL_THE_SAME = "everybody has the same value"
    UNITS_DOMINATE = "the largest units hold too much of the total"
    UNIT_ESTIMATED = "the second largest unit could estimate the largest"
    CLUSTERS_DOMINATE = "the largest clusters hold too much of the total"
    CLUSTER_ESTIMATED = "the second largest cluster could estimate the largest"
    DEGREES_OF_FREEDOM = "too few units beyond the parameters"
    LEVERAGE = "one unit holds more than half of the spread"
    QUANTILE_AT_THE_END = "the quantile lies among too few units at an end"
    QUANTILE_OF_FEW = "the values around the quantile are of too few units"
    NOT_A_NUMBER = "the value is not a finite number"
    DIFFERENCE = "it holds an earlier number, or lies within one, but for a few units"
    COMPLEMENT = "with an earlier number it makes up a third but for a few units"
    TWO_SIDED = "a few units make the difference to an earlier number"
    ZERO_DIFFERENCE = "it equals an earlier number only as it happens"
    HELD_DIFFERENCE = "what lies between it and an earlier sum is mostly of one unit or two"
    BRANCH = "too few units in one branch of its conditions"
    LINEAR = "with earlier numbers it could be solved for a few units"
    ZERO_REST = "it follows from earlier numbers only as nobody is in a rest"
    LIFETIME_CAP = "its base has given as many independent numbers as it ever may"
    SECONDARY = "it would give away what is hidden beside it"


Codes = npt.NDArray[np.int8]
"""One code per cell: 0 where nothing is hidden, else 1 + the position of the broken rule in `Rule`."""

RULES = tuple(Rule)
CODE_OF = {rule: code for code, rule in enumerate(RULES, start=1)}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing hidden. `cell` counts the cells of the raw table in the order of their keys.

    `measure` is None where the whole cell went, all its measures with it. `rule` is the first that the cell broke.
    """

    cell: int
    measure: str | None
    rule: Rule


@dataclass(frozen=True, slots=True)
class Witness:
    """With which known numbers (by their handles in the ledger) something hidden would have told too much.

    `cell` counts as in `Change`; `handles` are empty where the numbers of the same answer are the witnesses, or a whole
    system of numbers is.
    """

    cell: int
    measure: str | None
    rule: Rule
    handles: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TopShare:
    """The shown cell in which the two largest (`of`: units or clusters) hold most of a measure; shares from 0 to 1."""

    measure: str
    of: str  # unit | cluster
    largest: float
    two_largest: float
    cell: int  # counts as in `Change`


@dataclass(frozen=True, slots=True)
class Guard:
    """How well the hidden cells of one number of a leaf (`measure`; None: the cells themselves) are hidden.

    Of `cells` that add up, `primary` were hidden by other rules and `secondary` with them, at a `cost` that no pattern
    could bring below `bound`. `intervals`: what is left to an attacker of each, without an end where nothing holds it
    down, and whether it is a secondary one. `open`: how many stay too well known, as what would have to go with them
    was shown before. `amounts`: it is about what the number adds up, not about how many stand behind it.
    """

    measure: str | None
    cells: int
    primary: int
    secondary: int
    cost: float
    bound: float
    open: int
    intervals: tuple[tuple[float, float, bool], ...]
    amounts: bool = False


@dataclass(frozen=True, slots=True)
class Alteration:
    """How far the shown numbers of a measure are from what they were, where a method changes them.

    `greatest`: of counts (`counted`) how many they are off, of others which share of the number. It and `changed` are
    None where so few are shown that they would tell one. Of `totals` that stand beside all their parts, `totals_out`
    are not the sum of them.
    """

    measure: str
    counted: bool
    shown: int
    changed: int | None
    greatest: float | None
    totals: int
    totals_out: int


@dataclass(frozen=True, slots=True)
class Hidden:
    """How much one rule hid. A thing that breaks several rules counts under the first."""

    cells: int
    measures: int


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class RiskReport:
    """What the rules did to one leaf. Every array follows the raw table in the order of its keys.

    A measure's code is 0 in a cell that is hidden itself. `keys` are the keys of all cells, hidden ones too: raw, as
    nobody else may know which cells there were. `flagged` is what is shown and a rule asks a checker to weigh: only on
    checked routes, and only by rules that may (`verdict.MAY_FLAG`).
    """

    keys: Raw
    cells: Codes
    measures: Mapping[str, Codes]
    witnesses: tuple[Witness, ...] = ()
    tops: tuple[TopShare, ...] = ()
    flagged: tuple[Witness, ...] = ()
    guards: tuple[Guard, ...] = ()
    altered: tuple[Alteration, ...] = ()

    def by_rule(self) -> dict[Rule, Hidden]:
        """What each rule hid, rules that hid nothing left out."""
        found = {rule: self._hidden_by(code) for rule, code in CODE_OF.items()}
        return {rule: hidden for rule, hidden in found.items() if hidden != Hidden(0, 0)}

    def changes(self) -> Iterator[Change]:
        """Every hidden cell, then every hidden measure of the shown ones, each in the order of the keys."""
        yield from _changes(None, self.cells)
        for name, codes in self.measures.items():
            yield from _changes(name, codes)

    def hidden_cells(self) -> Mask:
        return self.cells > 0

    def hidden_in(self, measure: str) -> Mask:
        """Where this measure is hidden, by itself or with its cell."""
        return (self.cells > 0) | (self.measures[measure] > 0)

    def _hidden_by(self, code: int) -> Hidden:
        measures = sum(int((codes == code).sum()) for codes in self.measures.values())
        return Hidden(cells=int((self.cells == code).sum()), measures=measures)

    def __repr__(self) -> str:
        return "<RiskReport>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a risk report is for checkers and cannot be pickled")


def _changes(measure: str | None, codes: Codes) -> Iterator[Change]:
    for cell in np.flatnonzero(codes):
        yield Change(cell=int(cell), measure=measure, rule=RULES[codes[cell] - 1])
