"""A leaf that does not keep the contract stops everything: no table, and no value in the message."""

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from enclave.disclosure.asked import (
    Cells,
    ClassCounts,
    Concentration,
    Extremes,
    Measure,
    PathCounts,
    Rules,
    Statistic,
)
from enclave.disclosure.disclose import disclose
from enclave.disclosure.promises import BrokenPromise
from enclave.disclosure.raw import Raw
from enclave.terms import Zeros

HOUSE = Rules(min_units=10, min_clusters=1, nk_contributors=2, nk_percent=90, p_percent=10)

FULL = Measure(
    "rows",
    Statistic.ROWS,
    contributors="n",
    zeros=Zeros.SHOWN,
    by_unit=Concentration("total", "first", "second"),
    by_cluster=Concentration("ctotal", "cfirst", "csecond"),
    paths=(PathCounts("domain", "true", "not_true", Zeros.SHOWN),),
    classes=(ClassCounts("smallest", "classes", Zeros.SHOWN),),
    extremes=(Extremes("low", "high", "between", "differ", Zeros.SHOWN),),
)
LEAF = Cells(("key",), "units", "clusters", (FULL,), grouping="set")

COUNTS = [
    "units",
    "clusters",
    "n",
    "domain",
    "true",
    "not_true",
    "smallest",
    "classes",
    "low",
    "high",
    "between",
]
AMOUNTS = ["total", "first", "second", "ctotal", "cfirst", "csecond"]

RAW: dict[str, Any] = {"key": ["A", "B"], "set": [0, 0], "rows": [40, 50], "differ": [True, True]}
RAW |= {name: [20, 20] for name in COUNTS}
RAW |= {"n": [30, 30], "domain": [40, 40]}
RAW |= {name: [1000.0, 2000.0] if "total" in name else [10.0, 20.0] for name in AMOUNTS}


def broken(changed: dict[str, Any], cells: Cells = LEAF) -> str:
    """The words of the refusal."""
    with pytest.raises(BrokenPromise) as refused:
        disclose(Raw(pa.table(RAW | changed)), cells, HOUSE)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    return str(refused.value)


def test_the_contract_that_these_tests_break_is_otherwise_kept() -> None:
    assert disclose(Raw(pa.table(RAW)), LEAF, HOUSE).table.to_pydict() == {
        "set": [0, 0],
        "key": ["A", "B"],
        "rows": [40, 50],
    }


@pytest.mark.parametrize("name", sorted(RAW))
def test_no_column_of_the_contract_may_be_missing(name: str) -> None:
    raw = pa.table({other: values for other, values in RAW.items() if other != name})
    with pytest.raises(BrokenPromise, match=rf"\b{name}$"):
        disclose(Raw(raw), LEAF, HOUSE)


@pytest.mark.parametrize("name", sorted(RAW))
def test_no_column_of_the_contract_may_stand_twice(name: str) -> None:
    raw = pa.table(RAW)
    with pytest.raises(BrokenPromise, match=rf"\b{name}$"):
        disclose(Raw(raw.append_column(name, raw[name])), LEAF, HOUSE)


@pytest.mark.parametrize("name", COUNTS)
def test_a_negative_count_stops_everything(name: str) -> None:
    assert broken({name: [20, -7]}) == f"{name} has a negative count"


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize(
    "kind",
    [pa.float64(), pa.bool_(), pa.string(), pa.decimal128(30, 1)],
    ids=["float", "bool", "text", "decimal"],
)
def test_a_count_is_of_whole_numbers_by_its_type(name: str, kind: pa.DataType) -> None:
    assert broken({name: pa.array([1, 1]).cast(kind)}).startswith(f"{name} is not a column of counts")


def test_a_sum_of_integers_is_a_count_though_the_engine_makes_it_a_decimal() -> None:
    wide = {name: pa.array(RAW[name]).cast(pa.decimal128(38, 0)) for name in COUNTS}
    assert disclose(Raw(pa.table(RAW | wide)), LEAF, HOUSE).table["rows"].to_pylist() == [40, 50]


def test_a_count_past_all_people_stops_everything_and_is_not_quoted() -> None:
    assert "9007199254740993" not in broken({"units": [20, 2**53 + 1]})


@pytest.mark.parametrize("name", AMOUNTS)
def test_an_amount_is_a_number_by_its_type(name: str) -> None:
    assert broken({name: ["1", "2"]}).startswith(f"{name} is not a column of numbers")


def test_a_flag_is_a_boolean_by_its_type() -> None:
    assert broken({"differ": [1, 0]}).startswith("differ is not a column of booleans")


def test_a_count_is_never_below_its_contributors() -> None:
    assert broken({"rows": [40, 29]}) == "rows counts less than its contributors"


@pytest.mark.parametrize(
    ("domain", "true", "not_true"), [(30, 31, 10), (30, 10, 31), (30, 14, 15)], ids=["true", "not", "gap"]
)
def test_the_sides_of_a_condition_fill_its_domain_and_stay_inside(
    domain: int, true: int, not_true: int
) -> None:
    changed = {"domain": [40, domain], "true": [20, true], "not_true": [20, not_true]}
    assert broken(changed) == "the counts of true and not_true make no path"


def test_two_cells_never_have_the_same_keys() -> None:
    assert broken({"key": ["A", "A"]}) == "two cells have the same keys"
    assert broken({"key": pa.array([None, None], pa.string())}) == "two cells have the same keys"
    assert broken({"key": [float("nan"), float("nan")]}) == "two cells have the same keys"


def test_one_key_in_two_grouping_sets_is_two_cells() -> None:
    safe = disclose(Raw(pa.table(RAW | {"key": ["A", "A"], "set": [1, 0]})), LEAF, HOUSE)
    assert safe.table["rows"].to_pylist() == [50, 40]


def test_a_leaf_of_one_row_has_one_row_and_no_keys() -> None:
    one_row = replace(LEAF, dimensions=(), grouping=None, always_one_row=True)
    raw = pa.table(RAW)
    assert disclose(Raw(raw.slice(0, 1)), one_row, HOUSE).table.num_rows == 1
    for table, cells in (
        (raw, one_row),
        (raw.slice(0, 0), one_row),
        (raw.slice(0, 1), replace(one_row, dimensions=("key",))),
        (raw.slice(0, 1), replace(one_row, grouping="set")),
    ):
        with pytest.raises(BrokenPromise, match="always has one row"):
            disclose(Raw(table), cells, HOUSE)


def test_a_leaf_without_keys_has_no_second_row() -> None:
    assert broken({}, replace(LEAF, dimensions=(), grouping=None)).startswith("several cells")


def test_two_columns_of_the_safe_table_never_share_a_name() -> None:
    assert "same name" in broken({}, replace(LEAF, measures=(FULL, FULL)))
    assert "same name" in broken({}, replace(LEAF, dimensions=("key", "rows")))


def test_a_leaf_asks_for_something() -> None:
    assert broken({}, Cells((), "units", None, ())) == "the leaf asks for nothing"


@pytest.mark.parametrize(
    "changed",
    [
        {"min_units": 0},
        {"min_units": -1},
        {"nk_contributors": 0},
        {"nk_contributors": 3},
        {"nk_percent": 0},
        {"nk_percent": 100.5},
        {"nk_percent": float("nan")},
        {"p_percent": -1},
        {"p_percent": float("nan")},
        {"p_percent": float("inf")},
    ],
)
def test_rules_that_the_companions_cannot_judge_do_not_exist(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="|".join(changed)):
        replace(HOUSE, **changed)
