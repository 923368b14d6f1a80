"""Attacks with what is published: standard margins that the attacker has from elsewhere, less what she is answered.

She needs no question for the total, so her first question is already her second. Counts of smokers are published by
hospital and by sex, as far as enough people stand behind them. The secret: how many of the thirty patients of ward 7
smoke, who are 1 to 9.
"""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from tests.attacks.sessions.asking import SPRING, Notes
from tests.attacks.sessions.enclave import Attacked, Defence
from tests.attacks.sessions.policies import Margins
from tests.attacks.sessions.targets import few_smokers
from tests.attacks.sessions.world import Numbers, Site, one_term, twelve_hospitals

PUBLISHED = (("sex",), ("smoker",), ("sex", "smoker"))
Published = Callable[[str], Numbers]
Formula = Callable[[Notes, Published], Numbers]


def published(site: Site) -> Published:
    """The published counts per hospital: all of these are of a hundred and more."""

    def count(of: str) -> Numbers:
        people = site.people
        among = people["smoker"].copy()
        if of != "everybody":
            among &= people["sex"] == of
        found: Numbers = np.bincount(people["region"], weights=among).astype(np.float64)
        return found

    return count


def both_sexes(notes: Notes, condition: str) -> Numbers:
    found: Numbers = sum((notes.count(f"{condition} AND sex = '{sex}'") for sex in "FM"), start=np.zeros(40))
    return found


ATTACKS: dict[str, Formula] = {
    "the total less all but ward 7": lambda notes, count: (
        count("everybody") - notes.count("smoker AND ward < 7")
    ),
    "by sex": lambda notes, count: count("F") + count("M") - both_sexes(notes, "smoker AND ward < 7"),
    "two parts": lambda notes, count: (
        count("everybody")
        - notes.count("smoker AND ward <= 3")
        - notes.count("smoker AND ward BETWEEN 4 AND 6")
    ),
    "six parts": lambda notes, count: (
        count("everybody")
        - sum((notes.count(f"smoker AND ward = {ward}") for ward in range(1, 7)), start=np.zeros(40))
    ),
    "those who do not": lambda notes, count: (
        count("everybody") - 300 + notes.count("NOT smoker AND ward < 7")
    ),
}


@pytest.fixture(scope="module")
def attacked() -> Iterator[Attacked]:
    with Attacked(one_term(), Defence.LEDGER, margins=PUBLISHED) as enclave:
        yield enclave


@pytest.mark.parametrize("name", ATTACKS)
def test_without_the_margins_each_of_these_tells_the_secret(name: str) -> None:
    """Where the ledger does not know what the attacker knows, it lets her have the rest."""
    with Attacked(one_term(), Defence.LEDGER) as enclave:
        found = ATTACKS[name](Notes(enclave.session()), published(enclave.site))
        learnt = found == few_smokers(enclave.site)[:, 0]
    assert learnt.mean() > 0.9


@pytest.mark.parametrize("name", ATTACKS)
def test_a_published_margin_less_an_answer_tells_nothing(name: str, attacked: Attacked) -> None:
    found = ATTACKS[name](Notes(attacked.session()), published(attacked.site))
    assert np.isnan(found).all()


ASKED = {
    "a filter": "SELECT hospital_id, count(*) FROM patient WHERE {} AND smoker GROUP BY 1",
    "compared with true": "SELECT hospital_id, count(*) FROM patient WHERE {} AND smoker = true GROUP BY 1",
    "a condition in the count": "SELECT hospital_id, count(*) FILTER (WHERE smoker) FROM patient WHERE {} GROUP BY 1",
    "people, not rows": "SELECT hospital_id, count(DISTINCT person) FROM patient WHERE {} AND smoker GROUP BY 1",
}


@pytest.mark.parametrize("form", ASKED)
def test_what_is_published_is_answered_to_whoever_asks_for_it(form: str, attacked: Attacked) -> None:
    notes = Notes(attacked.session())
    found = notes.ask(ASKED[form].format(SPRING))
    assert (found == published(attacked.site)("everybody")).all()


def test_all_published_margins_are_answered_together(attacked: Attacked) -> None:
    """None hides another, by whatever words they are asked."""
    session = attacked.session()
    for sql, cells in (
        ("SELECT hospital_id, smoker, count(*) FROM patient WHERE {} GROUP BY 1, 2", 80),
        ("SELECT hospital_id, sex, smoker, count(*) FROM patient WHERE {} GROUP BY 1, 2, 3", 160),
        ("SELECT hospital_id, count(*) FROM patient WHERE {} AND NOT smoker GROUP BY 1", 40),
        ("SELECT sex, smoker, count(*) FROM patient WHERE {} GROUP BY 1, 2", 4),
        ("SELECT hospital_id, sex, count(*) FROM patient WHERE {} GROUP BY 1, 2", 80),
    ):
        released = session.ask(sql.format(SPRING))
        assert sum(row[-1] is not None for row in released.rows) == cells


LINES = {
    "by hospital": "SELECT region, hospital_id, count(*) FROM patient WHERE {} AND ward = 7 AND smoker GROUP BY 1, 2",
    "by a filter": "SELECT region, hospital_id, count(*) FILTER (WHERE smoker) FROM patient WHERE {} AND ward = 7 "
    "GROUP BY 1, 2",
    "the hospital alone": "SELECT hospital_id, hospital_id, count(*) FROM patient WHERE {} AND ward = 7 AND smoker "
    "GROUP BY hospital_id",
}
BY_REGION = (("region",), ("ward", "smoker"))


@pytest.mark.parametrize("known", [BY_REGION, BY_REGION[:1]], ids=["published", "asked first"])
@pytest.mark.parametrize("form", LINES)
def test_the_total_of_an_area_less_its_clusters_leaves_no_few(form: str, known: Margins) -> None:
    """Of twelve hospitals eleven or fewer are shown. What is left of the region is never the first one's few."""
    site = twelve_hospitals()
    with Attacked(site, Defence.LEDGER, margins=known) as enclave:
        session = enclave.session()
        if known != BY_REGION:
            session.ask(
                f"SELECT region, count(*) FROM patient WHERE {SPRING} AND ward = 7 AND smoker GROUP BY 1"
            )
        released = session.ask(LINES[form].format(SPRING))
    inside = site.people["smoker"] & (site.people["ward"] == 7)
    left = np.bincount(site.people["region"], weights=inside)
    shown = [row for row in released.rows if row[2] is not None]
    for region, _, count in shown:
        left[int(str(region)) % 1000] -= float(str(count))
    assert len(shown) >= 300
    assert (left >= 10).all()
