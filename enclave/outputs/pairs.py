"""Which two checkers decide together, and how often: no pair should handle most of what one project releases. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from enclave.terms import PersonId

FEW: Final = 4
"""Releases of a project, below which a share says nothing."""
Pair = tuple[PersonId, PersonId]


@dataclass(frozen=True, slots=True)
class PairShare:
    """How many of a project's checked releases one pair handled."""

    pair: Pair
    handled: int
    of: int
    over: bool

    def as_json(self) -> dict[str, Any]:
        return {"pair": list(self.pair), "handled": self.handled, "of": self.of, "over": self.over}


def pair_shares(handlers: Iterable[frozenset[PersonId]], *, percent: int) -> list[PairShare]:
    """Every pair with its share, the largest first. `over`: more than `percent` of at least a few."""
    releases = [people for people in handlers if people]
    counted: Counter[Pair] = Counter(
        (one, other) for people in releases for one, other in combinations(sorted(people), 2)
    )
    return [
        PairShare(pair, handled, len(releases), _is_over(handled, len(releases), percent))
        for pair, handled in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    ]


def would_be_over(
    handlers: Iterable[frozenset[PersonId]], voters: frozenset[PersonId], person: PersonId, *, percent: int
) -> list[Pair]:
    """The pairs that would handle too much if this person voted beside these, and it were released."""
    after = [*handlers, voters | {person}]
    mine = {tuple(sorted((person, other))) for other in voters if other != person}
    return [found.pair for found in pair_shares(after, percent=percent) if found.over and found.pair in mine]


def _is_over(handled: int, of: int, percent: int) -> bool:
    return of >= FEW and handled * 100 > percent * of
