"""The report on what was hidden: complete for checkers, silent anywhere else."""

import pickle

import pyarrow as pa
import pytest

from enclave.disclosure.asked import Cells, Measure, PathCounts, Rules, Statistic
from enclave.disclosure.disclose import disclose
from enclave.disclosure.raw import Raw
from enclave.disclosure.report import Change, Hidden, Rule
from enclave.disclosure.safe import Safe
from enclave.terms import Zeros

HOUSE = Rules(min_units=10, min_clusters=3, nk_contributors=2, nk_percent=90, p_percent=10)

PATH = PathCounts("units", "true", "not_true", Zeros.HIDDEN)
LEAF = Cells(
    ("key",),
    "units",
    "clusters",
    (
        Measure("rows", Statistic.ROWS, "units", Zeros.HIDDEN),
        Measure("mean", Statistic.MEAN, "n", Zeros.HIDDEN, paths=(PATH,)),
    ),
)

RAW = pa.table(
    {
        "key": ["D", "C", "B", "A", "E"],
        "units": [40, 40, 40, 9, 40],
        "clusters": [3, 3, 2, 1, 3],
        "rows": [40, 40, 40, 9, 40],
        "n": [9, 10, 40, 9, 40],
        "true": [1, 1, 20, 4, 20],
        "not_true": [39, 39, 20, 5, 20],
        "mean": [4567.5, 4567.5, 4567.5, 4567.5, 1.5],
    }
)


def safe() -> Safe:
    return disclose(Raw(RAW), LEAF, HOUSE)


def test_each_hidden_cell_and_number_is_named_once_by_the_first_rule_it_broke() -> None:
    assert list(safe().report.changes()) == [
        Change(cell=0, measure=None, rule=Rule.UNITS),
        Change(cell=1, measure=None, rule=Rule.CLUSTERS),
        Change(cell=2, measure="mean", rule=Rule.PATHS),
        Change(cell=3, measure="mean", rule=Rule.CONTRIBUTORS),
    ]


def test_a_change_points_into_the_keys_of_the_raw_table_in_their_order() -> None:
    assert safe().report.keys.reveal().to_pydict() == {"key": ["A", "B", "C", "D", "E"]}


def test_what_each_rule_hid_adds_up() -> None:
    assert safe().report.by_rule() == {
        Rule.UNITS: Hidden(cells=1, measures=0),
        Rule.CLUSTERS: Hidden(cells=1, measures=0),
        Rule.CONTRIBUTORS: Hidden(cells=0, measures=1),
        Rule.PATHS: Hidden(cells=0, measures=1),
    }


def test_a_number_is_hidden_by_itself_or_with_its_cell() -> None:
    report = safe().report
    assert report.hidden_cells().tolist() == [True, True, False, False, False]
    assert report.hidden_in("rows").tolist() == [True, True, False, False, False]
    assert report.hidden_in("mean").tolist() == [True, True, True, True, False]


def test_the_one_row_of_a_leaf_without_keys_is_reported_as_hidden_though_it_stays() -> None:
    one = Cells((), "units", "clusters", LEAF.measures, always_one_row=True)
    result = disclose(Raw(RAW.filter(pa.array([False, False, False, True, False]))), one, HOUSE)
    assert result.table.to_pydict() == {"rows": [None], "mean": [None]}
    assert list(result.report.changes()) == [Change(cell=0, measure=None, rule=Rule.UNITS)]


def test_a_number_that_the_engine_left_null_is_not_reported_as_hidden() -> None:
    means = [*RAW.column("mean").to_pylist()[:-1], None]
    nulled = RAW.set_column(RAW.schema.get_field_index("mean"), "mean", [means])
    result = disclose(Raw(nulled), LEAF, HOUSE)
    assert result.report.hidden_in("mean").tolist() == [True, True, True, True, False]
    assert result.table["mean"].to_pylist() == [None, None, None]


def test_nothing_is_reported_where_the_rules_are_off() -> None:
    report = disclose(Raw(RAW), LEAF, Rules(1, 3, 2, 90, 10)).report
    assert report.by_rule() == {}
    assert list(report.changes()) == []


def test_no_words_for_a_result_show_a_value_or_a_number_of_hidden_cells() -> None:
    result = safe()
    assert repr(result) == "<Safe 3 cells x 3 columns>"
    assert repr(result.report) == "<RiskReport>"
    assert f"{result!s} {result.report!s}" == "<Safe 3 cells x 3 columns> <RiskReport>"


def test_a_report_cannot_be_pickled_nor_travel_inside_its_result() -> None:
    result = safe()
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(result.report)
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(result)
