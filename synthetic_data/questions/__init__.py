"""Questions of the example project, for the demonstration: SQL as a researcher would write it, each with a name."""

from dataclasses import dataclass
from importlib.resources import files

PROJECT = "P-2026-014"
RESEARCHER = "researcher@northbridge.example"
CHECKERS = ("checker-1@checking.example", "checker-2@checking.example")


@dataclass(frozen=True, slots=True)
class Example:
    """A question, and why its answer would be wanted outside."""

    name: str
    sql: str
    why: str = ""


def _read(file: str) -> str:
    return (files(__package__) / file).read_text("utf-8").strip()


ABSENCE = Example("Absence by region and ethnic group", _read("absence_by_region.sql"))
NAMES = Example("Pupils by authority", _read("with_a_surname.sql"))
NEEDS = Example("SEN type by region", _read("needs_by_region.sql"), why="Table 2 of the working paper")
