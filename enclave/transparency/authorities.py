"""Rows of the register for the police, the Home Office and courts: what they demanded outside research.

Nobody can leave a demand out: each is a case that is public from its first day.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

AUTHORITIES: Final = {
    "police": "Police",
    "home_office": "Home Office",
    "courts": "Courts",
    "others": "Other authorities",
}
KNOWN_BY: Final = {
    "police": ("police", "constabulary"),
    "home_office": ("home office", "immigration", "border force"),
    "courts": ("court", "tribunal", "coroner", "judge"),
}
"""By which words an authority is told: the first row that fits has it."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What an authority demanded outside research. `granted` is None until it is decided."""

    authority: str
    received_on: str
    granted: bool | None


@dataclass(frozen=True, slots=True)
class Authority:
    """What authorities of one kind demanded outside research.

    `records` is how many records they were given: none, unless a demand was granted. Then it is None: that happens
    outside this program, which gives a record to nobody.
    """

    who: str
    title: str
    requests: int
    granted: int
    waiting: int
    records: int | None


def authorities_of(demands: Iterable[Demand]) -> tuple[Authority, ...]:
    """A row for each kind of authority, also where it is zero."""
    return tuple(_rows(tuple(demands)))


def _rows(demands: tuple[Demand, ...]) -> Iterator[Authority]:
    for who, title in AUTHORITIES.items():
        own = [demand for demand in demands if _who(demand.authority) == who]
        granted = sum(demand.granted is True for demand in own)
        waiting = sum(demand.granted is None for demand in own)
        yield Authority(who, title, len(own), granted, waiting, records=None if granted else 0)


def _who(authority: str) -> str:
    said = authority.casefold()
    return next((who for who, words in KNOWN_BY.items() if any(word in said for word in words)), "others")
