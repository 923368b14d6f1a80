"""Laws of the pairwise rules, each against a judge that looks at every pair and every triple."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from enclave.disclosure.ledger.known import KnownNumbers
from enclave.disclosure.ledger.numbers import (
    ClusterPart,
    Kind,
    LedgerNumber,
    Likeness,
    Population,
    labels_of,
    units_of,
)
from enclave.disclosure.ledger.packed import pack, unpack
from enclave.disclosure.ledger.pairs import PairJudge, candidates, judge_pairs
from enclave.disclosure.ledger.runs import distances, histogram
from tests.properties.ledger_pairs_judge import Plain, plain, refused

T = 4
UNITS = 24  # eight in each of three clusters
FIXED, CHANGING = Kind("code:t.origin", fixed=True), Kind("code:t.benefit", fixed=False)
units = st.sets(st.integers(0, UNITS - 1), min_size=T)
near_the_ends = st.one_of(st.integers(0, 300), st.integers(2**42, 2**42 + 300))


def cluster_of(unit: int) -> str:
    return "ABC"[unit // 8]


@st.composite
def populations(draw: st.DrawFn, *, census: int) -> Population:
    """A visible part, and one or two hidden conditions whose truth is drawn with it."""
    visible = draw(
        st.one_of(
            units, st.sampled_from([set(range(UNITS)), set(range(8)), set(range(8, 16)), set(range(16))])
        )
    )
    hidden = draw(
        st.sampled_from([frozenset(), frozenset({"a = 1"}), frozenset({"a = 2"}), frozenset({"b"})])
    )
    kept = visible
    narrowed: bool = draw(st.booleans())
    if hidden and narrowed:
        kept = visible & draw(units)
        kept = kept if len(kept) >= T else visible
    return Population(labels_of(sorted(kept), census), labels_of(sorted(visible), census), hidden)


@st.composite
def several(draw: st.DrawFn, *, most: int, first: int = 0) -> list[LedgerNumber]:
    return [draw(a_number(first + place)) for place in range(draw(st.integers(0, most)))]


@st.composite
def a_number(draw: st.DrawFn, place: int) -> LedgerNumber:
    census = draw(st.sampled_from([1, 1, 1, 2]))
    fixed = draw(st.sampled_from([False, False, True]))
    population = draw(populations(census=0 if fixed else census))
    standing = sorted({cluster_of(int(unit)) for unit in units_of(population.labels)})
    identity = draw(st.sampled_from([place, place, place, place, 0]))
    return LedgerNumber(
        identity=bytes([identity]),
        likeness=Likeness("count", f"term {census}"),
        kinds=(FIXED,) if fixed else (CHANGING,),
        population=population,
        clusters={
            cluster: ClusterPart(inside(population.labels, cluster), inside(population.visible, cluster))
            for cluster in standing
        },
    )


def inside(labels: np.typing.NDArray[np.int64], cluster: str) -> np.typing.NDArray[np.int64]:
    return labels[[cluster_of(int(label) >> 20) == cluster for label in labels]]


def index_of(known: Sequence[LedgerNumber]) -> KnownNumbers:
    index = KnownNumbers()
    for handle, number in enumerate(known):
        index.add(number, handle)
    return index


@given(several(most=6), several(most=6, first=100))
def test_the_index_refuses_what_a_look_at_every_pair_and_triple_refuses(
    known: list[LedgerNumber], new: list[LedgerNumber]
) -> None:
    found = judge_pairs(
        new,
        index_of(known),
        lambda handle: known[handle].population,
        min_units=T,
    )
    assert set(found) == refused([plain(one) for one in new], [plain(one) for one in known], T)


@given(several(most=8), several(most=8, first=100), st.integers(1, 12))
def test_no_near_pair_is_missing_from_the_candidates(
    known: list[LedgerNumber], new: list[LedgerNumber], min_units: int
) -> None:
    new = [number for number in new if len(units_of(number.population.labels)) >= min_units]
    found = candidates(new, index_of(known), min_units=min_units)
    rows: dict[Plain, int] = {}  # like numbers about the same have one
    for handle, other in enumerate(known):
        rows.setdefault(replace(plain(other), identity=b""), handle)
    for position, number in enumerate(new):
        for handle in rows.values():
            other = known[handle]
            if number.likeness == other.likeness:
                apart = np.setxor1d(units_of(number.population.labels), units_of(other.population.labels))
                one_cluster = len(number.clusters) == len(other.clusters) == 1
                if len(apart) < min_units and not (
                    one_cluster and number.clusters.keys() != other.clusters.keys()
                ):
                    assert (position, handle) in found


@given(st.lists(near_the_ends, max_size=2_000), st.lists(near_the_ends, max_size=30))
def test_histograms_are_never_further_apart_than_populations(some: list[int], others: list[int]) -> None:
    one = np.unique(np.array(some, dtype=np.int64))
    other = np.setxor1d(one, np.array(others, dtype=np.int64))
    assert distances(histogram(one)[None], histogram(other)[None])[0] <= len(np.setxor1d(one, other))


@given(st.lists(st.tuples(near_the_ends, st.integers(0, 2**20 - 1))))
def test_packed_labels_come_back_as_they_were(pairs: list[tuple[int, int]]) -> None:
    labels = labels_of([unit for unit, _ in pairs], [census for _, census in pairs])
    back = unpack(pack(labels))
    assert back.dtype == labels.dtype
    assert np.array_equal(back, labels)


@given(several(most=4), several(most=4, first=4), several(most=5, first=8), st.sets(st.integers(0, 4)))
def test_numbers_that_are_expected_together_are_found_what_each_is_by_itself(
    known: list[LedgerNumber], new: list[LedgerNumber], asked: list[LedgerNumber], surprising: set[int]
) -> None:
    """Some of those that are asked about come unexpected; what may be shown of all is added."""
    index = KnownNumbers()
    for handle, one in enumerate(known):
        index.add(one, handle)
    judges = [
        PairJudge(new, index, lambda handle: known[handle].population, min_units=T, every_finding=True)
        for _ in range(2)
    ]
    for judge in judges:
        for position in range(len(new)):
            judge.show(position)
    judges[0].expect([one for place, one in enumerate(asked) if place not in surprising])
    for one in asked:
        found, other = (list(judge.findings_of(one)) for judge in judges)
        assert found == other
        if not found:
            for judge in judges:
                judge.show_also(one)
