"""Cuts, and halves of their sums: every pattern that is safe meets them."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest

from enclave.disclosure.suppression.attack import Attacker
from enclave.disclosure.suppression.cuts import Cut, Cuts
from enclave.disclosure.suppression.elimination import gaussian_cover
from enclave.disclosure.suppression.halves import Pool
from enclave.disclosure.suppression.levels import below_threshold
from enclave.disclosure.suppression.margins import full_table
from enclave.disclosure.suppression.optimum import SHARED_MUCH, Search
from enclave.disclosure.suppression.shares import Shares
from enclave.disclosure.suppression.system import Budget, cost_of


def test_of_three_cells_of_which_each_two_have_one_two_are_hidden() -> None:
    pairs = [({0: 1.0, 1: 1.0}, 1.0), ({1: 1.0, 2: 1.0}, 1.0), ({0: 1.0, 2: 1.0}, 1.0)]
    assert ({0: 1.0, 1: 1.0, 2: 1.0}, 2.0) in _pool(range(3), pairs).halves(np.full(3, 0.5))


def test_a_cut_of_parts_wants_one_of_its_cells() -> None:
    pairs = [({0: 0.4, 1: 1.0}, 1.0), ({1: 1.0, 2: 1.0}, 1.0), ({0: 1.0, 2: 1.0}, 1.0)]
    pool = _pool(range(3), pairs)
    assert ({0: 1.0, 1: 1.0, 2: 1.0}, 2.0) in pool.halves(np.full(3, 0.5))
    assert pool.over(np.full(3, 0.5)) == pytest.approx([-0.3, 0.0, 0.0])


def test_a_half_of_a_sum_with_a_cell_that_counts_against_the_others() -> None:
    pairs = [({0: 1.0, 1: 1.0}, 1.0), ({1: -1.0, 2: 1.0, 3: 1.0}, 0.0), ({0: 1.0, 2: 1.0, 3: 1.0}, 0.0)]
    for times, least in _pool(range(4), pairs).halves(np.array([0.5, 0.5, 0.25, 0.25])):
        for chosen in product((0.0, 1.0), repeat=4):
            if all(sum(often * chosen[at] for at, often in some.items()) >= one for some, one in pairs):
                assert sum(often * chosen[at] for at, often in times.items()) >= least


def _pool(free: Sequence[int], cuts: Sequence[Cut]) -> Pool:
    pool = Pool(free)
    pool.add(cuts)
    return pool


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
        found += _pool(free, found).halves(shares)
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
    monkeypatch.setattr(Cuts, "of_lines", lambda _: [])
    search = Search(system, primaries, frozenset((0, 5)), Budget(), ())
    hidden, bound = search.done(everything)
    assert not Attacker(system, hidden, primaries).too_tight()
    assert bound < cost_of(system, tuple(hidden - {0, 5}))


def test_a_guess_of_what_a_cell_adds_is_no_bound() -> None:
    """What is guessed says where to branch: however large it is, nothing is given up for it."""
    counts = np.floor(np.random.default_rng(1).lognormal(3.8, 1.2, size=(3, 3, 3)))
    table = full_table(counts)
    system = full_table(counts, costs=np.ones(len(table)))
    small = np.flatnonzero((table.values > 0) & (table.values < 10)).tolist()
    primaries = [below_threshold(cell, 10, nobody=False) for cell in small]
    everything = frozenset(range(len(system)))
    search = Search(system, primaries, frozenset(small), Budget(), ())
    search._times[:], search._gains[:] = 100, 1e6
    hidden, bound = search.done(everything)
    assert (len(hidden) - len(small), bound) == (11, 11.0)


def test_a_search_among_few_cells_finds_a_cheaper_pattern_of_these_that_is_safe() -> None:
    counts = np.floor(np.random.default_rng(7).lognormal(3.8, 1.2, size=(3, 3, 3)))
    system = full_table(counts)
    small = np.flatnonzero((system.values > 0) & (system.values < 10)).tolist()
    primaries = [below_threshold(cell, 10, nobody=False) for cell in small]
    search = Search(system, primaries, frozenset(small), Budget(), ())
    first = frozenset(small) | set(gaussian_cover(system, primaries)) | set(range(0, len(system), 2))
    assert not Attacker(system, first, primaries).too_tight()
    search._keep(first)
    search._narrowed(0.0, search._shares)
    among = first | search._pattern(search._shares > SHARED_MUCH)
    assert search._cost(search.best) < search._cost(first)
    assert search.best <= among
    assert not Attacker(system, search.best, primaries).too_tight()


def test_the_program_over_shares_leaves_out_cuts_and_takes_them_back() -> None:
    pool = Pool(range(3))
    shares = Shares(np.array([1.0, 2.0, 4.0]), pool)
    shares.add([({0: 1.0, 1: 1.0}, 1.0), ({1: 1.0, 2: 1.0}, 1.0)])
    assert shares.solved(np.zeros(3), np.ones(3)).tolist() == [0.0, 1.0, 0.0]
    assert shares.cost == 2.0
    shares.solved(np.ones(3), np.ones(3))  # more than either cut wants
    shares.forget()
    assert shares.solved(np.zeros(3), np.ones(3)).tolist() == [0.0, 0.0, 0.0]
    assert shares.back()
    assert shares.solved(np.zeros(3), np.ones(3)).tolist() == [0.0, 1.0, 0.0]
    assert not shares.back()
    assert shares.tried(1, 0.0) == 5.0
