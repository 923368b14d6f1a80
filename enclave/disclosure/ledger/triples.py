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

import numpy as np

from enclave.disclosure.ledger.known import SEVERAL, KnownNumbers, Sketch
from enclave.disclosure.ledger.many_triples import Mask, Triple, Triples, Witness, by_position
from enclave.disclosure.ledger.numbers import Likeness
from enclave.disclosure.ledger.runs import Bins, Insiders, Ints, Rows, Run, joined, no_rows

__all__ = ["Triple", "Triples", "Witness", "triples"]
WHOLES = 16
_NOBODY = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class _Crowd:
    """All numbers of one group, known and new, by rising size. `plain`: no count in its bins passed 255.

    `by_handle`: the places of the known ones, by rising handle. `largest`: those of the largest that somebody asked
    for.
    """

    sizes: Ints
    bins: Bins
    handles: Ints
    here: Mask
    plain: Mask
    by_handle: Ints
    largest: Ints

    def codes(self, places: Ints) -> Ints:
        """Those who stand there as witnesses."""
        found: Ints = 2 * self.handles[places] + self.here[places]
        return found

    def places(self, smallest: int, largest: int) -> Ints:
        low, high = np.searchsorted(self.sizes, (smallest, largest + 1))
        return np.arange(low, high)

    def known(self, handles: Ints) -> Ints:
        """The places of known numbers of these handles, as far as they are here."""
        there = self.handles[self.by_handle]
        at = np.searchsorted(there, handles)
        inside = at < len(there)
        at, handles = at[inside], handles[inside]
        found: Ints = self.by_handle[at[there[at] == handles]]
        return found

    def others(self, places: Ints, position: int) -> Ints:
        """The places without the one where a new number stands itself."""
        kept: Ints = places[~(self.here[places] & (self.handles[places] == position))]
        return kept


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """A new number with several partners: for each, what a third would be like.

    It is looked for in `group`; inside all clusters too where `inside` has the likeness.
    """

    position: int
    is_whole: bool
    crowd: _Crowd
    partners: Ints  # places in the crowd
    sizes: Ints
    bins: Bins
    group: int
    inside: int | None = None


def triples(
    asked: Mapping[int, Sketch],
    samples: Mapping[int, Ints],
    here: Sequence[Run],
    known: KnownNumbers,
    *,
    min_units: int,
) -> Mapping[int, Triples]:
    """By position, the pairs of other numbers that have to be compared with it exactly, in a fixed order.

    Args:
        samples: some units of each that is of some censuses.
        here: runs of the numbers that are being judged, with positions for handles.
    """
    crowds = _Crowds([*((run, False) for run in known.runs), *((run, True) for run in here)], known)
    heads = _heads(asked, samples, known, min_units - 1)
    searches = [
        search
        for position, one in asked.items()
        if one.likeness.censuses  # over all years only nested numbers are compared
        for search in _searches(position, one, crowds, heads.get(position, _NOBODY), min_units - 1)
        if len(search.partners)
    ]
    columns = list(_thirds(searches, crowds, min_units - 1))
    if not columns:
        return {}
    positions, is_whole, partners, thirds = (np.concatenate(one) for one in zip(*columns, strict=True))
    others = (thirds != partners) & (thirds != 2 * positions + 1)
    first = np.where(is_whole, np.minimum(thirds, partners), thirds)
    second = np.where(is_whole, np.maximum(thirds, partners), partners)
    return by_position(positions[others], Triples(is_whole, first, second).taken(others))


def _heads(
    asked: Mapping[int, Sketch], samples: Mapping[int, Ints], known: KnownNumbers, within: int
) -> dict[int, Ints]:
    """By position, the handles of the wide headcounts that may hold all but a few of its units."""
    positions: dict[str, list[int]] = {}
    for position in samples:
        positions.setdefault(asked[position].likeness.censuses, []).append(position)
    found: dict[int, Ints] = {}
    for censuses, some in positions.items():
        numbers, handles = known.wholes_of(censuses, np.stack([samples[one] for one in some]), within)
        order = np.argsort(numbers, kind="stable")
        ends = np.searchsorted(numbers[order], np.arange(len(some) + 1))
        for place, position in enumerate(some):
            found[position] = handles[order[ends[place] : ends[place + 1]]]
    return found


def _thirds(
    searches: Sequence[_Search], crowds: "_Crowds", within: int
) -> Iterator[tuple[Ints, Mask, Ints, Ints]]:
    """Column by column: a position, whether it is the whole, a partner and a third number that fits."""
    own = _Probes.of([(search, search.group) for search in searches])
    wide = _Probes.of([(search, search.inside) for search in searches if search.inside is not None])
    for run, here in crowds.runs:
        yield from own.met(run.near_sums(own.rows, within), run, here=here)
        if len(wide.rows):
            yield from wide.met(crowds.insiders(run).near_sums(wide.rows, within), run, here=here)


@dataclass(frozen=True, slots=True, eq=False)
class _Probes:
    """Searches, and for all their partners together what a third would be like."""

    rows: Rows  # with the position of its search for a handle
    are_whole: Mask
    partners: Ints  # as witnesses

    @classmethod
    def of(cls, searches: Sequence[tuple[_Search, int]]) -> "_Probes":
        """Searches and the groups in which thirds are looked for."""
        counts = [len(search.partners) for search, _ in searches]
        if not sum(counts):
            return cls(no_rows(), np.zeros(0, dtype=np.bool_), _NOBODY)
        rows = Rows(
            np.repeat(np.array([group for _, group in searches], dtype=np.int64), counts),
            np.concatenate([search.sizes for search, _ in searches]),
            np.concatenate([search.bins for search, _ in searches]),
            np.repeat([search.position for search, _ in searches], counts),
        )
        are_whole = np.repeat([search.is_whole for search, _ in searches], counts)
        return cls(rows, are_whole, np.concatenate([one.crowd.codes(one.partners) for one, _ in searches]))

    def met(
        self, found: Iterable[tuple[Ints, Ints]], run: Run, *, here: bool
    ) -> Iterator[tuple[Ints, Mask, Ints, Ints]]:
        """What was found for these in a run."""
        for asked, places in found:
            thirds = 2 * run.rows.handles[places] + here
            yield self.rows.handles[asked], self.are_whole[asked], self.partners[asked], thirds


class _Crowds:
    """The crowd of each group, put together once."""

    def __init__(self, runs: Sequence[tuple[Run, bool]], known: KnownNumbers) -> None:
        self.runs = runs
        self._known = known
        self._crowds: dict[int, _Crowd] = {}

    def of(self, likeness: Likeness, cluster: str) -> tuple[int, _Crowd]:
        """A group and all who stand in it."""
        group = self._known.group(likeness, cluster)
        if group not in self._crowds:
            self._crowds[group] = _crowd(self.runs, group)
        return group, self._crowds[group]

    def inside(self, likeness: Likeness) -> int:
        """The likeness of what stands inside clusters."""
        return self._known.likeness(likeness)

    def insiders(self, run: Run) -> Insiders:
        return self._known.insiders(run)


def _crowd(runs: Sequence[tuple[Run, bool]], group: int) -> _Crowd:
    slices = [(run, run.of_group(group), here) for run, here in runs]
    rows = joined([run.rows.taken(np.arange(where.start, where.stop)) for run, where, _ in slices])
    here = np.repeat([here for _, _, here in slices], [where.stop - where.start for _, where, _ in slices])
    order = np.argsort(rows.sizes, kind="stable")
    sizes, bins = rows.sizes[order], rows.bins[order]
    plain = sizes < 256
    large = np.flatnonzero(~plain)
    plain[large] = np.einsum("ij->i", bins[large], dtype=np.int64) == sizes[large]
    handles, is_new = rows.handles[order], here[order]
    by_handle = np.argsort(handles, kind="stable")
    largest = np.flatnonzero(is_new | (handles >= 0))[-WHOLES:]
    return _Crowd(sizes, bins, handles, is_new, plain, by_handle[~is_new[by_handle]], largest)


def _searches(position: int, one: Sketch, crowds: _Crowds, holding: Ints, within: int) -> Iterator[_Search]:
    """`holding`: the handles of headcounts that may hold it."""
    if one.cluster != SEVERAL:
        group, crowd = crowds.of(one.likeness, one.cluster)
        yield _as_part(position, one, crowd, _wholes_inside(one, crowd, within), group, within)
        yield _as_whole(position, one, crowd, _parts_inside(one, crowd, within), group, within)
    several, crowd = crowds.of(one.likeness, SEVERAL)
    largest = crowd.largest
    wholes = np.concatenate((largest, crowd.known(holding)))
    wholes = wholes[crowd.sizes[wholes] >= one.size - within]
    inside = crowds.inside(one.likeness) if one.cluster == SEVERAL else None
    yield _as_part(position, one, crowd, wholes, several, within, inside)
    if len(largest) < WHOLES or one.size >= crowd.sizes[largest[0]]:
        yield _as_whole(position, one, crowd, _parts_inside(one, crowd, within), several, within, inside)


def _wholes_inside(one: Sketch, crowd: _Crowd, within: int) -> Ints:
    """Places of those that may hold all but a few of its units."""
    places = crowd.places(one.size - within, int(crowd.sizes[-1]) if len(crowd.sizes) else 0)
    lacking = np.maximum(one.bins.astype(np.int16) - crowd.bins[places], 0).sum(axis=1)
    kept: Ints = places[(lacking <= within) | ~(crowd.plain[places] & _is_plain(one))]
    return kept


def _parts_inside(one: Sketch, crowd: _Crowd, within: int) -> Ints:
    """Places of those that may be the larger of two parts."""
    places = crowd.places(one.size // 2 - within, one.size + within)
    lacking = np.maximum(crowd.bins[places].astype(np.int16) - one.bins, 0).sum(axis=1)
    kept: Ints = places[(lacking <= within) | ~(crowd.plain[places] & _is_plain(one))]
    return kept


def _is_plain(one: Sketch) -> bool:
    return int(one.bins.sum(dtype=np.int64)) == one.size


def _as_part(
    position: int,
    one: Sketch,
    crowd: _Crowd,
    wholes: Ints,
    group: int,
    within: int,
    inside: int | None = None,
) -> _Search:
    wholes = crowd.others(wholes, position)
    rests, bins = crowd.sizes[wholes] - one.size, crowd.bins[wholes] - one.bins
    near = _may_be(rests, bins, within)
    return _Search(position, False, crowd, wholes[near], rests[near], bins[near], group, inside)


def _as_whole(
    position: int,
    one: Sketch,
    crowd: _Crowd,
    parts: Ints,
    group: int,
    within: int,
    inside: int | None = None,
) -> _Search:
    parts = crowd.others(parts, position)
    rests, bins = one.size - crowd.sizes[parts], one.bins - crowd.bins[parts]
    near = _may_be(rests, bins, within)
    return _Search(position, True, crowd, parts[near], rests[near], bins[near], group, inside)


def _may_be(rests: Ints, bins: Bins, within: int) -> Mask:
    """Where not so much is left, bin by bin, that no third number has as many units.

    Around the circle a count is at most so far from 0 as the third number's is, and as the two are apart: in all bins
    together at most its size, `2 * within` more than the rest, and the `2 * within` of `Run.near_sums`.
    """
    signed = bins.view(np.int8).astype(np.int16)
    near: Mask = np.abs(signed).sum(axis=1, dtype=np.int64) <= rests + 4 * within
    return near
