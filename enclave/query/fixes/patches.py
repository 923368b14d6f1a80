"""Edits made one after another, as edits of the first text."""

from collections.abc import Iterable
from dataclasses import dataclass

from enclave.terms import Edit, Span


@dataclass(frozen=True, slots=True)
class Patch:
    """A stretch of the first text, what stands there now, and the numbers of the changes that touched it."""

    start: int
    end: int
    text: str
    owners: frozenset[int]

    @property
    def growth(self) -> int:
        return len(self.text) - (self.end - self.start)


@dataclass(frozen=True, slots=True)
class Patches:
    """All changes so far, in order of place; none touches another."""

    first: str
    made: tuple[Patch, ...] = ()

    @property
    def text(self) -> str:
        """The text as it stands now."""
        parts, done = [], 0
        for patch in self.made:
            parts += [self.first[done : patch.start], patch.text]
            done = patch.end
        return "".join([*parts, self.first[done:]])

    def then(self, edits: Iterable[Edit], owner: int) -> "Patches":
        """With edits of the text as it stands now."""
        found = self
        for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
            found = found._edited(edit, owner)
        return found

    def original(self, start: int, end: int) -> Span | None:
        """The place in the first text of a stretch that no change has touched."""
        shift = 0
        for patch in self.made:
            low = patch.start + shift
            if low < end and start < low + len(patch.text):
                return None
            if low + len(patch.text) <= start:
                shift += patch.growth
        return Span.of(self.first, start - shift, end - shift)

    def owners_at(self, start: int, end: int) -> frozenset[int]:
        """Whose changes stand in a stretch of the text as it stands now."""
        found: frozenset[int] = frozenset()
        shift = 0
        for patch in self.made:
            low = patch.start + shift
            if low < end and start < low + len(patch.text):
                found |= patch.owners
            shift += patch.growth
        return found

    def _edited(self, edit: Edit, owner: int) -> "Patches":
        before, touched, after = [], [], []
        shift, shift_before = 0, 0
        low_now, high_now = edit.start, edit.end
        for patch in self.made:
            low = patch.start + shift
            high = low + len(patch.text)
            if high < edit.start:
                before.append(patch)
                shift_before = shift + patch.growth
            elif low <= edit.end:
                touched.append(patch)
                low_now, high_now = min(low_now, low), max(high_now, high)
            else:
                after.append(patch)
            shift += patch.growth
        now = self.text
        text = now[low_now : edit.start] + edit.text + now[edit.end : high_now]
        grown = shift_before + sum(patch.growth for patch in touched)
        owners = frozenset({owner}).union(*(patch.owners for patch in touched))
        made = Patch(low_now - shift_before, high_now - grown, text, owners)
        return Patches(self.first, (*before, made, *after))
