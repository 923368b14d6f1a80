"""Bits on shelves: what is put in comes out, whichever files it lies in, and damage is found."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enclave.store.reach_shelves import LOOSE_FILES, PIECE_BYTES, UNITS_PER_PIECE, Shelves
from enclave.transparency.reach import DefinitionName, ShelfDamaged, bits_of, units_of

VERSION = "v-1"
UNITS = st.sets(st.sampled_from((1, 7, 8, 8_191, 8_192, 8_200, 20_000, 70_000)))


def name(number: int) -> DefinitionName:
    return DefinitionName(f"{number:064x}")


def put(shelves: Shelves, number: int, units: set[int], year: str = "2022/23") -> None:
    shelves.put(VERSION, name(number), {year: bits_of(np.array(sorted(units), dtype=np.int64))})


@given(UNITS)
def test_bits_are_the_units_that_they_are_made_of(units: set[int]) -> None:
    assert set(units_of(bits_of(np.array(sorted(units), dtype=np.int64))).tolist()) == units


@given(st.lists(UNITS, min_size=1, max_size=6))
def test_a_unit_is_held_by_the_definitions_that_it_was_put_into(
    tmp_path_factory: pytest.TempPathFactory, sets: list[set[int]]
) -> None:
    shelves = Shelves(tmp_path_factory.mktemp("shelves"))
    for number, units in enumerate(sets):
        put(shelves, number, units)
    assert shelves.known(VERSION) == {name(number) for number in range(len(sets))}
    for unit in (1, 8, 8_191, 8_192, 70_000, 70_001, 9_000_000):
        holding = {name(number) for number, units in enumerate(sets) if unit in units}
        assert set(shelves.holding(VERSION, unit)) == holding


def test_many_small_files_become_one_with_the_same_in_it(tmp_path: Path) -> None:
    shelves, chance = Shelves(tmp_path), np.random.default_rng(1)
    sets = [set(chance.integers(0, 3 * UNITS_PER_PIECE, 40).tolist()) for _ in range(LOOSE_FILES)]
    for number, units in enumerate(sets):
        put(shelves, number, units)
    assert shelves.put_together(VERSION) == LOOSE_FILES
    assert len(list(tmp_path.glob(f"{VERSION}/*.shelf"))) < LOOSE_FILES / 10
    again = Shelves(tmp_path)
    for unit in sets[0] | sets[1]:
        holding = {name(number) for number, units in enumerate(sets) if unit in units}
        assert set(again.holding(VERSION, unit)) == holding


def test_years_are_kept_apart(tmp_path: Path) -> None:
    shelves = Shelves(tmp_path)
    shelves.put(VERSION, name(1), {"2021/22": bits_of(np.array([5])), "2022/23": bits_of(np.array([5, 6]))})
    assert shelves.holding(VERSION, 5) == {name(1): ("2021/22", "2022/23")}
    assert shelves.holding(VERSION, 6) == {name(1): ("2022/23",)}
    assert shelves.holding("v-2", 5) == {}


def test_a_definition_that_reaches_nobody_is_known(tmp_path: Path) -> None:
    shelves = Shelves(tmp_path)
    shelves.put(VERSION, name(1), {})
    assert shelves.known(VERSION) == {name(1)}
    assert shelves.holding(VERSION, 0) == {}


def test_a_union_has_whoever_is_in_any_of_its_planes(tmp_path: Path) -> None:
    shelves = Shelves(tmp_path)
    put(shelves, 1, {1, 9_000})
    put(shelves, 2, {2, 9_000, 70_000})
    put(shelves, 3, {3})
    groups = {(name(1), "2022/23"): [0], (name(2), "2022/23"): [0, 1]}
    both, second, none = shelves.unions(VERSION, groups, 3)
    assert set(units_of(both).tolist()) == {1, 2, 9_000, 70_000}
    assert set(units_of(second).tolist()) == {2, 9_000, 70_000}
    assert not units_of(none).size
    assert both.size % PIECE_BYTES == 0


@pytest.mark.parametrize("where", [3, 20, 60, -3])
def test_a_damaged_file_is_never_read_as_if_it_were_whole(tmp_path: Path, where: int) -> None:
    put(Shelves(tmp_path), 1, {1, 2, 3})
    (path,) = tmp_path.glob(f"{VERSION}/*.shelf")
    content = bytearray(path.read_bytes())
    content[where] ^= 1
    path.write_bytes(content)
    shelves = Shelves(tmp_path)
    if name(1) in shelves.known(VERSION):
        with pytest.raises(ShelfDamaged):
            shelves.holding(VERSION, 1)
    assert not path.exists()
    assert shelves.known(VERSION) == frozenset()


def test_a_file_that_was_cut_short_is_computed_again(tmp_path: Path) -> None:
    put(Shelves(tmp_path), 1, {1, 2, 3})
    (path,) = tmp_path.glob(f"{VERSION}/*.shelf")
    path.write_bytes(path.read_bytes()[:10])
    assert Shelves(tmp_path).known(VERSION) == frozenset()
