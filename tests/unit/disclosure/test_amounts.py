"""What sums add up from: amounts of any size are judged like small ones."""

import numpy as np
import pyarrow as pa
import pytest

from enclave.disclosure.amounts import Amounts, amounts_of
from enclave.disclosure.asked import Cells, Concentration, Measure, Rules, Statistic
from enclave.disclosure.columns import Numbers
from enclave.disclosure.raw import Raw
from enclave.terms import Zeros

RULES = Rules(min_units=10, min_clusters=1, nk_contributors=1, nk_percent=50, p_percent=10)
TOTALS = np.array([530.0, 2.0, 4000.0, 3960.0])
FIRSTS = np.array([500.0, 0.1, 100.0, 90.0])


def amounts(totals: Numbers, firsts: Numbers) -> Amounts:
    columns = {"total": totals, "first": firsts, "second": firsts / 500}
    raw = pa.table(
        {**{name: pa.array(column) for name, column in columns.items()}, "n": pa.array([31, 20, 40, 44])}
    )
    by_unit = Concentration("total", "first", "second")
    measure = Measure("x", Statistic.SUM, "n", Zeros.SHOWN, by_unit=by_unit)
    cells = Cells(dimensions=(), units="n", clusters=None, measures=(measure,))
    (found,) = amounts_of(Raw(raw), cells, RULES)
    return found


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("times", [1e304, 1e-300])
def test_amounts_at_the_end_of_what_a_float_holds_must_stay_as_open_as_small_ones(times: float) -> None:
    plain, far = amounts(TOTALS, FIRSTS), amounts(TOTALS * times, FIRSTS * times)
    np.testing.assert_allclose(far.sizes, plain.sizes, rtol=1e-9)
    np.testing.assert_allclose(far.widths, plain.widths, rtol=1e-9)
    assert far.unit == pytest.approx(plain.unit * times)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("other", [np.inf, np.nan])
def test_an_amount_that_is_no_number_takes_nothing_from_what_the_others_need(other: float) -> None:
    totals, firsts = TOTALS.copy(), FIRSTS.copy()
    totals[3] = firsts[3] = other
    found, plain = amounts(totals, firsts), amounts(TOTALS, FIRSTS)
    assert np.isfinite(found.sizes).all()
    np.testing.assert_allclose(found.sizes[:3], plain.sizes[:3])
    assert found.widths[0] == pytest.approx(plain.widths[0])
