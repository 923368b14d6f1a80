"""How many are somewhere, asked again and again: it makes no room for other numbers."""

import pytest

from enclave.disclosure.ledger.linear import Finding
from tests.support.ledger_leaf import number, register, row
from tests.unit.disclosure.test_ledger_systems import shown, spread, systems

SCHOOL = register(row(unit, "A", 7 if unit < 50 else 8) for unit in range(100))


def first_refused(*, repeats: int) -> int:
    """Which of many independent numbers is the first past the cap, after that many repeated headcounts."""
    judge = systems(structures=[SCHOOL])
    judge.add(number(spread(50)))
    for _ in range(repeats):
        judge.add(number(range(60), kinds=()))
    return shown(judge, [number(spread(unit)) for unit in range(40)]).index(Finding.CAP)


@pytest.mark.parametrize("repeats", [2, 30])
def test_a_headcount_asked_again_makes_no_room_under_the_cap(repeats: int) -> None:
    assert first_refused(repeats=repeats) == first_refused(repeats=1)
