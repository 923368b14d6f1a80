"""What the scalars of a policy file are, by the tags to which YAML 1.2 resolves them.

Numbers with a point become `Decimal`: a threshold must not pass through binary floating point.
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

TAG: Final = "tag:yaml.org,2002:"


def known_tag(tag: str) -> bool:
    """Whether a scalar with this tag has a place in a policy file."""
    return tag.removeprefix(TAG) in _MAKE


def scalar_of(tag: str, text: str) -> Any:
    """The value of a scalar.

    Raises:
        ValueError, ArithmeticError: it is none, or its tag has no place in a policy file.
    """
    make = _MAKE.get(tag.removeprefix(TAG))
    if make is None:
        raise ValueError("tags and merge keys are not allowed")
    return make(text)


def _moment(text: str) -> date | datetime:
    return date.fromisoformat(text) if len(text) == len("YYYY-MM-DD") else datetime.fromisoformat(text)


_MAKE: Final[dict[str, Callable[[str], Any]]] = {
    "str": str,
    "int": lambda text: int(text, 0) if text[:2] in {"0x", "0o"} else int(text),
    "float": Decimal,
    "bool": lambda text: text.casefold() == "true",
    "null": lambda _: None,
    "timestamp": _moment,
}
