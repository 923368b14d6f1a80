"""Rings and flows of tables of two ways say what the attacker's programs say."""

import numpy as np
import pytest

from enclave.disclosure.suppression.attack import Attacker
from enclave.disclosure.suppression.cover import cover
from enclave.disclosure.suppression.cuts import Cuts
from enclave.disclosure.suppression.implied import without_implied
from enclave.disclosure.suppression.levels import below_threshold
from enclave.disclosure.suppression.margins import full_table, nested_table
from enclave.disclosure.suppression.repair import trimmed
from enclave.disclosure.suppression.ringed import ends_of, exchanged, ringed
from enclave.disclosure.suppression.rings import Rings
from enclave.disclosure.suppression.system import Budget, Equation, Places, Primary, System


def _drawn(
    seed: int, shape: tuple[int, ...] = (6, 5), groups: tuple[int, ...] = ()
) -> tuple[System, list[Primary]]:
    counts = np.floor(np.random.default_rng(seed).lognormal(3.0, 1.2, size=shape))
    system = nested_table(counts, groups) if groups else full_table(counts)
    small = np.flatnonzero((system.values > 0) & (system.values < 10)).tolist()
    return system, [below_threshold(cell, 10, nobody=False) for cell in small]


def _some(system: System, primaries: list[Primary], seed: int) -> Places:
    chosen = np.random.default_rng(seed).random(len(system)) < 0.3
    chosen[[one.cell for one in primaries]] = True
    return np.flatnonzero(chosen)


@pytest.mark.parametrize(("shape", "groups"), [((6, 5), ()), ((6, 3), (2, 3))], ids=["flat", "levels"])
def test_flows_move_what_programs_move_and_as_tables(shape: tuple[int, ...], groups: tuple[int, ...]) -> None:
    moved, kept = 0, 0
    for seed in range(20):
        system, primaries = _drawn(seed, shape, groups)
        hidden, ends, rings = _some(system, primaries, seed), ends_of(system, primaries), system.rings
        assert rings is not None
        rises = np.full(len(hidden), system.ceiling)
        found = rings.around(ends, hidden, rises, system.values[hidden])
        attacker = _by_programs(system, frozenset(hidden.tolist()), primaries)
        for cell, up, there in zip(ends.cells.tolist(), ends.up.tolist(), found.moved.tolist(), strict=True):
            one = next(one for one in primaries if one.cell == cell)
            assert (attacker.may_be_high(one) if up else attacker.may_be_low(one)) == there
            moved, kept = moved + there, kept + (not there)
        tables = np.repeat(system.values[None], len(found.moves), axis=0)
        tables[:, hidden] += found.moves
        assert (tables >= 0).all()
        for line in system.equations:
            assert np.allclose(tables[:, list(line.parts)].sum(axis=1), tables[:, line.total])
        reached = tables[np.arange(len(tables)), ends.cells[found.moved]]
        wanted = system.values[ends.cells] + np.where(ends.up, ends.need, -ends.need)
        assert np.allclose(reached, wanted[found.moved])
    assert moved > 40
    assert kept > 40


def _by_programs(system: System, hidden: frozenset[int], primaries: list[Primary]) -> Attacker:
    attacker = Attacker(system, hidden, primaries)
    assert attacker.programs == 0  # none asked yet; `may_be_low` and `may_be_high` ask programs alone
    return attacker


def test_what_leads_out_of_the_lines_that_an_end_can_come_to_is_the_most_that_it_can_move() -> None:
    """The narrowest set of lines says what the attacker's program says: by so much does it fall short."""
    kept = 0
    for seed in range(12):
        system, primaries = _drawn(seed)
        hidden, ends, rings = _some(system, primaries, seed), ends_of(system, primaries), system.rings
        assert rings is not None
        found = rings.around(ends, hidden, np.full(len(hidden), system.ceiling), system.values[hidden])
        left, attacker = ends.some(~found.moved), Attacker(system, frozenset(hidden.tolist()), primaries)
        for sides in found.sides():
            leads = rings.out_of(sides, left, system.values)[:, hidden].sum(axis=1)
            for cell, up, most in zip(left.cells.tolist(), left.up.tolist(), leads.tolist(), strict=True):
                known = attacker.interval(cell)
                far = known.high - system.values[cell] if up else system.values[cell] - known.low
                assert most == pytest.approx(far)
                kept += 1
    assert kept > 40


def test_moves_that_are_no_table_are_not_believed() -> None:
    """Whatever goes wrong with rings: the attacker looks at each line of what they say."""
    system, cells = full_table(np.array([[4.0, 30.0], [12.0, 20.0]])), np.array([0, 1, 3, 4])
    good = np.array([6.0, -6.0, -6.0, 6.0])
    wrong = [good * 3, np.array([7.0, -6.0, -6.0, 6.0]), np.array([6.0, -6.0, -5.0, 7.0])]
    assert system.lets(np.array([good, *wrong]), cells).tolist() == [True, False, False, False]


@pytest.mark.parametrize("groups", [(4, 3), (12, 3), (4, 2), (2, 3)])
def test_lines_without_those_that_others_imply_say_as_much(groups: tuple[int, ...]) -> None:
    system = nested_table(np.arange(36.0).reshape(12, 3), groups)
    left = without_implied([(one.total, one.parts) for one in system.equations], len(system))
    if groups[1] < 3:
        assert left is None, "both sides have levels"
        return
    assert left is not None
    assert (len(left) < len(system.equations)) == (groups[0] < 12)
    lines = np.zeros((len(system.equations), len(system)))
    for at, one in enumerate(system.equations):
        lines[at, one.total], lines[at, list(one.parts)] = -1, 1
    assert np.linalg.matrix_rank(lines[left]) == np.linalg.matrix_rank(lines)
    assert (lines[left] != 0).sum(axis=0).max() == 2


def test_a_line_that_looks_implied_and_is_not_stays() -> None:
    """Its total and its parts are each made of others; but one of those stands in no line with its like."""
    inner = nested_table(np.arange(36.0).reshape(12, 3), (4, 3))
    lines = [(one.total, one.parts) for one in inner.equations]
    leaves = [at for at, (total, parts) in enumerate(lines) if total == 3 and parts == (0, 1, 2)]
    assert len(leaves) == 1
    without = [line for at, line in enumerate(lines) if at not in leaves]
    assert without_implied(without, len(inner)) is None


def test_only_tables_of_two_ways_have_rings() -> None:
    assert full_table(np.ones((3, 4))).rings is not None
    assert full_table(np.ones((3, 3, 3))).rings is None
    assert full_table(np.ones(3)).rings is None, "its cells all lie between the same two lines"
    same_side = System(np.array([1.0, 1.0, 2.0]), np.ones(3), (Equation(2, (0, 1)), Equation(2, (0, 1))))
    assert same_side.rings is None


def test_a_pattern_by_rings_is_safe_and_nothing_of_it_can_be_shown() -> None:
    for seed in range(12):
        system, primaries = _drawn(seed)
        keep = frozenset(one.cell for one in primaries)
        rings = system.rings
        assert rings is not None
        found = ringed(system, rings, primaries, keep, keep, system.costs)
        assert found is not None
        assert not Attacker(system, found, primaries).too_tight()
        assert trimmed(system, primaries, found, keep, audits=1_000) == found


def test_partners_are_exchanged_for_fewer_that_are_as_safe() -> None:
    """Of patterns in which each primary has its own ring, the cells that all others could do without."""
    fewer = 0
    for seed in range(12):
        system, primaries = _drawn(seed)
        system = System(system.values, np.ones(len(system)), system.equations)
        keep = frozenset(one.cell for one in primaries)
        rings = system.rings
        assert rings is not None
        first = ringed(system, rings, primaries, keep, keep, system.values)
        assert first is not None
        found = exchanged(system, rings, primaries, first, keep)
        assert len(found) <= len(first)
        assert not Attacker(system, found, primaries).too_tight()
        fewer += len(found) < len(first)
    assert fewer


def test_which_rings_are_taken_does_not_depend_on_how_many_are_in_small_cells() -> None:
    """A person moves round four small cells: no total changes, and neither does what is hidden."""
    inner = np.floor(np.random.default_rng(3).lognormal(3.4, 1.0, size=(6, 6))) + 10
    inner[np.ix_([0, 2], [1, 4])] = [[3.0, 6.0], [7.0, 2.0]]
    inner[4, 5] = 5.0
    twin = inner.copy()
    twin[np.ix_([0, 2], [1, 4])] += [[1.0, -1.0], [-1.0, 1.0]]
    found = []
    for counts in (inner, twin):
        system = full_table(counts, costs=np.ones(49))
        primaries = [
            below_threshold(cell, 10, nobody=False) for cell in np.flatnonzero(system.values < 10).tolist()
        ]
        keep, rings = frozenset(one.cell for one in primaries), system.rings
        assert rings is not None
        found.append(ringed(system, rings, primaries, keep, keep, system.costs))
        assert found[-1] is not None
        found.append(exchanged(system, rings, primaries, found[-1], keep))
    assert found[:2] == found[2:]
    assert found[0]


def test_cuts_of_single_lines_and_of_rings_are_met_by_safe_patterns() -> None:
    """By those that a search without either finds and trims."""
    checked = 0
    for seed in range(8):
        system, primaries = _drawn(seed, (4, 4))
        keep = frozenset(one.cell for one in primaries)
        free = [cell for cell in range(len(system)) if cell not in keep]
        place = {cell: at for at, cell in enumerate(free)}
        cuts = Cuts(system, primaries, keep, free)
        rng = np.random.default_rng(seed)
        found = cuts.of_lines()
        for _ in range(6):
            shares = rng.choice([0.0, 0.3, 0.6, 1.0], len(free), p=[0.6, 0.1, 0.1, 0.2])
            found += [cut for cut in cuts.against(shares, is_whole=False) if cut[1] > 0]
        for some in range(40):
            pattern = keep | set(np.array(free)[np.random.default_rng(some).random(len(free)) < 0.5].tolist())
            if Attacker(system, pattern, primaries).too_tight():
                continue
            for times, least in found:
                assert sum(often for cell, often in times.items() if cell in pattern) >= least - 1e-6
                checked += 1
        assert all(cell in place for times, _ in found for cell in times)
    assert checked > 200


def test_with_rings_what_is_hidden_costs_as_little_as_without(monkeypatch: pytest.MonkeyPatch) -> None:
    budget, costs = Budget(intervals=0, nodes=2_000), []
    for _ in range(2):
        costs.append([cover(*_drawn(seed, (5, 4)), budget=budget) for seed in range(6)])
        monkeypatch.setattr(Rings, "of", lambda *_, **__: None)
    for one, other in zip(*costs, strict=True):
        assert one.cost == pytest.approx(other.cost)
        assert one.bound == pytest.approx(one.cost)
