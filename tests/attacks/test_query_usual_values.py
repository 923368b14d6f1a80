"""Attacks with a measure of which nearly everybody has the same value, and not 0: what is beyond it, a few add.

Everybody was to be weighed seven times. 60 patients lie on the fourth band, and three of them were weighed nine times:
the sum over the band is 7 times 60 and 6. It must not be told, nor follow from two sums of many more, or three. The
catalogue says what is usual, so that nothing about it is told by what is hidden.
"""

from collections.abc import Iterator, Sequence

import pytest

from tests.attacks.support_worlds import MIN_UNITS, patient, plainly, world
from tests.oracle.values import Value
from tests.oracle.world import World
from tests.support.ask import Enclave

USUAL = 7
BANDS = (1, 2, 1, 2, 4)
DECLARED = (("patient", "change", USUAL),)


def weighed(others: int) -> World:
    """300 patients. Every third has another value than the usual one, and of those on the fourth band so many."""
    fourth = [person for person in range(1, 301) if BANDS[person % 5] == 4]
    unusual = {*fourth[:others], *(one for one in range(1, 301) if BANDS[one % 5] != 4 and one % 3 == 0)}
    return world(
        patient(person, band=BANDS[person % 5], change=USUAL + 2 * (person in unusual))
        for person in range(1, 301)
    )


FEW, MANY = weighed(3), weighed(20)
Rows = Sequence[tuple[Value, ...]]


@pytest.fixture(scope="module")
def enclave() -> Iterator[Enclave]:
    with Enclave(FEW, min_units=MIN_UNITS, usual=DECLARED) as opened:
        yield opened


def above(found: Sequence[Rows], times: Sequence[int]) -> int:
    """What a reader works out that the few have beyond the usual value."""
    told = [rows[0][0] for rows in found]
    if None in told:
        raise TypeError("hidden")
    return round(sum(float(str(one)) * many for one, many in zip(told, times, strict=True))) - 60 * USUAL


SUMS = "SELECT sum(change) FROM patient"
OWN = "SELECT person, band, max(change) AS x FROM patient GROUP BY person, band"
ATTACKS: Sequence[tuple[list[str], list[int]]] = [
    ([f"{SUMS} WHERE band = 4"], [1]),
    (["SELECT avg(change) FROM patient WHERE band = 4"], [60]),
    (["SELECT sum(change - 7) + 420 FROM patient WHERE band = 4"], [1]),
    (["SELECT sum(2 * change) / 2 FROM patient WHERE band = 4"], [1]),
    (["SELECT sum(change) FILTER (WHERE band = 4) FROM patient"], [1]),
    ([f"SELECT sum(x) FROM ({OWN}) q WHERE band = 4"], [1]),
    ([SUMS, f"{SUMS} WHERE band <> 4"], [1, -1]),
    (["SELECT avg(change) FROM patient", "SELECT avg(change) FROM patient WHERE band <> 4"], [300, -240]),
    ([SUMS, f"{SUMS} WHERE band = 1", f"{SUMS} WHERE band = 2"], [1, -1, -1]),
    ([f"{SUMS} WHERE band <> 1", f"{SUMS} WHERE band = 2"], [1, -1]),
]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("questions", "times"), ATTACKS)
def test_what_a_few_have_beyond_the_usual_value_does_not_follow(
    enclave: Enclave, questions: list[str], times: list[int], turned: bool
) -> None:
    """A sum is n times the usual value, and what a few add. Source: our own, as for those who have any."""
    assert above([plainly(FEW, sql) for sql in questions], times) == 6
    enclave.forget()
    found = {sql: enclave.ask(sql) for sql in (reversed(questions) if turned else questions)}
    assert {one.status for one in found.values()} == {"released"}
    with pytest.raises(TypeError):
        above([found[sql].rows for sql in questions], times)


@pytest.mark.parametrize("others", [0, 3])
def test_that_nobody_has_another_value_looks_like_a_few(others: int) -> None:
    """Where zeros are hidden. Else a mean that is shown would say of each of them what they have."""
    rows = [patient(person, band=4, risk=0.5 if person <= others else 1.0) for person in range(1, 61)]
    rows += [patient(person, band=1, risk=0.5 + person % 2 / 2) for person in range(61, 301)]
    asked = ["SELECT avg(risk) FROM patient WHERE band = 4", "SELECT sum(risk) FROM patient"]
    with Enclave(world(rows), min_units=MIN_UNITS, usual=(("patient", "risk", 1),)) as enclave:
        found = [enclave.ask(sql).rows for sql in (*asked, "SELECT sum(risk) FROM patient WHERE band <> 4")]
    assert found[0] == found[2] == ((None,),)
    assert found[1] != ((None,),)


def test_where_many_have_another_value_all_is_shown() -> None:
    with Enclave(MANY, min_units=MIN_UNITS, usual=DECLARED) as enclave:
        for questions, times in ATTACKS:
            enclave.forget()
            assert above([enclave.ask(sql).rows for sql in questions], times) == 40
