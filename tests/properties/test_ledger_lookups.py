"""What the ledger looks up in one go is what going through it one by one gives."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from enclave.disclosure.ledger.crowd import Crowd
from enclave.disclosure.ledger.many_triples import Triple, Triples, Witness, by_position, triples_of
from enclave.disclosure.ledger.numbers import Labels
from enclave.disclosure.ledger.unions import in_two

MOST = 6
sets = st.sets(st.integers(0, 12), max_size=8)
witnesses = st.builds(Witness, st.integers(-3, 3), st.booleans())
threes = st.builds(Triple, st.booleans(), witnesses, witnesses)


@given(st.lists(st.tuples(sets, st.booleans()), max_size=60), sets)
def test_a_crowd_tells_who_shares_however_it_grew(
    steps: list[tuple[set[int], bool]], asked: set[int]
) -> None:
    crowd, known, mine = Crowd(most=MOST), list[set[int]](), _ints(asked)
    for units, looks in [*steps, (set[int](), True)]:
        if looks:
            found = [(place, set(one.tolist()), shared) for place, one, shared in crowd.sharing(mine)]
            shares = ((place, one, len(one & asked)) for place, one in enumerate(known) if len(one) <= MOST)
            assert found == [each for each in shares if each[2]]
        crowd.add(_ints(units))
        known.append(units)


@given(st.lists(st.tuples(st.integers(0, 2), threes), max_size=40))
def test_threes_by_position_are_each_once_and_in_order(some: list[tuple[int, Triple]]) -> None:
    positions = np.array([position for position, _ in some], dtype=np.int64)
    found = by_position(positions, triples_of(one for _, one in some))
    assert {position: list(one) for position, one in found.items()} == {
        position: sorted({one for other, one in some if other == position}) for position, _ in some
    }


@given(st.lists(threes, max_size=20))
def test_columns_give_the_threes_back_in_their_order(some: list[Triple]) -> None:
    columns = triples_of(some)
    assert isinstance(columns, Triples)
    assert list(columns) == some


@given(st.lists(st.lists(st.integers(0, 40), max_size=30), min_size=1, max_size=6), st.sampled_from((1, 60)))
def test_who_is_in_two_groups_is_counted_once_with_marks_or_without(
    groups: list[list[int]], repeated: int
) -> None:
    """A group that has the same ones many times is large enough for marks."""
    found = in_two([np.array(one * repeated, dtype=np.int64) for one in groups])
    everybody = {unit for one in groups for unit in one}
    assert found == sum(sum(unit in one for one in groups) > 1 for unit in everybody)


def _ints(units: set[int]) -> Labels:
    return np.array(sorted(units), dtype=np.int64)
