"""The register as values: `classes.csv` says what a class of attack is, `cases.csv` which test is of it.

The first row that fits a test is its own, so that a file may name its exceptions first. A test that shows that an
attack could succeed, or that harmless things pass, is a control.
"""

import ast
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

TESTS = Path(__file__).parents[2]
HERE = Path(__file__).parent
CONTROL = "control"


@dataclass(frozen=True, order=True)
class Case:
    """One test function, by its file below `tests/`."""

    file: str
    name: str


@dataclass(frozen=True)
class AttackClass:
    id: str
    title: str
    source: str
    why: str


@dataclass(frozen=True)
class Row:
    """The tests of a file whose names fit a pattern."""

    file: str
    pattern: str
    attack: str

    def fits(self, case: Case) -> bool:
        return self.file == case.file and fnmatchcase(case.name, self.pattern)


def classes() -> tuple[AttackClass, ...]:
    return tuple(AttackClass(*line) for line in _lines("classes"))


def rows() -> tuple[Row, ...]:
    return tuple(Row(*line) for line in _lines("cases"))


def _lines(name: str) -> list[list[str]]:
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def cases_in(file: str) -> Iterator[Case]:
    """The tests that a file defines, without the word that all their names begin with."""
    for node in ast.parse((TESTS / file).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield Case(file, node.name.removeprefix("test_"))


def files_of_attacks() -> tuple[str, ...]:
    found = sorted((TESTS / "attacks").rglob("test_*.py"))
    return tuple(str(path.relative_to(TESTS)) for path in found if HERE not in path.parents)


def row_of(case: Case) -> Row | None:
    return next((row for row in rows() if row.fits(case)), None)


def by_class() -> dict[str, list[Case]]:
    """Every registered test, under its class."""
    listed = rows()
    found: dict[str, list[Case]] = {one.id: [] for one in classes()}
    for file in dict.fromkeys(row.file for row in listed):
        for case in cases_in(file):
            row = next((row for row in listed if row.fits(case)), None)
            if row is not None:
                found[row.attack].append(case)
    return found
