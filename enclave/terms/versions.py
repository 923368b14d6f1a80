"""Names of data versions. `npd-1~3` is `npd-1` less the first three who objected."""

from typing import Final

LESS: Final = "~"


def base_of(name: str) -> str:
    """The loaded version behind a name."""
    return name.partition(LESS)[0]
