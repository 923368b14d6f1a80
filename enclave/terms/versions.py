"""Names of data versions. `npd-1~3` is `npd-1` less the first three who objected."""

from typing import Final

LESS: Final = "~"
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
