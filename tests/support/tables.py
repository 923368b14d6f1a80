"""Two tables of values, compared as people would: floating-point numbers nearly, rows in any order unless ordered."""

import math
from collections.abc import Sequence
from decimal import Decimal

Row = Sequence[object]
RELATIVE = 1e-9
ABSOLUTE = 1e-12


def same_rows(left: Sequence[Row], right: Sequence[Row], *, ordered: bool) -> bool:
    """Whether both hold the same rows; as multisets unless `ordered`."""
    if len(left) != len(right):
        return False
    if ordered:
        return all(map(_same_row, left, right))
    if _one_by_one(left, right):
        return True
    like = [[place for place, other in enumerate(right) if _same_row(row, other)] for row in left]
    taken: dict[int, int] = {}
    return all(_finds_partner(row, like, taken, set()) for row in range(len(left)))


def _one_by_one(left: Sequence[Row], right: Sequence[Row]) -> bool:
    """Whether each row finds one like it among those still waiting. Of two nearly alike it may take the wrong one."""
    waiting = list(right)
    for row in left:
        found = next((place for place, other in enumerate(waiting) if _same_row(row, other)), None)
        if found is None:
            return False
        waiting.pop(found)
    return True


def _finds_partner(row: int, like: Sequence[Sequence[int]], taken: dict[int, int], tried: set[int]) -> bool:
    """Give a row one of the rows like it, if need be by finding another for whoever has that one."""
    for place in like[row]:
        if place not in tried:
            tried.add(place)
            if place not in taken or _finds_partner(taken[place], like, taken, tried):
                taken[place] = row
                return True
    return False


def _same_row(left: Row, right: Row) -> bool:
    return len(left) == len(right) and all(map(same_value, left, right))


def same_value(left: object, right: object) -> bool:
    """Equal, or both numbers that differ by what rounding explains."""
    if _is_number(left) and _is_number(right):
        one, other = float(left), float(right)  # type: ignore[arg-type]  # both are numbers
        both_nan = math.isnan(one) and math.isnan(other)
        return both_nan or math.isclose(one, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return type(left) is type(right) and _same_row(left, right)
    return left == right and type(left) is type(right)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
