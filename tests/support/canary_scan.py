"""Finds canaries in bytes: as text in any case or backwards, as numbers in digits or as machine words, as days."""

import base64
import re
import struct
from datetime import date
from decimal import Decimal

import numpy as np

WORD = re.compile(rb"QX[A-Z]{2,4}\d{5}ZV?|\d{5}ZV|VZ\d{5}", re.IGNORECASE)
"""Nothing else looks so; the end of one alone, forwards or backwards, is enough."""
NUMBER = re.compile(rb"(?<![0-9A-Za-z.])\d{5,}(?:\.\d+)?")
DAY = re.compile(rb"1[5-8]\d\d-\d\d-\d\d")
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")
"""What is said in it is looked at as it was; its letters are not, in which any five digits stand now and then."""
LEAST_IN_BINARY = 10**8
"""A smaller number is not told from any other bytes."""


class Scanner:
    """Knows every canary that was planted."""

    def __init__(self, planted: set[object]) -> None:
        self.spelled = {spelling.encode() for value in planted for spelling in spellings(value)}
        self._words = np.array(
            sorted({word for value in planted for word in machine_words(value)}), np.uint64
        )

    def found(self, text: bytes) -> set[str]:
        """Each canary in it, as it is spelled there."""
        words = {found.decode() for found in WORD.findall(text)}
        days = {found.decode() for found in DAY.findall(text) if found in self.spelled}
        return words | days | self._numbers(text) | self._in_binary(text)

    def _numbers(self, text: bytes) -> set[str]:
        said = b"\n".join([BASE64.sub(b" ", text), *map(decoded, BASE64.findall(text))])
        return {found.decode() for found in NUMBER.findall(said) if found in self.spelled}

    def _in_binary(self, text: bytes) -> set[str]:
        found: set[str] = set()
        for start in range(min(8, len(text))):
            size = (len(text) - start) // 8 * 8
            here = np.frombuffer(text[start : start + size], np.dtype("<u8"))
            places = np.minimum(np.searchsorted(self._words, here), len(self._words) - 1)
            found |= {f"machine word {word}" for word in here[self._words[places] == here].tolist()}
        return found


def decoded(text: bytes) -> bytes:
    """What base64 of either alphabet says; up to its last whole group."""
    plain = text.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    plain = plain[: len(plain) - 1] if len(plain) % 4 == 1 else plain
    return base64.b64decode(plain + b"=" * (-len(plain) % 4))


def spellings(value: object) -> set[str]:
    match value:
        case date():
            return {value.isoformat()}
        case Decimal() | float():
            return {str(value), str(int(value))}
        case _:
            return {str(value)}


def machine_words(value: object) -> set[int]:
    """Eight bytes, little-endian, of a number that is long enough to be known by them."""
    match value:
        case float():
            return {struct.unpack("<Q", struct.pack("<d", value))[0], int(value)}
        case Decimal():
            return {int(value.scaleb(2)), *machine_words(float(value))}
        case int() if value >= LEAST_IN_BINARY:
            return {value, struct.unpack("<Q", struct.pack("<d", float(value)))[0]}
        case _:
            return set()
