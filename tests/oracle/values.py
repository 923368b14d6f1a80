"""SQL's values and its logic of three values, as DuckDB computes them."""

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import TypeAlias

Value: TypeAlias = bool | int | float | Decimal | str | None


def all_true(parts: list[bool | None]) -> bool | None:
    """SQL's AND."""
    if any(part is False for part in parts):
        return False
    return None if any(part is None for part in parts) else True


def any_true(parts: list[bool | None]) -> bool | None:
    """SQL's OR."""
    if any(part is True for part in parts):
        return True
    return None if any(part is None for part in parts) else False


def negated(part: bool | None) -> bool | None:
    """SQL's NOT."""
    return None if part is None else not part


def truth(value: Value) -> bool | None:
    assert value is None or isinstance(value, bool), f"not a boolean: {value!r}"
    return value


def number(value: Value) -> int | float | Decimal:
    assert isinstance(value, int | float | Decimal)
    assert not isinstance(value, bool)
    return value


def compared(operator: str, left: Value, right: Value) -> bool | None:
    """`left operator right`; unknown where a side is null."""
    if left is None or right is None:
        return None
    if isinstance(left, float) or isinstance(right, float):
        left, right = float(left), float(right)
    match operator:
        case "=":
            return left == right
        case "<>":
            return left != right
        case "<":
            return left < right  # type: ignore[operator]  # the generator compares like with like
        case "<=":
            return left <= right  # type: ignore[operator]
        case ">":
            return left > right  # type: ignore[operator]
        case ">=":
            return left >= right  # type: ignore[operator]
    raise AssertionError(operator)


def computed(operator: str, left: Value, right: Value) -> Value:
    """Arithmetic; `/` is always of floating point, and by zero gives infinity or nan."""
    if left is None or right is None:
        return None
    one, other = number(left), number(right)
    if operator == "/":
        return _divided(float(one), float(other))
    if isinstance(one, float) or isinstance(other, float):
        one, other = float(one), float(other)
    match operator:
        case "+":
            return one + other  # type: ignore[operator]  # both floats, or neither
        case "-":
            return one - other  # type: ignore[operator]
        case "*":
            return one * other  # type: ignore[operator]
    raise AssertionError(operator)


def _divided(one: float, other: float) -> float:
    if other != 0:
        return one / other
    return math.nan if one == 0 or math.isnan(one) else math.copysign(math.inf, one)


def total(values: Sequence[Value]) -> Value:
    """SUM: null for no values."""
    present = [number(value) for value in values if value is not None]
    if not present:
        return None
    result = present[0]
    for value in present[1:]:
        result = result + value  # type: ignore[operator]  # one column has one type
    return result


def mean(values: Sequence[Value]) -> Value:
    """AVG: a floating-point number, null for no values."""
    present = [value for value in values if value is not None]
    whole = total(present)
    return None if whole is None else float(number(whole)) / len(present)


def sort_key(value: Value, *, descending: bool) -> tuple[bool, object]:
    """Orders values, nulls last in either direction."""
    if value is None:
        return (True, 0)
    if isinstance(value, str):
        return (False, _Reversed(value) if descending else value)
    return (False, -float(value) if descending else float(value))


class _Reversed:
    """Text that sorts the other way."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __lt__(self, other: "_Reversed") -> bool:
        return self.text > other.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reversed) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)
