"""Sets of labels held against one another by tables: the same as plain sets say, large or small, thick or thin."""

import random

import numpy as np
import pytest

from enclave.disclosure.ledger.atoms import divide, no_atoms
from enclave.disclosure.ledger.dense import (
    are_in,
    census_of,
    in_one,
    in_order,
    merged,
    places_among,
    places_of,
    ways,
)
from enclave.disclosure.ledger.numbers import Labels, distinct, labels_of

CENSUSES = (7, 123_456, 1_048_575)


def some(rng: random.Random, *, of: int, censuses: int) -> Labels:
    """Labels of people below a number, at up to so many censuses; none for 0, where they are units alone."""
    units = [rng.randrange(of) for _ in range(rng.choice((0, 1, 60, 3_000)))]
    if not censuses:
        return distinct(np.array(units, dtype=np.int64))
    return labels_of(units, [rng.choice(CENSUSES[:censuses]) for _ in units])


SHAPES = [(of, censuses) for of in (40, 4_000, 1 << 21) for censuses in (0, 1, 3)]


@pytest.mark.parametrize(("of", "censuses"), SHAPES)
def test_tables_of_marks_say_what_plain_sets_say(of: int, censuses: int) -> None:
    rng = random.Random(of + censuses)
    for _ in range(30):
        one, other, third = (some(rng, of=of, censuses=censuses) for _ in range(3))
        first, second, last = set(one.tolist()), set(other.tolist()), set(third.tolist())
        assert are_in(one, other).tolist() == [label in second for label in one.tolist()]
        assert in_one(one, other).tolist() == sorted(first ^ second)
        everybody = first | second | last
        found = {(label in first, label in second, label in last) for label in everybody}
        assert {tuple(column) for column in ways([one, other, third]).T.tolist()} == found


@pytest.mark.parametrize(("of", "censuses"), SHAPES)
def test_sets_are_put_together_in_order_however_many_there_are(of: int, censuses: int) -> None:
    rng = random.Random(of + censuses)
    for count in (1, 2, 9, 30):
        sets = [some(rng, of=of, censuses=censuses) for _ in range(count)]
        expected = sorted({label for one in sets for label in one.tolist()})
        together = merged(sets)
        assert together.tolist() == expected
        mixed = np.concatenate(sets)[::-1]
        assert in_order(mixed).tolist() == expected
        assert together[places_among(together, mixed)].tolist() == mixed.tolist()


def test_equal_sets_are_in_all_or_in_none_of_them() -> None:
    same, nobody = labels_of([1, 2], 9), labels_of([])
    assert ways([same, same.copy(), same]).tolist() == [[True], [True], [True]]
    assert ways([nobody, nobody, nobody]).shape == (3, 0)


@pytest.mark.parametrize(("of", "censuses"), SHAPES)
def test_atoms_are_divided_by_many_numbers_as_by_sets(of: int, censuses: int) -> None:
    rng = random.Random(of + censuses)
    before = divide(no_atoms(), [some(rng, of=of, censuses=censuses) for _ in range(2)]).atoms
    numbers = [some(rng, of=of, censuses=censuses) for _ in range(40)]
    divided, sets = divide(before, numbers), [set(one.tolist()) for one in numbers]
    old = dict(zip(before.labels.tolist(), before.atom.tolist(), strict=True))
    atoms: dict[int, set[int]] = {}
    for label, atom in zip(divided.atoms.labels.tolist(), divided.atoms.atom.tolist(), strict=True):
        atoms.setdefault(atom, set()).add(label)
    assert set().union(*atoms.values()) == set(old).union(*sets)
    stands = {}
    for atom, labels in atoms.items():
        inside = [labels <= one for one in sets]
        assert all(inside[place] or not labels & one for place, one in enumerate(sets))
        assert divided.inside[:, atom].tolist() == inside
        (parent,) = {old.get(label, -1) for label in labels}
        assert divided.parents[atom] == parent
        stands[atom] = (
            parent,
            *(sum(1 << at for at, one in enumerate(inside[start : start + 32]) if one) for start in (0, 32)),
        )
    assert [stands[atom] for atom in range(len(stands))] == sorted(set(stands.values()))


def test_the_census_of_labels_is_known_where_they_have_one() -> None:
    assert census_of(labels_of([3, 1, 2], 9)) == 9
    assert census_of(labels_of([3, 1], [9, 8])) is None
    assert census_of(labels_of([])) is None


def test_no_table_is_made_for_a_few_labels_or_for_thin_ones() -> None:
    few, thin = labels_of([1, 2], 9), labels_of(np.arange(2_000) * 100_000, 9)
    assert places_of([few, few]) is None
    assert places_of([thin, thin]) is None
