"""The value of a number as a text that is kept with it, so that it can be repeated over a newer version of the data."""

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final, TypeAlias

import pyarrow as pa

Plain: TypeAlias = bool | int | float | Decimal | str | date | datetime | time

_READ: Final[Mapping[str, Callable[[str], Plain]]] = {
    "bool": lambda text: text == "True",
    "int": int,
    "float": float.fromhex,
    "Decimal": Decimal,
    "str": str,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
}


def text_of(value: object) -> str:
    """The value with its type; empty for nothing, and for what is never repeated (lists and the like)."""
    kind = type(value).__name__
    match value:
        case float() if math.isfinite(value):
            return f"{kind} {value.hex()}"
        case bool() | int() | Decimal() | str():
            return f"{kind} {value}"
        case date() | time():
            return f"{kind} {value.isoformat()}"
        case _:
            return ""


def value_of_count(text: str) -> int | None:
    """The whole number that a text is of, or None."""
    kind, _, rest = text.partition(" ")
    if kind == "Decimal":
        found = Decimal(rest)
        return int(found) if found == found.to_integral_value() else None
    return int(rest) if kind == "int" else None


def value_of(text: str, type: pa.DataType) -> Plain | None:
    """The value of a column of this type that a text is of; None where it cannot be one."""
    kind, _, rest = text.partition(" ")
    if kind not in _READ:
        return None
    found = _READ[kind](rest)
    try:
        same = pa.scalar(found, type=type).as_py() == found
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return None
    return found if same else None
