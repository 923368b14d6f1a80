"""P-tables and record keys: made right, to the last part in 2**32."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from scipy.optimize import minimize  # type: ignore[import-untyped]

from enclave.disclosure.perturbation.p_table import PARTS, entropy, p_table, variance_of
from enclave.disclosure.perturbation.record_keys import RecordKeys, siphash

TABLES = [(5, 3.0, 0), (2, 1.0, 0), (3, 4.0, 0), (10, 3.0, 9), (10, 20.0, 0), (5, 2.0, 4)]


@pytest.mark.parametrize(("maximum", "variance", "small"), TABLES)
def test_every_count_is_changed_without_bias_and_within_the_maximum(
    maximum: int, variance: float, small: int
) -> None:
    """In whole parts: a mean of exactly 0, which no sample could show."""
    table = p_table(maximum, variance, small=small)
    for count in range(3 * maximum + small + 3):
        changes, weights = table.row(count)
        assert int(weights.sum()) == PARTS
        assert int(np.array(changes) @ weights) == 0
        assert (weights >= 0).all()
        assert all(abs(change) <= maximum and count + change >= 0 for change in changes)


@pytest.mark.parametrize(("maximum", "variance", "small"), TABLES)
def test_no_count_that_is_shown_becomes_a_small_one(maximum: int, variance: float, small: int) -> None:
    table = p_table(maximum, variance, small=small)
    for count in range(small + 1, 3 * maximum + small + 3):
        changes, _ = table.row(count)
        assert not {count + change for change in changes} & set(range(1, small + 1))


@pytest.mark.parametrize(("maximum", "variance", "small"), TABLES)
def test_the_variance_is_that_of_the_setting_wherever_there_is_room(
    maximum: int, variance: float, small: int
) -> None:
    table = p_table(maximum, variance, small=small)
    assert variance_of(table.row(10_000)) == pytest.approx(variance, abs=1e-6)
    assert all(variance_of(table.row(count)) <= variance + 1e-6 for count in range(1, 40))


def test_an_even_table_has_the_likelihoods_of_most_entropy() -> None:
    """Maximum 2 and variance 1: with q for 1 and r for 2 either way, 2q + 8r = 1, and q**4 = r * (1 - 2q - 2r)**3.

    The second equation is that of exp(curve * change**2): r / p0 = (q / p0)**4.
    """
    changes, weights = p_table(2, 1.0).row(50)
    p0, q, r = (int(weights[changes.index(change)]) / PARTS for change in (0, 1, 2))
    assert 2 * q + 8 * r == pytest.approx(1, abs=1e-8)
    assert r / p0 == pytest.approx((q / p0) ** 4, abs=1e-7)


def test_most_of_a_change_cannot_be_guessed() -> None:
    assert entropy(p_table(5, 3.0).row(10)) > 2.8
    assert entropy(p_table(5, 10.0).row(10)) == pytest.approx(np.log2(11), abs=1e-4)


def test_nobody_stays_nobody() -> None:
    assert p_table(5, 3.0).row(0)[0] == (0,)


def test_the_hash_is_that_of_its_published_example() -> None:
    """Aumasson and Bernstein, SipHash (2012): key 00 to 0f, message 00 to 07; vectors_sip64 of the reference code."""
    word = np.array([int.from_bytes(bytes(range(8)), "little")], dtype=np.uint64)
    assert int(siphash(bytes(range(16)), word)[0]).to_bytes(8, "little").hex() == "6224939a79f5f593"


def test_a_chance_is_of_who_is_there_and_of_the_secret_alone() -> None:
    keys, units = RecordKeys.of(b"one", "pupil"), np.arange(5, 25)
    assert keys.chance(units) == keys.chance(units[::-1].copy())
    others = {
        keys.chance(units[1:]),
        keys.chance(np.append(units, 25)),
        RecordKeys.of(b"two", "pupil").chance(units),
        RecordKeys.of(b"one", "child").chance(units),
    }
    assert len(others | {keys.chance(units)}) == 5


def test_a_secret_stands_in_no_words() -> None:
    assert repr(RecordKeys.of(b"secret", "pupil")) == "RecordKeys()"


def test_the_changes_of_many_groups_are_spread_as_the_table_says() -> None:
    """Ten thousand groups of ten: chi-squared, seven cells of five expected or more, at 1 in 10,000."""
    table, keys = p_table(5, 3.0), RecordKeys.of(b"a secret", "pupil")
    changes, weights = table.row(10)
    groups = np.arange(100_000).reshape(-1, 10)
    found = [table.change(10, keys.chance(group)) for group in groups[:4000]]
    wanted = weights / PARTS * len(found)
    counted = np.array([found.count(change) for change in changes])
    assert (((counted - wanted) ** 2) / wanted).sum() < 35.6


def most_entropy(changes: Sequence[int], variance: float) -> npt.NDArray[np.float64]:
    """By another way: the likelihoods themselves are sought, and no form of them is known."""
    steps = np.array(changes, dtype=np.float64)
    held = [
        {"type": "eq", "fun": lambda one: one.sum() - 1},
        {"type": "eq", "fun": lambda one: one @ steps},
        {"type": "eq", "fun": lambda one: one @ steps**2 - variance},
    ]
    found = minimize(
        lambda one: float(one @ np.log(one)),
        np.full(len(steps), 1 / len(steps)),
        jac=lambda one: np.log(one) + 1,
        bounds=[(1e-12, 1)] * len(steps),
        constraints=held,
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 500},
    )
    likelihoods: npt.NDArray[np.float64] = found.x
    return likelihoods


@pytest.mark.parametrize(
    ("maximum", "variance", "small", "count"),
    [(2, 1.0, 0, 9), (5, 3.0, 0, 12), (8, 3.5, 0, 20), (5, 3.0, 2, 6), (8, 3.5, 2, 9), (10, 3.0, 9, 14)],
)
def test_the_likelihoods_are_those_that_have_the_most_entropy(
    maximum: int, variance: float, small: int, count: int
) -> None:
    """The problem that R's `ptable` solves (parameters D, V and js), for counts far from small ones and near them."""
    changes, weights = p_table(maximum, variance, small=small).row(count)
    assert weights / PARTS == pytest.approx(most_entropy(changes, variance), abs=1e-6)
