"""What checkers read things called, and how many of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """What the catalogue calls one and many units, and clusters."""

    unit: str = "person"
    units: str = "people"
    cluster: str = "group"
    clusters: str = "groups"


def counted(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
