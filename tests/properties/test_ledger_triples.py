"""Three numbers, one of them inside a cluster: the index of all clusters together, against a look at every three."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from enclave.disclosure.ledger.known import SEVERAL, KnownNumbers, Sketch, sample_of
from enclave.disclosure.ledger.numbers import Likeness, labels_of, units_of
from enclave.disclosure.ledger.runs import histogram, run_of
from enclave.disclosure.ledger.triples import Triple, Witness, triples

T = 4
CLUSTERS, EACH = 7, 9
LIKENESS = Likeness("count", "term 1")
clusters = st.integers(0, CLUSTERS - 1)
OTHER = Likeness("count", "term 2")


@dataclass(frozen=True)
class One:
    """A number: who is in it, the one cluster it is inside if there is one, and its likeness."""

    units: frozenset[int]
    likeness: Likeness = LIKENESS

    @property
    def cluster(self) -> str:
        found = {unit // EACH for unit in self.units}
        return f"C{found.pop()}" if len(found) == 1 else SEVERAL

    def sketch(self) -> Sketch:
        units = units_of(labels_of(sorted(self.units)))
        return Sketch(self.likeness, False, self.cluster, len(units), histogram(units))


def everybody(some: Sequence[int]) -> set[int]:
    return {unit for one in some for unit in range(one * EACH, (one + 1) * EACH)}


a_few = st.sets(st.integers(0, CLUSTERS * EACH - 1), max_size=3)
insiders = st.builds(
    lambda cluster, out: One(frozenset(everybody([cluster]) - out)), clusters, st.sets(st.integers(0, 62))
).filter(lambda one: len(one.units) >= T)
wide = st.builds(
    lambda some, out, few: One(frozenset((everybody(some) - out) ^ few)),
    st.lists(clusters, min_size=2, unique=True),
    st.one_of(st.just(set[int]()), insiders.map(lambda one: set(one.units))),
    a_few,
).filter(lambda one: one.cluster == SEVERAL)
of_another_term = st.builds(lambda one: One(one.units, OTHER), insiders)
numbers = st.lists(st.one_of(insiders, insiders, wide, of_another_term), max_size=14, unique=True)


def index_of(known: Sequence[One], *, at_once: int) -> KnownNumbers:
    """Entered some at a time, so that runs are several and are put together."""
    index = KnownNumbers()
    for start in range(0, len(known), at_once):
        some = known[start : start + at_once]
        index.add_sketches([one.sketch() for one in some], range(start, start + len(some)))
    return index


def found_in(index: KnownNumbers, new: Sequence[One]) -> Mapping[int, Sequence[Triple]]:
    asked = {place: one.sketch() for place, one in enumerate(new)}
    samples = {place: sample_of(units_of(labels_of(sorted(one.units))), T) for place, one in enumerate(new)}
    here = [run_of(index.rows_of(asked.values(), asked))] if new else []
    found = triples(asked, samples, here, index, min_units=T)
    return {place: list(some) for place, some in found.items()}


@given(numbers, st.lists(wide, max_size=4, unique=True), st.integers(1, 14))
def test_no_three_with_one_inside_a_cluster_are_missed(
    known: list[One], new: list[One], at_once: int
) -> None:
    found = found_in(index_of(known, at_once=at_once), new)
    everything = [
        *((Witness(handle, False), one) for handle, one in enumerate(known)),
        *((Witness(place, True), one) for place, one in enumerate(new)),
    ]
    for place, one in enumerate(new):
        mine = set(found.get(place, ()))
        others = [
            (witness, other)
            for witness, other in everything
            if other.likeness == LIKENESS and witness != Witness(place, True)
        ]
        for inside, small in others:
            for beside, large in others:
                if small.cluster != SEVERAL and large.cluster == SEVERAL:
                    if left(one, small, large) < T:
                        assert Triple(True, *sorted((inside, beside))) in mine
                    if left(large, one, small) < T:
                        assert Triple(False, inside, beside) in mine


@given(numbers, st.lists(wide, max_size=4, unique=True), st.integers(1, 14))
def test_the_index_finds_the_same_however_it_grew(known: list[One], new: list[One], at_once: int) -> None:
    assert found_in(index_of(known, at_once=at_once), new) == found_in(index_of(known, at_once=99), new)


@given(numbers, st.lists(wide, max_size=4, unique=True))
def test_numbers_of_another_term_are_no_thirds(known: list[One], new: list[One]) -> None:
    for several in found_in(index_of(known, at_once=99), new).values():
        for triple in several:
            for witness in (triple.first, triple.second):
                assert witness.here or known[witness.handle].likeness == LIKENESS


def left(whole: One, part: One, other: One) -> int:
    """How many units are left of the whole without its parts, whatever the sign."""
    everybody_in = whole.units | part.units | other.units
    return sum(
        (unit in whole.units) - (unit in part.units) - (unit in other.units) != 0 for unit in everybody_in
    )
