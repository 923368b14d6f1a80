"""The linear audit: may one more number be shown, beside all that were, without solving for a few units?

Numbers of one kind over one base are sums over their units of one unknown value each, so all that follows from them
by linear algebra is the span of their populations, as rows of ones and zeros over atoms. A row of the span that rests
on fewer than `min_units` units tells about these few. The docs page `linear-audit` has the derivation, and what this
cannot see.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from enclave.disclosure.ledger.handful import MOST, Handful, Left, no_numbers
from enclave.disclosure.ledger.numbers import Labels
from enclave.disclosure.ledger.span import Span, Trial, no_span


class Finding(Enum):
    """What a new number would do beside those already shown; the first that holds."""

    FEW = "few"  # a row of the echelon form would rest on fewer than min_units units
    SMALL_ATOMS = (
        "small atoms"  # two atoms of together fewer than min_units units could be told from the rest
    )
    ZERO_REST = "zero rest"  # it follows from others only because nobody is in some difference
    CAP = "cap"  # more independent numbers than a base of this size may ever give
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class _Few:
    """The numbers of a small system as bits; `visible` is `real` itself until a number's two populations differ."""

    real: Handful
    visible: Handful

    def and_with(self, labels: Labels, visible: Labels) -> "_Few":
        real = self.real.and_with(labels)
        together = self.visible is self.real and _same(labels, visible)
        return _Few(real, real if together else self.visible.and_with(visible))


@dataclass(frozen=True, slots=True)
class _Spans:
    """The same as spans, for systems of any size."""

    real: Span
    visible: Span

    def tried(self, labels: Labels, visible: Labels, min_units: int) -> tuple[Trial, Trial]:
        real = self.real.tried(labels, min_units=min_units)
        together = self.visible is self.real and _same(labels, visible)
        return real, real if together else self.visible.tried(visible, min_units=min_units)


class System:
    """The shown numbers of one kind over one base.

    `judge` decides and changes nothing. `add` never refuses: it is told what *is* known, margins that everybody has
    among it, even where these tell about a few by themselves.
    """

    __slots__ = ("_few", "_last", "_min_units", "_most_rank", "_numbers", "_spans")

    def __init__(self, *, min_units: int, most_rank: int | None) -> None:
        self._min_units = min_units
        self._most_rank = most_rank
        self._numbers: list[tuple[Labels, Labels]] = []  # in no span yet
        self._few: _Few | None = _NONE  # the first of them as bits, while there are no spans
        self._spans = _NO_SPANS
        self._last: tuple[Labels, Labels, _Few | tuple[Trial, Trial]] | None = None  # judged

    @property
    def rank(self) -> int:
        """How many of the numbers are independent."""
        return self._settled().real.echelon.rank

    @property
    def visible_rank(self) -> int:
        """How many are independent for those who know the visible populations only: what the lifetime cap counts."""
        return self._settled().visible.echelon.rank

    def copy(self) -> "System":
        """The same system, to go on with apart from this one. Quick: all that it holds are values.

        What waits to be worked out is worked out first, so that no copy has to do it again.
        """
        if self._few is not None and len(self._numbers) < MOST:
            self._sketched()
        else:
            self._settled()
        other = System(min_units=self._min_units, most_rank=self._most_rank)
        other._numbers, other._few, other._spans = list(self._numbers), self._few, self._spans
        return other

    def add(self, labels: Labels, visible: Labels) -> None:
        """Remember a number that is shown, or known to everybody."""
        last, self._last = self._last, None
        if last and last[0] is labels and last[1] is visible:
            if not isinstance(last[2], _Few):
                self._spans = _joined(*last[2])
                return
            self._few = last[2]
        self._numbers.append((labels, visible))

    def judge(self, labels: Labels, visible: Labels) -> Finding:
        """What showing this number would do. Changes nothing.

        Only what the number makes worse counts: what follows from the numbers before it, however small, is not held
        against it. A number that follows from others, by its visible population too, tells nothing: clear.
        """
        found = self._judge_few(labels, visible) if self._few and len(self._numbers) < MOST else None
        return found or self._judge_any(labels, visible)

    def _judge_few(self, labels: Labels, visible: Labels) -> Finding | None:
        """The answer from bits, or none where that takes a closer look."""
        few = self._sketched().and_with(labels, visible)
        self._last = (labels, visible, few)
        _, left = few.real.last(min_units=self._min_units)
        near_cap = self._most_rank is not None and few.real.count > self._most_rank
        if left is Left.LIGHT:
            return None
        if left is Left.HEAVY and not near_cap:
            return Finding.CLEAR
        rank, seen = few.visible.last(min_units=self._min_units)
        return self._finding(left is Left.NOTHING, None if seen is Left.NOTHING else rank)

    def _judge_any(self, labels: Labels, visible: Labels) -> Finding:
        real, seen = self._settled().tried(labels, visible, self._min_units)
        self._last = (labels, visible, (real, seen))
        if real.may_hide_few():
            if real.row_on_few():
                return Finding.FEW
            if real.two_small_atoms():
                return Finding.SMALL_ATOMS
        return self._finding(real.left is None, None if seen.left is None else seen.before.echelon.rank)

    def _finding(self, follows: bool, visible_rank: int | None) -> Finding:
        """The answer for a number that brings no row on few units; no visible rank: it follows by what is visible."""
        if visible_rank is None:
            return Finding.CLEAR
        if follows:
            return Finding.ZERO_REST
        passes = self._most_rank is not None and visible_rank >= self._most_rank
        return Finding.CAP if passes else Finding.CLEAR

    def _sketched(self) -> _Few:
        """The bits of all numbers, brought up to date."""
        assert self._few is not None, "there are no spans"
        for number in self._numbers[self._few.real.count :]:
            self._few = self._few.and_with(*number)
        return self._few

    def _settled(self) -> _Spans:
        """The spans of all numbers, brought up to date."""
        for labels, visible in self._numbers:
            self._spans = _joined(*self._spans.tried(labels, visible, self._min_units))
        self._numbers, self._few = [], None
        return self._spans


def _same(labels: Labels, visible: Labels) -> bool:
    return labels is visible or np.array_equal(labels, visible)


def _joined(real: Trial, visible: Trial) -> _Spans:
    """The spans with the number that was tried."""
    return _Spans(real.after, real.after if visible is real else visible.after)


_NONE = (lambda none: _Few(none, none))(no_numbers())
_NO_SPANS = (lambda none: _Spans(none, none))(no_span())
