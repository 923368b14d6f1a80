"""Random sets of linked tables with small numbers, as lines of named cells."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, product

T = 10


@dataclass(frozen=True, slots=True)
class Linked:
    """Cells with their values, and lines: each total with its parts. The primaries are cells of 1 to `T` - 1."""

    values: Mapping[int, int]
    lines: tuple[tuple[int, tuple[int, ...]], ...]

    @property
    def primaries(self) -> list[int]:
        return [cell for cell, value in self.values.items() if 0 < value < T]


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
    parts: dict[int, set[int]] = {}
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
    del parts
    return Linked(values, tuple((total, tuple(sorted(some))) for (total, _), some in lines.items()))
