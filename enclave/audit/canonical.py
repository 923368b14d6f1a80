"""One spelling for a JSON value, RFC 8785: what is hashed must not depend on who writes it."""

import json
from collections.abc import Mapping

from enclave.audit.entries import Json

LARGEST = 2**53 - 1
"""Beyond it a whole number is not the same in every reader of JSON (RFC 7493)."""


def canonical(value: Json) -> bytes:
    """The bytes of `value`.

    Raises:
        ValueError: there is no one spelling (a float, a very large number, half a surrogate pair, a key not text).
    """
    return json.dumps(
        _in_order(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"), check_circular=False
    ).encode()


def _in_order(value: object) -> object:
    match value:
        case None | bool() | str():
            return value
        case int() if abs(value) <= LARGEST:
            return int(value)
        case Mapping():
            if not all(isinstance(key, str) for key in value):
                raise ValueError("a key of an object is not text")
            return {key: _in_order(value[key]) for key in sorted(value, key=_utf16)}
        case list() | tuple():
            return [_in_order(item) for item in value]
        case _:
            raise ValueError(f"a {type(value).__name__} has no one spelling in JSON")


def _utf16(key: str) -> bytes:
    """RFC 8785 orders keys by UTF-16 code units."""
    return key.encode("utf-16-be", "surrogatepass")
