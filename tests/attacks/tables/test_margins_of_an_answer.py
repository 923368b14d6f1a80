"""Attack: a two-way table with all its margins, asked in one query, and what its hidden cells must be.

Both fields are open, so the linear audit has no system for them: pairs, threes and levels let the four cells of this
table be solved one after the other. With partners chosen over the table as a whole they are not.
"""

from collections.abc import Iterator, Mapping

import pytest

from enclave.disclosure.ledger import session
from enclave.disclosure.ledger.partners import Partnered
from enclave.disclosure.report import Codes
from tests.attacks.tables.reader import bounds, solved
from tests.oracle.law.door import HIDDEN, Session, opened
from tests.oracle.law.questions import Asked
from tests.oracle.law.world import HOSPITALS, WARDS, Row, World
from tests.oracle.policies import PROJECT

T = 5
SQL = "SELECT hospital_id, ward, count(*) AS n FROM patient WHERE year = 2022 AND wave = 'SPR' GROUP BY CUBE (1, 2)"
SIZES = ((3, 30, 41), (12, 20, 33), (14, 25, 16), (9, 22, 19))
"""Of the wards of each hospital: one of three patients is too small to be shown."""
SMALL = (HOSPITALS[0], WARDS[0])
Cell = tuple[object, object]
OWN: dict[Cell, int] = {
    (hospital, ward): size
    for hospital, sizes in zip(HOSPITALS, SIZES, strict=True)
    for ward, size in zip((*WARDS, None), (*sizes, sum(sizes)), strict=True)
}


def world() -> World:
    places = [
        (hospital, ward)
        for hospital, sizes in zip(HOSPITALS, SIZES, strict=True)
        for ward, size in zip(WARDS, sizes, strict=True)
        for _ in range(size)
    ]
    return World(tuple(_row(number, *place) for number, place in enumerate(places, start=1)), frozenset())


def _row(number: int, hospital: int, ward: int) -> Row:
    where: Row = {"person": number, "hospital_id": hospital, "ward": ward, "year": 2022, "wave": "SPR"}
    open_: Row = {"sex": "FM"[number % 2], "month": 1, "decile": 1, "weekday": 1, "smoker": False}
    return {
        **where,
        **open_,
        "carrier": False,
        "score": 50.0 + number % 7,
        "dose": 50.0,
        "diagnosis": "COMMON",
    }


def shown() -> dict[Cell, int]:
    """What the answer tells, by hospital and ward; None is a total."""
    with opened(world()) as store:
        answer = Session(store, T).ask(Asked(SQL, 2, SQL, PROJECT))
    told = {(key[0], key[1]): row[0][0] for key, row in answer.cells.items()}
    return {cell: value for cell, value in told.items() if isinstance(value, int) and value is not HIDDEN}


def lines() -> Iterator[tuple[Cell, list[Cell]]]:
    for hospital in (*HOSPITALS, None):
        yield (hospital, None), [(hospital, ward) for ward in WARDS]
    for ward in (*WARDS, None):
        yield (None, ward), [(hospital, ward) for hospital in HOSPITALS]


def learnt(told: dict[Cell, int]) -> tuple[set[Cell], dict[Cell, tuple[float, float]]]:
    """The cells that the reader solves from these, and her bounds on the small one."""
    cells: list[Cell] = [(hospital, ward) for hospital in (*HOSPITALS, None) for ward in (*WARDS, None)]
    place = {cell: at for at, cell in enumerate(cells)}
    named = [(place[total], [place[part] for part in parts]) for total, parts in lines()]
    values = {place[cell]: float(value) for cell, value in told.items()}
    hidden = [place[cell] for cell in cells if cell not in told]
    exact = {cells[at] for at in solved(named, values, hidden)}
    tight = bounds(named, values, hidden, {place[SMALL]: (1, T)})
    return exact, {cells[at]: found for at, found in tight.items()}


def test_no_hidden_cell_of_a_cube_is_solved_or_bounded_below_the_threshold() -> None:
    exact, found = learnt(shown())
    assert not exact
    low, high = found[SMALL]
    assert low <= 1
    assert high >= T


def test_six_cells_go_and_all_totals_stay() -> None:
    """Of four, a rectangle, another hospital could take its own two away."""
    told = shown()
    assert len(told) == len(HOSPITALS) * len(WARDS) - 6 + len(HOSPITALS) + len(WARDS) + 1
    assert all((hospital, None) in told for hospital in (*HOSPITALS, None))


def test_no_hospital_works_out_the_small_cell_of_another_from_its_own() -> None:
    told = shown()
    for hospital in HOSPITALS[1:]:
        own: list[Cell] = [(hospital, ward) for ward in (*WARDS, None)]
        exact, found = learnt(told | {cell: OWN[cell] for cell in own})
        assert SMALL not in exact
        assert found[SMALL][0] <= 1
        assert found[SMALL][1] >= T


def test_pairs_threes_and_levels_alone_let_the_small_cell_be_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_table: object, cells: Codes, measures: Mapping[str, Codes], *_: object) -> Partnered:
        return Partnered(cells, measures)

    monkeypatch.setattr(session, "with_partners", nobody)
    exact, _ = learnt(shown())
    assert SMALL in exact
