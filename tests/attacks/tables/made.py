"""Random sets of linked tables with small numbers, as lines of named cells: of people, and of what they add up to."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, product

T = 10
PERCENT = 10
Place = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Linked:
    """Cells with their values, and lines: each total with its parts. The primaries are cells of 1 to `T` - 1."""

    values: Mapping[int, int]
    lines: tuple[tuple[int, tuple[int, ...]], ...]
    inside: Mapping[int, frozenset[Place]]  # the innermost cells that each is made of

    @property
    def primaries(self) -> list[int]:
        return [cell for cell, value in self.values.items() if 0 < value < T]


@dataclass(frozen=True, slots=True)
class Summed:
    """A set of tables of sums. `levels`: what has to stay possible of each primary; `own`: cells that one knows."""

    made: Linked
    levels: Mapping[int, tuple[float, float]]
    own: tuple[frozenset[int], ...]


def summed(seed: int) -> Summed:
    """Sums of what contributors add, some of whom have all of several cells. Primary by p %, or as one's own."""
    chance = random.Random(seed)
    shape = linked(seed)
    amounts = {
        place: _contributions(chance) for place in sorted(frozenset[Place]().union(*shape.inside.values()))
    }
    values, levels, own = dict[int, int](), dict[int, tuple[float, float]](), dict[int, set[int]]()
    for cell, places in shape.inside.items():
        by: Counter[int] = Counter()
        for place in sorted(places):
            by.update(amounts[place])
        values[cell] = total = sum(by.values())
        first, second = ([size for _, size in by.most_common(2)] + [0, 0])[:2]
        if total and 100 * (total - first - second) < PERCENT * first:
            width = max(total * PERCENT / 100, first * PERCENT / 100 - (total - first - second))
            levels[cell] = (max(0.0, total - width), total + width)
        if total and len(by) == 1:
            own.setdefault(next(iter(by)), set()).add(cell)
    return Summed(Linked(values, shape.lines, shape.inside), levels, tuple(map(frozenset, own.values())))


def _contributions(chance: random.Random) -> Counter[int]:
    """Who adds how much to an innermost cell: one alone, a few of whom one is large, or many alike."""
    kind = chance.choices(("one", "large", "many"), (2, 3, 6))[0]
    if kind == "one":
        return Counter({chance.randint(1, 6): chance.randint(20, 300)})
    if kind == "large":
        small = {chance.randint(100, 10_000): chance.randint(1, 5) for _ in range(chance.randint(2, 6))}
        return Counter({chance.randint(1, 20): chance.randint(200, 900), **small})
    return Counter({chance.randint(100, 10_000): chance.randint(1, 40) for _ in range(chance.randint(6, 15))})


def linked(seed: int) -> Linked:
    """Tables of two to four ways over the same people, with all margins or some, one way perhaps in groups of codes."""
    chance = random.Random(seed)
    ways = chance.choices((2, 3, 4), (6, 3, 1))[0]
    sizes = [chance.randint(2, {2: 5, 3: 3, 4: 2}[ways]) for _ in range(ways)]
    inner = {place: _count(chance) for place in product(*(range(size) for size in sizes))}
    groups = {code: code // 2 for code in range(sizes[0])} if sizes[0] > 2 and chance.random() < 0.5 else {}
    tables = _tables(chance, ways)
    return _cells(inner, tables, groups)


def _count(chance: random.Random) -> int:
    return chance.choices((0, chance.randint(1, 9), chance.randint(10, 60)), (1, 3, 8))[0]


def _tables(chance: random.Random, ways: int) -> list[frozenset[int]]:
    """Which ways the published tables have: the whole with all its margins, or two tables that share a way."""
    if ways > 2 and chance.random() < 0.4:
        shared = chance.randrange(ways)
        others = [way for way in range(ways) if way != shared]
        cut = chance.randint(1, len(others) - 1)
        wholes = [frozenset({shared, *others[:cut]}), frozenset({shared, *others[cut:]})]
    else:
        wholes = [frozenset(range(ways))]
    found = {
        frozenset(some)
        for whole in wholes
        for size in range(len(whole) + 1)
        for some in combinations(whole, size)
    }
    return sorted(found, key=lambda one: (len(one), sorted(one)))


Name = tuple[object, ...]


def _cells(
    inner: Mapping[tuple[int, ...], int], tables: list[frozenset[int]], groups: Mapping[int, int]
) -> Linked:
    names: dict[Name, int] = {}
    values: dict[int, int] = {}
    inside: dict[int, set[Place]] = {}
    lines: dict[tuple[int, object], set[int]] = {}

    def named(ways: frozenset[int], place: tuple[int, ...], *, grouped: bool = False) -> Name:
        own = tuple(
            (way, f"g{groups[place[way]]}" if grouped and way == 0 else place[way]) for way in sorted(ways)
        )
        return (tuple(sorted(ways)), own)

    def cell(name: Name) -> int:
        return names.setdefault(name, len(names))

    for ways in tables:
        for place, count in inner.items():
            forms = [named(ways, place)] + (
                [named(ways, place, grouped=True)] if groups and 0 in ways else []
            )
            for name in forms:
                values[cell(name)] = values.get(cell(name), 0) + count
                inside.setdefault(cell(name), set()).add(place)
            for way in sorted(ways):
                above = ways - {way}
                if above not in tables:
                    continue
                if way == 0 and groups:
                    lines.setdefault((cell(forms[1]), "codes"), set()).add(cell(forms[0]))
                    lines.setdefault((cell(named(above, place)), 0), set()).add(cell(forms[1]))
                else:
                    lines.setdefault((cell(named(above, place)), way), set()).add(cell(forms[0]))
                    if len(forms) > 1 and 0 in above:
                        total = cell(named(above, place, grouped=True))
                        lines.setdefault((total, way), set()).add(cell(forms[1]))
    made = tuple((total, tuple(sorted(some))) for (total, _), some in lines.items())
    return Linked(values, made, {one: frozenset(places) for one, places in inside.items()})
