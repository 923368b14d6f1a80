"""Attacks on changed numbers through the front door: other words, other days, other statistics, other methods."""

import random
from collections.abc import Iterator
from dataclasses import replace
from math import log

import pytest

from enclave.actions.ledger_desk import scope_of
from enclave.disclosure.perturbation.p_table import PARTS, p_table
from enclave.disclosure.perturbation.rounding import to_multiple
from enclave.terms import ProjectId
from tests.attacks.support_worlds import Row, patient, visit, world
from tests.oracle.policies import PROJECT
from tests.oracle.world import World
from tests.support.ask import Enclave, policies

MIN_UNITS = 10
METHODS = ("round", "round 10", "cell_key")


def _patients(count: int) -> list[Row]:
    chance = random.Random(4)
    return [
        patient(
            person,
            sex=chance.choice("FM"),
            insured=chance.random() < 0.5,
            hospital_id=chance.choice((100, 101)),
            band=chance.randint(1, 2),
            change=chance.randint(-20, 20),
        )
        for person in range(1, count + 1)
    ]


PATIENTS = _patients(137)
VISITS = [visit(person, number, nights=30) for person in range(1, 48) for number in (1, 2, 3)]
WORLD = world(PATIENTS, VISITS)


@pytest.fixture(scope="module", params=METHODS)
def enclave(request: pytest.FixtureRequest) -> Iterator[Enclave]:
    with Enclave(WORLD, min_units=MIN_UNITS, method=request.param) as opened:
        yield opened


def number(enclave: Enclave, sql: str) -> object:
    """The only number of an answer, in a session of its own."""
    enclave.forget()
    found = enclave.ask(sql)
    assert found.released, found.line
    ((value,),) = found.rows
    return round(float(str(value)), 6)


def true_count(**special: object) -> int:
    return sum(all(row[name] == value for name, value in special.items()) for row in PATIENTS)


REWRITES = (
    "SELECT count(*) FROM patient WHERE sex = 'F' AND insured",
    "SELECT count(*) FROM patient WHERE insured AND 'F' = sex",
    "SELECT count(*) FILTER (WHERE insured) FROM patient WHERE sex = 'F'",
    "SELECT count_if(insured AND sex = 'F') FROM patient",
    "SELECT count(DISTINCT person) FROM patient WHERE sex = 'F' AND insured",
    "SELECT sum(CASE WHEN sex = 'F' AND insured THEN 1 ELSE 0 END) FROM patient",
    "SELECT sum(CASE WHEN insured THEN 100 ELSE 0 END) / 100 FROM patient WHERE sex = 'F'",
    "SELECT sum(insured::INTEGER) FROM patient WHERE sex = 'F'",
    "SELECT avg(CASE WHEN insured THEN 1.0 ELSE 0 END) * count(*) FROM patient WHERE sex = 'F'",
    "SELECT count(weight) FROM patient WHERE sex = 'F' AND insured",
    "SELECT n FROM (SELECT sex, insured, count(*) AS n FROM patient GROUP BY sex, insured) WHERE sex = 'F' AND insured",
    "SELECT n FROM (SELECT sex, count(*) AS n FROM patient WHERE insured GROUP BY sex) WHERE sex = 'F'",
    "SELECT count(*) FROM patient WHERE sex = 'F' AND insured AND person IN (SELECT person FROM patient)",
    "SELECT count(*) FROM (SELECT * FROM patient WHERE sex = 'F') AS p WHERE p.insured",
    "SELECT count(*) FROM patient JOIN hospital USING (hospital_id) WHERE sex = 'F' AND insured",
    "SELECT sum(n) FROM (SELECT count(*) AS n FROM patient WHERE sex = 'F' AND insured)",
)


def test_one_group_has_one_number_however_it_is_asked(enclave: Enclave) -> None:
    """Averaging over rewrites: many looks at one population would take the noise away."""
    found = {number(enclave, sql) for sql in REWRITES}
    assert len(found) == 1


def test_one_group_has_one_number_for_every_asker_on_every_day_in_any_order_of_rows(enclave: Enclave) -> None:
    shuffled = random.Random(1).sample(PATIENTS, len(PATIENTS))
    method = enclave._desk.policies.house.rules.method
    base = enclave._desk.policies.house.rules.rounding_base
    named = f"{method} {base}" if base == 10 else str(method)
    with Enclave(world(shuffled, VISITS), min_units=MIN_UNITS, method=named) as another:
        for sql in REWRITES[:2]:
            assert number(another, sql) == number(enclave, sql)


TABLE = "SELECT sex, insured, band, count(*) AS n FROM patient GROUP BY CUBE (sex, insured, band)"


@pytest.mark.parametrize("method", ["round", "round 10"])
def test_rounded_parts_add_up_and_are_the_same_alone_afterwards(method: str) -> None:
    """A count that was shown in a table with totals is shown so again: two looks at it would lie on either side."""
    with Enclave(WORLD, min_units=MIN_UNITS, method=method) as opened:
        rows = opened.ask(TABLE).rows
        assert "not the sum" not in opened.ask(TABLE).line
        alone = opened.ask("SELECT sex, insured, count(*) AS n FROM patient GROUP BY insured, sex").rows
        one = opened.ask("SELECT count_if(sex = 'F' AND insured) FROM patient").rows
    shown = {key: int(str(n)) for *key_, n in rows for key in (tuple(key_),)}
    for sex, insured, n in alone:
        if (sex, insured, None) in shown:
            assert n == shown[sex, insured, None]
    assert one in (((shown["F", True, None],),), ((None,),))
    for (sex, insured, band), n in shown.items():
        parts = [shown.get((sex, insured, each)) for each in (1, 2)]
        if band is None and None not in parts:
            assert n == sum(part for part in parts if part is not None)


def test_totals_that_cannot_be_the_sum_of_their_parts_are_told() -> None:
    """Somebody who is in two hospitals is counted in both, and once in all."""
    both = [
        patient(person, hospital_id=home, wave=wave)
        for person in range(1, 34)
        for home, wave in ((100, "AUT"), (101, "SPR"))
    ]
    with Enclave(world(both), min_units=MIN_UNITS, method="round") as opened:
        line = opened.ask(
            "SELECT hospital_id, count(DISTINCT person) AS n FROM patient GROUP BY ROLLUP (hospital_id)"
        ).line
    assert "1 total is not the sum of the parts beside them" in line


def test_few_numbers_are_what_they_truly_are(enclave: Enclave) -> None:
    """Nearest multiples and noise keep some; were all kept, nothing would have been changed."""
    enclave.forget()
    rows = enclave.ask("SELECT sex, insured, count(*) AS n FROM patient GROUP BY sex, insured").rows
    changes = [int(str(n)) - true_count(sex=sex, insured=insured) for sex, insured, n in rows]
    assert len(rows) == 4
    assert any(changes)
    assert all(abs(change) <= 5 for change in changes)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sum(CASE WHEN insured THEN 1 ELSE 1000 END) FROM patient",
        "SELECT avg(CASE WHEN insured THEN 1.0 WHEN sex = 'F' THEN 2.0 ELSE 0 END) FROM patient",
        "SELECT sum(CASE WHEN insured THEN change ELSE 0 END) FROM patient",
        "SELECT sum(1000 * change + 1) FROM patient",
        "SELECT sum(change - change + 1) FROM patient",
        "SELECT sum(change / change) FROM patient",
        "SELECT sum(coalesce(change, 1)) FROM patient",
        "SELECT stddev(change) FROM patient",
        "SELECT corr(change, weight) FROM patient",
        "SELECT regr_avgx(change, weight) FROM patient",
        "SELECT median(change) FROM patient",
        "SELECT quantile_cont(change, 0.4) FROM patient",
        "SELECT avg(n) FROM (SELECT person, count(*) AS n FROM patient GROUP BY person)",
        "SELECT avg(n) FROM (SELECT person, count_if(insured) AS n FROM patient GROUP BY person)",
    ],
)
def test_no_other_statistic_tells_an_exact_count(enclave: Enclave, sql: str) -> None:
    enclave.forget()
    found = enclave.ask(sql)
    assert (found.status, found.code) in (("refused", "not-under-this-method"), ("refused", "encodes-people"))


def test_rows_of_people_are_no_second_look_at_the_people(enclave: Enclave) -> None:
    """47 people, three visits of 30 nights each: rows and sums are three and ninety times what is said of people."""
    enclave.forget()
    ((units, rows, nights, mean),) = enclave.ask(
        "SELECT count(DISTINCT person), count(*), sum(nights), avg(nights) FROM visit"
    ).rows
    said = int(str(units))
    assert said != 47 or enclave._desk.policies.house.rules.method == "cell_key"
    assert abs(int(str(rows)) - 3 * said) <= 10
    assert abs(int(str(nights)) - 90 * said) <= 30
    assert abs(float(str(mean)) - 30) <= 1


def test_an_answer_says_how_its_numbers_were_changed(enclave: Enclave) -> None:
    enclave.forget()
    line = enclave.ask("SELECT count(*) FROM patient").line
    words = (
        "noise from cell keys" if enclave._desk.policies.house.rules.method == "cell_key" else "multiple of"
    )
    assert '"perturbed": "Counts' in line and words in line  # noqa: PT018


def test_exact_numbers_say_nothing_of_changes() -> None:
    with Enclave(WORLD, min_units=MIN_UNITS) as exact:
        assert "perturbed" not in exact.ask("SELECT count(*) FROM patient").line


def test_what_is_remembered_of_a_number_is_what_was_shown_and_never_the_exact_one(enclave: Enclave) -> None:
    enclave.forget()
    ((shown,),) = enclave.ask(REWRITES[0]).rows
    desk = enclave._desk
    known = desk.ledger.shown(scope_of(ProjectId(PROJECT), desk.policies))
    assert {one.value for one in known.numbers if one.value} == {f"int {shown}"}


@pytest.mark.parametrize("after", ["suppress", *METHODS])
def test_numbers_by_one_method_stand_beside_none_by_another(enclave: Enclave, after: str) -> None:
    """An exact count beside the rounded one, or ten beside five: each tells what the other hid."""
    enclave.forget()
    before = enclave._desk
    assert enclave.ask("SELECT count(*) FROM patient").released
    try:
        enclave._desk = replace(before, policies=policies(MIN_UNITS, 1, (), after))
        found = enclave.ask("SELECT count(*) FROM patient WHERE sex = 'F'")
    finally:
        enclave._desk = before
    same = policies(MIN_UNITS, 1, (), after).house.rules == before.policies.house.rules
    assert (found.status, found.code) == (("released", None) if same else ("failed", "methods-mixed"))


def test_small_counts_stay_hidden(enclave: Enclave) -> None:
    few: World = world([*PATIENTS[:40], *(patient(900 + place, band=4) for place in range(9))])
    method = enclave._desk.policies.house.rules.method.value
    with Enclave(few, min_units=MIN_UNITS, method=method) as opened:
        rows = opened.ask("SELECT band, count(*) AS n FROM patient GROUP BY band").rows
    assert rows
    assert 4 not in [band for band, _ in rows]


def test_noise_would_not_hide_somebody_from_whoever_has_exact_numbers_of_everybody() -> None:
    """Why a base of consenting people that could be subtracted gives nothing, by whatever method.

    She knows each exact count of everybody, and each changed count of all but one person; each table is of other people
    of his group, so the noise is fresh. Thirty tables, and his code is known nine times in ten. Rounding tells it for
    sure as soon as one of them crosses a multiple.
    """
    table, chance = p_table(5, 3.0), random.Random(3)
    changes, weights = table.row(50)
    likelihood = {change: int(weight) / PARTS for change, weight in zip(changes, weights, strict=True)}
    right = sure = 0
    for _ in range(400):
        has, evidence, crossed = chance.random() < 0.5, 0.0, False
        for _ in range(30):
            everybody = chance.randint(20, 200)
            rest = everybody - has
            noisy = rest + table.change(rest, chance.randrange(PARTS))
            with_him, without = (likelihood.get(noisy - count, 1e-12) for count in (everybody - 1, everybody))
            evidence += log(with_him / without)
            crossed |= to_multiple(everybody, 5) != to_multiple(everybody - 1, 5)
        right += (evidence > 0) == has
        sure += crossed
    assert right / 400 > 0.9
    assert sure / 400 > 0.99
