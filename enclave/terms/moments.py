"""Values of Arrow columns in Python, whatever the engine's calendar says.

The engine's dates reach from 290,308 BC to 294,246 AD and on to infinity, Python's from year 1 to 9999. A moment that
Python cannot hold comes as its text, as XML Schema 1.1 writes it: `-0043-03-15`, `12345-01-01T00:00:00`; and `infinity`
as the engine writes it.
"""

from collections.abc import Iterable
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa

Column: TypeAlias = "pa.Array[Any] | pa.ChunkedArray[Any]"
INFINITE: Final = {"D": (1 << 31) - 1} | dict.fromkeys(("s", "ms", "us", "ns"), (1 << 63) - 1)
"""The engine's infinity, of days or of units of an instant; its negative is the other one."""
END_OF_DAY: Final = "24:00:00"
PER_DAY: Final = {"us": 86_400 * 10**6, "ns": 86_400 * 10**9}


def python_values(column: Column) -> list[Any]:
    """The values of a column, in order; None where there is none."""
    if not _may_be_odd(column.type):
        return column.to_pylist()
    return [python_value(one) for one in column]


def python_value(scalar: "pa.Scalar[Any]") -> Any:
    """One value, like `python_values`."""
    kind = scalar.type
    if not scalar.is_valid or not _may_be_odd(kind):
        return scalar.as_py()
    if isinstance(scalar, pa.StructScalar):
        return {name: python_value(scalar[name]) for name in scalar}
    if pa.types.is_map(kind):
        return [(python_value(one["key"]), python_value(one["value"])) for one in _items(scalar)]
    if pa.types.is_nested(kind):
        return [python_value(one) for one in _items(scalar)]
    if pa.types.is_time(kind):
        ends = kind.unit in PER_DAY and _units(scalar) == PER_DAY[kind.unit]
        return END_OF_DAY if ends else scalar.as_py()
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return _text(scalar)
    try:
        return scalar.as_py()
    except OverflowError:
        return _text(scalar)


def _may_be_odd(kind: pa.DataType) -> bool:
    if pa.types.is_nested(kind):
        return any(_may_be_odd(kind.field(place).type) for place in range(kind.num_fields))
    return pa.types.is_temporal(kind) and not pa.types.is_interval(kind)


def _units(scalar: Any) -> int:
    """How many of its unit a moment is from 1970, or from midnight."""
    found: int = scalar.value
    return found


def _items(scalar: Any) -> Iterable[Any]:
    found: Iterable[Any] = scalar.values
    return found


def _text(scalar: Any) -> str:
    """A date or an instant, as `isoformat` writes those that Python knows."""
    kind, value = scalar.type, _units(scalar)
    unit = "D" if pa.types.is_date(kind) else kind.unit
    if abs(value) >= INFINITE[unit]:
        return "infinity" if value > 0 else "-infinity"
    text = str(np.array([value], f"datetime64[{unit}]")[0])
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    year, _, rest = digits.partition("-")
    whole, _, fraction = rest.partition(".")
    fraction = f".{fraction}" if fraction.strip("0") else ""
    return f"{sign}{year:0>4}-{whole}{fraction}" + ("+00:00" if unit != "D" and kind.tz else "")
