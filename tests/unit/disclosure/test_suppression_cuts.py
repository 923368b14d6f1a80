"""Cuts, and halves of their sums: every pattern that is safe meets them."""

from itertools import product

import numpy as np
import pytest

from enclave.disclosure.suppression.attack import Attacker
from enclave.disclosure.suppression.cuts import Cuts
from enclave.disclosure.suppression.halves import as_whole, halves
from enclave.disclosure.suppression.levels import below_threshold
from enclave.disclosure.suppression.margins import full_table
from enclave.disclosure.suppression.optimum import Search
from enclave.disclosure.suppression.system import Budget, cost_of


def test_of_three_cells_of_which_each_two_have_one_two_are_hidden() -> None:
    pairs = [({0: 1.0, 1: 1.0}, 1.0), ({1: 1.0, 2: 1.0}, 1.0), ({0: 1.0, 2: 1.0}, 1.0)]
    found = halves(pairs, np.full(3, 0.5), {0: 0, 1: 1, 2: 2})
    assert ({0: 1.0, 1: 1.0, 2: 1.0}, 2.0) in found


def test_a_cut_of_parts_wants_one_of_its_cells() -> None:
    assert as_whole(({0: 0.4, 1: 1.0}, 1.0)) == ({0: 1.0, 1: 1.0}, 1.0)
    assert as_whole(({0: 1.0, 1: -1.0}, 0.0)) == ({0: 1.0, 1: -1.0}, 0.0)


def test_every_safe_pattern_without_a_lone_cell_meets_the_cuts_and_halves_of_their_sums() -> None:
    inner = np.array([[4.0, 30.0, 21.0], [12.0, 3.0, 33.0]])
    system = full_table(inner)
    primaries = [below_threshold(cell, 10, nobody=False) for cell in (0, 5)]
    keep = frozenset((0, 5))
    free = [cell for cell in range(len(system)) if cell not in keep]
    place = {cell: at for at, cell in enumerate(free)}
    cuts, chance, found = Cuts(system, primaries, keep, free), np.random.default_rng(1), []
    for _ in range(30):
        shares = chance.choice([0.0, 0.3, 0.5, 1.0], size=len(free))
        found += cuts.against(shares, is_whole=False)
        found += halves([as_whole(one) for one in found], shares, place)
    safe = 0
    for chosen in product((0.0, 1.0), repeat=len(free)):
        pattern = keep | {cell for cell, one in zip(free, chosen, strict=True) if one}
        lone = any(sum(cell in pattern for cell in one.cells) == 1 for one in system.equations)
        if lone or Attacker(system, pattern, primaries).too_tight():
            continue
        safe += 1
        for times, least in found:
            assert sum(often * chosen[place[cell]] for cell, often in times.items()) >= least - 1e-6
    assert safe > 1
    assert len(found) > 10


def test_where_nothing_says_why_a_pattern_is_unsafe_the_cheapest_is_not_proven(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As when the attacker's programs are not solved: what is hidden is safe, and is not said to be the cheapest."""
    system = full_table(np.array([[4.0, 30.0, 21.0], [12.0, 3.0, 33.0], [14.0, 25.0, 18.0]]))
    primaries = [below_threshold(cell, 10, nobody=False) for cell in (0, 5)]
    everything = frozenset(range(len(system)))
    monkeypatch.setattr(Cuts, "against", lambda *_, **__: [])
    search = Search(system, primaries, frozenset((0, 5)), Budget(), ())
    hidden, bound = search.done(everything)
    assert not Attacker(system, hidden, primaries).too_tight()
    assert bound < cost_of(system, tuple(hidden - {0, 5}))
