"""What of an answer was shown, number by number: the arithmetic of the usefulness benchmark.

A *number* is one measure of one cell of one leaf (the cell itself where a leaf has no measure). It has enough units
where neither rule about too few units hid it. Numbers of the same question over the same data come in the same order,
so that two runs are compared place by place.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from enclave.disclosure.report import CODE_OF, RULES, RiskReport, Rule

Codes = npt.NDArray[np.int8]
Mask = npt.NDArray[np.bool_]
TOO_FEW = (CODE_OF[Rule.UNITS], CODE_OF[Rule.CONTRIBUTORS])


@dataclass(frozen=True, slots=True)
class Numbers:
    """Every number of one answer: 0 where it was shown, else the code of the rule that hid it."""

    codes: Codes

    @property
    def enough(self) -> Mask:
        """Where enough units stand behind. Ask it of a run under the primary rules alone, which come first."""
        enough: Mask = np.isin(self.codes, TOO_FEW, invert=True)
        return enough

    @property
    def shown(self) -> Mask:
        shown: Mask = self.codes == 0
        return shown


def numbers_of(reports: Sequence[RiskReport]) -> Numbers:
    """The numbers of one answer, leaf after leaf and measure after measure."""
    parts = [part for report in reports for part in _parts(report)]
    return Numbers(np.concatenate(parts) if parts else np.zeros(0, dtype=np.int8))


def _parts(report: RiskReport) -> list[Codes]:
    if not report.measures:
        return [report.cells]
    return [np.where(report.cells > 0, report.cells, codes) for codes in report.measures.values()]


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers of a query or of a level: with enough units, shown when asked alone, and shown in the session."""

    enough: int
    alone: int
    session: int

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.enough + other.enough, self.alone + other.alone, self.session + other.session)

    @property
    def shown(self) -> float:
        """Percent of those with enough units that the session shows."""
        return 100 * self.session / self.enough if self.enough else 100.0

    @property
    def shown_alone(self) -> float:
        return 100 * self.alone / self.enough if self.enough else 100.0

    @property
    def lost(self) -> float:
        """Percent of those shown when asked alone that the session does not show."""
        return 100 * (self.alone - self.session) / self.alone if self.alone else 0.0


def tally(primary: Numbers, alone: Numbers, session: Numbers) -> Tally:
    """Compare three runs of one question: under the primary rules, alone before the ledger, and in the session.

    A number counts as shown in the session only if it is shown alone as well.
    """
    enough = primary.enough
    shown = alone.shown & enough
    return Tally(int(enough.sum()), int(shown.sum()), int((shown & session.shown).sum()))


def lost_by_rule(before: Numbers, after: Numbers) -> Counter[str]:
    """Which rules hid what the run before showed."""
    codes = after.codes[before.shown & ~after.shown]
    return Counter(
        {
            RULES[code - 1].value: int(count)
            for code, count in zip(*np.unique(codes, return_counts=True), strict=True)
        }
    )


def summed(tallies: Mapping[str, Tally]) -> Tally:
    return sum(tallies.values(), Tally(0, 0, 0))
