"""Attack: a FILTER for each code beside the count of all, with a total. Each number has partners, and none the others'.

The four people of band 1 in the first hospital are hidden, and the same band of the others with them. But there the
other two bands are shown, and so is how many people there are.
"""

import pytest

from enclave.disclosure.ledger.joint_partners import JointPartners
from tests.attacks.support_worlds import MIN_UNITS, Row, asked, patient, world
from tests.attacks.tables.reader import bounds, solved

SIZES = {100: (4, 20, 20), 101: (15, 17, 18), 102: (45, 47, 49)}
"""By hospital, how many are in each band."""
BANDS = (1, 2, 3)
Cell = tuple[object, object]
SMALL: Cell = (100, 1)
COUNTS = ", ".join(f"count(*) FILTER (WHERE band = {band}) AS n{band}" for band in BANDS)
SHARES = ", ".join(f"avg(CASE WHEN band = {band} THEN 1 ELSE 0 END) AS n{band}" for band in BANDS)


def told(numbers: str) -> dict[Cell, float]:
    rows: list[Row] = []
    for hospital, sizes in SIZES.items():
        for band, size in zip(BANDS, sizes, strict=True):
            rows += [patient(len(rows) + one, hospital_id=hospital, band=band) for one in range(1, size + 1)]
    answer = asked(
        world(rows),
        f"SELECT hospital_id, count(*) AS n, {numbers} FROM patient GROUP BY ROLLUP (hospital_id)",
    )
    assert answer.status == "released", answer.line
    found: dict[Cell, float] = {}
    for where, whole, *by_band in answer.rows:
        found[where, None] = times = float(str(whole))
        for band, value in zip(BANDS, by_band, strict=True):
            if value is not None:
                found[where, band] = float(str(value)) * (times if numbers is SHARES else 1)
    return found


def learnt(shown: dict[Cell, float]) -> tuple[set[Cell], tuple[float, float]]:
    """The cells that the reader solves, and her bounds on the small one."""
    hospitals: list[object] = [*SIZES, None]
    cells: list[Cell] = [(hospital, band) for hospital in hospitals for band in (*BANDS, None)]
    place = {cell: at for at, cell in enumerate(cells)}
    lines = [(place[one, None], [place[one, band] for band in BANDS]) for one in hospitals]
    lines += [(place[None, band], [place[one, band] for one in SIZES]) for band in (*BANDS, None)]
    values = {place[cell]: value for cell, value in shown.items()}
    hidden = [at for at in range(len(cells)) if at not in values]
    at = place[SMALL]
    exact = {cells[one] for one in solved(lines, values, hidden)}
    return exact, bounds(lines, values, hidden, {at: (0, 1_000)})[at]


@pytest.mark.parametrize("numbers", [COUNTS, SHARES])
def test_a_band_is_not_what_the_others_leave_of_all(numbers: str) -> None:
    exact, (low, high) = learnt(told(numbers))
    assert SMALL not in exact
    assert low <= 1
    assert high >= MIN_UNITS


def test_each_number_by_itself_lets_the_small_one_be_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(JointPartners, "found", lambda *given: dict(given[2]))
    exact, _ = learnt(told(COUNTS))
    assert SMALL in exact
