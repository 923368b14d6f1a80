"""To the nearest multiple: of whole numbers, and of the ratio of two, exactly."""

from fractions import Fraction


def to_multiple(number: int | Fraction, base: int) -> int:
    """The nearest multiple of the base; halfway between two, the even one, so that rounding has no direction."""
    return base * round(Fraction(number) / base)


def in_proportion(number: int, *, of: int, to: int) -> Fraction:
    """What the number would be if `of` people were `to`."""
    return Fraction(number) * to / of
