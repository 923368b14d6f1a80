"""Linear programs, by HiGHS: one thread, a fixed seed, no clock, so that the same program has the same answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt

from enclave.disclosure.suppression.system import Flags, Floats


class NoAnswer(Exception):
    """A program that has to have an answer has none."""


class Impossible(NoAnswer):
    """Nothing meets all constraints of a program: proven."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Linear constraints, row after row: `lower` <= sum of values times columns <= `upper`."""

    starts: npt.ArrayLike
    columns: npt.ArrayLike
    values: npt.ArrayLike
    lower: npt.ArrayLike
    upper: npt.ArrayLike


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
        primal: bool = False,
    ):
        self._highs = _Quiet()
        for name, value in (
            ("log_to_console", False),
            ("output_flag", False),
            ("threads", 1),
            ("parallel", "off"),
            ("random_seed", 1),
            ("presolve", "off"),
            ("simplex_strategy", 4 if primal else 1),
        ):
            self._highs.setOptionValue(name, value)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(costs), len(np.asarray(rows.lower))
        model.col_cost_, model.col_lower_, model.col_upper_ = costs, lower, upper
        model.row_lower_ = np.asarray(rows.lower, dtype=np.float64)
        model.row_upper_ = np.asarray(rows.upper, dtype=np.float64)
        columns = np.asarray(rows.columns, dtype=np.int32)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.append(np.asarray(rows.starts, dtype=np.int32), np.int32(len(columns)))
        model.a_matrix_.index_ = columns
        model.a_matrix_.value_ = np.asarray(rows.values, dtype=np.float64)
        self._highs.passModel(model)

    def option(self, name: str, value: float | str) -> None:
        self._highs.setOptionValue(name, value)

    def costs(self, places: Sequence[int], costs: Sequence[float]) -> None:
        """Change some costs. Of a place that is named twice the last counts."""
        new = dict(zip(places, costs, strict=True))
        self._highs.changeColsCost(
            len(new), np.array(list(new), dtype=np.int32), np.array(list(new.values()), dtype=np.float64)
        )

    def bounds(self, places: npt.ArrayLike, lower: npt.ArrayLike, upper: npt.ArrayLike) -> None:
        """Change some bounds."""
        at = np.asarray(places, dtype=np.int32)
        self._highs.changeColsBounds(
            len(at), at, np.asarray(lower, dtype=np.float64), np.asarray(upper, dtype=np.float64)
        )

    def add(self, rows: Rows) -> None:
        lower, columns = np.asarray(rows.lower, dtype=np.float64), np.asarray(rows.columns, dtype=np.int32)
        self._highs.addRows(
            len(lower),
            lower,
            np.asarray(rows.upper, dtype=np.float64),
            len(columns),
            np.asarray(rows.starts, dtype=np.int32),
            columns,
            np.asarray(rows.values, dtype=np.float64),
        )

    def without(self, which: Flags) -> None:
        """Leave out these rows. It goes on from where it stood, if they had no part in that."""
        before, rows = self._highs.getBasis(), np.flatnonzero(which).astype(np.int32)
        if not len(rows):
            return
        self._highs.deleteRows(len(rows), rows)
        if before.valid:
            basis = highspy.HighsBasis()
            basis.col_status = before.col_status
            basis.row_status = [
                one for one, left in zip(before.row_status, which.tolist(), strict=True) if not left
            ]
            basis.valid = True
            self._highs.setBasis(basis)

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
    def is_cheapest(self) -> bool:
        """Whether the last solution is proven to cost least, so that its cost is a bound."""
        return bool(self._highs.getModelStatus() == highspy.HighsModelStatus.kOptimal)

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
