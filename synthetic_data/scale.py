"""How much to make. Scaled by whole schools and areas, never by sampling people.

Schools keep their sizes and rare groups their absolute rarity in an authority at any scale: small cells are what
disclosure control is tested on.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

# An IDACI rank is unique among the 32,844 areas of England, and each primary school stands in an area of its own.
# England has 16,800 primary schools.
MOST_PRIMARIES = 32_844
AUTHORITIES_OF_SMALL = 12
MOST_AUTHORITIES = 140


class NotAScale(ValueError):
    """Words that ask for nothing that could be made. Says why, for whoever asked."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Counts of authorities, and of schools in each; beside these each has a special school and a unit."""

    authorities: int
    primaries: int  # per authority
    secondaries: int  # per authority
    primary_size: int  # mean pupils in a primary school

    def __post_init__(self) -> None:
        if min(self.authorities, self.primaries, self.secondaries, self.primary_size) < 1:
            raise NotAScale("a scale needs at least one of everything")
        if self.authorities > MOST_AUTHORITIES or self.authorities * self.primaries > MOST_PRIMARIES:
            raise NotAScale(
                f"{self.authorities:,} authorities with {self.primaries:,} primary schools each are too many: there"
                f" may be {MOST_AUTHORITIES} authorities, and {MOST_PRIMARIES:,} primary schools, one for each small"
                f" area of England (up to {_largest()} times small)"
            )

    @classmethod
    def of(cls, factor: float) -> Scale:
        """`factor` times the small scale: more authorities first, then more schools in each.

        Raises:
            NotAScale: not a number above 0, or more primary schools than England has areas.
        """
        if not (isfinite(factor) and factor > 0):
            raise NotAScale(f"{factor} is not how many times the small scale")
        authorities = max(1, round(min(MOST_AUTHORITIES, AUTHORITIES_OF_SMALL * factor)))
        wider = max(1.0, AUTHORITIES_OF_SMALL * factor / authorities)
        return cls(
            authorities=authorities,
            primaries=max(1, round(SMALL.primaries * wider)),
            secondaries=max(1, round(SMALL.secondaries * wider)),
            primary_size=SMALL.primary_size,
        )

    @classmethod
    def named(cls, text: str) -> Scale:
        """`tiny`, `small`, or a number: how many times `small`.

        Raises:
            NotAScale: neither a known name nor a number above 0, or too large.
        """
        known = {"tiny": TINY, "small": SMALL}
        if text in known:
            return known[text]
        try:
            factor = float(text)
        except ValueError:
            raise NotAScale(f"{text!r} is no scale: tiny, small, or how many times small") from None
        return cls.of(factor)


def _largest() -> int:
    most = MOST_PRIMARIES // MOST_AUTHORITIES * MOST_AUTHORITIES
    return most // (SMALL.authorities * SMALL.primaries)


TINY = Scale(authorities=2, primaries=7, secondaries=2, primary_size=130)
SMALL = Scale(authorities=AUTHORITIES_OF_SMALL, primaries=12, secondaries=3, primary_size=277)
