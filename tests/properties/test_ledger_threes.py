"""What is looked at together is judged as it would be one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from enclave.disclosure.ledger.crowd import Crowd
from enclave.disclosure.ledger.numbers import Population, labels_of
from enclave.disclosure.ledger.threes import MANY, Threes
from enclave.disclosure.ledger.triples import Triple, Witness

T = 4
units = st.sets(st.integers(0, 30), min_size=1)
sets = st.lists(st.sets(st.integers(0, 40), max_size=9), max_size=90)


@st.composite
def populations(draw: st.DrawFn) -> Population:
    """At one census, at another, at both, or of what never changes; with a hidden condition or without."""
    visible = sorted(draw(units))
    censuses = draw(st.sampled_from([[1], [1], [1], [0], [2], [1, 2]]))
    seen = np.sort(np.concatenate([labels_of(visible, census) for census in censuses]))
    hidden: frozenset[str] = draw(st.sampled_from([frozenset(), frozenset({"a = 1"})]))
    kept = seen[: draw(st.integers(1, len(seen)))] if hidden else seen
    return Population(kept, seen, hidden)


@given(st.lists(populations(), min_size=4, max_size=14), populations(), st.booleans(), st.data())
def test_threes_looked_at_together_are_judged_as_one_by_one(
    known: list[Population], new: Population, is_whole: bool, data: st.DataObject
) -> None:
    common = Witness(0, False)
    others = [Witness(place, False) for place in range(1, len(known))]
    triples = [Triple(is_whole, other, common) for other in others]
    triples += data.draw(st.lists(st.sampled_from(triples), max_size=MANY))
    together = Threes(lambda one: known[one.handle], min_units=T)
    alone = [
        found
        for triple in triples
        for found in Threes(lambda one: known[one.handle], min_units=T).findings(new, [triple])
    ]
    assert list(together.findings(new, triples)) == alone


@given(sets, st.sets(st.integers(0, 40)), st.integers(0, 9), st.lists(st.integers(0, 90), max_size=3))
def test_a_crowd_finds_all_that_share_somebody(
    some: list[set[int]], asked: set[int], most: int, asked_at: list[int]
) -> None:
    """However it grew, and whenever it was asked in between."""
    crowd, wanted = Crowd(most=most), np.array(sorted(asked), dtype=np.int64)
    for place, one in enumerate(some):
        if place in asked_at:
            list(crowd.sharing(wanted))
        crowd.add(np.array(sorted(one), dtype=np.int64))
    found = [(place, set(units.tolist()), shared) for place, units, shared in crowd.sharing(wanted)]
    assert found == [
        (place, one, len(one & asked)) for place, one in enumerate(some) if len(one) <= most and one & asked
    ]
