"""Several items at once, in every interleaving, without walking the interleavings.

What happens to one item asks nothing of another: `act` and `due` are given one case and the world. So the steps of
different items commute, and two runs that differ in their order alone end alike. What items share are the steps that
all of them take together: the licence lapses or comes back, a day goes by. Between two of these each item can be
wherever it can get by itself, whatever the others do. A *phase* is where one item can be after some row of common
steps; the worlds of n items after it are all n-tuples out of the phase, at any distance.

Source:
    Mazurkiewicz, Trace theory (1986): runs that are equal but for the order of independent steps.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations_with_replacement

from tests.support.model import Model, Seen, Thread, Walk, after_a_day, first_of, moves_of_one

Phase = tuple[bool, frozenset[int]]
"""Whether the licence has lapsed, and where an item can be."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Every state of one item, what it can do by itself where the licence stands or has lapsed, and after a day."""

    states: tuple[Thread, ...]
    moves: Mapping[tuple[bool, int], frozenset[int]]
    days: Mapping[int, int]
    seen: Seen = field(default_factory=Seen)


def graph_of(model: Model) -> Graph:
    """The graph, made by the workflow under test: each step is judged as it is made."""
    seen, number = Seen(), {first_of(model): 0}
    moves: dict[tuple[bool, int], frozenset[int]] = {}
    days: dict[int, int] = {}
    waiting = [(lapsed, first_of(model)) for lapsed in (False, True)]
    done = set(waiting)

    def known(thread: Thread) -> int:
        for lapsed in (False, True):
            if (lapsed, thread) not in done:
                done.add((lapsed, thread))
                waiting.append((lapsed, thread))
        return number.setdefault(thread, len(number))

    while waiting:
        lapsed, thread = waiting.pop()
        own = known(thread)
        found = list(moves_of_one(thread, Walk((thread,), lapsed).world, model, seen))
        seen.steps += len(found)
        moves[lapsed, own] = frozenset(map(known, found))
        days[own] = known(after_a_day(thread))
    seen.states, seen.whole = len(number), True
    seen.reached = {thread.case.state for thread in number}
    return Graph(tuple(number), moves, days, seen)


def phases(graph: Graph) -> frozenset[Phase]:
    """Every phase that some row of common steps leads to."""
    first = (False, _closed(graph, frozenset({0}), lapsed=False))
    waiting, found = [first], {first}
    while waiting:
        lapsed, there = waiting.pop()
        tomorrow = frozenset(graph.days[state] for state in there)
        for after in (
            (not lapsed, _closed(graph, there, lapsed=not lapsed)),
            (lapsed, _closed(graph, tomorrow, lapsed=lapsed)),
        ):
            if after not in found:
                found.add(after)
                waiting.append(after)
    return frozenset(found)


def steps_within(graph: Graph, phase: Phase) -> int:
    """How many steps one item can take in a phase before it is nowhere new, from its first state on."""
    lapsed, there = phase
    frontier, reached, steps = {0} & there, {0} & there, 0
    while frontier:
        frontier = {after for state in frontier for after in graph.moves[lapsed, state]} - reached
        reached |= frontier
        steps += bool(frontier)
    return steps


def worlds(found: frozenset[Phase], items: int) -> set[tuple[bool, tuple[int, ...]]]:
    """The worlds of so many items; which item is which makes no difference."""
    return {
        (lapsed, world)
        for lapsed, there in found
        for world in combinations_with_replacement(sorted(there), items)
    }


def walked(graph: Graph, items: int, *, depth: int) -> tuple[set[tuple[bool, tuple[int, ...]]], int]:
    """The same worlds by going every way, step by step, each world once; and how far the farthest is."""
    first = (False, (0,) * items)
    frontier, reached, far = {first}, {first}, 0
    while frontier and far < depth:
        frontier = {after for world in frontier for after in _next(graph, *world)} - reached
        reached |= frontier
        far += bool(frontier)
    return reached, far


def _next(graph: Graph, lapsed: bool, world: tuple[int, ...]) -> Iterator[tuple[bool, tuple[int, ...]]]:
    yield not lapsed, world
    yield lapsed, tuple(sorted(graph.days[state] for state in world))
    for place, state in enumerate(world):
        for after in graph.moves[lapsed, state]:
            yield lapsed, tuple(sorted((*world[:place], after, *world[place + 1 :])))


def _closed(graph: Graph, there: frozenset[int], *, lapsed: bool) -> frozenset[int]:
    reached, frontier = set(there), set(there)
    while frontier:
        frontier = {after for state in frontier for after in graph.moves[lapsed, state]} - reached
        reached |= frontier
    return frozenset(reached)
