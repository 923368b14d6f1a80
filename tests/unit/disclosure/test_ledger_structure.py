"""Who stands where: how many units a base has, and what everybody knows of clusters and their parts."""

from enclave.disclosure.ledger.censuses import census_code
from enclave.disclosure.ledger.numbers import Labels, labels_of, units_of
from enclave.disclosure.ledger.structure import Structure
from tests.support.ledger_leaf import register, row

NOW, THEN = census_code("2024"), census_code("2023")


def schools() -> Structure:
    """Two schools with two year groups each; pupil 3 is at both, at B with a row that is not the main one."""
    rows = [row(unit, "AB"[unit >= 6], 7 + unit % 2) for unit in range(12)]
    earlier = [row(unit, "A", 7, year="2023") for unit in range(20)]
    return register([*rows, {**row(3, "B", 7), "m": False}, *earlier])


def units(labels: Labels) -> list[int]:
    return list(map(int, units_of(labels)))


def test_a_cluster_has_the_units_that_stand_in_it_at_a_census() -> None:
    found = schools()
    assert found.units_at(("A",), None, NOW) == 6
    assert found.units_at(("B",), None, NOW) == 7
    assert found.units_at(("A", "B"), None, NOW) == 12
    assert found.units_at(("A",), None, THEN) == 20
    assert found.units_at((), None, NOW) == 12
    assert found.units_at(("C",), None, NOW) == 0


def test_a_part_of_a_cluster_has_units_of_its_own() -> None:
    assert schools().units_at(("A",), frozenset({"7"}), NOW) == 3
    assert schools().units_at(("A",), frozenset({"7", "8"}), NOW) == 6


def test_a_cluster_is_as_large_as_at_its_largest_census() -> None:
    assert schools().largest("A") == 20
    assert schools().largest("C") == 0


def test_everybody_knows_the_heads_of_a_cluster_and_of_each_part_of_it() -> None:
    found = [units(one) for one in schools().heads(("A",), None, NOW, main=False)]
    assert found == [[0, 1, 2, 3, 4, 5], [0, 2, 4], [1, 3, 5]]


def test_main_rows_have_each_unit_once() -> None:
    both, main = (next(schools().heads(("B",), None, NOW, main=one)) for one in (False, True))
    assert (3 in units(both), 3 in units(main)) == (True, False)


def test_of_a_whole_table_everybody_knows_its_heads() -> None:
    (found,) = schools().heads((), None, NOW, main=True)
    assert units(found) == list(range(12))


def test_labels_are_main_where_each_is_of_a_main_row() -> None:
    found = schools()
    assert found.are_main(labels_of([6, 7], NOW), ("B",), NOW)
    assert not found.are_main(labels_of([3, 7], NOW), ("B",), NOW)
    assert found.are_main(labels_of([6, 7]), ("B",), NOW)  # of a fixed kind: without the census
    assert not found.are_main(labels_of([3]), ("B",), NOW)


def test_parts_and_censuses_are_told_by_year() -> None:
    found = schools()
    assert found.parts_of("A", "2023") == {"7"}
    assert found.parts_of("A", "2024") == {"7", "8"}
    assert found.codes_of("2024") == [NOW]
    assert sorted(found.codes_of(None)) == sorted([NOW, THEN])


def test_a_census_of_joined_tables_begins_with_that_of_the_register() -> None:
    found = schools()
    assert found.code_of("2024") == found.code_of("2024 2022") == NOW
    assert found.code_of("20245") is None
