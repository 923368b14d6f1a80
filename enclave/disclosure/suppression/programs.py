"""Linear programs, by HiGHS: one thread, a fixed seed, no clock, so that the same program has the same answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import highspy
import numpy as np

from enclave.disclosure.suppression.system import Floats, Places


class NoAnswer(Exception):
    """A program that has to have an answer has none."""


class Impossible(NoAnswer):
    """Nothing meets all constraints of a program: proven."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Linear constraints, row after row: `lower` <= sum of values times columns <= `upper`."""

    starts: Sequence[int]
    columns: Sequence[int]
    values: Sequence[float]
    lower: Sequence[float]
    upper: Sequence[float]


class _Quiet(highspy.Highs):
    """Without callbacks, which greet on standard output."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def enableCallbacks(self) -> None:  # noqa: N802
        pass


class Program:
    """A linear program that is solved again and again, each time from where it stood."""

    def __init__(
        self,
        costs: Floats,
        lower: Floats,
        upper: Floats,
        rows: Rows,
        *,
        integers: Places | None = None,
        primal: bool = False,
    ):
        self._highs = _Quiet()
        for name, value in (
            ("log_to_console", False),
            ("output_flag", False),
            ("threads", 1),
            ("parallel", "off"),
            ("random_seed", 1),
            ("presolve", "off" if integers is None else "on"),
            ("simplex_strategy", 4 if primal else 1),
        ):
            self._highs.setOptionValue(name, value)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(costs), len(rows.lower)
        model.col_cost_, model.col_lower_, model.col_upper_ = costs, _limited(lower), _limited(upper)
        model.row_lower_ = _limited(np.array(rows.lower, dtype=np.float64))
        model.row_upper_ = _limited(np.array(rows.upper, dtype=np.float64))
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.array([*rows.starts, len(rows.columns)], dtype=np.int32)
        model.a_matrix_.index_ = np.array(rows.columns, dtype=np.int32)
        model.a_matrix_.value_ = np.array(rows.values, dtype=np.float64)
        if integers is not None:
            kinds = [highspy.HighsVarType.kContinuous] * len(costs)
            for place in integers.tolist():
                kinds[place] = highspy.HighsVarType.kInteger
            model.integrality_ = kinds
        self._highs.passModel(model)

    def option(self, name: str, value: float | str) -> None:
        self._highs.setOptionValue(name, value)

    def costs(self, places: Sequence[int], costs: Sequence[float]) -> None:
        """Change some costs. Of a place that is named twice the last counts."""
        new = dict(zip(places, costs, strict=True))
        self._highs.changeColsCost(
            len(new), np.array(list(new), dtype=np.int32), np.array(list(new.values()), dtype=np.float64)
        )

    def bounds(self, places: Sequence[int], lower: Sequence[float], upper: Sequence[float]) -> None:
        self._highs.changeColsBounds(
            len(places),
            np.array(places, dtype=np.int32),
            _limited(np.array(lower, dtype=np.float64)),
            _limited(np.array(upper, dtype=np.float64)),
        )

    def add(self, rows: Rows) -> None:
        self._highs.addRows(
            len(rows.lower),
            _limited(np.array(rows.lower, dtype=np.float64)),
            _limited(np.array(rows.upper, dtype=np.float64)),
            len(rows.columns),
            np.array(rows.starts, dtype=np.int32),
            np.array(rows.columns, dtype=np.int32),
            np.array(rows.values, dtype=np.float64),
        )

    def solved(self) -> Floats:
        """The columns of a solution that costs least. One without an end gives inf for all.

        Raises:
            NoAnswer: there is none.
        """
        self._highs.run()
        status = self._highs.getModelStatus()
        if status in (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            raise NoAnswer("a program without an end")
        if status == highspy.HighsModelStatus.kInfeasible:
            raise Impossible("nothing meets all constraints")
        reached = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kSolutionLimit)
        if status not in reached and self._highs.getInfo().primal_solution_status != 2:
            raise NoAnswer(str(status))
        return np.array(self._highs.getSolution().col_value)

    @property
    def duals(self) -> Floats:
        """Of the rows, of the last solution."""
        return np.array(self._highs.getSolution().row_dual)

    @property
    def reduced(self) -> Floats:
        """What one more of each column would cost, in the last solution."""
        return np.array(self._highs.getSolution().col_dual)

    @property
    def cost(self) -> float:
        return float(self._highs.getInfo().objective_function_value)

    @property
    def bound(self) -> float:
        """No whole solution costs less."""
        return float(self._highs.getInfo().mip_dual_bound)


def _limited(values: Floats) -> Floats:
    return np.where(values == inf, highspy.kHighsInf, np.where(values == -inf, -highspy.kHighsInf, values))
