"""Attack: a table over several years, of people who stand in one cell one year and in another the next.

Whoever holds a total and the shown cells holds the rest, as a count of rows. That all whose rows are left stand in
shown cells at other times makes the rest no larger. The attacker asks for tables and their totals, in either order, and
looks for a rest of rows of few people; nobody in it must look like a few.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from enum import StrEnum
from itertools import combinations

import pytest

from enclave.disclosure.ledger import judge
from enclave.disclosure.ledger.linear import Finding
from enclave.disclosure.ledger.numbers import LedgerNumber
from enclave.disclosure.ledger.totals import OpenTotals
from tests.oracle.law.door import HIDDEN, Session, opened
from tests.oracle.law.questions import Asked
from tests.oracle.law.world import HOSPITALS, Row, World

T = 5
YEARS = (2021, 2022, 2023)
BAND = "CASE WHEN dose > 80 THEN 'high' WHEN dose > 40 THEN 'middle' ELSE 'low' END"
FIELDS = {"sex": "sex", "year": "year", "month": "month", "band": f"{BAND} AS band"}
HERE = "FROM patient WHERE wave = 'SPR'"
Keys = tuple[str, ...]

TABLES: Sequence[Keys] = (("band",), ("sex", "band"), ("year", "band"), ("month", "year", "band"))
ORDERS = ("totals first", "totals last")


class Few(StrEnum):
    """Who is high: a few women of one month of birth in 2022, and nobody else or enough in other years; or of both."""

    EVER = "few ever"
    IN_ONE_YEAR = "few in one year"
    IN_EACH_MONTH = "few of each month in one year"


def counts(keys: Keys) -> Asked:
    columns = ", ".join([*(FIELDS[key] for key in keys), "count(*) AS n"])
    places = ", ".join(str(place) for place in range(1, len(keys) + 1))
    text = f"SELECT {columns} {HERE} {f'GROUP BY {places}' if keys else ''}"
    return Asked(text, len(keys), text)


def asked(keys: Keys, order: str) -> list[tuple[Keys, Asked]]:
    """A table and all totals of its lines."""
    table = (keys, counts(keys))
    totals = [(kept, counts(kept)) for count in range(len(keys)) for kept in combinations(keys, count)]
    return [*totals, table] if order.startswith("totals first") else [table, *totals]


def world(high: int, few: Few) -> World:
    """Sixty people in each hospital, some of them low one year and middle the next, and `high` women high in 2022."""
    rows: list[Row] = []
    for place, hospital in enumerate(HOSPITALS):
        for number in range(60):
            about: Row = {
                "person": 100 * place + number + 1,
                "hospital_id": hospital,
                "sex": "FM"[number % 2],
            }
            born: Row = {"month": 1 + number // 2 % 2, "decile": 1, "weekday": 1}
            for year in YEARS:
                dose = 90.0 if is_high(number, year, high, few, place) else dose_of(number, year)
                doses: Row = {"score": 50.0, "dose": dose}
                then: Row = {"year": year, "wave": "SPR", "ward": 1, "smoker": False}
                rows.append({**about, **born, **then, **doses, "carrier": False, "diagnosis": "COMMON"})
    return World(tuple(rows), frozenset())


def is_high(number: int, year: int, high: int, few: Few, place: int) -> bool:
    if year != 2022:
        return few is not Few.EVER and number // 4 < 4
    return number % (2 if few is Few.IN_EACH_MONTH else 4) == 0 and number // 4 < high and not place


def dose_of(number: int, year: int) -> float:
    """Low, middle, or by turns."""
    match number // 4 % 3:
        case 0:
            return 50.0 if (number // 12 + year) % 2 else 30.0
        case 1:
            return 50.0
        case _:
            return 30.0


def value(row: Row, key: str) -> object:
    dose = float(row["dose"])
    return ("high" if dose > 80 else "middle" if dose > 40 else "low") if key == "band" else row[key]


Shown = Mapping[Keys, frozenset[tuple[object, ...]]]


def shown(questions: Sequence[tuple[Keys, Asked]], patients: World) -> Shown:
    """Which cells of each table are shown."""
    with ExitStack() as stack:
        store = stack.enter_context(opened(patients))
        session = Session(store, T)
        told = [(keys, session.ask(one).cells) for keys, one in questions]
    return {
        keys: frozenset(key for key, rows in cells.items() if all(row[-1] is not HIDDEN for row in rows))
        for keys, cells in told
    }


def rests(found: Shown, patients: World) -> Iterator[int]:
    """Of how many people the rows are that a shown total leaves when shown cells of one finer table are taken away."""
    for keys, totals in found.items():
        for finer, cells in found.items():
            if not set(keys) < set(finer):
                continue
            for total in totals:
                left = [
                    row
                    for row in patients.patients
                    if tuple(value(row, key) for key in keys) == total
                    and tuple(value(row, key) for key in finer) not in cells
                ]
                if left:
                    yield len({row["person"] for row in left})


def nothing_is_audited(_book: judge.Book, _number: LedgerNumber) -> Iterator[Finding]:
    yield from ()


@pytest.mark.parametrize("few", Few)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("keys", TABLES, ids=" by ".join)
def test_no_total_leaves_rows_of_few_people(
    keys: Keys, order: str, few: Few, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As among people too many for a linear audit, which would hide such rests as well."""
    monkeypatch.setattr(judge.Book, "audited", nothing_is_audited)
    questions = asked(keys, order)
    for high in (1, 3, T - 1):
        patients = world(high, few)
        assert all(rest >= T for rest in rests(shown(questions, patients), patients))


@pytest.mark.parametrize("keys", TABLES, ids=" by ".join)
def test_nobody_is_told_from_a_few(keys: Keys) -> None:
    none, *few = [shown(asked(keys, ORDERS[1]), world(high, Few.EVER)) for high in (0, 1, T - 1)]
    assert all(found == none for found in few)


def test_one_year_that_is_not_whole_leaves_no_rest_of_a_month(monkeypatch: pytest.MonkeyPatch) -> None:
    """All who were born in the month stand in the whole years beside it. What is left of them are rows all the same.

    Where a month's year is judged before its bands, a second band of it is hidden, and the month is shown.
    """
    monkeypatch.setattr(judge.Book, "audited", nothing_is_audited)
    patients, keys = world(3, Few.IN_EACH_MONTH), ("month", "year", "band")
    questions = [(keys, counts(keys)), (("month",), counts(("month",)))]
    beside_wholes = shown(questions, patients)
    assert all(rest >= T for rest in rests(beside_wholes, patients))
    assert beside_wholes[("month",)] == {(1,), (2,)}
    assert {(1, 2022, "low"), (2, 2022, "low")} == {cell for cell in beside_wholes[keys] if cell[1] == 2022}
    monkeypatch.setattr(OpenTotals, "of_leaf", lambda *_: ())
    found = shown(questions, patients)
    assert found[keys] >= {(month, 2022, band) for month in (1, 2) for band in ("low", "middle")}
    assert all(rest >= T for rest in rests(found, patients))
