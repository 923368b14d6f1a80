"""Names of data versions: what was loaded, and what it is less. Each is another version for the ledger.

`npd-1~3` is `npd-1` less the first three who objected; `npd-1~3.2` is that after values were taken out of it twice,
each time of a field in one year. Both only grow, so a name means the same for ever.
"""

from typing import Final

LESS: Final = "~"
EMPTIED: Final = "."
BY: Final = "~by "


def changed_by(name: str, method: str) -> str:
    """The version as numbers of it are remembered which a method changed; by none they are of the version itself."""
    return f"{name}{BY}{method}" if method else name


def as_loaded(name: str) -> str:
    """The version as its reader knows it, whatever changed its numbers."""
    return name.partition(BY)[0]


def method_in(name: str) -> str:
    """The method that numbers of a version were changed by; empty where they are exact."""
    return name.partition(BY)[2]


def base_of(name: str) -> str:
    """The loaded version behind a name."""
    return name.partition(LESS)[0]


def people_less(name: str) -> int:
    """How many who objected it is less."""
    return int(as_loaded(name).partition(LESS)[2].partition(EMPTIED)[0] or 0)


def values_less(name: str) -> int:
    """How many times values were taken out of it."""
    return int(as_loaded(name).partition(LESS)[2].partition(EMPTIED)[2] or 0)


def less(name: str, *, people: int, values: int) -> str:
    """The name of a version less so much."""
    if not values:
        return f"{base_of(name)}{LESS}{people}" if people else base_of(name)
    return f"{base_of(name)}{LESS}{people}{EMPTIED}{values}"
