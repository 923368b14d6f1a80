"""Laws of changed numbers, for every table: what they depend on, how far they go, and that totals stay totals."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enclave.disclosure.asked import Cells, Measure, Statistic
from enclave.disclosure.perturbation.controlled import Line, broken, controlled
from enclave.disclosure.perturbation.method import CellKeys, Perturbing, Rounding
from enclave.disclosure.perturbation.perturbed import perturbed
from enclave.disclosure.perturbation.record_keys import RecordKeys
from enclave.disclosure.perturbation.rounding import to_multiple
from enclave.disclosure.promises import BrokenPromise
from enclave.terms import Zeros

KEYS = RecordKeys.of(b"a secret", "pupil")
METHODS: tuple[Perturbing, ...] = (Rounding(5), Rounding(10), CellKeys(5, 3.0), CellKeys(3, 1.0))
CELLS = Cells(("k",), "n", None, (Measure("v", Statistic.ROWS, "n", Zeros.SHOWN),))
NOBODY = np.zeros(0, dtype=np.int64)
groups = st.lists(st.sets(st.integers(1, 60), max_size=40), min_size=1, max_size=6)


def changed(
    found: Sequence[set[int]], by: Perturbing, *, hidden: Sequence[bool] | None = None
) -> list[int | None]:
    """What is said of groups of people, one cell each."""
    sizes = pa.array([len(one) for one in found], pa.int64())
    table = pa.table({"k": pa.array(range(len(found))), "n": sizes, "v": sizes})
    away = np.array(hidden or [False] * len(found), dtype=np.bool_)
    column = perturbed(
        table,
        CELLS,
        by,
        units_of=lambda _, cell, __: np.array(sorted(found[cell]), dtype=np.int64),
        keys=KEYS,
        hidden={"v": away},
    )["v"]
    values: list[int | None] = column.to_pylist()
    return values


@given(groups, st.sampled_from(METHODS), st.randoms(use_true_random=False))
def test_the_same_people_have_the_same_number_in_any_order_among_any_others(
    found: list[set[int]], by: Perturbing, chance: object
) -> None:
    order = list(range(len(found)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    values = changed(found, by)
    assert changed([found[place] for place in order], by) == [values[place] for place in order]
    assert [changed([one], by)[0] for one in found] == values


@given(groups, st.sampled_from(METHODS))
def test_no_number_is_further_off_than_its_method_says_and_nobody_is_nobody(
    found: list[set[int]], by: Perturbing
) -> None:
    for one, value in zip(found, changed(found, by), strict=True):
        assert value is not None
        assert abs(value - len(one)) <= by.reach
        assert value >= 0
        assert one or value == 0


@given(groups, st.sampled_from(METHODS), st.data())
def test_hiding_more_shows_nothing_new_and_changes_nothing_that_is_shown(
    found: list[set[int]], by: Perturbing, data: st.DataObject
) -> None:
    """Raising a threshold never shows more."""
    more = data.draw(st.lists(st.booleans(), min_size=len(found), max_size=len(found)))
    for value, less, away in zip(changed(found, by), changed(found, by, hidden=more), more, strict=True):
        assert less == (None if away else value)


@pytest.mark.parametrize("by", METHODS, ids=lambda by: by.name)
def test_a_hidden_cell_of_which_nothing_is_known_stays_hidden_and_a_shown_one_is_a_broken_promise(
    by: Perturbing,
) -> None:
    sizes = pa.array([12, None], pa.int64())
    raw = pa.table({"k": pa.array([1, 2]), "n": sizes, "v": sizes})

    def told(*, hidden: bool) -> list[int | None]:
        away = {"v": np.array([False, hidden])}
        column = perturbed(raw, CELLS, by, units_of=lambda *_: np.arange(12), keys=KEYS, hidden=away)["v"]
        values: list[int | None] = column.to_pylist()
        return values

    first, second = told(hidden=True)
    assert first is not None
    assert second is None
    with pytest.raises(BrokenPromise):
        told(hidden=False)


@given(st.integers(0, 10_000), st.sampled_from([5, 10]))
def test_rounding_twice_is_rounding_once(count: int, base: int) -> None:
    assert to_multiple(to_multiple(count, base), base) == to_multiple(count, base)


@given(st.sampled_from([5, 10]))
def test_rounding_has_no_direction(base: int) -> None:
    changes = [to_multiple(count, base) - count for count in range(1_000, 1_000 + 2 * base)]
    assert sum(changes) == 0


shapes = st.sampled_from([(3,), (4, 3), (5, 5), (3, 3, 2)])


@settings(max_examples=40)
@given(shapes, st.sampled_from([5, 10]), st.integers(0, 2**32 - 1))
def test_parts_of_a_rounded_table_add_up_and_each_is_a_multiple_beside_its_count(
    shape: tuple[int, ...], base: int, seed: int
) -> None:
    counts, lines = table(shape, np.random.default_rng(seed))
    values = controlled(counts, lines, base)
    assert not broken(values, lines)
    for count, value in zip(counts, values, strict=True):
        assert value % base == 0
        assert abs(value - count) < base
    assert controlled(values, lines, base) == values


@settings(max_examples=20)
@given(shapes, st.integers(0, 2**32 - 1))
def test_a_number_that_was_shown_stays(shape: tuple[int, ...], seed: int) -> None:
    chance = np.random.default_rng(seed)
    counts, lines = table(shape, chance)
    pinned = {place: 5 * (counts[place] // 5) for place in chance.permutation(len(counts))[:3].tolist()}
    values = controlled(counts, lines, 5, pinned=pinned)
    assert all(values[place] == value for place, value in pinned.items())


@settings(max_examples=30)
@given(shapes, st.sampled_from([5, 10]), st.integers(0, 2**32 - 1))
def test_what_is_hidden_has_no_say_in_how_the_rest_is_rounded(
    shape: tuple[int, ...], base: int, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    counts, lines = table(shape, chance)
    hidden = chance.random(len(counts)) < 0.3
    others = np.where(hidden, chance.integers(0, 60, size=len(counts)), counts).tolist()

    def told(sizes: Sequence[int]) -> list[int | None]:
        column = pa.array(sizes, pa.int64())
        raw = pa.table({"k": pa.array(range(len(sizes))), "n": column, "v": column})
        found = perturbed(
            raw,
            CELLS,
            Rounding(base),
            units_of=lambda *_: NOBODY,
            keys=None,
            hidden={"v": hidden},
            lines=lines,
        )["v"]
        values: list[int | None] = found.to_pylist()
        return values

    assert told(counts) == told(others)


def table(shape: tuple[int, ...], chance: np.random.Generator) -> tuple[list[int], list[Line]]:
    """Counts of a table with all its margins, and its lines."""
    inner = chance.integers(10, 60, size=shape)
    keys = list(product(*([*range(size), None] for size in shape)))
    places = {key: place for place, key in enumerate(keys)}
    counts = [int(inner[tuple(slice(None) if at is None else at for at in key)].sum()) for key in keys]
    lines = [
        Line(places[key], tuple(places[*key[:side], at, *key[side + 1 :]] for at in range(shape[side])))
        for key in keys
        for side, at_side in enumerate(key)
        if at_side is None
    ]
    return counts, lines
