"""Attack: ask for the partners of a hidden cell, one by one, before or after the table that hides them.

A table with all its margins hides a small cell and its partners. A reader who gets a partner from somewhere else
subtracts. She asks for it alone, for it and one more, for all of it but one, and in a table that is cut otherwise.
"""

import pytest

from enclave.disclosure.ledger.session import LedgerSession
from tests.attacks.tables.reader import bounds
from tests.attacks.tables.test_margins_of_an_answer import SMALL, SQL, Cell, T, lines, world
from tests.oracle.law.door import HIDDEN, Session, Store, opened
from tests.oracle.law.questions import Asked
from tests.oracle.law.world import HOSPITALS, WARDS
from tests.oracle.policies import PROJECT

INNER = [(hospital, ward) for hospital in HOSPITALS for ward in WARDS]
BUT_TWO = " AND NOT (score = 51 AND sex = 'F')"
BASE = "FROM patient WHERE year = 2022 AND wave = 'SPR'"


def ask(session: Session, sql: str, keys: int) -> dict[Cell, int]:
    answer = session.ask(Asked(sql, keys, sql, PROJECT))
    told = {(key[0], key[1]): row[0][0] for key, row in answer.cells.items() if len(key) == 2}
    return {cell: value for cell, value in told.items() if isinstance(value, int) and value is not HIDDEN}


def alone(session: Session, hospital: object, ward: object, but: str = "") -> int | None:
    sql = f"SELECT count(*) AS n {BASE} AND hospital_id = {hospital} AND ward = {ward}{but}"
    rows = session.ask(Asked(sql, 0, sql, PROJECT)).cells
    value = next((row[0][0] for row in rows.values()), None)
    return value if isinstance(value, int) and value is not HIDDEN else None


def most(told: dict[Cell, int]) -> float:
    """The most that the small cell can be."""
    cells: list[Cell] = [(hospital, ward) for hospital in (*HOSPITALS, None) for ward in (*WARDS, None)]
    place = {cell: at for at, cell in enumerate(cells)}
    named = [(place[total], [place[part] for part in parts]) for total, parts in lines()]
    values = {place[cell]: float(value) for cell, value in told.items()}
    hidden, at = [place[cell] for cell in cells if cell not in told], cells.index(SMALL)
    found = bounds(named, values, hidden, {at: (1, T)})
    return found[at][1] if found else T


def after(store: Store) -> dict[Cell, int]:
    session = Session(store, T)
    told = ask(session, SQL, 2)
    for cell in INNER:
        if cell not in told and cell != SMALL and (value := alone(session, *cell)) is not None:
            told[cell] = value
    return told


def nearly(session: Session) -> list[Cell]:
    """The partners of which all but a few people are shown, after the table."""
    told = ask(session, SQL, 2)
    partners = [cell for cell in INNER if cell not in told and cell != SMALL]
    assert partners
    return [cell for cell in partners if alone(session, *cell, but=BUT_TWO) is not None]


@pytest.fixture
def unbound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LedgerSession, "_bound", lambda _self, _reader, primary, _was: primary)


def test_a_partner_is_hidden_when_it_is_asked_alone_afterwards() -> None:
    with opened(world()) as store:
        assert most(after(store)) >= T


@pytest.mark.usefixtures("unbound")
def test_without_that_the_small_cell_is_told() -> None:
    with opened(world()) as store:
        assert most(after(store)) < T


def test_what_was_asked_alone_before_is_no_partner() -> None:
    with opened(world()) as store:
        partners = [cell for cell in INNER if cell not in ask(Session(store, T), SQL, 2) and cell != SMALL]
        shown = 0
        for first in partners:
            session = Session(store, T)
            before = {first: value} if (value := alone(session, *first)) is not None else {}
            shown += len(before)
            assert most(ask(session, SQL, 2) | before) >= T
        assert shown


def test_nor_is_all_of_a_partner_but_a_few_people_shown() -> None:
    with opened(world()) as store:
        assert not nearly(Session(store, T))


def test_in_another_table_a_partner_goes_with_partners_of_its_own() -> None:
    with opened(world()) as store:
        session = Session(store, T)
        told = ask(session, SQL, 2)
        sql = f"SELECT hospital_id, ward, count(*) AS n {BASE} AND ward <> {WARDS[2]} GROUP BY CUBE (1, 2)"
        told |= {cell: value for cell, value in ask(session, sql, 2).items() if cell[0] and cell[1]}
        assert most(told) >= T


def test_the_same_table_asked_again_shows_the_same() -> None:
    with opened(world()) as store:
        session = Session(store, T)
        assert ask(session, SQL, 2) == ask(session, SQL, 2)
