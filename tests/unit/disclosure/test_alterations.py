"""What checkers are told of changed numbers: how far, of many together, and never of so few that it would tell one."""

import numpy as np
import pyarrow as pa
import pytest

from enclave.disclosure.asked import Cells, Measure, Statistic
from enclave.disclosure.perturbation.alterations import FEWEST, alterations
from enclave.disclosure.perturbation.controlled import Line
from enclave.disclosure.report import Alteration
from enclave.terms import Zeros

EXACT = [12, 24, 31, 47, 50, 66, 71, 85, 93, 479]
SAID = [10, 25, 30, 45, 50, 65, 70, 85, 95, 475]
TOTAL = Line(9, tuple(range(9)))


def told(
    exact: list[int], said: list[int | None], statistic: Statistic = Statistic.ROWS, *lines: Line
) -> Alteration:
    cells = Cells(("k",), "n", None, (Measure("v", statistic, "n", Zeros.SHOWN),))
    table = pa.table({"k": range(len(exact)), "n": exact, "v": exact})
    shown = np.array([one is not None for one in said])
    (found,) = alterations(table, cells, {"v": pa.array(said, pa.int64())}, {"v": shown}, lines)
    return found


def test_counts_are_told_by_how_many_they_are_off_and_their_totals_counted() -> None:
    assert told(EXACT, [*SAID], Statistic.ROWS, TOTAL) == Alteration("v", True, 10, 8, 4.0, 1, 0)
    assert told(EXACT, [*SAID[:9], 480], Statistic.ROWS, TOTAL).totals_out == 1


def test_other_numbers_are_told_by_which_share_and_have_no_totals() -> None:
    found = told(EXACT, [*SAID], Statistic.SUM, TOTAL)
    assert (found.counted, found.totals, found.totals_out) == (False, 0, 0)
    assert found.greatest == pytest.approx(2 / 12)


def test_a_total_with_a_hidden_part_is_no_total() -> None:
    assert told(EXACT, [None, *SAID[1:]], Statistic.ROWS, TOTAL).totals == 0


def test_of_few_numbers_nothing_is_told_that_would_tell_one() -> None:
    few = FEWEST - 1
    found = told(EXACT[:few], [*SAID[:few]])
    assert (found.shown, found.changed, found.greatest) == (few, None, None)
