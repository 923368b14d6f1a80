"""From a members table to populations: whom each cell is about, what is visible of it, and where they stand."""

import numpy as np
import pytest

from enclave.disclosure.ledger.censuses import census_code
from enclave.disclosure.ledger.members import Counting, MemberKey
from enclave.disclosure.ledger.numbers import CENSUS_MASK, NO_CENSUS, Labels, distinct, units_of
from enclave.disclosure.ledger.populations import MOST_CLUSTERS, Reader
from enclave.disclosure.promises import BrokenPromise
from tests.support.ledger_leaf import EVERYBODY, Leaf, Row, members, row

GENDER = MemberKey("k", "gender", hidden=False)
MEALS = MemberKey("h", "meals", hidden=True)
BOTH = (GENDER, MEALS)


def people() -> list[Row]:
    """Twelve pupils: even ones are girls, every third has meals; the last has no gender."""
    return [
        row(unit, "AB"[unit % 2], unit % 3, k=None if unit == 11 else "MF"[unit % 2 == 0], h=unit % 3 == 0)
        for unit in range(12)
    ]


def units(labels: Labels) -> list[int]:
    return list(map(int, units_of(labels)))


def test_a_cell_has_those_whose_keys_are_its_own() -> None:
    reader = Reader(Leaf(members(GENDER), people(), [{"k": "F"}, {"k": "M"}, {"k": None}]).read(), "v")
    found = [units(reader.population(cell, EVERYBODY, fixed=False).labels) for cell in range(3)]
    assert found == [[0, 2, 4, 6, 8, 10], [1, 3, 5, 7, 9], [11]]


def test_grouping_sets_have_the_cells_of_each_set_and_a_null_key_is_no_total() -> None:
    sets = ((0, 1), (0,), ())
    cells: list[Row] = [
        {"k": "F", "h": True, "g": 0},
        {"k": "F", "h": None, "g": 1},
        {"k": None, "h": None, "g": 1},
        {"k": None, "h": None, "g": 3},
    ]
    reader = Reader(Leaf(members(*BOTH, sets=sets), people(), cells).read(), "v")
    found = [len(reader.population(cell, EVERYBODY, fixed=False).labels) for cell in range(4)]
    assert found == [2, 6, 1, 12]
    assert len({reader.table.name(cell) for cell in range(4)}) == 4


def test_what_is_visible_leaves_hidden_keys_out() -> None:
    reader = Reader(Leaf(members(*BOTH), people(), [{"k": "F", "h": True}]).read(), "v")
    found = reader.population(0, EVERYBODY, fixed=False)
    assert (units(found.labels), units(found.visible)) == ([0, 6], [0, 2, 4, 6, 8, 10])
    assert found.hidden == {"meals = True"}


def test_without_anything_hidden_all_is_visible() -> None:
    reader = Reader(Leaf(members(GENDER), people(), [{"k": "F"}]).read(), "v")
    found = reader.population(0, EVERYBODY, fixed=False)
    assert found.labels is found.visible


def test_flags_say_who_counts_and_who_would_without_what_is_hidden() -> None:
    rows = [{**one, "f_in": unit < 3, "f_seen": unit < 8} for unit, one in enumerate(people())]
    counting = Counting("f_in", "f_seen", "", frozenset({"meals"}))
    reader = Reader(Leaf(members(), rows, [{}]).read(), "v")
    found = reader.population(0, counting, fixed=False)
    assert (units(found.labels), units(found.visible)) == ([0, 1, 2], list(range(8)))


def test_a_flag_that_is_null_is_no() -> None:
    rows = [{**one, "f_in": None if unit else True} for unit, one in enumerate(people())]
    reader = Reader(Leaf(members(), rows, [{}]).read(), "v")
    assert units(reader.population(0, Counting("f_in", None, ""), fixed=False).labels) == [0]


def test_a_person_in_several_rows_counts_once_at_each_census() -> None:
    rows = [row(1, "A"), row(1, "B"), row(1, "A", year="2025"), row(2, "A")]
    reader = Reader(Leaf(members(), rows, [{}]).read(), "v")
    changing, fixed = (reader.population(0, EVERYBODY, fixed=one).labels for one in (False, True))
    assert len(changing) == 3
    assert {int(one) & CENSUS_MASK for one in changing} == {census_code("2024"), census_code("2025")}
    assert (units(fixed), set(map(int, fixed & CENSUS_MASK))) == ([1, 2], {0})


def test_a_number_is_like_those_of_the_censuses_that_it_touches() -> None:
    rows = [row(1), row(2, year="2025", k=None)]
    reader = Reader(Leaf(members(), rows, [{}]).read(), "v")
    assert reader.likeness(0, EVERYBODY, (), fixed=False).statistic == "count"
    assert reader.likeness(0, EVERYBODY, ("a", "b"), fixed=False).statistic == "a+b"
    assert reader.likeness(0, EVERYBODY, (), fixed=False).censuses == "2024; 2025"
    assert reader.years(0, EVERYBODY, fixed=False) == ("2024", "2025")


def test_without_a_census_all_are_of_one() -> None:
    reader = Reader(Leaf(members(censuses=()), [row(1), row(2)], [{}]).read(), "v")
    assert reader.likeness(0, EVERYBODY, (), fixed=False).censuses == NO_CENSUS


def test_a_population_is_told_by_cluster_with_the_parts_that_it_touches() -> None:
    reader = Reader(Leaf(members(GENDER), people(), [{"k": "F"}]).read(), "v")
    found = reader.inside(0, EVERYBODY, fixed=False)
    assert list(found) == ["A"]
    assert units(found["A"].labels) == [0, 2, 4, 6, 8, 10]
    assert sorted(found["A"].parts) == ["0", "1", "2"]


def test_in_which_clusters_a_number_lies_follows_from_what_is_visible() -> None:
    """Else that there is nobody with meals at school B would tell by the base that is chosen."""
    rows = [row(unit, "AB"[unit % 2], h=unit % 2 == 0) for unit in range(10)]
    reader = Reader(Leaf(members(MEALS), rows, [{"h": True}]).read(), "v")
    found = reader.inside(0, EVERYBODY, fixed=False)
    assert {name: (len(part.labels), len(part.visible)) for name, part in found.items()} == {
        "A": (5, 5),
        "B": (0, 5),
    }


@pytest.mark.parametrize(("clusters", "are_told"), [(MOST_CLUSTERS, True), (MOST_CLUSTERS + 1, False)])
def test_past_ten_clusters_a_number_is_wide(clusters: int, are_told: bool) -> None:
    rows = [row(unit, f"s{unit % clusters}") for unit in range(40)]
    reader = Reader(Leaf(members(), rows, [{}]).read(), "v")
    assert len(reader.inside(0, EVERYBODY, fixed=False)) == (clusters if are_told else 0)


def test_who_stands_nowhere_makes_a_number_wide() -> None:
    reader = Reader(Leaf(members(), [row(1), row(2, None)], [{}]).read(), "v")
    assert reader.inside(0, EVERYBODY, fixed=False) == {}


def test_units_are_persons_where_keys_differ_between_versions() -> None:
    leaf = Leaf(members(), [row(0), row(2)], [{}])
    reader = Reader(leaf.read(np.array([70, 80, 90])), "v")
    assert units(reader.population(0, EVERYBODY, fixed=False).labels) == [70, 90]


def test_the_same_number_is_one_of_the_same_cell_definition_statistic_and_version() -> None:
    def identity(definition: str = "d", key: str = "F", what: str = "n", version: str = "v") -> bytes:
        table = Leaf(members(GENDER, definition=definition), people(), [{"k": key}]).read()
        return Reader(table, version).identity(0, what)

    assert identity() == identity()
    others = {identity(definition="e"), identity(key="M"), identity(what="m"), identity(version="w")}
    assert len(others | {identity()}) == 5


def test_a_text_and_a_number_that_look_alike_are_not_one_cell() -> None:
    text = Leaf(members(GENDER), [row(1, k="1")], [{"k": "1"}]).read()
    count = Leaf(members(GENDER), [row(1, k=1)], [{"k": 1}]).read()
    assert text.name(0) != count.name(0)


def test_a_census_has_one_code_everywhere_and_never_none() -> None:
    assert census_code("2024 SPR") == census_code("2024 SPR") != census_code("2024 AUT")
    assert all(0 < census_code(str(name)) <= CENSUS_MASK for name in range(1_000))


def test_a_members_table_without_its_columns_is_a_broken_promise() -> None:
    with pytest.raises(BrokenPromise, match="lacks"):
        Leaf(members(GENDER), [row(1)], [{"k": "F"}]).read()


def test_labels_are_made_distinct_in_order() -> None:
    assert distinct(np.array([3, 1, 3, 2])).tolist() == [1, 2, 3]
    assert distinct(np.array([], dtype=np.int64)).tolist() == []
