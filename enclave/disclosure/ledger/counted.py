"""Cells of one census, counted by fields, and which cells add up to which.

A table has one set of fields at one level: nationally, per area or per cluster. Everything is arrays by cell, since
there may be a million cells; rows are read once for each table.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from enclave.disclosure.ledger.codes import sorting
from enclave.disclosure.ledger.numbers import Kind
from enclave.disclosure.ledger.published import Line
from enclave.disclosure.ledger.runs import BINS, Bins, Ints, bin_of

SmallInts: TypeAlias = npt.NDArray[np.int32] | Ints
"""Of codes there are never so many, and rows may be millions."""
_CHUNK = 1 << 16  # cells whose histograms are counted at once: 32 MB


@dataclass(frozen=True, slots=True, eq=False)
class MarginField:
    """A field by which margins are made.

    `codes`: of each row, from 0; no value is a code too. `count`: how many codes there can be, whether in use or not.
    `hidden`: for each code in use its condition as queries name it, where the field's zeros are hidden; None where
    shown. `kind`: what is learnt by it then. `names`: the codes in use, as text.
    """

    codes: SmallInts
    count: int
    hidden: Sequence[str] | None
    kind: Kind | None = None
    names: Sequence[str] = ()

    @property
    def fixed(self) -> bool:
        """Whether it never changes. Of fields with shown zeros that does not matter."""
        return self.kind is not None and self.kind.fixed

    def taken(self, rows: Ints) -> "MarginField":
        return replace(self, codes=self.codes[rows])


@dataclass(frozen=True, slots=True, eq=False)
class CensusRows:
    """One census of one table: a row per unit and place. `name` and `code` are the census in likenesses and labels.

    Clusters and areas count from 0; -1 is none. A cluster is in one area. `part` names the field of parts of clusters.
    """

    table: str
    name: str
    code: int
    year: str
    term: str
    units: Ints
    clusters: Ints
    cluster_names: Sequence[str]
    areas: SmallInts
    fields: Mapping[str, MarginField]
    is_main: bool
    part: str | None = None
    area_names: Sequence[str] = ()


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


def places_of(census: CensusRows, level: Level, rows: Ints | slice = slice(None)) -> Ints:
    """The place of each row, or of these, from 0; to stand in none is a place too."""
    if level is Level.WHOLE:
        return np.zeros(census.units[rows].shape, dtype=np.int64)
    return (census.areas if level is Level.AREA else census.clusters)[rows].astype(np.int64) + 1


def hides(census: CensusRows, fields: Sequence[str]) -> bool:
    """Whether a field with hidden zeros is among them."""
    return any(census.fields[name].hidden is not None for name in fields)


def counted(census: CensusRows, by: Sequence[tuple[str, ...]]) -> Iterator[Counted]:
    """Each set of fields at each level at which it is a standard margin, coarser first."""
    by_unit = np.argsort(census.units, kind="stable")
    named = {tuple(sorted(one)) for one in by if set(one) <= set(census.fields)}
    sets = sorted({(), *named}, key=lambda one: (len(one), one))
    for level in Level:
        if level is Level.AREA and not (census.areas >= 0).any():
            continue
        for fields in sets:
            if level is Level.WHOLE or census.is_main or not hides(census, fields):
                yield _count(census, level, fields, by_unit)


def _count(census: CensusRows, level: Level, fields: tuple[str, ...], by_unit: Ints) -> Counted:
    """`by_unit`: the rows in the order of units, so that those of a cell need not be sorted by them again."""
    columns = [places_of(census, level), *(census.fields[name].codes for name in fields)]
    widths = widths_of(census, (level, fields))
    numbers, cell_of_row = np.unique(np.ravel_multi_index(columns, widths), return_inverse=True)
    rows = by_unit[sorting(cell_of_row[by_unit])]
    cells, units = _distinct_units(cell_of_row[rows], census.units[rows])
    return Counted(
        (level, fields),
        np.stack(np.unravel_index(numbers, widths), axis=1),
        numbers,
        np.bincount(cells, minlength=len(numbers)),
        _histograms(cells, units, len(numbers)),
        _single_clusters(cell_of_row[rows], census.clusters[rows], len(numbers)),
    )


def widths_of(census: CensusRows, key: Key) -> tuple[int, ...]:
    """How many places and how many codes of each field a table may have: what its numbers are made by."""
    level, fields = key
    places = int(places_of(census, level).max(initial=0)) + 1
    return places, *(census.fields[name].count for name in fields)


def _distinct_units(cells: Ints, units: Ints) -> tuple[Ints, Ints]:
    """Cells and units of rows, each pair once; they come sorted."""
    first = np.ones(len(cells), dtype=bool)
    first[1:] = (cells[1:] != cells[:-1]) | (units[1:] != units[:-1])
    return cells[first], units[first]


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


def _single_clusters(cells: Ints, clusters: Ints, count: int) -> Ints:
    """The one cluster of each cell, or -1. Rows come sorted by cell."""
    starts = np.searchsorted(cells, np.arange(count))
    lowest = np.minimum.reduceat(clusters, starts)
    return np.where(lowest == np.maximum.reduceat(clusters, starts), lowest, -1)


def lines(census: CensusRows, tables: Mapping[Key, Counted]) -> Iterator[Line[Key]]:
    """Which cells add up to which: those of one field more, and those of the next level down."""
    for (level, fields), finer in tables.items():
        for place, name in enumerate(fields):
            coarser = tables.get((level, fields[:place] + fields[place + 1 :]))
            if coarser is not None:
                yield _line_across(census, coarser, finer, name)
        above = [up for up in (Level.AREA, Level.WHOLE) if up < level and (up, fields) in tables]
        if above:
            yield _line_up(census, tables[above[0], fields], finer)


def _line_across(census: CensusRows, coarser: Counted, finer: Counted, name: str) -> Line[Key]:
    """All codes of a hidden field are parts, whether anybody has them or not."""
    _, fields = finer.key
    codes = np.delete(finer.codes, fields.index(name) + 1, axis=1)
    field = census.fields[name]
    expected = np.full(len(coarser.sizes), field.count)
    if field.hidden is None:
        expected = _parts_in_sight(census, coarser, finer, codes)
    return Line(coarser.key, finer.key, _found(census, coarser, codes), expected)


def _line_up(census: CensusRows, coarser: Counted, finer: Counted) -> Line[Key]:
    level, _ = finer.key
    above = _above(places_of(census, level), places_of(census, coarser.key[0]))
    codes = finer.codes.copy()
    codes[:, 0] = above[codes[:, 0]]
    inside = codes[:, 0] >= 0
    codes = np.maximum(codes, 0)
    parents = np.where(inside, _found(census, coarser, codes), -1)
    return Line(coarser.key, finer.key, parents, _parts_in_sight(census, coarser, finer, codes))


def _parts_in_sight(census: CensusRows, coarser: Counted, finer: Counted, parents: Ints) -> Ints:
    """How many parts each coarser cell has as far as everybody can see; those that hide nothing need no counting.

    Who stands where and has which codes of shown fields is known, so there is a part for all of them, be it of nobody.
    """
    _, fields = finer.key
    if not hides(census, fields):
        return np.zeros_like(coarser.sizes)
    _, kept = coarser.key
    mine = _in_sight(census, fields, finer.codes)
    _, first = np.unique(mine, return_index=True)
    above = _in_sight(census, kept, parents)[first]
    names, counts = np.unique(above, return_counts=True)
    asked = _in_sight(census, kept, coarser.codes)
    places = np.minimum(np.searchsorted(names, asked), len(names) - 1)
    found: Ints = np.where(names[places] == asked, counts[places], 0)
    return found


def _in_sight(census: CensusRows, fields: Sequence[str], codes: Ints) -> Ints:
    """What everybody can see of cells, in one number: the place and the codes of fields with shown zeros."""
    made = codes[:, 0]
    for column, name in enumerate(fields, start=1):
        if census.fields[name].hidden is None:
            made = made * census.fields[name].count + codes[:, column]
    return made


def _above(places: Ints, wider: Ints) -> Ints:
    """For each place the wider one that it is in, or -1 where its rows are in several or there are none."""
    above = np.full(int(places.max(initial=0)) + 1, -1, dtype=np.int64)
    above[places] = wider
    above[np.unique(places[above[places] != wider])] = -1
    return above


def _found(census: CensusRows, table: Counted, codes: Ints) -> Ints:
    """The cells of these codes in a table, all of which are there."""
    numbers = np.ravel_multi_index(list(codes.T), widths_of(census, table.key))
    cells: Ints = np.searchsorted(table.numbers, numbers)
    return cells
