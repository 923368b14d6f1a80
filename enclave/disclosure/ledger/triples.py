"""Which known numbers could make up a whole and its two parts with a new one.

The whole less its parts is nearly nothing: fewer than `min_units` units are left. So sizes of three such numbers add up
to within a few, and so do their histograms, bin by bin (`Run.near_sums`). Looked for are

- **inside one cluster, all**: any three like numbers of one census, whichever of them is new;
- **over several clusters, with a large whole**: as wholes serve headcounts and published margins that may hold the
  number, and the `WHOLES` largest like numbers of the census, new ones included. One of the parts may be inside a
  cluster.

Limit: three numbers over several clusters whose whole is not among the largest are not found here; the linear audit
sees them where its bases are small enough.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from enclave.disclosure.ledger.known import SEVERAL, KnownNumbers, Sketch
from enclave.disclosure.ledger.many_triples import Mask, Triple, Triples, Witness, by_position
from enclave.disclosure.ledger.numbers import Likeness
from enclave.disclosure.ledger.runs import Bins, Ints, Rows, Run, joined, key_of, no_rows, ranges, run_of

__all__ = ["Triple", "Triples", "Witness", "heads", "triples"]
WHOLES = 16
_NOBODY = np.zeros(0, dtype=np.int64)
_CHUNK = 1 << 15  # pairs that are compared at once


@dataclass(frozen=True, slots=True, eq=False)
class _Crowd:
    """All numbers of some groups, known and new, in the order of group, then size.

    `plain`: no count in its bins passed 255.
    """

    run: Run
    here: Mask
    plain: Mask

    @classmethod
    def of(cls, groups: Iterable[int], runs: Sequence[tuple[Run, bool]]) -> "_Crowd":
        """`runs`, and whether they are of new numbers."""
        wanted = np.unique(np.array(list(groups), dtype=np.int64))
        parts, here = [no_rows()], [np.zeros(0, dtype=np.bool_)]
        for run, is_new in runs:
            low, high = (np.searchsorted(run.keys, key_of(one, 0)) for one in (wanted, wanted + 1))
            places = np.concatenate([_NOBODY, *(found for _, found in ranges(low, high))])
            parts.append(run.rows.taken(places))
            here.append(np.full(len(places), is_new))
        rows, is_here = joined(parts), np.concatenate(here)
        order = np.argsort(key_of(rows.groups, rows.sizes), kind="stable")
        run = run_of(rows)  # in that order
        return cls(run, is_here[order], _are_plain(run.rows.bins, run.rows.sizes))

    def codes(self, places: Ints) -> Ints:
        """Those who stand there as witnesses."""
        found: Ints = 2 * self.run.rows.handles[places] + self.here[places]
        return found

    def largest(self, group: int) -> Ints:
        """Where the largest of a group stand that somebody asked for."""
        where = self.run.of_group(group)
        asked_for = self.here[where] | (self.run.rows.handles[where] >= 0)
        found: Ints = where.start + np.flatnonzero(asked_for)[-WHOLES:]
        return found

    def known(self, group: int, handles: Ints) -> Ints:
        """Where known numbers of these handles stand, as far as they are in the group."""
        where = self.run.of_group(group)
        places = where.start + np.flatnonzero(~self.here[where])
        places = places[np.argsort(self.run.rows.handles[places], kind="stable")]
        there = self.run.rows.handles[places]
        at = np.searchsorted(there, handles)
        found = np.full(len(handles), -1, dtype=np.int64)
        inside = np.flatnonzero(at < len(there))
        inside = inside[there[at[inside]] == handles[inside]]
        found[inside] = places[at[inside]]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """New numbers, and the group in which partners of each are looked for.

    `inside`: the likeness of thirds that are looked for inside all clusters too; -1 for none.
    """

    positions: Ints
    sizes: Ints
    bins: Bins
    plain: Mask
    groups: Ints
    inside: Ints

    @classmethod
    def of(cls, some: Sequence[tuple[int, Sketch, int, int]]) -> "_Asked":
        positions, sketches, groups, inside = zip(*some, strict=True)
        sizes = np.array([one.size for one in sketches], dtype=np.int64)
        bins = np.stack([one.bins for one in sketches])
        columns = (np.array(one, dtype=np.int64) for one in (positions, groups, inside))
        of_positions, of_groups, of_inside = columns
        return cls(of_positions, sizes, bins, _are_plain(bins, sizes), of_groups, of_inside)


@dataclass(frozen=True, slots=True, eq=False)
class _Searches:
    """Pairs of a new number and a partner, known or new, and what a third would be like."""

    rows: Rows  # with the position of the new number for a handle, and the group in which the third is
    inside: Ints
    are_whole: Mask
    partners: Ints  # as witnesses

    @classmethod
    def together(cls, some: Sequence["_Searches"]) -> "_Searches":
        return cls(
            joined([one.rows for one in some]),
            np.concatenate([one.inside for one in some]),
            np.concatenate([one.are_whole for one in some]),
            np.concatenate([one.partners for one in some]),
        )

    def __len__(self) -> int:
        return len(self.partners)

    def within_clusters(self) -> "_Searches":
        """Those whose third is looked for inside all clusters, with the likeness for the group."""
        some = np.flatnonzero(self.inside >= 0)
        found = self.rows.taken(some)
        rows = Rows(self.inside[some], found.sizes, found.bins, found.handles)
        return _Searches(rows, self.inside[some], self.are_whole[some], self.partners[some])

    def met(
        self, found: Iterable[tuple[Ints, Ints]], run: Run, *, here: bool
    ) -> Iterator[tuple[Ints, Mask, Ints, Ints]]:
        """What was found for these in a run: columns of positions, whether each is the whole, partners and thirds."""
        for asked, places in found:
            thirds = 2 * run.rows.handles[places] + here
            yield self.rows.handles[asked], self.are_whole[asked], self.partners[asked], thirds


def triples(
    asked: Mapping[int, Sketch],
    samples: Mapping[int, Ints],
    here: Sequence[Run],
    known: KnownNumbers,
    *,
    min_units: int,
    held: Mapping[int, Ints] = MappingProxyType({}),
) -> Mapping[int, Triples]:
    """By position, the pairs of other numbers that have to be compared with it exactly, in a fixed order.

    Args:
        samples: some units of each that is of some censuses, if it is not `held`.
        held: of others, what `heads` has found.
        here: runs of the numbers that are being judged, with positions for handles.
    """
    runs = [*((run, False) for run in known.runs), *((run, True) for run in here)]
    # over all years only nested numbers are compared
    asked = {position: one for position, one in asked.items() if one.likeness.censuses}
    held = heads(asked, samples, known, min_units=min_units) | dict(held)
    searches = list(_searches(asked, held, runs, known, min_units - 1))
    columns = list(_thirds(_Searches.together(searches), runs, known, min_units - 1)) if searches else []
    if not columns:
        return {}
    positions, is_whole, partners, thirds = (np.concatenate(one) for one in zip(*columns, strict=True))
    others = (thirds != partners) & (thirds != 2 * positions + 1)
    first = np.where(is_whole, np.minimum(thirds, partners), thirds)
    second = np.where(is_whole, np.maximum(thirds, partners), partners)
    return by_position(positions[others], Triples(is_whole, first, second).taken(others))


def _thirds(
    searches: _Searches, runs: Sequence[tuple[Run, bool]], known: KnownNumbers, within: int
) -> Iterator[tuple[Ints, Mask, Ints, Ints]]:
    """What fits with each pair."""
    wide = searches.within_clusters()
    for run, here in runs:
        yield from searches.met(run.near_sums(searches.rows, within), run, here=here)
        if len(wide):
            yield from wide.met(known.insiders(run).near_sums(wide.rows, within), run, here=here)


def _searches(
    asked: Mapping[int, Sketch],
    held: Mapping[int, Ints],
    runs: Sequence[tuple[Run, bool]],
    known: KnownNumbers,
    within: int,
) -> Iterator[_Searches]:
    """All pairs, some at a time: those inside the cluster of a number, then those over several, census by census."""
    inside = [
        (position, one, known.group(one.likeness, one.cluster), -1)
        for position, one in asked.items()
        if one.cluster != SEVERAL
    ]
    over: dict[Likeness, list[tuple[int, Sketch, int, int]]] = {}
    for position, one in asked.items():
        group = known.group(one.likeness, SEVERAL)
        anywhere = known.likeness(one.likeness) if one.cluster == SEVERAL else -1
        over.setdefault(one.likeness, []).append((position, one, group, anywhere))
    crowd = _Crowd.of({group for some in (inside, *over.values()) for _, _, group, _ in some}, runs)
    if inside:
        these = _Asked.of(inside)
        yield from _paired(these, crowd, _wholes_inside(these, crowd, within), within, are_whole=False)
        yield from _paired(these, crowd, _parts_inside(these, crowd, within), within, are_whole=True)
    for several in over.values():
        these, group = _Asked.of(several), several[0][2]
        wholes = [held.get(position, _NOBODY) for position in these.positions.tolist()]
        yield from _paired(
            these, crowd, _wholes_over(these, crowd, group, wholes, within), within, are_whole=False
        )
        largest = crowd.largest(group)
        if len(largest) == WHOLES:
            large = these.sizes >= crowd.run.rows.sizes[largest[0]]
            several = [one for one, is_large in zip(several, large.tolist(), strict=True) if is_large]
        if several:
            these = _Asked.of(several)
            yield from _paired(these, crowd, _parts_inside(these, crowd, within), within, are_whole=True)


def heads(
    asked: Mapping[int, Sketch], samples: Mapping[int, Ints], known: KnownNumbers, *, min_units: int
) -> dict[int, Ints]:
    """By position, the handles of the wide headcounts that may hold all but a few of its units."""
    positions: dict[str, list[int]] = {}
    for position in samples:
        positions.setdefault(asked[position].likeness.censuses, []).append(position)
    found: dict[int, Ints] = {}
    for censuses, some in positions.items():
        numbers, handles = known.wholes_of(censuses, np.stack([samples[one] for one in some]), min_units - 1)
        order = np.argsort(numbers, kind="stable")
        ends = np.searchsorted(numbers[order], np.arange(len(some) + 1))
        for place, position in enumerate(some):
            found[position] = handles[order[ends[place] : ends[place + 1]]]
    return found


_Pairs = Iterator[tuple[Ints, Ints]]
"""Places among those asked, and in the crowd."""


def _wholes_inside(asked: _Asked, crowd: _Crowd, within: int) -> _Pairs:
    """Those of its group that may hold all but a few of the units of each."""
    low = np.searchsorted(crowd.run.keys, key_of(asked.groups, np.maximum(0, asked.sizes - within)))
    high = np.searchsorted(crowd.run.keys, key_of(asked.groups + 1, 0))
    for which, places in ranges(low, high, _CHUNK):
        lacking = np.maximum(asked.bins[which].astype(np.int16) - crowd.run.rows.bins[places], 0).sum(axis=1)
        near = (lacking <= within) | ~(crowd.plain[places] & asked.plain[which])
        yield which[near], places[near]


def _parts_inside(asked: _Asked, crowd: _Crowd, within: int) -> _Pairs:
    """Those that may be the larger of two parts of each."""
    smallest = np.maximum(0, asked.sizes // 2 - within)
    low = np.searchsorted(crowd.run.keys, key_of(asked.groups, smallest))
    high = np.searchsorted(crowd.run.keys, key_of(asked.groups, asked.sizes + within), "right")
    for which, places in ranges(low, high, _CHUNK):
        lacking = np.maximum(crowd.run.rows.bins[places].astype(np.int16) - asked.bins[which], 0).sum(axis=1)
        near = (lacking <= within) | ~(crowd.plain[places] & asked.plain[which])
        yield which[near], places[near]


def _wholes_over(asked: _Asked, crowd: _Crowd, group: int, held: Sequence[Ints], within: int) -> _Pairs:
    """The largest of the group, and headcounts that may hold each."""
    largest, count = crowd.largest(group), len(asked.positions)
    known = crowd.known(group, np.concatenate([_NOBODY, *held]))
    which = np.concatenate(
        [np.repeat(np.arange(count), len(largest)), np.repeat(np.arange(count), [len(one) for one in held])]
    )
    places = np.concatenate([np.tile(largest, count), known])
    which, places = which[places >= 0], places[places >= 0]
    large = crowd.run.rows.sizes[places] >= asked.sizes[which] - within
    which, places = which[large], places[large]
    for start in range(0, len(which), _CHUNK):
        yield which[start : start + _CHUNK], places[start : start + _CHUNK]


def _paired(
    asked: _Asked, crowd: _Crowd, pairs: _Pairs, within: int, *, are_whole: bool
) -> Iterator[_Searches]:
    """Searches for a third beside such pairs, where there may be one."""
    there = crowd.run.rows
    for which, places in pairs:
        itself = crowd.here[places] & (there.handles[places] == asked.positions[which])
        which, places = which[~itself], places[~itself]
        rests, bins = asked.sizes[which] - there.sizes[places], asked.bins[which] - there.bins[places]
        if not are_whole:
            rests, bins = -rests, -bins
        near = _may_be(rests, bins, within)
        which, places = which[near], places[near]
        if len(which):
            rows = Rows(asked.groups[which], rests[near], bins[near], asked.positions[which])
            whole = np.full(len(which), are_whole)
            yield _Searches(rows, asked.inside[which], whole, crowd.codes(places))


def _are_plain(bins: Bins, sizes: Ints) -> Mask:
    found: Mask = np.einsum("ij->i", bins, dtype=np.int64) == sizes
    return found


def _may_be(rests: Ints, bins: Bins, within: int) -> Mask:
    """Where not so much is left, bin by bin, that no third number has as many units.

    Around the circle a count is at most so far from 0 as the third number's is, and as the two are apart: in all bins
    together at most its size, `2 * within` more than the rest, and the `2 * within` of `Run.near_sums`.
    """
    signed = bins.view(np.int8).astype(np.int16)
    near: Mask = np.abs(signed).sum(axis=1, dtype=np.int64) <= rests + 4 * within
    return near
