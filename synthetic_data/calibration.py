"""The few published figures that the synthetic population is fitted to (`calibration.csv`).

`flag` says how far to trust a row: `published`, `approximate` (from memory of published tables) or `assumed`
(chosen for this package, where nothing better was at hand).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("calibration.csv")


@dataclass(frozen=True, slots=True)
class Calibration:
    """Figures by measure, breakdown and year. A percentage stays a percentage."""

    values: Mapping[tuple[str, str, str], float]

    def value(self, measure: str, breakdown: str = "all", year: str = "2022/23") -> float:
        """One figure. A missing one is a KeyError: the file travels with the code."""
        return self.values[measure, breakdown, year]

    def shares(self, measure: str, dimension: str, year: str = "2022/23") -> dict[str, float]:
        """The figures of one measure by the codes of one dimension, as `dimension=CODE` in the file."""
        prefix = f"{dimension}="
        return {
            breakdown.removeprefix(prefix): value
            for (named, breakdown, when), value in self.values.items()
            if named == measure and when == year and breakdown.startswith(prefix)
        }


@cache
def calibration() -> Calibration:
    with FILE.open(newline="", encoding="utf-8") as lines:
        rows = csv.DictReader(lines)
        return Calibration(
            {(row["measure"], row["breakdown"], row["year"]): float(row["value"]) for row in rows}
        )
