"""Which coarser grouping would hide less."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest

from enclave.disclosure.coarser import Coarser, Way, coarser
from enclave.disclosure.raw import Raw
from enclave.disclosure.report import CODE_OF, RiskReport, Rule

Row = tuple[str | None, str, bool]


def report(rows: Sequence[Row]) -> RiskReport:
    hidden = np.array([CODE_OF[Rule.UNITS] * (not shown) for *_, shown in rows], dtype=np.int8)
    keys = pa.table({"k0": [kind for kind, *_ in rows], "k1": [sex for _, sex, _ in rows]})
    return RiskReport(Raw(keys), hidden, {})


ROWS = [
    ("A1", "F", True),
    ("A1", "M", False),
    ("A2", "F", False),
    ("A2", "M", False),
    ("B1", "F", True),
    ("B1", "M", True),
]
SEX, KIND = Way("without sex", "k1"), Way("without kind", "k0")
GROUP = Way("by group of kind", "k0", {"A1": "A", "A2": "A", "B1": "B"})


def test_a_group_is_shown_if_one_of_its_cells_is_and_the_best_way_comes_first() -> None:
    assert coarser(report(ROWS), [SEX, GROUP, KIND]) == (
        Coarser("without kind", 2, 0),
        Coarser("by group of kind", 4, 1),
        Coarser("without sex", 3, 1),
    )


def test_a_way_that_hides_as_much_is_not_told() -> None:
    rows = [("A1", "F", False), ("A2", "F", False), ("B1", "M", True), ("B1", "F", True)]
    assert coarser(report(rows), [Way("without kind", "k0"), Way("without sex", "k1")]) == (
        Coarser("without kind", 2, 0),
    )


def test_nothing_is_told_of_a_table_that_hides_nothing() -> None:
    assert coarser(report([("A1", "F", True)]), [SEX, KIND, GROUP]) == ()


@pytest.mark.parametrize("parents", [{"A1": "A"}, {}])
def test_a_value_without_a_parent_and_a_null_stand_for_themselves(parents: dict[str, str]) -> None:
    rows = [("A1", "F", True), (None, "F", False), ("A3", "F", False)]
    assert coarser(report(rows), [Way("by group", "k0", parents)]) == ()


def test_a_way_by_a_key_that_the_table_does_not_have_is_passed_over() -> None:
    assert coarser(report(ROWS), [Way("without age", "k7"), Way("by band", "k8", {"A1": "A"})]) == ()
