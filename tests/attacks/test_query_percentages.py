"""Attacks on percentages: a share and its base give a count, so each of numerator and complement is a number itself."""

import pytest

from tests.attacks.support_worlds import asked, hides, patient, plainly, shows, world
from tests.oracle.world import World

SHARES = (
    "count(*) FILTER (WHERE {}) * 100.0 / count(*)",
    "avg(CASE WHEN {} THEN 1.0 ELSE 0 END)",
    "100 * avg(CASE WHEN {} THEN 1 ELSE 0 END)",
    "sum(CASE WHEN {} THEN 1 ELSE 0 END) * 1.0 / count(*)",
    "count_if({}) / count(*)",
    "round(count(CASE WHEN {} THEN 1 END) * 100.0 / count(person), 1)",
    "avg(CAST({} AS INTEGER))",
    "1 - avg(CASE WHEN {} THEN 1.0 ELSE 0 END)",
)
share = pytest.mark.parametrize("share", SHARES)
common = pytest.mark.parametrize("share", [one for one in SHARES if "CAST" not in one])
"""Those that count everybody: of a CAST the missing values are left out, which is a condition of its own."""


def of_forty(field: str, number: int) -> World:
    """Forty people, of whom so many meet the condition."""
    return world([patient(person, **{field: person <= number}) for person in range(1, 41)])


@share
@pytest.mark.parametrize(("field", "number"), [("smoker", 3), ("insured", 37)])
def test_a_percentage_of_few_or_of_all_but_few_is_hidden(share: str, field: str, number: int) -> None:
    """7.5 % of 40 is 3, and 92.5 % leaves 3. Source: HESA on percentages; ONS: a rate is as sensitive as its parts."""
    where, sql = of_forty(field, number), f"SELECT {share.format(field)} AS rate FROM patient"
    hides(where, sql, plainly(where, sql))


@common
def test_a_percentage_of_enough_on_either_side_is_shown(share: str) -> None:
    """Fifteen of forty, and twenty-five that are not."""
    shows(of_forty("smoker", 15), f"SELECT {share.format('smoker')} AS rate FROM patient")


@share
@pytest.mark.parametrize("number", [0, 40])
def test_nought_and_a_hundred_per_cent_of_a_hidden_field_are_hidden(share: str, number: int) -> None:
    """Class disclosure: what holds for nobody or for everybody holds for each. Source: SDAP handbook, section 5."""
    where, sql = of_forty("smoker", number), f"SELECT {share.format('smoker')} AS rate FROM patient"
    hides(where, sql, plainly(where, sql))


@share
@pytest.mark.parametrize("number", [0, 40])
def test_nought_and_a_hundred_per_cent_of_an_open_field_are_shown(share: str, number: int) -> None:
    """Where the catalogue says `zeros: shown`, a zero is a number like any other."""
    shows(of_forty("insured", number), f"SELECT {share.format('insured')} AS rate FROM patient")


def test_the_percentage_of_the_others_is_no_way_round() -> None:
    """In one row: the share of a large group, and the share of all; the rest is three people. Source: complements."""
    where = world(
        [patient(person, smoker=person <= 18, sex="M" if person > 37 else "F") for person in range(1, 41)]
    )
    sql = "SELECT avg(CASE WHEN smoker THEN 1.0 ELSE 0 END) FILTER (WHERE sex = 'F') AS rate FROM patient"
    hides(where, sql, plainly(where, sql))


def test_a_share_of_a_total_follows_from_its_parts() -> None:
    """Percent of total over groups, one of them of three: neither its share nor the total without it is there."""
    rows = [patient(person, diagnosis="HEART" if person > 37 else "ASTHMA") for person in range(1, 41)]
    sql = "SELECT diagnosis, count(*) * 100.0 / sum(count(*)) OVER () AS pct FROM patient GROUP BY diagnosis"
    found = asked(world(rows), sql)
    told = [row for row in found.rows if row[0] == "HEART" or row[1] in (92.5, 7.5)]
    assert not told, found.line
