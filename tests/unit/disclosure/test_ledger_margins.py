"""The standard margins beside what a project asks."""

from dataclasses import replace

import numpy as np

from enclave.disclosure.ledger.counted import CensusRows, MarginField
from enclave.disclosure.ledger.known import KnownNumbers
from enclave.disclosure.ledger.margins import Margins
from enclave.disclosure.ledger.numbers import ClusterPart, Kind, LedgerNumber, Likeness, Population, labels_of
from enclave.disclosure.ledger.pairs import Difference, judge_pairs
from tests.support.ledger_margins import entered

BENEFIT = Kind("code:pupil.benefit", fixed=False)
BY = [("benefit",), ("sex",)]


def census(*, few: int, is_main: bool = True) -> CensusRows:
    """A hundred pupils in two schools of fifty; half of each are girls; `few` of school A are on benefit, half of B."""
    units = np.arange(100, dtype=np.int64)
    on_benefit = np.where(units < 50, units < few, units % 2 == 0).astype(np.int64)
    return CensusRows(
        table="pupil",
        name="2024 SPR",
        code=1,
        year="2024",
        term="SPR",
        units=units,
        clusters=units // 50,
        cluster_names=["A", "B"],
        areas=np.zeros(100, dtype=np.int64),
        fields={
            "benefit": MarginField(on_benefit, 2, ("benefit = False", "benefit = True")),
            "sex": MarginField(units % 2, 2, None),
        },
        is_main=is_main,
    )


def verdict(margins: Margins, population: Population, school: str) -> Difference | None:
    known = KnownNumbers()
    margins.enter(known)
    number = LedgerNumber(
        b"asked",
        Likeness("count", "2024 SPR"),
        (BENEFIT,),
        population,
        {school: ClusterPart(population.labels, population.visible)},
    )
    found = judge_pairs([number], known, margins.population_of, min_units=10)
    return found[0].difference if found else None


def school_a(units: range, *hidden: str) -> Population:
    return Population(labels_of(units, 1), labels_of(range(50), 1), frozenset(hidden))


def test_the_other_side_of_a_few_is_hidden_as_the_first_question() -> None:
    """Everybody knows that school A has fifty pupils, so 46 not on benefit tell of four who are."""
    margins = entered([census(few=4)], BY, min_units=10)
    assert verdict(margins, school_a(range(4, 50), "benefit = False"), "A") is Difference.NESTED


def test_a_published_margin_is_shown_to_who_asks_for_it() -> None:
    margins = entered([census(few=20)], BY, min_units=10)
    assert verdict(margins, school_a(range(20), "benefit = True"), "A") is None


def test_a_margin_beside_a_few_is_not_known() -> None:
    """That of those not on benefit in school A; the school's pupils and its girls and boys are."""
    margins = entered([census(few=4)], BY, min_units=10)
    known = [margins.population_of(-1 - place) for place in range(len(margins))]
    in_a = [one for one in known if set(one.labels >> 20) <= set(range(50))]
    assert sorted(len(one.labels) for one in in_a) == [25, 25, 50]


def test_what_changes_is_known_by_school_at_the_main_census_alone() -> None:
    margins = entered([census(few=20, is_main=False)], BY, min_units=10)
    known = [margins.population_of(-1 - place) for place in range(len(margins))]
    hidden = [len(one.labels) for one in known if one.hidden]
    assert sorted(hidden) == [45, 55]  # nationally


def test_two_tables_are_not_counted_together_over_their_terms() -> None:
    """One census each: no union of both."""
    exams = census(few=20)
    margins = entered(
        [census(few=20), replace(exams, table="exam", name="2024 exams", code=2)], [], min_units=10
    )
    sizes = [len(margins.population_of(-1 - place).labels) for place in range(len(margins))]
    assert max(sizes) == 100
