"""Cells of one census, counted by fields, and which cells add up to which.

A table has one set of fields at one level: nationally, per area or per cluster. Everything is arrays by cell, since
there may be a million cells; rows are read once for each table.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

import numpy as np

from enclave.disclosure.ledger.known import BINS, Bins, Ints, bin_of
from enclave.disclosure.ledger.published import Line

_CHUNK = 1 << 16  # cells whose histograms are counted at once: 32 MB


@dataclass(frozen=True, slots=True, eq=False)
class MarginField:
    """A field by which margins are made.

    `codes`: of each row, from 0; no value is a code too. `count`: how many codes there can be, whether in use or not.
    `hidden`: for each code its condition as queries name it, where the field's zeros are hidden; None where shown.
    """

    codes: Ints
    count: int
    hidden: Sequence[str] | None
    fixed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class CensusRows:
    """One census of one table: a row per unit and place. `name` and `code` are the census in likenesses and labels.

    Clusters and areas count from 0; -1 is none. A cluster is in one area.
    """

    table: str
    name: str
    code: int
    year: str
    term: str
    units: Ints
    clusters: Ints
    cluster_names: Sequence[str]
    areas: Ints
    fields: Mapping[str, MarginField]
    is_main: bool


class Level(IntEnum):
    """Where a margin is counted, coarser first."""

    WHOLE = 0
    AREA = 1
    CLUSTER = 2


Key: TypeAlias = tuple[Level, tuple[str, ...]]
"""A table: its level and its fields, sorted."""


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """The cells of one table, by their codes.

    `codes`: for each cell its place, then the code of each field. `numbers`: the same in one number, rising.
    `clusters`: for each cell the cluster that all its rows stand in, or -1.
    """

    key: Key
    codes: Ints
    numbers: Ints
    sizes: Ints
    bins: Bins
    clusters: Ints

    def taken(self, places: Ints) -> "Counted":
        return Counted(
            self.key,
            self.codes[places],
            self.numbers[places],
            self.sizes[places],
            self.bins[places],
            self.clusters[places],
        )


def places_of(census: CensusRows, level: Level) -> Ints:
    """The place of each row, from 0; to stand in none is a place too."""
    if level is Level.WHOLE:
        return np.zeros(len(census.units), dtype=np.int64)
    return (census.areas if level is Level.AREA else census.clusters) + 1


def hides(census: CensusRows, fields: Sequence[str]) -> bool:
    """Whether a field with hidden zeros is among them."""
    return any(census.fields[name].hidden is not None for name in fields)


def counted(census: CensusRows, by: Sequence[tuple[str, ...]]) -> Iterator[Counted]:
    """Each set of fields at each level at which it is a standard margin, coarser first."""
    named = {tuple(sorted(one)) for one in by if set(one) <= set(census.fields)}
    sets = sorted({(), *named}, key=lambda one: (len(one), one))
    for level in Level:
        if level is Level.AREA and not (census.areas >= 0).any():
            continue
        for fields in sets:
            if level is Level.WHOLE or census.is_main or not hides(census, fields):
                yield _count(census, level, fields)


def _count(census: CensusRows, level: Level, fields: tuple[str, ...]) -> Counted:
    columns = [places_of(census, level), *(census.fields[name].codes for name in fields)]
    widths = _widths(census, (level, fields))
    numbers, cell_of_row = np.unique(np.ravel_multi_index(columns, widths), return_inverse=True)
    cells, units = _distinct_units(cell_of_row, census.units)
    return Counted(
        (level, fields),
        np.stack(np.unravel_index(numbers, widths), axis=1),
        numbers,
        np.bincount(cells, minlength=len(numbers)),
        _histograms(cells, units, len(numbers)),
        _single_clusters(cell_of_row, census.clusters, len(numbers)),
    )


def _widths(census: CensusRows, key: Key) -> tuple[int, ...]:
    level, fields = key
    places = int(places_of(census, level).max(initial=0)) + 1
    return places, *(census.fields[name].count for name in fields)


def _distinct_units(cell_of_row: Ints, units: Ints) -> tuple[Ints, Ints]:
    """Cells and units of rows, each pair once, by cell."""
    order = np.lexsort((units, cell_of_row))
    cells, ordered = cell_of_row[order], units[order]
    first = np.ones(len(cells), dtype=bool)
    first[1:] = (cells[1:] != cells[:-1]) | (ordered[1:] != ordered[:-1])
    return cells[first], ordered[first]


def _histograms(cells: Ints, units: Ints, count: int) -> Bins:
    bins = bin_of(units)
    made = np.zeros((count, BINS), dtype=np.uint8)
    for first in range(0, count, _CHUNK):
        last = min(first + _CHUNK, count)
        low, high = np.searchsorted(cells, (first, last))
        counts = np.bincount(
            (cells[low:high] - first) * BINS + bins[low:high], minlength=(last - first) * BINS
        )
        made[first:last] = counts.reshape(-1, BINS)
    return made


def _single_clusters(cell_of_row: Ints, clusters: Ints, count: int) -> Ints:
    order = np.argsort(cell_of_row, kind="stable")
    starts = np.searchsorted(cell_of_row[order], np.arange(count))
    lowest = np.minimum.reduceat(clusters[order], starts)
    return np.where(lowest == np.maximum.reduceat(clusters[order], starts), lowest, -1)


def lines(census: CensusRows, tables: Mapping[Key, Counted]) -> Iterator[Line[Key]]:
    """Which cells add up to which: those of one field more, and those of the next level down."""
    for (level, fields), finer in tables.items():
        for place, name in enumerate(fields):
            coarser = tables.get((level, fields[:place] + fields[place + 1 :]))
            if coarser is not None:
                field = census.fields[name]
                codes = np.delete(finer.codes, place + 1, axis=1)
                expected = 0 if field.hidden is None else field.count
                yield Line(coarser.key, finer.key, _found(census, coarser, codes), expected)
        above = [up for up in (Level.AREA, Level.WHOLE) if up < level and (up, fields) in tables]
        if above:
            yield _line_up(census, tables[above[0], fields], finer)


def _line_up(census: CensusRows, coarser: Counted, finer: Counted) -> Line[Key]:
    level, fields = finer.key
    above = _above(places_of(census, level), places_of(census, coarser.key[0]))
    codes = finer.codes.copy()
    codes[:, 0] = above[codes[:, 0]]
    parents = np.where(codes[:, 0] < 0, -1, _found(census, coarser, np.maximum(codes, 0)))
    return Line(coarser.key, finer.key, parents, len(above) if hides(census, fields) else 0)


def _above(places: Ints, wider: Ints) -> Ints:
    """For each place the wider one that it is in, or -1 where its rows are in several or there are none."""
    above = np.full(int(places.max(initial=0)) + 1, -1, dtype=np.int64)
    above[places] = wider
    above[np.unique(places[above[places] != wider])] = -1
    return above


def _found(census: CensusRows, table: Counted, codes: Ints) -> Ints:
    """The cells of these codes in a table, all of which are there."""
    numbers = np.ravel_multi_index(list(codes.T), _widths(census, table.key))
    cells: Ints = np.searchsorted(table.numbers, numbers)
    return cells
