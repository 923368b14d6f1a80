"""Reading a members table: by values or by places in lists, whom a cell is about is the same."""

import numpy as np
import pyarrow as pa
import pytest

from enclave.disclosure.ledger.codes import MOST_CODES, sorting
from enclave.disclosure.ledger.members import MemberKey
from enclave.disclosure.ledger.populations import Reader
from enclave.disclosure.ledger.reading import MembersTable, key_list, list_table, listed, read_members
from enclave.disclosure.promises import BrokenPromise
from enclave.disclosure.raw import Raw
from tests.support.ledger_leaf import EVERYBODY, Leaf, Row, members, row

GROUP = MemberKey("k", "group", hidden=False)
BAND = MemberKey("h", "band", hidden=True)
ROWS = [
    row(1, k="a", h=1.5),
    row(2, k="a", h=None, school="B"),
    row(3, k="b", h=1.5, year="2025"),
    row(4, k=None, h=2.5, group=None),
    row(5, k="elsewhere", h=1.5),
]
CELLS: list[Row] = [{"k": "a", "h": 1.5}, {"k": "a", "h": None}, {"k": "b", "h": 1.5}, {"k": None, "h": 2.5}]
LEAF = Leaf(members(GROUP, BAND), ROWS, CELLS)


def by_lists(leaf: Leaf, listed_columns: tuple[str, ...] = ("pt", "w0")) -> MembersTable:
    """The same table as an engine gives it: keys, parts and years by their places."""
    raw, table, cells = leaf.tables
    found = table.reveal()
    lists = {key.column: key_list(raw, key.column) for key in leaf.members.keys}
    for name in listed_columns:
        lists[name] = listed(Raw(pa.table({"v": pa.array(set(found[name].to_pylist()))})))
    for name, values in lists.items():
        places = {value: place for place, value in enumerate(values.to_pylist())}
        given = pa.array([places.get(value) for value in found[name].to_pylist()], pa.int32())
        found = found.set_column(found.column_names.index(name), name, given)
    return read_members(raw, Raw(found), cells, leaf.members, None, lists)


def populations(table: MembersTable) -> list[object]:
    reader = Reader(table, "v1")
    return [
        (
            reader.population(cell, EVERYBODY, fixed=False).labels.tolist(),
            reader.population(cell, EVERYBODY, fixed=False).visible.tolist(),
            reader.likeness(cell, EVERYBODY, (), fixed=False),
            {name: part.parts for name, part in reader.inside(cell, EVERYBODY, fixed=False).items()},
        )
        for cell in range(len(CELLS))
    ]


def test_places_in_lists_say_the_same_as_values() -> None:
    assert populations(by_lists(LEAF)) == populations(LEAF.read())


def test_what_is_in_no_cell_is_seen_where_its_key_is_left_out() -> None:
    reader = Reader(by_lists(LEAF), "v1")
    assert len(reader.population(0, EVERYBODY, fixed=False).visible) == 2  # of group a, whatever the band
    assert len(reader.population(0, EVERYBODY, fixed=False).labels) == 1


def test_a_year_that_is_not_listed_breaks_a_promise() -> None:
    raw, table, cells = LEAF.tables
    found = table.reveal()
    unlisted = found.set_column(
        found.column_names.index("w0"), "w0", pa.array([0, 0, None, 0, 0], pa.int32())
    )
    with pytest.raises(BrokenPromise):
        read_members(raw, Raw(unlisted), cells, LEAF.members, None, {"w0": pa.array(["2024", None])})
    with pytest.raises(BrokenPromise):
        read_members(raw, table, cells, LEAF.members, None, {"w0": pa.array(["2024", None])})


def test_a_pinned_year_is_that_of_all_rows() -> None:
    how = members(GROUP, BAND, pinned=(("w0", "2024"),))
    raw, table, cells = Leaf(how, ROWS, CELLS).tables
    found = read_members(raw, Raw(table.reveal().drop_columns("w0")), cells, how)
    assert list(found.censuses.names.values()) == ["2024"]
    assert found.censuses.table["w0"].to_pylist() == ["2024"]


def test_a_list_has_no_value_among_its_values_and_counts_from_0() -> None:
    values = listed(Raw(pa.table({"v": ["x", "y"]})))
    assert values.to_pylist() == ["x", "y", None]
    assert list_table(values)["c"].to_pylist() == [0, 1, 2]
    assert listed(Raw(pa.table({"v": ["x", None]}))).to_pylist() == ["x", None]


def test_both_zeros_of_a_key_are_one_value() -> None:
    raw = Raw(pa.table({"k": [0.0, -0.0, 1.0]}))
    assert key_list(raw, "k").to_pylist() == [0.0, 1.0]


@pytest.mark.parametrize("top", [200, 60_000, 70_000, 1 << 31, 1 << 40])
def test_codes_of_any_width_sort_as_they_come(top: int) -> None:
    codes = np.random.default_rng(top).integers(0, top, 5_000)
    assert np.array_equal(sorting(codes), np.argsort(codes, kind="stable"))


def test_more_combinations_of_keys_than_sort_in_one_go_are_told_apart() -> None:
    how = members(GROUP, BAND)
    count = MOST_CODES // 200
    rows = [row(unit, k=unit % 500, h=float(unit % 501)) for unit in range(count)]
    cells: list[Row] = [{"k": unit % 500, "h": float(unit % 501)} for unit in range(count)]
    table = Leaf(how, rows, cells).read()
    assert [table.rows(cell, EVERYBODY).tolist() for cell in range(count)] == [
        [unit] for unit in range(count)
    ]
