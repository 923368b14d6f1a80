"""Secondary suppression as small tables: what is published, with `p` before a primary and the partner that goes as `c`.

The first is a published example, with its figures; the others are made for a rule that the named source states.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from enclave.disclosure.suppression.attack import Attacker
from enclave.disclosure.suppression.cover import cover
from enclave.disclosure.suppression.insiders import Insider
from enclave.disclosure.suppression.levels import below_threshold, by_percent
from enclave.disclosure.suppression.margins import full_table
from enclave.disclosure.suppression.system import Budget, Primary, System

T = 10
PROVEN = Budget(exact_cells=200, rounds=60, nodes=5_000)


@dataclass(frozen=True)
class Example:
    """A table without its margins, and the same as it is published: margins too, `c` where something is hidden."""

    source: str
    table: str
    published: str


EXAMPLES = (
    Example(
        "a total less its other part gives one hidden cell, so a second one goes with it: Hundepool and others,"
        " Handbook on Statistical Disclosure Control (ESSnet, 2010), chapter 4",
        "4 30 41",
        "c c 41 75",
    ),
    Example(
        "in a two-way table the second cell needs a second one in its other line as well: the same",
        """
        4  30 41
        12 20 33
        14 25 16
        """,
        """
        c  c  41 75
        c  c  33 65
        14 25 16 55
        30 75 90 195
        """,
    ),
    Example(
        "two hidden cells that are few together protect one another from being known, and not from being known to be"
        " few: an attacker's interval counts, not the number of hidden cells (Fischetti and Salazar, 2001)",
        "2 3 41 60",
        "c c c 60 106",
    ),
    Example(
        "of two patterns the one that hides less goes: Fischetti and Salazar (2001)",
        """
        4  90 20
        12 80 15
        70 60 50
        """,
        """
        c  90  c  114
        c  80  c  107
        70 60  50 180
        86 230 85 401
        """,
    ),
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.source.split(":")[0])
def test_what_is_published(example: Example) -> None:
    inner = np.array([[float(number) for number in row] for row in _rows(example.table)])
    system = full_table(inner if len(inner) > 1 else inner[0])
    small = np.flatnonzero((system.values > 0) & (system.values < T)).tolist()
    found = cover(system, [below_threshold(cell, T, nobody=False) for cell in small], budget=PROVEN)
    assert found.gap == 0
    told = [
        "c" if cell in found.hidden else f"{value:g}" for cell, value in enumerate(system.values.tolist())
    ]
    assert told == [word for row in _rows(example.published) for word in row]


def _rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.strip().splitlines()]


INVESTMENT = np.array([[20.0, 50.0, 10.0], [8.0, 19.0, 22.0], [17.0, 32.0, 12.0]])
"""Of enterprises, by activity and region: M. Fischetti, J. J. Salazar-González, Solving the cell suppression problem on
tabular data with linear constraints, Management Science 47 (2001), figure 1. The cell of 22 is sensitive."""
SENSITIVE, PATTERN = 6, frozenset({4, 6, 8, 10})


def test_the_attacker_of_the_paper_knows_of_the_sensitive_investment_that_it_is_5_to_30() -> None:
    system = _investment()
    found = Attacker(system, PATTERN, [Primary(SENSITIVE, 5, 30)]).interval(SENSITIVE)
    assert found.low == pytest.approx(5)
    assert found.high == pytest.approx(30)


def test_no_cheaper_pattern_than_that_of_the_paper_leaves_so_much_open() -> None:
    found = cover(_investment(), [Primary(SENSITIVE, 5, 30)], budget=PROVEN)
    assert found.gap == 0
    assert found.hidden == PATTERN


def _investment() -> System:
    system = full_table(INVESTMENT)
    assert system.values[SENSITIVE] == 22
    return system


def test_the_first_table_of_the_manual_of_gauss_suppression_is_published_as_there() -> None:
    """By age and country, where 0 and 1 are primary: the partners are the same four cells.

    Ø. Langsrud and D. Lupp, GaussSuppression (R package, 2024), vignette on small counts, first example.
    """
    system = full_table(np.array([[2.0, 0.0, 5.0], [3.0, 4.0, 6.0]]))
    primaries = [below_threshold(cell, 2, nobody=True) for cell in np.flatnonzero(system.values < 2).tolist()]
    found = cover(system, primaries, budget=PROVEN)
    assert found.gap == 0
    assert sorted(found.hidden) == [0, 1, 4, 5]


def test_who_stands_alone_in_a_cell_cannot_work_out_the_other() -> None:
    """A single contributor knows her own cell, so a line of two hidden cells would give her the other (chapter 4)."""
    system = full_table(np.array([15.0, 30.0, 12.0, 50.0]))
    primaries = [Primary(0, 12, 18, alone=True), Primary(1, 27, 33)]
    assert cover(system, [Primary(0, 12, 18), Primary(1, 27, 33)], budget=PROVEN).secondary == ()
    assert cover(system, primaries, budget=PROVEN).secondary == (2,)


SALES = """
Agriculture Portugal A 75.9 B 24.5
Agriculture Spain A 96.6 B 43.2
Entertainment Iceland B 16.8
Entertainment Portugal B 7.1 D 2.3
Entertainment Spain A 77.4 B 11.5 C 16.4
Governmental Portugal B 21.6 D 2.0
Governmental Spain C 6.5 D 2.7
Industry Iceland B 9.6 C 8.8 D 1.9
Industry Portugal B 25.7 D 3.4
Industry Spain C 8.4
"""
"""Of four companies, by sector and country: data set magnitude1, as printed in the vignette on magnitude tables of Ø.
Langsrud and D. Lupp, GaussSuppression (R package, 2024). The suppressed tables there are pictures, and not copied."""
SECTORS = ("Agriculture", "Entertainment", "Governmental", "Industry")
COUNTRIES = ("Iceland", "Portugal", "Spain")


def _sales() -> dict[tuple[str, str], dict[str, float]]:
    rows = [line.split() for line in SALES.strip().splitlines()]
    return {(row[0], row[1]): dict(zip(row[2::2], map(float, row[3::2]), strict=True)) for row in rows}


def _dominated(of: dict[str, float]) -> bool:
    """Where the largest has more than 77 % or the two largest more than 99 %, as in the example of the manual."""
    shares = sorted(of.values(), reverse=True)
    return bool(shares) and (shares[0] > 0.77 * sum(shares) or sum(shares[:2]) > 0.99 * sum(shares))


def _company_table() -> tuple[System, list[dict[str, float]]]:
    """The table with its margins, and what each company adds to each of its cells."""
    sales = _sales()
    by_company = {
        name: full_table(
            np.array([[sales.get((one, two), {}).get(name, 0.0) for two in COUNTRIES] for one in SECTORS])
        ).values
        for name in "ABCD"
    }
    system = full_table(
        np.array([[sum(sales.get((one, two), {}).values()) for two in COUNTRIES] for one in SECTORS])
    )
    of_cell = [
        {name: float(of[cell]) for name, of in by_company.items() if of[cell] > 0}
        for cell in range(len(system))
    ]
    return system, of_cell


def test_no_company_works_out_what_others_sell_from_the_cells_that_are_its_own() -> None:
    """B alone sells entertainment in Iceland, and C industry in Spain; nobody sells for agriculture in Iceland."""
    system, of_cell = _company_table()
    primaries = [
        by_percent(cell, float(system.values[cell]), 10) for cell, of in enumerate(of_cell) if _dominated(of)
    ]
    own = [frozenset(cell for cell, of in enumerate(of_cell) if set(of) == {name}) for name in "ABCD"]
    insiders = [Insider(cells, tuple(primaries)) for cells in own if cells]
    assert [sorted(one.known) for one in insiders] == [[4], [14]]
    alone = cover(system, primaries, budget=PROVEN).hidden
    found = cover(system, primaries, insiders=insiders, budget=PROVEN)
    assert alone < found.hidden
    assert not found.open
    assert [_learnt(system, alone, one) for one in insiders] != [[], []]
    assert [_learnt(system, found.hidden, one) for one in insiders] == [[], []]


def _learnt(system: System, hidden: frozenset[int], one: Insider) -> list[int]:
    left = [target for target in one.targets if target.cell not in one.known]
    return [target.cell for target in Attacker(system, hidden, left, known=one.known).too_tight()]
