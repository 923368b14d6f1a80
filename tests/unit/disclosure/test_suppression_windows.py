"""The repair of large tables, on tables that are small enough to look at."""

from itertools import product

import numpy as np
import pytest

from enclave.disclosure.suppression import cover as covers
from enclave.disclosure.suppression.attack import Attacker
from enclave.disclosure.suppression.levels import below_threshold
from enclave.disclosure.suppression.lines import line_cover
from enclave.disclosure.suppression.margins import full_table
from enclave.disclosure.suppression.system import Budget, Floats, Primary, System
from enclave.disclosure.suppression.windows import Windows

T = 10
AUDITED = Budget(exact_cells=0, audits=0, intervals=0)


def drawn(seed: int) -> Floats:
    return np.floor(np.random.default_rng(seed).lognormal(3.8, 1.2, size=(6, 5, 5)))


def primaries(system: System) -> list[Primary]:
    small = np.flatnonzero((system.values > 0) & (system.values < T)).tolist()
    return [below_threshold(cell, T, nobody=False) for cell in small]


@pytest.mark.parametrize("seed", [0, 1, 3])
def test_windows_leave_every_primary_as_wide_as_it_has_to_be(seed: int) -> None:
    system = full_table(drawn(seed))
    wanted = primaries(system)
    first = frozenset(one.cell for one in wanted)
    first |= set(line_cover(system, first))
    attacker = Attacker(system, first, wanted)
    tight = attacker.too_tight()
    assert tight
    windows = Windows(system, set(first), attacker.middle())
    assert windows.protect_all(tight) == []
    assert Attacker(system, frozenset(windows.hidden), wanted).too_tight() == []


@pytest.mark.parametrize("seed", [1, 3])
def test_windows_hide_the_same_wherever_a_person_stands_among_small_cells(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight small cells at the corners of a box, and the same with four persons moved along its edges."""
    monkeypatch.setattr(covers, "ONE_BY_ONE", 0)
    monkeypatch.setattr(covers, "MANY", 0)
    table = drawn(seed)
    hidden = []
    for change in (0, 1, 3):
        for corner in product((0, 1), repeat=3):
            table[corner] = 4 + change * (-1) ** sum(corner)
        system = full_table(table)
        hidden.append(covers.cover(system, primaries(system), budget=AUDITED).hidden)
    assert hidden[0] == hidden[1] == hidden[2]
