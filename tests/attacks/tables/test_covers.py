"""Attack: work out a hidden cell of linked tables from all that is shown of them, or bound it below the threshold.

The reader (`reader`) takes nothing from the product but what is hidden. `make fuzz` goes on to 10,000 sets.
"""

from enclave.disclosure.suppression.elimination import gaussian_cover
from tests.attacks.tables.covered import is_open, learnt, system_of
from tests.attacks.tables.made import linked

SETS = 1_000


def test_the_reader_solves_tables_with_primary_suppression_alone() -> None:
    known = sum(len(learnt(made, frozenset(made.primaries))[0]) for made in map(linked, range(20)))
    assert known > 20


def test_the_reader_bounds_cells_that_elimination_alone_hides() -> None:
    exact, tight = 0, 0
    for made in map(linked, range(40)):
        system, primaries = system_of(made)
        hidden = frozenset(made.primaries) | set(gaussian_cover(system, primaries))
        one, other = learnt(made, hidden)
        exact, tight = exact + len(one), tight + len(other)
    assert exact == 0
    assert tight > 20


def test_no_cell_of_a_thousand_sets_of_linked_tables_is_solved_or_bounded_below_the_threshold() -> None:
    assert [seed for seed in range(SETS) if is_open(seed)] == []
