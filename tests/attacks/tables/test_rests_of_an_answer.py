"""Attack: what a condition leaves over: a FILTER beside count(*), a share beside its base, a sum of two values.

In two groups two and three people do not meet the condition. Both numbers are hidden; their total is not, and no hidden
number is more than its whole: together they lack five, so in each of them one to four are left over.
"""

from collections.abc import Mapping

import pytest

from enclave.disclosure.ledger.people_partners import PeoplePartners
from tests.attacks.support_worlds import MIN_UNITS, Row, asked, patient, world
from tests.attacks.tables.reader import bounds, solved
from tests.oracle.values import Value
from tests.oracle.world import World

GROUPS = {1: (32, 2), 2: (30, 3), 3: (40, 15), 4: (44, 20)}
"""By band: how many people there are, and how many of them do not meet the condition."""
BY_BAND = "FROM patient GROUP BY ROLLUP (band)"
Cell = tuple[str, object]


def people(field: str, met: Value, not_met: Value) -> World:
    rows: list[Row] = []
    for band, (whole, few) in GROUPS.items():
        rows += [
            patient(len(rows) + place, band=band, hospital_id=100 + place % 2, **{field: value})
            for place, value in enumerate([not_met] * few + [met] * (whole - few), start=1)
        ]
    return world(rows)


def told(where: World, number: str) -> dict[object, float]:
    """By band, how many meet the condition, from the number and its base."""
    answer = asked(where, f"SELECT band, count(*) AS n, {number} AS x {BY_BAND}")
    assert answer.status == "released", answer.line
    times = {band: whole for band, whole, _ in answer.rows} if number.startswith("avg") else {}
    return {
        band: float(str(x)) * float(str(times.get(band, 1))) for band, _, x in answer.rows if x is not None
    }


def left_over(shown: Mapping[object, float]) -> tuple[set[Cell], dict[object, tuple[float, float]]]:
    """What the reader solves, and her bounds on how many do not meet the condition in the first two groups."""
    bands: list[object] = [*GROUPS, None]
    cells: list[Cell] = [(kind, band) for kind in ("met", "rest", "whole") for band in bands]
    place = {cell: at for at, cell in enumerate(cells)}
    lines = [(place["whole", band], [place["met", band], place["rest", band]]) for band in bands]
    lines += [(place[kind, None], [place[kind, band] for band in GROUPS]) for kind in ("met", "whole")]
    values = {place["whole", band]: float(whole) for band, (whole, _) in GROUPS.items()}
    values[place["whole", None]] = float(sum(whole for whole, _ in GROUPS.values()))
    values |= {place["met", band]: count for band, count in shown.items()}
    hidden = [at for at in range(len(cells)) if at not in values]
    wanted = {place["rest", band]: (0.0, 1_000.0) for band in (1, 2)}
    found = bounds(lines, values, hidden, wanted)
    return {cells[at] for at in solved(lines, values, hidden) if cells[at][1] in (1, 2)}, {
        cells[at][1]: level for at, level in found.items()
    }


ASKED = [
    ("insured", True, False, "count(*) FILTER (WHERE insured)"),
    ("insured", True, False, "sum(CASE WHEN insured THEN 1 ELSE 0 END)"),
    ("insured", True, False, "avg(CASE WHEN insured THEN 1 ELSE 0 END)"),
    ("smoker", True, False, "count(*) FILTER (WHERE smoker)"),
    ("smoker", True, False, "avg(CASE WHEN smoker THEN 1 ELSE 0 END)"),
    ("change", 1, 0, "sum(least(change, 2))"),
]


@pytest.mark.parametrize(("field", "met", "not_met", "number"), ASKED)
def test_a_rest_of_a_few_may_be_one_that_could_be_shown(
    field: str, met: Value, not_met: Value, number: str
) -> None:
    exact, found = left_over(told(people(field, met, not_met), number))
    assert not exact
    for low, high in found.values():
        assert low <= 1
        assert high >= MIN_UNITS


def test_without_rests_in_the_system_both_are_bounded_below_the_threshold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(PeoplePartners, "_of_rests", lambda _: ())
    where = people("insured", True, False)
    _, found = left_over(told(where, "count(*) FILTER (WHERE insured)"))
    assert all(high < MIN_UNITS for _, high in found.values())
