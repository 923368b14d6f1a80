"""How much to make. Scaled by whole schools and areas, never by sampling people.

Schools keep their sizes and rare groups their absolute rarity at any scale: small cells are what disclosure
control is tested on.
"""

from __future__ import annotations

from dataclasses import dataclass

# An IDACI rank is unique among the 32,844 areas of England, which bounds the number of areas, and with it of
# schools. Limit: one run holds its whole world in memory, about 1 GB for each 1,000 schools.
MOST_PRIMARIES = 14_000
AUTHORITIES_OF_SMALL = 12
MOST_AUTHORITIES = 140


@dataclass(frozen=True, slots=True)
class Scale:
    """Counts of authorities, and of schools in each; beside these each has a special school and a unit."""

    authorities: int
    primaries: int  # per authority
    secondaries: int  # per authority
    primary_size: int  # mean pupils in a primary school

    def __post_init__(self) -> None:
        if min(self.authorities, self.primaries, self.secondaries, self.primary_size) < 1:
            raise ValueError("a scale needs at least one of everything")
        if self.authorities > MOST_AUTHORITIES or self.authorities * self.primaries > MOST_PRIMARIES:
            raise ValueError(
                f"a scale may have {MOST_AUTHORITIES} authorities and {MOST_PRIMARIES} primary schools at most"
            )

    @classmethod
    def of(cls, factor: float) -> Scale:
        """`factor` times the small scale: more authorities first, then more schools in each.

        Raises:
            ValueError: not a number above 0, or more schools than there are areas for.
        """
        if not 0 < factor < MOST_PRIMARIES:
            raise ValueError(f"{factor} is not how many times the small scale")
        authorities = max(1, min(MOST_AUTHORITIES, round(AUTHORITIES_OF_SMALL * factor)))
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
            ValueError: neither a known name nor a number above 0.
        """
        known = {"tiny": TINY, "small": SMALL}
        if text in known:
            return known[text]
        return cls.of(float(text))


TINY = Scale(authorities=2, primaries=7, secondaries=2, primary_size=130)
SMALL = Scale(authorities=AUTHORITIES_OF_SMALL, primaries=12, secondaries=3, primary_size=277)
