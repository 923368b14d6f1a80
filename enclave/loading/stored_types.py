"""Which Parquet types may stand for a catalogue type, and what the store holds.

Only changes that lose nothing are made: a narrower whole number, an unsigned one that fits, a shorter decimal. The
store has no unsigned types, which other engines misread, and no fixed-length text.
"""

import re
from dataclasses import dataclass

WHOLE = {
    "TINYINT": ("TINYINT",),
    "SMALLINT": ("TINYINT", "UTINYINT", "SMALLINT"),
    "INTEGER": ("TINYINT", "UTINYINT", "SMALLINT", "USMALLINT", "INTEGER"),
    "BIGINT": ("TINYINT", "UTINYINT", "SMALLINT", "USMALLINT", "INTEGER", "UINTEGER", "BIGINT"),
}
OTHER = {
    "VARCHAR": ("VARCHAR",),
    "BOOLEAN": ("BOOLEAN",),
    "DATE": ("DATE",),
    "TIMESTAMP": ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS"),
    "FLOAT": ("FLOAT",),
    "DOUBLE": ("FLOAT", "DOUBLE"),
}
FLOATING = ("FLOAT", "DOUBLE")
FLOATING_PLACES = 6
_TEXT = re.compile(r"(?:VAR)?CHAR(?:\((\d+)\))?|TEXT")
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")


@dataclass(frozen=True, slots=True)
class StoredType:
    """The type in the research store, and how long a text may be."""

    sql: str
    max_length: int | None = None

    @property
    def floating(self) -> bool:
        return self.sql in FLOATING

    def takes(self, source: str) -> bool:
        """Whether a source column of this engine type holds the same values, with nothing lost."""
        decimal = _DECIMAL.fullmatch(self.sql)
        if decimal is None:
            return source in {**WHOLE, **OTHER}[self.sql]
        found = _DECIMAL.fullmatch(source)
        return found is not None and _fits(found, decimal)


def stored_type(declared: str) -> StoredType:
    """The stored form of a catalogue type such as INTEGER, CHAR(4) or DECIMAL(5,2)."""
    text = _TEXT.fullmatch(declared)
    if text is not None:
        return StoredType("VARCHAR", int(text[1]) if text[1] else None)
    if declared in WHOLE or declared in OTHER or _DECIMAL.fullmatch(declared):
        return StoredType(declared)
    raise AssertionError(f"the catalogue declares a type that the store does not have: {declared}")


def decimal_places(declared: str) -> int:
    """How many digits after the point a catalogue type keeps: 0 for whole numbers, many for floating ones."""
    decimal = _DECIMAL.fullmatch(declared)
    if decimal is not None:
        return int(decimal[2])
    return FLOATING_PLACES if stored_type(declared).floating else 0


def _fits(found: re.Match[str], wanted: re.Match[str]) -> bool:
    found_digits, found_scale = int(found[1]), int(found[2])
    digits, scale = int(wanted[1]), int(wanted[2])
    return found_scale <= scale and found_digits - found_scale <= digits - scale
