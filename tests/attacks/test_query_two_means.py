"""Attack: count who is above one protected mean, then who is above another that lies a few people higher.

Both counts have one text but for the mean. Were they called the same, the second would pass as known, unjudged, and
the difference would tell of the few between the means.
"""

from decimal import Decimal

from tests.attacks.support_worlds import MIN_UNITS, patient, world
from tests.support.ask import Enclave

WEIGHTS = {1: {90: 10, 50: 18}, 2: {90: 10, 50: 15}, 3: {90: 12, 65: 3}}
"""By band, how many have a weight: the means of the first two are 64.3 and 66.0, and three weigh 65."""


def above(band: int) -> str:
    mean = f"SELECT avg(weight) FROM patient WHERE band = {band}"
    return f"SELECT count(*) AS n FROM patient WHERE weight > ({mean})"


def test_who_is_between_two_means_is_not_told_by_two_counts() -> None:
    weights = [
        (band, kg) for band, some in WEIGHTS.items() for kg, number in some.items() for _ in range(number)
    ]
    people = [patient(place, band=band, weight=Decimal(kg)) for place, (band, kg) in enumerate(weights, 1)]
    with Enclave(world(people), min_units=MIN_UNITS) as enclave:
        first, second = (enclave.ask(above(band)).rows for band in (1, 2))
    assert first == ((35,),)
    assert second == ((None,),)
