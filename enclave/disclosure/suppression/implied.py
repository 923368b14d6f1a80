"""Lines that others imply: in a table with regions and margins a region's line is the sum of those of its authorities.

Whoever knows the others knows it, so what hidden cells may be is the same without it. Without such lines no cell of a
table of two ways, one of them with levels, stands in more than two, and it has rings like one without levels.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

Line = tuple[int, tuple[int, ...]]
"""A total, and its parts."""
MOST = 2
"""Lines of a cell in a table that has rings."""


def without_implied(lines: Sequence[Line], cells: int) -> list[int] | None:
    """The lines that are left, if no cell of these then stands in more than two; None otherwise."""
    crowd = _Crowd(lines, [0] * cells)
    if not crowd.crowded():
        return list(range(len(lines)))
    if any(count > MOST and cell not in crowd.made for cell, count in enumerate(crowd.counts)):
        return None  # the inside of a table of three ways
    for line in sorted(range(len(lines)), key=lambda line: (-crowd.height(lines[line][0]), line)):
        if crowd.may_go(line):
            crowd.left.discard(line)
            for cell in (lines[line][0], *lines[line][1]):
                crowd.counts[cell] -= 1
    return None if crowd.crowded() else sorted(crowd.left)


@dataclass(slots=True)
class _Crowd:
    """How many lines are left of each cell, and which lines make it."""

    lines: Sequence[Line]
    counts: list[int]
    made: dict[int, list[int]] = field(init=False, default_factory=dict)
    left: set[int] = field(init=False)
    _heights: dict[int, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """All lines are left."""
        self.left = set(range(len(self.lines)))
        for line, (total, parts) in enumerate(self.lines):
            self.made.setdefault(total, []).append(line)
            for cell in (total, *parts):
                self.counts[cell] += 1

    def crowded(self) -> bool:
        return max(self.counts, default=0) > MOST

    def height(self, cell: int) -> int:
        """Levels below a cell: coarser lines go first, as finer ones imply them."""
        if cell not in self._heights:
            self._heights[cell] = 0  # a total of itself has none
            parts = [part for line in self.made.get(cell, ()) for part in self.lines[line][1]]
            self._heights[cell] = 1 + max(map(self.height, parts)) if parts else 0
        return self._heights[cell]

    def may_go(self, line: int) -> bool:
        """Whether all its cells stand in too many, and the lines that make these imply it with finer ones like it."""
        total, parts = self.lines[line]
        if any(self.counts[cell] <= MOST for cell in (total, *parts)):
            return False
        return any(self._implies(line, other) for other in self.made[total] if other != line)

    def _implies(self, line: int, other: int) -> bool:
        """Its total is also that of the other: each part of that has a line like this one, of parts of its parts."""
        parts = self.lines[line][1]
        if other not in self.left:
            return False
        finer = Counter[int]()
        for part in parts:
            made = [some for some in self.made.get(part, ()) if some in self.left and some != line]
            if len(made) != 1:
                return False
            finer.update(self.lines[made[0]][1])
        for whole in self.lines[other][1]:
            like = next((some for some in self._made_of(whole, finer) if some != line), None)
            if like is None:
                return False
            finer.subtract(self.lines[like][1])
        return not any(finer.values())

    def _made_of(self, whole: int, cells: Counter[int]) -> list[int]:
        return [
            some
            for some in self.made.get(whole, ())
            if some in self.left and all(cells[part] > 0 for part in self.lines[some][1])
        ]
