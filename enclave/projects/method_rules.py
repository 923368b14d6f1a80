"""How numbers are changed before they are shown: what a house may choose, and what a project may choose under it.

The one thing to know before changing this: exact and perturbed numbers of one population give it away together. So a
project may perturb in a house that suppresses, never the other way round; that no two projects which share somebody
differ is for `policy_checks.methods`, and that nothing was shown by another method for the run of a query.
"""

from typing import Final

from enclave.documents import Parsed, Report
from enclave.projects.files import HouseFile, ProjectFile
from enclave.projects.model import Method

LEAST_VARIANCE: Final = 1
"""Below it most counts would come out exactly as they are."""


def check_method_of_house(house: Parsed[HouseFile], report: Report) -> None:
    """Report a method that does not work with the house's other settings."""
    defaults, least = house.entry.defaults, house.entry.floors.min_units
    if defaults.method != Method.SUPPRESS.value and least < 2:
        report.error(
            house.place("defaults", "method"),
            "method",
            f"the method is {defaults.method}, and min_units is {least}: with it every rule is off",
            why="numbers would go out as they are where a reader of this file expects them changed",
            fix="write min_units: 2 or more, or method: suppress",
        )
    _cell_key(house, report)


def _cell_key(house: Parsed[HouseFile], report: Report) -> None:
    """The noise of most entropy has a variance; past that of even chances it would keep away from the true count."""
    asked, least = house.entry.defaults.cell_key, house.entry.floors.min_units
    most = asked.maximum * (asked.maximum + 1) / 3
    if not LEAST_VARIANCE <= asked.variance <= most:
        report.error(
            house.place("defaults", "cell_key", "variance"),
            "cell-key",
            f"the variance is {asked.variance}; for maximum {asked.maximum} it is from {LEAST_VARIANCE} to {most:g}",
            why="less hides next to nothing, and more than that of even chances makes the true count the least likely",
            fix=f"write a number from {LEAST_VARIANCE} to {most:g}",
        )
    if asked.small_counts == "never" and asked.maximum < least:
        report.error(
            house.place("defaults", "cell_key", "small_counts"),
            "cell-key",
            f"a count of {least} cannot come out as 0 with a maximum of {asked.maximum}, nor as less than {least} else",
            why="without bias it would then always come out as it is",
            fix=f"write maximum: {least} or more, or small_counts: allowed",
        )


def check_method_of_project(project: Parsed[ProjectFile], house: Parsed[HouseFile], report: Report) -> None:
    """Report a method other than the house's, unless the house's changes nothing."""
    asked, own = project.entry.disclosure, house.entry.defaults
    place = project.place("disclosure", "method")
    if asked.method is not None and asked.method != own.method and own.method != Method.SUPPRESS.value:
        message = f"the method is {asked.method}, but the house's is {own.method}"
        why = (
            "house.yaml, defaults.method: exact and perturbed numbers of one population give it away together"
        )
        report.error(place, "method", message, why=why, fix="remove the line")
    elif asked.method not in (None, Method.SUPPRESS.value) and house.entry.floors.min_units < 2:
        report.error(
            place,
            "method",
            f"the method is {asked.method}, and min_units is 1: with it every rule is off",
            fix="write min_units: 2 or more in house.yaml, or remove the line",
        )
    if asked.rounding_base is not None and asked.rounding_base < own.rounding_base:
        report.error(
            project.place("disclosure", "rounding_base"),
            "looser-than-house",
            f"rounding_base is {asked.rounding_base}, but the house rounds to {own.rounding_base}",
            why="house.yaml, defaults.rounding_base",
            fix="remove the line",
        )
