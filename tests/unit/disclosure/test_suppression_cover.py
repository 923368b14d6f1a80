"""A cover beside what was hidden or shown before, and what is no table."""

import numpy as np
import pytest

from enclave.disclosure.suppression.attack import Attacker
from enclave.disclosure.suppression.cover import cover
from enclave.disclosure.suppression.levels import below_threshold
from enclave.disclosure.suppression.margins import full_table
from enclave.disclosure.suppression.repair import Repairer
from enclave.disclosure.suppression.system import Equation, Primary, System


def test_a_pattern_that_must_stay_shown_leaves_a_primary_open() -> None:
    costs = np.array([4.0, np.inf, np.inf, np.inf])
    found = cover(full_table(np.array([4.0, 30.0, 41.0]), costs=costs), [Primary(0, 1, 10)])
    assert found.open == (0,)
    assert found.secondary == ()


def test_cells_hidden_before_are_the_partners_that_are_chosen() -> None:
    costs = np.array([4.0, 12.0, 0.0, 75.0])
    found = cover(full_table(np.array([4.0, 12.0, 41.0]), costs=costs), [Primary(0, 1, 10)])
    assert found.hidden == {0, 2}
    assert found.cost == 0


def test_a_total_that_is_not_the_sum_of_its_parts_is_no_table() -> None:
    with pytest.raises(ValueError, match="sum of its parts"):
        System(np.array([5.0, 2.0, 2.0]), np.ones(3), (Equation(0, (1, 2)),))


def test_a_primary_named_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="named once"):
        cover(full_table(np.array([4.0, 12.0])), [Primary(0, 1, 10), Primary(0, 1, 10)])


def test_primaries_that_move_together_are_as_safe_and_those_that_nothing_protects_are_named() -> None:
    inner = np.array([[4.0, 30.0, 41.0, 7.0], [12.0, 20.0, 33.0, 15.0], [3.0, 25.0, 16.0, 22.0]])
    system = full_table(inner)
    wanted = [below_threshold(cell, 10, nobody=False) for cell in (0, 3, 10)]
    for together in (1, 2, 16):
        repairer = Repairer(system, {0, 3, 10})
        assert repairer.protect_all(wanted, together=together) == []
        assert not Attacker(system, frozenset(repairer.hidden), wanted).too_tight()
    alone = np.full(4, np.inf)
    alone[0] = 4.0
    stuck = Repairer(full_table(np.array([4.0, 30.0, 41.0]), costs=alone), {0})
    assert stuck.protect_all(wanted[:1], together=16) == wanted[:1]
