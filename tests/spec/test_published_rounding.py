"""Rounding as it is published, number beside number, each with its source."""

import pytest

from enclave.disclosure.perturbation.rounding import to_multiple
from tests.attacks.support_worlds import patient, world
from tests.support.ask import Enclave

OFQUAL = "Ofqual, Rounding policy for statistical publications (2025): 26 to 25; 1 to 4 are 'fewer than 5'"
HESA = (
    "HESA, Rounding and suppression to anonymise statistics: the nearest multiple of 5; 0, 1 and 2 become 0"
)
DASA = "Defence Analytical Services and Advice, Rounding policy (2010): to 10, and what ends in 5 to a multiple of 20"


@pytest.mark.parametrize(
    ("source", "base", "published"),
    [
        (OFQUAL, 5, {26: 25}),
        (HESA, 5, {0: 0, 1: 0, 2: 0, 3: 5, 7: 5, 8: 10, 12: 10, 13: 15, 1_002: 1_000}),
        (DASA, 10, {5: 0, 15: 20, 25: 20, 35: 40, 45: 40, 14: 10, 16: 20, 24: 20, 26: 30}),
    ],
)
def test_a_count_by_itself_is_rounded_as_it_is_published(
    source: str, base: int, published: dict[int, int]
) -> None:
    assert {count: to_multiple(count, base) for count in published} == published, source


@pytest.mark.parametrize(
    ("source", "min_units", "groups", "published"),
    [
        (OFQUAL, 5, {1: 26, 2: 4, 3: 5, 4: 0}, {1: 25, 3: 5}),
        (
            "OpenSAFELY, Permitted outputs policy: counts of 7 or fewer are hidden, then rounded to 5",
            8,
            {1: 7, 2: 8, 3: 12, 4: 33},
            {2: 10, 3: 10, 4: 35},
        ),
    ],
)
def test_an_answer_hides_small_counts_first_and_rounds_the_others(
    source: str, min_units: int, groups: dict[int, int], published: dict[int, int]
) -> None:
    """A threshold of each body, and its rounding; through the front door."""
    bands = [band for band, count in groups.items() for _ in range(count)]
    people = [patient(key, band=band) for key, band in enumerate(bands, 1)]
    with Enclave(world(people), min_units=min_units, method="round") as enclave:
        rows = enclave.ask("SELECT band, count(*) AS n FROM patient GROUP BY band").rows
    assert {band: n for band, n in rows if n is not None} == published, source
