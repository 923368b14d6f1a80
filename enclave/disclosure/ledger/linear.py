"""The linear audit: may one more number be shown, beside all that were, without solving for a few units?

Numbers of one kind over one base are sums over their units of one unknown value each, so all that follows from them
by linear algebra is the span of their populations, as rows of ones and zeros over atoms. A row of the span that rests
on fewer than `min_units` units tells about these few. The docs page `linear-audit` has the derivation, and what this
cannot see.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from enclave.disclosure.ledger.atoms import Atoms, Flags, divide, no_atoms, refine
from enclave.disclosure.ledger.certain import adds_up_always
from enclave.disclosure.ledger.echelon import Echelon, no_rows, widened
from enclave.disclosure.ledger.folded import FOLDED_FROM, Folded, folded, unfolded
from enclave.disclosure.ledger.handful import MOST_JUDGED, Handful, Left, no_numbers
from enclave.disclosure.ledger.hidden_conditions import NO_CONDITIONS, Hidden
from enclave.disclosure.ledger.numbers import Labels, are_equal
from enclave.disclosure.ledger.span import Cut, Span, Trial, no_span
from enclave.disclosure.ledger.worlds import Worlds

_TOGETHER = 3
"""Numbers that wait for a system: so many are quicker worked out together than one by one."""


class Finding(Enum):
    """What a new number would do beside those already shown; the first that holds."""

    FEW = "few"  # a row of the echelon form would rest on fewer than min_units units
    SMALL_ATOMS = "small atoms"  # two rows of it together would, two small atoms on their own among these
    ZERO_REST = "zero rest"  # it follows from others only because nobody is in some difference
    CAP = "cap"  # more independent numbers than a base of this size may ever give
    CLEAR = "clear"


class _Number(NamedTuple):
    labels: Labels
    visible: Labels
    hidden: Hidden
    heads: bool = False

    def is_that(self, other: "_Number") -> bool:
        """Whether it is the very same, without a look into the arrays."""
        return self.labels is other.labels and self.visible is other.visible and self.hidden == other.hidden

    def digest(self) -> bytes:
        """Equal for the same populations under the same hidden conditions."""
        made = hashlib.blake2b("\x1f".join(sorted(self.hidden)).encode(), digest_size=16)
        for labels in (self.labels,) if self.labels is self.visible else (self.labels, self.visible):
            made.update(len(labels).to_bytes(8, "big"))
            made.update(labels.tobytes())
        return made.digest()

    @property
    def is_visible(self) -> bool:
        return are_equal(self.labels, self.visible)


@dataclass(frozen=True, slots=True, eq=False)
class _Few:
    """The numbers of a small system as bits; `visible` is `real` itself until a number's two populations differ."""

    real: Handful
    visible: Handful
    hidden: tuple[Hidden, ...]

    def and_with(self, number: _Number) -> "_Few":
        real, hidden = self.real.and_with(number.labels), (*self.hidden, number.hidden)
        together = self.visible is self.real and number.is_visible
        return _Few(real, real if together else self.visible.and_with(number.visible), hidden)

    def last_is_certain(self, times: Sequence[int], worlds: Worlds) -> bool:
        """Whether the last, which follows from the others, does so whatever hidden fields hold."""
        return adds_up_always(times, self.hidden, self.visible.members(), worlds)


@dataclass(frozen=True, slots=True, eq=False)
class _Tried:
    """One number more than there is in some spans."""

    spans: "_Spans"
    number: _Number
    real: Trial
    visible: Trial | Cut

    def is_certain(self, worlds: Worlds) -> bool:
        """Whether it, which follows from the others, does so whatever hidden fields hold."""
        times = [*self.real.times.tolist(), 1]
        return adds_up_always(times, (*self.spans.hidden, self.number.hidden), self._seen(), worlds)

    def joined(self) -> "_Spans":
        """The spans with the number. One that follows is in them already."""
        visible = self.real.after if self.visible is self.real else self.visible.after
        if self.real.follows:
            return replace(self.spans, real=self.real.after, visible=visible, seen=self._seen()[:-1])
        hidden, heads = (*self.spans.hidden, self.number.hidden), (*self.spans.heads, self.number.heads)
        return _Spans(self.real.after, visible, hidden, self._seen(), heads)

    def telling(self) -> Flags:
        """Which of the numbers, it itself last, tell of the kind: all but counts of heads."""
        return ~np.array((*self.spans.heads, self.number.heads), dtype=np.bool_)

    def _seen(self) -> Flags:
        refined = self.visible.refined
        return np.vstack((widened(self.spans.seen, refined.split, refined.fresh), refined.inside))


@dataclass(frozen=True, slots=True, eq=False)
class _Spans:
    """The same as spans, for systems of any size.

    Of the numbers that the real span is made of: their hidden conditions, which visible atoms they have, and whether
    they are counts of heads. Without a cap nobody asks what follows from visible ones: only their atoms are kept.
    """

    real: Span
    visible: Span
    hidden: tuple[Hidden, ...]
    seen: Flags
    heads: tuple[bool, ...] = ()

    @property
    def visible_rank(self) -> int:
        return self.visible.echelon.rank

    @property
    def most_residues(self) -> int:
        """Of the larger of the two forms."""
        return max(self.real.echelon.rows.size, self.visible.echelon.rows.size)

    def tried(self, number: _Number, min_units: int, *, capped: bool) -> _Tried:
        real = self.real.tried(number.labels, min_units=min_units)
        visible: Trial | Cut = real
        if self.visible is not self.real or not number.is_visible:
            seen = self.visible
            visible = seen.tried(number.visible, min_units=min_units) if capped else seen.cut(number.visible)
        return _Tried(self, number, real, visible)

    def with_all(self, numbers: Sequence[_Number], min_units: int, *, capped: bool) -> "_Spans":
        """Many numbers more, worked out together."""
        real, of_real, independent = self.real.with_all([one.labels for one in numbers], min_units=min_units)
        visible, of_visible = real, of_real
        if self.visible is not self.real or not all(one.is_visible for one in numbers):
            seen = [one.visible for one in numbers]
            if capped:
                visible, of_visible, _ = self.visible.with_all(seen, min_units=min_units)
            else:
                visible, of_visible = self.visible.cut_by_all(seen)
        parents = of_visible.parents
        before = (
            self.seen[:, parents] & (parents >= 0)
            if len(self.seen)
            else np.empty((0, len(parents)), dtype=np.bool_)
        )
        hidden = (*self.hidden, *(numbers[place].hidden for place in independent))
        heads = (*self.heads, *(numbers[place].heads for place in independent))
        return _Spans(real, visible, hidden, np.vstack((before, of_visible.inside[independent])), heads)


@dataclass(frozen=True, slots=True, eq=False)
class _AtRest:
    """Spans in little room."""

    real: Echelon | Folded
    visible: Echelon | Folded | None  # None: the real ones
    bare: _Spans  # without their rows

    @classmethod
    def of(cls, spans: _Spans) -> "_AtRest":
        together = spans.visible is spans.real
        real = Span(spans.real.atoms, no_rows())
        visible = real if together else Span(spans.visible.atoms, no_rows())
        bare = replace(spans, real=real, visible=visible)
        return cls(folded(spans.real.echelon), None if together else folded(spans.visible.echelon), bare)

    def spans(self) -> _Spans:
        """The very spans that were laid to rest."""
        real = Span(self.bare.real.atoms, unfolded(self.real))
        if self.visible is None:
            return replace(self.bare, real=real, visible=real)
        return replace(self.bare, real=real, visible=Span(self.bare.visible.atoms, unfolded(self.visible)))

    @property
    def visible_rank(self) -> int:
        return self.real.rank if self.visible is None else self.visible.rank


class System:
    """The shown numbers of one kind over one base.

    `judge` decides and changes nothing. `add` never refuses: it is told what *is* known, margins that everybody has
    among it, even where these tell about a few by themselves. `worlds` are the codes that somebody could have.
    """

    __slots__ = (
        "_ahead",
        "_breaks",
        "_drawn",
        "_few",
        "_held",
        "_known",
        "_last",
        "_min_units",
        "_most_rank",
        "_numbers",
        "_origin",
        "_worlds",
    )

    def __init__(self, *, min_units: int, most_rank: int | None, worlds: Worlds | None = None) -> None:
        self._worlds = worlds or Worlds()
        self._min_units = min_units
        self._most_rank = most_rank
        self._known: set[bytes] = set()  # digests of all numbers
        self._numbers: list[_Number] = []  # in no span yet
        self._breaks: list[int] = []  # what of these waits before such a place is worked out by itself
        self._few: _Few | None = _NONE  # the first of them as bits, while there are no spans
        self._held: _Spans | _AtRest = _NO_SPANS
        self._drawn = _NO_ATOMS
        self._last: tuple[_Number, _Few | _Tried | _Cuts] | None = None  # the last that was judged
        self._origin: _Origin | None = None
        self._ahead: _Spans | None = None  # of all numbers, for copies that go on from just these

    @property
    def _spans(self) -> _Spans:
        if isinstance(self._held, _AtRest):
            self._held = self._held.spans()
        return self._held

    def rest(self) -> None:
        """Nobody goes on with it for now: what it holds takes less room, and is as it was when somebody does."""
        if isinstance(self._held, _Spans) and self._held.most_residues >= FOLDED_FROM:
            self._held = _AtRest.of(self._held)

    @property
    def is_at_rest(self) -> bool:
        return isinstance(self._held, _AtRest)

    @property
    def rank(self) -> int:
        """How many of the numbers are independent."""
        return self.settled().real.echelon.rank

    @property
    def visible_rank(self) -> int:
        """How many are independent for those who know the visible populations only: what the lifetime cap counts."""
        spans = self.settled()
        assert self._is_capped or spans.visible is spans.real, "nobody counts them where there is no cap"
        return spans.visible.echelon.rank

    @property
    def _is_capped(self) -> bool:
        return self._most_rank is not None

    def __len__(self) -> int:
        """How many different numbers are remembered."""
        return len(self._known)

    def copy(self, *, stays: bool = False) -> "System":
        """The same system, to go on with apart from this one. Quick: all that it holds are values.

        What waits to be worked out is worked out here when the copy needs it, so that no other copy does it again.
        With `stays` nothing is ever added here, and each copy is as if it had been made anew, number by number.
        """
        if self._breaks:
            self._catch_up()
        few = self._few is not None and len(self._numbers) < MOST_JUDGED
        if few:
            self._sketched()
        other = System(min_units=self._min_units, most_rank=self._most_rank, worlds=self._worlds)
        self.rest()
        other._numbers, other._few, other._held = list(self._numbers), self._few, self._held
        other._known = set(self._known)
        other._drawn = self._drawn if few else self._cut()
        other._origin = _Origin(self, len(self), len(self._numbers), stays)
        return other

    def ahead(self) -> _Spans:
        """The spans of all numbers, while these wait all the same."""
        if self._ahead is None:
            self._ahead = self._worked_out(self._spans, self._numbers)
        return self._ahead

    def most_numbers(self) -> int:
        """About how many whole numbers it takes to keep, worked out, beside the populations: atoms and rows."""
        return 3 * max((len(one.labels) for one in self._numbers), default=0) + 2 * len(self) ** 2

    def allow_one_more(self) -> None:
        """Let the cap be one higher: for what was added that tells nothing of the kind."""
        if self._most_rank is not None:
            self._most_rank += 1

    def add(
        self, labels: Labels, visible: Labels, hidden: Hidden = NO_CONDITIONS, *, heads: bool = False
    ) -> bool:
        """Remember a number that is shown, or known to everybody. Whether it was not remembered before."""
        number = _Number(labels, visible, hidden, heads)
        last, self._last = self._last, None
        if (digest := number.digest()) in self._known:
            return False
        self._known.add(digest)
        if last and last[0].is_that(number):
            if isinstance(last[1], _Tried):
                self._held = last[1].joined()
                self._drawn = _Drawn(self._spans.real.atoms, 0)
                return True
            if isinstance(last[1], _Cuts):
                self._drawn = _Drawn(last[1].atoms, len(self._numbers) + 1)
                self._breaks += [len(self._numbers) + 1] * last[1].by_itself
            else:
                self._few = last[1]
        self._numbers.append(number)
        return True

    def judge(
        self,
        labels: Labels,
        visible: Labels,
        hidden: Hidden = NO_CONDITIONS,
        *,
        heads: bool = False,
        worlds: Worlds | None = None,
    ) -> Finding:
        """What showing this number would do. Changes nothing.

        Only what the number makes worse counts: what follows from the numbers before it, however small, is not held
        against it. A number that follows from others whatever hidden fields hold tells nothing: clear.

        Args:
            labels: the population.
            visible: the same without its conditions on fields whose zeros are hidden.
            hidden: those conditions, as canonical texts; `column = constant` where a condition is that.
            heads: whether it counts people by what is no secret. A row that is made of such numbers alone says how many
                a few are, and nothing of what the system is about: it is not held against anything.
            worlds: the codes that somebody could have, from now on.
        """
        self._worlds = worlds or self._worlds
        number = _Number(labels, visible, hidden, heads)
        if number.digest() in self._known:
            return Finding.CLEAR
        found = self._judge_few(number) if self._few and len(self._numbers) < MOST_JUDGED else None
        return found or self._judge_cut(number) or self._judge_any(number)

    def _judge_few(self, number: _Number) -> Finding | None:
        """The answer from bits, or none where that takes a closer look."""
        few = self._sketched().and_with(number)
        self._last = (number, few)
        last = few.real.last(min_units=self._min_units)
        if last.left is Left.LIGHT:
            return None
        if last.left is Left.NOTHING:
            return Finding.CLEAR if few.last_is_certain(last.times, self._worlds) else Finding.ZERO_REST
        if self._most_rank is None or few.real.count <= self._most_rank:
            return Finding.CLEAR
        seen = few.visible.last(min_units=self._min_units)
        return self._capped(seen.rank, follows=seen.left is Left.NOTHING)

    def _judge_cut(self, number: _Number) -> Finding | None:
        """Clear, where the number cuts atoms into parts of which the smaller ones, and whom no other number has, are
        `min_units` units together.

        All rows are alike on both parts (or nothing on the new one), and the number is not. So what is left of it,
        however often and whatever rows are taken away, is not nothing on both parts of any: no new row rests on fewer.
        Where one such part is heavy it has a heavy atom, as `Trial.may_hide_few` asks.
        """
        if self._most_rank is not None and self._most_visible() >= self._most_rank:
            return None
        before = self._cut().atoms
        refined = refine(before, number.labels)
        units = refined.atoms.units
        parts = np.minimum(units[refined.split], units[len(before) :][: len(refined.split)])
        parts = np.append(parts, units[-1:] * refined.fresh)
        by_itself = not (parts >= self._min_units).any()
        if by_itself and (refined.atoms.repeats or parts.sum() < self._min_units):
            return None  # where a unit may be in two atoms, parts do not add up
        if by_itself:
            self._break()
        self._last = (number, _Cuts(refined.atoms, by_itself))
        return Finding.CLEAR

    def _most_visible(self) -> int:
        """At least the visible rank: what waits for no more than others to come counts as independent."""
        most = self._held.visible_rank + len(self._numbers)
        if self._breaks and self._most_rank is not None and most >= self._most_rank:
            self._catch_up()
            most = self._held.visible_rank + len(self._numbers)
        return most

    def _judge_any(self, number: _Number) -> Finding:
        """The answer from matrices."""
        tried = self.settled().tried(number, self._min_units, capped=self._is_capped)
        self._last = (number, tried)
        real, seen = tried.real, tried.visible
        if real.follows:
            return Finding.CLEAR if tried.is_certain(self._worlds) else Finding.ZERO_REST
        if real.may_hide_few():
            telling = tried.telling()
            if real.row_on_few(telling):
                return Finding.FEW
            if real.two_rows_on_few(telling):
                return Finding.SMALL_ATOMS
        if isinstance(seen, Cut):
            return Finding.CLEAR
        return self._capped(seen.before.echelon.rank, follows=seen.follows)

    def _capped(self, visible_rank: int, *, follows: bool) -> Finding:
        """The answer for an independent number without a row on few units."""
        passes = self._most_rank is not None and visible_rank >= self._most_rank
        return Finding.CAP if passes and not follows else Finding.CLEAR

    def _sketched(self) -> _Few:
        """The bits of all numbers, brought up to date."""
        assert self._few is not None, "there are no spans"
        for number in self._numbers[self._few.real.count :]:
            self._few = self._few.and_with(number)
        return self._few

    def settled(self) -> _Spans:
        """The spans of all numbers, brought up to date."""
        self._break()
        self._catch_up()
        return self._spans

    def _break(self) -> None:
        """Whatever comes now is worked out after what waits. The rows of a form, and with them what later numbers are
        held against, depend on that; so it is told when it is judged, though nothing may have to be worked out.
        """
        self._breaks.append(len(self._numbers))
        self._few = None

    def _catch_up(self) -> None:
        """Work out what waits before the last break, part after part."""
        for start, end in pairwise([0, *self._breaks]):
            waiting = self._numbers[start:end]
            if self._origin is not None:
                self._held, waiting = self._origin.settled(self._spans, waiting)
                self._origin = None
            self._held = self._worked_out(self._spans, waiting)
        self._numbers, self._breaks = self._numbers[self._breaks[-1] :], []
        self._drawn = _Drawn(self._spans.real.atoms, 0)

    def _worked_out(self, spans: _Spans, waiting: Sequence[_Number]) -> _Spans:
        """Spans with what waits."""
        if len(waiting) >= _TOGETHER:
            return spans.with_all(waiting, self._min_units, capped=self._is_capped)
        for number in waiting:
            spans = spans.tried(number, self._min_units, capped=self._is_capped).joined()
        return spans

    def _cut(self) -> "_Drawn":
        """The atoms of all numbers, those that wait among them, brought up to date."""
        atoms, done = self._drawn
        waiting = [number.labels for number in self._numbers[done:]]
        if waiting:
            atoms = refine(atoms, waiting[0]).atoms if len(waiting) == 1 else divide(atoms, waiting).atoms
            self._drawn = _Drawn(atoms, len(self._numbers))
        return self._drawn


class _Cuts(NamedTuple):
    """The atoms as a number cuts them. `by_itself`: it is worked out alone, after all before it."""

    atoms: Atoms
    by_itself: bool


class _Drawn(NamedTuple):
    """Atoms of the numbers in spans and of so many that wait."""

    atoms: Atoms
    waiting: int


class _Origin(NamedTuple):
    """The system that another is a copy of: how many numbers it had then, and how many of them waited.

    If it `stays`, its numbers are worked out together with those that came to the copy while they waited, as they would
    be without an origin: which rows a form has depends on it.
    """

    system: System
    known: int
    waiting: int
    stays: bool

    def settled(self, spans: _Spans, numbers: list[_Number]) -> tuple[_Spans, list[_Number]]:
        """The spans of what waited, worked out in the origin for all its copies, and what waits beside."""
        if self.stays:
            return (spans, numbers) if len(numbers) > self.waiting else (self.system.ahead(), [])
        if not self.waiting or len(self.system) != self.known:
            return spans, numbers  # nothing waited, or it went on since
        settled = self.system.settled()
        self.system.rest()
        return settled, numbers[self.waiting :]


_NOBODY, _NOTHING = no_numbers(), no_span()
_NONE = _Few(_NOBODY, _NOBODY, ())
_NO_ATOMS = _Drawn(no_atoms(), 0)
_NO_SPANS = _Spans(_NOTHING, _NOTHING, (), np.empty((0, 0), dtype=np.bool_))
