"""Attack: a ROLLUP of sums by region and hospital, where one person holds nearly all of a hospital's sum.

That hospital's sum is hidden. By how many people there are, the smallest other hospital goes with it. But if these
people add up to next to nothing, total less what is shown is the hidden sum all the same, to a few parts in a thousand.
"""

from decimal import Decimal

import pytest

from enclave.disclosure.ledger.known_sums import Sums
from enclave.disclosure.ledger.people_partners import PeoplePartners
from enclave.disclosure.ledger.sum_partners import SumPartners
from tests.attacks.support_worlds import Row, asked, patient, visit, world
from tests.attacks.tables.reader import bounds, solved
from tests.oracle.world import World

REGIONS = {100: "North", 101: "North", 102: "North", 103: "North", 200: "South", 201: "South"}
COSTS = {
    100: ["1"] * 30 + ["500"],
    101: ["0.1"] * 20,
    102: ["100"] * 40,
    103: ["90"] * 44,
    200: ["80"] * 50,
    201: ["70"] * 50,
}
TRUE, LARGEST = 530.0, 500.0
PERCENT = 10
HOLDS = "FROM visit JOIN hospital USING (hospital_id) GROUP BY ROLLUP (region, hospital_id)"
Key = tuple[object, object]
DOMINATED: Key = ("North", 100)


def _world() -> World:
    hospitals: list[Row] = [
        {"hospital_id": hospital, "region": region, "teaching": False, "beds": 50}
        for hospital, region in REGIONS.items()
    ]
    visits: list[Row] = []
    for hospital, costs in COSTS.items():
        first = len(visits) + 1
        visits += [
            visit(first + place, hospital_id=hospital, cost=Decimal(cost)) for place, cost in enumerate(costs)
        ]
    return world([patient(int(str(one["person"]))) for one in visits], visits=visits, hospitals=hospitals)


WORLD = _world()


def told(numbers: str) -> dict[Key, float]:
    """The sums that an answer tells: as they are, or by the mean beside the count."""
    answer = asked(WORLD, f"SELECT region, hospital_id, {numbers} {HOLDS}")
    assert answer.status == "released", answer.line
    found: dict[Key, float] = {}
    for region, hospital, *values in answer.rows:
        if len(values) == 1 and values[0] is not None:
            found[region, hospital] = float(str(values[0]))
        if len(values) == 2 and None not in values:
            found[region, hospital] = float(str(values[0])) * float(str(values[1]))
    return found


def learnt(sums: dict[Key, float]) -> tuple[set[Key], tuple[float, float]]:
    """What the reader solves, and her bounds on the sum that one person dominates."""
    inner: list[Key] = [(region, hospital) for hospital, region in REGIONS.items()]
    totals: list[Key] = [("North", None), ("South", None)]
    cells = [*inner, *totals, (None, None)]
    place = {cell: at for at, cell in enumerate(cells)}
    lines = [(place[total], [place[one] for one in inner if one[0] == total[0]]) for total in totals]
    lines.append((place[None, None], [place[one] for one in totals]))
    shown = {place[cell]: value for cell, value in sums.items()}
    hidden = [place[cell] for cell in cells if cell not in sums]
    at = place[DOMINATED]
    exact = {cells[one] for one in solved(lines, shown, hidden)}
    return exact, bounds(lines, shown, hidden, {at: (0, 10 * TRUE)})[at]


@pytest.mark.parametrize("numbers", ["sum(cost)", "count(cost), avg(cost)", "sum(cost * 2)"])
def test_a_sum_that_one_person_holds_stays_uncertain_by_as_much_as_the_rule_says(numbers: str) -> None:
    sums = told(numbers)
    times = 2 if "2" in numbers else 1
    exact, (low, high) = learnt(sums)
    assert not exact
    assert high >= times * TRUE * (1 + PERCENT / 100)
    assert low <= times * TRUE * (1 - PERCENT / 100)
    assert len(sums) == 5, "four go, as each hospital knows its own; everything else stays"


def test_partners_by_people_alone_tell_what_the_largest_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SumPartners, "found", lambda *_: None)
    monkeypatch.setattr(PeoplePartners, "_insiders", lambda *_: [])
    assert learnt(told("sum(cost)"))[1][1] > 8 * TRUE, "what lies between two sums of an answer is judged too"
    monkeypatch.setattr(Sums, "against", lambda *_: None)
    sums = told("sum(cost)")
    assert DOMINATED not in sums
    _, (_, high) = learnt(sums)
    assert high < TRUE * 1.01
    assert high - sum(map(float, COSTS[100][:30])) < LARGEST * 1.01


def test_a_sum_and_its_mean_beside_the_count_are_hidden_in_the_same_places() -> None:
    assert told("sum(cost)").keys() == told("count(cost), avg(cost)").keys()


def test_where_nobody_dominates_every_sum_is_shown() -> None:
    even = [visit(person, hospital_id=100 + person % 2, cost=Decimal(90 + person)) for person in range(60)]
    answer = asked(world(visits=even), f"SELECT region, hospital_id, sum(cost) {HOLDS}")
    assert None not in [row[2] for row in answer.rows]
