"""Attack: work out a hidden cell of linked tables from all that is shown of them, or bound it below the threshold.

Of sums: nearer than p %. Also by who knows some cells as their own. The reader (`reader`) takes nothing from the
product but what is hidden. `make fuzz` goes on to 10,000 sets.
"""

from enclave.disclosure.suppression.cover import cover
from enclave.disclosure.suppression.elimination import gaussian_cover
from tests.attacks.tables.covered import (
    QUICK,
    exactly,
    is_open,
    learnt,
    own_of,
    system_of,
    system_of_sums,
)
from tests.attacks.tables.made import linked, summed

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


def test_the_reader_bounds_sums_that_elimination_alone_hides() -> None:
    tight = 0
    for made in map(summed, range(20)):
        system, primaries, _ = system_of_sums(made)
        hidden = frozenset(made.levels) | set(gaussian_cover(system, primaries))
        tight += len(learnt(made.made, hidden, made.levels)[1])
    assert tight > 10


def test_who_has_cells_alone_solves_others_that_everybody_is_kept_from() -> None:
    """Of sums and of counts: one contributor's own cells, and those of a cluster."""
    of_sums, of_counts = 0, 0
    for seed in range(40):
        sums, counts = summed(seed), linked(seed)
        system, primaries, _ = system_of_sums(sums)
        hidden = cover(system, primaries, budget=QUICK).hidden
        of_sums += sum(len(exactly(sums.made, hidden, own) & set(sums.levels)) for own in sums.own)
        hidden = cover(*system_of(counts), budget=QUICK).hidden
        of_counts += sum(len(exactly(counts, hidden, own) & set(counts.primaries)) for own in own_of(counts))
    assert of_sums > 10
    assert of_counts > 10


def test_no_cell_of_a_thousand_sets_of_linked_tables_is_solved_or_bounded_below_the_threshold() -> None:
    assert [seed for seed in range(SETS) if is_open(seed)] == []
