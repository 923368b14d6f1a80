"""The first cover of a large table: no line with a single hidden cell.

Much quicker than elimination, and weaker: rectangles and worse may still be solved. What it leaves is for the audit.
"""

import heapq
from math import inf

from enclave.disclosure.suppression.system import System


def line_cover(system: System, hidden: frozenset[int]) -> tuple[int, ...]:
    """Partners, rising, so that each line has no hidden cell or two; the cheapest for what they mend."""
    there = set(hidden)
    counts = [sum(cell in there for cell in one.cells) for one in system.equations]
    waiting = [place for place, count in enumerate(counts) if count == 1]
    heapq.heapify(waiting)
    while waiting:
        place = heapq.heappop(waiting)
        if counts[place] != 1:
            continue
        cell = _cheapest(system, place, there, counts)
        if cell is None:
            continue
        there.add(cell)
        for line in system.lines[cell]:
            counts[line] += 1
            if counts[line] == 1:
                heapq.heappush(waiting, line)
    return tuple(sorted(there - hidden))


def _cheapest(system: System, place: int, there: set[int], counts: list[int]) -> int | None:
    """The partner that costs least: each further line that it opens will cost about the same again."""
    found = []
    for cell in system.equations[place].cells:
        if cell not in there and system.costs[cell] < inf:
            opened = sum(not counts[line] for line in system.lines[cell])
            found.append((float(system.costs[cell]) * (1 + opened), cell))
    return min(found)[1] if found else None
